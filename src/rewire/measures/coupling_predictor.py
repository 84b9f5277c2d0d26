"""Coupling by the best of several models of communication over the connectome."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import numpy.typing as npt
import xarray as xr

from rewire.core.registry import Quantity, measure
from rewire.core.structure import (
    Coupled,
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
from rewire.numerics.correlation import fisher_z, pearson_matrix
from rewire.numerics.structure_coupling import PredictorCoupling, predictor_coupling
from rewire.numerics.structure_graph import LengthRule, Transform
from rewire.numerics.structure_paths import path_measures
from rewire.numerics.structure_walks import (
    communicability,
    cosine_similarity,
    first_passage_times,
)

FloatArray = npt.NDArray[np.float64]

PREDICTORS: tuple[str, ...] = (
    "Euclidean distance",
    "shortest path length",
    "search information",
    "path transitivity",
    "communicability",
    "first passage time",
    "cosine similarity",
)
"""The models, in the order of their numbers from 0."""

_BESIDE = {
    "best": "Absolute correlation of the best predictor in the whole scan: too high by choice.",
    "average": "Mean absolute correlation over all predictors, none chosen.",
    "optimism": "By how much the best in one half of the scan exceeds what it is in the other.",
}


@measure(
    needs=("bold", "connectome"),
    gives=(
        *declared(
            "coupling_predictor",
            "Correlation of Fisher z with the communication model that is best for the region, "
            "chosen in one half of the scan and judged in the other.",
            "coupling by the best predictor",
        ),
        *(
            Quantity(f"coupling_predictor_{name}", "1", ("region",), sentence, "diagnostic")
            for name, sentence in _BESIDE.items()
        ),
        Quantity(
            "coupling_predictor_choice",
            "1",
            ("region",),
            "Which model is best: " + ", ".join(f"{i} {n}" for i, n in enumerate(PREDICTORS)) + ".",
            "label",
        ),
    ),
    source="Zamani Esfahlani et al. 2022, doi:10.1038/s41467-022-29770-y, held out here; models "
    "as in Goni et al. 2014, doi:10.1073/pnas.1315529111",
    fit=fit_structure,
    learns_from="connectome",
)
def coupling_predictor(
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
    """Take for each region the communication model that predicts its connectivity best.

    Parameters
    ----------
    scan, fibres, rng, learned, density, transform, structure, lengths, connectome
        As for :func:`rewire.measures.coupling.coupling_regression`.

    Returns
    -------
    xr.Dataset
        ``coupling_predictor`` (region), ``_network`` and ``_global``: chosen in one half of the
        retained volumes and judged in the other, both ways, so that having a choice of seven
        models does not raise it; half a scan is noisier than the whole. Beside it the best in the
        whole scan, the mean of all, how optimistic the choice is, and which it was. NaN for regions
        without signal or connection. Models of first passage and search start from the region.

    Examples
    --------
    >>> from rewire.core.atlas import Atlas
    >>> rng = np.random.default_rng(0)
    >>> place, names = rng.standard_normal((12, 3)), tuple("abcdefghijkl")
    >>> atlas = Atlas("A", names, np.arange(12), ("",) * 12, ("X",) * 12, place)
    >>> weights = np.abs(rng.standard_normal((12, 12)))
    >>> pair = (Scan("s", "bold", rng.standard_normal((50, 12)), atlas),
    ...         Scan("c", "connectome", weights, atlas))
    >>> found = coupling_predictor(*pair, rng=rng, density=1.0)
    >>> bool((found["coupling_predictor_best"] > found["coupling_predictor_average"]).all())
    True
    """
    ready = couple(scan, fibres, learned, StructureChoice(density, transform, structure))
    predictors = np.stack([region_distance(scan.atlas), *ready.outward(_models(ready, lengths))])
    series = scan.series()
    half = len(series) // 2
    first, second = (fisher_z(pearson_matrix(part)) for part in (series[:half], series[half:]))
    found = predictor_coupling(ready.function, (first, second), predictors)
    return _labelled(found, ready, scan)


def _models(ready: Coupled, lengths: LengthRule) -> FloatArray:
    """Return the models over the structural network, all but distance, in their order."""
    inner = ready.inner
    paths = path_measures(inner, lengths)
    walks = [communicability(inner), first_passage_times(inner), cosine_similarity(inner)]
    return np.stack([*(getattr(paths, field.name) for field in fields(paths)), *walks])


def _labelled(found: PredictorCoupling, ready: Coupled, scan: Scan) -> xr.Dataset:
    reason = np.where(ready.live, "no predictor varies among enough targets", ready.reason)
    held_out = np.where(ready.live, found.held_out, np.nan)
    result = summarise("coupling_predictor", held_out, reason, scan.atlas)
    choice = np.where(found.choice >= 0, found.choice, np.nan)
    for name, value in (*((n, getattr(found, n)) for n in _BESIDE), ("choice", choice)):
        own = np.where(ready.live, value, np.nan)
        result[f"coupling_predictor_{name}"] = ("region", own)
        status = np.where(np.isfinite(own), "ok", reason)
        result[f"coupling_predictor_{name}_status"] = ("region", status)
    return result
