"""Benefit and harm by arm."""

from __future__ import annotations

import pandas as pd

from rewire.core.questions import Question
from rewire.core.scales import SCALES
from rewire.report import names, numbers
from rewire.report.contents import Contents
from rewire.report.figures.event_curves import event_curves
from rewire.report.figures.risk_differences import risk_differences, row_label
from rewire.report.figures.theme import Figure
from rewire.report.phrases import arms_of, caveat
from rewire.report.rows import EffectRow, Evidence
from rewire.report.tables import Cell, Column, Table, build, number, p_cell, whole, words
from rewire.report.wording import Exhibit, Wording


def finding(row: EffectRow, question: Question, contents: Contents) -> str:
    """Return whether something happened more often in one arm."""
    what = row.term
    if row.outcome and row.outcome not in what:
        what += f" on {names.scale_label(row.outcome, contents.trial.scales)}"
    what += f" at {names.time_label(row.session)}" if row.session else ""
    if row.evidence is Evidence.NONE:
        return (
            f"there was no evidence that {what} was more or less frequent in one arm: "
            f"{arms_of(row)}; that is no evidence of its absence"
        )
    way = "more" if row.estimate > 0 else "less"
    one, other = row.sides or ("one arm", "the other")
    return f"{what} was {way} frequent with {one} than with {other}{caveat(row)}"


def subject(row: EffectRow) -> str:
    """Return what may have happened."""
    on_scale = row.outcome and row.outcome not in row.term
    return f"{row.term} on {names.scale_label(row.outcome, SCALES)}" if on_scale else row.term


def exhibits(
    question: Question, rows: tuple[EffectRow, ...], contents: Contents
) -> tuple[Exhibit, ...]:
    """Return benefit and harm side by side, events by arm, and times to the first event."""
    differences = _own("harm_differences", question, contents)
    risks = _own("harms", question, contents)
    curves = _own("time_to_event", question, contents)
    percent = f"{contents.inference.confidence * 100:g}%"
    figures: list[Figure | None] = []
    tables: list[Table] = []
    if not differences.empty:
        pairs = differences.groupby(["arm", "reference"], sort=False)
        for i, (_, part) in enumerate(pairs):
            figures.append(risk_differences(f"risks-{question.name}-{i}", part, percent))
        tables.append(_difference_table(question, differences, percent))
    if not risks.empty:
        tables.append(_risk_table(question, risks, percent))
    if not curves.empty:
        figures.append(event_curves(f"times-{question.name}", curves, contents.design.arms))
        tables += _times_table(question, _own("time_to_event_tests", question, contents))
    if not tables:
        return ()
    drawn = tuple(f for f in figures if f is not None)
    return (Exhibit("Benefit and harm", _LINES, drawn, tuple(tables)),)


_LINES = (
    "An event that nobody had, or few, is not shown to be absent: the interval says how often it "
    "could be. p stands unadjusted and adjusted, since adjustment makes harms harder to see.",
    "People of whom it is not known are left out of the risks; the lowest and highest difference "
    "are what it could have been had it happened to all of them in one arm and to none in the "
    "other.",
)


def _own(name: str, question: Question, contents: Contents) -> pd.DataFrame:
    table = contents.tables.get(name)
    if table is None or table.empty:
        return pd.DataFrame()
    return table[(table["question"] == question.name).to_numpy(dtype=bool)]


def _share(value: float) -> Cell:
    return number(
        value, "" if value != value else f"{100 * value:.0f}%".replace("-", numbers.MINUS)
    )


def _between(row: pd.Series, low: str, high: str) -> Cell:
    ends = (float(row[low]), float(row[high]))
    if any(v != v for v in ends):
        return words("")
    text = " to ".join(f"{100 * v:.0f}%".replace("-", numbers.MINUS) for v in ends)
    return number(ends[0], text)


def _counts(events: float, people: float) -> Cell:
    return number(events, f"{events:.0f}/{people:.0f}")


def _difference_table(question: Question, rows: pd.DataFrame, percent: str) -> Table:
    cells = [
        (
            words(row_label(r)),
            words(f"{r['arm']} {numbers.MINUS} {r['reference']}"),
            _counts(r["events"], r["people"]),
            _counts(r["reference_events"], r["reference_people"]),
            _share(r["difference"]),
            _between(r, "ci_low", "ci_high"),
            p_cell(r["p"]),
            p_cell(r["p_adjusted"]),
            words(r["number_needed_told"]),
            words(f"{r['missing']:.0f} and {r['reference_missing']:.0f}"),
            _between(r, "lowest", "highest"),
            words(r["method"]),
        )
        for _, r in rows.iterrows()
    ]
    numeric = {"Arm", "Reference", "Difference", "Interval", "p", "p adjusted", "Could have been"}
    names = ("What", "Contrast", "Arm", "Reference", "Difference", "Interval", "p", "p adjusted",
             "Number needed", "Not known", "Could have been", "Method")  # fmt: skip
    columns = [Column(n, n in numeric, n == "Method") for n in names]
    caption = f"Differences of risks with {percent} intervals"
    return build(f"harm-differences-{question.name}", caption, columns, cells)


def _risk_table(question: Question, rows: pd.DataFrame, percent: str) -> Table:
    cells = [
        (
            words(row_label(r)),
            words(r["side"]),
            words(r["arm"]),
            _counts(r["events"], r["people"]),
            _share(r["risk"]),
            _between(r, "ci_low", "ci_high"),
            whole(float(r["missing"])),
        )
        for _, r in rows.iterrows()
    ]
    names = ("What", "Side", "Arm", "People", "Risk", "Interval", "Not known")
    columns = [Column(n, n not in ("What", "Side", "Arm")) for n in names]
    caption = f"Risks by arm with exact {percent} intervals (Clopper-Pearson)"
    return build(f"harms-{question.name}", caption, columns, cells)


def _times_table(question: Question, rows: pd.DataFrame) -> list[Table]:
    if rows.empty:
        return []
    cells = [
        (
            words(r["contrast"]),
            whole(float(r["n"])),
            whole(float(r["events"])),
            p_cell(r["log_rank_p"]),
            number(float(r["horizon_days"])),
            number(float(r["mean_difference"])),
            _plain_between(r, "ci_low", "ci_high"),
            number(float(r["hazard_ratio"])),
            _plain_between(r, "hazard_ratio_low", "hazard_ratio_high"),
        )
        for _, r in rows.iterrows()
    ]
    mean = "Mean days without an event, difference"
    names = ("Contrast", "n", "With an event", "p (log-rank)", "Up to day", mean, "Interval",
             "Hazard ratio", "Its interval")  # fmt: skip
    columns = [Column(n, n != "Contrast") for n in names]
    caption = "Days to the first adverse event, arms compared"
    return [build(f"event-times-{question.name}", caption, columns, cells)]


def _plain_between(row: pd.Series, low: str, high: str) -> Cell:
    ends = (float(row[low]), float(row[high]))
    if any(v != v for v in ends):
        return words("")
    return number(ends[0], f"{numbers.plain(ends[0])} to {numbers.plain(ends[1])}")


WORDING = Wording(
    label="difference of risks",
    noun="a difference in how often there was {what}",
    symbol="difference of risks",
    planned="differences of risks between arms with exact intervals and exact tests",
    method="Benefit (response, remission) and harm (worsening, adverse events) were compared as "
    "differences of risks, with exact unconditional intervals and exact tests unless a row names "
    "another method; p is given unadjusted and adjusted",
    finding=finding,
    subject=subject,
    exhibits=exhibits,
)
