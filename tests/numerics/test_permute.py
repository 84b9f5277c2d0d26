"""Permutation p against enumeration by hand and refitting by brute force."""

from itertools import combinations, permutations, product

import numpy as np
import pytest

from rewire.numerics.exchange import draw_flips, draw_orders, orders_among
from rewire.numerics.largest import largest_r
from rewire.numerics.linear import TermModel, group_model, mean_model, slope_model
from rewire.numerics.permute import permute_family, permute_largest
from rewire.numerics.relabel import relabel_blocks
from rewire.numerics.terms import fit_term
from rewire.numerics.welch import WelchModel, estimate_welch


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_all_sign_flips() -> None:
    y = rng(1).normal(0.5, 1, size=(7, 3))
    (found,) = permute_family([mean_model(y)], 200, rng())
    flips = np.array(list(product([-1.0, 1.0], repeat=7)))
    t = np.abs(flips @ y)
    np.testing.assert_allclose(found.p, (t >= np.abs(y.sum(axis=0)) - 1e-12).mean(axis=0))


def test_the_smallest_p_of_sign_flips_counts_the_mirror_image() -> None:
    (found,) = permute_family([mean_model(np.arange(1.0, 6)[:, None])], 100, rng())
    assert found.p.tolist() == [2 / 32]
    (found,) = permute_family([mean_model(np.arange(1.0, 6)[:, None])], 100, rng(), "greater")
    assert found.p.tolist() == [1 / 32]
    (found,) = permute_family([mean_model(np.arange(1.0, 6)[:, None])], 100, rng(), "less")
    assert found.p.tolist() == [1.0]


def test_all_relabellings_of_two_groups() -> None:
    y = rng(2).normal(size=(8, 2)) + np.repeat([1.0, 0.0], [3, 5])[:, None]
    group = np.repeat([1.0, 0.0], [3, 5])
    (found,) = permute_family([group_model(y, group)], 100, rng())
    gaps = np.array(
        [
            y[list(ones)].mean(axis=0) - np.delete(y, list(ones), axis=0).mean(axis=0)
            for ones in combinations(range(8), 3)
        ]
    )
    expected = (np.abs(gaps) >= np.abs(gaps[0]) - 1e-12).mean(axis=0)
    np.testing.assert_allclose(found.p, expected)


def test_all_relabellings_with_welchs_t() -> None:
    y = rng(3).normal(size=(8, 2)) * np.repeat([3.0, 1.0], [3, 5])[:, None]
    group = np.repeat([1.0, 0.0], [3, 5])
    (found,) = permute_family([WelchModel(y, group)], 100, rng())
    ts = []
    for ones in combinations(range(8), 3):
        label = np.isin(np.arange(8), ones).astype(float)
        ts.append(estimate_welch(WelchModel(y, label)).statistic)
    expected = (np.abs(ts) >= np.abs(ts[0]) - 1e-12).mean(axis=0)
    np.testing.assert_allclose(found.p, expected)


def test_all_orders_of_an_association() -> None:
    y, x = rng(4).normal(size=(6, 2)), rng(5).normal(size=6)
    (found,) = permute_family([slope_model(y, x)], 720, rng())
    products = np.array([(x - x.mean())[list(order)] @ y for order in permutations(range(6))])
    expected = (np.abs(products) >= np.abs(products[0]) - 1e-12).mean(axis=0)
    np.testing.assert_allclose(found.p, expected)


def brute_freedman_lane(model: TermModel, orders: np.ndarray, cell: int) -> np.ndarray:
    y, x = model.response[:, cell], model.term
    columns = [np.ones(len(y)), *model.covariates.T]
    if model.own is not None:
        columns.append(model.own[:, cell])
    z = np.column_stack(columns)
    fitted = z @ np.linalg.lstsq(z, y, rcond=None)[0]
    ts = []
    for order in orders:
        # values follow the inverse order: the tested columns were relabelled by the order
        again = fitted + (y - fitted)[np.argsort(order)]
        full = np.column_stack([x, z])
        beta, rest = np.linalg.lstsq(full, again, rcond=None)[:2]
        variance = rest[0] / (len(y) - full.shape[1]) * np.linalg.inv(full.T @ full)[0, 0]
        ts.append(beta[0] / np.sqrt(variance))
    return np.array(ts)


@pytest.mark.parametrize("own", [False, True])
def test_freedman_lane_is_what_refitting_gives(own: bool) -> None:
    source = rng(6)
    y, covariates = source.normal(size=(14, 3)), source.normal(size=(14, 2))
    group = source.permutation(np.repeat([0.0, 1.0], 7))
    model = group_model(y, group, covariates, source.normal(size=(14, 3)) if own else None)
    (block,) = relabel_blocks(model)
    orders = source.permuted(np.tile(np.arange(14, dtype=np.int16), (25, 1)), axis=1)
    r = block.statistics(orders)
    t = r * np.sqrt(block.df / (1 - r**2))
    for cell in range(3):
        np.testing.assert_allclose(t[:, cell], brute_freedman_lane(model, orders, cell))


