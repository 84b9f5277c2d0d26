"""James's and Bang's indices: the published example, other software, hand calculations."""

import numpy as np
import pytest
from scipy import stats

from rewire.numerics.blinding_indices import (
    ANSWERS,
    EVERYBODY_UNSURE,
    NO_WRONG_POSSIBLE,
    ONE_ANSWER,
    bang_index,
    guess_weights,
    james_index,
    share_interval,
)

CRISP = np.array([[82.0, 25.0, 170.0], [27.0, 29.0, 83.0]])
INVESTIGATORS = np.array([[48.0, 4.0, 330.0], [22.0, 30.0, 319.0]])
COORDINATORS = np.array([[94.0, 11.0, 289.0], [52.0, 44.0, 284.0]])
PATIENTS = np.array([[143.0, 14.0, 188.0], [104.0, 57.0, 175.0]])


@pytest.mark.parametrize(
    ("counts", "james", "bang"),
    [
        (
            CRISP,
            (0.7479275, 0.0217374, 0.7053230, 0.7905321),
            ((0.2057762, 0.0352371, 0.1367127, 0.2748396), (0.0143885, 0.0538230)),
        ),
        (
            INVESTIGATORS,
            (0.8964143, 0.0109176, 0.8750163, 0.9178124),
            ((0.1151832, 0.0179337, 0.0800338, 0.1503327), (0.0215633, 0.0194047)),
        ),
        (
            COORDINATORS,
            (0.8233896, 0.0132866, 0.7973483, 0.8494309),
            ((0.2106599, 0.0237435, 0.1641234, 0.2571964), (-0.0210526, 0.0257615)),
        ),
        (
            PATIENTS,
            (0.7051163, 0.0159408, 0.6738730, 0.7363596),
            ((0.3739130, 0.0302291, 0.3146650, 0.4331611), (-0.1398810, 0.0369846)),
        ),
    ],
)
def test_as_the_algorithm_of_another_package(
    counts: np.ndarray, james: tuple[float, ...], bang: tuple[tuple[float, ...], ...]
) -> None:
    """The four examples of the R package BI, by its algorithm, to seven digits.

    The tables are table 7 of Bang 2004 (the CRISP trial) and table 2 of Houweling 2014
    (Clinical Trials 11:547), as the help page of BI 1.2.0 gives them; the numbers are
    ``BI(matrix(c(82, 27, 25, 29, 170, 83), nrow = 3, byrow = TRUE))`` and so on, evaluated in
    R 4.2.2 from the published source of version 1.2.0. A numeric gradient of the index in R gives
    the same standard errors (.0217374, .0109176, .0159408). Of the second table, BlindingIndex.jl
    prints .896 (.011; .875 to .918), .115 (.018; .080 to .150) and .022 (.019; -.016 to .060) in
    its README. James's index of the CRISP table is .7479: (82 + 29) right and 52 wrong among 163
    who guessed, 253 of 416 unsure. No choice of weights moves it (see below), and a value of
    .7481 that was once remembered for it comes out of no variant that we tried.
    """
    found = james_index(counts)
    got = (found.index, found.se, found.low, found.high)
    np.testing.assert_allclose(got, james, atol=1e-7)
    first = bang_index(counts[0], guess_weights(0, 2))
    second = bang_index(counts[1], guess_weights(1, 2))
    np.testing.assert_allclose((first.index, first.se, first.low, first.high), bang[0], atol=1e-7)
    np.testing.assert_allclose((second.index, second.se), bang[1], atol=1e-7)


def test_james_by_hand() -> None:
    # 4 drug and 4 placebo; each arm 2 right, 1 wrong, 1 unsure: P = 1/4, K = (1/3)/(1/2) - 1
    found = james_index(np.array([[2.0, 1.0, 1.0], [1.0, 2.0, 1.0]]))
    assert found.index == pytest.approx((1 + 1 / 4 + 3 / 4 * (-1 / 3)) / 2)
    assert found.p_unblinded == pytest.approx(0.5)
    assert found.p == pytest.approx(1.0)


def test_weight_of_wrong_guesses_cancels_in_two_arms() -> None:
    for wrong in (0.5, 0.75, 1.0):
        again = james_index(CRISP, wrong * (1.0 - np.eye(2)))
        assert again.index == pytest.approx(james_index(CRISP).index)
        assert again.se == pytest.approx(james_index(CRISP).se)


def test_jamess_error_is_the_numeric_delta_method_in_three_arms() -> None:
    counts = np.array([[9.0, 3.0, 2.0, 6.0], [4.0, 8.0, 3.0, 5.0], [2.0, 1.0, 11.0, 7.0]])
    weights = np.array([[0.0, 0.5, 0.75], [0.5, 0.0, 0.75], [0.75, 0.75, 0.0]])
    p = counts / counts.sum()
    step = 1e-6
    slope = np.empty_like(p)
    for at in np.ndindex(*p.shape):
        up, down = p.copy(), p.copy()
        up[at] += step
        down[at] -= step
        ends = [_james(q, weights) for q in (up, down)]
        slope[at] = (ends[0] - ends[1]) / (2 * step)
    variance = ((p * slope**2).sum() - (p * slope).sum() ** 2) / counts.sum()
    found = james_index(counts, weights)
    assert found.index == pytest.approx(_james(p, weights))
    assert found.se == pytest.approx(np.sqrt(variance), rel=1e-6)


