"""A realistic run made of simulated numbers: two arms, two sessions, every kind of question."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

import rewire.measures
from rewire.core import registry
from rewire.core.atlas import Atlas
from rewire.core.errors import Fault
from rewire.core.questions import Design, Inference, Kind, Question, Unanswered
from rewire.core.scales import Scale, find_scale
from rewire.core.schema import (
    BASELINE_CHANGE_COLUMNS,
    DENSITY_COLUMNS,
    EFFECT_COLUMNS,
    EFFECT_TEXT,
    FLOW_COLUMNS,
    INFLUENCE_COLUMNS,
    QUALITY_COLUMNS,
    RELIABILITY_COLUMNS,
)
from rewire.core.types import Measurement, Scan, ScanRecord, Timepoint, Trial
from rewire.report.contents import Contents

registry.discover(rewire.measures)  # a pipeline has done so: labels stand with the measures

ARMS = ("psilocybin", "escitalopram")
NETWORKS = ("Vis", "SomMot", "DorsAttn", "SalVentAttn", "Limbic", "Cont", "Default")
SESSIONS = ("ses-baseline", "ses-week2", "ses-week4", "ses-week6")
SCANNED = ("ses-baseline", "ses-week6")
BEFORE, AFTER = Timepoint("ses-baseline"), Timepoint("ses-week6")
N, REGIONS = 40, 60


def _no_load(record: ScanRecord) -> Scan:
    raise NotImplementedError(record.id)


def _atlas(rng: np.random.Generator) -> Atlas:
    half = REGIONS // 2
    network = np.sort(np.arange(half) % 7)
    angle = 2.4 * np.arange(half)
    height = np.linspace(-0.85, 0.95, half)
    ring = np.sqrt(1 - height**2)
    left = np.column_stack(
        [-np.abs(ring * np.cos(angle)) * 62 - 4, ring * np.sin(angle) * 82 - 18, height * 52 + 16]
    )
    left += rng.normal(0, 2, left.shape)
    sides = [("L", left), ("R", left * [-1, 1, 1])]
    regions = [f"{s}H_{NETWORKS[network[i]]}_{i + 1}" for s, _ in sides for i in range(half)]
    return Atlas(
        "Simulated60",
        tuple(regions),
        np.arange(1, REGIONS + 1),
        ("L",) * half + ("R",) * half,
        tuple(NETWORKS[network[i]] for _ in sides for i in range(half)),
        np.vstack([xyz for _, xyz in sides]),
    )


class _Numbers:
    """The simulated people: who they are, their scores and their measured brains."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.people = [f"sub-{i:02d}" for i in range(1, N + 1)]
        self.arm = np.array([ARMS[i % 2] for i in range(N)])
        active = self.arm == ARMS[0]
        self.q = np.empty((2, N, 2))
        self.q[0] = rng.normal(2.2, 0.35, (N, 1)) + rng.normal(0, 0.05, (N, 2))
        drop = np.where(active, -0.33, -0.04) + rng.normal(0, 0.3, N)
        self.q[1] = self.q[0] + drop[:, None] + rng.normal(0, 0.12, (N, 2))
        fall = np.array([0.0, 6.0, 8.0, 9.0])[:, None] * np.where(active, 1.25, 0.75)
        start = rng.normal(24, 5, N) - fall + rng.normal(0, 3.5, (4, N))
        link = np.array([0, 4, 6, 8.0])[:, None] * (drop - drop.mean())
        self.bdi = np.clip(np.round(start + link), 0, 63)
        self.bdi[2, [3, 8]] = np.nan
        self.q[1, [4, 9, 22]] = np.nan
        self.gbc = rng.normal(0.25, 0.05, (2, N, REGIONS))
        self.gbc[1] += np.where(active, 1, 0)[:, None] * np.where(
            np.arange(REGIONS) % 7 < 2, 0.04, 0
        )
        self.atlas = _atlas(rng)
        same = np.equal.outer(np.array(self.atlas.network), np.array(self.atlas.network))
        mean = np.where(same, 0.55, 0.12)[None, None] + rng.normal(
            0, 0.12, (2, N, REGIONS, REGIONS)
        )
        mean[1, active] += np.where(same, -0.05, 0.05)
        self.fc = (mean + mean.transpose(0, 1, 3, 2)) / 2
        self.motion = rng.gamma(6, 0.03, (2, N))


