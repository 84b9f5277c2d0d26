"""Maps that are images: the mean over the voxels of each region."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from rewire.core.atlas import Atlas
from rewire.core.errors import DataError
from rewire.core.maps import BrainMap
from rewire.core.types import FloatArray
from rewire.maps.shelf import Shelf, Source, stem_of
from rewire.plan.parts import ImageChoice
from rewire.trial.bids import parse_name
from rewire.trial.cifti import DENSE_ATLAS, region_of_label
from rewire.trial.image_index import AtlasImage, atlas_images
from rewire.trial.images import grids_differ, open_image, shown_whole
from rewire.trial.tables import listed, shown

_FROM_IMAGE = "mean over the voxels of each region; voxels that are 0 or not finite do not count"
_RESAMPLED = "resampled to the grid of the atlas's image (linear)"


@dataclass(frozen=True, slots=True)
class Labelled:
    """An atlas, its images, and how much of a region an image must cover."""

    atlas: Atlas
    images: tuple[AtlasImage, ...]
    minimum: float


def labelled_atlas(shelf: Shelf, choice: ImageChoice) -> Labelled | None:
    """Return the atlas that images of maps are reduced by.

    Parameters
    ----------
    shelf
        Receives a fault where there is no image of an atlas, or images of several atlases.
    choice
        The plan's ``[images]``, which may name the image.
    """
    found = [] if shelf.root is None else atlas_images(shelf.root, choice)
    known = {a.name: a for a in shelf.atlases}
    fitting = [f for f in found if f.ending != DENSE_ATLAS and f.name in known]
    names = sorted({f.name for f in fitting})
    if len(names) == 1:
        return Labelled(known[names[0]], tuple(fitting), choice.minimum_coverage)
    if names:
        what = f"there are images of several atlases ({listed(names)}); say which by atlas."
    else:
        what = (
            "there is no image of the trial's atlas: put it in atlases/atlas-NAME_dseg.nii.gz, "
            "or name it in images.atlas_image."
        )
    shelf.faults.append(f"maps: volumes cannot be reduced to regions: {what}")
    return None


def read_volume(source: Source, labelled: Labelled, shelf: Shelf) -> BrainMap | None:
    """Average an image over each region.

    Parameters
    ----------
    source
        A NIfTI image of one volume.
    labelled
        The atlas.
    shelf
        Receives every fault.

    Returns
    -------
    BrainMap or None
        None after a fault. NaN in a region of which less than the smallest share is covered. An
        image on another grid is resampled to the atlas's, and the provenance says so.
    """
    try:
        atlas_image = _nearest(source, labelled.images)
        image, labels = open_image(source.path), open_image(atlas_image.path)
        if int(np.prod(image.shape[3:])) != 1 or len(image.shape) < 3:
            raise DataError(f"is no single volume: its shape is {tuple(image.shape)}")
        flat = _flat(image)
        note = _FROM_IMAGE
        if grids_differ(flat, "the atlas image", labels):
            note = f"{_RESAMPLED}; {note}"
            values, weight = _resampled(flat, labels)
        else:
            values = np.asarray(flat.dataobj, dtype=np.float64)
            weight = _counted(values).astype(np.float64)
        means = _means(values, weight, labels, labelled)
    except (DataError, OSError, EOFError, ValueError) as error:
        shelf.fault(source, f"cannot be reduced to regions: {shown_whole(str(error)).rstrip('.')}.")
        return None
    if not np.isfinite(means).any():
        shelf.fault(source, f"covers no region of the atlas {shown(labelled.atlas.name)}.")
        return None
    name, made = stem_of(source.path), replace(source.provenance, note=note)
    return BrainMap(name, labelled.atlas.regions, means, labelled.atlas.name, made)


def _nearest(source: Source, images: Sequence[AtlasImage]) -> AtlasImage:
    """Return the atlas's image in the space that the map's name says, or the first."""
    space = parse_name(source.path.name).get("space")
    same = [i for i in images if i.entities.get("space") == space]
    unknown = [i for i in images if not space or not i.entities.get("space")]
    if not (same or unknown):
        held = listed(i.entities.get("space") for i in images)
        raise DataError(f"it is in space {space}, the atlas's image in {held}")
    return (same or unknown)[0]


def _flat(image: Any) -> Any:
    """Return an image of one volume as one of three axes."""
    return _made(np.asarray(image.dataobj, dtype=np.float64).reshape(image.shape[:3]), image)


def _made(values: FloatArray, like: Any) -> Any:
    import nibabel

    made: Any = nibabel.Nifti1Image
    return made(values, like.affine)


def _counted(values: FloatArray) -> npt.NDArray[np.bool_]:
    """Say which voxels count: outside the brain, images hold 0 or NaN."""
    return np.asarray(np.isfinite(values) & (values != 0), dtype=np.bool_)


def _resampled(image: Any, labels: Any) -> tuple[FloatArray, FloatArray]:
    """Return values on the atlas's grid and the share of each that comes from voxels that count.

    Values and their mask are resampled alike, so that what lies outside draws none towards 0.
    """
    from nilearn.image import resample_to_img

    values = np.asarray(image.dataobj, dtype=np.float64)
    counted = _counted(values)
    parts = np.stack([np.where(counted, values, 0.0), counted.astype(np.float64)], axis=-1)
    how: dict[str, Any] = {"interpolation": "linear", "force_resample": True, "copy_header": True}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Resampling binary images")  # the mask is meant to be
        made = resample_to_img(_made(parts, image), labels, **how)
    total, weight = np.moveaxis(np.asarray(made.dataobj, dtype=np.float64), -1, 0)
    inside = weight > 0.5
    return np.where(inside, total / np.where(inside, weight, 1.0), np.nan), inside.astype(float)


def _means(values: FloatArray, weight: FloatArray, labels: Any, labelled: Labelled) -> FloatArray:
    region = region_of_label(np.asarray(labels.dataobj).astype(np.float64), labelled.atlas).ravel()
    n = len(labelled.atlas)
    inside = region >= 0
    sizes = np.bincount(region[inside], minlength=n)
    counted = inside & (weight.ravel() > 0)
    counts = np.bincount(region[counted], minlength=n)
    sums = np.bincount(region[counted], weights=values.ravel()[counted], minlength=n)
    with np.errstate(invalid="ignore", divide="ignore"):
        covered = (counts > 0) & (counts / sizes >= labelled.minimum)
        return np.where(covered, sums / counts, np.nan)
