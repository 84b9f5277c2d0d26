"""Whether an effect is small enough to be called none: two one-sided tests."""

from __future__ import annotations

import numpy as np
from scipy import special

from rewire.numerics.estimates import FloatArray


def equivalence_p(
    estimate: FloatArray, se: FloatArray, df: FloatArray, bound: FloatArray
) -> FloatArray:
    """Return p of two one-sided t tests that an effect lies within bounds.

    The larger of the two p; small where the data rule out effects beyond ``bound`` on both
    sides. An effect is within the bounds at level .05 exactly if its 90% interval is.

    Parameters
    ----------
    estimate, se, df
        Of one shape, or broadcast.
    bound
        Half-width of what counts as equivalent, in the unit of the estimate, above 0.

    Returns
    -------
    ndarray
        NaN where anything is NaN or a bound is not above 0.

    Notes
    -----
    Schuirmann 1987 (10.1007/BF01068419).

    Examples
    --------
    >>> p = equivalence_p(np.array([0.0]), np.array([1.0]), np.array([10.0]), np.array([2.0]))
    >>> p.round(4).tolist()  # pt(-2, 10)
    [0.0367]
    """
    limit = np.where(np.asarray(bound) > 0.0, bound, np.nan)
    below = special.stdtr(df, -(estimate + limit) / se)
    above = special.stdtr(df, (estimate - limit) / se)
    return np.asarray(np.maximum(below, above), dtype=np.float64)
