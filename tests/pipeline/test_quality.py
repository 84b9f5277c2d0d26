"""Rules, ledger, flow and the page for raters in whole runs."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rewire.core.exclusion import Exclusion
from rewire.core.questions import Design
from rewire.core.schema import RELIABILITY_COLUMNS
from rewire.numerics.motion_artefact import edge_distances
from rewire.pipeline.looking import look_at_scans
from rewire.pipeline.preparing import Request
from rewire.pipeline.quality import full_names, judge_scans, opaque_names, quality_contents
from rewire.pipeline.run import run
from rewire.pipeline.selection import Labels
from rewire.plan.model import Plan
from rewire.plan.parts import ExclusionChoice, QualityRules
from rewire.report.quality_page import render_quality_page
from rewire.trial.check import check_trial
from rewire.trial.reading import Reading
from rewire.trial.synthetic import TrialSpec, simulate_trial

MOVED = {("sub-02", "ses-week6"): 0.9, ("sub-06", "ses-baseline"): 0.7}


def write_motion(trial: Path) -> None:
    """Give every scan of the small trial a motion table: quiet, but for two scans."""
    for path in sorted(trial.rglob("*_timeseries.tsv")):
        person, session = path.parts[-4], path.parts[-3]
        level = MOVED.get((person, session), 0.1 + 0.01 * int(person[-2:]))
        stem = path.name.partition("_seg-")[0]
        rows = ["framewise_displacement", "n/a", *[f"{level:.3f}"] * 149]
        path.with_name(f"{stem}_motion.tsv").write_text("\n".join(rows) + "\n")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of a run with a rule and with a scan that a person left out."""
    import sys

    sys.path.insert(0, str(Path(__file__).parent))
    from conftest import write_small_trial

    root = tmp_path_factory.mktemp("quality")
    trial = write_small_trial(root / "trial")
    write_motion(trial)
    plan = root / "plan.toml"
    plan.write_text(
        'name = "small"\n[quality]\nexclude_motion_above = 0.5\n'
        '[inference]\npermutations = 0\n[[measures]]\nname = "connectivity_by_network"\n'
        '[[exclude]]\nparticipant = "sub-03"\nsession = "ses-baseline"\n'
        'reason = "fell asleep"\nby = "the radiographer"\n'
        '[[questions]]\nname = "q"\ntext = "?"\nkind = "change"\n'
        'measures = ["connectivity_network"]\nbefore = "ses-baseline"\nafter = ["ses-week6"]\n'
    )
    run(trial, Request(root / "out", plan=str(plan)))
    return root / "out"