def _measurement(
    name: str, values: np.ndarray, dims: dict[str, Any], people: list[str]
) -> Measurement:
    flat = values.reshape(2 * N, *values.shape[2:])
    status = np.where(np.isfinite(flat), "ok", "no scan")
    coords: dict[str, Any] = {
        "participant_id": ("scan", people * 2),
        "session_id": ("scan", [s for s in SCANNED for _ in people]),
        "acquisition": ("scan", [""] * (2 * N)),
        "run": ("scan", [""] * (2 * N)),
        **dims,
    }
    names = ("scan", *dims)
    data = xr.Dataset({"value": (names, flat), "status": (names, status)}, coords)
    return Measurement(name, "1", "doi:10.1000/simulated", data, provider=name)


def _row(question: Question, **values: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {c: "" if c in EFFECT_TEXT else np.nan for c in EFFECT_COLUMNS}
    fixed = {
        "question": question.name,
        "kind": str(question.kind),
        "alternative": question.alternative,
        "status": "ok",
    }
    return {**empty, **fixed, **values}


def _paired(d: np.ndarray) -> dict[str, float]:
    d = d[np.isfinite(d)]
    test = stats.ttest_1samp(d, 0.0)
    interval = test.confidence_interval()
    return {
        "n": len(d),
        "estimate": d.mean(),
        "se": d.std(ddof=1) / np.sqrt(len(d)),
        "ci_low": interval.low,
        "ci_high": interval.high,
        "effect_size": d.mean() / d.std(ddof=1),
        "effect_size_kind": "d_z",
        "statistic": test.statistic,
        "df": len(d) - 1,
        "p": test.pvalue,
        "p_permutation": min(1.0, test.pvalue * 1.02 + 1e-4),
        "method": "paired t",
    }


def _two(a: np.ndarray, b: np.ndarray) -> dict[str, Any]:
    a, b = a[np.isfinite(a)], b[np.isfinite(b)]
    test = stats.ttest_ind(a, b)
    interval = test.confidence_interval()
    estimate = a.mean() - b.mean()
    return {
        "n": len(a) + len(b),
        "estimate": estimate,
        "se": estimate / test.statistic,
        "ci_low": interval.low,
        "ci_high": interval.high,
        "effect_size": test.statistic * np.sqrt(1 / len(a) + 1 / len(b)),
        "effect_size_kind": "hedges_g",
        "statistic": test.statistic,
        "df": len(a) + len(b) - 2,
        "p": test.pvalue,
        "contrast": f"{ARMS[0]} - {ARMS[1]}",
        "method": "pooled t",
    }


def _pearson(x: np.ndarray, y: np.ndarray, alternative: str) -> dict[str, float]:
    keep = np.isfinite(x) & np.isfinite(y)
    test = stats.pearsonr(x[keep], y[keep], alternative=alternative)
    two = stats.pearsonr(x[keep], y[keep]).confidence_interval()
    n = int(keep.sum())
    r = test.statistic
    return {
        "n": n,
        "estimate": r,
        "ci_low": two.low,
        "ci_high": two.high,
        "effect_size": r,
        "effect_size_kind": "r",
        "statistic": r * np.sqrt((n - 2) / (1 - r**2)),
        "df": n - 2,
        "p": test.pvalue,
        "method": "Pearson",
    }


QUESTIONS = (
    Question(
        "q_change",
        "Did normalised modularity change from before to after treatment?",
        Kind.CHANGE,
        "primary",
        ("modularity_q_norm",),
        (),
        BEFORE,
        (AFTER,),
    ),
    Question(
        "q_interaction",
        "Did the change in normalised modularity differ between the arms?",
        Kind.INTERACTION,
        "companion",
        ("modularity_q_norm",),
        (),
        BEFORE,
        (AFTER,),
    ),
    Question(
        "q_ancova",
        "Did normalised modularity after treatment differ between the arms, given baseline?",
        Kind.ANCOVA,
        "companion",
        ("modularity_q_norm",),
        (),
        BEFORE,
        (AFTER,),
        covariates=("age",),
    ),
    Question(
        "bdi_change",
        "Did depressive symptoms change?",
        Kind.CHANGE,
        "secondary",
        (),
        ("bdi",),
        BEFORE,
        tuple(Timepoint(s) for s in SESSIONS[1:]),
        outcome_before="ses-baseline",
    ),
    Question(
        "change_symptoms",
        "Was the change in modularity associated with the change in symptoms?",
        Kind.CHANGE_ASSOCIATION,
        "secondary",
        ("modularity_q_norm",),
        ("bdi",),
        BEFORE,
        (AFTER,),
        "ses-baseline",
        ("ses-week4", "ses-week6"),
    ),
    Question(
        "change_symptoms_one_sided",
        "The same, tested one-sided",
        Kind.CHANGE_ASSOCIATION,
        "exploratory",
        ("modularity_q_norm",),
        ("bdi",),
        BEFORE,
        (AFTER,),
        "ses-baseline",
        ("ses-week6",),
        alternative="greater",
        correction="none",
    ),
    Question(
        "after_symptoms",
        "Was modularity after treatment associated with symptoms?",
        Kind.AFTER_ASSOCIATION,
        "exploratory",
        ("modularity_q_norm",),
        ("bdi",),
        BEFORE,
        (AFTER,),
        "ses-baseline",
        ("ses-week6",),
    ),
    Question(
        "baseline_arms",
        "Did the arms differ in modularity before treatment?",
        Kind.BASELINE_GROUP,
        "companion",
        ("modularity_q_norm",),
        (),
        BEFORE,
        (AFTER,),
    ),
    Question(
        "gbc_change",
        "Where did global brain connectivity change?",
        Kind.CHANGE,
        "exploratory",
        ("global_brain_connectivity",),
        (),
        BEFORE,
        (AFTER,),
    ),
)


def _effects(people: _Numbers) -> pd.DataFrame:
    asked = {q.name: q for q in QUESTIONS}
    rows = []
    groups = {arm: people.arm == arm for arm in ARMS}
    dq = people.q[1] - people.q[0]
    for j, null in enumerate(("strength", "hqs")):
        q = {"measure": "modularity_q_norm", "level": f"model={null}", "session": "ses-week6"}
        for arm, here in groups.items():
            rows.append(_row(asked["q_change"], arm=arm, **q, **_paired(dq[here, j])))
            for name in ("change_symptoms", "change_symptoms_one_sided", "after_symptoms"):
                for session in asked[name].outcome_after:
                    t = SESSIONS.index(session)
                    change = name != "after_symptoms"
                    y = people.bdi[t] - people.bdi[0] if change else people.bdi[t]
                    x = dq[:, j] if change else people.q[1, :, j]
                    r = _pearson(x[here], y[here], asked[name].alternative)
                    rows.append(
                        _row(asked[name], arm=arm, outcome="bdi", **{**q, "session": session}, **r)
                    )
        sides = [dq[here, j] for here in groups.values()]
        rows.append(_row(asked["q_interaction"], **q, **_two(*sides)))
        rows.append(_row(asked["q_ancova"], **q, **_two(*(s * 0.96 for s in sides))))
        start = [people.q[0, here, j] for here in groups.values()]
        rows.append(
            _row(asked["baseline_arms"], **{**q, "session": "ses-baseline"}, **_two(*start))
        )
    for t in (1, 2, 3):
        for arm, here in groups.items():
            d = _paired((people.bdi[t] - people.bdi[0])[here])
            rows.append(_row(asked["bdi_change"], arm=arm, outcome="bdi", session=SESSIONS[t], **d))
    for i, region in enumerate(people.atlas.regions):
        for arm, here in groups.items():
            d = _paired((people.gbc[1] - people.gbc[0])[here, i])
            where = {
                "measure": "global_brain_connectivity",
                "region": region,
                "session": "ses-week6",
            }
            rows.append(_row(asked["gbc_change"], arm=arm, **where, **d))
    frame = pd.DataFrame(rows, columns=list(EFFECT_COLUMNS))
    for name, question in asked.items():
        mine = frame["question"] == name
        if question.correction == "fdr_bh":
            frame.loc[mine, "p_adjusted"] = stats.false_discovery_control(frame.loc[mine, "p"])
    return frame


def _baseline_change(people: _Numbers) -> pd.DataFrame:
    rows = []
    for arm in ARMS:
        here = (people.arm == arm) & np.isfinite(people.q[1, :, 0])
        before, after = people.q[0, here, 0], people.q[1, here, 0]
        r = stats.pearsonr(before, after - before)
        retest = float(np.corrcoef(before, after)[0, 1])
        oldham = stats.pearsonr(after - before, (after + before) / 2)
        interval = r.confidence_interval()
        rows.append(
            (
                *("q_change", "modularity_q_norm", "", "ses-week6", arm, "", "model=strength"),
                *(int(here.sum()), r.statistic, interval.low, interval.high, r.pvalue),
                *(retest, f"{arm}, before with after", -np.sqrt((1 - retest) / 2)),
                *(oldham.statistic, oldham.pvalue, "ok"),
            )
        )
    return pd.DataFrame(rows, columns=list(BASELINE_CHANGE_COLUMNS))


def _influence(effects: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for row in effects[effects["region"] == ""].itertuples():
        rows.append(
            (
                *(row.question, row.kind, row.measure, row.outcome, row.session, row.arm),
                *("", "", "", row.level, row.n, row.estimate, row.p, "sub-07"),
                *(row.estimate * 0.9, min(1.0, row.p * 1.6), row.p * 0.6, min(1.0, row.p * 1.8)),
                "crosses .05" if row.p * 0.6 < 0.05 <= min(1.0, row.p * 1.8) else "stays",
            )
        )
    return pd.DataFrame(rows, columns=list(INFLUENCE_COLUMNS))


def _flow(people: _Numbers) -> pd.DataFrame:
    rows = []
    for i, person in enumerate(people.people):
        arm = str(people.arm[i])
        rows.append((person, arm, "enrolled", "in", ""))
        rows.append((person, arm, "scanned at baseline", "in", ""))
        there = bool(np.isfinite(people.q[1, i, 0]))
        why = "" if there else "no scan at week 6" if i != 9 else "too few minutes retained"
        rows.append((person, arm, "scanned at week 6", "in" if there else "out", why))
        if there:
            rows.append((person, arm, "analysed", "in", ""))
    return pd.DataFrame(rows, columns=list(FLOW_COLUMNS))


def _quality(people: _Numbers) -> pd.DataFrame:
    rows = [
        (
            *(person, session, "", "", "bold", 240.0, 240.0 - 10 * (i % 5), 8.0 - (i % 5) / 3),
            *(people.motion[t, i], float(i == 11)),
        )
        for t, session in enumerate(SCANNED)
        for i, person in enumerate(people.people)
    ]
    return pd.DataFrame(rows, columns=list(QUALITY_COLUMNS))


def _trial(people: _Numbers) -> Trial:
    everyone = pd.DataFrame(
        {"participant_id": people.people, "arm": people.arm, "age": np.linspace(21, 64, N)}
    )
    sessions = pd.DataFrame(
        [
            (p, s, k, "", "", np.nan, "", "", 14.0 * k)
            for p in people.people
            for k, s in enumerate(SESSIONS)
        ],
        columns=[
            *("participant_id", "session_id", "order", "phase", "drug", "dose_mg", "setting"),
            *("therapist", "days"),
        ],
    )
    scores = pd.DataFrame(
        [
            (p, s, "bdi", people.bdi[t, i], "bdi")
            for i, p in enumerate(people.people)
            for t, s in enumerate(SESSIONS)
        ],
        columns=["participant_id", "session_id", "scale", "value", "table"],
    )
    scale = find_scale("bdi")
    assert isinstance(scale, Scale)
    records = tuple(
        ScanRecord(
            f"scan-{s}-{p}",
            p,
            s,
            "",
            "",
            "bold",
            people.atlas.name,
            Path(p),
        )
        for s in SCANNED
        for p in people.people
    )
    truth = pd.DataFrame(
        [
            ("change:modularity_q_norm", "psilocybin", -0.33, "planted by the builder"),
            ("change:modularity_q_norm", "escitalopram", -0.04, "planted by the builder"),
            ("interaction:modularity_q_norm", "", -0.29, "psilocybin minus escitalopram"),
            ("change:bdi", "psilocybin", -11.25, "points"),
            ("change:unasked", "psilocybin", 1.0, "no question asks"),
        ],
        columns=["name", "arm", "value", "note"],
    )
    return Trial(
        "Two-arm trial of the builder",
        everyone,
        sessions,
        scores,
        pd.DataFrame(
            columns=["participant_id", "session_id", "measure", "value", "table", "change"]
        ),
        records,
        {people.atlas.name: people.atlas},
        {"bdi": scale},
        _no_load,
        simulated=True,
        truth=truth,
    )


def build_contents(seed: int = 7) -> Contents:
    people = _Numbers(seed)
    effects = _effects(people)
    regions = list(people.atlas.regions)
    q = {"model": ["strength", "hqs"]}
    reliability = pd.DataFrame(
        [
            (
                "modularity_q_norm",
                "",
                "",
                "",
                f"model={m}",
                "escitalopram, before with after",
                18,
                0.61,
                0.21,
                0.83,
                0.63,
                0.23,
                0.84,
                0.52,
                "ok",
            )
            for m in q["model"]
        ],
        columns=list(RELIABILITY_COLUMNS),
    )
    density = pd.DataFrame(
        [
            ("modularity_q_norm", "model=strength", "modularity_density", 77, -0.31, "ok"),
            ("modularity_q_norm", "model=hqs", "modularity_density", 77, -0.12, "ok"),
        ],
        columns=list(DENSITY_COLUMNS),
    )
    fc = {"region": regions, "region2": regions}
    measured = [
        _measurement("modularity_q_norm", people.q, q, people.people),
        _measurement("global_brain_connectivity", people.gbc, {"region": regions}, people.people),
        _measurement("connectivity", people.fc, fc, people.people),
    ]
    return Contents(
        trial=_trial(people),
        design=Design("parallel", "arm", ARMS, ARMS[1], True),
        questions=QUESTIONS,
        unanswered=(Unanswered("month6_symptoms", "no session 'ses-month6' in the trial."),),
        measurements={m.name: m for m in measured},
        effects=effects,
        baseline_change=_baseline_change(people),
        influence=_influence(effects),
        reliability=reliability,
        density=density,
        quality=_quality(people),
        flow=_flow(people),
        faults=(
            Fault(
                "warning",
                "motion-differs",
                "sessions",
                "motion rises from baseline to week 6 in psilocybin (p = .03).",
                "Consider it as a covariate.",
            ),
            Fault(
                "warning",
                "constant-region",
                "sub-12 ses-week6",
                "region LH_Vis_2 is constant.",
                "It is left out of this scan.",
            ),
        ),
        inference=Inference(seed=11, permutations=5000),
        plan_name="builder",
        plan_toml='name = "builder"\n\n[roles]\nbaseline = "ses-baseline"\n',
        plan_hash="5f2c" * 16,
        plan_notes=("Departure: intervals are exact.",),
        plan_changes=(),
        versions={"rewire": "0.1.0", "numpy": "2.4.0"},
    )


@pytest.fixture(scope="session")
def contents() -> Contents:
    return build_contents()


EVIL = "<script>alert(1)</script>"


def make_hostile() -> Contents:
    """The same run in which every label that a file can give is an attack."""
    made = build_contents()
    swap = {"psilocybin": EVIL, "sub-07": EVIL, "ses-week6": f"ses-{EVIL}", "bdi": EVIL}
    swap |= {"LH_Vis_1": EVIL, "Vis": f"</script>{EVIL}", "modularity_q_norm": EVIL}
    swap |= {"model=hqs": f"model={EVIL}", "psilocybin - escitalopram": f"{EVIL} - escitalopram"}

    def tame(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.map(lambda v: swap.get(v, v) if isinstance(v, str) else v)

    def word(text: str) -> str:
        return swap.get(text, text)

    def measurement(m: Measurement) -> Measurement:
        data = m.data
        for name in data.coords:
            values = [word(str(v)) for v in data[name].to_numpy()]
            data = data.assign_coords({name: (data[name].dims, values)})
        return Measurement(word(m.name), EVIL, EVIL, data, provider=EVIL)

    def point(t: Timepoint) -> Timepoint:
        return Timepoint(word(t.session))

    trial, atlas = made.trial, made.trial.atlases["Simulated60"]
    atlas = Atlas(
        EVIL,
        tuple(map(word, atlas.regions)),
        atlas.index,
        atlas.hemisphere,
        tuple(map(word, atlas.network)),
        atlas.centroid,
    )
    scale = replace(trial.scales["bdi"], name=EVIL, label=EVIL)
    trial = replace(
        trial,
        name=EVIL,
        participants=tame(trial.participants),
        sessions=tame(trial.sessions),
        scores=tame(trial.scores),
        atlases={EVIL: atlas},
        scales={EVIL: scale},
        truth=None if trial.truth is None else tame(trial.truth).assign(note=EVIL),
    )
    questions = tuple(
        replace(
            q,
            text=EVIL,
            measures=tuple(map(word, q.measures)),
            outcomes=tuple(map(word, q.outcomes)),
            before=point(q.before),
            after=tuple(map(point, q.after)),
            outcome_after=tuple(map(word, q.outcome_after)),
        )
        for q in made.questions
    )
    return replace(
        made,
        trial=trial,
        design=replace(made.design, arms=(EVIL, ARMS[1])),
        questions=questions,
        unanswered=(Unanswered(EVIL, EVIL),),
        measurements={word(m.name): measurement(m) for m in made.measurements.values()},
        effects=tame(made.effects),
        baseline_change=tame(made.baseline_change),
        influence=tame(made.influence),
        reliability=tame(made.reliability),
        density=tame(made.density),
        quality=tame(made.quality),
        flow=tame(made.flow).assign(reason=EVIL),
        faults=(Fault("warning", EVIL, EVIL, EVIL, EVIL),),
        plan_name=EVIL,
        plan_toml=EVIL,
        plan_citation=EVIL,
        plan_notes=(EVIL,),
        plan_changes=(EVIL,),
        doubts=(EVIL,),
        narrowed=EVIL,
        versions={"rewire": EVIL, EVIL: EVIL},
    )


@pytest.fixture(scope="session")
def hostile() -> Contents:
    return make_hostile()
