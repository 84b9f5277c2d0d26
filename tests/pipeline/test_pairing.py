"""Which connectome goes with which scan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rewire.core.types import ScanKind, ScanRecord
from rewire.pipeline.pairing import scan_sets

NEEDS: tuple[ScanKind, ...] = ("bold", "connectome")


def record(name: str, kind: ScanKind, session: str, acquisition: str = "") -> ScanRecord:
    return ScanRecord(name, "sub-01", session, acquisition, "", kind, "A", Path(name))


def pairs(*scans: ScanRecord, connectome: object = None) -> list[str]:
    return ["+".join(r.id for r in found) for found in scan_sets(scans, NEEDS, connectome)]


ONE, TWO = record("b1", "bold", "ses-1"), record("b2", "bold", "ses-2")
WIRED = record("c1", "connectome", "ses-1")


def test_a_session_without_a_connectome_takes_none_unless_the_plan_says_so() -> None:
    assert pairs(ONE, TWO, WIRED) == ["b1+c1"]
    assert pairs(ONE, TWO, WIRED, connectome="session") == ["b1+c1"]
    assert pairs(ONE, TWO, WIRED, connectome="person") == ["b1+c1", "b2+c1"]


def test_of_two_connectomes_none_stands_for_a_third_session() -> None:
    again = record("c2", "connectome", "ses-2")
    three = record("b3", "bold", "ses-3")
    assert pairs(ONE, TWO, three, WIRED, again, connectome="person") == ["b1+c1", "b2+c2"]


def test_nobody_takes_the_connectome_of_another_person() -> None:
    other = replace(WIRED, participant="sub-02")
    assert pairs(ONE, other, connectome="person") == []


def test_an_acquisition_takes_its_own_connectome_where_there_is_one() -> None:
    pre, post = (record(f"b-{a}", "bold", "ses-1", a) for a in ("pre", "post"))
    wired = [record(f"c-{a}", "connectome", "ses-1", a) for a in ("pre", "post")]
    assert pairs(pre, post, *wired) == ["b-pre+c-pre", "b-post+c-post"]
    assert pairs(pre, post, WIRED) == ["b-pre+c1", "b-post+c1"]
