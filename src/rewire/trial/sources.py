"""What was read of a trial, before it is put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rewire.core.errors import Fault
from rewire.core.exclusion import Exclusion
from rewire.core.types import ScanRecord
from rewire.plan.parts import ImageChoice
from rewire.trial.adverse_events import AdverseEvents
from rewire.trial.atlas import Atlases, read_atlases
from rewire.trial.bids import Index
from rewire.trial.companions import with_companions
from rewire.trial.connectomes import choose_connectomes
from rewire.trial.events import with_events
from rewire.trial.faults import included
from rewire.trial.image_index import choose_images
from rewire.trial.participants import Participants
from rewire.trial.scores import Scores
from rewire.trial.selection import Selection, select_scans
from rewire.trial.sessions import SessionTables
from rewire.trial.tabulated import Tabulated


@dataclass(frozen=True, slots=True, eq=False)
class FoundScans:
    """The scans of a trial, found without a look at arms or scores.

    Parameters
    ----------
    index
        Everything that lies in the folders.
    selection
        Which of it belongs to the trial.
    atlases
        The atlases of those scans.
    faults
        What stood in the way of choosing between images and parcellated series, or between
        several connectomes.
    """

    index: Index
    selection: Selection
    atlases: Atlases
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which scans a plan wants.

    Parameters
    ----------
    exclusions
        Whom and what it leaves out.
    atlas
        The atlas to use, by name, where the scans come in several.
    images
        Whether images are read, and how.
    kept
        Where averages of images over regions are kept between runs; None keeps none.
    """

    exclusions: tuple[Exclusion, ...] = ()
    atlas: str | None = None
    images: ImageChoice = field(default_factory=ImageChoice)
    kept: Path | None = None


def found_scans(
    index: Index,
    wanted: Wanted,
    root: Path,
    folders: Sequence[Path] = (),
    renamed: Callable[[ScanRecord], ScanRecord] = lambda record: record,
) -> FoundScans:
    """Choose the scans that a plan wants from what lies in the folders.

    Parameters
    ----------
    index
        What lies there.
    wanted
        What the plan wants.
    root
        The trial's folder.
    folders
        Folders of derivatives where they are not the trial's own.
    renamed
        What a scan is to be called.
    """
    single = choose_connectomes(index.scans)
    scans = with_companions(single.scans, index.companions, wanted.images.minimum_coverage)
    home = folders[0] if folders else root
    chosen = choose_images(scans, index.companions, wanted.images, home, wanted.kept)
    named = tuple(renamed(record) for record in chosen.scans)
    index = replace(index, scans=with_events(named, index.event_tables))
    selection = select_scans(index.scans, wanted.atlas, wanted.exclusions, root)
    kept = included(selection.scans, wanted.exclusions)
    return FoundScans(
        index, selection, read_atlases(root, kept, folders), (*single.faults, *chosen.faults)
    )


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """Everything that a trial is put together from.

    Parameters
    ----------
    name, root
        Of the trial.
    scans, people, told, scores, tabulated, adverse
        What was found and read.
    order
        All sessions in order of time where a person has written it; empty to infer it.
    files
        Files that people and scores came from, where they are not the tables in the root.
    faults
        What else is wrong.
    """

    name: str
    root: Path
    scans: FoundScans
    people: Participants
    told: SessionTables
    scores: Scores
    tabulated: Tabulated
    adverse: AdverseEvents
    order: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    faults: tuple[Fault, ...] = ()
