"""Registering and computing measures."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from rewire.core import registry
from rewire.core.atlas import Atlas
from rewire.core.errors import UsageError
from rewire.core.registry import MeasureSpec, Quantity
from rewire.core.types import Scan


def _scan() -> Scan:
    n = 3
    atlas = Atlas(
        "toy", ("a", "b", "c"), np.arange(1, 4), ("L",) * n, ("X",) * n, np.full((n, 3), np.nan)
    )
    return Scan("scan-1", "bold", np.ones((4, 3)), atlas)


def _spec(compute: object, dims: tuple[str, ...]) -> MeasureSpec:
    gives = (Quantity("toy_value", "1", dims, "A toy."),)
    return MeasureSpec("toy", ("bold",), gives, "none", "general", compute)  # type: ignore[arg-type]


def test_a_missing_value_gets_a_status() -> None:
    def toy(scan: Scan, *, rng: np.random.Generator) -> xr.Dataset:
        return xr.Dataset({"toy_value": ("region", [1.0, np.nan, 0.0])})

    result = registry.compute(_spec(toy, ("region",)), (_scan(),), {}, 1)
    assert result["toy_value_status"].to_numpy().tolist() == ["ok", "undefined", "ok"]


def test_a_measure_that_breaks_its_word_is_refused() -> None:
    def toy(scan: Scan, *, rng: np.random.Generator) -> xr.Dataset:
        return xr.Dataset({"toy_value": ("window", [1.0])})

    with pytest.raises(ValueError, match="toy_value with dims"):
        registry.compute(_spec(toy, ("region",)), (_scan(),), {}, 1)


def test_the_seed_alone_decides() -> None:
    def toy(scan: Scan, *, rng: np.random.Generator) -> xr.Dataset:
        return xr.Dataset({"toy_value": ((), rng.random())})

    spec = _spec(toy, ())
    a, b, c = (float(registry.compute(spec, (_scan(),), {}, s)["toy_value"]) for s in (5, 5, 6))
    assert a == b
    assert a != c


def test_unknown_measures_and_dims_are_refused() -> None:
    with pytest.raises(UsageError, match="There is no measure 'nonsense'"):
        registry.get("nonsense")
    with pytest.raises(ValueError, match="allowed are"):
        Quantity("x", "1", ("region", "region"), "twice")
