"""How often groups are claimed where there is one cloud, and where there are two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from rewire.numerics.cluster_stability import subsample_groups
from rewire.numerics.cluster_tests import assess_groups, draw_in, reduce_people
from rewire.numerics.clusters import group_people

PEOPLE, CELLS = 50, 40


@dataclass(frozen=True)
class Cloud:
    """One cloud, or two that lie ``apart`` standard deviations from each other."""

    name: str
    widths: tuple[float, ...]
    tails: float = np.inf
    apart: float = 0.0

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        values = rng.standard_normal((PEOPLE, CELLS)) * np.array(self.widths)
        if np.isfinite(self.tails):
            values /= np.sqrt(rng.chisquare(self.tails, (PEOPLE, 1)) / self.tails)
        values[: PEOPLE // 2, 0] += self.apart
        return np.asarray(values)


ROUND = Cloud("round", (1.0,) * CELLS)
LONG = Cloud("long", (8.0, *(1.0,) * (CELLS - 1)))
SMOOTH = Cloud("smooth", tuple(np.exp(-np.arange(CELLS) / 8.0)))
HEAVY = Cloud("heavy tails", SMOOTH.widths, tails=3.0)
TWO = Cloud("two groups", (1.0,) * 5 + (0.3,) * (CELLS - 5), apart=5.0)


def _claimed(cloud: Cloud, times: int, draws: int) -> float:
    rng = np.random.default_rng([7, times, len(cloud.name)])
    found = 0
    for _ in range(times):
        held = np.ones((PEOPLE, 1))
        data = reduce_people(draw_in(cloud.draw(rng), held), held)
        test = assess_groups(data, 3, draws, rng)
        if test.p >= 0.05:
            continue
        labels = group_people(data.scores[None], test.chosen, rng).labels[0]
        stable = subsample_groups(data.scores, labels, 30, rng).jaccard.min() >= 0.75
        found += stable and np.bincount(labels).min() >= 5
    return found / times


@pytest.mark.parametrize("cloud", [ROUND, LONG, SMOOTH, HEAVY], ids=lambda c: c.name)
def test_one_cloud_is_seldom_called_groups(cloud: Cloud) -> None:
    # 3 or more of 12 at a rate of .05 are seen once in fifty times
    assert _claimed(cloud, 12, 59) < 3 / 12


def test_two_groups_are_found() -> None:
    assert _claimed(TWO, 6, 59) == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("cloud", [ROUND, LONG, SMOOTH, HEAVY], ids=lambda c: c.name)
def test_one_cloud_is_called_groups_at_most_as_often_as_said(cloud: Cloud) -> None:
    # 95% of samples of 400 at a rate of .05 lie below .0675
    assert _claimed(cloud, 400, 199) < 0.0675
