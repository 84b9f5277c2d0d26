"""Which estimates run to infinity."""

import numpy as np
import pytest

from rewire.numerics.separation import runaway_terms


def _signed(design: list[list[float]], event: list[int]) -> np.ndarray:
    x = np.array(design, dtype=float)
    return np.where(np.array(event)[:, None] == 1, x, -x)


def test_overlap_has_an_estimate() -> None:
    x = [[1.0, 1.0], [1.0, 2.0], [1.0, 3.0], [1.0, 4.0]]
    assert not runaway_terms(_signed(x, [0, 1, 0, 1])).any()


def test_a_cut_that_parts_all_events_from_the_rest() -> None:
    x = [[1.0, 1.0], [1.0, 2.0], [1.0, 3.0], [1.0, 4.0]]
    assert runaway_terms(_signed(x, [0, 0, 1, 1])).tolist() == [True, True]


def test_an_arm_without_events_beside_a_covariate_that_overlaps() -> None:
    """The arm runs off; intercept and age are held by the other arm, in which ages overlap."""
    age = [1.0, 2.0, 3.0, 4.0, 1.0, 2.0, 3.0, 4.0]
    x = [[1.0, float(i >= 4), a] for i, a in enumerate(age)]
    assert runaway_terms(_signed(x, [0, 1, 0, 1, 0, 0, 0, 0])).tolist() == [False, True, False]


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_units_do_not_matter(scale: float) -> None:
    x = [[1.0, scale * v] for v in (1.0, 2.0, 3.0, 4.0)]
    assert runaway_terms(_signed(x, [0, 0, 1, 1])).all()
    assert not runaway_terms(_signed(x, [0, 1, 0, 1])).any()


def test_counts_of_an_arm_without_events() -> None:
    x = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 1.0], [1.0, 1.0]])
    y = np.array([3, 0, 0, 0])
    assert runaway_terms(-x[y == 0], x[y > 0]).tolist() == [False, True]
    y = np.array([3, 0, 1, 0])
    assert not runaway_terms(-x[y == 0], x[y > 0]).any()