def test_the_identity_gives_the_fitted_statistic() -> None:
    source = rng(8)
    y, own = source.normal(size=(12, 4)), source.normal(size=(12, 4))
    group, z = np.tile([0.0, 1.0], 6), source.normal(size=(12, 1))
    for model in (mean_model(y), mean_model(y, z), group_model(y, group), slope_model(y, z[:, 0]),
                  group_model(y, group, z, own)):  # fmt: skip
        (block,) = relabel_blocks(model)
        signs = block.scheme == "signs"
        still = np.ones(12, dtype=np.int8) if signs else np.arange(12, dtype=np.int16)
        identity = block.statistics(still[None, :])[0]
        np.testing.assert_allclose(identity, fit_term(model).r)


def test_monte_carlo_counts_the_observed_and_is_never_zero() -> None:
    y = (10 + rng(9).normal(size=(30, 1))).repeat(2, axis=1)
    (found,) = permute_family([mean_model(y)], 99, rng())
    assert found.p.tolist() == [0.01, 0.01]
    assert found.p_max.tolist() == [0.01, 0.01]


def test_the_same_seed_gives_the_same_p_whatever_the_neighbours() -> None:
    source = rng(10)
    y, x = source.normal(size=(20, 3)), source.normal(size=20)
    model = slope_model(y, x)
    (alone,) = permute_family([model], 500, rng(1))
    wide, _ = permute_family([model, slope_model(source.normal(size=(20, 9)), x)], 500, rng(1))
    np.testing.assert_array_equal(alone.p, wide.p)
    assert (wide.p_max >= alone.p_max).all()


def test_small_batches_count_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    y, x = rng(11).normal(size=(20, 3)), rng(12).normal(size=20)
    (whole,) = permute_family([slope_model(y, x)], 301, rng(1))
    monkeypatch.setattr("rewire.numerics.relabelling._HELD", 7)
    (parts,) = permute_family([slope_model(y, x)], 301, rng(1))
    np.testing.assert_array_equal(whole.p, parts.p)
    np.testing.assert_array_equal(whole.p_max, parts.p_max)


def test_max_t_of_one_cell_is_its_own_p() -> None:
    y = rng(13).normal(0.4, 1, size=(20, 1))
    (found,) = permute_family([mean_model(y)], 500, rng())
    np.testing.assert_array_equal(found.p, found.p_max)


def test_max_t_by_hand_over_two_models() -> None:
    source = rng(14)
    a, b = source.normal(0.6, 1, size=(6, 2)), source.normal(0.2, 1, size=(6, 1))
    first, second = permute_family([mean_model(a), mean_model(b)], 64, rng())
    y = np.column_stack([a, b])
    t = []
    for signs in product([-1.0, 1.0], repeat=6):
        flipped = y * np.array(signs)[:, None]
        t.append(np.abs(flipped.mean(axis=0) / flipped.std(axis=0, ddof=1)))
    observed = np.abs(y.mean(axis=0) / y.std(axis=0, ddof=1))
    expected = [(np.max(t, axis=1) >= value - 1e-9).mean() for value in observed]
    np.testing.assert_allclose(np.concatenate([first.p_max, second.p_max]), expected)


def test_cells_that_miss_different_people_keep_their_exact_p() -> None:
    y = rng(15).normal(0.5, 1, size=(8, 2))
    y[0, 1] = np.nan
    group = np.repeat([0.0, 1.0], 4)
    (found,) = permute_family([group_model(y, group)], 100, rng())
    (alone,) = permute_family([group_model(y[1:, 1:], group[1:])], 100, rng())
    np.testing.assert_allclose(found.p[1], alone.p[0])
    assert (found.p_max >= found.p - 0.1).all()


def test_hopeless_cells_and_no_draws_give_nan() -> None:
    y = np.column_stack([np.ones(9), np.full(9, np.nan), np.arange(9.0)])
    (found,) = permute_family([mean_model(y)], 1000, rng())
    assert np.isnan(found.p).tolist() == [True, True, False]
    (found,) = permute_family([mean_model(y)], 0, rng())
    assert np.isnan(found.p).all()
    assert permute_family([], 10, rng()) == ()


def many(kind: str) -> TermModel:
    source = rng(20)
    y, z = source.normal(size=(24, 150)), source.normal(size=(24, 2))
    y[:, :5] += 1.5 * np.tile([0.0, 1.0], 12)[:, None]
    group = np.tile([0.0, 1.0], 12)
    return {
        "signs": lambda: mean_model(y),
        "signs and covariates": lambda: mean_model(y, z),
        "labels": lambda: group_model(y, group),
        "unequal groups": lambda: group_model(y, (np.arange(24) < 7).astype(float)),
        "covariates": lambda: group_model(y, group, z),
        "nearly the term": lambda: group_model(y, group, group[:, None] + 0.05 * z[:, :1]),
        "values": lambda: slope_model(y, z[:, 0]),
        "own": lambda: group_model(y, group, z, source.normal(size=(24, 150))),
    }[kind]()


