"""The registry of measures: what each needs, gives and cites."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any, Literal, TypeVar

import numpy as np
import xarray as xr

from rewire.core.errors import UsageError
from rewire.core.types import DIMS, Scan, ScanKind

F = TypeVar("F", bound=Callable[..., xr.Dataset])
Role = Literal["result", "diagnostic", "label"]
Availability = Literal["general", "recipe only"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One thing that a measure gives for each scan.

    Parameters
    ----------
    name
        Full name as in the tables, such as ``modularity_q_norm``.
    unit
        Unit, ``1`` for a pure number.
    dims
        Dims beside ``scan``; each from :data:`rewire.core.types.DIMS`, none twice.
    description
        One plain sentence.
    role
        ``result`` is a quantity to ask questions of; ``diagnostic`` stands beside it (density,
        swaps per edge); ``label`` numbers what has no order (modules) and cannot be averaged.
    label
        What a reader calls it in running text, such as ``normalised modularity``; by default the
        name with spaces.
    """

    name: str
    unit: str
    dims: tuple[str, ...]
    description: str
    role: Role = "result"
    label: str = ""

    def __post_init__(self) -> None:
        """Refuse dims outside the closed list."""
        if any(d not in DIMS[1:] for d in self.dims) or len(set(self.dims)) != len(self.dims):
            raise ValueError(f"{self.name}: dims {self.dims}; allowed are {DIMS[1:]}, each once")


@dataclass(frozen=True, slots=True)
class MeasureSpec:
    """A registered measure.

    Parameters
    ----------
    name
        What a plan calls it.
    needs
        Kinds of scan it takes, in the order of its positional arguments.
    gives
        The quantities in the dataset that it returns.
    source
        Where the definition stands.
    availability
        ``recipe only`` for a published procedure kept for comparison alone.
    compute
        ``compute(*scans, rng=..., **options) -> xr.Dataset`` with one variable a quantity and,
        where it has more to say than ``ok`` and NaN, ``<quantity>_status`` of text.
    fit
        None, or the blind stage that learns from the whole cohort first (centroids of states, a
        template): ``fit(scans, *, rng, ...) -> xr.Dataset``, where ``scans`` is a sequence that
        loads each scan (of the kind that ``learning`` names) when it is asked for, and the rest are
        those of the measure's options that it names. ``compute`` then receives the result as
        ``learned``. A result without dims says that nothing was learned.
    learns_from
        Kind of scan that ``fit`` receives instead of the first in ``needs``.
    """

    name: str
    needs: tuple[ScanKind, ...]
    gives: tuple[Quantity, ...]
    source: str
    availability: Availability
    compute: Callable[..., xr.Dataset]
    fit: Callable[..., xr.Dataset] | None = None
    learns_from: ScanKind | None = None

    @property
    def summary(self) -> str:
        """First line of the measure's docstring."""
        return (inspect.getdoc(self.compute) or "").partition("\n")[0]

    @property
    def learning(self) -> ScanKind:
        """Kind of scan that ``fit`` receives."""
        return self.learns_from or self.needs[0]

    @property
    def options(self) -> Mapping[str, Any]:
        """Keyword-only options with their defaults, without ``rng`` and ``learned``."""
        parameters = inspect.signature(self.compute).parameters.values()
        return {
            p.name: p.default
            for p in parameters
            if p.kind is inspect.Parameter.KEYWORD_ONLY and p.name not in ("rng", "learned")
        }


_measures: dict[str, MeasureSpec] = {}


