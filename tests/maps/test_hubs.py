"""Hubs by hand and against the Brain Connectivity Toolbox."""

from __future__ import annotations

import bct
import numpy as np
import pytest

from rewire.core.maps import Interactions, Provenance
from rewire.maps.hubs import hub_genes


def _network(*pairs: tuple[str, str]) -> Interactions:
    return Interactions(pairs, (1.0,) * len(pairs), Provenance("mine"))


def test_a_path_by_hand() -> None:
    """A-B-C-D: B lies between A-C and A-D, of the three pairs without B; so does C."""
    found = hub_genes("ABCD", _network(("A", "B"), ("C", "B"), ("C", "D")))
    assert found["gene"].tolist() == ["B", "C", "A", "D"]
    assert found["degree"].tolist() == [2, 2, 1, 1]
    np.testing.assert_allclose(found["betweenness"], [2 / 3, 2 / 3, 0.0, 0.0])


def test_a_square_shares_its_paths() -> None:
    """Two shortest paths between opposite corners: half of one pair of three leads through each."""
    found = hub_genes("ABCD", _network(("A", "B"), ("B", "C"), ("C", "D"), ("D", "A")))
    np.testing.assert_allclose(found["betweenness"], [1 / 6] * 4)


def test_equals_the_toolbox() -> None:
    rng = np.random.default_rng(1)
    n = 40
    matrix = np.triu(rng.random((n, n)) < 0.06, 1)
    matrix[20:, :20] = matrix[:20, 20:] = False  # two parts at least
    names = [f"g{i:02d}" for i in range(n)]
    pairs = [(names[j], names[i]) for i, j in np.argwhere(matrix)]
    whole = (matrix + matrix.T).astype(float)
    kept = np.flatnonzero(whole.sum(axis=0))
    inner = whole[np.ix_(kept, kept)]
    m = len(kept)
    expected = bct.betweenness_bin(inner.copy()) / ((m - 1) * (m - 2))
    found = hub_genes(names, _network(*pairs)).set_index("gene").loc[[names[i] for i in kept]]
    np.testing.assert_allclose(found["betweenness"], expected, atol=1e-12)
    np.testing.assert_array_equal(found["degree"], inner.sum(axis=0))


def test_only_interactions_among_the_genes_count() -> None:
    pairs = _network(("A", "B"), ("B", "A"), ("A", "A"), ("B", "Z"), ("Z", "C"))
    found = hub_genes(["A", "B", "C"], pairs)
    assert found["gene"].tolist() == ["A", "B"]
    assert found["degree"].tolist() == [1, 1]
    assert found["betweenness"].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("genes", [[], ["A"], ["C", "D"]])
def test_nobody_interacts(genes: list[str]) -> None:
    found = hub_genes(genes, _network(("A", "B")))
    assert found.empty
    assert list(found) == ["gene", "degree", "betweenness"]
