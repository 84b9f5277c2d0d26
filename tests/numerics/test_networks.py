"""Networks of edges against enumeration by hand and components by other software."""

from itertools import combinations, product

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from rewire.numerics.linear import group_model, mean_model, slope_model
from rewire.numerics.networks import (
    Enhanced,
    Graph,
    NetworkP,
    Thresholded,
    find_components,
    permute_networks,
)
from rewire.numerics.permute import permute_largest
from rewire.numerics.terms import fit_term
from rewire.numerics.welch import WelchModel


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def complete(nodes: int) -> np.ndarray:
    return np.array(list(combinations(range(nodes), 2)))


def brute_components(t: np.ndarray, ends: np.ndarray, threshold: float) -> list[np.ndarray]:
    """Edges of each component, by scipy's components of the nodes."""
    above = np.flatnonzero(t > threshold)
    nodes = int(ends.max()) + 1
    matrix = coo_array((np.ones(len(above)), (ends[above, 0], ends[above, 1])), (nodes, nodes))
    label = connected_components(matrix, directed=False)[1]
    its = label[ends[above, 0]]
    return [above[its == one] for one in np.unique(its)]


def brute_scores(t: np.ndarray, ends: np.ndarray, rule: Enhanced) -> np.ndarray:
    scores = np.zeros(len(t))
    for k in range(1, int(np.nanmax(t) / rule.step) + 1):
        h = k * rule.step
        for edges in brute_components(t, ends, h):
            scores[edges] += len(edges) ** rule.extent * h**rule.height * rule.step
    return scores


def test_enhanced_scores_by_hand() -> None:
    # a path 0-1-2-3 with t 3.5, 1.5, 2.5 and a lone edge 4-5 with 2.5; E = 1, H = 2, dh = 1
    ends = np.array([[0, 1], [1, 2], [2, 3], [4, 5]])
    scores = Enhanced(1, 2, 1).scores(np.array([3.5, 1.5, 2.5, 2.5]), ends, 6)
    # h = 1: extent 3 and 1; h = 2: three lone edges; h = 3: one
    assert scores.tolist() == [3 + 4 + 9, 3, 3 + 4, 1 + 4]


@pytest.mark.parametrize("seed", range(6))
def test_enhanced_scores_are_those_of_scipys_components(seed: int) -> None:
    t = rng(seed).standard_t(3, size=len(complete(9))) * 1.5
    t[3] = np.nan
    rule = Enhanced(0.5, 2.25, 0.13)
    ends = complete(9)
    np.testing.assert_allclose(
        rule.scores(t, ends, 9), brute_scores(np.nan_to_num(t, nan=-1.0), ends, rule), rtol=1e-10
    )
    maps = np.vstack([t, -t])
    best = [rule.scores(row, ends, 9).max() for row in maps]
    np.testing.assert_allclose(rule.largest(maps, ends, 9), best)


@pytest.mark.parametrize("seed", range(6))
def test_components_are_those_of_scipy(seed: int) -> None:
    t = rng(seed).normal(size=len(complete(12)))
    t[7] = np.nan
    ends = complete(12)
    graph = Graph(mean_model(rng(1).normal(size=(5, len(t)))), ends)
    for side in (1, -1):
        found = find_components(t, graph, Thresholded(1.3), side)
        expected = brute_components(np.nan_to_num(side * t, nan=-9.0), ends, 1.3)
        assert {tuple(c.cells) for c in found} == {tuple(edges) for edges in expected}
        for c in found:
            assert c.nodes.tolist() == np.unique(ends[c.cells]).tolist()
            assert c.intensity == pytest.approx((side * t[c.cells] - 1.3).sum())
        for size in ("extent", "intensity"):
            largest = Thresholded(1.3, size).largest((side * t)[None, :], ends, 12)[0]
            sizes = [len(e) if size == "extent" else (side * t[e] - 1.3).sum() for e in expected]
            assert largest == pytest.approx(max(sizes))


