"""Rules leave out exactly what they say, and every scan has a decision."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import pytest

from rewire.core.exclusion import Exclusion
from rewire.core.schema import EXCLUSION_COLUMNS
from rewire.core.types import ScanRecord
from rewire.plan.parts import QualityRules
from rewire.trial.check import check_trial
from rewire.trial.doubts import list_doubts, order_by_doubt
from rewire.trial.ledger import (
    Worth,
    broken_rules,
    decide,
    ledger_table,
    rule_exclusions,
    rules_in_words,
)
from rewire.trial.quality import ScanQuality
from rewire.trial.reading import Reading
from rewire.trial.synthetic import TrialSpec, simulate_trial

TRIAL = simulate_trial(TrialSpec(per_arm=4, volumes=60, gaps="none"))
RULES = QualityRules(exclude_minutes_below=4.0, exclude_motion_above=0.5, exclude_silent_above=0.1)


def judged(record: ScanRecord, minutes: float, moved: float, silent: float) -> ScanQuality:
    """A scan of 100 regions whose volumes are a second apart."""
    seconds = 60.0 * minutes
    return ScanQuality(record, (), 0, seconds, seconds, 1.0, moved, silent, 0, seconds, regions=100)


SCANS = [
    judged(TRIAL.scans[0], 4.0, 0.5, 10.0),  # each at its limit: kept
    judged(TRIAL.scans[1], 3.9, 0.1, 0.0),
    judged(TRIAL.scans[2], 9.0, 0.51, 0.0),
    judged(TRIAL.scans[3], 9.0, 0.1, 11.0),
    judged(TRIAL.scans[4], 1.0, 2.0, 60.0),
    judged(TRIAL.scans[5], 9.0, math.nan, 0.0),
]


def test_a_rule_sees_three_numbers_and_nothing_else() -> None:
    assert [f.name for f in fields(Worth)] == ["minutes", "displacement", "silent_share"]


@pytest.mark.parametrize(
    ("rules", "out"),
    [
        (QualityRules(), []),
        (QualityRules(exclude_minutes_below=4.0), [1, 4]),
        (QualityRules(exclude_motion_above=0.5), [2, 4]),
        (QualityRules(exclude_silent_above=0.1), [3, 4]),
        (RULES, [1, 2, 3, 4]),
    ],
)
def test_rules_leave_out_exactly_these(rules: QualityRules, out: list[int]) -> None:
    found = rule_exclusions(SCANS, rules)
    assert [e.scan for e in found] == [SCANS[i].record.id for i in out]
    assert all(e.by == "rule" and e.reason for e in found)


def test_a_rule_takes_the_scan_and_nothing_beside_it() -> None:
    (out,) = rule_exclusions(SCANS[2:3], RULES)
    beside = replace(SCANS[2].record, id="scan-other", kind="task")
    assert out.covers(SCANS[2].record)
    assert not out.covers(beside)
    assert not out.whole_participant
    assert not out.whole_session
    bare = replace(SCANS[2].record, session="")
    (alone,) = rule_exclusions([replace(SCANS[2], record=bare)], RULES)
    assert not alone.whole_participant


def test_the_ledger_has_every_scan_and_a_ground_for_each_decision() -> None:
    people = [
        Exclusion(TRIAL.scans[6].participant, reason="withdrew consent", by="the site"),
        Exclusion(TRIAL.scans[1].participant, TRIAL.scans[1].session, reason="fell asleep"),
    ]
    decisions = decide(TRIAL.scans, SCANS, RULES, people)
    table = ledger_table(TRIAL.scans, decisions).set_index("scan")
    assert tuple(table.reset_index().columns) == EXCLUSION_COLUMNS
    assert table.index.tolist() == [r.id for r in TRIAL.scans]
    assert set(table["decision"]) == {"kept", "excluded"}
    assert (table["reason"] != "").all()
    rows = [table.loc[SCANS[i].record.id] for i in range(6)]
    assert [r["decision"] for r in rows] == ["kept", *["excluded"] * 4, "kept"]
    assert rows[0]["reason"] == "within every limit"
    assert (rows[1]["by"], rows[1]["reason"]) == ("person", "fell asleep")  # people come first
    assert (rows[2]["by"], rows[2]["rule"]) == ("rule", "exclude_motion_above")
    assert (rows[2]["value"], rows[2]["limit"]) == (0.51, 0.5)
    assert (rows[3]["rule"], rows[3]["value"]) == ("exclude_silent_above", 0.11)
    assert rows[4]["rule"] == "exclude_minutes_below"
    assert rows[4]["reason"].count(";") == 2  # all that it breaks
    assert "unknown: motion" in rows[5]["reason"]
    assert table.loc[TRIAL.scans[6].id, "by"] == "the site"


def test_without_rules_nobody_decided() -> None:
    (first, *_) = decide(TRIAL.scans, SCANS, QualityRules(), ())
    assert (first.decision, first.by, first.rule) == ("kept", "", "")
    assert first.reason == "no rule is set and nobody excluded it"
    assert rules_in_words(QualityRules()) == ()
    assert len(rules_in_words(RULES)) == 3


def test_a_connectome_has_no_minutes_to_be_unknown() -> None:
    record = replace(TRIAL.scans[0], kind="connectome")
    quality = ScanQuality(record, (), 0, silent=0.0, regions=100)
    assert broken_rules(Worth(math.nan, math.nan, 0.0), RULES) == ()
    (decision,) = decide([record], [quality], RULES, ())
    assert decision.reason == "within every limit"


def test_a_check_tells_how_many_the_rules_leave_out_and_not_what_is_wrong_with_them() -> None:
    reading = Reading(TRIAL, ())
    judged = check_trial(reading, n_procs=1).scans
    limit = sorted(q.displacement for q in judged if q.record.kind == "bold")[-4]
    rules = QualityRules(exclude_motion_above=limit)
    found = check_trial(reading, n_procs=1, rules=rules)
    (told,) = [f for f in found.faults if f.code == "left-out-by-rule"]
    assert told.what.startswith("3 of 32 left out: mean framewise displacement above")
    assert len(found.scans) == len(found.quality) == 32  # 16 of rest, 16 connectomes
    everything = QualityRules(exclude_minutes_below=1000.0)
    codes = {f.code for f in check_trial(reading, n_procs=1, rules=everything).faults}
    assert "too-short" not in codes
    assert "too-short" in {f.code for f in check_trial(reading, n_procs=1).faults}


def test_doubts_are_phrases_and_order_the_scans() -> None:
    usual = [judged(r, 9.0, 0.1 + 0.001 * i, 0.0) for i, r in enumerate(TRIAL.scans[6:14])]
    scans = [*usual, SCANS[4], replace(SCANS[1], retained=60.0), usual[3]]
    doubts = list_doubts(scans, 4.0)
    assert doubts[0] == ()
    assert doubts[8] == (
        "fewer than 4 minutes retained",
        "far more motion than the other scans",
        "regions without signal",
    )
    assert doubts[9] == ("fewer than 4 minutes retained", "more than half of the volumes censored")
    order = order_by_doubt(scans, doubts)
    assert order[:3] == (8, 9, 7)
    assert sorted(order) == list(range(11))
