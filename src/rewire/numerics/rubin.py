"""One answer from several imputed data sets, after Rubin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rewire.numerics.fixed_tests import FixedTests, two_sided_tests

FloatArray = npt.NDArray[np.float64]

_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Pooled:
    """Estimates pooled over imputations.

    Parameters
    ----------
    tests
        Estimate, standard error, degrees of freedom and p, each of shape (contrasts,).
    missing_share
        Share of the variance that is due to values being missing, shape (contrasts,).
    """

    tests: FixedTests
    missing_share: FloatArray


def pool(estimates: FloatArray, variances: FloatArray, complete_df: float) -> Pooled:
    """Pool estimates over imputed data sets.

    Parameters
    ----------
    estimates, variances
        Shape (imputations, contrasts), at least two imputations.
    complete_df
        Degrees of freedom, had nothing been missing.

    Raises
    ------
    ValueError
        If there is one imputation.

    Notes
    -----
    Total variance W + (1 + 1/m) B; degrees of freedom of Barnard and Rubin 1999
    (10.1093/biomet/86.4.948), which never pass those of complete data; these stand where nothing
    was imputed.

    Examples
    --------
    >>> found = pool(np.array([[1.0], [3.0]]), np.array([[2.0], [2.0]]), 20.0)
    >>> found.tests.estimate.item(), round(found.tests.se.item() ** 2, 6)
    (2.0, 5.0)
    """
    m = len(estimates)
    if m < 2:
        raise ValueError("one imputation says nothing of what imputing adds to the error")
    within = variances.mean(axis=0)
    between = (1.0 + 1.0 / m) * estimates.var(axis=0, ddof=1)
    total = within + between
    share = between / total
    seen = (complete_df + 1.0) / (complete_df + 3.0) * complete_df * (1.0 - share)
    imputed = share > _ROUNDING
    df = np.where(imputed, 1.0 / (share**2 / (m - 1.0) + 1.0 / seen), complete_df)
    share = np.where(imputed, share, 0.0)
    return Pooled(two_sided_tests(estimates.mean(axis=0), np.sqrt(total), df), share)
