"""What made an output: versions, code, machine, inputs, and every plan that was used."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise
from pathlib import Path
from typing import Any

import rewire
from rewire.core.blinding import Blinding, blinding_of
from rewire.core.errors import UsageError
from rewire.core.store import digest, write_json

_PACKAGES = ("numpy", "scipy", "numba", "pandas", "xarray", "scikit-learn")
_CODE = ("numerics", "measures", "core", "trial")


@dataclass(frozen=True, slots=True)
class PlanUse:
    """A plan and when it was first used on this output.

    Attributes
    ----------
    digest
        SHA-256 of its content.
    first_used
        UTC, ISO 8601.
    content
        The plan itself.
    """

    digest: str
    first_used: str
    content: Mapping[str, Any]


def versions() -> dict[str, str]:
    """Return the versions that results depend on: rewire, Python and the packages it stands on."""
    found = {"rewire": rewire.__version__, "python": platform.python_version()}
    return found | {name: version(name) for name in _PACKAGES}


@cache
def code_digest() -> str:
    """Return a digest of the code and versions that a scan's result depends on."""
    root = files("rewire")
    sources = [s for room in _CODE for s in _sources(root / room, room)]
    parts = [f"{name}\n{text}" for name, text in sorted(sources)]
    return digest(*parts, json.dumps(versions(), sort_keys=True))


def read_plan_history(path: Path) -> tuple[PlanUse, ...]:
    """Return the plans that were used on an output so far; none where there is no file.

    Raises
    ------
    UsageError
        If the file is there and cannot be understood.
    """
    try:
        return tuple(PlanUse(**use) for use in _read(path).get("plans", []))
    except (AttributeError, TypeError) as error:
        raise _foreign(path, error) from error


def read_blinding(path: Path) -> Blinding | None:
    """Return how far an output is blind; None where it never was.

    Raises
    ------
    UsageError
        If the file is there and cannot be understood.
    """
    return blinding_of(_read(path).get("blinding"))


def read_state(path: Path) -> str:
    """Return how far the last run on an output came: ``finished``, or a step on the way there."""
    return str(read_run(path).get("state", ""))


def read_run(path: Path) -> dict[str, Any]:
    """Return what the last run on an output told of itself; empty where there is no file.

    Raises
    ------
    UsageError
        If the file is there and cannot be understood.
    """
    run = _read(path).get("run")
    return dict(run) if isinstance(run, dict) else {}


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise _foreign(path, error) from error
    if not isinstance(content, dict) or "plans" not in content:
        raise _foreign(path, "it lists no plans")
    return content


def _foreign(path: Path, why: object) -> UsageError:
    return UsageError(
        f"{path} is not a provenance file of rewire ({why}). Give another output folder."
    )


def record_plan(
    history: tuple[PlanUse, ...], plan_digest: str, content: Mapping[str, Any]
) -> tuple[PlanUse, ...]:
    """Return the history with this plan, unless it is the last one already."""
    if history and history[-1].digest == plan_digest:
        return history
    return (*history, PlanUse(plan_digest, now(), content))


def plan_changes(history: tuple[PlanUse, ...]) -> tuple[str, ...]:
    """Return what each later plan changed, one sentence a key."""
    changes: list[str] = []
    for number, (old, new) in enumerate(pairwise(history), start=1):
        before, after = _flat(old.content), _flat(new.content)
        for key in dict.fromkeys([*before, *after]):
            if before.get(key) != after.get(key):
                was = before.get(key, "not set")
                now = after.get(key, "not set")
                changes.append(f"Change {number}: {key} was {was}, became {now}.")
    return tuple(changes)


def write_provenance(
    path: Path,
    history: tuple[PlanUse, ...],
    inputs: Mapping[str, str],
    run: Mapping[str, Any],
    blinding: Blinding | None = None,
) -> None:
    """Write ``provenance.json``, the only output that holds times and the machine.

    Parameters
    ----------
    path
        The file.
    history
        Every plan used, in order.
    inputs
        SHA-256 of each input by its path within the trial.
    run
        Seed, counts and options of this run.
    blinding
        How far it is blind; None where it never was.
    """
    told = {} if blinding is None else {"blinding": blinding.content()}
    write_json(
        path,
        {
            "generated_by": "rewire",
            "versions": versions(),
            "code_digest": code_digest(),
            "machine": {
                "host": platform.node(),
                "system": platform.platform(),
                "processor": platform.machine(),
                "python": sys.version.split()[0],
            },
            "finished": now(),
            "run": dict(run),
            **told,
            "plans": [asdict(use) for use in history],
            "inputs": dict(sorted(inputs.items())),
        },
    )


def now() -> str:
    """Return the time, UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _sources(folder: Traversable, prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for entry in folder.iterdir():
        name = f"{prefix}/{entry.name}"
        if entry.is_dir() and entry.name != "__pycache__":
            found += _sources(entry, name)
        elif entry.name.endswith(".py"):
            found.append((name, entry.read_text(encoding="utf-8")))
    return found


def _flat(value: Any, prefix: str = "") -> dict[str, str]:
    if isinstance(value, Mapping):
        parts = [_flat(v, f"{prefix}.{k}" if prefix else str(k)) for k, v in value.items()]
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        parts = [_flat(v, f"{prefix} '{v.get('name', i)}'") for i, v in enumerate(value)]
    else:
        return {prefix: json.dumps(value, ensure_ascii=False)}
    return {k: v for part in parts for k, v in part.items()}
