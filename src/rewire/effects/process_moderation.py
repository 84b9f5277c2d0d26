"""The effect of the drug at stated values of what people brought or went through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from rewire.core.types import FloatArray
from rewire.effects.answering import Asking
from rewire.effects.inference import place_columns
from rewire.effects.process_design import Factor, Panel
from rewire.effects.process_factors import PLACES
from rewire.effects.tables import Piece
from rewire.numerics.adjust import adjust_p
from rewire.numerics.contrasts import ContrastFit, GroupModel, fit_contrasts
from rewire.numerics.johnson_neyman import (
    EffectLine,
    RegionRule,
    count_inside,
    critical_t,
    region,
)

PERCENTILES = (10.0, 50.0, 90.0)
CURVE_POINTS = 61
_METHOD = "least squares with a slope in each arm, adjusted for baseline"
_BEYOND = "beyond the values that both arms have"
_NOBODY = "nobody has such values in both arms"


@dataclass(frozen=True, slots=True, eq=False)
class Moderation:
    """One response against one moderator.

    Parameters
    ----------
    panel, drug
        What was compared.
    name, x
        The moderator, shape (people,).
    centre
        What was taken from x before the fit.
    fit
        Slope of each level of the drug; then, for each level but the reference, the difference
        of the slopes and the difference of the levels at ``centre``.
    others
        The levels that are compared with the reference.
    after_treatment
        Whether the moderator was measured after treatment began.
    adjusted
        p of the differences of slopes, or of the slope of a single arm; shape (tests, cells).
    """

    panel: Panel
    drug: Factor
    name: str
    x: FloatArray
    centre: float
    fit: ContrastFit
    others: tuple[int, ...]
    after_treatment: bool
    adjusted: FloatArray

    @property
    def tests(self) -> list[int]:
        """Rows of the fit that answer: differences of slopes, failing these the slopes."""
        count = len(self.drug.levels)
        return [count + 2 * k for k in range(len(self.others))] or list(range(count))


def fit_moderation(
    panel: Panel, drug: Factor, moderator: tuple[str, FloatArray, bool], covariates: FloatArray
) -> Moderation:
    """Fit a response with a slope in each arm.

    Parameters
    ----------
    panel, drug
        What is compared. Levels of the drug in which fewer than three people have the moderator
        are left out.
    moderator
        Its name, its values, shape (people,), and whether it was measured after treatment began.
    covariates
        Shape (people, k).
    """
    name, x, late = moderator
    known = np.isfinite(x) & (drug.codes >= 0)
    centre = float(np.mean(x[known])) if known.any() else 0.0
    count = len(drug.levels)
    there = [int((known & (drug.codes == i)).sum()) >= 3 for i in range(count)]
    group = np.where(known, drug.codes, -1)
    means = (group[:, None] == np.arange(count)).astype(np.float64)
    shifted = np.where(known, x - centre, 0.0)
    columns = np.column_stack([means, means * shifted[:, None]])
    owner = np.tile(np.arange(count), 2)
    model = GroupModel(panel.after, group, columns, owner, covariates, panel.before)
    compared = [i for i in range(count) if i != drug.reference and there[i]]
    others = tuple(compared) if there[drug.reference] else ()
    whole = np.eye(2 * count)
    weights = [whole[count + i] for i in range(count)]
    for i in others:
        weights.append(whole[count + i] - whole[count + drug.reference])
        weights.append(whole[i] - whole[drug.reference])
    fit = fit_contrasts(model, np.stack(weights))
    blank = np.full((0, panel.after.shape[1]), np.nan)
    return Moderation(panel, drug, name, x, centre, fit, others, late, blank)


def adjust_moderations(asking: Asking, fits: Sequence[Moderation]) -> list[Moderation]:
    """Adjust p over responses, moderators and arms together."""
    how = asking.question.correction
    if how == "max_t" or not fits:
        return list(fits)
    values = [f.fit.p[f.tests] for f in fits]
    joined = adjust_p(np.concatenate([v.ravel() for v in values]), how)
    parts = np.split(joined, np.cumsum([v.size for v in values])[:-1])
    return [
        replace(f, adjusted=q.reshape(v.shape)) for f, v, q in zip(fits, values, parts, strict=True)
    ]


def moderation_effects(asking: Asking, found: Moderation) -> Iterator[Piece]:
    """Return the rows of the effects table: how much the effect changes with the moderator."""
    for k, row in enumerate(found.tests):
        if found.others:
            level = found.others[k]
            term = f"{found.drug.term(level)}:{found.name}"
            arm, contrast = "", found.drug.against(level)
        else:
            term, arm, contrast = found.name, found.drug.levels[row], ""
        method = f"{_METHOD}; association only" if not found.others else _METHOD
        yield {
            "question": asking.question.name,
            "kind": asking.question.kind.value,
            "measure": found.panel.response.measure,
            "outcome": found.panel.response.outcome,
            "term": term,
            "moderator": found.name,
            "session": found.panel.session,
            "arm": arm,
            "contrast": contrast,
            **place_columns(found.panel.response, PLACES),
            "acquisition": found.panel.acquisition,
            "alternative": "two-sided",
            **_numbers(asking, found.fit, row),
            "p_adjusted": found.adjusted[k],
            "method": method,
        }


def moderation_pieces(
    asking: Asking, found: Moderation, at: Sequence[float], rule: RegionRule
) -> Iterator[Piece]:
    """Return slopes by arm, effects at stated values, and the Johnson-Neyman region.

    Parameters
    ----------
    asking
        The question.
    found
        A fitted moderation.
    at
        Values of the moderator; percentiles of those observed where there are none.
    rule
        What the region holds.
    """
    base = _base(asking, found)
    for i in range(len(found.drug.levels)):
        if np.isfinite(found.fit.estimate[i]).any():
            yield {
                **base, "arm": found.drug.levels[i], "what": "slope in arm",
                **_numbers(asking, found.fit, i),
            }  # fmt: skip
    count = len(found.drug.levels)
    for k, level in enumerate(found.others):
        named = {**base, "contrast": found.drug.against(level)}
        row = count + 2 * k
        yield {**named, "what": "difference of slopes", **_numbers(asking, found.fit, row)}
        yield from _effects_at(asking, found, (row, level), at, named)
        yield from _regions(asking, found, (row, level), rule, named)


def _effects_at(
    asking: Asking,
    found: Moderation,
    where: tuple[int, int],
    at: Sequence[float],
    named: Piece,
) -> Iterator[Piece]:
    row, level = where
    fit = found.fit
    low, high = _shared_range(found, level)
    used = fit.used & np.isfinite(found.x)[:, None]
    for k in range(len(at) or len(PERCENTILES)):
        value = np.array([_value(found.x[used[:, c]], at, k) for c in range(used.shape[1])])
        shift = value - found.centre
        estimate = fit.estimate[row + 1] + shift * fit.estimate[row]
        v = fit.covariance
        variance = (
            v[:, row + 1, row + 1] + 2.0 * shift * v[:, row, row + 1] + shift**2 * v[:, row, row]
        )
        inside = (value >= low) & (value <= high)
        status = np.where(inside, fit.status[row], np.where(np.isfinite(low), _BEYOND, _NOBODY))
        good = status == "ok"
        one = replace(
            fit,
            estimate=np.where(good, estimate, np.nan)[None],
            se=np.where(good, np.sqrt(variance), np.nan)[None],
            status=status[None],
            df=fit.df[[row]],
        )
        yield {
            **named,
            "what": "effect at a value",
            "value": value,
            **_numbers(asking, one, 0),
            "rule": f"percentile {PERCENTILES[k]:g} of the observed" if not at else "stated",
        }


def _regions(
    asking: Asking,
    found: Moderation,
    where: tuple[int, int],
    rule: RegionRule,
    named: Piece,
) -> Iterator[Piece]:
    """Return one row an interval in which the effect differs from zero; one that says none."""
    row, level = where
    low, high = _shared_range(found, level)
    people = np.isin(found.drug.codes, [level, found.drug.reference])
    columns: dict[str, list[float]] = {k: [] for k in ("cell", "low", "high", "n", "critical")}
    for cell in range(len(low)):
        line = line_of(found, level, cell)
        x = found.x[found.fit.used[:, cell] & people]
        inside = x[(x >= low[cell]) & (x <= high[cell])]
        critical = critical_t(line, inside, asking.inference.confidence, rule)
        intervals = region(line, critical, low[cell], high[cell]) or ((np.nan, np.nan),)
        for start, end in intervals:
            held = count_inside(x, ((start, end),))
            values = (cell, start, end, held, critical)
            for key, value in zip(columns, values, strict=True):
                columns[key].append(float(value))
    cells = np.array(columns.pop("cell"), dtype=np.int64)
    arrays = {k: np.array(v) for k, v in columns.items()}
    status = np.where(
        found.fit.status[row][cells] != "ok",
        found.fit.status[row][cells],
        np.where(
            np.isfinite(arrays["critical"]),
            np.where(np.isfinite(arrays["low"]), "ok", "no value at which the effect is clear"),
            _NOBODY,
        ),
    )
    placed = {k: np.asarray(v)[cells] for k, v in named.items() if isinstance(v, np.ndarray)}
    yield {**named, **placed, "what": "region", **arrays, "rule": rule, "status": status}


def curve_pieces(asking: Asking, found: Moderation, rule: RegionRule) -> Iterator[Piece]:
    """Return the effect along the moderator with its band, of responses with a single cell.

    The band holds the error as the region does: the effect is clear exactly where it excludes 0.
    """
    if len(found.panel.response.places) > 1:
        return
    base = {k: v for k, v in _base(asking, found).items() if isinstance(v, str)}
    for level in found.others:
        (low,), (high,) = _shared_range(found, level)
        line = line_of(found, level, 0)
        people = found.fit.used[:, 0] & np.isin(found.drug.codes, [level, found.drug.reference])
        x = found.x[people & (found.x >= low) & (found.x <= high)]
        critical = critical_t(line, x, asking.inference.confidence, rule)
        if not np.isfinite(critical):
            continue
        at = np.linspace(low, high, CURVE_POINTS)
        plain = critical_t(line, x, asking.inference.confidence, "pointwise")
        estimate, se = line.at(at), line.se(at)
        yield {
            **base,
            "contrast": found.drug.against(level),
            "value": at,
            "estimate": estimate,
            "ci_low": estimate - plain * se,
            "ci_high": estimate + plain * se,
            "band_low": estimate - critical * se,
            "band_high": estimate + critical * se,
            "rule": rule,
        }


def line_of(found: Moderation, level: int, cell: int) -> EffectLine:
    """Return the effect of a level of the drug along the moderator, in its own unit."""
    row = len(found.drug.levels) + 2 * found.others.index(level)
    slope, middle = found.fit.estimate[row, cell], found.fit.estimate[row + 1, cell]
    v = found.fit.covariance[cell]
    s, m, both = v[row, row], v[row + 1, row + 1], v[row, row + 1]
    c = found.centre
    return EffectLine(
        float(middle - c * slope),
        float(slope),
        float(m - 2.0 * c * both + c**2 * s),
        float(s),
        float(both - c * s),
        float(found.fit.df[row, cell]),
    )


def _shared_range(found: Moderation, level: int) -> tuple[FloatArray, FloatArray]:
    """Return the values that both arms have, least and most, shape (cells,)."""
    lows, highs = [], []
    for i in (level, found.drug.reference):
        inside = found.fit.used & (found.drug.codes == i)[:, None]
        lows.append(np.where(inside, found.x[:, None], np.inf).min(axis=0))
        highs.append(np.where(inside, found.x[:, None], -np.inf).max(axis=0))
    low, high = np.max(lows, axis=0), np.min(highs, axis=0)
    empty = ~(low <= high) | ~np.isfinite(low) | ~np.isfinite(high)
    return np.where(empty, np.nan, low), np.where(empty, np.nan, high)


def _value(observed: FloatArray, at: Sequence[float], k: int) -> float:
    if at:
        return float(at[k])
    return float(np.percentile(observed, PERCENTILES[k])) if len(observed) else float("nan")


def _base(asking: Asking, found: Moderation) -> dict[str, npt.NDArray[np.generic] | str]:
    return {
        "question": asking.question.name,
        "measure": found.panel.response.measure,
        "outcome": found.panel.response.outcome,
        "session": found.panel.session,
        **place_columns(found.panel.response, PLACES),
        "moderator": found.name,
    }


def _numbers(asking: Asking, fit: ContrastFit, row: int) -> dict[str, npt.NDArray[np.generic]]:
    half = fit.half_width(asking.inference.confidence)[row]
    estimate, se = fit.estimate[row], fit.se[row]
    return {
        "n": fit.n,
        "estimate": estimate,
        "se": se,
        "ci_low": estimate - half,
        "ci_high": estimate + half,
        "statistic": fit.statistic[row],
        "df": fit.df[row],
        "p": fit.p[row],
        "status": fit.status[row].astype(object),
    }
