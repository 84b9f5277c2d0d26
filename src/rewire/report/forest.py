"""Forest plots as tables: each estimate with its interval drawn beside its numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rewire.core.questions import Kind
from rewire.core.types import Timepoint
from rewire.report import names, numbers
from rewire.report.contents import Contents
from rewire.report.kinds import is_answer, wording
from rewire.report.rows import EffectRow, Evidence

_MOST_ROWS = 60


@dataclass(frozen=True, slots=True)
class ForestRow:
    """One estimate; ``at``, ``low``, ``high`` and ``mark`` are percentages of the width."""

    label: str
    n: str
    text: str
    p: str
    p_adjusted: str
    at: float
    low: float
    high: float
    clear: bool
    between: bool
    mark: float | None = None


@dataclass(frozen=True, slots=True)
class Forest:
    """Estimates on one axis.

    Parameters
    ----------
    id
        Unique on the page.
    title
        What is estimated, with its unit.
    rows
        The estimates.
    ticks
        Positions in percent and what is written there.
    zero
        Position of no effect in percent.
    """

    id: str
    title: str
    rows: tuple[ForestRow, ...]
    ticks: tuple[tuple[float, str], ...]
    zero: float


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear axis from ``low`` to ``high``."""

    low: float
    high: float

    def percent(self, value: float) -> float:
        """Return where a value lies, in percent of the width, kept within the axis."""
        share = (value - self.low) / (self.high - self.low)
        return round(100 * min(max(share, 0.0), 1.0), 2)

    def ticks(self, *, bounded: bool = False) -> tuple[tuple[float, str], ...]:
        """Return round positions and their labels."""
        step = _step((self.high - self.low) / 4)
        decimals = max(0, -math.floor(math.log10(step) + 1e-9))
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        write = numbers.unit_bound if bounded else numbers.fixed
        return tuple(
            (self.percent(i * step), "0" if i == 0 else write(i * step, decimals))
            for i in range(first, last + 1)
        )


def axis_over(values: Sequence[float]) -> Axis:
    """Return an axis that holds zero and every finite value, with a little air.

    Examples
    --------
    >>> axis_over([-1.0, 0.5]).low < -1.0
    True
    """
    finite = [v for v in values if math.isfinite(v)] + [0.0]
    low, high = min(finite), max(finite)
    air = (high - low) * 0.06 or 1.0
    return Axis(low - air if low < 0 else low - air / 2, high + air if high > 0 else high + air / 2)


def forests(contents: Contents, rows: tuple[EffectRow, ...]) -> tuple[Forest, ...]:
    """Return forest plots of all whole-brain effects, one a response or correlated pair.

    Parameters
    ----------
    contents
        The report's contents.
    rows
        The effects table; rows by region, edge or network are left to other figures.
    """
    groups: dict[tuple[str, ...], list[EffectRow]] = {}
    for row in rows:
        drawn = wording(row.kind).forest is not None and is_answer(row)
        if row.place or row.evidence is Evidence.UNDEFINED or not drawn:
            continue
        what = "association" if row.is_association else "moderation" if row.moderator else "effect"
        outcome = row.outcome if row.is_association or not row.measure else ""
        groups.setdefault((what, row.measure, outcome, row.level), []).append(row)
    return tuple(
        _forest(i, key, sorted(group, key=_rank), contents)
        for i, (key, group) in enumerate(groups.items(), 1)
    )


def _rank(row: EffectRow) -> int:
    return wording(row.kind).forest or 0


def _forest(index: int, key: tuple[str, ...], group: list[EffectRow], contents: Contents) -> Forest:
    group = group[:_MOST_ROWS]
    bounded = key[0] == "association"
    ends = [v for r in group for v in (r.ci_low, r.ci_high, r.estimate)]
    axis = Axis(-1.0, 1.0) if bounded else axis_over(ends)
    rows = tuple(_row(row, axis, contents) for row in group)
    return Forest(
        f"forest-{index}",
        _title(key, contents),
        rows,
        axis.ticks(bounded=bounded),
        axis.percent(0.0),
    )


def _title(key: tuple[str, ...], contents: Contents) -> str:
    what, measure, outcome, level = key
    scale = names.scale_label(outcome, contents.trial.scales) if outcome else ""
    label = names.measure_label(measure) if measure else scale
    label += f" ({names.level_label(level)})" if level else ""
    if what == "association":
        return f"{names.sentence_case(label)} with {scale}: correlation r"
    label += ": change per SD of a moderator" if what == "moderation" else ""
    unit = contents.measurements[measure].unit if measure in contents.measurements else "points"
    return names.sentence_case(label) + (f" ({unit})" if unit not in ("1", "") else "")


def _row(row: EffectRow, axis: Axis, contents: Contents) -> ForestRow:
    bounded = row.is_association
    places = 2 if bounded else numbers.decimals_for(row.ci_high - row.ci_low)
    write = numbers.unit_bound if bounded else numbers.fixed
    between = numbers.interval(row.ci_low, row.ci_high, bounded=bounded, decimals=places)
    low = axis.low if math.isnan(row.ci_low) else row.ci_low
    high = axis.high if math.isnan(row.ci_high) else row.ci_high
    return ForestRow(
        _label(row),
        f"{row.n:.0f}",
        f"{write(row.estimate, places)} ({between})",
        numbers.p_value(row.p),
        numbers.p_value(row.p_adjusted),
        axis.percent(row.estimate),
        axis.percent(low),
        axis.percent(high),
        row.evidence is Evidence.CLEAR,
        row.kind in (Kind.INTERACTION, Kind.ANCOVA, Kind.BASELINE_GROUP),
    )


def _label(row: EffectRow) -> str:
    who = names.who_label(row.arm, row.sides)
    sided = "" if row.alternative in ("", "two-sided") else "one-sided"
    point = str(Timepoint(row.session, row.acquisition))
    when = names.time_label(point).replace(" ", "\N{NO-BREAK SPACE}")
    kind = wording(row.kind).label
    return ", ".join(part for part in (f"{who}: {kind}" if who else kind, when, sided) if part)


def _step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    for factor in (1.0, 2.0, 5.0):
        if rough <= factor * power * 1.0001:
            return factor * power
    return 10.0 * power
