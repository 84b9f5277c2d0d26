"""The effect of the drug at stated values of what people brought or went through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from rewire.core.types import FloatArray
from rewire.effects.answering import Asking
from rewire.effects.inference import place_columns
from rewire.effects.process_factors import CLEAR, NOT_CLAIMED, PLACES
from rewire.effects.process_region import NOBODY, region_pieces, response_columns
from rewire.effects.process_slopes import Moderation, shared_range
from rewire.effects.tables import Piece
from rewire.numerics.adjust import adjust_p
from rewire.numerics.contrasts import ContrastFit
from rewire.numerics.johnson_neyman import RegionRule

PERCENTILES = (10.0, 50.0, 90.0)
_METHOD = "least squares with a slope in each arm, adjusted for baseline"
_BEYOND = "beyond the values that both arms have"


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
    base = response_columns(asking, found)
    for i in range(len(found.drug.levels)):
        if np.isfinite(found.fit.estimate[i]).any():
            yield {
                **base, "arm": found.drug.levels[i], "what": "slope in arm",
                **_numbers(asking, found.fit, i),
            }  # fmt: skip
    count = len(found.drug.levels)
    for k, level in enumerate(found.others):
        clear = found.adjusted[k] < 1.0 - asking.inference.confidence
        standing = np.where(clear, CLEAR, NOT_CLAIMED).astype(object)
        named = {**base, "contrast": found.drug.against(level), "standing": standing}
        row = count + 2 * k
        yield {**named, "what": "difference of slopes", **_numbers(asking, found.fit, row)}
        yield from _effects_at(asking, found, (row, level), at, named)
        yield from region_pieces(asking, found, (row, level), rule, named)


def _effects_at(
    asking: Asking,
    found: Moderation,
    where: tuple[int, int],
    at: Sequence[float],
    named: Piece,
) -> Iterator[Piece]:
    row, level = where
    fit = found.fit
    low, high = shared_range(found, level)
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
        status = np.where(inside, fit.status[row], np.where(np.isfinite(low), _BEYOND, NOBODY))
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


def _value(observed: FloatArray, at: Sequence[float], k: int) -> float:
    if at:
        return float(at[k])
    return float(np.percentile(observed, PERCENTILES[k])) if len(observed) else float("nan")


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
