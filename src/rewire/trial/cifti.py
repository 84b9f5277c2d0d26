"""CIFTI files: dense series with a dense atlas, and series that were parcellated already."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rewire.core.atlas import Atlas
from rewire.core.errors import DataError
from rewire.core.types import FloatArray
from rewire.trial.region_means import BLOCK_VALUES, RegionMeans, average_regions
from rewire.trial.tables import listed
from rewire.trial.timeseries import Columns

DENSE = ".dtseries.nii"
PARCELLATED = ".ptseries.nii"
DENSE_ATLAS = ".dlabel.nii"


def read_parcellated(path: Path) -> Columns:
    """Read a parcellated series, ``*.ptseries.nii``.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Columns
        float64, shape (volumes, parcels), under the names of the parcels; NaN where infinite.

    Raises
    ------
    DataError
        If its axes are not time and parcels, or it cannot be read.
    """
    from nibabel.cifti2 import cifti2_axes

    image, (time, parcels) = _axes(path)
    if not isinstance(time, cifti2_axes.SeriesAxis) or not isinstance(
        parcels, cifti2_axes.ParcelsAxis
    ):
        raise DataError("is no parcellated series: its axes are not time and parcels.")
    values = np.asarray(image.dataobj).astype(np.float64)
    values[~np.isfinite(values)] = np.nan
    names = tuple(str(name) for name in parcels.name)
    return Columns(names, values, path.stat().st_size, whole_lines=True)


def read_dense(path: Path, labels: Path, atlas: Atlas) -> RegionMeans:
    """Average a dense series over the regions of a dense atlas.

    Parameters
    ----------
    path
        ``*.dtseries.nii``.
    labels
        ``*.dlabel.nii`` with the same surfaces and voxels; it may leave some of them out.
    atlas
        The regions, by the keys of the label image.

    Raises
    ------
    DataError
        If the two do not lie in one space, or a label is not in the atlas's table.
    """
    image, (time, brain) = _axes(path)
    atlas_image, (_, atlas_brain) = _axes(labels)
    keys = np.asarray(atlas_image.dataobj).astype(np.float64)[0]
    _refuse_other_space(brain, atlas_brain)
    of_key = region_of_label(keys, atlas)
    sizes = np.bincount(of_key[of_key >= 0], minlength=len(atlas))
    region = _matched(brain, atlas_brain, of_key)
    inside = np.flatnonzero(region >= 0)
    step = max(1, BLOCK_VALUES // max(len(brain), 1))
    data = np.asarray(image.dataobj)  # whole: in the file, time runs fastest

    def blocks() -> Iterator[npt.NDArray[np.floating]]:
        for start in range(0, len(time), step):
            yield data[start : start + step].T[inside]

    return average_regions(blocks, region[inside], sizes)


def region_of_label(labels: FloatArray, atlas: Atlas) -> npt.NDArray[np.intp]:
    """Return which region each label is, -1 for the background (0).

    Parameters
    ----------
    labels
        Whole numbers, of any shape.
    atlas
        Its ``index`` says which label a region has.

    Raises
    ------
    DataError
        If a label has no row in the atlas's table, or is no whole number.
    """
    whole = np.nan_to_num(labels)
    found = np.unique(whole)
    unknown = [f"{v:g}" for v in found if v != 0 and v not in set(atlas.index.tolist())]
    if unknown:
        many = len(unknown) > 1
        raise DataError(
            f"holds the label{'s' if many else ''} {listed(unknown)} without a row in the table "
            f"of {atlas.name}."
        )
    at = np.full(int(max(found.max(initial=0), atlas.index.max(initial=0))) + 1, -1, dtype=np.intp)
    at[atlas.index] = np.arange(len(atlas))
    at[0] = -1
    return at[whole.astype(np.intp)]


def _axes(path: Path) -> tuple[Any, tuple[Any, Any]]:
    import nibabel

    try:
        image: Any = nibabel.load(path, mmap=False)
        if not isinstance(image, nibabel.Cifti2Image) or len(image.shape) != 2:
            raise DataError("is no CIFTI file of two axes.")
        header: Any = image.header
        return image, (header.get_axis(0), header.get_axis(1))
    except (OSError, ValueError, EOFError, nibabel.filebasedimages.ImageFileError) as error:
        raise DataError(f"cannot be read as CIFTI ({type(error).__name__}: {error}).") from error


def _refuse_other_space(brain: Any, atlas: Any) -> None:
    from nibabel.cifti2 import cifti2_axes

    if not all(isinstance(axis, cifti2_axes.BrainModelAxis) for axis in (brain, atlas)):
        raise DataError("or its atlas is not dense: one axis does not list vertices and voxels.")
    for name, count in atlas.nvertices.items():
        own = brain.nvertices.get(name, count)
        if own != count:
            raise DataError(f"has {own} vertices in {name}, its atlas {count}: not one space.")
    voxels = brain.affine is not None and atlas.affine is not None
    if voxels and not (
        np.allclose(brain.affine, atlas.affine, atol=1e-3)
        and tuple(brain.volume_shape) == tuple(atlas.volume_shape)
    ):
        raise DataError("and its atlas have voxels of different grids: not one space.")


def _matched(brain: Any, atlas: Any, of_key: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Return the region of each grayordinate of the series, -1 where the atlas has none."""
    region = {place: r for place, r in zip(_places(atlas), of_key.tolist(), strict=True) if r >= 0}
    return np.array([region.get(place, -1) for place in _places(brain)], dtype=np.intp)


def _places(axis: Any) -> list[tuple[Any, ...]]:
    vertices, voxels = axis.vertex.tolist(), axis.voxel.tolist()
    names = [str(name) for name in axis.name]
    rows = zip(names, vertices, voxels, strict=True)
    return [(name, vertex) if vertex >= 0 else ("", *voxel) for name, vertex, voxel in rows]
