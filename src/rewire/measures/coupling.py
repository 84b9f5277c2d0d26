"""Structure-function coupling: whether regions talk with those they are wired to."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr

from rewire.core.registry import Quantity, measure
from rewire.core.structure import (
    Structure,
    StructureChoice,
    Wired,
    couple,
    declared,
    fit_structure,
    region_distance,
    summarise,
)
from rewire.core.types import Scan
from rewire.numerics.structure_coupling import RegionalCoupling, rank_coupling, regression_coupling
from rewire.numerics.structure_graph import LengthRule, Transform
from rewire.numerics.structure_paths import shortest_lengths
from rewire.numerics.structure_walks import communicability

FloatArray = npt.NDArray[np.float64]

_FEW = "too few targets, or no variation among them"
_BAUM = "Baum et al. 2020, doi:10.1073/pnas.1912034117"
_COHORT = "; cohort structure as in Betzel et al. 2019, doi:10.1162/netn_a_00075"


def _targets(name: str, sentence: str) -> Quantity:
    return Quantity(f"{name}_targets", "1", ("region",), sentence, "diagnostic")


@measure(
    needs=("bold", "connectome"),
    gives=(
        *declared(
            "coupling_connected",
            "Spearman correlation of structural weights and Fisher z over the regions that a "
            "region is connected with.",
            "coupling over connected targets",
        ),
        _targets("coupling_connected", "Regions over which it was computed."),
    ),
    source=_BAUM + _COHORT,
    fit=fit_structure,
    learns_from="connectome",
)
def coupling_connected(
    scan: Scan,
    fibres: Scan,
    *,
    rng: np.random.Generator,
    learned: xr.Dataset | None = None,
    density: float = 0.2,
    structure: Structure = "individual",
    connectome: Wired = "session",
) -> xr.Dataset:
    """Correlate structure and function over the regions that each region is connected with.

    Parameters
    ----------
    scan
        Kind ``bold``; regions without signal are left out, also as targets.
    fibres
        Kind ``connectome``; both directions are averaged, the diagonal is left out.
    rng
        Not used: nothing is random.
    learned
        What :func:`rewire.core.structure.fit_structure` learned.
    density
        Share of all pairs that count as connected, the strongest; 1 takes every connection.
    structure
        ``individual``; or the cohort's ``consensus`` (of connectomes thresholded at ``density``) or
        ``mean``.
    connectome
        ``person`` lets sessions without a connectome take the person's only one.

    Returns
    -------
    xr.Dataset
        ``coupling_connected`` (region), ``_network`` and ``_global`` (means), -1 to 1, and how many
        targets each region has. NaN for regions without signal or connection, and with fewer than
        three targets. A rank correlation is the same under any scale of the weights.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> atlas = Atlas("A", tuple("abcde"), np.arange(5), ("",) * 5, ("X",) * 5, np.zeros((5, 3)))
    >>> made = np.random.default_rng(0).standard_normal((50, 5)).cumsum(axis=1)
    >>> near = 1.0 / (1.0 + np.abs(np.subtract.outer(np.arange(5.0), np.arange(5.0))))
    >>> pair = Scan("s", "bold", made, atlas), Scan("c", "connectome", near, atlas)
    >>> found = coupling_connected(*pair, rng=np.random.default_rng(), density=1.0)
    >>> found["coupling_connected"].to_numpy()[0]  # a chain, wired to its neighbours
    np.float64(1.0)
    """
    ready = couple(scan, fibres, learned, StructureChoice(density, "none", structure))
    found = rank_coupling(ready.function, ready.weights, "connected")
    result = summarise("coupling_connected", *_of(found, ready.reason), scan.atlas)
    return _with_targets(result, "coupling_connected", found)


@measure(
    needs=("bold", "connectome"),
    gives=declared(
        "coupling_all",
        "Spearman correlation of structural weights and Fisher z over all other regions, 0 where "
        "there is no connection.",
        "coupling over all targets",
    ),
    source=_BAUM + ", over all targets" + _COHORT,
    fit=fit_structure,
    learns_from="connectome",
)
def coupling_all(
    scan: Scan,
    fibres: Scan,
    *,
    rng: np.random.Generator,
    learned: xr.Dataset | None = None,
    density: float = 0.2,
    structure: Structure = "individual",
    connectome: Wired = "session",
) -> xr.Dataset:
    """Correlate structure and function over all regions, absent connections as 0.

    Parameters
    ----------
    scan, fibres, rng, learned, density, structure, connectome
        As for :func:`coupling_connected`; pairs below the threshold have weight 0.

    Returns
    -------
    xr.Dataset
        ``coupling_all`` (region), ``_network`` and ``_global``, -1 to 1; NaN as there. Equal to
        ``coupling_connected`` where every pair of regions is connected.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> atlas = Atlas("A", tuple("abcde"), np.arange(5), ("",) * 5, ("X",) * 5, np.zeros((5, 3)))
    >>> made = np.random.default_rng(0).standard_normal((50, 5)).cumsum(axis=1)
    >>> near = 1.0 / (1.0 + np.abs(np.subtract.outer(np.arange(5.0), np.arange(5.0))))
    >>> pair = Scan("s", "bold", made, atlas), Scan("c", "connectome", near, atlas)
    >>> found = coupling_all(*pair, rng=np.random.default_rng(), density=0.4)
    >>> found["coupling_all"].to_numpy()[0].round(4)  # one connection of four
    np.float64(0.7746)
    """
    ready = couple(scan, fibres, learned, StructureChoice(density, "none", structure))
    found = rank_coupling(ready.function, ready.weights, "all")
    return summarise("coupling_all", *_of(found, ready.reason), scan.atlas)


@measure(
    needs=("bold", "connectome"),
    gives=(
        *declared(
            "coupling_regression",
            "Adjusted R squared of Fisher z on distance, shortest path length and communicability.",
            "coupling by regression",
        ),
        _targets("coupling_regression", "Regions over which it was computed."),
    ),
    source="Vazquez-Rodriguez et al. 2019, doi:10.1073/pnas.1903403116; communicability as in "
    "Crofts and Higham 2009, doi:10.1098/rsif.2008.0484" + _COHORT,
    fit=fit_structure,
    learns_from="connectome",
)
def coupling_regression(
    scan: Scan,
    fibres: Scan,
    *,
    rng: np.random.Generator,
    learned: xr.Dataset | None = None,
    density: float = 0.2,
    transform: Transform = "log1p",
    structure: Structure = "individual",
    lengths: LengthRule = "inverse",
    connectome: Wired = "session",
) -> xr.Dataset:
    """Explain each region's connectivity by distance, path length and communicability together.

    Parameters
    ----------
    scan, fibres, rng, learned, density, structure, connectome
        As for :func:`coupling_connected`; the atlas must know where its regions lie.
    transform
        Scale of the weights: ``log1p``, ``none`` or ``rank``.
    lengths
        Length of a connection: ``inverse`` of its weight, or ``log``, minus its logarithm.

    Returns
    -------
    xr.Dataset
        ``coupling_regression`` (region), ``_network`` and ``_global``: adjusted R squared, below 0
        where less is explained than by chance; and over how many targets, those that a path
        reaches. NaN for regions without signal, connection or place, and with fewer than six
        targets.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> rng = np.random.default_rng(0)
    >>> place, names = rng.standard_normal((12, 3)), tuple("abcdefghijkl")
    >>> atlas = Atlas("A", names, np.arange(12), ("",) * 12, ("X",) * 12, place)
    >>> weights = np.abs(rng.standard_normal((12, 12)))
    >>> pair = (Scan("s", "bold", rng.standard_normal((50, 12)), atlas),
    ...         Scan("c", "connectome", weights, atlas))
    >>> found = coupling_regression(*pair, rng=rng, density=1.0)
    >>> float(found["coupling_regression_targets"][0])
    11.0
    """
    ready = couple(scan, fibres, learned, StructureChoice(density, transform, structure))
    inner = ready.inner
    walks = np.stack([shortest_lengths(inner, lengths), communicability(inner)])
    predictors = np.stack([region_distance(scan.atlas), *ready.outward(walks)])
    found = regression_coupling(ready.function, predictors)
    result = summarise("coupling_regression", *_of(found, ready.reason), scan.atlas)
    return _with_targets(result, "coupling_regression", found)


def _of(
    found: RegionalCoupling, reason: npt.NDArray[np.str_]
) -> tuple[FloatArray, npt.NDArray[np.str_]]:
    """Return the value of the regions that can have one, and why the others have none."""
    value = np.where(reason == "", found.value, np.nan)
    return value, np.where(reason == "", _FEW, reason)


def _with_targets(result: xr.Dataset, name: str, found: RegionalCoupling) -> xr.Dataset:
    known = np.isfinite(result[name].to_numpy())
    targets = np.where(known, found.targets.astype(np.float64), np.nan)
    return result.assign(
        {
            f"{name}_targets": ("region", targets),
            f"{name}_targets_status": ("region", result[f"{name}_status"].to_numpy()),
        }
    )
