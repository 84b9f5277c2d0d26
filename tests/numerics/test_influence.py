"""Leave one participant out."""

import numpy as np

from rewire.numerics.influence import leave_one_out
from rewire.numerics.linear import group_model, mean_model, slope_model
from rewire.numerics.welch import WelchModel, estimate_welch


def test_a_mean_by_hand() -> None:
    y = np.array([[1.0], [2.0], [3.0], [14.0]])
    found = leave_one_out(mean_model(y))
    assert found.who.tolist() == [3]
    np.testing.assert_allclose(found.estimate, 5.0)
    np.testing.assert_allclose(found.estimate_without, 2.0)
    np.testing.assert_allclose(found.estimate_lowest, 2.0)
    np.testing.assert_allclose(found.estimate_highest, 19 / 3)


def test_one_person_who_carries_an_association() -> None:
    x = np.array([0.0, 1, 0, 1, 0, 1, 0, 1, 10])
    y = np.array([0.0, 0, 1, 1, 0, 0, 1, 1, 10])[:, None]
    found = leave_one_out(slope_model(y, x))
    assert found.who.tolist() == [8]
    assert found.flips.tolist() == [1]
    assert found.p[0] < 0.05 < found.p_without[0]
    np.testing.assert_allclose(found.estimate_without, 0.0, atol=1e-12)


def test_every_omission_is_a_refit() -> None:
    rng = np.random.default_rng(5)
    y, group = rng.normal(size=(10, 3)), np.tile([0.0, 1.0], 5)
    y[2, 1] = np.nan
    found = leave_one_out(WelchModel(y, group))
    for cell in range(3):
        ps = [
            estimate_welch(WelchModel(np.delete(y, i, 0), np.delete(group, i))).p[cell]
            for i in np.flatnonzero(np.isfinite(y[:, cell]))
        ]
        np.testing.assert_allclose(
            [found.p_lowest[cell], found.p_highest[cell]], [min(ps), max(ps)]
        )


def test_nothing_to_leave_out() -> None:
    found = leave_one_out(group_model(np.full((6, 2), np.nan), np.tile([0.0, 1.0], 3)))
    assert found.who.tolist() == [-1, -1]
    assert found.flips.tolist() == [0, 0]
    assert np.isnan(found.p_lowest).all()
    assert np.isnan(found.estimate_without).all()
