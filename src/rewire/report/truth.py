"""For simulated trials: what was planted beside what was estimated."""

from __future__ import annotations

import math
import re

from rewire.core.questions import Kind
from rewire.report import numbers
from rewire.report.contents import Contents
from rewire.report.kinds import WORDINGS, is_answer
from rewire.report.names import level_label, measure_label, scale_label, time_label
from rewire.report.rows import EffectRow
from rewire.report.tables import Cell, Column, Table, build, number, words

_MOST_MATCHES = 4
_Planted = tuple[str, str, float, str]


def truth_table(contents: Contents, rows: tuple[EffectRow, ...]) -> Table | None:
    """Return planted values beside the estimates that aim at them.

    The truth's ``name`` is a kind of question and what it is of, as ``change:modularity_q_norm``
    or ``change:bdi:ses-week6``; every part must occur in the estimate's row, and parts with a
    bracket are its term. Rows that answer their question are looked at alone. Where estimates
    exist at several sessions, the last session counts.

    Parameters
    ----------
    contents
        The report's contents.
    rows
        The effects table.

    Returns
    -------
    Table or None
        None where nothing was planted.
    """
    truth = contents.trial.truth
    if truth is None or truth.empty:
        return None
    cells: list[tuple[Cell, ...]] = []
    for record in truth.to_dict("records"):
        name, arm = str(record["name"]), _text(record["arm"])
        matches = _last_session([row for row in rows if _matches(row, name, arm)], contents)
        label = _planted_label(name, contents)
        planted = (label, arm, float(record["value"]), _text(record["note"]))
        cells += [_cells(planted, row) for row in matches[:_MOST_MATCHES]]
        cells += [] if matches else [_unasked(planted)]
    columns = [Column(c) for c in ("Planted", "Arm")]
    columns.append(Column("Truth", numeric=True))
    columns += [Column("Estimated at"), Column("Estimate", numeric=True)]
    columns += [Column("Interval"), Column("Holds the truth"), Column("Note")]
    return build("truth", "Truth beside estimate", columns, cells)


def _last_session(matches: list[EffectRow], contents: Contents) -> list[EffectRow]:
    sessions = contents.trial.sessions
    order = dict(zip(sessions["session_id"].astype(str), sessions["order"], strict=True))
    last = max((order.get(row.session, -1) for row in matches), default=-1)
    return [row for row in matches if order.get(row.session, -1) == last]


def _matches(row: EffectRow, name: str, arm: str) -> bool:
    kind, _, what = name.partition(":")
    parts = re.split("[:~]", what)
    terms = [part for part in parts if "[" in part]
    if not is_answer(row) or (terms and terms != row.term.split(":")):
        return False
    held = {row.measure, row.outcome, row.session, row.region, row.network, row.network2, row.level}
    held |= {row.moderator, *terms}
    same_arm = arm in (row.arm, row.contrast) or arm == ""
    of_response = row.response == parts[0]
    return row.kind == kind and of_response and set(parts) <= held and same_arm and not row.place


def _cells(planted: _Planted, row: EffectRow) -> tuple[Cell, ...]:
    name, arm, value, note = planted
    where = time_label(row.session or row.acquisition)
    places = numbers.decimals_for(row.ci_high - row.ci_low)
    between = numbers.interval(row.ci_low, row.ci_high, bounded=False, decimals=places)
    holds = "yes" if row.ci_low <= value <= row.ci_high else "no"
    found = (words(where), number(row.estimate), words(between), words(holds))
    return (words(name), words(arm), number(value), *found, words(note))


def _planted_label(name: str, contents: Contents) -> str:
    """Return a truth's name in words: ``change: normalised modularity, strength null``."""
    kind, _, what = name.partition(":")
    scales = contents.trial.scales
    parts = []
    for part in re.split("[:~]", what):
        if "=" in part:
            parts.append(level_label(part))
        elif part.startswith("ses-"):
            parts.append(time_label(part))
        else:
            parts.append(scale_label(part, scales) if part in scales else measure_label(part))
    told = WORDINGS.get(Kind(kind)) if kind in set(Kind) else None
    label = told.label if told else kind
    return f"{label}: {', '.join(parts)}"


def _unasked(planted: _Planted) -> tuple[Cell, ...]:
    name, arm, value, note = planted
    found = (words("no test aims at it"), number(math.nan), words(""), words(""))
    return (words(name), words(arm), number(value), *found, words(note))


def _text(value: object) -> str:
    return "" if value is None or value != value else str(value)
