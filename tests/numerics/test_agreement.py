"""Intraclass correlations."""

import numpy as np

from rewire.numerics.agreement import intraclass, spearman_brown, split_half

SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float
)


def test_the_table_of_shrout_and_fleiss() -> None:
    # their table 4: ICC(2,1) = .29, ICC(3,1) = .71
    found = intraclass(SHROUT_FLEISS[:, :, None])
    np.testing.assert_allclose(found.icc21, 0.29, atol=0.005)
    np.testing.assert_allclose(found.icc31, 0.71, atol=0.006)
    # their between-judges error mean square is 1.02
    np.testing.assert_allclose(found.minimal_detectable_change, 1.96 * np.sqrt(2 * 1.02), atol=0.01)


def test_a_shift_between_repeats_lowers_agreement_and_not_consistency() -> None:
    scans = np.random.default_rng(0).normal(size=(20, 1, 1)) * np.ones((1, 2, 1))
    scans = scans + 0.3 * np.random.default_rng(1).normal(size=(20, 2, 1))
    shifted = scans + np.array([0.0, 2.0])[None, :, None]
    a, b = intraclass(scans), intraclass(shifted)
    np.testing.assert_allclose(a.icc31, b.icc31)
    np.testing.assert_allclose(a.minimal_detectable_change, b.minimal_detectable_change)
    assert b.icc21[0] < a.icc21[0] - 0.2


def test_for_two_repeats_the_change_is_that_of_the_differences() -> None:
    scans = np.random.default_rng(3).normal(size=(15, 2, 4))
    found = intraclass(scans)
    sd = (scans[:, 1] - scans[:, 0]).std(axis=0, ddof=1)
    np.testing.assert_allclose(found.minimal_detectable_change, 1.959963985 * sd)


def test_missing_people_and_hopeless_cells() -> None:
    scans = np.random.default_rng(4).normal(size=(10, 2, 4))
    scans[0, 1, 1] = np.nan
    scans[:, :, 2] = 1.0
    scans[2:, 0, 3] = np.nan
    found = intraclass(scans)
    assert found.status.tolist() == ["ok", "ok", "no variance", "too few participants"]
    assert found.n.tolist() == [10, 9, 10, 2]
    np.testing.assert_allclose(found.icc21[1], intraclass(scans[1:, :, 1:2]).icc21[0])
    assert np.isnan(found.icc21[2:]).all()
    assert np.isnan(found.minimal_detectable_change[2:]).all()


def test_split_half_by_hand() -> None:
    # ranks 1 2 3 4 against 2 1 4 3: r = 1 - 6 * 4 / (4 * 15) = .6, and 2 * .6 / 1.6 = .75
    first, second = np.array([[1.0], [2], [3], [4]]), np.array([[2.0], [1], [4], [3]])
    found = split_half(first, second)
    np.testing.assert_allclose([found.r[0], found.reliability[0]], [0.6, 0.75])
    assert found.reliability_low[0] < 0.75 < found.reliability_high[0] < 1


def test_spearman_brown_is_what_longer_records_of_parallel_parts_have() -> None:
    # k parts of signal and noise of equal variance: signal k^2, noise k, so k / (k + 1)
    for k in (1, 2, 5):
        np.testing.assert_allclose(spearman_brown(np.array([0.5]), k), k / (k + 1))


def test_stepped_up_halves_recover_the_planted_reliability() -> None:
    rng = np.random.default_rng(5)
    people, cells = 60, 2000
    truth = rng.normal(size=(people, cells))
    halves = [truth + rng.normal(size=truth.shape) for _ in range(2)]
    found = split_half(halves[0], halves[1])
    # variance 1 of the truth, 1/2 of the noise of the mean of both halves
    assert abs(np.median(found.reliability) - 2 / 3) < 0.01
    inside = (found.reliability_low < 2 / 3) & (found.reliability_high > 2 / 3)
    assert abs(inside.mean() - 0.95) < 0.015


def test_halves_of_hopeless_cells() -> None:
    first = np.random.default_rng(4).normal(size=(6, 3))
    second = first + 0.1 * np.random.default_rng(5).normal(size=(6, 3))
    first[:, 1] = 2.0
    second[2:, 2] = np.nan
    found = split_half(first, second)
    assert found.status.tolist() == ["ok", "no variance", "too few participants"]
    assert found.n.tolist() == [6, 6, 2]
    assert np.isnan(found.reliability[1:]).all()
