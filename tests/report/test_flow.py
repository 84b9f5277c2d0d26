from __future__ import annotations

from dataclasses import replace

import pandas as pd

from rewire.core.schema import FLOW_COLUMNS
from rewire.report.contents import Contents
from rewire.report.flow import participant_flow


def test_counts_and_reasons(contents: Contents) -> None:
    flow = participant_flow(contents)
    assert flow is not None
    assert [s.name for s in flow.stages][-1] == "analysed"
    scanned = flow.stages[2]
    assert [(b.arm, b.n) for b in scanned.boxes] == [("psilocybin", 18), ("escitalopram", 19)]
    assert scanned.boxes[0].out == ("2 out", "2 no scan at week 6")
    assert all(stage.narrows for stage in flow.stages)


def test_a_stage_that_others_can_skip_does_not_narrow(contents: Contents) -> None:
    rows = [
        ("a", "x", "enrolled", "in", ""),
        ("b", "x", "enrolled", "in", ""),
        ("a", "x", "measured ses-week6", "in", ""),
        ("b", "x", "measured ses-week6", "out", "no measurement at ses-week6"),
        ("a", "x", "analysed", "in", ""),
        ("b", "x", "analysed", "in", ""),
    ]
    frame = pd.DataFrame(rows, columns=list(FLOW_COLUMNS))
    flow = participant_flow(replace(contents, flow=frame))
    assert flow is not None
    assert [s.narrows for s in flow.stages] == [True, False, True]
    assert flow.stages[1].name == "measured week 6"
    assert flow.stages[1].boxes[0].out == ("1 out", "1 no measurement at week 6")


def test_no_table_no_flow(contents: Contents) -> None:
    assert participant_flow(replace(contents, flow=contents.flow.iloc[:0])) is None
