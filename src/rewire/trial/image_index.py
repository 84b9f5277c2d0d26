"""Which images a plan reads, and which atlas image, mask and confounds go with each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rewire.core.errors import Fault
from rewire.core.imaging import ImageSource
from rewire.core.types import SERIES, ScanRecord
from rewire.plan.parts import ImageChoice
from rewire.trial.bids import BidsName, parse_name, scan_id
from rewire.trial.cifti import DENSE, DENSE_ATLAS, PARCELLATED
from rewire.trial.companions import Recording, Shelf, recording_of, with_tables
from rewire.trial.tables import listed

_VOLUMES = (".nii.gz", ".nii")
_ATLAS = re.compile(
    r"(?:.*_)?(?:atlas|seg)-([A-Za-z0-9+]+)(?:_.*)?_dseg(\.dlabel\.nii|\.nii\.gz|\.nii)"
)
_HINT = "--set images."


@dataclass(frozen=True, slots=True)
class Chosen:
    """The scans that a plan reads, and what stood in the way of choosing them."""

    scans: tuple[ScanRecord, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class AtlasImage:
    """An image of an atlas.

    Parameters
    ----------
    name
        Of the atlas.
    path, ending
        The file, and how its name ends.
    entities
        What else its name says.
    """

    name: str
    path: Path
    ending: str
    entities: BidsName


@dataclass(frozen=True, slots=True)
class _Image:
    """An image of a run."""

    path: Path
    name: BidsName
    recording: Recording

    @property
    def space(self) -> str:
        return self.name.get("space")


def choose_images(
    scans: Sequence[ScanRecord],
    files: Sequence[Path],
    choice: ImageChoice,
    root: Path,
    kept: Path | None = None,
) -> Chosen:
    """Put images in the place of parcellated series where the plan asks for them.

    Parameters
    ----------
    scans
        What was found parcellated.
    files
        Images and companion tables of the trial.
    choice
        The plan's choice. Without a strategy no image is read.
    root
        The trial's folder; atlas images are looked for in it and in ``atlases/``.
    kept
        Folder in which averages over regions are kept between runs, or None.

    Returns
    -------
    Chosen
        Either images or parcellated series, never both; a warning counts the runs that are only
        in the other form. One record for each run and atlas.
    """
    images = [image for path in files if (image := _image(path, choice))]
    series = {recording_of(r.path) for r in scans if r.kind in SERIES}
    if not choice.strategy:
        apart = {i.recording for i in images} - series
        return Chosen(tuple(scans), _unread(len(apart), _NOT_ASKED) if apart else ())
    faults = [*_no_images(images, choice)]
    if choice.space:
        images = [i for i in images if i.space == choice.space] or images
    atlases = atlas_images(root, choice)
    faults += _no_atlas(images, atlases, choice)
    pairs, several = _paired(images, atlases)
    faults += several
    shelf = Shelf(files)
    source = ImageSource(choice.denoising, kept=kept)
    read = [_record(image, atlas, source, shelf) for image, atlas in pairs]
    apart = series - {i.recording for i in images}
    faults += _unread(len(apart), _NO_IMAGE) if apart else ()
    others = [r for r in scans if r.kind not in SERIES]
    return Chosen((*others, *sorted(read, key=lambda r: r.path)), tuple(faults))


def _image(path: Path, choice: ImageChoice) -> _Image | None:
    """Return the image if it is one that the strategy wants."""
    name = parse_name(path.name)
    if name.ending == PARCELLATED:
        wanted = name.suffix in ("bold", "timeseries") and bool(
            name.get("seg") or name.get("atlas")
        )
        wanted = wanted and name.get("stat") in ("", "mean")
    else:
        wanted = name.suffix == "bold" and name.ending in (*_VOLUMES, DENSE)
        wanted = wanted and name.get("desc") in _descriptions(name, choice)
    return _Image(path, name, recording_of(path)) if wanted else None


def _descriptions(name: BidsName, choice: ImageChoice) -> tuple[str, ...]:
    if choice.desc:
        return (choice.desc,)
    if choice.strategy.startswith("ica-aroma"):
        return ("smoothAROMAnonaggr",)
    return ("preproc", "") if name.ending == DENSE else ("preproc",)


def atlas_images(root: Path, choice: ImageChoice) -> list[AtlasImage]:
    """Return the images of atlases that a plan names, or that lie where they belong."""
    if choice.atlas_image:
        paths = [root / choice.atlas_image]
    else:
        paths = sorted({*root.glob("*_dseg*nii*"), *(root / "atlases").rglob("*_dseg*nii*")})
    matched = [(_ATLAS.fullmatch(path.name), path) for path in paths if path.is_file()]
    return [AtlasImage(m[1], path, m[2], parse_name(path.name)) for m, path in matched if m]


def _paired(
    images: Sequence[_Image], atlases: Sequence[AtlasImage]
) -> tuple[list[tuple[_Image, AtlasImage | None]], list[Fault]]:
    """Return each run's image in each atlas, the best where several fit."""
    options: dict[tuple[Recording, str], list[tuple[bool, _Image, AtlasImage | None]]] = {}
    for image in images:
        for name, atlas in _atlases_for(image, atlases):
            elsewhere = atlas is not None and _elsewhere(image, atlas)
            options.setdefault((image.recording, name), []).append((elsewhere, image, atlas))
    pairs, several = [], []
    for found in options.values():
        best = min(elsewhere for elsewhere, _, _ in found)
        fitting = [(image, atlas) for elsewhere, image, atlas in found if elsewhere == best]
        pairs.append(fitting[0])
        if len(fitting) > 1:
            several.append([image for image, _ in fitting])
    return pairs, [_several_images(several)] if several else []


