"""A report's contents without anybody's label, free text or small group, ready to be shared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from rewire.core.errors import Fault, PlanError
from rewire.core.questions import Design, Unanswered
from rewire.core.schedule import RunRule, Schedule
from rewire.core.types import Measurement, Scan, ScanRecord, Trial
from rewire.effects.matching import arm_labels
from rewire.plan.model import parse_plan
from rewire.report.contents import Contents
from rewire.report.figures.motion import with_arm
from rewire.report.private_words import LEFT_OUT, PSEUDONYM, Cleaner, form_cleaner, free_text
from rewire.report.shared_questions import left_out_sentences, told_questions
from rewire.report.small_groups import small_tests
from rewire.report.suppression import Sharing, Told, about_suicidality, tell_counts

_WITHHELD = ("n", "estimate", "se", "ci_low", "ci_high", "effect_size", "statistic", "df")
_FILES = (
    "Files that this page names (effects/effects.tsv, provenance.json and others) stay with the "
    "trial's team."
)


def share_contents(contents: Contents, smallest: int) -> Contents:
    """Return contents that can be rendered for people outside the trial's team.

    Participants lose their labels. Tables and sentences about single people are left out, as are
    free text from the tables and the exclusions of the plan. Groups (arm by time) of fewer than
    ``smallest`` people are neither drawn nor tested, and counts that would give them back are
    told as ranges. What is not named here is not passed on, so that a new part of a report is
    left out of shared copies until somebody has thought about it.

    Parameters
    ----------
    contents
        What the run measured and estimated.
    smallest
        The smallest group that is shown.

    Returns
    -------
    Contents
        ``shared`` says what is told of counts; the drawing code asks it.
    """
    whole = contents
    contents = told_questions(contents)
    clean = form_cleaner(contents, free_text(contents))
    small = small_tests(contents, smallest)
    pooled = bool(small.any()) or _has_small_arm(contents, smallest)
    sharing = Sharing(smallest, _people(contents, smallest), _scans(contents, smallest), ())
    keys = _pseudonyms(contents)
    scans = {r.id: str(i) for i, r in enumerate(contents.trial.scans)}
    trial = _anonymous_trial(contents.trial, contents.design, keys)
    return Contents(
        trial=trial,
        design=contents.design,
        questions=contents.questions,
        unanswered=tuple(Unanswered(u.question, clean(u.reason)) for u in contents.unanswered),
        measurements={
            name: _anonymous_measurement(m, keys, scans)
            for name, m in contents.measurements.items()
        },
        effects=_withhold(contents.effects, small, sharing),
        baseline_change=_large(contents.baseline_change, smallest, contents, pooled=pooled),
        influence=_impersonal(contents.influence),
        reliability=_large(contents.reliability, smallest, contents, pooled=pooled),
        density=_large(contents.density, smallest, contents, pooled=pooled),
        quality=_renamed(contents.quality, keys),
        flow=_anonymous_flow(contents.flow, contents.design, keys),
        faults=_kinds_of_fault(contents.faults, sharing),
        inference=contents.inference,
        plan_name=form_cleaner(contents)(contents.plan_name),
        plan_toml=_shareable_plan(contents, clean),
        plan_hash=contents.plan_hash,
        versions=contents.versions,
        plan_citation=contents.plan_citation,
        plan_notes=tuple(map(clean, contents.plan_notes)),
        plan_changes=tuple(map(clean, contents.plan_changes)),
        split_half=_large(contents.split_half, smallest, contents, pooled=pooled),
        motion=_large(contents.motion, smallest, contents, pooled=pooled),
        plan_author=contents.plan_author,
        doubts=tuple(map(clean, contents.doubts)),
        blinding=contents.blinding and contents.blinding.without_words(),
        schedule=_told_schedule(contents.schedule),
        runs=_anonymous_runs(contents.runs, scans),
        narrowed="This run was narrowed to some of the trial." if contents.narrowed else "",
        shared=replace(sharing, sentences=_sentences(whole, sharing, bool(small.any()))),
    )


def _told_schedule(schedule: Schedule) -> Schedule:
    """Return which visits count as what, without whom that concerned."""
    return Schedule(schedule.baseline, schedule.unscheduled, combine=schedule.combine)


def _anonymous_runs(rule: RunRule, scans: Mapping[str, str]) -> RunRule:
    """Return what stands for several runs; figures must show the values that were tested."""
    minutes = {scans[scan]: value for scan, value in rule.minutes.items() if scan in scans}
    return replace(rule, minutes=minutes)


def _pseudonyms(contents: Contents) -> Mapping[str, str]:
    """Return keys that hold people together while figures are made; no page may print them."""
    people = {str(p) for p in contents.trial.participants["participant_id"]}
    people |= {str(p) for p in contents.flow["participant_id"]}
    people |= {str(p) for p in contents.quality["participant_id"]}
    people |= {str(p) for p in contents.trial.scores["participant_id"]}
    people |= {r.participant for r in contents.trial.scans}
    people |= {
        str(p) for m in contents.measurements.values() for p in m.data["participant_id"].values
    }
    return {person: f"{PSEUDONYM}{i:05d}" for i, person in enumerate(sorted(people))}


def _renamed(frame: pd.DataFrame, keys: Mapping[str, str]) -> pd.DataFrame:
    return frame.assign(participant_id=[keys[str(p)] for p in frame["participant_id"]])


def _known_arm(value: object, design: Design) -> str:
    """Return an arm of the design; whatever else stands in that column is free text."""
    return str(value) if str(value) in design.arms else ""


def _anonymous_trial(trial: Trial, design: Design, keys: Mapping[str, str]) -> Trial:
    people = trial.participants[["participant_id"]].assign()
    if design.kind == "parallel" and design.factor in trial.participants:
        people[design.factor] = list(arm_labels(trial.participants, design))
        people[design.factor] = [_known_arm(v, design) for v in people[design.factor]]
    sessions = trial.sessions[["participant_id", "session_id", "order"]].assign()
    if design.kind == "crossover" and design.factor in trial.sessions:
        sessions[design.factor] = [_known_arm(v, design) for v in trial.sessions[design.factor]]
    records = (
        ScanRecord(
            str(i),
            keys[r.participant],
            r.session,
            r.acquisition,
            r.run,
            r.kind,
            r.atlas,
            Path(),
            task=r.task,
        )
        for i, r in enumerate(trial.scans)
    )
    known = [str(p) in keys for p in sessions["participant_id"]]
    return replace(
        trial,
        participants=_renamed(people, keys),
        sessions=_renamed(sessions[known], keys),
        scores=_renamed(trial.scores, keys).assign(table=""),
        tabulated=trial.tabulated.iloc[:0],
        adverse_events=trial.adverse_events.iloc[:0],
        scans=tuple(records),
        load=_no_load,
        root=None,
    )


def _no_load(record: ScanRecord) -> Scan:
    raise ValueError(f"scan {record.id}: a shared copy holds no scans")


def _anonymous_measurement(
    measurement: Measurement, keys: Mapping[str, str], scans: Mapping[str, str]
) -> Measurement:
    data = measurement.data
    people = [keys[str(p)] for p in data["participant_id"].to_numpy()]
    bare = data[["value"]].assign_coords(participant_id=("scan", people))
    ids = data["scan"].to_numpy().astype(str)
    bare = bare.assign_coords(scan=[scans.get(scan, f"row-{i}") for i, scan in enumerate(ids)])
    return replace(measurement, data=bare)


def _anonymous_flow(flow: pd.DataFrame, design: Design, keys: Mapping[str, str]) -> pd.DataFrame:
    arms = [_known_arm(arm, design) for arm in flow["arm"]]
    return _renamed(flow, keys).assign(arm=arms, reason="")


def _withhold(effects: pd.DataFrame, small: np.ndarray, sharing: Sharing) -> pd.DataFrame:
    """Leave p and adjusted p, so that families stay whole; a permutation p tells how many."""
    told = effects.reset_index(drop=True).copy()
    numbers = [*_WITHHELD, "p_permutation"]
    told[numbers] = told[numbers].astype(float)
    told.loc[small, numbers] = np.nan
    alone = told["arm"].fillna("") != ""
    why = np.where(alone, sharing.withheld, sharing.compared)
    told["status"] = told["status"].astype(object).where(~small, why)
    return told


def _large(frame: pd.DataFrame, smallest: int, contents: Contents, *, pooled: bool) -> pd.DataFrame:
    """Leave out rows of few people and, where a group is hidden, what counts all groups."""
    if frame.empty:
        return frame
    kept = frame[~(frame["n"].astype(float) < smallest)]
    if not pooled or len(contents.design.arms) < 2:
        return kept
    if "arm" in kept:
        return kept[kept["arm"].fillna("").astype(str) != ""]
    return kept.assign(n=np.nan)


def _impersonal(influence: pd.DataFrame) -> pd.DataFrame:
    """Keep of the influence of single people how often it matters, and nothing of whose it is."""
    blank = dict.fromkeys(("n", "estimate", "p", "estimate_without", "p_without"), np.nan)
    return influence.assign(participant_id="", **blank)


def _kinds_of_fault(faults: tuple[Fault, ...], sharing: Sharing) -> tuple[Fault, ...]:
    """Return one fault a kind: what was found names people and files."""
    kinds: dict[tuple[str, str], int] = {}
    for fault in faults:
        key = (fault.severity, fault.code)
        kinds[key] = kinds.get(key, 0) + 1
    return tuple(
        Fault(
            "error" if severity == "error" else "warning",
            code,
            "this trial",
            f"{sharing.count(n)} of this kind; whom they concern is not told.",
            "",
        )
        for (severity, code), n in kinds.items()
    )


def _shareable_plan(contents: Contents, clean: Cleaner) -> str:
    """Return the plan without its exclusions, and without lines that name a person."""
    try:
        plan = parse_plan(contents.plan_toml, "plan")
    except PlanError:
        return LEFT_OUT
    plainly = form_cleaner(contents)
    told = {
        "exclude": (),
        "notes": tuple(map(clean, plan.notes)),
        "maps": plan.maps.without_folders,
    }
    left = plan.model_copy(update=told)
    lines = [
        f"# {LEFT_OUT}" if plainly(line) != line else line for line in left.to_toml().split("\n")
    ]
    head = "# Exclusions name people: where the plan has any, they are left out here.\n"
    return head + "\n".join(lines)


def _has_small_arm(contents: Contents, smallest: int) -> bool:
    if contents.design.kind != "parallel":
        return False
    arms = pd.Series(arm_labels(contents.trial.participants, contents.design), dtype=object)
    return bool((arms.value_counts() < smallest).any())


def _people(contents: Contents, smallest: int) -> Told:
    """Return what is told of the number of participants, over what is told of each arm."""
    trial, design = contents.trial, contents.design
    arms = [""] * len(trial.participants)
    if design.kind == "parallel" and design.factor in trial.participants:
        arms = [_known_arm(a, design) for a in arm_labels(trial.participants, design)]
    flow = contents.flow[contents.flow["stage"] == "enrolled"]
    enrolled = (
        flow.groupby(["arm"])["participant_id"].nunique() if len(flow) else pd.Series(dtype=int)
    )
    total = Told(0, 0)
    for arm in sorted(set(arms)):
        n = arms.count(arm)
        total += tell_counts([int(enrolled.get(arm, n)), n], smallest)[-1]
    return total


def _scans(contents: Contents, smallest: int) -> Told | None:
    """Return the number of scans; None where it would tell how many people lack one."""
    if contents.quality.empty:
        return None
    frame = with_arm(contents)
    sizes = frame.groupby(["arm", "time"])["participant_id"].nunique()
    if (sizes < smallest).any():
        return None
    for _, times in sizes.groupby(level="arm"):
        if not all(told.exact for told in tell_counts(times.tolist(), smallest)):
            return None
    return Told(len(contents.trial.scans), len(contents.trial.scans))


def _sentences(contents: Contents, sharing: Sharing, withheld: bool) -> tuple[str, ...]:
    n = sharing.smallest
    lines = [
        "Shared copy. People have no labels here: tables and warnings about single people, the "
        "plan's exclusions, free text and exact values outside figures were removed. In figures "
        "people stand in order of their values, without labels.",
        f"Groups (arm by time) of fewer than {n} people are not drawn, and counts below {n} are "
        f"written <{n} or as a range. Sizes of larger groups are exact: how many people lack data "
        f"at a time point can be worked out from them, who and why cannot. {_FILES}",
    ]
    if withheld:
        lines.append(
            f"Tests with fewer than {n} people in a group are withheld, and with them every "
            "number from which that group could be worked out; their p values stand, since "
            "others are adjusted with them."
        )
    lines += left_out_sentences(contents)
    if contents.schedule.switches:
        lines.append(
            "Some people were treated otherwise than allotted. Questions are answered as "
            "randomised here: what was answered as treated would tell who they are."
        )
    scales = {str(s) for s in contents.trial.scores["scale"]}
    labels = {s: contents.trial.scales[s].label for s in scales if s in contents.trial.scales}
    if any(about_suicidality(s, labels.get(s, "")) for s in scales):
        lines.append("What is about suicidality is shown as means and tests, never by person.")
    return tuple(lines)