def table(out: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(out / name, sep="\t", keep_default_na=False)


def test_the_ledger_names_exactly_what_was_left_out(finished: Path) -> None:
    ledger = table(finished, "exclusions.tsv").set_index(["participant_id", "session_id"])
    out = ledger[ledger["decision"] == "excluded"]
    assert set(out.index) == {*MOVED, ("sub-03", "ses-baseline")}
    by_rule = out.loc[list(MOVED)]
    assert set(by_rule["rule"]) == {"exclude_motion_above"}
    assert by_rule["value"].astype(float).tolist() == list(MOVED.values())
    assert set(by_rule["limit"].astype(float)) == {0.5}
    asleep = out.loc[("sub-03", "ses-baseline")]
    assert (asleep["by"], asleep["reason"]) == ("the radiographer", "fell asleep")
    assert len(ledger) == 16
    assert "scan" not in ledger, "the only scan ids in results are the opaque ones of key.tsv"


def test_what_was_left_out_was_not_measured(finished: Path) -> None:
    values = table(finished, "measures/connectivity_network.tsv")
    measured = set(zip(values["participant_id"], values["session_id"], strict=True))
    ledger = table(finished, "exclusions.tsv")
    kept = ledger[ledger["decision"] == "kept"]
    assert measured == set(zip(kept["participant_id"], kept["session_id"], strict=True))
    assert len(measured) == 13


def test_flow_and_ledger_agree(finished: Path) -> None:
    flow = table(finished, "flow.tsv")
    ledger = table(finished, "exclusions.tsv")
    out = ledger[ledger["decision"] == "excluded"]
    absent = flow[flow["stage"].str.startswith("measured") & (flow["status"] == "out")]
    where = set(zip(absent["participant_id"], absent["stage"].str.split().str[1], strict=True))
    assert where == set(zip(out["participant_id"], out["session_id"], strict=True))
    for row in absent.itertuples():
        reason = out.loc[out["participant_id"] == row.participant_id, "reason"].item()
        assert reason in row.reason
    last = flow[flow["stage"] == "analysed"].set_index("participant_id")["status"]
    assert set(last.index[last == "out"]) == {"sub-02", "sub-03", "sub-06"}


def test_quality_has_all_that_were_read_and_the_report_links_to_the_page(finished: Path) -> None:
    assert len(table(finished, "quality.tsv")) == 15
    assert 'href="quality.html"' in (finished / "report.html").read_text()
    page = (finished / "quality.html").read_text()
    assert 'href="report.html"' in page
    assert page.count('class="scan-card"') == 15  # the sixteenth was never opened
    assert "fell asleep (the radiographer)" in page
    assert page.index("sub-02 ses-week6 <span") < page.index("sub-01 ses-week6 <span")
    ignored = (finished / ".bidsignore").read_text()
    assert {"quality.*", "exclusions.*"} <= set(ignored.split())


def test_an_id_decides_which_of_two_scans_goes() -> None:
    trial = simulate_trial(TrialSpec(per_arm=4, volumes=60, gaps="none"))
    one = Exclusion(trial.scans[0].participant, scan=trial.scans[0].id)
    assert [r.id for r in trial.scans if one.covers(r)] == [trial.scans[0].id]


def test_motion_by_distance_is_that_of_plain_numpy_over_kept_scans() -> None:
    trial = simulate_trial(TrialSpec(per_arm=4, volumes=60, gaps="none"))
    checked = check_trial(Reading(trial, ()), n_procs=1)
    limit = sorted(checked.quality["mean_framewise_displacement"].dropna())[-3]
    person = trial.scans[0].participant
    plan = Plan(
        name="p",
        quality=QualityRules(exclude_motion_above=limit),
        exclude=(ExclusionChoice(participant=person, reason="withdrew"),),
    )
    read = tuple(q for q in checked.scans if q.record.participant != person)
    judged = judge_scans(trial, read, plan, Labels())
    looked = look_at_scans(judged, 1, lambda *_: None)
    kept = [q for q in read if q.displacement <= limit]
    edges, motion = [], []
    for q in kept:
        r = np.corrcoef(trial.load(q.record).series().T)
        edges.append(np.arctanh(r[np.triu_indices(100, 1)]))
        motion.append(q.displacement)
    plain = [np.corrcoef(motion, column)[0, 1] for column in np.array(edges).T]
    assert looked.motion is not None
    assert looked.motion.scans == len(kept)
    silent = np.isnan(plain)
    assert np.allclose(looked.motion.r[~silent], np.array(plain)[~silent], atol=1e-4)
    (atlas,) = trial.atlases.values()
    assert np.array_equal(looked.motion.distance, edge_distances(atlas.centroid))
    assert set(looked.portraits) == {q.record.id for q in read}


def test_a_blind_page_holds_no_name_arm_or_session() -> None:
    trial = simulate_trial(TrialSpec(per_arm=4, volumes=60, gaps="none"))
    checked = check_trial(Reading(trial, ()), n_procs=1)
    judged = judge_scans(trial, checked.scans, Plan(name="p"), Labels())
    looked = look_at_scans(judged, 1, lambda *_: None)
    nothing = pd.DataFrame(columns=list(RELIABILITY_COLUMNS))
    page = render_quality_page(quality_contents(judged, looked, opaque_names, nothing))
    start = page.index("<body>")
    ours = page[start : page.rindex("<script>/**")]
    words = {*trial.participants["participant_id"], *trial.participants["arm"]}
    words |= {r.session for r in trial.scans} | {"baseline", "week6", "week 6"}
    assert not [word for word in words if re.search(rf"\b{re.escape(word)}\b", ours)]
    assert trial.scans[0].id in ours


def test_a_connectome_is_told_from_the_series_beside_it_and_has_no_carpet() -> None:
    trial = simulate_trial(TrialSpec(per_arm=4, volumes=60, gaps="none"))
    checked = check_trial(Reading(trial, ()), n_procs=1)
    judged = judge_scans(trial, checked.scans, Plan(name="p"), Labels())
    looked = look_at_scans(judged, 1, lambda *_: None)
    design = Design("parallel", "arm", ("psilocybin", "escitalopram"), "escitalopram", True)
    nothing = pd.DataFrame(columns=list(RELIABILITY_COLUMNS))
    page = quality_contents(judged, looked, full_names(trial, design, ()), nothing)
    about = {scan.label: scan for scan in page.scans}
    assert len(about) == 32
    fibres = [scan for label, scan in about.items() if label.endswith(" connectome")]
    assert len(fibres) == 16
    assert all(np.isnan([s.minutes, s.displacement, s.volumes]).all() for s in fibres)
    assert all(s.portrait is not None and s.portrait.carpet.size == 0 for s in fibres)
    assert not any(s.doubts for s in fibres)
    assert looked.motion is not None
    assert looked.motion.scans == 16


def test_two_processes_see_what_one_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    trial = simulate_trial(TrialSpec(per_arm=4, volumes=60, gaps="none"))
    checked = check_trial(Reading(trial, ()), n_procs=1)
    judged = judge_scans(trial, checked.scans, Plan(name="p"), Labels())
    alone = look_at_scans(judged, 1, lambda *_: None)
    monkeypatch.setattr("rewire.pipeline.looking._WORTH_SCANS", 2)
    told: list[tuple[str, int, int]] = []
    together = look_at_scans(judged, 2, lambda *step: told.append(step))
    assert np.array_equal(alone.motion.r, together.motion.r, equal_nan=True)
    assert list(alone.portraits) == list(together.portraits)
    assert told[-1] == ("Looking", 32, 32)
