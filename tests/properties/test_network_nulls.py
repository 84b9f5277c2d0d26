"""What random networks and partitions must keep, whatever the network."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rewire.numerics.correlation_nulls import hqs_null
from rewire.numerics.graph import modularity
from rewire.numerics.louvain import louvain
from rewire.numerics.network_nulls import (
    rewire_degree_preserving,
    rewire_off_diagonal,
    strength_preserving,
)

seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(2, 20)
densities = st.floats(0.0, 1.0)
several = settings(max_examples=60, deadline=None)


def network(seed: int, n: int, density: float) -> np.ndarray:
    rng = np.random.default_rng(seed)
    upper = np.triu(rng.gamma(1.0, size=(n, n)) * (rng.random((n, n)) < density), 1)
    return upper + upper.T


@given(seeds, sizes, densities)
@several
def test_degrees_weights_and_symmetry_are_kept(seed: int, n: int, density: float) -> None:
    weights = network(seed, n, density)
    rng = np.random.default_rng(seed)
    rewired = rewire_off_diagonal(weights, 2, rng).weights
    strong = strength_preserving(weights, 2, rng).weights
    for made in (*rewired, *strong):
        assert np.array_equal(made, made.T)
        assert not np.diag(made).any()
        assert np.array_equal((made != 0).sum(axis=0), (weights != 0).sum(axis=0))
        assert np.array_equal(np.sort(made.ravel()), np.sort(weights.ravel()))


@given(seeds, sizes, densities)
@several
def test_with_self_loops_no_entry_is_invented(seed: int, n: int, density: float) -> None:
    weights = network(seed, n, density) + np.eye(n)
    made = rewire_degree_preserving(weights, 2, np.random.default_rng(seed))
    assert np.isin(made.weights, [0.0, *np.unique(weights)]).all()
    assert (made.swaps_per_edge <= 1.0).all()


@given(seeds, sizes, densities, st.floats(0.5, 2.0))
@several
def test_quality_is_that_of_the_labels(seed: int, n: int, density: float, gamma: float) -> None:
    weights = network(seed, n, density)
    found = louvain(weights, 5, np.random.default_rng(seed), gamma)
    if not weights.any():
        assert np.isnan(found.quality).all()
        return
    q = found.quality.max()
    assert abs(q - modularity(weights, found.labels, gamma)) < 1e-10
    assert q >= modularity(weights, np.arange(n), gamma) - 1e-10
    assert q <= 1.0


@given(seeds, sizes, st.floats(0.2, 1.0), st.floats(1e-6, 1e6))
@several
def test_units_of_weight_do_not_matter(seed: int, n: int, density: float, unit: float) -> None:
    weights = network(seed, n, density)
    once, again = (louvain(w, 30, np.random.default_rng(seed)) for w in (weights, unit * weights))
    np.testing.assert_allclose(once.quality.max(), again.quality.max(), atol=1e-9)


@given(seeds, st.integers(3, 20))
@several
def test_drawn_correlations_are_possible_ones(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    r = np.corrcoef(rng.standard_normal((n, 30)))
    for matrix in hqs_null(r, 2, rng).matrices:
        assert np.linalg.eigvalsh(matrix).min() > -1e-9
        assert (np.diag(matrix) == 1.0).all()
