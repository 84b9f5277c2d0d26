"""Facts from JSON sidecars, found as BIDS inheritance says: the nearest file that applies wins."""

from __future__ import annotations

import json
import math
from pathlib import Path

from rewire.core.types import ScanRecord
from rewire.trial.bids import BidsName, parse_name
from rewire.trial.faults import ScanFaults
from rewire.trial.tables import relative

_SUFFIXES = ("timeseries", "bold")
_FREE = ("desc", "space", "res", "den", "cohort")
_SECONDS = 30.0
_TOLERANCE = 0.01


def read_repetition_time(record: ScanRecord, root: Path | None, faults: ScanFaults) -> float | None:
    """Read how many seconds lie between the volumes of a scan.

    Parameters
    ----------
    record
        The scan.
    root
        The trial's folder, down from which sidecars are inherited; None for no inheritance.
    faults
        Receives a ``missing-tr`` error where no sidecar says, and doubts about what it says.

    Returns
    -------
    float or None
        ``RepetitionTime``, or 1 / ``SamplingFrequency`` where only that is given.
    """
    layers = [_read_json(record.sidecar, root, faults)] if record.sidecar else []
    told = _nearest(layers)
    if not told and root is not None:
        told = _nearest([_read_json(p, root, faults) for p in _inherited(record, root)])
    repetition, frequency = told.get("RepetitionTime"), told.get("SamplingFrequency")
    if repetition is None and frequency is None:
        faults.add(
            "error",
            "missing-tr",
            "no sidecar gives RepetitionTime (s) or SamplingFrequency (Hz).",
            f"Add RepetitionTime to {record.path.name.partition('.')[0]}.json, or to a JSON file "
            "above it.",
        )
        return None
    seconds = repetition if repetition is not None else 1.0 / (frequency or math.nan)
    _doubt(seconds, frequency, faults)
    return seconds


def read_start_time(record: ScanRecord, root: Path | None) -> float | None:
    """Read when, in seconds from its beginning, the first volume of a series was sampled.

    Parameters
    ----------
    record, root
        As for :func:`read_repetition_time`.

    Returns
    -------
    float or None
        ``StartTime`` in seconds, which slice-timing correction moves from 0 (to half the
        repetition time in fMRIPrep); None where no sidecar says.
    """
    nearest_last = _inherited(record, root) if root is not None else []
    for path in reversed([*nearest_last, *([record.sidecar] if record.sidecar else [])]):
        try:
            content = json.loads(path.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError, RecursionError):
            continue  # read_repetition_time has said so
        value = content.get("StartTime") if isinstance(content, dict) else None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            continue
        if 0 <= value < _SECONDS:
            return float(value)
    return None


def _read_json(path: Path, root: Path | None, faults: ScanFaults) -> dict[str, float]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        name = relative(path, root or path.parent)
        faults.add(
            "error",
            "unreadable-sidecar",
            f"the sidecar {name} cannot be read ({type(error).__name__}).",
            "Write it again as JSON.",
        )
        return {}
    return _positive(content) if isinstance(content, dict) else {}


def _positive(content: dict[str, object]) -> dict[str, float]:
    facts = {}
    for key in ("RepetitionTime", "SamplingFrequency"):
        value = content.get(key)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf:
            facts[key] = float(value)
    return facts


def _nearest(layers: list[dict[str, float]]) -> dict[str, float]:
    """Let the nearest layer that says anything stand alone, so that two never mix."""
    return next((layer for layer in reversed(layers) if layer), {})


def _inherited(record: ScanRecord, root: Path) -> list[Path]:
    if not record.path.is_relative_to(root):
        return []
    depth = len(record.path.parent.relative_to(root).parts)
    folders = [record.path.parent, *record.path.parent.parents][: depth + 1]
    name = parse_name(record.path.name)
    found: list[Path] = []
    for folder in reversed(folders):
        names = sorted(path.name for path in folder.glob("*.json"))
        here = [(parse_name(n), n) for n in names]
        applying = [(len(p.entities), n) for p, n in here if _applies(p, name)]
        found += [folder / n for _, n in sorted(applying) if folder / n != record.sidecar]
    return found


def _applies(sidecar: BidsName, scan: BidsName) -> bool:
    return sidecar.suffix in _SUFFIXES and all(
        key in _FREE or scan.get(key) == label for key, label in sidecar.entities
    )


def _doubt(seconds: float, frequency: float | None, faults: ScanFaults) -> None:
    if seconds > _SECONDS:
        what = f"the repetition time is {seconds:g} s, which looks like milliseconds."
        faults.add("warning", "tr-unit", what, "BIDS wants seconds.")
    if frequency is not None and abs(seconds * frequency - 1.0) > _TOLERANCE:
        what = f"RepetitionTime is {seconds:g} s, but SamplingFrequency {frequency:g} Hz."
        faults.add(
            "warning", "tr-disagrees", what, "RepetitionTime is used; correct the one in error."
        )
