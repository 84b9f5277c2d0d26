"""Events, counts and grades by arm."""

from __future__ import annotations

from rewire.core.questions import Question
from rewire.core.scales import SCALES
from rewire.report import names, numbers
from rewire.report.contents import Contents
from rewire.report.phrases import arms_of, caveat
from rewire.report.rows import EffectRow, Evidence
from rewire.report.tables import Cell, Column, build, number, p_cell, whole, words
from rewire.report.wording import Exhibit, Wording


def finding(row: EffectRow, question: Question, contents: Contents) -> str:
    """Return whether the arms differ in the odds or the rate."""
    on_scale = f" on {names.scale_label(row.outcome, contents.trial.scales)}" if row.outcome else ""
    on_scale += f" at {names.time_label(row.session)}" if row.session else ""
    what = f"the {quantity(row)} of {row.level.removeprefix('event=')}{on_scale}"
    if row.evidence is Evidence.NONE:
        return f"there was no evidence that {what} differed between {arms_of(row)}"
    way = "higher" if row.estimate > 0 else "lower"
    one, other = row.sides or ("one arm", "the other")
    return f"{what} were {way} with {one} than with {other}{caveat(row)}"


def quantity(row: EffectRow) -> str:
    """Return ``odds`` or ``rates``, which the method says."""
    return "rates" if "rate ratio" in row.method else "odds"


def subject(row: EffectRow) -> str:
    """Return what happened."""
    event = row.level.removeprefix("event=")
    return f"{event} on {names.scale_label(row.outcome, SCALES)}" if row.outcome else event


def exhibits(
    question: Question, rows: tuple[EffectRow, ...], contents: Contents
) -> tuple[Exhibit, ...]:
    """Return the table of ratios."""
    table = contents.tables.get("discrete_ratios")
    if table is None or table.empty:
        return ()
    own = table[(table["question"] == question.name).to_numpy(dtype=bool)]
    cells = [
        (
            words(" ".join(p for p in (str(r["event"]), str(r["scale"])) if p)),
            words(r["contrast"]),
            number(float(r["ratio"])),
            _between(float(r["ci_low"]), float(r["ci_high"])),
            p_cell(r["p"]),
            p_cell(r["p_adjusted"]),
            whole(float(r["n"])),
            words(f"{r['total']:g} in {r['people']:g}"),
            words(f"{r['reference_total']:g} in {r['reference_people']:g}"),
            number(float(r["dispersion"])),
            p_cell(float(r["p_proportional"])),
            words(r["status"]),
        )
        for _, r in own.iterrows()
    ]
    if not cells:
        return ()
    names = ("Event", "Contrast", "Ratio", "Interval", "p", "p adjusted", "n", "Arm", "Reference",
             "Dispersion", "p of unequal odds ratios", "Status")  # fmt: skip
    numeric = {"Ratio", "Interval", "p", "p adjusted", "n", "Dispersion"}
    columns = [Column(n, n in numeric or n.startswith("p of")) for n in names]
    built = build(f"ratios-{question.name}", "Ratios of odds or rates", columns, cells)
    line = (
        "A ratio above 1 means more in the arm than in the reference. An odds ratio is not a ratio "
        "of risks, and is larger where an event is common."
    )
    return (Exhibit("Ratios", (line,), (), (built,)),)


def _between(low: float, high: float) -> Cell:
    if low != low or high != high:
        return words("")
    return number(low, f"{numbers.plain(low)} to {numbers.plain(high)}")


WORDING = Wording(
    label="log ratio of odds or rates",
    noun="a difference between arms in {what}",
    symbol="log ratio",
    planned="regression of events, counts or grades on the arm",
    method="Events were modelled with logistic regression (Firth's penalised likelihood where the "
    "plan says so), counts with Poisson or negative-binomial regression, grades with proportional "
    "odds; estimates are log ratios of odds or rates",
    finding=finding,
    subject=subject,
    exhibits=exhibits,
)