def _james(p: np.ndarray, weights: np.ndarray) -> float:
    """As James et al. define it, through the disagreement among those who guess."""
    unsure = p[:, -1].sum()
    q = p[:, :-1] / (p.sum() - unsure)
    observed = (weights * q).sum()
    expected = (weights * np.outer(q.sum(axis=1), q.sum(axis=0))).sum()
    k = (observed - expected) / expected
    return float((p.sum() + unsure + (p.sum() - unsure) * k) / 2)


def test_bang_by_hand_and_its_one_sided_limits() -> None:
    # 6 right, 2 wrong, 2 unsure: .4, variance (.8 - .16) / 10
    found = bang_index(np.array([6.0, 2.0, 2.0]), guess_weights(0, 2))
    se = np.sqrt(0.064)
    assert (found.index, found.se) == (pytest.approx(0.4), pytest.approx(se))
    np.testing.assert_allclose(found.low, 0.4 - 1.959964 * se, atol=1e-6)
    np.testing.assert_allclose(found.one_sided_low, 0.4 - 1.644854 * se, atol=1e-6)
    np.testing.assert_allclose(found.p, 2 * found.p_unblinded)
    # Bonett and Price: 7 right, 3 wrong of 12
    middle, half = 4 / 12, 1.959964 * np.sqrt((10 / 12 - (4 / 12) ** 2) / 12)
    np.testing.assert_allclose((found.wide_low, found.wide_high), (middle - half, middle + half))
    assert (found.wide_p < 0.05) == (found.wide_low > 0.0)
    again = bang_index(np.array([6.0, 2.0, 2.0]), guess_weights(0, 2), 1.0 - found.wide_p)
    assert again.wide_low == pytest.approx(0.0, abs=1e-9)


def test_five_answers_by_hand() -> None:
    # sure 3, rather 4, unsure 5, rather the other 2, sure of the other 1, in an arm of 15
    found = bang_index(np.array([3.0, 4.0, 5.0, 2.0, 1.0]), np.array(ANSWERS))
    assert found.index == pytest.approx((3 + 2 - 1 - 1) / 15)
    assert found.se == pytest.approx(np.sqrt(((3 + 1 + 0.5 + 1) / 15 - 0.04) / 15))


def test_three_arms_at_random_give_nothing() -> None:
    for arm in range(3):
        found = bang_index(np.array([4.0, 4.0, 4.0, 6.0]), guess_weights(arm, 3))
        assert found.index == pytest.approx(0.0)
        assert found.p == pytest.approx(1.0)
        # one answer more for each arm: 5, 5, 5 and 6 of 21; sum of w^2 p is (5 + 2.5) / 21
        half = 1.959964 * np.sqrt(7.5 / 21 / 21)
        np.testing.assert_allclose((found.wide_low, found.wide_high), (-half, half), atol=1e-6)
    assert james_index(np.full((3, 4), 5.0)).index == pytest.approx(1 / 4 + 3 / 8)


def test_what_cannot_be_said_is_not_said() -> None:
    unsure = james_index(np.array([[0.0, 0.0, 9.0], [0.0, 0.0, 8.0]]))
    assert (unsure.index, unsure.se, unsure.status) == (1.0, 0.0, EVERYBODY_UNSURE)
    assert np.isnan(unsure.low)
    alone = james_index(np.array([[9.0, 0.0, 1.0], [0.0, 0.0, 8.0]]))
    assert np.isnan(alone.index)
    assert alone.status == NO_WRONG_POSSIBLE
    same = bang_index(np.array([12.0, 0.0, 0.0]), guess_weights(0, 2))
    assert (same.index, same.status) == (1.0, ONE_ANSWER)
    assert np.isnan(same.low)
    assert np.isnan(same.p)
    assert 0.5 < same.wide_low < 1.0
    assert np.isnan(bang_index(np.zeros(3), guess_weights(0, 2)).index)
    assert np.isnan(james_index(np.zeros((2, 3))).index)


@pytest.mark.parametrize(("found", "of"), [(0, 7), (7, 7), (3, 11), (40, 60)])
def test_shares_have_scipys_exact_interval(found: int, of: int) -> None:
    expected = stats.binomtest(found, of).proportion_ci(0.9, method="exact")
    np.testing.assert_allclose(share_interval(found, of, 0.9), expected, atol=1e-12)
    assert np.isnan(share_interval(0, 0)).all()
