"""Diffusion maps of networks whose slow directions are known."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.diffusion_map import diffusion_map, procrustes, profile_affinity


def _affinity(seed: int = 0, n: int = 30) -> np.ndarray:
    r = np.corrcoef(np.random.default_rng(seed).standard_normal((n, 40)))
    return profile_affinity(r, 0.2)


def test_a_ring_by_hand() -> None:
    # eigenvalues of the walk on a ring that stays put with weight 1: (1 + 2 cos(2 pi k / n)) / 3
    n = 12
    ring = np.eye(n) + np.roll(np.eye(n), 1, axis=0) + np.roll(np.eye(n), -1, axis=0)
    found = diffusion_map(ring, 4)
    first, second = ((1 + 2 * np.cos(2 * np.pi * k / n)) / 3 for k in (1, 2))
    assert found.eigenvalues == pytest.approx([first, first, second, second])
    # the first two together are a circle of radius sqrt(2) l / (1 - l), in the ring's order
    radius = np.hypot(*found.gradients[:2])
    assert radius == pytest.approx(np.full(n, np.sqrt(2) * first / (1 - first)))
    turns = np.diff(np.unwrap(np.arctan2(*found.gradients[:2])))
    assert np.abs(turns) == pytest.approx(np.full(n - 1, 2 * np.pi / n))


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0])
def test_the_walk_itself_has_these_eigenvectors(alpha: float) -> None:
    affinity = _affinity()
    d = affinity.sum(axis=1)
    walk = affinity / np.outer(d, d) ** alpha
    walk /= walk.sum(axis=1, keepdims=True)
    found = diffusion_map(affinity, 5, alpha)
    for value, gradient in zip(found.eigenvalues, found.gradients, strict=True):
        np.testing.assert_allclose(walk @ gradient, value * gradient, atol=1e-10)
    theirs = np.sort(np.linalg.eigvals(walk).real)[::-1]
    np.testing.assert_allclose(found.eigenvalues, theirs[1:6], atol=1e-10)


def test_alpha_one_forgets_how_densely_a_line_was_sampled() -> None:
    # evenly and unevenly sampled, the first gradient of a line is half a cosine of the place
    x = np.sort(np.random.default_rng(0).beta(1, 2, 600))
    affinity = np.exp(-((x[:, None] - x) ** 2) / (2 * 0.05**2))
    wave = np.cos(np.pi * (x - x.min()) / np.ptp(x))
    fit = [
        abs(np.corrcoef(diffusion_map(affinity, 1, a).gradients[0], wave)[0, 1]) for a in (0.0, 1.0)
    ]
    assert fit[1] > 0.999 > fit[0]


def test_the_strongest_tenth_is_kept() -> None:
    r = np.corrcoef(np.random.default_rng(1).standard_normal((21, 60)))
    profiles = np.zeros_like(r)
    for i, row in enumerate(r):
        for j in sorted((j for j in range(21) if j != i), key=lambda j: -row[j])[:2]:
            profiles[i, j] = max(row[j], 0.0)
    unit = profiles / np.linalg.norm(profiles, axis=1, keepdims=True)
    expected = 1 - np.arccos(np.clip(unit @ unit.T, 0, 1)) / np.pi
    off = ~np.eye(21, dtype=bool)
    np.testing.assert_allclose(profile_affinity(r, 0.1)[off], expected[off], atol=1e-7)


def test_no_map_where_there_is_none() -> None:
    two = np.kron(np.eye(2), np.ones((4, 4)))
    assert np.isnan(diffusion_map(two, 2).gradients).all()  # two islands
    assert np.isnan(diffusion_map(np.ones((3, 3)), 2).gradients).all()  # too few
    assert np.isnan(diffusion_map(np.zeros((8, 8)), 2).gradients).all()
    assert np.isnan(profile_affinity(-np.ones((4, 4)))).all()
    assert np.isnan(profile_affinity(np.ones((1, 1)))).all()
    with pytest.raises(ValueError, match="share"):
        profile_affinity(np.ones((4, 4)), 0.0)


def test_a_turned_template_is_turned_back() -> None:
    rng = np.random.default_rng(0)
    template = rng.standard_normal((4, 30))
    turn = np.linalg.qr(rng.standard_normal((4, 4)))[0]
    np.testing.assert_allclose(procrustes(turn @ template, template), template, atol=1e-12)
    made = rng.standard_normal((4, 30))
    turned = procrustes(made, template)
    np.testing.assert_allclose(turned.T @ turned, made.T @ made, atol=1e-10)
    assert ((turned - template) ** 2).sum() < ((made - template) ** 2).sum()


def test_procrustes_is_that_of_scipy() -> None:
    from scipy.linalg import orthogonal_procrustes

    rng = np.random.default_rng(3)
    made, template = rng.standard_normal((2, 5, 40))
    rotation, _ = orthogonal_procrustes(made.T, template.T)
    np.testing.assert_allclose(procrustes(made, template), (made.T @ rotation).T, atol=1e-12)


def test_gradients_are_those_of_laplacian_eigenmaps() -> None:
    # scikit-learn's spectral embedding is the map without density correction and without the
    # factor l / (1 - l); it leaves self-affinity out, so that none is given here
    from sklearn.manifold import spectral_embedding

    affinity = _affinity(2, 40)
    np.fill_diagonal(affinity, 0.0)
    d = np.sqrt(affinity.sum(axis=1))
    theirs = spectral_embedding(affinity / np.outer(d, d), n_components=3, random_state=0).T
    ours = diffusion_map(affinity, 3, 0.5).gradients
    for a, b in zip(ours, theirs, strict=True):
        assert abs(np.corrcoef(a, b)[0, 1]) == pytest.approx(1.0, abs=1e-8)
