"""What becomes of a difference between arms under other assumptions about those who left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rewire.core.scales import Scale
from rewire.core.types import FloatArray
from rewire.effects.repeated_visits import CellModel
from rewire.numerics.normal_imputation import ImputedDraws, impute_normal
from rewire.numerics.reference_imputation import Departure, Rule, compare_completed, impute_after
from rewire.numerics.rubin import Pooled
from rewire.numerics.tipping import Tipping, find_tipping_point

_SPREADS = 2.0
_STEPS = 20


@dataclass(frozen=True, slots=True, eq=False)
class Imputation:
    """What imputation gave for one cell.

    Parameters
    ----------
    pooled
        For each rule that was tried, the differences of each active arm at each visit.
    draws, departure
        What was drawn under missing at random, and who left when; None where nothing was.
    status
        ``ok``, or why nothing could be imputed.
    """

    pooled: Mapping[Rule, tuple[Pooled, ...]]
    draws: ImputedDraws | None
    departure: Departure | None
    status: str


def impute_cell(
    model: CellModel, rules: Sequence[Rule], draws: int, rng: np.random.Generator
) -> Imputation:
    """Impute one cell under rules, and compare the arms under each.

    Parameters
    ----------
    model
        The people and their visits.
    rules
        Which rules.
    draws
        Imputed data sets.
    rng
        Random numbers of this cell.
    """
    if not rules:
        return Imputation({}, None, None, "not asked for")
    try:
        drawn = impute_normal(model.values, model.covariates, draws, rng)
    except (ValueError, np.linalg.LinAlgError) as error:
        return Imputation({}, None, None, str(error))
    arms = tuple(range(1, 1 + model.active))
    departure = Departure.of(model.values, model.covariates, arms)
    pooled = {}
    for rule in rules:
        completed = impute_after(drawn, departure, rule)
        pooled[rule] = tuple(compare_completed(completed, departure, arm) for arm in arms)
    return Imputation(pooled, drawn, departure, "ok")


def tip(
    model: CellModel, found: Imputation, arm: int, sizes: tuple[float, ...], sign: float
) -> Tipping | None:
    """Return the tipping-point analysis of one active arm; None where nothing was imputed.

    Parameters
    ----------
    model
        The people and their visits.
    found
        Imputed at random.
    arm
        Index of the arm.
    sizes
        Of the deltas; empty for steps up to two standard deviations of the last visit.
    sign
        1 where higher values are worse, -1 where they are better.
    """
    if found.draws is None or found.departure is None:
        return None
    grid = np.array(sizes) if sizes else usual_sizes(model.values[:, -1])
    return find_tipping_point(found.draws.values, found.departure, 1 + arm, sign * grid + 0.0)


def usual_sizes(last: FloatArray) -> FloatArray:
    """Return round steps from 0 to about two standard deviations of what was seen.

    Examples
    --------
    >>> usual_sizes(np.array([0.0, 10.0, 20.0]))[[0, 1, -1]].tolist()
    [0.0, 1.0, 20.0]
    """
    spread = float(np.nanstd(last, ddof=1)) if np.isfinite(last).sum() > 1 else 0.0
    raw = (spread or 1.0) * _SPREADS / _STEPS
    power = 10.0 ** np.floor(np.log10(raw))
    step = next(m * power for m in (1.0, 2.0, 5.0, 10.0) if m * power >= raw * (1.0 - 1e-9))
    return np.asarray(np.arange(np.ceil(raw * _STEPS / step - 1e-9) + 1.0) * step)


def harmful_sign(scale: Scale | None, estimate: float) -> float:
    """Return the sign of a change for the worse; against the estimate where no scale says it."""
    if scale is None:
        return -1.0 if estimate > 0 else 1.0
    return 1.0 if scale.direction == "lower is better" else -1.0