def brute_p(y: np.ndarray, ends: np.ndarray, rule: Thresholded | Enhanced) -> np.ndarray:
    """Family-wise p by all sign flips, with t by the textbook."""
    flips = np.array(list(product([1.0, -1.0], repeat=len(y))))

    def sizes(t: np.ndarray) -> np.ndarray:
        out = np.zeros(len(t))
        for side in (1, -1):
            if isinstance(rule, Enhanced):
                out = np.maximum(out, brute_scores(side * t, ends, rule))
                continue
            for edges in brute_components(side * t, ends, rule.threshold):
                extent = len(edges) if rule.size == "extent" else 0.0
                out[edges] = extent or (side * t[edges] - rule.threshold).sum()
        return out

    maps = []
    for flip in flips:
        flipped = y * flip[:, None]
        maps.append(flipped.mean(axis=0) / flipped.std(axis=0, ddof=1) * np.sqrt(len(y)))
    observed, largest = sizes(maps[0]), np.array([sizes(t).max() for t in maps])
    return np.array([(largest >= size - 1e-9).mean() for size in observed])


@pytest.mark.parametrize(
    "rule",
    [Thresholded(1.5), Thresholded(1.2, "intensity"), Enhanced(0.5, 2.25, 0.1), Enhanced()],
    ids=str,
)
def test_p_is_that_of_all_sign_flips(rule: Thresholded | Enhanced) -> None:
    y = rng(4).normal(0.35, 1, size=(6, 10))
    (found,) = permute_networks([Graph(mean_model(y), complete(5))], rule, 64, rng())
    np.testing.assert_allclose(found.p, brute_p(y, complete(5), rule))
    assert found.p.min() < 1


def test_both_signs_are_apart_and_the_family_spans_models() -> None:
    group = np.tile([0.0, 1.0], 10)
    up = rng(5).normal(size=(20, 3)) + 3 * group[:, None] * np.array([1, 1, -1])
    graph = Graph(group_model(up, group), complete(3))
    noise = Graph(slope_model(rng(6).normal(size=(20, 45)), group), complete(10))
    found, other = permute_networks([graph, noise], Thresholded(3.0), 300, rng())
    assert [(c.sign, c.cells.tolist()) for c in found.components] == [(1, [0, 1]), (-1, [2])]
    alone, _ = permute_networks([graph, graph], Thresholded(3.0), 300, rng())
    assert (found.p >= alone.p).all()
    greater, _ = permute_networks([graph, noise], Thresholded(3.0), 300, rng(), "greater")
    assert [c.sign for c in greater.components] == [1]
    assert greater.p[2] == 1.0
    assert len(other.p) == 45


def test_edges_without_a_statistic_have_no_p_and_no_draws_give_none() -> None:
    y = rng(7).normal(size=(12, 6))
    y[:, 2] = 1.0
    y[0, 4] = np.nan
    for rule in (Thresholded(1.0), Enhanced()):
        (found,) = permute_networks([Graph(mean_model(y), complete(4))], rule, 99, rng())
        assert np.isnan(found.p).tolist() == [False, False, True, False, False, False]
        (none,) = permute_networks([Graph(mean_model(y), complete(4))], rule, 0, rng())
        assert np.isnan(none.p).all()
    assert permute_networks([], Enhanced(), 99, rng()) == ()


def test_edges_that_miss_people_are_joined_with_the_others() -> None:
    group = np.tile([0.0, 1.0], 8)
    y = rng(8).normal(size=(16, 3)) + 4 * group[:, None]
    y[0, 1] = np.nan
    (found,) = permute_networks(
        [Graph(WelchModel(y, group), complete(3))], Thresholded(), 99, rng()
    )
    assert [c.cells.tolist() for c in found.components] == [[0, 1, 2]]
    assert found.p.tolist() == [0.01] * 3


def planted() -> tuple[Graph, np.ndarray]:
    """A path through eight of thirty regions, each edge too weak to stand alone."""
    group = np.tile([0.0, 1.0], 20)
    ends = complete(30)
    on_path = (ends[:, 1] - ends[:, 0] == 1) & (ends[:, 1] < 14)
    y = rng(9).standard_t(5, size=(40, len(ends)))
    y += 1.25 * group[:, None] * on_path
    return Graph(group_model(y, group), ends), on_path


def test_a_planted_component_is_found_where_no_edge_is() -> None:
    graph, on_path = planted()
    t = fit_term(graph.model).statistic
    (edges,) = permute_largest([graph.model], 1999, rng())
    (found,) = permute_networks([graph], Thresholded(2.0, "extent"), 1999, rng())
    assert (t[on_path] > 2.0).sum() >= 8
    assert edges.min() > 0.05
    best: NetworkP = found
    assert best.components[0].p <= 0.05
    assert on_path[best.components[0].cells].sum() >= 8
