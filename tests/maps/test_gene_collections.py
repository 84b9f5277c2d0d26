"""Gene sets as rows over the genes that have expression."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.core.maps import GeneSet, GeneSets, Provenance
from rewire.maps.gene_collections import gather_sets

GENES = ("A", "B", "C", "D", "E")
HELD = (
    GeneSets(
        "one",
        (
            GeneSet("ends", ("E", "A")),
            GeneSet("repeats", ("B", "B", "C", "Z")),
            GeneSet("unknown", ("X", "Y", "Z", "A")),
        ),
        Provenance("one.gmt"),
    ),
    GeneSets("two", (GeneSet("all", GENES), GeneSet("ends", ("D", "E"))), Provenance("two.gmt")),
)


def test_sets_are_matched_by_name_and_counted_over_known_genes() -> None:
    found = gather_sets(HELD, GENES, 2, 4)
    assert found.names == ("ends", "repeats", "ends")
    assert found.source == ("one", "one", "two")
    assert found.sizes == (2, 2, 2)
    expected = [[1, 0, 0, 0, 1], [0, 1, 1, 0, 0], [0, 0, 0, 1, 1]]
    np.testing.assert_array_equal(found.membership.toarray(), expected)


def test_another_order_of_genes_moves_the_columns() -> None:
    found = gather_sets(HELD, GENES[::-1], 2, 4)
    np.testing.assert_array_equal(found.membership.toarray()[2], [1, 1, 0, 0, 0])


@pytest.mark.parametrize(("smallest", "largest", "names"), [(5, 9, ("all",)), (6, 9, ())])
def test_sizes_are_bounds_that_count(smallest: int, largest: int, names: tuple[str, ...]) -> None:
    found = gather_sets(HELD, GENES, smallest, largest)
    assert found.names == names
    assert found.membership.shape == (len(names), 5)
    assert len(found) == len(names)


def test_means_leave_out_genes_without_a_value() -> None:
    found = gather_sets(HELD, GENES, 2, 4)
    values = np.array([[2.0, 4.0, 6.0, 0.0, 0.0]])
    known = np.array([True, True, True, False, False])
    mean = found.mean_over(values, known)
    np.testing.assert_allclose(mean[0, :2], [2.0, 5.0])
    assert np.isnan(mean[0, 2])


def test_collections_are_families() -> None:
    found = gather_sets(HELD, GENES, 2, 4).families()
    assert [part.tolist() for part in found] == [[0, 1], [2]]
