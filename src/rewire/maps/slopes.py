"""How far each scan's map follows an annotation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.stats import rankdata

from rewire.core.maps import BrainMap
from rewire.core.types import FloatArray
from rewire.effects.responses import Place, Response
from rewire.numerics.map_association import MapStatistic

_FEWEST = 10


def map_slopes(
    response: Response,
    regions: tuple[str, ...],
    annotations: Sequence[BrainMap],
    statistic: MapStatistic = "pearson",
) -> Response:
    """Return each record's slope on each annotation as a response with one cell an annotation.

    The slope is that of least squares over the regions where both have a value, on the
    annotation less its mean and over its standard deviation there: what the measure rises by,
    per standard deviation of the annotation. Where every record has the same regions the slope
    of a change is the change of slopes, so that whatever can be tested of a measure can be tested
    of its slopes.

    Parameters
    ----------
    response
        Records by regions.
    regions
        Name of the region of each cell.
    annotations
        Maps over the same atlas, matched by name.
    statistic
        ``spearman`` puts ranks in the place of the annotation's values.

    Returns
    -------
    Response
        NaN for a record with fewer than ten regions, or where the annotation does not vary.
    """
    columns = np.column_stack([a.at(regions) for a in annotations])
    slopes = np.column_stack(
        [_slopes(response.values, column, statistic) for column in columns.T]
    ).reshape(len(response.values), len(annotations))
    places = tuple(Place(level=f"map={a.name}") for a in annotations)
    return replace(response, values=slopes, places=places)


def _slopes(values: FloatArray, column: FloatArray, statistic: MapStatistic) -> FloatArray:
    shared = np.isfinite(values) & np.isfinite(column)
    found = np.full(len(values), np.nan)
    patterns, which = np.unique(shared, axis=0, return_inverse=True)
    for i, there in enumerate(patterns):
        if there.sum() < _FEWEST:
            continue
        own = column[there]
        own = rankdata(own) if statistic == "spearman" else own
        spread = own.std(ddof=1)
        if not spread > 1e-12 * max(1.0, float(np.abs(own).max())):
            continue
        scaled = (own - own.mean()) / spread
        rows = which.reshape(-1) == i
        found[rows] = values[rows][:, there] @ scaled / (scaled @ scaled)
    return found
