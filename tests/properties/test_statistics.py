"""What must hold for any numbers at all."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rewire.numerics.adjust import adjust_p
from rewire.numerics.association import estimate_association
from rewire.numerics.correlation_interval import correlation_interval
from rewire.numerics.linear import group_model, mean_model, slope_model
from rewire.numerics.permute import permute_family
from rewire.numerics.terms import estimate_term, fit_term

seeds = st.integers(0, 2**32 - 1)
scales = st.floats(1e-3, 1e3)
shifts = st.floats(-1e3, 1e3)


def sample(seed: int, n: int, cells: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, cells))


@given(seeds, st.integers(5, 30), scales, shifts)
@settings(max_examples=40, deadline=None)
def test_units_do_not_matter(seed: int, n: int, scale: float, shift: float) -> None:
    y, own, x = sample(seed, n), sample(seed + 1, n), sample(seed + 2, n)[:, 0]
    group = np.arange(n) % 2.0
    a = fit_term(group_model(y, group, own=own))
    b = fit_term(group_model(scale * y + shift, group, own=own * scale + shift))
    np.testing.assert_allclose(a.statistic, b.statistic, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(a.estimate * scale, b.estimate, rtol=1e-5, atol=1e-7 * scale)
    c = estimate_association(slope_model(y, x))
    d = estimate_association(slope_model(scale * y + shift, x * scale + shift))
    np.testing.assert_allclose(c.estimate, d.estimate, rtol=1e-5, atol=1e-7)


@given(seeds, st.integers(5, 30))
@settings(max_examples=40, deadline=None)
def test_swapping_arms_flips_signs_alone(seed: int, n: int) -> None:
    y, own = sample(seed, n), sample(seed + 1, n)
    group = np.arange(n) % 2.0
    a = estimate_term(group_model(y, group, own=own))
    b = estimate_term(group_model(y, 1 - group, own=own))
    for name in ("estimate", "statistic", "effect_size"):
        np.testing.assert_allclose(getattr(a, name), -getattr(b, name), atol=1e-9)
    np.testing.assert_allclose(a.p, b.p, atol=1e-9)
    np.testing.assert_allclose(a.ci_low, -b.ci_high, atol=1e-9)


@given(seeds, st.integers(4, 25))
@settings(max_examples=40, deadline=None)
def test_order_of_people_does_not_matter(seed: int, n: int) -> None:
    y, x = sample(seed, n), sample(seed + 1, n)[:, 0]
    order = np.random.default_rng(seed).permutation(n)
    a = estimate_association(slope_model(y, x))
    b = estimate_association(slope_model(y[order], x[order]))
    np.testing.assert_allclose(a.estimate, b.estimate, atol=1e-12)


@given(seeds, st.integers(1, 30), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_any_holes_give_numbers_or_a_status(seed: int, n: int, holes: float) -> None:
    y, own = sample(seed, n, 6), sample(seed + 1, n, 6)
    source = np.random.default_rng(seed)
    y[source.random(y.shape) < holes] = np.nan
    y[:, 0] = 2.0
    group = source.integers(0, 2, n).astype(float)
    for model in (mean_model(y), group_model(y, group, own=own), slope_model(y, own[:, 0])):
        found = estimate_term(model) if model.role != "slope" else estimate_association(model)
        good = found.status == "ok"
        for name in ("estimate", "se", "statistic", "df", "p"):
            np.testing.assert_array_equal(np.isfinite(getattr(found, name)), good)
        assert ((found.p[good] > 0) & (found.p[good] <= 1)).all()
        (permuted,) = permute_family([model], 40, source)
        np.testing.assert_array_equal(np.isfinite(permuted.p), good)
        assert (permuted.p[good] > 0).all()
        assert (permuted.p_max[good] <= 1).all()


@given(st.floats(-0.999, 0.999), st.integers(4, 200), st.floats(0.5, 0.99))
@settings(max_examples=60, deadline=None)
def test_intervals_hold_r_and_mirror(r: float, n: int, confidence: float) -> None:
    low, high = correlation_interval(np.array([r, -r]), n, confidence)
    assert -1 <= low[0] <= r <= high[0] <= 1
    np.testing.assert_allclose(low[0], -high[1], atol=1e-9)


@given(st.lists(st.floats(1e-12, 1), min_size=1, max_size=40))
def test_adjusting_never_lowers_nor_reorders(values: list[float]) -> None:
    p = np.array(values)
    bh, holm, bonferroni = (adjust_p(p, m) for m in ("fdr_bh", "holm", "bonferroni"))
    assert (p <= bh * (1 + 1e-12)).all()
    assert (bh <= holm * (1 + 1e-12)).all()
    assert (holm <= bonferroni * (1 + 1e-12)).all()
    order = np.argsort(p, kind="stable")
    assert (np.diff(bh[order]) >= -1e-15).all()
