"""Block means against loops over pairs."""

from __future__ import annotations

import numpy as np

from rewire.numerics.network_blocks import block_means


def test_means_are_those_of_loops() -> None:
    rng = np.random.default_rng(0)
    values = rng.standard_normal((7, 7))
    values += values.T
    np.fill_diagonal(values, np.nan)
    values[1, 4] = values[4, 1] = np.nan
    network = ["X", "Y", "X", "", "Y", "Z", "X"]
    found = block_means(values, network, ["X", "Y", "Z"])
    for i, a in enumerate("XYZ"):
        for j, b in enumerate("XYZ"):
            pairs = [
                values[p, q]
                for p in range(7)
                for q in range(7)
                if network[p] == a and network[q] == b and np.isfinite(values[p, q])
            ]
            expected = np.mean(pairs) if pairs else np.nan
            np.testing.assert_allclose(found[i, j], expected)


def test_no_networks_give_an_empty_table() -> None:
    assert block_means(np.ones((3, 3)), ["", "", ""], []).shape == (0, 0)
