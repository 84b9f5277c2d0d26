"""Every column that a kind of question writes has its meaning."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import pytest

import rewire.effects
import rewire.maps
from rewire.core.columns import COLUMN_MEANINGS


def declared(package: ModuleType) -> dict[str, tuple[str, ...]]:
    found = {}
    for entry in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{entry.name}")
        for name, value in vars(module).items():
            texts = isinstance(value, tuple) and all(isinstance(v, str) for v in value)
            if name.endswith("COLUMNS") and texts:
                found[f"{entry.name}.{name}"] = value
    return found


@pytest.mark.parametrize("package", [rewire.effects, rewire.maps], ids=["effects", "maps"])
def test_every_declared_column_is_explained(package: ModuleType) -> None:
    tables = declared(package)
    assert len(tables) > 5
    unknown = {
        name: [c for c in columns if c not in COLUMN_MEANINGS] for name, columns in tables.items()
    }
    assert {name: columns for name, columns in unknown.items() if columns} == {}
