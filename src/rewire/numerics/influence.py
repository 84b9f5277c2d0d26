"""What each participant's absence does to a test."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rewire.numerics.estimates import Alternative, BoolArray, FloatArray, IntArray, p_of_t
from rewire.numerics.linear import TermModel
from rewire.numerics.rank_association import RankModel, estimate_rank_association
from rewire.numerics.terms import fit_term
from rewire.numerics.welch import WelchModel, estimate_welch


@dataclass(frozen=True, slots=True, eq=False)
class Influence:
    """Leave-one-participant-out in each cell; every array has shape (cells,).

    Parameters
    ----------
    n
        Participants used.
    estimate, p
        With everybody; the estimate of an association is r.
    who
        Row of the participant whose absence moves the estimate most; -1 where there is none.
    estimate_without, p_without
        Without that participant.
    estimate_lowest, estimate_highest, p_lowest, p_highest
        Range over all omissions.
    flips
        How many participants' absence, one at a time, carries p across the level.
    """

    n: IntArray
    estimate: FloatArray
    p: FloatArray
    who: IntArray
    estimate_without: FloatArray
    p_without: FloatArray
    estimate_lowest: FloatArray
    estimate_highest: FloatArray
    p_lowest: FloatArray
    p_highest: FloatArray
    flips: IntArray


def leave_one_out(
    model: TermModel | WelchModel | RankModel,
    alternative: Alternative = "two-sided",
    level: float = 0.05,
) -> Influence:
    """Refit a model without each participant in turn.

    Parameters
    ----------
    model
        A term or Welch model, or one of ranks, which are taken anew without the participant.
    alternative
        The side of the test.
    level
        The p that an omission may cross.

    Returns
    -------
    Influence
        NaN, -1 and 0 where the cell cannot be estimated with everybody.

    Examples
    --------
    >>> from rewire.numerics.linear import mean_model
    >>> found = leave_one_out(mean_model(np.array([[1.0], [1.1], [0.9], [9.0]])))
    >>> found.who.tolist(), found.estimate_without.round(6).tolist()
    ([3], [1.0])
    """
    estimate, p, n = _fit(model, alternative)
    valid = model.valid
    people = np.flatnonzero(valid.any(axis=1))
    shape = (len(people), len(p))
    estimates, ps = np.full(shape, np.nan), np.full(shape, np.nan)
    for at, person in enumerate(people):
        left = valid[person]
        estimates[at], ps[at], _ = _fit(_without(model, int(person)), alternative)
        estimates[at, ~left], ps[at, ~left] = np.nan, np.nan
    usable = np.isfinite(estimates) & np.isfinite(estimate)
    shift = np.where(usable, np.abs(estimates - estimate), -1.0)
    crossing = usable & ((ps < level) != (p < level))
    # a row of nobody, so that there is a row to point at where no participant can be left out
    worst = np.concatenate([np.full((1, len(p)), -0.5), shift]).argmax(axis=0)
    cells = np.arange(len(p))
    nobody = np.full((1, len(p)), np.nan)
    return Influence(
        n,
        estimate,
        p,
        np.concatenate([[-1], people])[worst],
        np.concatenate([nobody, estimates])[worst, cells],
        np.concatenate([nobody, ps])[worst, cells],
        _extreme(estimates, usable, np.inf),
        _extreme(estimates, usable, -np.inf),
        _extreme(ps, usable, np.inf),
        _extreme(ps, usable, -np.inf),
        crossing.sum(axis=0),
    )


def _fit(
    model: TermModel | WelchModel | RankModel, alternative: Alternative
) -> tuple[FloatArray, FloatArray, IntArray]:
    if isinstance(model, WelchModel):
        welch = estimate_welch(model, alternative)
        return welch.estimate, welch.p, welch.n
    if isinstance(model, RankModel):
        ranked = estimate_rank_association(model, alternative)
        return ranked.estimate, ranked.p, ranked.n
    fit = fit_term(model)
    estimate = fit.r if model.role == "slope" else fit.estimate
    return estimate, p_of_t(fit.statistic, fit.df, alternative), fit.n


def _without(
    model: TermModel | WelchModel | RankModel, person: int
) -> TermModel | WelchModel | RankModel:
    if isinstance(model, WelchModel):
        group = model.group.copy()
        group[person] = np.nan
        return replace(model, group=group)
    term = model.term.copy()
    term[person] = np.nan
    return replace(model, term=term)


def _extreme(values: FloatArray, usable: BoolArray, worst: float) -> FloatArray:
    filled = np.where(usable, values, worst)
    pick = np.min if worst > 0 else np.max
    found = pick(filled, axis=0, initial=worst)
    return np.asarray(np.where(usable.any(axis=0), found, np.nan), dtype=np.float64)
