"""What is shown below the answer of a mixed model for repeated measures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from rewire.core.questions import Question
from rewire.plan.options.mmrm import MmrmOptions
from rewire.report import names, numbers
from rewire.report.contents import Contents
from rewire.report.figures.mmrm import means_figure, table_rows, tipping_figure, visit_label
from rewire.report.figures.theme import Figure
from rewire.report.observed import Series, measure_series, score_series
from rewire.report.rows import EffectRow
from rewire.report.tables import Column, Table, build, number, p_cell, whole, words
from rewire.report.wording import Exhibit

_MOST_FIGURES = 6
_CELL = (
    "measure", "outcome", "region", "region2", "network", "network2", "state", "level",
)  # fmt: skip
_STRATEGIES = {
    "treatment policy": "Values count whatever happened. This holds as far as people were seen "
    "after such events; the model takes the others to be missing at random.",
    "hypothetical": "What is compared is what would have been seen had these events not happened. "
    "This holds if values recorded after them were left out of the data, which cannot be checked "
    "here.",
    "while on treatment": "Values up to the event count. The model predicts each visit for "
    "everybody: where people had left before it, that is what would have been seen had they "
    "stayed, which is a hypothetical strategy rather than this one.",
}
_RULES = {
    "none": "mixed model, missing at random",
    "mar": "imputed at random",
    "jump to reference": "jump to reference",
    "copy reference": "copy reference",
    "copy increments": "copy increments in reference",
}


def exhibits(
    question: Question, rows: tuple[EffectRow, ...], contents: Contents
) -> tuple[Exhibit, ...]:
    """Return the estimand, the means over visits, other assumptions and tipping points.

    Parameters
    ----------
    question
        With its options.
    rows
        Of the effects table.
    contents
        Its tables ``mmrm_means``, ``mmrm_imputed`` and ``tipping``.
    """
    if not isinstance(question.options, MmrmOptions):
        return ()
    means = _of(question, contents, "mmrm_means")
    if means.empty:
        return (Exhibit("Estimand", _estimand(question.options)),)
    imputed, tipping = (_of(question, contents, name) for name in ("mmrm_imputed", "tipping"))
    found = [
        Exhibit("Estimand", (*_estimand(question.options), *_model(means, question.options))),
        Exhibit(
            "Means over visits",
            tuple(_seen(means, contents)),
            tuple(_means_figures(question, means, contents)),
            (_means_table(question, means, contents),),
        ),
    ]
    if not imputed.empty:
        table = _imputed_table(question, imputed, contents)
        found.append(Exhibit("Other assumptions about those who left", _rules(), (), (table,)))
    if not tipping.empty:
        found.append(_tipping(question, tipping, contents))
    return tuple(found)


def _of(question: Question, contents: Contents, name: str) -> pd.DataFrame:
    table = contents.tables.get(name)
    if table is None or table.empty:
        return pd.DataFrame()
    return table[table["question"] == question.name].reset_index(drop=True)


def _estimand(options: MmrmOptions) -> tuple[str, ...]:
    events = options.intercurrent_events.strip().rstrip(".")
    lines = [
        f"Intercurrent events: {events}. Strategy: {options.strategy}.",
        _STRATEGIES[options.strategy],
    ]
    return (f"{options.estimand.strip().rstrip('.')}.", *lines) if options.estimand else (*lines,)


def _model(means: pd.DataFrame, options: MmrmOptions) -> Iterator[str]:
    for method, rows in means.groupby("method", sort=False):
        failed = rows[rows["status"] != "ok"]
        if failed.empty:
            yield f"Model: {method}."
        else:
            why = ", ".join(dict.fromkeys(failed["status"].astype(str)))
            yield f"Model: {method}; without an estimate: {why}."
    if options.imputation != "none":
        rule = _RULES[options.imputation]
        yield f"The answer is that of multiple imputation ({rule}), not of the mixed model."


def _seen(means: pd.DataFrame, contents: Contents) -> Iterator[str]:
    for cell, rows in _cells(means, whole_brain=True):
        last = rows[rows["session"] == rows["session"].iloc[-1]]
        parts = [
            f"{row.seen} of {row.n} in {names.arm_label(str(row.arm))}" for row in table_rows(last)
        ]
        what = _label(cell, contents)
        yield f"Seen at {visit_label(next(table_rows(last)))} ({what}): {numbers.listing(parts)}."


def _cells(
    table: pd.DataFrame, *, whole_brain: bool = False
) -> Iterator[tuple[tuple[str, ...], pd.DataFrame]]:
    for key, rows in table.groupby(list(_CELL), sort=False):
        cell = tuple(str(part) for part in key)
        if not whole_brain or not any(cell[2:7]):
            yield cell, rows


def _label(cell: tuple[str, ...], contents: Contents) -> str:
    measure, outcome, region, region2, network, network2, state, level = cell
    label = (
        names.measure_label(measure)
        if measure
        else names.scale_label(outcome, contents.trial.scales)
    )
    place = numbers.listing([p for p in (region or network, region2 or network2) if p])
    parts = [place, f"state {state}" if state else "", names.level_label(level)]
    told = ", ".join(part for part in parts if part)
    return f"{label} ({told})" if told else label


def _means_figures(question: Question, means: pd.DataFrame, contents: Contents) -> Iterator[Figure]:
    for i, (cell, rows) in enumerate(_cells(means)):
        if i == _MOST_FIGURES:
            return
        if not np.isfinite(rows["estimate"]).any():
            continue
        title = names.sentence_case(_label(cell, contents))
        title += ": change from baseline" if _is_change(question) else ""
        own = _own(question, cell, contents)
        yield means_figure(f"mmrm-means-{question.name}-{i}", title, rows, own, contents)


def _is_change(question: Question) -> bool:
    return isinstance(question.options, MmrmOptions) and question.options.response == "change"


def _own(question: Question, cell: tuple[str, ...], contents: Contents) -> Series | None:
    """Return what was observed of each person, less baseline where the model's response is."""
    if any(cell[2:7]):
        return None
    if cell[0]:
        held = measure_series(contents, cell[0]) if cell[0] in contents.measurements else ()
        series = next((one for one in held if one.level == cell[7]), None)
    else:
        series = score_series(contents, cell[1])
    if series is None or not _is_change(question):
        return series
    values = series.values
    base = values[values["time"] == str(question.before)].set_index("participant")["value"]
    moved = values["value"] - values["participant"].map(base[~base.index.duplicated()])
    return replace(series, values=values.assign(value=moved))


