"""Intraclass correlations."""

import numpy as np

from rewire.numerics.agreement import intraclass

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
