"""Gene sets against means of correlations, gene by gene and null by null."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from rewire.numerics.gene_sets import assess_gene_sets, assess_random_genes
from rewire.numerics.map_association import correlate_maps


@pytest.fixture
def data() -> tuple[np.ndarray, np.ndarray, np.ndarray, csr_array]:
    rng = np.random.default_rng(2)
    values = rng.standard_normal(25)
    nulls = rng.permuted(np.tile(values, (150, 1)), axis=1)
    genes = rng.standard_normal((25, 40)) + 0.4 * values[:, None] * (np.arange(40) < 8)
    return values, nulls, genes, csr_array(rng.random((6, 40)) < 0.3)


@pytest.mark.parametrize("statistic", ["pearson", "spearman"])
def test_equals_means_of_correlations(
    data: tuple[np.ndarray, np.ndarray, np.ndarray, csr_array], statistic: str
) -> None:
    values, nulls, genes, sets = data
    found = assess_gene_sets(values, nulls, genes, sets, statistic)  # type: ignore[arg-type]
    own = correlate_maps(values[None], genes, statistic)[0]  # type: ignore[arg-type]
    null = correlate_maps(nulls, genes, statistic)  # type: ignore[arg-type]
    for i, members in enumerate(sets.toarray()):
        score, theirs = own[members].mean(), null[:, members].mean(axis=1)
        assert found.r[i] == pytest.approx(score, abs=1e-12)
        reached = (np.abs(theirs) >= abs(score) - 1e-9).sum()
        assert found.p[i] == pytest.approx((1 + reached) / 151)
        assert found.null_sd[i] == pytest.approx(theirs.std(), abs=1e-9)


def test_a_gene_without_variance_does_not_count(
    data: tuple[np.ndarray, np.ndarray, np.ndarray, csr_array],
) -> None:
    values, nulls, genes, _ = data
    genes[:, 0] = 3.0
    sets = csr_array(np.array([[1, 1] + [0] * 38, [1] + [0] * 39]))
    found = assess_gene_sets(values, nulls, genes, sets)
    assert found.r[0] == pytest.approx(np.corrcoef(values, genes[:, 1])[0, 1])
    assert np.isnan(found.r[1])


def test_random_genes_by_hand() -> None:
    """Six genes, sets of two: the mean has variance s2 / 2 (1 - 2 / 6), s2 with divisor 5."""
    r = np.array([0.9, 0.7, 0.1, -0.2, -0.3, 0.0])
    found = assess_random_genes(r, csr_array(np.array([[1, 1, 0, 0, 0, 0]])))
    assert found.score[0] == pytest.approx(0.8)
    expected = (0.8 - 0.2) / np.sqrt(r.var(ddof=1) / 2 * (1 - 2 / 6))
    assert found.z[0] == pytest.approx(expected)


def test_random_genes_variance_equals_drawing() -> None:
    rng = np.random.default_rng(4)
    r = rng.standard_normal(30)
    drawn = [rng.choice(r, 5, replace=False).mean() for _ in range(20_000)]
    found = assess_random_genes(r, csr_array((np.arange(30) < 5)[None].astype(float)))
    spread = (found.score[0] - r.mean()) / found.z[0]
    assert spread == pytest.approx(np.std(drawn), rel=0.03)