def measure(
    *,
    needs: tuple[ScanKind, ...],
    gives: tuple[Quantity, ...],
    source: str,
    availability: Availability = "general",
    fit: Callable[..., xr.Dataset] | None = None,
    learns_from: ScanKind | None = None,
) -> Callable[[F], F]:
    """Register a function as a measure under its own name.

    Parameters
    ----------
    needs
        Kinds of scan it takes, one positional argument each.
    gives
        Quantities in the dataset it returns.
    source
        DOI or other reference of the definition.
    availability
        ``recipe only`` for a published procedure that no draft should choose.
    fit
        The blind stage that learns from the cohort first; see :class:`MeasureSpec`.
    learns_from
        Kind of scan it learns from; None is the first in ``needs``.

    Returns
    -------
    Callable
        The decorator; the function itself is returned unchanged.
    """

    def register(function: F) -> F:
        name = function.__name__
        known = _measures.get(name)
        if known is not None and known.compute.__module__ != function.__module__:
            raise ValueError(f"two measures are called {name}")
        _measures[name] = MeasureSpec(
            name, needs, gives, source, availability, function, fit, learns_from
        )
        return function

    return register


def discover(package: ModuleType | None = None) -> Mapping[str, MeasureSpec]:
    """Import every measure, in-tree and by the entry point ``rewire.measures``, and return them.

    Parameters
    ----------
    package
        The in-tree package of measures; None looks at entry points alone.

    Returns
    -------
    Mapping of str to MeasureSpec
        By name, sorted.
    """
    if package is not None:
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{package.__name__}.{module.name}")
    for entry in entry_points(group="rewire.measures"):
        entry.load()
    return dict(sorted(_measures.items()))


def registered() -> Mapping[str, MeasureSpec]:
    """Return the measures that have been imported so far, by name."""
    return dict(_measures)


def quantity_label(name: str) -> str:
    """Return what a reader calls a quantity, whether a measure or a table of the trial gives it.

    Examples
    --------
    >>> quantity_label("my_measure")
    'my measure'
    """
    given = (q for spec in _measures.values() for q in spec.gives if q.name == name)
    quantity = next(given, None)
    return (quantity.label if quantity else "") or name.replace("_", " ")


def get(name: str) -> MeasureSpec:
    """Return a registered measure.

    Raises
    ------
    UsageError
        If there is none of that name; the message lists those there are.
    """
    try:
        return _measures[name]
    except KeyError:
        known = ", ".join(sorted(_measures))
        raise UsageError(f"There is no measure '{name}'. There are: {known}.") from None


def learn(
    spec: MeasureSpec,
    scans: Sequence[Scan],
    options: Mapping[str, Any],
    rng: np.random.Generator,
) -> xr.Dataset:
    """Run a measure's cohort stage with those of the measure's options that it takes.

    Raises
    ------
    ValueError
        If the measure learns nothing from the cohort.
    """
    if spec.fit is None:
        raise ValueError(f"{spec.name} learns nothing from the cohort")
    own = inspect.signature(spec.fit).parameters
    return spec.fit(scans, rng=rng, **{n: v for n, v in options.items() if n in own})


def compute(
    spec: MeasureSpec,
    scans: Sequence[Scan],
    options: Mapping[str, Any],
    seed: int,
    learned: xr.Dataset | None = None,
) -> xr.Dataset:
    """Compute a measure of one scan and hold the result against what the measure declared.

    Parameters
    ----------
    spec
        The measure.
    scans
        One scan for each kind that it needs.
    options
        Keyword-only options.
    seed
        Seed of the generator that the measure receives.
    learned
        What the measure's ``fit`` learned from the cohort, if it has one.

    Returns
    -------
    xr.Dataset
        One variable a declared quantity, with its declared dims, and ``<quantity>_status``.

    Raises
    ------
    ValueError
        If the measure breaks its own declaration.
    """
    stage = {} if spec.fit is None else {"learned": learned}
    result = spec.compute(*scans, rng=np.random.default_rng(seed), **stage, **options)
    for quantity in spec.gives:
        if quantity.name not in result or set(result[quantity.name].dims) != set(quantity.dims):
            raise ValueError(f"{spec.name} did not give {quantity.name} with dims {quantity.dims}")
        result[quantity.name] = result[quantity.name].transpose(*quantity.dims)
        status = f"{quantity.name}_status"
        if status not in result:
            finite = np.isfinite(result[quantity.name].to_numpy())
            result[status] = (quantity.dims, np.where(finite, "ok", "undefined"))
    return result
