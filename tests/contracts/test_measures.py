"""What every registered measure must keep; and that each of these checks can fail."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import rewire.measures
from rewire.core import registry
from rewire.core.events import Events
from rewire.core.registry import MeasureSpec, Quantity
from rewire.core.types import DIMS, SERIES, Scan
from rewire.trial.synthetic import TrialSpec, simulate_trial

Obligation = Callable[[MeasureSpec], None]

_TRIAL = simulate_trial(TrialSpec(per_arm=2, volumes=120, gaps="none"))
_ALONG_REGIONS = {"region", "region2"}
_SEEDS = range(6)
_DEAD = 4


def _bold(number: int = 0) -> Scan:
    """A simulated scan of 42 regions, six in each of seven networks, with fixed facts."""
    scan = _TRIAL.load(_TRIAL.scans[number])
    chosen: list[str] = []
    for network in scan.atlas.networks:
        members = [
            r for r, n in zip(scan.atlas.regions, scan.atlas.network, strict=True) if n == network
        ]
        chosen += members[:3] + members[-3:]
    columns = [scan.atlas.regions.index(name) for name in chosen]
    return replace(
        scan, data=np.ascontiguousarray(scan.data[:, columns]), atlas=scan.atlas.take(chosen)
    )


def _connectome(number: int = 0) -> Scan:
    """Streamline counts that fall with distance; the facts say nothing."""
    bold = _bold(number)
    apart = np.linalg.norm(bold.atlas.centroid[:, None] - bold.atlas.centroid[None, :], axis=2)
    expected = 400.0 * np.exp(-apart / 25.0)
    counts = np.triu(np.random.default_rng(number).poisson(expected), 1).astype(np.float64)
    return replace(bold, kind="connectome", data=counts + counts.T, facts={}, kept=None)


def _task(number: int = 0) -> Scan:
    """The simulated scan with two conditions of eleven events each."""
    onset = np.arange(22) * 10.0 + np.random.default_rng(5).uniform(0.0, 5.0, 22)
    labels = ("easy", "hard") * 11
    return replace(_bold(number), kind="task", events=Events(onset, np.ones(22), labels, "work"))


_SOURCES: dict[str, Callable[[int], Scan]] = {
    "bold": _bold,
    "task": _task,
    "connectome": _connectome,
}


def _scans(spec: MeasureSpec, number: int = 0) -> tuple[Scan, ...]:
    without = [kind for kind in spec.needs if kind not in _SOURCES]
    if without:
        pytest.skip(f"no contract scan of kind {', '.join(without)} yet")
    return tuple(_SOURCES[kind](number) for kind in spec.needs)


def _learn(spec: MeasureSpec, change: Callable[[Scan], Scan]) -> xr.Dataset | None:
    if spec.fit is None:
        return None
    place = spec.needs.index(spec.learning)
    cohort = [change(_scans(spec, number)[place]) for number in range(3)]
    return spec.fit(cohort, rng=np.random.default_rng(0), **_fit_options(spec))


def _fit_options(spec: MeasureSpec) -> dict[str, object]:
    parameters = inspect.signature(spec.fit).parameters if spec.fit else {}
    return {name: value for name, value in spec.options.items() if name in parameters}


def _with_itself(quantity: Quantity, shape: tuple[int, ...]) -> np.ndarray:
    """Where a region meets itself, along whatever other dims."""
    if not {"region", "region2"} <= set(quantity.dims):
        return np.zeros(shape, dtype=bool)
    at = np.indices(shape)
    return at[quantity.dims.index("region")] == at[quantity.dims.index("region2")]


def _same(scan: Scan) -> Scan:
    return scan


def _compute(
    spec: MeasureSpec, change: Callable[[Scan], Scan] = _same, seed: int = 1
) -> xr.Dataset:
    scans = tuple(change(scan) for scan in _scans(spec))
    return registry.compute(spec, scans, spec.options, seed, _learn(spec, change))


def _permuted(scan: Scan) -> Scan:
    order = np.random.default_rng(3).permutation(len(scan.atlas))
    return _take(scan, order)


def _take(scan: Scan, order: np.ndarray) -> Scan:
    data = scan.data[:, order] if scan.kind in SERIES else scan.data[np.ix_(order, order)]
    atlas = scan.atlas.take([scan.atlas.regions[i] for i in order])
    return replace(scan, data=np.ascontiguousarray(data), atlas=atlas)


def _without_dead(scan: Scan) -> Scan:
    return _take(scan, np.delete(np.arange(len(scan.atlas)), _DEAD))


def _constant(value: float) -> Callable[[Scan], Scan]:
    def silence(scan: Scan) -> Scan:
        data = scan.data.copy()
        data[:, _DEAD] = value
        if scan.kind not in SERIES:
            data[_DEAD] = value
        return replace(scan, data=data)

    return silence


def _all_silent(scan: Scan) -> Scan:
    return replace(scan, data=np.zeros_like(scan.data))


def _censored(value: float) -> Callable[[Scan], Scan]:
    """Censor five volumes and write ``value`` into them."""

    def censor(scan: Scan) -> Scan:
        if scan.kind not in SERIES:
            return scan
        kept = np.ones(len(scan.data), dtype=bool)
        kept[40:45] = False
        data = scan.data.copy()
        data[~kept] = value
        return replace(scan, data=data, kept=kept)

    return censor


def _draws(spec: MeasureSpec, change: Callable[[Scan], Scan]) -> xr.Dataset:
    names = [quantity.name for quantity in spec.gives]
    return xr.concat([_compute(spec, change, s)[names] for s in _SEEDS], "seed")


# --- the obligations ---------------------------------------------------------------------------


def keeps_its_declaration(spec: MeasureSpec) -> None:
    """Dims, labels, dtype and status are those declared; unit, sentence and source are given."""
    assert spec.source.strip()
    assert spec.summary.endswith(".")
    result = _compute(spec)
    atlas = _scans(spec)[0].atlas
    for quantity in spec.gives:
        assert quantity.unit.strip()
        assert quantity.description.endswith(".")
        value = result[quantity.name]
        assert value.dims == quantity.dims
        assert value.dtype == np.float64
        assert all(dim in DIMS for dim in value.dims)
        for dim in set(value.dims) & _ALONG_REGIONS:
            assert value[dim].to_numpy().tolist() == list(atlas.regions)
        for dim in set(value.dims) & {"network", "network2"}:
            assert set(value[dim].to_numpy().tolist()) <= set(atlas.networks)
        for dim in value.dims:
            assert dim in value.coords, f"{quantity.name}: {dim} has no labels"


def gives_a_value_for_a_good_scan(spec: MeasureSpec) -> None:
    """A scan without faults has values (a region's with itself aside), and their status is ok."""
    result = _compute(spec)
    for quantity in spec.gives:
        value = result[quantity.name].to_numpy()
        off = np.ones(value.shape, dtype=bool)
        off &= ~_with_itself(quantity, value.shape)
        assert np.isfinite(value[off]).all(), quantity.name


def has_a_status_for_every_gap(spec: MeasureSpec) -> None:
    """Where there is no value the status says why; where there is one it is ok."""
    for change in (_same, _constant(0.0), _all_silent):
        result = _compute(spec, change)
        for quantity in spec.gives:
            finite = np.isfinite(result[quantity.name].to_numpy())
            status = result[f"{quantity.name}_status"].to_numpy()
            assert ((status == "ok") == finite).all(), quantity.name
            assert not np.isin(status, ["", "nan"]).any(), quantity.name


def is_deterministic(spec: MeasureSpec) -> None:
    """The seed decides every bit, and the global generator is left alone."""
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    assert _compute(spec).identical(_compute(spec))
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def knows_nothing_but_the_scan(spec: MeasureSpec) -> None:
    """One scan a kind, then options and ``rng`` by keyword; the scan's id changes nothing."""
    parameters = list(inspect.signature(spec.compute).parameters.values())
    positional = [p for p in parameters if p.kind is not inspect.Parameter.KEYWORD_ONLY]
    assert len(positional) == len(spec.needs)
    assert "rng" in {p.name for p in parameters} - {p.name for p in positional}
    assert all(
        p.default is not inspect.Parameter.empty for p in parameters if p.name in spec.options
    )
    renamed = _compute(spec, lambda scan: replace(scan, id="scan-another"))
    assert renamed.identical(_compute(spec))


def leaves_its_input_as_it_was(spec: MeasureSpec) -> None:
    """Data that cannot be written to serve as well."""

    def locked(scan: Scan) -> Scan:
        data = scan.data.copy()
        data.flags.writeable = False
        return replace(scan, data=data)

    assert _compute(spec, locked).identical(_compute(spec))


def does_not_depend_on_region_order(spec: MeasureSpec) -> None:
    """Permuted regions give the same values under their names.

    Exactly where the seed plays no part; in the mean over seeds, within its error, where it does.
    """
    before, after = (_draws(spec, change) for change in (_same, _permuted))
    for quantity in spec.gives:
        here, there = before[quantity.name], after[quantity.name]
        there = there.reindex({d: here[d] for d in here.dims if d in here.coords})
        a, b = here.to_numpy(), there.to_numpy()
        if np.array_equal(a, np.broadcast_to(a[:1], a.shape), equal_nan=True):
            np.testing.assert_allclose(b, a, rtol=1e-7, atol=1e-9, err_msg=quantity.name)
            continue
        assert np.array_equal(np.isnan(a), np.isnan(b)), quantity.name
        if quantity.role == "label":
            continue  # numbers without an order have no mean
        error = np.sqrt((a.var(0, ddof=1) + b.var(0, ddof=1)) / len(a))
        apart = np.abs(a.mean(0) - b.mean(0))
        allowed = 6.0 * error + 0.01 * np.abs(a.mean(0))
        assert np.nanmean(apart <= allowed) > 0.98, quantity.name


def gives_nan_for_a_region_without_signal(spec: MeasureSpec) -> None:
    """The region alone is lost: NaN and never 0 there, values everywhere else."""
    for silence in (_constant(0.0), _constant(7.0), _constant(np.nan)):
        result = _compute(spec, silence)
        for quantity in spec.gives:
            value = result[quantity.name].to_numpy()
            lost = np.zeros(value.shape, dtype=bool)
            along = [axis for axis, dim in enumerate(quantity.dims) if dim in _ALONG_REGIONS]
            for axis in along:
                np.moveaxis(lost, axis, 0)[_DEAD] = True
            assert np.isnan(value[lost]).all(), quantity.name
            lost |= _with_itself(quantity, value.shape)
            assert np.isfinite(value[~lost]).all(), quantity.name


def is_as_if_the_silent_region_were_not_there(spec: MeasureSpec) -> None:
    """What is left equals what a scan without that region gives (published forms aside)."""
    if spec.availability == "recipe only":
        return
    left, fewer = (_draws(spec, change) for change in (_constant(0.0), _without_dead))
    for quantity in spec.gives:
        silent, absent = left[quantity.name], fewer[quantity.name]
        a = silent.reindex({d: absent[d] for d in absent.dims if d in absent.coords}).to_numpy()
        b = absent.to_numpy()
        error = np.sqrt((a.var(0, ddof=1) + b.var(0, ddof=1)) / len(a))
        apart = np.abs(a.mean(0) - b.mean(0))
        allowed = 6.0 * error + (0.01 * np.abs(b.mean(0)) if error.any() else 1e-9)
        assert (np.isnan(apart) | (apart <= allowed)).all(), quantity.name
        assert np.array_equal(np.isnan(a), np.isnan(b)), quantity.name


def survives_a_scan_without_signal(spec: MeasureSpec) -> None:
    """Nothing is raised, nothing warned of, and no result is finite."""
    result = _compute(spec, _all_silent)
    for quantity in spec.gives:
        if quantity.role == "result":
            assert np.isnan(result[quantity.name].to_numpy()).all(), quantity.name


def never_looks_at_censored_volumes(spec: MeasureSpec) -> None:
    """Whatever stands in a censored volume, the result is the same."""
    quiet, loud, missing = (_compute(spec, _censored(v)) for v in (0.0, 1e6, np.nan))
    assert quiet.identical(loud)
    assert quiet.identical(missing)


OBLIGATIONS: tuple[Obligation, ...] = (
    keeps_its_declaration,
    gives_a_value_for_a_good_scan,
    has_a_status_for_every_gap,
    is_deterministic,
    knows_nothing_but_the_scan,
    leaves_its_input_as_it_was,
    does_not_depend_on_region_order,
    gives_nan_for_a_region_without_signal,
    is_as_if_the_silent_region_were_not_there,
    survives_a_scan_without_signal,
    never_looks_at_censored_volumes,
)


@pytest.mark.parametrize("obligation", OBLIGATIONS, ids=lambda o: o.__name__)
@pytest.mark.parametrize("name", list(registry.discover(rewire.measures)))
def test_measure(name: str, obligation: Obligation) -> None:
    obligation(registry.get(name))


def test_every_quantity_has_one_general_measure() -> None:
    specs = registry.discover(rewire.measures).values()
    names = [q.name for spec in specs if spec.availability == "general" for q in spec.gives]
    assert len(names) == len(set(names))


# --- toy measures: one that keeps every obligation, and one that breaks each --------------------


def _sd(data: np.ndarray) -> np.ndarray:
    sd = data.std(axis=0)
    return np.where(sd > 0, sd, np.nan)


def _toy(scan: Scan, *, rng: np.random.Generator) -> xr.Dataset:
    """Return the spread of each region."""
    coords = {"region": list(scan.atlas.regions)}
    return xr.Dataset({"toy": ("region", _sd(scan.series()))}, coords=coords)


def _toy_mean(scan: Scan, *, rng: np.random.Generator) -> xr.Dataset:
    """Return the mean spread with a little noise, as a stochastic measure has."""
    sd = _sd(scan.series())
    mean = float(sd[np.isfinite(sd)].mean()) if np.isfinite(sd).any() else np.nan
    return xr.Dataset({"toy": ((), mean + 0.01 * rng.standard_normal())})


def _labelled(scan: Scan, values: np.ndarray) -> xr.Dataset:
    return xr.Dataset({"toy": ("region", values)}, coords={"region": list(scan.atlas.regions)})


def _by_place(scan: Scan, *, rng: np.random.Generator) -> xr.Dataset:
    """Weigh regions by their place in the list."""
    return _labelled(scan, _sd(scan.series()) * np.arange(len(scan.atlas)))


def _zero_for_silence(scan: Scan, *, rng: np.random.Generator) -> xr.Dataset:
    """Give 0 where there is nothing."""
    return _labelled(scan, np.nan_to_num(_sd(scan.series())))


def _stops_all(scan: Scan, *, rng: np.random.Generator) -> xr.Dataset:
    """Lose everything with one region."""
    sd = _sd(scan.series())
    return _labelled(scan, sd / sd.mean())


def _diluted(scan: Scan, *, rng: np.random.Generator) -> xr.Dataset:
    """Count the silent region in the denominator."""
    sd = _sd(scan.series())
    return _labelled(scan, sd * np.nan_to_num(sd).mean())


def _global_random(scan: Scan, *, rng: np.random.Generator) -> xr.Dataset:
    """Draw from the generator that everybody shares."""
    return _labelled(scan, _sd(scan.series()) + np.random.random())  # noqa: NPY002


def _sees_censored(scan: Scan, *, rng: np.random.Generator) -> xr.Dataset:
    """Use every volume."""
    return _labelled(scan, _sd(scan.data))


def _writes(scan: Scan, *, rng: np.random.Generator) -> xr.Dataset:
    """Centre the data where they stand."""
    scan.data -= scan.data.mean(axis=0)
    return _labelled(scan, _sd(scan.series()))


def _reads_id(scan: Scan, *, rng: np.random.Generator) -> xr.Dataset:
    """Follow the scan's name."""
    return _labelled(scan, _sd(scan.series()) * len(scan.id))


def _unlabelled(scan: Scan, *, rng: np.random.Generator) -> xr.Dataset:
    """Give no labels."""
    return xr.Dataset({"toy": ("region", _sd(scan.series()))})


def _mute(scan: Scan, *, rng: np.random.Generator) -> xr.Dataset:
    """Call everything ok."""
    result = _labelled(scan, _sd(scan.series()))
    return result.assign(toy_status=("region", np.full(len(scan.atlas), "ok")))


def _invents(scan: Scan, *, rng: np.random.Generator) -> xr.Dataset:
    """Give 1 for a scan in which nothing was recorded."""
    sd = _sd(scan.series())
    return _labelled(scan, np.ones(len(sd)) if np.isnan(sd).all() else sd)


def _gappy(scan: Scan, *, rng: np.random.Generator) -> xr.Dataset:
    """Lose a good region."""
    sd = _sd(scan.series())
    sd[7] = np.nan
    return _labelled(scan, sd)


def _spec(compute: Callable[..., xr.Dataset], dims: tuple[str, ...] = ("region",)) -> MeasureSpec:
    gives = (Quantity("toy", "1", dims, "A toy."),)
    return MeasureSpec("toy", ("bold",), gives, "none", "general", compute)


@pytest.mark.parametrize("obligation", OBLIGATIONS, ids=lambda o: o.__name__)
@pytest.mark.parametrize("spec", [_spec(_toy), _spec(_toy_mean, ())], ids=["fixed", "random"])
def test_a_good_measure_passes(spec: MeasureSpec, obligation: Obligation) -> None:
    obligation(spec)


@pytest.mark.parametrize(
    ("compute", "obligation"),
    [
        (_by_place, does_not_depend_on_region_order),
        (_zero_for_silence, gives_nan_for_a_region_without_signal),
        (_stops_all, gives_nan_for_a_region_without_signal),
        (_diluted, is_as_if_the_silent_region_were_not_there),
        (_global_random, is_deterministic),
        (_sees_censored, never_looks_at_censored_volumes),
        (_writes, leaves_its_input_as_it_was),
        (_reads_id, knows_nothing_but_the_scan),
        (_unlabelled, keeps_its_declaration),
        (_mute, has_a_status_for_every_gap),
        (_invents, survives_a_scan_without_signal),
        (_gappy, gives_a_value_for_a_good_scan),
    ],
    ids=lambda value: value.__name__.strip("_"),
)
def test_a_bad_measure_is_caught(
    compute: Callable[..., xr.Dataset], obligation: Obligation
) -> None:
    with pytest.raises((AssertionError, ValueError)):
        obligation(_spec(compute))