KINDS = ["signs", "signs and covariates", "labels", "unequal groups", "covariates",
         "nearly the term", "values", "own"]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_quick_largest_gives_the_same_p_in_every_cell(kind: str) -> None:
    model = many(kind)
    (whole,) = permute_family([model], 2000, rng(2))
    (quick,) = permute_largest([model], 2000, rng(2))
    np.testing.assert_array_equal(quick, whole.p_max)


@pytest.mark.parametrize("kind", KINDS)
def test_the_quick_largest_is_off_by_no_more_than_it_says(kind: str) -> None:
    (block,) = relabel_blocks(many(kind))
    relabelled = (
        draw_flips(3, range(500), 24)
        if block.scheme == "signs"
        else draw_orders(3, range(500), np.zeros(24, dtype=np.int64))
    )
    exact = np.abs(block.statistics(relabelled)).max(axis=1)
    nowhere = largest_r(block, relabelled, np.array([2.0]))
    assert np.abs(nowhere - exact).max() < 3e-4
    everywhere = largest_r(block, relabelled, np.sort(exact))
    np.testing.assert_allclose(everywhere, exact, atol=1e-14)


def test_the_quick_largest_holds_over_cells_that_miss_people_and_one_sided() -> None:
    y = rng(21).normal(0.5, 1, size=(22, 40))
    y[3, :10] = np.nan
    y[5, 8:20] = np.nan
    for model in (mean_model(y), group_model(y, np.tile([0.0, 1.0], 11))):
        for side in ("two-sided", "greater", "less"):
            (whole,) = permute_family([model], 700, rng(2), side)
            (quick,) = permute_largest([model], 700, rng(2), side)
            np.testing.assert_array_equal(quick, whole.p_max)


def test_all_relabellings_within_blocks() -> None:
    y = rng(22).normal(size=(9, 2))
    group = np.array([1.0, 0, 0, 1, 1, 0, 0, 1, 0])
    site = np.array([0, 0, 0, 1, 1, 1, 1, 2, 2])
    (found,) = permute_family([group_model(y, group)], 100, rng(), exchange=site)
    gaps = []
    for a in combinations(range(3), 1):
        for b in combinations(range(3, 7), 2):
            for c in combinations(range(7, 9), 1):
                ones = [*a, *b, *c]
                gaps.append(y[ones].mean(axis=0) - np.delete(y, ones, axis=0).mean(axis=0))
    observed = y[group == 1].mean(axis=0) - y[group == 0].mean(axis=0)
    expected = (np.abs(gaps) >= np.abs(observed) - 1e-12).mean(axis=0)
    assert len(gaps) == 3 * 6 * 2
    np.testing.assert_allclose(found.p, expected)


def test_all_orders_within_blocks_leave_a_lone_person_where_he_is() -> None:
    y, x = rng(23).normal(size=(6, 1)), rng(24).normal(size=6)
    site = np.array([2, 1, 2, 3, 1, 1])
    (found,) = permute_family([slope_model(y, x)], 12, rng(), exchange=site)
    products = []
    for two in permutations([0, 2]):
        for three in permutations([1, 4, 5]):
            order = np.array([two[0], three[0], two[1], 3, three[1], three[2]])
            products.append((x - x.mean())[order] @ y[:, 0])
    expected = (np.abs(products) >= abs((x - x.mean()) @ y[:, 0]) - 1e-12).mean()
    np.testing.assert_allclose(found.p, expected)


def test_random_orders_stay_within_blocks_and_are_even() -> None:
    site = np.array([0, 1, 0, 1, 1, 0, 2])
    orders = draw_orders(5, range(6000), site)
    assert (site[orders] == site).all()
    assert (np.sort(orders, axis=1) == np.arange(7)).all()
    # each of the 3! x 3! orders is as likely: chi-square on 35 df, beyond 75 once in 10,000
    counts = np.unique(orders, axis=0, return_counts=True)[1]
    assert len(counts) == 36
    assert ((counts - 6000 / 36) ** 2).sum() / (6000 / 36) < 75
    np.testing.assert_array_equal(draw_orders(5, range(40, 50), site), orders[40:50])


def test_random_orders_of_some_are_even_within_blocks() -> None:
    site, rows = np.array([0, 0, 1, 0, 1, 0, 1]), np.array([0, 1, 2, 5, 6])
    some = orders_among(draw_orders(6, range(6000), site), rows, site)
    assert (site[rows][some] == site[rows]).all()
    counts = np.unique(some, axis=0, return_counts=True)[1]
    assert len(counts) == 12
    assert ((counts - 500) ** 2).sum() / 500 < 37


def test_where_nothing_can_be_exchanged_there_is_no_p() -> None:
    y, group = rng(25).normal(size=(8, 3)), np.repeat([0.0, 1.0], 4)
    (found,) = permute_family([group_model(y, group)], 100, rng(), exchange=np.repeat([0, 1], 4))
    assert np.isnan(found.p).all()
    assert np.isnan(found.p_max).all()
    (signs,) = permute_family([mean_model(y)], 300, rng(), exchange=np.arange(8))
    assert np.isfinite(signs.p).all()
