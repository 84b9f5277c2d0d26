"""Series of regions from an image: read in blocks, averaged, kept, and freed of noise."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from rewire.core.atlas import Atlas
from rewire.core.errors import DataError
from rewire.core.imaging import ImageSource
from rewire.core.provenance import code_digest
from rewire.core.store import ResultStore, digest, digest_file
from rewire.core.types import FloatArray, ScanRecord
from rewire.trial.bids import parse_name
from rewire.trial.cifti import DENSE, PARCELLATED, read_dense, read_parcellated, region_of_label
from rewire.trial.confounds import read_confounds
from rewire.trial.coverage import leave_out
from rewire.trial.denoising import Denoised, above_nyquist, degrees_left, denoise
from rewire.trial.faults import ScanFaults
from rewire.trial.region_means import BLOCK_VALUES, RegionMeans, average_regions
from rewire.trial.tables import listed, shown

_NEAR = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class ImageSeries:
    """What was made of one image.

    Parameters
    ----------
    series
        float64, shape (volumes, regions), in the order of the atlas; NaN in volumes that were
        left out and in regions that are covered too little.
    kept
        Which volumes stay; bool, shape (volumes,), or None where all do.
    coverage
        Share of each region, shape (regions,); NaN where it is not known.
    denoised
        What was taken out.
    """

    series: FloatArray
    kept: npt.NDArray[np.bool_] | None
    coverage: FloatArray
    denoised: Denoised


def read_image(
    record: ScanRecord,
    source: ImageSource,
    atlas: Atlas,
    repetition_time: float | None,
    faults: ScanFaults,
) -> ImageSeries | None:
    """Read an image as series of regions, without the noise that the plan takes out.

    Parameters
    ----------
    record
        The scan; its path is a 4-D NIfTI file, or a dense or parcellated CIFTI series.
    source
        What stands beside it, and the strategy.
    atlas
        The regions.
    repetition_time
        Seconds between volumes, or None where no sidecar says; an error has been noted then.
    faults
        Receives everything that is wrong: with the image, its atlas, its mask and its confounds.

    Returns
    -------
    ImageSeries or None
        None after an error.
    """
    means = _means(record, source, atlas, faults)
    volumes = len(means.series) if means else _volumes(record.path)
    confounds = None
    if volumes is not None:
        confounds = read_confounds(source.confounds, source.denoising, volumes, faults)
    seconds = repetition_time or float("nan")
    if above_nyquist(source.denoising, seconds):
        what = f"a filter up to Nyquist ({0.5 / seconds:.3g} Hz) and beyond cannot be made."
        faults.add("error", "filter", what, "Lower images.high_pass or images.low_pass.")
    if means is None or confounds is None or faults.stopping:
        return None
    degrees = degrees_left(confounds, source.denoising, seconds)
    if degrees < 1:
        what = f"{degrees:.0f} degrees of freedom are left after {source.denoising.strategy}."
        remedy = "Choose a strategy with fewer regressors, or exclude the scan."
        faults.add("error", "no-degrees-of-freedom", what, remedy)
        return None
    series = denoise(means.series, confounds, source.denoising, seconds)
    minimum = source.denoising.minimum_coverage
    return ImageSeries(
        leave_out(series, means.coverage, minimum, atlas, faults),
        None if confounds.kept.all() else confounds.kept,
        means.coverage,
        Denoised(source.denoising.strategy, confounds.columns, degrees),
    )


def _means(
    record: ScanRecord, source: ImageSource, atlas: Atlas, faults: ScanFaults
) -> RegionMeans | None:
    """Return the means over regions, from the folder where they are kept if they are there."""
    results = ResultStore(source.kept) if source.kept else None
    try:
        key = _key(record.path, source, atlas) if results else ""
        if results and results.holds(key):
            try:
                return _unpacked(results.read(key))
            except KeyError:
                pass  # damaged: it is made again
        means = _read_means(record, source, atlas, faults)
    except (DataError, OSError, EOFError, ValueError, zlib.error) as error:
        remedy = "Copy it again, give what belongs together, or exclude the scan."
        faults.add("error", "image", shown_whole(str(error)), remedy)
        return None
    if means is not None and results:
        results.save(key, _packed(means))
    return means


def _key(path: Path, source: ImageSource, atlas: Atlas) -> str:
    files = [p for p in (path, source.labels, source.mask) if p is not None]
    parts = [digest_file(p) for p in files]
    return digest("region means", code_digest(), *atlas.regions, atlas.index.tobytes(), *parts)


def _packed(means: RegionMeans) -> xr.Dataset:
    return xr.Dataset(
        {"series": (("volume", "region"), means.series), "coverage": ("region", means.coverage)}
    )


def _unpacked(data: xr.Dataset) -> RegionMeans:
    return RegionMeans(data["series"].to_numpy(), data["coverage"].to_numpy())


def _read_means(
    record: ScanRecord, source: ImageSource, atlas: Atlas, faults: ScanFaults
) -> RegionMeans | None:
    if record.path.name.endswith(PARCELLATED):
        return _of_parcels(record.path, atlas)
    if source.labels is None:
        raise DataError(f"there is no atlas image of {atlas.name} for it.")
    spaces = [parse_name(path.name).get("space") for path in (record.path, source.labels)]
    if all(spaces) and spaces[0] != spaces[1]:
        raise DataError(f"is in space {shown(spaces[0])}, the atlas image in {shown(spaces[1])}.")
    if record.path.name.endswith(DENSE):
        return read_dense(record.path, source.labels, atlas)
    if source.mask is None:
        what = "there is no *_desc-brain_mask.nii.gz in its space."
        faults.add("warning", "no-brain-mask", what, "Every voxel with a signal counts as brain.")
    return _of_volumes(record.path, source, atlas)


def _of_parcels(path: Path, atlas: Atlas) -> RegionMeans:
    columns = read_parcellated(path)
    at = {name: i for i, name in enumerate(columns.names)}
    missing = [r for r in atlas.regions if r not in at]
    extra = sorted(set(at) - set(atlas.regions))
    if missing or extra or len(at) != len(columns.names):
        parts = [f"missing {listed(missing)}" if missing else ""]
        parts += [f"not in it {listed(extra)}" if extra else ""]
        told = "; ".join(p for p in parts if p) or "a name stands twice"
        raise DataError(f"has {len(columns.names)} parcels, the atlas {len(atlas)} ({told}).")
    series = np.ascontiguousarray(columns.values[:, [at[r] for r in atlas.regions]])
    return RegionMeans(series, np.full(len(atlas), np.nan))


def _of_volumes(path: Path, source: ImageSource, atlas: Atlas) -> RegionMeans:
    image = open_image(path)
    if len(image.shape) != 4 or image.shape[3] < 2:
        raise DataError(f"is no series of volumes: its shape is {tuple(image.shape)}.")
    labels = open_image(source.labels) if source.labels else None
    mask = open_image(source.mask) if source.mask else None
    apart = [
        difference
        for name, other in (("the atlas image", labels), ("the brain mask", mask))
        if other is not None and (difference := grids_differ(image, name, other))
    ]
    if apart or labels is None:
        raise DataError("; ".join(apart) + ".")
    region = region_of_label(np.asarray(labels.dataobj).astype(np.float64), atlas).ravel(order="F")
    sizes = np.bincount(region[region >= 0], minlength=len(atlas))
    if mask is not None:
        region[np.asarray(mask.dataobj).ravel(order="F") == 0] = -1
    inside = np.flatnonzero(region >= 0)
    voxels, volumes = int(np.prod(image.shape[:3])), int(image.shape[3])
    step = max(1, BLOCK_VALUES // voxels)

    def blocks() -> Iterator[npt.NDArray[np.floating]]:
        for start in range(0, volumes, step):
            block = np.asarray(image.dataobj[..., start : start + step])
            yield block.reshape(voxels, -1, order="F")[inside]

    return average_regions(blocks, region[inside], sizes)


def grids_differ(image: Any, name: str, other: Any) -> str:
    """Say how the grid of an image differs from another's; nothing where it does not."""
    ours, theirs = tuple(image.shape[:3]), tuple(other.shape[:3])
    if ours != theirs or other.ndim != 3:
        return f"the image is {ours}, {name} {tuple(other.shape)} voxels"
    apart = float(np.abs(image.affine - other.affine).max())
    if apart > _NEAR:
        return f"the affines of the image and {name} differ by up to {apart:.3g}"
    return ""


def open_image(path: Path) -> Any:
    """Open an image whose values are read when asked for, in one go through the file."""
    import nibabel

    try:
        return nibabel.Nifti1Image.from_filename(path, mmap=False, keep_file_open=True)
    except (OSError, EOFError, ValueError, nibabel.filebasedimages.ImageFileError) as error:
        kind = f"{type(error).__name__}: {error}"
        raise DataError(f"{shown(path.name)} cannot be read as NIfTI ({kind}).") from error


def _volumes(path: Path) -> int | None:
    """Return how many volumes an image's header names, None where it cannot be read."""
    import nibabel

    try:
        image: Any = nibabel.load(path)
        shape = image.shape
    except (OSError, EOFError, ValueError, nibabel.filebasedimages.ImageFileError):
        return None
    return int(shape[0] if path.name.endswith((DENSE, PARCELLATED)) else shape[-1])


def shown_whole(text: str) -> str:
    """Return a message as one line of printable text."""
    clean = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return clean[:400]