def _atlases_for(
    image: _Image, atlases: Sequence[AtlasImage]
) -> Iterator[tuple[str, AtlasImage | None]]:
    """Yield the atlases of an image; of an atlas in several spaces or resolutions the nearest."""
    if image.name.ending == PARCELLATED:
        yield image.name.get("seg") or image.name.get("atlas"), None
        return
    dense = image.name.ending == DENSE
    fitting = [a for a in atlases if (a.ending == DENSE_ATLAS) == dense]
    for name in dict.fromkeys(a.name for a in fitting):
        own = [a for a in fitting if a.name == name]
        yield name, min(own, key=lambda a: (_elsewhere(image, a), _coarser(image, a), a.path))


def _elsewhere(image: _Image, atlas: AtlasImage) -> bool:
    space = atlas.entities.get("space")
    return bool(space and image.space and space != image.space)


def _coarser(image: _Image, atlas: AtlasImage) -> bool:
    return any(atlas.entities.get(k) != image.name.get(k) for k in ("res", "den"))


def _record(
    image: _Image, atlas: AtlasImage | None, source: ImageSource, shelf: Shelf
) -> ScanRecord:
    path, name = image.path, image.name
    sidecar = path.with_name(f"{path.name.partition('.')[0]}.json")
    confounds = shelf.confounds(path)
    record = ScanRecord(
        id="",
        participant=image.recording.participant,
        session=image.recording.session,
        acquisition=name.get("acq"),
        run=name.get("run"),
        kind="bold",
        atlas=atlas.name if atlas else name.get("seg") or name.get("atlas"),
        path=path,
        sidecar=sidecar if sidecar.is_file() else None,
        motion=confounds,
        task=name.get("task"),
        image=replace(
            source,
            labels=atlas.path if atlas else None,
            mask=shelf.mask(path) if name.ending in _VOLUMES else None,
            confounds=confounds,
        ),
    )
    record = replace(record, id=scan_id(record))
    if name.ending != PARCELLATED:
        return record
    tabled = with_tables(record, shelf, source.denoising.minimum_coverage)
    outliers = tabled.outliers if source.denoising.strategy == "none" else None
    return replace(tabled, outliers=outliers)


_NOT_ASKED = (
    "in images alone, and the plan does not say how their noise is taken out.",
    'They are not read; to have them read, say --set images.strategy="24p+gsr" or the like.',
)
_NO_IMAGE = (
    "in parcellated series alone, and the plan reads images.",
    "They are not read; add their images, or leave images.strategy empty for all.",
)


def _unread(count: int, told: tuple[str, str]) -> tuple[Fault, ...]:
    what = f"{count} run{' is' if count == 1 else 's are'} {told[0]}"
    return (Fault("warning", "image-choice", "images", what, told[1]),)


def _no_images(images: Sequence[_Image], choice: ImageChoice) -> Iterator[Fault]:
    if not images:
        desc = choice.desc or "/".join(d for d in _descriptions(parse_name(""), choice) if d)
        what = f"the plan asks for {choice.strategy}, but there is no *_desc-{desc}_bold image."
        remedy = "Copy them from fMRIPrep, or name others in images.desc."
        yield Fault("error", "no-images", "images", what, remedy)
    elif choice.space and not any(i.space == choice.space for i in images):
        held = sorted({i.space or "(none)" for i in images})
        what = f"no image is in space {choice.space}; there are {listed(held)}."
        yield Fault("error", "image-space", "images", what, f"Correct {_HINT}space.")


def _no_atlas(
    images: Sequence[_Image], atlases: Sequence[AtlasImage], choice: ImageChoice
) -> Iterator[Fault]:
    lacking = [i for i in images if not list(_atlases_for(i, atlases))]
    if not lacking or (len(lacking) < len(images) and atlases):
        return
    dense = all(i.name.ending == DENSE for i in lacking)
    named = choice.atlas_image or f"atlases/atlas-NAME_dseg{DENSE_ATLAS if dense else '.nii.gz'}"
    what = f"is not there or not named so; {len(lacking)} images cannot be reduced to regions."
    remedy = "Add it with its table atlas-NAME_dseg.tsv, or name it in images.atlas_image."
    yield Fault("error", "no-atlas-image", named, what, remedy)


def _several_images(several: Sequence[Sequence[_Image]]) -> Fault:
    first = several[0]
    names = listed([i.path.name for i in first], most=4)
    spaces = sorted({i.space for run in several for i in run if i.space})
    hint = f"{_HINT}space={spaces[0]}" if len(spaces) > 1 else f"{_HINT}desc=..."
    what = f"{len(several)} run{' has' if len(several) == 1 else 's have'} several: {names}."
    return Fault("error", "several-images", "images", what, f"Say {hint}, or remove the others.")
