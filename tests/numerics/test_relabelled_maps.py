"""Relabelled maps against refits person by person."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.linear import TermModel, group_model, mean_model
from rewire.numerics.relabelled_maps import relabel_maps

DRAWS = 40


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def test_flipped_means_by_hand(rng: np.random.Generator) -> None:
    change = rng.standard_normal((9, 4))
    maps = relabel_maps(mean_model(change), DRAWS, np.random.default_rng(8))
    signs = np.where(np.random.default_rng(8).random((DRAWS, 9)) < 0.5, -1.0, 1.0)
    np.testing.assert_allclose(maps, [(s[:, None] * change).mean(axis=0) for s in signs])


def test_exchanged_labels_by_hand(rng: np.random.Generator) -> None:
    values, group = rng.standard_normal((11, 4)), np.array([1.0] * 4 + [0.0] * 7)
    maps = relabel_maps(group_model(values, group), DRAWS, np.random.default_rng(8))
    keys = np.random.default_rng(8).random((DRAWS, 11))
    for made, order in zip(maps, np.argsort(keys, axis=1), strict=True):
        label = group[order] == 1.0
        np.testing.assert_allclose(made, values[label].mean(axis=0) - values[~label].mean(axis=0))


def _refit(model: TermModel, cell: int, order: np.ndarray) -> float:
    """Freedman and Lane by least squares: fitted null model plus exchanged residuals, refitted."""
    own = np.empty((len(order), 0)) if model.own is None else model.own[:, [cell]]
    null = np.column_stack([np.ones(len(order)), model.covariates, own])
    y = model.response[:, cell]
    fitted = null @ np.linalg.lstsq(null, y, rcond=None)[0]
    exchanged = np.empty_like(y)
    exchanged[order] = np.arange(len(y))  # the term in place j of the sorted keys meets residual j
    again = fitted + (y - fitted)[exchanged.astype(int)]
    return float(np.linalg.lstsq(np.column_stack([null, model.term]), again, rcond=None)[0][-1])


@pytest.mark.parametrize("of_own", [False, True])
def test_exchanged_residuals_equal_refits(rng: np.random.Generator, of_own: bool) -> None:
    values, group = rng.standard_normal((14, 3)), np.array([1.0, 0.0] * 7)
    own = rng.standard_normal((14, 3)) if of_own else None
    model = group_model(values, group, rng.standard_normal((14, 2)), own)
    maps = relabel_maps(model, DRAWS, np.random.default_rng(8))
    keys = np.random.default_rng(8).random((DRAWS, 14))
    for made, order in zip(maps, np.argsort(keys, axis=1), strict=True):
        np.testing.assert_allclose(made, [_refit(model, c, order) for c in range(3)])


def test_missing_people_and_cells(rng: np.random.Generator) -> None:
    """A person missing in one cell is flipped alike in the others; an empty cell stays NaN."""
    change = rng.standard_normal((8, 3))
    whole = relabel_maps(mean_model(change), DRAWS, np.random.default_rng(1))
    change[2, 1], change[:, 2] = np.nan, np.nan
    maps = relabel_maps(mean_model(change), DRAWS, np.random.default_rng(1))
    np.testing.assert_allclose(maps[:, 0], whole[:, 0])
    signs = np.where(np.random.default_rng(1).random((DRAWS, 8)) < 0.5, -1.0, 1.0)
    np.testing.assert_allclose(maps[:, 1], np.nanmean(signs * change[:, 1], axis=1))
    assert np.isnan(maps[:, 2]).all()
