"""K-means over volumes: planted states, another implementation, bad input."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.states import assign_states, fit_states


def _planted(noise: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((4, 30))
    labels = rng.choice(4, size=900, p=[0.4, 0.3, 0.2, 0.1])
    return centres, labels, centres[labels] + noise * rng.standard_normal((900, 30))


def test_planted_states_are_recovered_in_order_of_occupancy() -> None:
    centres, labels, vectors = _planted(0.5)
    found = fit_states(vectors, 4, 20, np.random.default_rng(1))
    np.testing.assert_array_equal(found.labels, labels)
    np.testing.assert_allclose(found.occupancy, np.bincount(labels) / 900)
    assert np.abs(found.centroids - centres).max() < 0.25


def test_every_restart_is_a_local_minimum_and_the_best_is_kept() -> None:
    _, _, vectors = _planted(3.0)
    found = fit_states(vectors, 5, 30, np.random.default_rng(1))
    assert found.inertia == found.inertias.min()
    apart = ((vectors[:, None] - found.centroids[None]) ** 2).sum(axis=2)
    np.testing.assert_array_equal(apart.argmin(axis=1), found.labels)
    assert apart.min(axis=1).sum() == pytest.approx(found.inertia)
    for state in range(5):
        np.testing.assert_allclose(
            vectors[found.labels == state].mean(axis=0), found.centroids[state]
        )


def test_inertia_is_that_of_scikit_learn() -> None:
    cluster = pytest.importorskip("sklearn.cluster")
    _, _, vectors = _planted(1.5)
    theirs = cluster.KMeans(4, n_init=20, random_state=0).fit(vectors).inertia_
    assert fit_states(vectors, 4, 20, np.random.default_rng(0)).inertia == pytest.approx(theirs)


def test_centroids_of_one_session_serve_another() -> None:
    _, labels, vectors = _planted(0.5)
    first, second = slice(0, 450), slice(450, 900)
    found = fit_states(vectors[first], 4, 20, np.random.default_rng(1))
    order = [int(np.bincount(labels[first][found.labels == k]).argmax()) for k in range(4)]
    np.testing.assert_array_equal(
        np.array(order)[assign_states(vectors[second], found.centroids)], labels[second]
    )


def test_the_seed_decides() -> None:
    _, _, vectors = _planted(3.0)
    a, b = (fit_states(vectors, 4, 3, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(a.labels, b.labels)
    np.testing.assert_array_equal(a.inertias, b.inertias)


def test_identical_volumes_do_not_hang() -> None:
    found = fit_states(np.ones((10, 3)), 3, 4, np.random.default_rng(0))
    assert found.inertia == 0.0
    np.testing.assert_allclose(found.occupancy.sum(), 1.0)


@pytest.mark.parametrize(
    ("vectors", "states", "restarts"),
    [
        (np.ones((2, 3)), 3, 5),
        (np.ones((5, 3)), 0, 5),
        (np.ones((5, 3)), 2, 0),
        (np.full((5, 3), np.nan), 2, 5),
    ],
)
def test_what_cannot_be_sorted_is_refused(vectors: np.ndarray, states: int, restarts: int) -> None:
    with pytest.raises(ValueError):
        fit_states(vectors, states, restarts, np.random.default_rng(0))
