"""Whether a likelihood has a highest point: separation, found by linear programming."""

from __future__ import annotations

import numpy as np
from scipy import optimize

from rewire.numerics.estimates import BoolArray, FloatArray

_MOVES = 1e-7


def runaway_terms(rising: FloatArray, fixed: FloatArray | None = None) -> BoolArray:
    """Return which parameters run off to infinity while the likelihood rises.

    A likelihood of a logistic, ordinal or count regression has no highest point if there is a
    direction d along which no row's likelihood falls and some row's rises: ``rising @ d >= 0``
    and ``fixed @ d == 0``, d not 0. A parameter has no finite estimate if it moves in one of
    these directions.

    Parameters
    ----------
    rising
        One row for each inequality, shape (m, k). For a logistic regression the rows of the
        design, with their signs turned where there was no event.
    fixed
        Rows that a direction must leave as they are, shape (q, k); for a count regression those
        with a count above 0. None for none.

    Returns
    -------
    ndarray
        bool, shape (k,); all False where the estimate is finite. The design has to have full
        rank.

    Notes
    -----
    Albert and Anderson 1984 (10.1093/biomet/71.1.1); the linear programme is Konis's (2007), for
    counts Correia, Guimaraes and Zylkin 2019 (arXiv 1903.01633).

    Examples
    --------
    Nobody with x = 0 has the event, all with x = 1 have it.

    >>> design = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 1.0], [1.0, 1.0]])
    >>> runaway_terms(design * np.array([[-1.0], [-1.0], [1.0], [1.0]])).tolist()
    [True, True]
    """
    k = rising.shape[1]
    scale = np.maximum(np.abs(rising).max(axis=0, initial=0.0), 1e-300)
    if fixed is not None:
        scale = np.maximum(scale, np.abs(fixed).max(axis=0, initial=0.0))
    upper = -(rising / scale) if len(rising) else None
    limits = np.zeros(len(rising)) if len(rising) else None
    equal = fixed / scale if fixed is not None and len(fixed) else None
    still = None if equal is None else np.zeros(len(equal))
    runs = np.zeros(k, dtype=np.bool_)
    for j in range(k):
        for sign in (1.0, -1.0):
            if runs[j]:
                continue
            goal = np.zeros(k)
            goal[j] = -sign
            found = optimize.linprog(
                goal,
                A_ub=upper,
                b_ub=limits,
                A_eq=equal,
                b_eq=still,
                bounds=(-1.0, 1.0),
                method="highs",
            )
            if found.status == 0 and found.x is not None:
                runs |= np.abs(np.asarray(found.x)) > _MOVES
    return runs
