from __future__ import annotations

from rewire.report.contents import Contents
from rewire.report.rows import read_rows
from rewire.report.truth import truth_table


def test_truth_stands_beside_its_own_estimate(contents: Contents) -> None:
    rows = read_rows(contents.effects)
    table = truth_table(contents, rows)
    assert table is not None
    bdi = [row for row in table.rows if row[0].text == "change: BDI"]
    assert len(bdi) == 1
    assert bdi[0][3].text == "week 6"
    estimate = next(
        r.estimate
        for r in rows
        if r.question == "bdi_change" and r.arm == "psilocybin" and r.session == "ses-week6"
    )
    assert float(bdi[0][4].key) == estimate


def test_a_truth_without_an_estimate_says_so(contents: Contents) -> None:
    table = truth_table(contents, read_rows(contents.effects))
    assert table is not None
    assert [r[3].text for r in table.rows if r[0].text == "change: unasked"] == [
        "no test aims at it"
    ]
