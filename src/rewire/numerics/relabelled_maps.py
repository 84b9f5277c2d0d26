"""The map of a test's estimates under relabelling of its participants."""

from __future__ import annotations

import numpy as np

from rewire.numerics.estimates import OK, FloatArray
from rewire.numerics.linear import Reduced, TermModel, reduce_model
from rewire.numerics.reordered import reordered_products

_HELD = 1 << 22


def relabel_maps(model: TermModel, draws: int, rng: np.random.Generator) -> FloatArray:
    """Return the estimates of all cells under random relabellings, the same for every cell.

    Signs of a mean are flipped; for a difference between groups residuals under the null change
    places (Freedman and Lane 1983, 10.1080/07350015.1983.10509354), which without covariates is
    the plain exchange of labels. All cells of a draw see the same people flipped or exchanged, so
    that each draw is a map with the noise and the smoothness of the trial's own data.

    Parameters
    ----------
    model
        Response of shape (participants, cells), a mean or a difference between groups.
    draws
        Relabellings.
    rng
        Source of (draws, participants) uniform numbers.

    Returns
    -------
    ndarray
        Shape (draws, cells), in the unit of the response; NaN for a cell without an estimate.

    Examples
    --------
    >>> from rewire.numerics.linear import mean_model
    >>> change = np.array([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0], [1.0, 2.0]])
    >>> maps = relabel_maps(mean_model(change), 50, np.random.default_rng(0))
    >>> bool(np.allclose(maps[:, 1], 2 * maps[:, 0])), float(np.abs(maps[:, 0]).max())
    (True, 1.0)
    """
    people, cells = model.response.shape
    made = np.full((draws, cells), np.nan)
    keys = rng.random((draws, people))
    for part in reduce_model(model):
        held = max(1, _HELD // max(1, len(part.cells)))
        square = np.where(part.status == OK, part.term_length**2, np.nan)
        for start in range(0, draws, held):
            chosen = slice(start, start + held)
            made[chosen, part.cells] = _products(part, keys[chosen][:, part.rows]) / square
    return made


def _products(part: Reduced, keys: FloatArray) -> FloatArray:
    """Return the cleared term's product with each relabelled residual, shape (draws, cells)."""
    if part.role == "mean":
        return np.asarray((part.term * np.where(keys < 0.5, -1.0, 1.0)) @ part.residual)
    order = np.argsort(keys, axis=1, kind="stable")
    product = part.term[order] @ part.residual
    if part.own.shape[1]:
        product -= part.term_on_own * reordered_products(part.own, order, part.residual)
    return np.asarray(product)
