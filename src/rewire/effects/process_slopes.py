"""A response against a moderator, with a slope in each arm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rewire.core.types import FloatArray
from rewire.effects.process_design import Factor, Panel
from rewire.numerics.contrasts import ContrastFit, GroupModel, fit_contrasts
from rewire.numerics.johnson_neyman import EffectLine


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


def shared_range(found: Moderation, level: int) -> tuple[FloatArray, FloatArray]:
    """Return the values that both arms have, least and most, shape (cells,)."""
    lows, highs = [], []
    for i in (level, found.drug.reference):
        inside = found.fit.used & (found.drug.codes == i)[:, None]
        lows.append(np.where(inside, found.x[:, None], np.inf).min(axis=0))
        highs.append(np.where(inside, found.x[:, None], -np.inf).max(axis=0))
    low, high = np.max(lows, axis=0), np.min(highs, axis=0)
    empty = ~(low <= high) | ~np.isfinite(low) | ~np.isfinite(high)
    return np.where(empty, np.nan, low), np.where(empty, np.nan, high)
