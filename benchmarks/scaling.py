"""How time and memory grow with regions, volumes and scans; 1,000 scans of 400 regions.

``python -m benchmarks scaling`` compares gathering with holding every matrix; ``python -m
benchmarks.scaling grow`` prints the tables of ``README.md`` and draws its plot, and ``python -m
benchmarks.scaling whole SCANS REGIONS VOLUMES`` runs one whole analysis. Every number comes from a
process of its own, so that its peak is its own.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import xarray as xr

import rewire.measures
from benchmarks.row import Row
from rewire.core import registry
from rewire.core.atlas import Atlas
from rewire.core.store import ResultStore
from rewire.core.types import Scan, ScanRecord, Trial
from rewire.pipeline.inputs import digest_inputs
from rewire.pipeline.preparing import Prepared, Request, plan_for, silent
from rewire.pipeline.run import analyse
from rewire.pipeline.scanwork import Execution, measure_trial
from rewire.plan.draft import draft_plan
from rewire.plan.parts import MeasureChoice
from rewire.trial.check import check_trial
from rewire.trial.reading import Reading
from rewire.trial.synthetic import TrialSpec, simulate_trial

USUAL = ("connectivity", "connectivity_by_network", "global_brain_connectivity", "modularity")
CHEAP = USUAL[:3]
REGIONS, VOLUMES, SCANS = (100, 200, 400, 1000), (150, 300, 600, 1200), (125, 250, 500, 1000)
_NETWORKS = 7
_COLOURS = ("#1b6ca8", "#c8553d", "#3a7d44", "#7a4fa3")
Curve = Mapping[int, float]
Work = Callable[[int, int, int], float | None]
"""Work on so many scans, regions and volumes; returns the seconds that count, None for all."""
_PART = 50


@dataclass(frozen=True, slots=True)
class Cost:
    """What a piece of work took.

    ``own`` is the most memory that only this process could give back by ending, in bytes;
    ``resident`` counts pages of files as well, which the system takes back when it needs them.
    """

    seconds: float
    own: int
    resident: int


@dataclass(frozen=True, slots=True)
class MadeScans:
    """Loads scans made on the spot: seven modules, smooth in time."""

    atlas: Atlas
    volumes: int

    def __call__(self, record: ScanRecord) -> Scan:
        rng = np.random.default_rng(int.from_bytes(record.id.encode()[-6:], "big"))
        n = len(self.atlas)
        series = rng.standard_normal((self.volumes + 4, n))
        series += (
            0.7
            * rng.standard_normal((self.volumes + 4, _NETWORKS))[:, np.arange(n) * _NETWORKS // n]
        )
        sums = series.cumsum(axis=0)
        smooth = 100.0 + sums[4:] - sums[:-4]
        facts = {"repetition_time": 2.0, "mean_framewise_displacement": float(rng.gamma(6, 0.03))}
        return Scan(record.id, "bold", smooth, self.atlas, facts)


def made_trial(scans: int, regions: int, volumes: int) -> Trial:
    """Return a trial of two arms and two sessions with this many scans."""
    trial = simulate_trial(TrialSpec(per_arm=-(-scans // 4), gaps="none"))
    numbers = np.arange(regions)
    network = tuple(f"Net{i}" for i in numbers * _NETWORKS // regions)
    centroid = np.random.default_rng(0).uniform(-60, 60, (regions, 3))
    side = tuple("LR"[i % 2] for i in numbers)
    names = tuple(f"{s}H_{n}_{i}" for i, (s, n) in enumerate(zip(side, network, strict=True)))
    (name,) = trial.atlases
    atlas = Atlas(name, names, numbers + 1, side, network, centroid)
    return replace(
        trial,
        atlases={name: atlas},
        load=MadeScans(atlas, volumes),
        scans=trial.scans[:scans],
        truth=None,
    )


def run() -> Iterator[Row]:
    """Compare what gathering needs with holding every matrix and its statuses as text."""
    ours, theirs = (measured(f"{how}-matrices", _PART, 400, 150) for how in ("our", "held"))
    yield Row(
        f"connectivity of {_PART} scans of 400 regions put together",
        ours.seconds,
        "xarray.concat",
        theirs.seconds,
        f"{ours.own / 1e6:,.0f} MB own",
        f"{theirs.own / 1e6:,.0f} MB own",
        "both read the same kept results; the second grows by what it holds for each scan",
    )


def whole(scans: int, regions: int, volumes: int) -> None:
    """Run a whole analysis, report included, without modularity, in this process."""
    specs = registry.discover(rewire.measures)
    trial = made_trial(scans, regions, volumes)
    checked = check_trial(Reading(trial, ()), n_procs=1)
    plan = draft_plan(trial, specs).plan
    kept = tuple(q for q in plan.questions if not set(q.measures) & {"modularity_q_norm"})
    choices = tuple(m for m in plan.measures if m.name in CHEAP)
    plan = plan.model_copy(update={"questions": kept, "measures": choices})
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        settings = {"permutations": "1000"}
        request = Request(Path(folder) / "out", settings=settings, processes=1)
        bound = plan_for(trial, plan, request, specs, checked)
        analyse(Prepared(trial, bound, checked), request)


def measure(scans: int, regions: int, volumes: int, names: Sequence[str] = USUAL) -> None:
    """Measure scans, in this process."""
    registry.discover(rewire.measures)
    trial = made_trial(scans, regions, volumes)
    choices = [MeasureChoice(name=name) for name in names]
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        results = ResultStore(Path(folder))
        measure_trial(trial, choices, digest_inputs(trial), 1, results, Execution(1, silent))


def one_measure(name: str) -> Work:
    """Return work that computes one measure of one scan; loading does not count."""

    def work(scans: int, regions: int, volumes: int) -> float:
        spec = registry.discover(rewire.measures)[name]
        trial = made_trial(4, 20, 60)
        registry.compute(spec, [trial.load(trial.scans[0])], {}, 0)  # compiles
        trial = made_trial(4, regions, volumes)
        loaded = [trial.load(trial.scans[n % 4]) for n in range(scans)]
        start = time.perf_counter()
        for n, scan in enumerate(loaded):
            registry.compute(spec, [scan], {}, n)
        return (time.perf_counter() - start) / scans

    return work


def gather(scans: int, regions: int, volumes: int, how: str) -> float:
    """Measure connectivity, then put it together, either way, which alone counts."""
    registry.discover(rewire.measures)
    trial = made_trial(scans, regions, volumes)
    choice, inputs = [MeasureChoice(name="connectivity")], digest_inputs(trial)
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        results = ResultStore(Path(folder))
        measure_trial(trial, choice, inputs, 1, results, Execution(1, silent))
        start = time.perf_counter()
        if how == "our":
            measure_trial(trial, choice, inputs, 1, results, Execution(1, silent))
        else:
            held = [results.read(path.stem) for path in sorted(Path(folder).rglob("*.npz"))]
            xr.concat(held, "scan", join="exact", coords="minimal", compat="override")
        return time.perf_counter() - start


WORK: dict[str, Work] = {
    "whole": whole,
    "measure": measure,
    "our-matrices": partial(gather, how="our"),
    "held-matrices": partial(gather, how="held"),
    **{name: one_measure(name) for name in USUAL},
}


def grow() -> None:
    """Measure, print the tables in Markdown, and draw ``scaling.svg`` beside this file."""
    by_regions = _sweep([(n, 300) for n in REGIONS], REGIONS)
    _print("regions (300 volumes)", REGIONS, by_regions)
    by_volumes = _sweep([(200, n) for n in VOLUMES], VOLUMES)
    _print("volumes (200 regions)", VOLUMES, by_volumes)
    scans = {n: measured("whole", n, 400, 300) for n in SCANS}
    print("\n| scans of 400 regions | seconds | own memory, MB | with pages of files, MB |")
    print("|---|---|---|---|")
    for n, cost in scans.items():
        print(f"| {n:,} | {cost.seconds:.0f} | {cost.own / 1e6:.0f} | {cost.resident / 1e6:.0f} |")
    seconds = {name: {n: c.seconds for n, c in found.items()} for name, found in by_regions.items()}
    memory = {"own memory": {n: c.own / 1e6 for n, c in scans.items()}}
    drawing = _panel(seconds, "seconds a scan, by regions", 0) + _panel(memory, "MB, by scans", 420)
    size = 'viewBox="0 0 840 330" font-family="sans-serif" font-size="12"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n{drawing}</svg>\n'
    Path(__file__).with_name("scaling.svg").write_text(svg, encoding="utf-8")


def _sweep(sizes: Sequence[tuple[int, int]], labels: Sequence[int]) -> dict[str, dict[int, Cost]]:
    return {
        name: {
            label: measured(name, 1 if name == "modularity" else 5, *size)
            for label, size in zip(labels, sizes, strict=True)
        }
        for name in USUAL
    }


def _print(what: str, labels: Sequence[int], found: Mapping[str, Mapping[int, Cost]]) -> None:
    print(f"\n| one scan, seconds (own memory, MB) by {what} | {' | '.join(map(str, labels))} |")
    print(f"|---|{'---|' * len(labels)}")
    for name, costs in found.items():
        cells = (f"{c.seconds:.3g} ({c.own / 1e6:.0f})" for c in costs.values())
        print(f"| {name} | {' | '.join(cells)} |")


def _panel(curves: Mapping[str, Curve], title: str, left: int) -> str:
    """Draw curves on two logarithmic axes."""
    xs = sorted({x for curve in curves.values() for x in curve})
    ys = [y for curve in curves.values() for y in curve.values()]
    low, high = math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys)))

    def place(x: float, y: float) -> tuple[float, float]:
        across = math.log(x / xs[0]) / math.log(xs[-1] / xs[0])
        up = (math.log10(y) - low) / (high - low)
        return left + 60 + 200 * across, 290 - 240 * up

    parts = [f'<text x="{left + 60}" y="24" font-weight="bold">{title}</text>']
    for power in range(low, high + 1):
        _, y = place(xs[0], 10.0**power)
        parts.append(f'<path d="M{left + 60} {y:.1f}h200" stroke="#ddd"/>')
        label = f'<text x="{left + 54}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g}</text>'
        parts.append(label)
    for value in xs:
        x, _ = place(value, 10.0**low)
        parts.append(f'<text x="{x:.1f}" y="308" text-anchor="middle">{value:,}</text>')
    for colour, (name, curve) in zip(_COLOURS, curves.items(), strict=False):
        points = [place(x, y) for x, y in curve.items()]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        x, y = points[-1]
        parts.append(f'<text x="{x + 8:.1f}" y="{y + 4:.1f}" fill="{colour}">{name}</text>')
    return "\n".join(parts) + "\n"


def measured(work: str, scans: int, regions: int, volumes: int) -> Cost:
    """Do a piece of work in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.scaling",
        work,
        *map(str, (scans, regions, volumes)),
    ]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return Cost(**json.loads(told))


def _with_cost(work: Callable[[], float | None]) -> Cost:
    """Do a piece of work here and watch this process's memory."""
    peak = [_status("RssAnon")]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            peak[0] = max(peak[0], _status("RssAnon"))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    start = time.perf_counter()
    counted = work()
    seconds = time.perf_counter() - start if counted is None else counted
    done.set()
    watcher.join()
    return Cost(seconds, max(peak[0], _status("RssAnon")), _status("VmHWM"))


def _status(field: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:"))


def _main(arguments: list[str]) -> None:
    if not arguments:
        print(__doc__)
        return
    if arguments[0] == "grow":
        grow()
        return
    work, *size = arguments
    scans, regions, volumes = map(int, size)
    cost = _with_cost(lambda: WORK[work](scans, regions, volumes))
    found = {"seconds": cost.seconds, "own": cost.own, "resident": cost.resident}
    print(json.dumps(found))


if __name__ == "__main__":
    _main(sys.argv[1:])
