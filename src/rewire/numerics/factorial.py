"""Contrasts of the means of two crossed factors, and of one factor nested in another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from rewire.numerics.estimates import FloatArray

Part = Literal["first", "second", "interaction", "first within", "second within"]


@dataclass(frozen=True, slots=True, eq=False)
class CellContrast:
    """A contrast of cell means, and what it compares.

    Parameters
    ----------
    part
        ``first`` and ``second``: main effects, each averaged over the levels of the other factor
        with equal weights (sum-to-zero). ``interaction``: a difference of differences. The rest:
        simple effects of one factor within a level of the other.
    first, second
        Levels that are compared with the reference of their factor, or within which is
        compared; -1 where a factor is averaged over.
    weights
        Of the cell means, shape (first levels * second levels,), second levels fastest.
    """

    part: Part
    first: int
    second: int
    weights: FloatArray


def crossed_contrasts(
    first: int, second: int, first_reference: int, second_reference: int
) -> tuple[CellContrast, ...]:
    """Return main effects, interactions and simple effects of a first x second design.

    Every level is compared with the reference of its factor.

    Parameters
    ----------
    first, second
        How many levels.
    first_reference, second_reference
        Index of the reference levels.

    Examples
    --------
    >>> found = {c.part: c.weights.tolist() for c in crossed_contrasts(2, 2, 1, 1)}
    >>> found["interaction"]  # (a1 - b1) - (a2 - b2)
    [1.0, -1.0, -1.0, 1.0]
    >>> found["first"]
    [0.5, 0.5, -0.5, -0.5]
    """
    a, b = _against(first, first_reference), _against(second, second_reference)
    level_a, level_b = np.eye(first), np.eye(second)
    mean_a = np.full(first, 1.0 / first)
    mean_b = np.full(second, 1.0 / second)
    made = [CellContrast("first", i, -1, _outer(w, mean_b)) for i, w in a]
    made += [CellContrast("second", -1, j, _outer(mean_a, w)) for j, w in b]
    made += [CellContrast("interaction", i, j, _outer(w, v)) for i, w in a for j, v in b]
    made += [
        CellContrast("first within", i, j, _outer(w, level_b[j]))
        for j in range(second)
        for i, w in a
    ]
    made += [
        CellContrast("second within", i, j, _outer(level_a[i], w))
        for i in range(first)
        for j, w in b
    ]
    return tuple(made)


def nested_contrasts(sizes: tuple[int, ...], reference: int) -> tuple[CellContrast, ...]:
    """Return the effects of a factor and of another that is nested in it.

    There is no interaction and no main effect of the second: its levels are others in each level
    of the first.

    Parameters
    ----------
    sizes
        How many levels of the second lie in each level of the first; cells in this order.
    reference
        Index of the reference level of the first. Within a level the last of the second is.

    Examples
    --------
    >>> [(c.part, c.weights.tolist()) for c in nested_contrasts((2, 1), 1)]
    [('first', [0.5, 0.5, -1.0]), ('second within', [1.0, -1.0, 0.0])]
    """
    starts = np.concatenate([[0], np.cumsum(sizes)])
    means = np.zeros((len(sizes), int(starts[-1])))
    for i, size in enumerate(sizes):
        means[i, starts[i] : starts[i + 1]] = 1.0 / size
    made = [
        CellContrast("first", i, -1, means[i] - means[reference])
        for i in range(len(sizes))
        if i != reference
    ]
    whole = np.eye(int(starts[-1]))
    for i in range(len(sizes)):
        last = int(starts[i + 1]) - 1
        made += [
            CellContrast("second within", i, j, whole[j] - whole[last])
            for j in range(int(starts[i]), last)
        ]
    return tuple(made)


def _against(levels: int, reference: int) -> list[tuple[int, FloatArray]]:
    whole = np.eye(levels)
    return [(i, np.asarray(whole[i] - whole[reference])) for i in range(levels) if i != reference]


def _outer(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the weights of all cells, the second factor fastest."""
    return np.asarray(np.kron(first, second), dtype=np.float64)
