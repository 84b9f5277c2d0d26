"""All measures of a scan of 400 regions and 600 volumes, beside other software that has them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import rewire.measures
from benchmarks.elsewhere import RIVALS
from benchmarks.row import Row, timed
from rewire.core import registry
from rewire.core.atlas import Atlas
from rewire.core.types import Scan

_REGIONS, _VOLUMES, _NETWORKS = 400, 600, 7


def _scan() -> Scan:
    rng = np.random.default_rng(4)
    network = np.arange(_REGIONS) * _NETWORKS // _REGIONS
    series = rng.standard_normal((_VOLUMES, _NETWORKS))[:, network]
    series = (
        series + rng.standard_normal((_VOLUMES, 1)) + 2 * rng.standard_normal((_VOLUMES, _REGIONS))
    )
    atlas = Atlas(
        "Made400",
        tuple(f"region{i}" for i in range(_REGIONS)),
        np.arange(1, _REGIONS + 1),
        ("L",) * _REGIONS,
        tuple(f"network{k}" for k in network),
        rng.uniform(-60, 60, (_REGIONS, 3)),
    )
    return Scan("scan-made", "bold", series, atlas, {"repetition_time": 0.8})


def _own(spec: registry.MeasureSpec, scan: Scan) -> float:
    """Return our seconds; what a measure learns from its cohort is learned before."""
    learned = None
    if spec.fit is not None:
        learned = registry.learn(spec, [scan], spec.options, np.random.default_rng(0))
    registry.compute(spec, (scan,), {}, 1, learned)  # compiles
    return timed(lambda: registry.compute(spec, (scan,), {}, 1, learned))[0]


def run() -> Iterator[Row]:
    """Yield a row a measure that others have, one for these together, and one for all measures."""
    scan = _scan()
    specs = {
        name: spec
        for name, spec in registry.discover(rewire.measures).items()
        if spec.needs == ("bold",) and spec.availability == "general"
    }
    ours = {name: _own(spec, scan) for name, spec in specs.items()}
    size = f"{_REGIONS} regions x {_VOLUMES} volumes"
    theirs = 0.0
    for name, (rival, elsewhere) in RIVALS.items():
        seconds, note = elsewhere(scan.data)
        theirs += seconds
        yield Row(f"{name}, {size}", ours[name], rival, seconds, "-", "-", note)
    shared = sum(ours[name] for name in RIVALS)
    yield Row(f"these together, {size}", shared, "together", theirs, "-", "-")
    alone = ", ".join(f"{n} {s:.2f} s" for n, s in ours.items() if n not in RIVALS)
    note = f"ours alone: {alone}"
    whole = sum(ours.values())
    yield Row(f"all {len(ours)} measures, {size}", whole, "those above", theirs, "-", "-", note)
