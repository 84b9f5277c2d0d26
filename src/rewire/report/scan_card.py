"""One scan on the page for raters: pictures as addresses and paths, numbers as words."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from rewire.core.types import FloatArray
from rewire.report import numbers
from rewire.report.figures.raster import carpet_address
from rewire.report.quality_contents import ScanPage
from rewire.trial.portrait import Band, Portrait

_LEAST_BAND = 0.045
"""Share of the height that a network's name needs."""

_LEAST_TRACE_MM = 0.5
_LISTED = 12


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the recording with censored volumes: where it lies, as shares in percent."""

    left: str
    width: str


@dataclass(frozen=True, slots=True)
class Named:
    """A network's name and place beside the carpet, in percent of its height."""

    name: str
    top: str
    height: str


@dataclass(frozen=True, slots=True)
class Trace:
    """A line: its path in a box of 100 by 30, and the values at the box's upper edge."""

    path: str
    upper: str
    description: str


@dataclass(frozen=True, slots=True)
class Card:
    """One drawn scan, ready for the template.

    Parameters
    ----------
    scan
        Its numbers and decision.
    facts
        Names and values in words.
    carpet
        Address of the picture, empty where the scan has no volumes.
    carpet_said
        What the picture is, for readers who cannot see it.
    bands
        The networks.
    censored
        Stretches with censored volumes.
    motion, spectrum
        None where unknown.
    coverage
        A sentence on silent and incomplete regions.
    length
        Of the recording, in words; empty where unknown.
    """

    scan: ScanPage
    facts: tuple[tuple[str, str], ...]
    carpet: str
    carpet_said: str
    bands: tuple[Named, ...]
    censored: tuple[Stretch, ...]
    motion: Trace | None
    spectrum: Trace | None
    coverage: str
    length: str


def draw_card(scan: ScanPage, portrait: Portrait) -> Card:
    """Return a scan with its portrait, ready for the template."""
    has_carpet = portrait.carpet.size > 0
    minutes = portrait.seconds / 60.0
    return Card(
        scan,
        scan_facts(scan),
        carpet_address(portrait.carpet) if has_carpet else "",
        _spoken(scan, portrait),
        tuple(_named(band) for band in portrait.bands),
        _stretches(portrait.censored),
        _motion(portrait.displacement),
        _spectrum(portrait),
        coverage_sentence(portrait, scan.regions),
        "" if math.isnan(minutes) else f"{numbers.fixed(minutes, 1)} min",
    )


def scan_facts(scan: ScanPage) -> tuple[tuple[str, str], ...]:
    """Return what is known of a scan in a few numbers."""
    censored = scan.volumes - scan.retained
    share = 100.0 * censored / scan.volumes if scan.volumes else math.nan
    volumes = f"{censored:,.0f} of {scan.volumes:,.0f} ({share:.0f}%)" if share == share else ""
    moved = "unknown"
    if not math.isnan(scan.displacement):
        moved = f"{numbers.fixed(scan.displacement, 3)} mm"
    facts = (
        ("Arm", scan.arm),
        ("Time", scan.time),
        ("Minutes retained", _known(scan.minutes, 1)),
        ("Volumes censored", volumes),
        ("Mean framewise displacement", moved if scan.volumes == scan.volumes else ""),
    )
    return tuple(fact for fact in facts if fact[1])


def coverage_sentence(portrait: Portrait, regions: int) -> str:
    """Return which regions lack signal or values, in words.

    Parameters
    ----------
    portrait
        Of the scan.
    regions
        Regions of the atlas.
    """
    parts = []
    for names, what in (
        (portrait.silent, "without signal"),
        (portrait.partial, "without a value in some retained volumes"),
    ):
        if names:
            more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
            listed = ", ".join(names[:_LISTED])
            parts.append(f"{len(names)} of {regions} regions {what}: {listed}{more}.")
    return " ".join(parts) or f"All {regions} regions have signal in every retained volume."


def _known(value: float, decimals: int) -> str:
    return "" if math.isnan(value) else numbers.fixed(value, decimals)


def _spoken(scan: ScanPage, portrait: Portrait) -> str:
    names = [band.network or "no network" for band in portrait.bands]
    return (
        f"Carpet of {scan.regions} regions by {scan.volumes:.0f} volumes"
        + (f", from top to bottom {', '.join(names)}" if len(names) > 1 else "")
        + "."
    )


def _named(band: Band) -> Named:
    height = band.end - band.start
    name = (band.network or "none") if height >= _LEAST_BAND else ""
    return Named(name, f"{100 * band.start:.2f}", f"{100 * height:.2f}")


def _stretches(censored: FloatArray) -> tuple[Stretch, ...]:
    marked = np.concatenate(([False], censored > 0, [False])).astype(np.int8)
    edges = np.flatnonzero(np.diff(marked))
    scale = 100.0 / max(len(censored), 1)
    return tuple(
        Stretch(f"{a * scale:.2f}", f"{(b - a) * scale:.2f}")
        for a, b in zip(edges[::2], edges[1::2], strict=True)
    )


def _motion(displacement: FloatArray) -> Trace | None:
    known = displacement[np.isfinite(displacement)]
    if not len(known):
        return None
    highest = float(known.max())
    top = max(highest, _LEAST_TRACE_MM)
    x = (np.arange(len(displacement)) + 0.5) * 100.0 / len(displacement)
    upper = f"{numbers.fixed(top, 1)} mm"
    said = f"Framewise displacement over the recording, at most {numbers.fixed(highest, 2)} mm."
    return Trace(_path(x, displacement / top), upper, said)


def _spectrum(portrait: Portrait) -> Trace | None:
    frequency, power = portrait.spectrum.frequency, portrait.spectrum.power
    if not len(frequency):
        return None
    last = float(frequency[-1])
    peak = float(frequency[power.argmax()])
    said = f"Mean power spectrum up to {numbers.fixed(last, 2)} Hz, highest at "
    said += f"{numbers.fixed(peak, 3)} Hz."
    return Trace(_path(100.0 * frequency / last, power / power.max()), f"{last:.2g} Hz", said)


def _path(x: FloatArray, height: FloatArray) -> str:
    """Return an SVG path in a box of 100 by 30; a NaN breaks the line."""
    steps, pen_up = [], True
    for at, value in zip(x.tolist(), height.tolist(), strict=True):
        if math.isnan(value):
            pen_up = True
            continue
        steps.append(f"{'M' if pen_up else 'L'}{at:.1f} {30.0 - 29.0 * value:.1f}")
        pen_up = False
    return "".join(steps)