def _found(row: Any) -> tuple[Any, ...]:
    places = numbers.decimals_for(row.ci_high - row.ci_low)
    told = numbers.interval(row.ci_low, row.ci_high, bounded=False, decimals=places)
    known = bool(np.isfinite(row.ci_low))
    return number(row.estimate), number(row.ci_low, told if known else ""), number(row.df)


def _means_table(question: Question, means: pd.DataFrame, contents: Contents) -> Table:
    columns = [Column("Response"), Column("Visit"), Column("Arm")]
    columns += [Column(c, numeric=True) for c in ("In the model", "Seen", "Mean", "Interval", "df")]
    cells = [
        (
            words(_label(cell, contents)),
            words(visit_label(row)),
            words(names.arm_label(str(row.arm))),
            whole(row.n),
            whole(row.seen),
            *_found(row),
        )
        for cell, rows in _cells(means)
        for row in table_rows(rows)
    ]
    caption = "Least-squares means by arm and visit"
    return build(f"mmrm-means-table-{question.name}", caption, columns, cells)


def _imputed_table(question: Question, imputed: pd.DataFrame, contents: Contents) -> Table:
    columns = [Column("Response"), Column("Visit"), Column("Arms"), Column("Assumption")]
    columns += [Column(c, numeric=True) for c in ("Difference", "Interval", "df", "p")]
    columns += [Column("Share of variance from missing values", numeric=True, detail=True)]
    cells = [
        (
            words(_label(cell, contents)),
            words(visit_label(row)),
            words(_minus(row.contrast)),
            words(_RULES.get(str(row.rule), str(row.rule))),
            *_found(row),
            p_cell(row.p),
            number(row.missing_share),
        )
        for cell, rows in _cells(imputed)
        for row in table_rows(rows)
    ]
    caption = "Differences between arms under each assumption; p is two-sided and not adjusted"
    return build(f"mmrm-imputed-{question.name}", caption, columns, cells)


def _minus(contrast: str) -> str:
    return names.who_label("", (contrast.partition(" - ")[0], contrast.partition(" - ")[2]))


def _rules() -> tuple[str, ...]:
    return (
        "Imputed at random: people who left went on as others of their arm with the same history.",
        "Jump to reference: from then on they scored like the reference arm. Copy reference: like "
        "the reference arm throughout, so that what they had gained decays. Copy increments: what "
        "they had gained stays, and then they change as the reference arm does.",
        "Visits missed in between, and those of people who left the reference arm, are imputed at "
        "random under every rule. Rubin's rules give intervals that are wide for rules that "
        "borrow from the reference arm.",
    )


def _tipping(question: Question, tipping: pd.DataFrame, contents: Contents) -> Exhibit:
    lines: list[str] = []
    figures: list[Figure] = []
    cells = []
    for i, (key, rows) in enumerate(tipping.groupby([*_CELL, "contrast"], sort=False)):
        cell, contrast = tuple(str(k) for k in key[:-1]), str(key[-1])
        label = _label(cell, contents)
        lines.append(_tipped(rows, label, contrast))
        if len(figures) < _MOST_FIGURES and len(rows) > 1:
            title = f"{names.sentence_case(label)}: {contrast.replace(' - ', ' against ')}"
            figures.append(
                tipping_figure(f"mmrm-tipping-{question.name}-{i}", title, rows, contents)
            )
        cells += [
            (words(label), words(_minus(contrast)), number(row.delta), *_found(row), p_cell(row.p))
            for row in table_rows(rows)
        ]
    columns = [Column("Response"), Column("Arms")]
    columns += [Column(c, numeric=True) for c in ("Delta", "Difference", "Interval", "df", "p")]
    caption = "The difference at the last visit with delta added to those who left"
    table = build(f"mmrm-tipping-table-{question.name}", caption, columns, cells)
    return Exhibit("Tipping point", tuple(lines), tuple(figures), (table,))


def _tipped(rows: pd.DataFrame, label: str, contrast: str) -> str:
    first = next(table_rows(rows))
    when, arm = visit_label(first), contrast.partition(" - ")[0]
    lead = f"{names.sentence_case(label)} at {when}, {contrast.replace(' - ', ' against ')}: "
    if np.isfinite(first.point):
        more = "more" if first.point > 0 else "less"
        return (
            f"{lead}p reaches .05 if those who left the {arm} arm scored "
            f"{numbers.plain(abs(first.point))} {more} than imputed at random (p not adjusted)."
        )
    return f"{lead}no tipping point: {first.status}."
