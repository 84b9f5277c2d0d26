"""Products of reordered columns."""

import numpy as np

from rewire.numerics.reordered import reordered_products


def test_against_the_sum_written_out() -> None:
    rng = np.random.default_rng(0)
    columns, others = rng.normal(size=(7, 600)), rng.normal(size=(7, 600))
    order = np.argsort(rng.random((11, 7)), axis=1)
    expected = (columns[order] * others).sum(axis=1)
    np.testing.assert_allclose(reordered_products(columns, order, others), expected, atol=1e-12)
