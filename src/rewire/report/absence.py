"""What tests without evidence of an effect say: that there is none, or that nobody knows."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from rewire.core.scales import Scale
from rewire.effects.nulls import NO_EFFECT, UNDECIDED
from rewire.report import names, numbers
from rewire.report.contents import Contents
from rewire.report.kinds import is_answer
from rewire.report.objection import Objection
from rewire.report.rows import ALPHA, EffectRow
from rewire.report.tables import Cell, Column, build, number, p_cell, whole, words

_MOST = 40
_KEY = (
    "question", "measure", "outcome", "term", "session", "arm", "contrast", "acquisition", "level",
)  # fmt: skip


def absence(contents: Contents, rows: tuple[EffectRow, ...]) -> Objection | None:
    """Return whether no effect could be the truth; None where every test found one.

    Parameters
    ----------
    contents
        Its table ``nulls`` has the columns of :data:`rewire.effects.nulls.NULL_COLUMNS`.
    rows
        The effects table.
    """
    frame = contents.tables.get("nulls")
    if frame is None or frame.empty:
        return None
    answers = {_key(row) for row in rows if is_answer(row)}
    mine = [_key_of(record) in answers for record in frame[list(_KEY)].to_dict("records")]
    silent = frame[pd.Series(mine, index=frame.index) & (frame["p"] >= ALPHA)]
    if silent.empty:
        return None
    whole_brain = silent[(silent[["region", "network", "state"]].fillna("") == "").all(axis=1)]
    shown = whole_brain.head(_MOST)
    lines = [*_sums(silent, contents), *_left_out(len(silent), len(shown))]
    columns = [Column(c) for c in ("Question", "Response", "Time", "Arm or contrast")]
    columns += [Column(c, numeric=True) for c in ("n", "Effect size", "p", "p, equivalence")]
    columns += [Column("BF01", numeric=True), Column("Reading"), Column("Prior", detail=True)]
    cells = [_cells(record, contents.trial.scales) for record in shown.to_dict("records")]
    table = build("nulls", "Tests with p at or above .05", columns, cells, len(whole_brain))
    return Objection("Could no effect be the truth?", tuple(lines), table if cells else None)


def _sums(silent: pd.DataFrame, contents: Contents) -> list[str]:
    inference = contents.inference
    none = int(silent["reading"].str.startswith(NO_EFFECT).sum())
    undecided = silent["reading"].str.startswith(UNDECIDED)
    leaning = int((undecided & (silent["bf01"] >= 3)).sum())
    large = int((undecided & (silent["bf01"] <= 1 / 3)).sum())
    bounds = (
        f"{inference.equivalence_smd:g} SD for means, |r| = {inference.equivalence_r:g} for links"
    )
    return [
        "A p at or above .05 is no evidence that there is no effect. Two one-sided tests ask "
        f"whether an effect as large as a bound set in the plan ({bounds}) can be ruled out, and "
        "BF01 how much better no effect predicts the data than the prior does. Neither is adjusted "
        "for the number of tests.",
        f"Of {numbers.count(len(silent), 'test')} with p at or above .05, {none:,} "
        f"{'rules' if none == 1 else 'rule'} out effects as large as the bound and "
        f"{int(undecided.sum()):,} {'is' if undecided.sum() == 1 else 'are'} undecided; of the "
        f"undecided, BF01 is 3 or more in {leaning:,} and a third or less in {large:,}.",
    ]


def _left_out(silent: int, shown: int) -> list[str]:
    if silent == shown:
        return []
    return [f"{shown:,} of them are shown; all are in effects/nulls.tsv."]


def _key(row: EffectRow) -> tuple[str, ...]:
    return tuple(getattr(row, name) for name in _KEY)


def _key_of(record: Mapping[Hashable, Any]) -> tuple[str, ...]:
    return tuple("" if value is None or value != value else str(value) for value in record.values())


def _cells(record: Mapping[Hashable, Any], scales: Mapping[str, Scale]) -> tuple[Cell, ...]:
    def value(name: str) -> float:
        return float(str(record[name]))

    measure, outcome = str(record["measure"] or ""), str(record["outcome"] or "")
    parts = (names.measure_label(measure) if measure else "", names.scale_label(outcome, scales))
    response = names.sentence_case(" ~ ".join(part for part in parts if part))
    bf = value("bf01")
    return (
        words(record["question"]),
        words(response),
        words(names.time_label(str(record["session"] or ""))),
        words(record["arm"] or record["contrast"]),
        whole(value("n")),
        number(value("effect_size")),
        p_cell(value("p")),
        p_cell(value("p_equivalence")),
        number(bf, "" if math.isnan(bf) else _factor(bf)),
        words(record["reading"]),
        words(record["prior"]),
    )


def _factor(bf: float) -> str:
    if 0.01 <= bf < 100:
        return numbers.plain(bf)
    return "above 100" if bf >= 100 else "below 0.01"
