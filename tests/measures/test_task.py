"""Task runs: planted responses and couplings are found, and bad runs have no value and a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from rewire.core.atlas import Atlas
from rewire.core.errors import UsageError
from rewire.core.events import Events
from rewire.core.types import Scan
from rewire.measures.task_activation import task_activation
from rewire.measures.task_connectivity import (
    background_connectivity,
    background_connectivity_by_network,
    task_connectivity,
    task_connectivity_by_network,
)
from rewire.numerics.event_models import event_responses

RNG = np.random.default_rng(0)
VOLUMES, STEP, REGIONS = 300, 2.0, 6
MEASURES = (
    task_activation,
    task_connectivity,
    task_connectivity_by_network,
    background_connectivity,
    background_connectivity_by_network,
)
NAMES = {
    task_activation: "task_activation",
    task_connectivity: "task_connectivity",
    task_connectivity_by_network: "task_connectivity_network",
    background_connectivity: "background_connectivity",
    background_connectivity_by_network: "background_connectivity_network",
}


def atlas(networks: tuple[str, ...] = ("X", "X", "X", "Y", "Y", "Y")) -> Atlas:
    names = tuple(f"r{i}" for i in range(REGIONS))
    return Atlas("A", names, np.arange(REGIONS), ("",) * REGIONS, networks, np.zeros((REGIONS, 3)))


def timing(seed: int = 1, count: int = 40) -> Events:
    rng = np.random.default_rng(seed)
    onset = 6.0 + np.arange(count) * 14.0 + rng.uniform(0, 4, count)
    return Events(onset, np.ones(count), ("easy", "hard") * (count // 2), "nback")


def responses(events: Events, start: float = 0.0) -> np.ndarray:
    """Double-gamma responses on a grid of .02 s, made here and not by what is tested."""
    from math import gamma

    t = np.arange(0, 32, 0.02)
    h = t**5 * np.exp(-t) / gamma(6) - t**15 * np.exp(-t) / gamma(16) / 6
    kernel = (h / h.sum(), 0.02)
    times = start + STEP * np.arange(VOLUMES)
    return event_responses(events.onset, events.duration, times, kernel)


def scan(data: np.ndarray, events: Events | None, **facts: float) -> Scan:
    facts = {"repetition_time": STEP, **facts}
    return Scan("scan-x", "task", data, atlas(), facts, None, events)


def noise(seed: int = 2) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((VOLUMES, REGIONS))


def planted(seed: int = 2) -> tuple[Scan, np.ndarray]:
    """Responses of known size under white noise of standard deviation .01, and the sizes."""
    events = timing()
    easy = responses(events)[:, events.member == 0].sum(axis=1)
    hard = responses(events)[:, events.member == 1].sum(axis=1)
    sizes = np.array([[1.0, 0.0, -1.0, 2.0, 0.5, 1.5], [1.0, 2.0, 0.0, -1.0, 0.5, -1.5]])
    data = np.column_stack([easy, hard]) @ sizes + 0.01 * noise(seed)
    return scan(data, events), sizes


def value(found: xr.Dataset, name: str) -> np.ndarray:
    return found[name].to_numpy()


def run(measure: Callable[..., xr.Dataset], made: Scan, **options: object) -> xr.Dataset:
    return measure(made, rng=RNG, **options)


def test_planted_responses_are_recovered() -> None:
    made, sizes = planted()
    found = run(task_activation, made, response="spm")
    drift_free = made.data - made.data.mean(axis=0)
    weights = value(found, "task_activation") * drift_free.std(axis=0)
    np.testing.assert_allclose(weights, sizes, atol=0.06)
    assert found["condition"].to_numpy().tolist() == ["nback/easy", "nback/hard"]


def test_errors_are_as_large_as_they_say() -> None:
    z = []
    for seed in range(60):
        found = run(task_activation, scan(noise(seed), timing()))
        z.append(value(found, "task_activation") / value(found, "task_activation_se"))
    spread = np.std(z)
    assert 0.9 < spread < 1.1  # 720 values: the standard error of a spread of 1 is .026


def test_autocorrelated_noise_is_allowed_for() -> None:
    white = noise(5)
    red = white.copy()
    for t in range(1, VOLUMES):
        red[t] += 0.5 * red[t - 1]
    found = run(task_activation, scan(red, timing()))
    assert float(found["task_autocorrelation"]) == pytest.approx(0.5, abs=0.12)
    plain = run(task_activation, scan(red, timing()), noise="ols")
    assert float(plain["task_autocorrelation"]) == 0.0


def test_start_time_moves_the_model() -> None:
    events = timing()
    signal = responses(events, start=1.0).sum(axis=1)
    data = signal[:, None] * np.ones(REGIONS) + 0.02 * noise()
    right, wrong = (
        run(task_activation, scan(data, events, **facts), response="spm")
        for facts in ({"start_time": 1.0}, {})
    )
    errors = [float(found["task_activation_se"].mean()) for found in (right, wrong)]
    assert errors[0] < 0.5 * errors[1]


def test_censoring_leaves_volumes_out() -> None:
    made, _ = planted()
    kept = np.ones(VOLUMES, dtype=bool)
    kept[50:70] = False
    spoilt = made.data.copy()
    spoilt[50:70] = 1e5
    for measure in MEASURES:
        name = NAMES[measure]
        whole = value(run(measure, made), name)
        found = value(run(measure, replace(made, data=spoilt, kept=kept)), name)
        assert np.array_equal(np.isnan(whole), np.isnan(found))
        assert np.nanmax(np.abs(whole - found)) < 0.6
        assert not np.array_equal(whole, found, equal_nan=True)


def coupled(within: str) -> Scan:
    """Regions 0 and 1 vary together from event to event in one condition alone."""
    events = timing(count=40)
    rng = np.random.default_rng(7)
    sizes = 3.0 + rng.standard_normal((40, REGIONS))
    shared = np.array([c == within for c in events.condition])
    sizes[shared, 1] = sizes[shared, 0]
    return scan(responses(events) @ sizes + 0.01 * noise(), events)


@pytest.mark.parametrize("condition", ["easy", "hard"])
def test_planted_beta_series_coupling_is_found_where_it_is(condition: str) -> None:
    found = run(task_connectivity, coupled(condition), response="spm")
    z = found["task_connectivity"].sel(region="r0", region2="r1")
    other = "hard" if condition == "easy" else "easy"
    assert (
        float(z.sel(condition=f"nback/{condition}")) > 1.2
    )  # r .83: neighbouring events share volumes
    assert abs(float(z.sel(condition=f"nback/{other}"))) < 0.75  # 20 events: SE .24
    assert value(found, "task_connectivity_events").tolist() == [20.0, 20.0]


def test_responses_alone_leave_no_background() -> None:
    events = timing()
    task = responses(events).sum(axis=1)[:, None] * np.ones(REGIONS)
    rest = noise(11)
    rest[:, 1] = 0.8 * rest[:, 0] + 0.6 * rest[:, 1]
    made = scan(50.0 * task + rest, events)
    found = run(background_connectivity, made, response="spm")["background_connectivity"]
    assert found["condition"].to_numpy().tolist() == ["nback"]
    z = found.to_numpy()[0]
    assert np.tanh(z[0, 1]) == pytest.approx(0.8, abs=0.06)
    off = z[np.triu_indices(REGIONS, 1)][1:]
    assert np.abs(off).max() < 0.25
    whole = np.corrcoef(made.data.T)[np.triu_indices(REGIONS, 1)]
    assert whole.min() > 0.9  # before the task was taken out


def test_networks_are_means_over_pairs() -> None:
    made = coupled("easy")
    for pairs, means in (
        (task_connectivity, task_connectivity_by_network),
        (background_connectivity, background_connectivity_by_network),
    ):
        z = value(run(pairs, made), NAMES[pairs])
        found = value(run(means, made), NAMES[means])
        for c in range(len(z)):
            within = z[c, :3, :3][np.triu_indices(3, 1)].mean()
            assert found[c, 0, 0] == pytest.approx(within)
            assert found[c, 0, 1] == pytest.approx(z[c, :3, 3:].mean())


BAD: dict[str, tuple[Scan, str]] = {
    "no events": (scan(noise(), None), "no events"),
    "none in the run": (
        scan(noise(), Events(np.array([700.0]), np.ones(1), ("a",), "t")),
        "no event in the run",
    ),
    "no repetition time": (replace(scan(noise(), timing()), facts={}), "no repetition time"),
    "too short": (
        scan(noise()[:6], Events(np.arange(8.0), np.ones(8), ("a", "b") * 4, "t")),
        "fewer than 4 volumes more than regressors",
    ),
    "silent": (scan(np.ones((VOLUMES, REGIONS)), timing()), "no signal beside drift"),
    "all censored": (
        replace(scan(noise(), timing()), kept=np.zeros(VOLUMES, dtype=bool)),
        "fewer than three retained volumes",
    ),
    "empty": (
        scan(noise(), Events(np.zeros(0), np.zeros(0), (), "t")),
        "no events",
    ),
}


@pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.__name__)
@pytest.mark.parametrize("case", BAD)
def test_a_bad_run_has_no_value_and_a_reason(measure: Callable[..., xr.Dataset], case: str) -> None:
    made, reason = BAD[case]
    found = run(measure, made)
    name = NAMES[measure]
    assert np.isnan(value(found, name)).all()
    assert set(value(found, f"{name}_status").ravel().tolist()) <= {reason}
    assert "ok" not in value(found, f"{name}_status")


def test_a_condition_with_one_event_has_a_response_and_no_connectivity() -> None:
    events = timing()
    labels = ("once", *("often",) * 39)
    made = scan(noise(), replace(events, condition=labels))
    assert np.isfinite(value(run(task_activation, made), "task_activation")).all()
    found = run(task_connectivity, made)
    once = found.sel(condition="nback/once")
    assert np.isnan(once["task_connectivity"]).all()
    assert set(once["task_connectivity_status"].to_numpy().ravel().tolist()) == {
        "0 events seen whole and apart, fewer than 8"
    }
    often = found.sel(condition="nback/often")["task_connectivity"].to_numpy()
    assert np.isfinite(often[np.triu_indices(REGIONS, 1)]).all()
    assert value(found, "task_connectivity_events").tolist() == [39.0, 0.0]


def test_events_past_the_end_are_left_out() -> None:
    made = scan(noise(), timing())
    late = Events(
        np.append(made.events.onset, [VOLUMES * STEP + 1.0, 5000.0]),
        np.ones(42),
        (*made.events.condition, "easy", "hard"),
        "nback",
    )
    for measure in MEASURES:
        before, after = (run(measure, replace(made, events=e)) for e in (made.events, late))
        assert before.identical(after)


def test_an_event_cut_off_by_the_end_is_in_no_beta_series() -> None:
    events = timing()
    late = Events(
        np.append(events.onset, VOLUMES * STEP - 3.0), np.ones(41), (*events.condition, "easy")
    )
    found = run(task_connectivity, scan(noise(), late))
    assert value(found, "task_connectivity_events").tolist() == [20.0, 20.0]


def test_conditions_that_cannot_be_told_apart() -> None:
    events = timing(count=20)
    both = Events(
        np.concatenate([events.onset, events.onset]),
        np.ones(40),
        ("a",) * 20 + ("b",) * 20,
        "t",
    )
    made = scan(noise(), both)
    for measure, name in ((task_activation, "task_activation"), (task_connectivity, None)):
        found = run(measure, made)
        name = name or "task_connectivity"
        assert np.isnan(value(found, name)).all()
        assert set(value(found, f"{name}_status").ravel().tolist()) == {
            "explained by the rest of the design"
        }
    assert np.isnan(value(run(task_activation, made), "task_variance_inflation")).all()


def test_a_series_that_the_design_explains_entirely_is_no_finding() -> None:
    data = noise()
    data[:, 2] = np.linspace(-1.0, 1.0, VOLUMES) * 0.0 + 5.0
    found = run(task_activation, scan(data, timing()))
    assert np.isnan(found["task_activation"].sel(region="r2")).all()
    assert np.isfinite(found["task_activation"].drop_sel(region="r2")).all()


def test_the_unit_of_the_series_does_not_matter() -> None:
    made = scan(noise(), timing())
    scaled = replace(made, data=1000.0 + 7.0 * made.data)
    for measure in MEASURES:
        a, b = (value(run(measure, s), NAMES[measure]) for s in (made, scaled))
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-8)


def test_one_network_alone() -> None:
    one = replace(scan(noise(), timing()), atlas=atlas(("X",) * REGIONS))
    for measure in (task_connectivity_by_network, background_connectivity_by_network):
        assert np.isfinite(value(run(measure, one), NAMES[measure])).all()


@pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.__name__)
def test_options_that_make_no_sense(measure: Callable[..., xr.Dataset]) -> None:
    made = scan(noise(), timing())
    with pytest.raises(UsageError, match="glover, spm"):
        run(measure, made, response="square")
    found = run(measure, made, high_pass=0.3)
    assert np.isnan(value(found, NAMES[measure])).all()


def test_noise_must_be_known() -> None:
    with pytest.raises(UsageError, match="ar1, ols"):
        run(task_activation, scan(noise(), timing()), noise="pink")
