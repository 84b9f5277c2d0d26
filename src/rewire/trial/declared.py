"""Instruments that a trial describes itself, in the JSON file beside a table of scores.

BIDS lets every table in ``phenotype/`` have a data dictionary: ``{"switch_cost": {"LongName": "Cost
of switching sets", "Minimum": 0, "Direction": "lower is better"}}``. ``Direction`` is rewire's own
key; a column without it stays a number whose direction nobody knows.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

from rewire.core.errors import Fault
from rewire.core.scales import Direction, Scale, find_scale
from rewire.trial.tables import relative, shown

_DIRECTIONS: tuple[Direction, ...] = ("lower is better", "higher is better")


def declared_scales(root: Path) -> tuple[dict[str, Scale], list[Fault]]:
    """Read the instruments that the dictionaries in ``phenotype/`` describe.

    Parameters
    ----------
    root
        The trial's folder.

    Returns
    -------
    scales, faults
        By column name in lower case; and a warning for a dictionary that cannot be read, for a
        direction that is none, and for one that contradicts a built-in instrument.
    """
    scales: dict[str, Scale] = {}
    faults: list[Fault] = []
    for path in sorted((root / "phenotype").glob("*.json")):
        where = relative(path, root)
        for name, entry in _entries(path, where, faults).items():
            told = entry.get("Direction")
            direction = next((d for d in _DIRECTIONS if d == str(told).strip().lower()), None)
            if direction is None:
                what = f"the Direction of {shown(name)} is '{shown(str(told))}'."
                remedy = f"Write '{_DIRECTIONS[0]}' or '{_DIRECTIONS[1]}'."
                faults.append(Fault("warning", "scale-direction", where, what, remedy))
                continue
            known = find_scale(name)
            if known is not None and known.direction != direction:
                what = (
                    f"{shown(name)}: '{direction}', but {known.label} is built in as the reverse."
                )
                remedy = "The built-in direction is used; rename the column if it is another score."
                faults.append(Fault("warning", "scale-direction", where, what, remedy))
            scales.setdefault(name.lower(), _scale(name, entry, direction, where))
    return scales, faults


def _entries(path: Path, where: str, faults: list[Fault]) -> dict[str, dict[str, object]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        what = f"cannot be read ({type(error).__name__})."
        faults.append(
            Fault("warning", "unreadable-dictionary", where, what, "Write it again as JSON.")
        )
        return {}
    held = content.items() if isinstance(content, dict) else ()
    return {str(k): v for k, v in held if isinstance(v, dict) and "Direction" in v}


def _scale(name: str, entry: dict[str, object], direction: Direction, where: str) -> Scale:
    label = entry.get("LongName")
    return Scale(
        name.lower(),
        shown(label) if isinstance(label, str) and label.strip() else shown(name),
        _bound(entry.get("Minimum"), -math.inf),
        _bound(entry.get("Maximum"), math.inf),
        direction,
        None,
        None,
        where,
    )


def _bound(value: object, otherwise: float) -> float:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if number and isinstance(value, (int, float)) else otherwise
