"""Whether people fall into groups at all: k-means held against one cloud of the same shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.stats import chi2, rankdata, skew

from rewire.numerics.clusters import group_people

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_STARTS = 6
_ROUNDS = 5
_NO_SKEWNESS = 1e-3
_MOST_SKEWNESS = 50.0
_VARIANCE = 0.8
_PEOPLE_PER_COMPONENT = 5


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """People in the principal components of what they are grouped by.

    Parameters
    ----------
    scores
        Shape (people, components); columns are uncorrelated and of falling variance.
    axes
        Shape (components, features): what a step of one along a component is in the features.
    share
        Part of the variance that each component holds, shape (components,).
    held
        Orthonormal columns of what was taken out (the mean, covariates), shape (people, k).
    """

    scores: FloatArray
    axes: FloatArray
    share: FloatArray
    held: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class ClusterTest:
    """Groups of people against one cloud; arrays over numbers of groups have shape (numbers,).

    Parameters
    ----------
    groups
        Numbers of groups that were tried: 2, 3, ...
    gap
        Mean log spread within groups of the null less that of the data.
    gap_se
        Standard error of the gap: standard deviation over the null, times sqrt(1 + 1 / draws).
    chosen
        The number of groups that the gap chooses among those tried.
    statistic
        The largest gap in standard deviations of the null.
    p_gaussian
        p of the statistic where the cloud is normal.
    p_skewed
        p of it where the cloud leans to one side as the data do.
    """

    groups: IntArray
    gap: FloatArray
    gap_se: FloatArray
    chosen: int
    statistic: float
    p_gaussian: float
    p_skewed: float

    @property
    def p(self) -> float:
        """The larger p of both."""
        return float(max(self.p_gaussian, self.p_skewed))


def reduce_people(values: FloatArray, held: FloatArray) -> Components:
    """Return people in as many principal components as hold 80% of the variance.

    No more than one component for five people is kept, so that how far each person lies from the
    middle can still be told; and two where there are two.

    Parameters
    ----------
    values
        Shape (people, features), all finite.
    held
        What is taken out of each feature by least squares, shape (people, k): a column of ones,
        arms, covariates.

    Returns
    -------
    Components
        Signs are such that the largest entry of each axis is positive.

    Raises
    ------
    ValueError
        If nothing varies once ``held`` is taken out.

    Examples
    --------
    >>> values = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.5], [0.0, -0.5]])
    >>> reduce_people(values, np.ones((4, 1))).share.tolist()
    [0.8, 0.2]
    """
    basis = _basis(held)
    left = values - basis @ (basis.T @ values)
    u, s, axes = np.linalg.svd(left, full_matrices=False)
    if not s[0] > 1e-12 * max(1.0, float(np.abs(values).max())):
        raise ValueError("nothing varies between people")
    kept = s > 1e-10 * s[0]
    share = (s**2 / (s**2).sum())[kept]
    enough = int(np.searchsorted(np.cumsum(share), _VARIANCE - 1e-12)) + 1
    most = max(2, len(values) // _PEOPLE_PER_COMPONENT)
    count = min(max(2, min(enough, most)), len(share))
    signs = np.sign(axes[np.arange(count), np.abs(axes[:count]).argmax(axis=1)])
    return Components(u[:, :count] * s[:count] * signs, axes[:count] * signs[:, None],
                      share[:count], basis)  # fmt: skip


def draw_in(values: FloatArray, held: FloatArray) -> FloatArray:
    """Draw people in who lie farther from the middle than one normal cloud lets them.

    A restless scan or another heavy tail puts a few people far out in directions of their own,
    which k-means takes for groups. The person farthest out is brought to where the farthest of as
    many people of a normal cloud is expected to be, the second to where the second is, and so on
    for the farther half; nobody is moved outwards, and everybody keeps their direction.

    Parameters
    ----------
    values
        Shape (people, features), all finite.
    held
        What is taken out of each feature first, shape (people, k).

    Returns
    -------
    FloatArray
        What is left of ``values`` once ``held`` is taken out, drawn in; same shape.

    Notes
    -----
    Squared distances of a normal cloud are taken as a multiple of chi-squared with
    tr(S)^2 / tr(S^2) degrees of freedom (Satterthwaite 1946), the second trace less what sampling
    adds to it, and matched at the median.

    Examples
    --------
    >>> values = np.array([[1.0], [-1.0], [2.0], [-2.0], [90.0]])
    >>> found = draw_in(values, np.zeros((5, 0)))
    >>> found[:2].ravel().tolist(), bool(found[4, 0] < 9.0)
    ([1.0, -1.0], True)
    """
    basis = _basis(held)
    found = values - basis @ (basis.T @ values)
    people = len(found)
    for _ in range(_ROUNDS):
        length = np.linalg.norm(found, axis=1)
        middle = float(np.median(length))
        if not middle > 0.0:
            return found
        freedom = _effective_dimensions(found, people - basis.shape[1])
        places = (rankdata(length, method="ordinal") - 0.5) / people
        limit = middle * np.sqrt(chi2.ppf(places, freedom) / chi2.ppf(0.5, freedom))
        far = (length > middle) & (length > limit)
        found = np.where(far, limit / np.where(far, length, 1.0), 1.0)[:, None] * found
    return np.asarray(found)


def _effective_dimensions(values: FloatArray, freedom: int) -> float:
    products = values @ values.T
    total = float(np.trace(products)) / freedom
    squares = float((products**2).sum()) / freedom**2 - total**2 / freedom
    return float(np.clip(total**2 / max(squares, 1e-300), 1.0, values.shape[1]))


def normal_nulls(components: Components, draws: int, rng: np.random.Generator) -> FloatArray:
    """Return clouds of people from one normal distribution with exactly the data's covariance.

    Rows of a normal sample of any covariance, once linear terms are taken out, are as likely in
    any rotation, so that given the singular values every orthonormal frame is as likely: the
    test is exact whatever the covariance is and however many features there are, and nothing has
    to be estimated.

    Parameters
    ----------
    components
        The data.
    draws
        How many.
    rng
        Source of the frames.

    Returns
    -------
    FloatArray
        Shape (draws, people, components).

    Notes
    -----
    The null of SigClust (Liu et al. 2008, 10.1198/016214508000000454), which draws from the
    estimated eigenvalues of the covariance, made exact by rotation (Langsrud 2005,
    10.1007/s11222-005-4789-5).

    Examples
    --------
    >>> data = reduce_people(np.random.default_rng(0).normal(size=(30, 4)), np.ones((30, 1)))
    >>> null = normal_nulls(data, 1, np.random.default_rng(1))[0]
    >>> bool(np.allclose(null.T @ null, data.scores.T @ data.scores))
    True
    """
    people, count = components.scores.shape
    return _framed(components, rng.standard_normal((draws, people, count)))


def skewed_nulls(components: Components, draws: int, rng: np.random.Generator) -> FloatArray:
    """Return clouds of one hump that lean as far to one side as the data do.

    Each component of a normal cloud is bent as a logarithmic normal distribution is, which has
    one hump, by as much as gives it the data's skewness. The test against it is approximate.

    Parameters
    ----------
    components
        The data.
    draws
        How many.
    rng
        Source of the clouds.

    Returns
    -------
    FloatArray
        Shape (draws, people, components), with the covariance of the data.
    """
    clouds = normal_nulls(components, draws, rng) / components.scores.std(axis=0)
    leaning = np.atleast_1d(skew(components.scores))
    bent = [_bent(clouds[:, :, j], g) for j, g in enumerate(leaning.tolist())]
    return _framed(components, np.stack(bent, axis=2))


def _bent(normal: FloatArray, skewness: float) -> FloatArray:
    """Bend until clouds have this skewness on average: a small sample shows less than there is.

    With w = exp(a^2) the skewness of exp(a z) is (w + 2) sqrt(w - 1).
    """
    if abs(skewness) < _NO_SKEWNESS:
        return normal
    aim, bent = abs(skewness), normal
    for _ in range(_ROUNDS):
        w = brentq(lambda w, g: (w + 2.0) ** 2 * (w - 1.0) - g**2, 1.0, 2.0 + aim, args=(aim,))
        a = np.sign(skewness) * np.sqrt(np.log(w))
        bent = np.asarray(np.expm1(a * normal) / a)
        shown = abs(float(skew(bent, axis=1).mean()))
        aim = float(np.clip(aim * abs(skewness) / shown, _NO_SKEWNESS, _MOST_SKEWNESS))
    return bent


def assess_groups(
    components: Components, most: int, draws: int, rng: np.random.Generator
) -> ClusterTest:
    """Choose a number of groups by the gap statistic and test whether there are any.

    Parameters
    ----------
    components
        The data.
    most
        The largest number of groups that is tried, two or more.
    draws
        Clouds drawn from each null.
    rng
        Source of clouds and starts.

    Returns
    -------
    ClusterTest
        The number of groups is the smallest whose gap is not below that of the next by more than
        the next one's standard error. The p is of the largest gap over all numbers tried, in
        standard deviations, so that choosing the number is paid for.

    Notes
    -----
    Gap statistic and the rule of one standard error: Tibshirani, Walther and Hastie 2001
    (10.1111/1467-9868.00293). Clouds are those of :func:`normal_nulls` in the place of the box
    that the paper draws from, so that a long cloud is no more groups than a round one; one group
    is what the p is about and is not among those tried.
    """
    numbers = np.arange(2, most + 1)
    observed = _log_within(components.scores[None], numbers, rng)[0]
    normal = _log_within(normal_nulls(components, draws, rng), numbers, rng)
    spread = normal.std(axis=0, ddof=1)
    gap = normal.mean(axis=0) - observed
    gap_se = spread * np.sqrt(1.0 + 1.0 / draws)
    statistic, p_gaussian = _test(observed, normal)
    skewed = _log_within(skewed_nulls(components, draws, rng), numbers, rng)
    p_skewed = _test(observed, skewed)[1]
    return ClusterTest(
        numbers.astype(np.int64), gap, gap_se, _chosen(numbers, gap, gap_se), statistic,
        p_gaussian, p_skewed,
    )  # fmt: skip


def _basis(held: FloatArray) -> FloatArray:
    if not held.shape[1]:
        return held
    basis, sizes, _ = np.linalg.svd(held, full_matrices=False)
    return np.asarray(basis[:, sizes > 1e-10 * sizes[0]])


def _chosen(numbers: IntArray, gap: FloatArray, gap_se: FloatArray) -> int:
    for i in range(len(numbers) - 1):
        if gap[i] >= gap[i + 1] - gap_se[i + 1]:
            return int(numbers[i])
    return int(numbers[-1])


def _test(observed: FloatArray, null: FloatArray) -> tuple[float, float]:
    """Hold the largest standardised gap against those of the null.

    The data stand among the draws for mean and standard deviation, so that all are alike.
    """
    every = np.vstack([observed, null])
    spread = every.std(axis=0, ddof=1)
    spread = np.where(spread > 0.0, spread, 1.0)
    largest = ((every.mean(axis=0) - every) / spread).max(axis=1)
    reached = largest >= largest[0] - 1e-12
    return float(largest[0]), float(reached.mean())


def _framed(components: Components, clouds: FloatArray) -> FloatArray:
    """Take out what is held, and give each cloud the covariance of the data."""
    held = components.held
    clouds = clouds - held @ (held.T @ clouds)
    frames = np.linalg.qr(clouds)[0]
    return np.asarray(frames * np.linalg.norm(components.scores, axis=0))


def _log_within(clouds: FloatArray, numbers: IntArray, rng: np.random.Generator) -> FloatArray:
    within = [group_people(clouds, k, rng, _STARTS).within for k in numbers.tolist()]
    return np.log(np.maximum(np.column_stack(within), np.finfo(np.float64).tiny))
