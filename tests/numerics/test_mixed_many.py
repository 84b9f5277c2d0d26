"""Many random-intercept models at once: the same as one by one, and as mean squares."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.mixed_criterion import MixedData, RandomTerm
from rewire.numerics.mixed_inference import satterthwaite
from rewire.numerics.mixed_many import fit_many_mixed
from rewire.numerics.mixed_model import fit_mixed


def _made(people: int, sessions: int, lost: float, cells: int, seed: int):
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(people), sessions)
    t = np.tile(np.arange(sessions), people)
    kept = rng.random(len(groups)) >= lost
    groups, t = groups[kept], t[kept]
    arm = (groups % 2).astype(float)
    columns = [np.ones(len(groups)), arm]
    for k in range(1, sessions):
        columns += [(t == k) * 1.0, (t == k) * arm]
    y = rng.standard_normal((people, cells))[groups] * rng.uniform(0, 1.5, cells)
    return y + rng.standard_normal(y.shape), np.column_stack(columns), groups


@pytest.mark.parametrize(("sessions", "lost"), [(2, 0.0), (2, 0.15), (3, 0.0), (3, 0.25)])
def test_all_at_once_equal_one_by_one(sessions: int, lost: float) -> None:
    y, x, groups = _made(30, sessions, lost, 25, seed=sessions)
    many = fit_many_mixed(y, x, groups)
    assert 0 < many.singular.sum() < 25  # both kinds occur
    for cell in range(25):
        term = RandomTerm("id", groups, np.ones((len(groups), 1)))
        fit = fit_mixed(MixedData(np.ascontiguousarray(y[:, cell]), x, (term,)))
        one = satterthwaite(fit)
        np.testing.assert_allclose(many.estimate[:, cell], one.estimate, atol=1e-6)
        np.testing.assert_allclose(many.se[:, cell], one.se, rtol=1e-6)
        np.testing.assert_allclose(many.df[:, cell], one.df, rtol=1e-3)
        assert many.ratio[cell] == pytest.approx(fit.theta[0] ** 2, abs=1e-5)
        assert many.singular[cell] == fit.singular


def test_a_missing_value_costs_that_row_of_that_response_alone() -> None:
    y, x, groups = _made(20, 2, 0.0, 3, seed=9)
    y[5, 1] = np.nan
    many = fit_many_mixed(y, x, groups)
    kept = np.arange(len(y)) != 5
    alone = fit_many_mixed(y[kept][:, [1]], x[kept], groups[kept])
    whole = fit_many_mixed(y[:, [0, 2]], x, groups)
    np.testing.assert_allclose(many.estimate[:, 1], alone.estimate[:, 0])
    np.testing.assert_allclose(many.df[:, [0, 2]], whole.df)
    assert many.rows.tolist() == [40, 39, 40]


def test_what_cannot_be_fitted_is_nan_and_stops_nothing() -> None:
    y, x, groups = _made(20, 2, 0.0, 3, seed=10)
    y[:, 0] = np.nan
    y[groups % 2 == 0, 1] = np.nan  # one arm alone: the arm's effect cannot be told
    many = fit_many_mixed(y, x, groups)
    assert np.isnan(many.estimate[:, :2]).all()
    assert np.isfinite(many.p[:, 2]).all()


def test_rows_that_do_not_match_are_refused() -> None:
    with pytest.raises(ValueError, match="3 responses"):
        fit_many_mixed(np.ones((3, 1)), np.ones((4, 1)), np.zeros(4, dtype=np.int64))
    with pytest.raises(ValueError, match="finite"):
        fit_many_mixed(np.ones((2, 1)), np.full((2, 1), np.nan), np.zeros(2, dtype=np.int64))


def test_a_response_that_the_effects_explain_exactly_has_no_fit() -> None:
    """Everybody falls by 5 from 20: no error, and so no test; what varies keeps its own."""
    people = np.repeat(np.arange(12), 2)
    later = np.tile([0.0, 1.0], 12)
    varied = np.random.default_rng(2).standard_normal(24)
    x = np.column_stack([np.ones(24), later])
    for keep in (slice(None), slice(0, 23)):  # in closed form, and by the root
        y = np.column_stack([20.0 - 5.0 * later, varied])[keep]
        fit = fit_many_mixed(y, x[keep], people[keep])
        for values in (fit.estimate, fit.se, fit.p):
            assert np.isnan(values[:, 0]).all()
            assert np.isfinite(values[:, 1]).all()
