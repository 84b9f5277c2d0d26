"""A scan as a picture: regions by volumes, in shades, small enough to look at."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

NO_VALUE = 0
"""The shade of what has no value; the others run from 1 (lowest) to :data:`HIGHEST`."""

HIGHEST = 33
_WIDEST = 2.5
"""Standard deviations from the region's mean at which shades end."""


def draw_carpet(
    series: FloatArray,
    kept: npt.NDArray[np.bool_] | None = None,
    most: tuple[int, int] = (200, 300),
) -> npt.NDArray[np.uint8]:
    """Return the shades of a carpet plot, one row a region and one column a volume.

    Each region is shown in standard deviations from its own mean over the retained volumes, from
    -2.5 (shade 1) over 0 (17) to 2.5 (33); what lies beyond has the shade of the end. Neighbouring
    regions and volumes are averaged where there are more of them than the picture has room for.

    Parameters
    ----------
    series
        Float64, shape (volumes, regions), in any unit, regions in the order to be drawn; NaN
        where there is no value.
    kept
        Which volumes survived censoring, bool, shape (volumes,); None keeps all.
    most
        The most rows and columns.

    Returns
    -------
    NDArray of uint8
        Shape (rows, columns). Shade 0 stands where there is no value: missing, or a region that
        does not vary.

    Notes
    -----
    Power 2017 (10.1016/j.neuroimage.2016.08.009).

    Examples
    --------
    >>> draw_carpet(np.array([[1.0, 7.0], [2.0, 7.0], [3.0, 7.0]])).tolist()
    [[11, 17, 23], [0, 0, 0]]
    """
    values = np.asarray(series, dtype=np.float64)
    used = values if kept is None else values[kept]
    centre, spread = _moments(used)
    flat = ~(spread > 1e-9 * np.maximum(np.abs(centre), 1e-30))
    scores = (values - centre) / np.where(flat, np.nan, spread)
    picture = average_blocks(average_blocks(scores, most[1]).T, most[0])
    steps = (HIGHEST - 1) / 2.0
    scaled = np.clip(picture / _WIDEST, -1.0, 1.0) * steps + steps + 1.0
    return np.where(np.isnan(picture), NO_VALUE, np.rint(scaled)).astype(np.uint8)


def average_blocks(values: FloatArray, most: int) -> FloatArray:
    """Average neighbouring rows until there are no more than asked for.

    Parameters
    ----------
    values
        Float64, shape (rows,) or (rows, columns); NaN counts as absent.
    most
        The most rows to return.

    Returns
    -------
    FloatArray
        Shape (min(rows, most), ...); NaN where a block holds no value.

    Examples
    --------
    >>> average_blocks(np.array([1.0, 3.0, np.nan, 5.0]), 2).tolist()
    [2.0, 5.0]
    """
    if len(values) <= most:
        return np.asarray(values, dtype=np.float64)
    starts = block_starts(len(values), most)
    known: npt.NDArray[np.bool_] = np.isfinite(values)
    total = np.add.reduceat(np.where(known, values, 0.0), starts, axis=0)
    count = np.add.reduceat(known.astype(np.float64), starts, axis=0)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1.0), np.nan))


def block_starts(rows: int, most: int) -> npt.NDArray[np.intp]:
    """Return the first row of each block that :func:`average_blocks` averages.

    Examples
    --------
    >>> block_starts(5, 2).tolist(), block_starts(2, 5).tolist()
    ([0, 2], [0, 1])
    """
    blocks = min(rows, most)
    return np.asarray(np.arange(blocks) * rows // max(blocks, 1), dtype=np.intp)


def _moments(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return mean and standard deviation of each column over what it holds; NaN below two."""
    known: npt.NDArray[np.bool_] = np.isfinite(values)
    count = known.sum(axis=0).astype(np.float64)
    enough = np.where(count > 1, count, np.nan)
    centre = np.where(known, values, 0.0).sum(axis=0) / enough
    squares = np.where(known, values - centre, 0.0) ** 2
    return centre, np.sqrt(squares.sum(axis=0) / (enough - 1.0))
