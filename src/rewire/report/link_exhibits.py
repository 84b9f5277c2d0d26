"""What is shown below a question about links: all scales at once, outliers, unreliability."""

from __future__ import annotations

import pandas as pd

from rewire.core.questions import Kind, Question
from rewire.report import names, numbers
from rewire.report.contents import Contents
from rewire.report.figures.links import both_sides, link_forest
from rewire.report.rows import ALPHA, EffectRow
from rewire.report.tables import (
    Cell,
    Column,
    Table,
    build,
    from_frame,
    number,
    p_cell,
    whole,
    words,
)
from rewire.report.wording import Exhibit

_FEWEST, _MOST = 3, 36


def links_shown(
    question: Question, rows: tuple[EffectRow, ...], contents: Contents
) -> tuple[Exhibit, ...]:
    """Return what stands below correlations of a measure with scores.

    Parameters
    ----------
    question
        Of a kind that relates a measure to scores.
    rows
        Its rows.
    contents
        The report's contents.
    """
    found = (
        _forest(question, rows, contents),
        _table(question, contents, "unreliability"),
        _table(question, contents, "skipped"),
    )
    return tuple(one for one in found if one is not None)


def arms_apart(question: Question, contents: Contents) -> str:
    """Return that arms with and without a link are not arms that differ; empty for one arm.

    Parameters
    ----------
    question
        A question within arms.
    contents
        The report's contents.
    """
    if len(question.arms or contents.design.arms) < 2:
        return ""
    asked = [q for q in contents.questions if q.kind is Kind.SLOPE_DIFFERENCE]
    where = (
        f"that is asked in {numbers.listing([q.name for q in asked])}"
        if asked
        else "nothing in this plan tests that"
    )
    return (
        "A correlation with p below .05 in one arm and not in another is no difference between "
        f"the arms: {where}."
    )


def _forest(question: Question, rows: tuple[EffectRow, ...], contents: Contents) -> Exhibit | None:
    drawn = [r for r in rows if not r.place and r.estimate == r.estimate and r.ci_low == r.ci_low]
    if not _FEWEST <= len(drawn) <= _MOST or len({r.outcome for r in drawn}) < 2:
        return None
    sides = [both_sides(row) for row in drawn]
    one, two = (sum(p[i] < ALPHA for p in sides) for i in (0, 1))
    lines = [
        f"Of {numbers.count(len(drawn), 'correlation')}, {two} "
        f"{'has' if two == 1 else 'have'} two-sided p below .05 before adjustment, and {one} "
        "one-sided p on the side of the estimate.",
        arms_apart(question, contents),
        _directions(drawn, contents),
    ]
    table = _links_table(question, drawn, sides, contents)
    figure = link_forest(f"links-{question.name}", drawn, contents, table)
    return Exhibit("Is the link there on every score?", tuple(x for x in lines if x), (figure,))


def _directions(rows: list[EffectRow], contents: Contents) -> str:
    scales = contents.trial.scales
    rising = dict.fromkeys(
        scales[r.outcome].label
        for r in rows
        if r.outcome in scales and scales[r.outcome].direction == "higher is better"
    )
    if not rising or len(rising) == len({r.outcome for r in rows}):
        return ""
    verb = "rises" if len(rising) == 1 else "rise"
    return (
        f"{numbers.listing(list(rising))} {verb} as people get better, so that the same link has "
        "the other sign there."
    )


def _links_table(
    question: Question,
    rows: list[EffectRow],
    sides: list[tuple[float, float]],
    contents: Contents,
) -> Table:
    columns = [Column(c) for c in ("Score", "Time", "Arm")]
    columns += [Column(c, numeric=True) for c in ("n", "Correlation")]
    columns += [Column("Interval")]
    columns += [Column(c, numeric=True) for c in ("p, one-sided", "p, two-sided", "p adjusted")]
    cells: list[tuple[Cell, ...]] = [
        (
            words(names.scale_label(row.outcome, contents.trial.scales)),
            words(names.time_label(row.session)),
            words(row.arm),
            whole(row.n),
            number(row.estimate, numbers.unit_bound(row.estimate, 3)),
            words(numbers.interval(row.ci_low, row.ci_high, bounded=True, decimals=2)),
            p_cell(p[0]),
            p_cell(p[1]),
            p_cell(row.p_adjusted),
        )
        for row, p in zip(rows, sides, strict=True)
    ]
    return build(f"links-table-{question.name}", "Each correlation", columns, cells)


_UNRELIABILITY = (
    "Error in either variable makes a correlation smaller than that of what is meant. The "
    "corrected value is no observation: it hangs on the reliabilities, whose uncertainty is in its "
    "interval. Above 1 it says that reliabilities or correlation are off; without an interval, "
    "that the reliability cannot be told from 0. A score of which nothing is given counts as free "
    "of error."
)
_SKIPPED = (
    "Points far from the others in the plane of both variables were left out, and sought anew "
    "under each relabelling and in each resample, so that p and interval know of it."
)
_TITLES = {
    "unreliability": ("What if both were measured without error?", _UNRELIABILITY),
    "skipped": ("Who was left out as an outlier?", _SKIPPED),
}
_HEADINGS = {
    "measure": "Measure",
    "outcome": "Score",
    "session": "Session",
    "arm": "Arm",
    "place": "Where",
    "level": "Level",
    "n": "n",
    "r": "r",
    "reliability_measure": "Reliability, measure",
    "reliability_score": "Reliability, score",
    "source": "From",
    "r_corrected": "r corrected",
    "ci_low": "CI low",
    "ci_high": "CI high",
    "status": "Status",
    "left_out": "Left out",
    "who": "Who",
}


def _table(question: Question, contents: Contents, name: str) -> Exhibit | None:
    frame = contents.tables.get(name, pd.DataFrame({"question": []}))
    mine = frame[frame["question"] == question.name]
    if mine.empty:
        return None
    title, line = _TITLES[name]
    table = from_frame(f"{name}-{question.name}", title, mine, _HEADINGS)
    return Exhibit(title, (line,), (), (table,))
