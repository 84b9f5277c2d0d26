"""What a critic would say of this run: interaction, baseline, sidedness, influence, density."""

from __future__ import annotations

import math

import pandas as pd

from rewire.core.questions import Kind
from rewire.report import names, numbers
from rewire.report.absence import absence
from rewire.report.contents import RANDOMISATION_ASSUMED, Contents
from rewire.report.coupling import coupling
from rewire.report.forest import Axis, Forest, ForestRow
from rewire.report.objection import Objection
from rewire.report.repeatability import motion, reliable_change, split_half
from rewire.report.robustness import density, influence, reliability
from rewire.report.rows import EffectRow
from rewire.report.sentences import family_of, is_clear, sentence
from rewire.report.tables import Column, build, from_frame, p_cell, words

COUPLING = "coupling_definitions"
_MOST_SENTENCES = 12


def objections(contents: Contents, rows: tuple[EffectRow, ...]) -> tuple[Objection, ...]:
    """Return the objections that apply to this run, each with an answer.

    Parameters
    ----------
    contents
        The report's contents.
    rows
        The effects table.
    """
    found = (
        _between(contents, rows),
        _baseline(contents),
        _sides(contents, rows),
        absence(contents, rows),
        influence(contents),
        density(contents),
        motion(contents.motion),
        split_half(contents.split_half),
        coupling(contents.tables.get(COUPLING)),
        reliability(contents),
        reliable_change(contents.reliable_change),
    )
    return tuple(one for one in found if one is not None)


def _between(contents: Contents, rows: tuple[EffectRow, ...]) -> Objection | None:
    title = "Is it a difference between the arms?"
    if len(contents.design.arms) < 2:
        line = (
            "This trial has one arm: nothing here can tell the treatment from time, "
            "expectation or care."
        )
        return Objection(title, (line,))
    by_name = {q.name: q for q in contents.questions}
    mine = [
        row
        for row in rows
        if row.kind in (Kind.INTERACTION, Kind.ANCOVA) and not row.place and row.question in by_name
    ]
    lines = [
        (
            "A change in one arm and none in the other is not a difference between arms; "
            "these tests are."
        )
    ]
    for row in mine[:_MOST_SENTENCES]:
        question = by_name[row.question]
        family = family_of(question, tuple(r for r in rows if r.question == row.question))
        lines.append(sentence(row, question, contents, family))
    if not mine:
        lines.append("No such test was made of a whole-brain measure or a score.")
    if not contents.design.randomised:
        lines.append("People were not allotted at random, so a difference may have other causes.")
    elif contents.allotment == RANDOMISATION_ASSUMED:
        lines.append(
            f"{names.sentence_case(RANDOMISATION_ASSUMED)}: check how people were allotted."
        )
    return Objection(title, tuple(lines))


def _baseline(contents: Contents) -> Objection | None:
    frame = contents.baseline_change
    whole = frame[frame["region"].fillna("") == ""] if "region" in frame else frame
    if whole.empty:
        return None
    lines = (
        (
            "Who starts high tends to fall, treated or not. Change is after minus "
            "before, so it correlates with baseline by arithmetic alone: the tick marks "
            "the r expected from that, \N{MINUS SIGN}√((1 \N{MINUS SIGN} retest r)/2). "
            "Oldham's r, change against the mean of both, is free of it."
        ),
    )
    headings = {
        "measure": "Measure",
        "outcome": "Score",
        "session": "Session",
        "arm": "Arm",
        "level": "Level",
        "n": "n",
        "r": "r, baseline with change",
        "ci_low": "CI low",
        "ci_high": "CI high",
        "p": "p",
        "expected_r": "Expected from coupling",
        "retest_r": "Retest r",
        "retest_source": "Retest r from",
        "oldham_r": "Oldham's r",
        "oldham_p": "Oldham's p",
        "status": "Status",
    }
    unique = whole.drop_duplicates([c for c in headings if c in whole])
    table = from_frame("baseline-change", "Baseline against change", unique, headings)
    return Objection(
        "Is it regression to the mean?", lines, table, _baseline_forest(unique, contents)
    )


def _baseline_forest(frame: pd.DataFrame, contents: Contents) -> Forest | None:
    axis = Axis(-1.0, 1.0)
    rows = []
    for row in frame.fillna({"level": "", "arm": "", "session": ""}).to_dict("records"):
        if math.isnan(row["r"]):
            continue
        measure, outcome = str(row["measure"] or ""), str(row["outcome"] or "")
        scale = names.scale_label(outcome, contents.trial.scales)
        what = names.measure_label(measure) if measure and measure != "nan" else scale
        what += f" ({names.level_label(row['level'])})" if row["level"] else ""
        label = ", ".join(p for p in (what, row["arm"], names.time_label(row["session"])) if p)
        expected = float(row["expected_r"])
        between = numbers.interval(row["ci_low"], row["ci_high"], bounded=True, decimals=2)
        rows.append(
            ForestRow(
                names.sentence_case(label),
                f"{row['n']:.0f}",
                f"{numbers.unit_bound(row['r'])} ({between})",
                numbers.p_value(row["p"]),
                numbers.unit_bound(expected),
                axis.percent(row["r"]),
                axis.percent(row["ci_low"]) if not math.isnan(row["ci_low"]) else 0.0,
                axis.percent(row["ci_high"]) if not math.isnan(row["ci_high"]) else 100.0,
                clear=False,
                between=False,
                mark=None if math.isnan(expected) else axis.percent(expected),
            )
        )
    if not rows:
        return None
    title = "Correlation of baseline with change; the tick is what coupling alone predicts"
    return Forest("forest-baseline", title, tuple(rows[:40]), axis.ticks(bounded=True), 50.0)


def _sides(contents: Contents, rows: tuple[EffectRow, ...]) -> Objection | None:
    one = [r for r in rows if r.alternative in ("greater", "less") and not math.isnan(r.p)]
    if not one:
        return Objection("Are tests one-sided?", ("No: every test of this run is two-sided.",))
    columns = [Column(c) for c in ("Question", "Response", "Score", "Session", "Arm", "Side")]
    columns += [Column("p, one-sided", numeric=True), Column("p, two-sided", numeric=True)]
    cells = []
    for row in one:
        both = 2 * min(row.p, 1 - row.p)
        texts = (row.question, names.measure_label(row.measure), row.outcome)
        cells.append(
            (
                *(words(t) for t in texts),
                words(names.time_label(row.session)),
                words(names.who_label(row.arm, row.sides)),
                words(row.alternative),
                p_cell(row.p),
                p_cell(both),
            )
        )
    flips = sum(
        is_clear(r.p) and not is_clear(float(c[-1].key)) for r, c in zip(one, cells, strict=True)
    )
    line = (
        f"{numbers.count(len(one), 'test')} looked in one direction only. {flips} of them "
        "had p below .05 one-sided and not two-sided."
    )
    table = build("one-sided", "One-sided tests beside their two-sided p", columns, cells)
    return Objection("Are tests one-sided?", (line,), table)
