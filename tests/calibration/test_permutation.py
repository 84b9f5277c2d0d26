"""False positives of permutation tests over families of edges; full size under ``slow``."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from rewire.numerics.linear import TermModel, group_model, mean_model, slope_model
from rewire.numerics.networks import Enhanced, Graph, Thresholded, permute_networks
from rewire.numerics.permute import permute_family, permute_largest

TRIALS = [150, pytest.param(2_000, marks=pytest.mark.slow)]
ENDS = np.array(list(combinations(range(9), 2)))
PEOPLE = 24
SITE = np.repeat([0, 1, 2], [6, 8, 10])
ARM = np.concatenate([np.arange(6) < 1, np.arange(8) < 4, np.arange(10) < 8]).astype(float)
RULES = {
    "extent": Thresholded(2.0),
    "intensity": Thresholded(2.0, "intensity"),
    "enhanced": Enhanced(),
}


def band(trials: int) -> tuple[float, float]:
    """Four standard errors about .05."""
    half = 4 * np.sqrt(0.05 * 0.95 / trials)
    return 0.05 - half, 0.05 + half


def smallest_p(how: str, model: TermModel, rng: np.random.Generator) -> float:
    exchange = SITE if how.startswith("sites") else None
    rule = RULES.get(how.removeprefix("sites "))
    if rule is None:
        (p,) = permute_largest([model], 99, rng, exchange=exchange)
    else:
        (found,) = permute_networks([Graph(model, ENDS)], rule, 99, rng, exchange=exchange)
        p = found.p
    return float(np.nanmin(p))


def heavy(rng: np.random.Generator) -> np.ndarray:
    """Edges that share regions' noise, with tails of a t on 2.5 df."""
    regions = rng.standard_t(2.5, size=(PEOPLE, 9))
    own = rng.standard_t(2.5, size=(PEOPLE, len(ENDS)))
    return np.asarray(regions[:, ENDS[:, 0]] + regions[:, ENDS[:, 1]] + own)


@pytest.mark.parametrize("trials", TRIALS)
@pytest.mark.parametrize("how", ["max-T", *RULES])
@pytest.mark.parametrize("kind", ["mean", "group", "slope"])
def test_any_false_positive_is_as_rare_as_promised(kind: str, how: str, trials: int) -> None:
    rng = np.random.default_rng(41)
    hits = 0
    for _ in range(trials):
        y = heavy(rng)
        model = {
            "mean": lambda y=y: mean_model(y),
            "group": lambda y=y: group_model(y, rng.permutation(ARM)),
            "slope": lambda y=y: slope_model(y, rng.standard_t(2.5, size=PEOPLE)),
        }[kind]()
        hits += smallest_p(how, model, rng) <= 0.05
    low, high = band(trials)
    # few sizes of components differ, so that ties make the extent conservative
    assert (0 if how == "extent" else low) <= hits / trials <= high


def arms_within_sites(rng: np.random.Generator) -> np.ndarray:
    arm = np.empty(PEOPLE)
    for site in range(3):
        arm[site == SITE] = rng.permutation(ARM[site == SITE])
    return arm


@pytest.mark.parametrize("trials", TRIALS)
@pytest.mark.parametrize("how", ["sites max-T", "sites intensity", "sites enhanced"])
def test_exchange_within_sites_holds_where_sites_differ(how: str, trials: int) -> None:
    rng = np.random.default_rng(43)
    hits = 0
    for _ in range(trials):
        y = heavy(rng) + 2.0 * SITE[:, None]
        hits += smallest_p(how, group_model(y, arms_within_sites(rng)), rng) <= 0.05
    low, high = band(trials)
    assert low <= hits / trials <= high


@pytest.mark.parametrize("trials", [400, pytest.param(20_000, marks=pytest.mark.slow)])
def test_exchange_among_all_fails_where_sites_differ_and_within_them_holds(trials: int) -> None:
    rng = np.random.default_rng(44)
    y = rng.normal(size=(PEOPLE, trials)) + 2.0 * SITE[:, None]
    shares = []
    for exchange in (None, SITE):
        p = np.concatenate(
            [
                permute_family(
                    [group_model(some, arms_within_sites(rng))], 199, rng, exchange=exchange
                )[0].p
                for some in np.split(y, 40, axis=1)
            ]
        )
        shares.append((p <= 0.05).mean())
    assert shares[0] > 0.2
    # cells of a batch share their relabellings, so that the share varies a little more
    assert abs(shares[1] - 0.05) < 4 * np.sqrt(0.05 * 0.95 / trials) + 0.01
