"""How far guesses of the treatment follow the treatment: the indices of James and of Bang."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from rewire.numerics.estimates import OK, TOO_FEW, FloatArray

EVERYBODY_UNSURE = "nobody named an arm"
NO_WRONG_POSSIBLE = "no wrong guess is possible with these counts"
ONE_ANSWER = "answers too alike for a standard error"

_TINY = float(np.finfo(np.float64).tiny)
_LEAST_SE = 1e-8

ANSWERS = (1.0, 0.5, 0.0, -0.5, -1.0)
"""Bang's weights of five answers as an arm sees them: surely it, rather it, don't know, rather the
other, surely the other."""


@dataclass(frozen=True, slots=True)
class BlindingIndex:
    """One index with what is said of its error; NaN where there is none.

    Parameters
    ----------
    n
        People who answered.
    status
        ``ok`` or why something is missing.
    index
        The index.
    se
        Its standard error by the delta method.
    low, high
        Two-sided interval, index -+ z se, within the ends of the index.
    one_sided_low, one_sided_high
        The limit of each one-sided interval at the same level, as Bang printed them.
    wide_low, wide_high, wide_p
        Two-sided interval and p that also hold in small arms (Bang's index alone, else NaN).
    p
        Two-sided p that guesses are at random.
    p_unblinded
        One-sided p that guesses are no more right than at random.
    """

    n: int
    status: str
    index: float = np.nan
    se: float = np.nan
    low: float = np.nan
    high: float = np.nan
    one_sided_low: float = np.nan
    one_sided_high: float = np.nan
    wide_low: float = np.nan
    wide_high: float = np.nan
    wide_p: float = np.nan
    p: float = np.nan
    p_unblinded: float = np.nan


def james_index(
    counts: FloatArray, weights: FloatArray | None = None, confidence: float = 0.95
) -> BlindingIndex:
    """Return James's index of a whole trial: 0 all right, .5 at random, 1 all unsure.

    With P the share of people who don't know, p the shares of the other answers, r and c their
    totals over arms and over guesses, and w the weights, the index
    (1 + P + (1 - P) K) / 2 of James et al. (1996, Stat Med 15:1421), K being the kappa-like
    disagreement among those who guess, comes to P + (1 - P)^2 sum(w p) / (2 sum(w r c)). Its
    variance is the delta method's for multinomial counts, which is what they print.

    Parameters
    ----------
    counts
        Shape (arms, arms + 1): a row an arm, a column a guess in the same order, ``don't know``
        last.
    weights
        Shape (arms, arms), 0 for a right guess and up to 1 for a wrong one; None for one weight
        for every wrong guess, which cancels: with two arms no choice makes a difference.
    confidence
        Level of the intervals.

    Returns
    -------
    BlindingIndex
        Exactly 1 with a standard error of 0 where nobody named an arm, as in the paper; NaN where
        guesses and arms leave no wrong guess possible (everybody named the only arm that has
        guesses). ``p`` is against .5.

    Examples
    --------
    >>> found = james_index(np.array([[82.0, 25.0, 170.0], [27.0, 29.0, 83.0]]))
    >>> round(found.index, 4), round(found.se, 4)
    (0.7479, 0.0217)
    """
    n = float(counts.sum())
    if n < 2.0:
        return BlindingIndex(int(n), TOO_FEW)
    arms = len(counts)
    w = 1.0 - np.eye(arms) if weights is None else weights
    p = counts[:, :arms] / n
    unsure = float(counts[:, arms].sum() / n)
    if not p.any():
        return BlindingIndex(int(n), EVERYBODY_UNSURE, 1.0, 0.0)
    guessing = float(p.sum())
    right, given = p.sum(axis=0), p.sum(axis=1)
    expected = float(given @ w @ right)
    if not expected > 0.0:
        return BlindingIndex(int(n), NO_WRONG_POSSIBLE)
    ratio = float((w * p).sum()) / expected
    index = unsure + guessing**2 * ratio / 2.0
    pull = (w @ right)[:, None] + (given @ w)[None, :]
    slope = guessing * ratio + guessing**2 * (w - ratio * pull) / (2.0 * expected)
    mean = float((p * slope).sum()) + unsure
    variance = float((p * slope**2).sum()) + unsure - mean**2
    se = float(np.sqrt(max(variance, 0.0) / n))
    return _judged(int(n), index, se, (0.0, 0.5, 1.0), confidence)


def bang_index(counts: FloatArray, weights: FloatArray, confidence: float = 0.95) -> BlindingIndex:
    """Return Bang's index of one arm: 1 all right, 0 at random, -1 all wrong.

    The index is sum(w p) over answers with shares p, its variance
    (sum(w^2 p) - index^2) / n (Bang, Ni and Davis 2004, 10.1016/j.cct.2003.10.016). With three
    answers it is (right - wrong) / all.

    Parameters
    ----------
    counts
        How many gave each answer, shape (answers,).
    weights
        Weight of each answer, shape (answers,); from :func:`guess_weights` or :data:`ANSWERS`.
    confidence
        Level of the intervals.

    Returns
    -------
    BlindingIndex
        NaN where nobody answered. Where all gave one answer the standard error is 0: then the
        index has no interval or p but the wide ones.

    Notes
    -----
    The wide interval is that of Bonett and Price (2012, J Educ Behav Stat 37:479) for a
    difference of two shares of one sample: one imaginary answer is added for each arm that can
    be named (a sure one where answers have degrees), so that guessing at random is what is added.
    In arms of 12 to 30 it held the true index in 94 to 99% of simulated trials, where the
    published interval held it in 70 to 95%; ``wide_p`` is the test that goes with it.

    Examples
    --------
    >>> found = bang_index(np.array([82.0, 25.0, 170.0]), guess_weights(0, 2))
    >>> round(found.index, 4), round(found.se, 4)
    (0.2058, 0.0352)
    """
    n = float(counts.sum())
    if n < 1.0:
        return BlindingIndex(0, TOO_FEW)
    index, se = _weighted(counts, weights)
    z = float(special.ndtri(0.5 + confidence / 2.0))
    lowest, highest = float(weights.min()), float(weights.max())
    more = counts + (weights == highest) + (weights == lowest)
    middle, half = _weighted(more, weights)
    wide = replace(
        _judged(int(n), index, se, (lowest, 0.0, highest), confidence),
        wide_low=max(middle - z * half, lowest),
        wide_high=min(middle + z * half, highest),
        wide_p=min(2.0 * _tail(-abs(middle / half)), 1.0),
    )
    return wide if se <= _LEAST_SE else replace(wide, p_unblinded=_tail(-index / se))


def guess_weights(arm: int, arms: int) -> FloatArray:
    """Return the weights of the answers in an arm: its own name 1, don't know 0, others -1/(k-1).

    With two arms these are Bang's. With k arms a wrong guess counts -1/(k - 1), so that naming
    arms at random gives 0; this generalisation is ours and the plainest that does so.

    Parameters
    ----------
    arm
        Which arm, from 0.
    arms
        How many arms can be named.

    Returns
    -------
    ndarray
        Shape (arms + 1,), in the order of the columns that :func:`james_index` takes.

    Examples
    --------
    >>> guess_weights(1, 3).tolist()
    [-0.5, 1.0, -0.5, 0.0]
    """
    weights = np.full(arms + 1, -1.0 / (arms - 1))
    weights[arm], weights[arms] = 1.0, 0.0
    return weights


def share_interval(found: int, of: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the exact interval of a share (Clopper and Pearson 1934, 10.1093/biomet/26.4.404).

    Parameters
    ----------
    found, of
        How many of how many.
    confidence
        Level of the interval, which holds at least that often.

    Returns
    -------
    tuple of float
        NaN where nobody was asked.

    Examples
    --------
    >>> [round(end, 4) for end in share_interval(8, 10)]
    [0.4439, 0.9748]
    """
    if of == 0:
        return np.nan, np.nan
    tail = (1.0 - confidence) / 2.0
    low = float(special.betaincinv(found, of - found + 1, tail)) if found else 0.0
    high = float(special.betaincinv(found + 1, of - found, 1.0 - tail)) if found < of else 1.0
    return low, high


def _weighted(counts: FloatArray, weights: FloatArray) -> tuple[float, float]:
    n = float(counts.sum())
    shares = counts / n
    index = float(weights @ shares)
    variance = float(weights**2 @ shares) - index**2
    return index, float(np.sqrt(variance / n)) if variance > 1e-15 else 0.0


def _judged(
    n: int, index: float, se: float, marks: tuple[float, float, float], confidence: float
) -> BlindingIndex:
    """Add intervals and p to an index that falls as guesses are right."""
    if se <= _LEAST_SE:
        return BlindingIndex(n, ONE_ANSWER, index, 0.0)
    lowest, random, highest = marks
    z = float(special.ndtri(0.5 + confidence / 2.0)) * se
    one = float(special.ndtri(confidence)) * se
    score = (index - random) / se
    return BlindingIndex(
        n,
        OK,
        index,
        se,
        max(index - z, lowest),
        min(index + z, highest),
        max(index - one, lowest),
        min(index + one, highest),
        p=min(2.0 * _tail(-abs(score)), 1.0),
        p_unblinded=_tail(score),
    )


def _tail(score: float) -> float:
    return max(float(special.ndtr(score)), _TINY)
