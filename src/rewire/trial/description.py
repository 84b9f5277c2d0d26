"""``trial.toml``: where a trial's derivatives and scores lie, and how the two fit together."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rewire.core.errors import Fault, TrialError
from rewire.core.scales import Direction, Scale
from rewire.trial.tables import shown

FILE = "trial.toml"
"""What the description of a trial is called where a folder is given."""

OPEN = "?"
"""Stands where a person has to say something."""

SessionName = Annotated[str, Field(pattern=r"^ses-[A-Za-z0-9+]+$")]
PersonName = Annotated[str, Field(pattern=r"^sub-[A-Za-z0-9+]+$")]
ScaleName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
ColumnName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]


class Part(BaseModel):
    """A section of the file: frozen, and without keys that nobody knows."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class JoinedPart(Part):
    """A further worksheet with one row a person, whose columns are added by its ids."""

    worksheet: str
    id_column: str


class SheetPart(Part):
    """The spreadsheet.

    Attributes
    ----------
    file
        Relative to the ``trial.toml``, or absolute.
    worksheet
        Its name; empty for a file of text, or for the first one.
    id_column
        The column of ids.
    session_column
        The column of sessions where every session has a row of its own; empty where every person
        has one row and the columns tell sessions apart.
    joined
        Further worksheets; see there.
    """

    file: str
    worksheet: str = ""
    id_column: str
    session_column: str = ""
    joined: tuple[JoinedPart, ...] = ()


class ArmPart(Part):
    """Who received what: a column of the sheet (empty for one arm), and what its values mean."""

    column: str = ""
    labels: dict[str, str] = Field(default_factory=dict)


class SessionPart(Part):
    """A session: its folder's label, what the sheet calls it, and its phase."""

    label: SessionName
    in_sheet: tuple[str, ...] = ()
    phase: Literal["", "baseline", "preparation", "dosing", "integration", "follow-up"] = ""


class ScalePart(Part):
    """A score: where it stands in the sheet and what counts.

    Attributes
    ----------
    column
        Its column where every session has a row of its own.
    columns
        Else a column for each session, by the sheet's name of the session.
    label
        What a reader calls it; empty for the score's own name.
    direction
        ``unknown`` keeps the score as a plain number.
    low, high, remission, smallest_difference
        As in :class:`rewire.core.scales.Scale`.
    """

    column: str = ""
    columns: dict[str, str] = Field(default_factory=dict)
    label: str = ""
    direction: Literal[Direction, "unknown"]
    low: float = float("-inf")
    high: float = float("inf")
    remission: float | None = None
    smallest_difference: float | None = None

    def scale(self, name: str, source: str) -> Scale | None:
        """Return the instrument, or None for a plain number."""
        if self.direction == "unknown":
            return None
        ends = (self.low, self.high)
        counts = (self.remission, self.smallest_difference)
        return Scale(name, self.label or name, *ends, self.direction, *counts, source)


class Description(Part):
    """A whole ``trial.toml``.

    Attributes
    ----------
    name
        The trial's name.
    derivatives
        Folders that hold the scans, relative to the file or absolute.
    atlas
        The atlas to use; empty where there is only one.
    sheet, arm, sessions, scales
        See there; sessions are in order of time.
    factors
        Further columns about people, by the name that they get.
    rename
        Sessions of single people that go by another label in their folder.
    participants
        Id in the sheet by folder; empty for a person without a row.
    not_in_trial
        Ids whose rows are passed over.
    """

    name: str
    derivatives: tuple[str, ...] = Field(min_length=1)
    atlas: str = ""
    not_in_trial: tuple[str, ...] = ()
    sheet: SheetPart
    arm: ArmPart = ArmPart()
    factors: dict[ColumnName, str] = Field(default_factory=dict)
    sessions: tuple[SessionPart, ...] = ()
    scales: dict[ScaleName, ScalePart] = Field(default_factory=dict)
    rename: dict[PersonName, dict[SessionName, SessionName]] = Field(default_factory=dict)
    participants: dict[PersonName, str] = Field(default_factory=dict)


def description_at(path: Path) -> Path | None:
    """Return the description that a path names or a folder holds; None where there is none."""
    if path.is_file() and path.suffix == ".toml":
        return path
    held = path / FILE
    return held if path.is_dir() and held.is_file() else None


def read_description(path: Path) -> Description:
    """Read a ``trial.toml``.

    Raises
    ------
    TrialError
        If it is no TOML, still asks something, or has keys or values that it cannot have; every
        fault is named.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        content = tomllib.loads(text)
    except (OSError, ValueError) as error:
        what = f"cannot be read ({shown(str(error))})."
        fault = Fault("error", "trial-description", path.name, what, "Correct it as TOML.")
        raise TrialError([fault]) from error
    questions = open_questions(text, content)
    if questions:
        raise TrialError([_question(path, where, about) for where, about in questions])
    try:
        return Description.model_validate(content)
    except ValidationError as error:
        raise TrialError(_wrong(path, error)) from error


def open_questions(text: str, content: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Return where a description still asks something, and what it asks.

    Parameters
    ----------
    text
        The file, for its comments.
    content
        The same, parsed.

    Returns
    -------
    tuple of (str, str)
        The key, and the comment above it; empty where there is none.

    Examples
    --------
    >>> asking = '# Which atlas?' + chr(10) + 'atlas = "?"'
    >>> open_questions(asking, {"atlas": "?"})
    (('atlas', 'Which atlas?'),)
    """
    keys = tuple(_open_keys(content, ""))
    lines = text.splitlines()
    comments = []
    for at, line in enumerate(lines):
        asked = len(re.findall(r"""["']\?["']""", line)) if not line.lstrip().startswith("#") else 0
        comments += [_comment_above(lines, at)] * asked
    if len(comments) != len(keys):
        comments = [""] * len(keys)
    return tuple(zip(keys, comments, strict=True))


def _open_keys(value: object, where: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, held in value.items():
            yield from _open_keys(held, f"{where}.{key}" if where else str(key))
    elif isinstance(value, list):
        for i, held in enumerate(value):
            named = held.get("label", i + 1) if isinstance(held, Mapping) else ""
            yield from _open_keys(held, f"{where} {named}".strip())
    elif value == OPEN:
        yield where


def _comment_above(lines: list[str], at: int) -> str:
    above: list[str] = []
    while at > 0 and lines[at - 1].lstrip().startswith("#"):
        at -= 1
        above.insert(0, lines[at].strip().lstrip("#").strip())
    return " ".join(above)


def _question(path: Path, where: str, about: str) -> Fault:
    what = f"{shown(where)} is still open{':' if about else '.'} {about}".strip()
    return Fault("error", "open-question", path.name, what, 'Write the answer in place of "?".')


def _wrong(path: Path, error: ValidationError) -> list[Fault]:
    faults = []
    for entry in error.errors():
        where = shown(".".join(str(part) for part in entry["loc"])) or "the file"
        told = entry["msg"] if entry["type"] != "extra_forbidden" else "there is no such key"
        what = f"{where}: {shown(told)} (it is {shown(repr(entry['input']))})."
        remedy = "Correct it; rewire init writes a file that shows every key."
        faults.append(Fault("error", "trial-description", path.name, what, remedy))
    return faults
