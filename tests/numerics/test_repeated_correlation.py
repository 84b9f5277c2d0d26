"""Correlation within people."""

from __future__ import annotations

import numpy as np

from rewire.numerics.repeated_correlation import correlate_within


def records(seed: int, people: int = 12, cells: int = 3):
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), 3)
    x = rng.normal(size=len(person)) + 3 * rng.normal(size=people)[person]
    y = rng.normal(size=(len(person), cells))
    return x, y, person


def test_two_records_each_are_the_correlation_of_changes_through_the_origin() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 10, 2))
    dx, dy = x[:, 1] - x[:, 0], y[:, 1] - y[:, 0]
    person = np.repeat(np.arange(10), 2)
    found = correlate_within(x.ravel(), y.ravel()[:, None], person)
    by_hand = (dx * dy).sum() / np.sqrt((dx**2).sum() * (dy**2).sum())
    np.testing.assert_allclose(found.estimate, by_hand)
    assert found.df[0] == 20 - 10 - 1


def test_differences_between_people_do_not_count() -> None:
    x, y, person = records(1)
    shift = np.random.default_rng(2).normal(0, 50, 12)[person]
    one, other = (
        correlate_within(x, y, person),
        correlate_within(x + shift, y - shift[:, None], person),
    )
    np.testing.assert_allclose(one.estimate, other.estimate, rtol=1e-9)
    np.testing.assert_allclose(one.p, other.p, rtol=1e-6)


def test_the_interval_covers_a_planted_correlation_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    person = np.repeat(np.arange(9), 2)
    hits = []
    for _ in range(40):
        x = rng.normal(size=18)
        y = 0.5 * x[:, None] + np.sqrt(0.75) * rng.normal(size=(18, 50))
        # the exact interval is for both variables random
        found = correlate_within(x + rng.normal(0, 9, 9)[person], y, person)
        hits.append((found.ci_low < 0.5) & (found.ci_high > 0.5))
    assert abs(np.mean(hits) - 0.95) < 0.03


def test_people_with_one_record_and_hopeless_cells() -> None:
    x, y, person = records(4, people=5)
    y[:, 1] = person
    y[4:, 2] = np.nan
    single = np.append(person, 99)
    with_single = correlate_within(np.append(x, 100.0), np.vstack([y, [9.0, 9.0, 9.0]]), single)
    found = correlate_within(x, y, person)
    assert found.status.tolist() == ["ok", "no variance", "too few participants"]
    assert with_single.status.tolist() == found.status.tolist()
    assert with_single.estimate[0] == found.estimate[0]
    assert with_single.n[0] == found.n[0] == 15
    assert np.isnan(found.estimate[1:]).all()
