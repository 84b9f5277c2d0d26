"""The description that a trial's derivatives and scores suggest, and what only a person can say."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rewire.core import store
from rewire.core.errors import Fault, TrialError, UsageError
from rewire.pipeline.description_text import DraftedArms, DraftedTrial, description_text
from rewire.trial.bids import Index, index_trial
from rewire.trial.description import OPEN
from rewire.trial.session_names import Rename, find_renames, match_sessions
from rewire.trial.sheet_columns import (
    IdColumn,
    ScoreColumns,
    find_arm_column,
    find_factors,
    find_id_column,
    find_joined,
    find_scores,
    find_session_column,
)
from rewire.trial.spreadsheet import Worksheet, join_worksheets, read_spreadsheet
from rewire.trial.tables import MISSING, Table, listed

_CODE = re.compile(r"(arm|group|treatment)?[\W_]*([a-z]|\d+)")


@dataclass(frozen=True, slots=True)
class Drafted:
    """A drafted ``trial.toml``.

    Attributes
    ----------
    text
        The file.
    inferred
        One sentence for each thing that was worked out.
    questions
        How many answers are missing.
    """

    text: str
    inferred: tuple[str, ...]
    questions: int


def write_description(
    derivatives: Sequence[Path], scores: Path, out: Path, atlas: str | None = None
) -> tuple[str, ...]:
    """Write the description of a trial and return what a person should be told.

    Parameters
    ----------
    derivatives, scores, out, atlas
        As for :func:`describe_trial`; an existing file is never overwritten.

    Raises
    ------
    TrialError, UsageError
        As :func:`describe_trial`.
    """
    if out.exists():
        raise UsageError(f"{out} exists; a description is never overwritten. Say --out.")
    drafted = describe_trial(derivatives, scores, out, atlas)
    store.write_text(out, drafted.text)
    asked = f"{drafted.questions} question{'' if drafted.questions == 1 else 's'}"
    first = f'Answer {asked} in it (look for "?"), then' if drafted.questions else "Read it, then"
    return (*drafted.inferred, f"Written: {out}. {first}: rewire check {out}")


def describe_trial(
    derivatives: Sequence[Path], scores: Path, out: Path, atlas: str | None = None
) -> Drafted:
    """Work out how derivatives and a spreadsheet fit together.

    Parameters
    ----------
    derivatives
        Folders that hold ``sub-*`` folders with parcellated series; none is written to.
    scores
        The spreadsheet.
    out
        Where the description will lie; the paths in it are relative to that.
    atlas
        The atlas to use, where there are several.

    Raises
    ------
    TrialError
        If folders or sheet cannot be used; every fault is named.
    UsageError
        If no scan was reduced to that atlas, or the description would lie among the derivatives.
    """
    _refuse_inside(out, derivatives)
    indices, faults = _indices(derivatives)
    read = read_spreadsheet(scores, Path.cwd())
    faults += [f for f in read.faults if f.severity == "error"]
    folders = sorted({folder for index in indices for folder in index.folders})
    ids, wrong = find_id_column(read.sheets, folders) if read.sheets and folders else (None, ())
    faults += wrong
    sessions, repeated = find_session_column(ids.worksheet.table, ids.column) if ids else ("", ())
    faults += repeated
    if faults or ids is None:
        raise TrialError(faults)
    shape = (sessions, find_joined(read.sheets, ids))
    drafted = _draft(indices, ids, shape, (tuple(derivatives), scores, out), atlas)
    text, questions = description_text(drafted)
    return Drafted(text, tuple(_told(drafted)), questions)


def _refuse_inside(out: Path, derivatives: Sequence[Path]) -> None:
    for folder in derivatives:
        if out.resolve().is_relative_to(folder.resolve()):
            raise UsageError(
                f"{out} lies in {folder}, which is never written to. Say --out with a path "
                "beside it."
            )


def _indices(derivatives: Sequence[Path]) -> tuple[list[Index], list[Fault]]:
    indices: list[Index] = []
    faults: list[Fault] = []
    for folder in derivatives:
        if not folder.is_dir():
            what, remedy = "there is no such folder.", "Give the folder that holds sub-* folders."
            faults.append(Fault("error", "no-trial", str(folder), what, remedy))
            continue
        index = index_trial(folder)
        if not index.folders:
            what, remedy = "holds no sub-* folder.", "Give the folder that XCP-D wrote."
            faults.append(Fault("error", "no-participants", str(folder), what, remedy))
        indices.append(index)
    if indices and not faults and not any(index.scans for index in indices):
        what = "there are no parcellated scans in the folders."
        remedy = "Give XCP-D's folder; fMRIPrep's own has no *_timeseries.tsv of regions."
        where = listed(str(folder) for folder in derivatives)
        faults.append(Fault("error", "nothing-to-analyse", where, what, remedy))
    return indices, faults


def _draft(
    indices: Sequence[Index],
    ids: IdColumn,
    shape: tuple[str, tuple[tuple[Worksheet, str], ...]],
    paths: tuple[tuple[Path, ...], Path, Path],
    atlas: str | None,
) -> DraftedTrial:
    derivatives, scores, out = paths
    session_column, joined = shape
    table = join_worksheets(ids.worksheet.table, ids.column, joined)
    names, chosen = _atlas(indices, atlas)
    renames = _renames(indices)
    taken = [c for c in (ids.column, session_column) if c]
    arm, options = find_arm_column(table, ids.column, taken)
    factors = find_factors(table, ids.column, [*taken, arm])
    scored = find_scores(table, ids.column, session_column, [*taken, arm, *factors.values()])
    labels = _labels(indices, renames)
    sheet_sessions = _sheet_sessions(table, session_column, scored)
    used = {*taken, arm, *factors.values(), *(c for s in scored for c in s.columns.values())}
    return DraftedTrial(
        name=out.resolve().parent.name or "trial",
        derivatives=tuple(_beside(folder, out) for folder in derivatives),
        atlas=chosen,
        atlases=names,
        sheet=_beside(scores, out),
        ids=ids,
        joined=joined,
        session_column=session_column,
        arms=_arms(table, arm, options),
        factors=factors,
        sessions=match_sessions(labels, sheet_sessions, session_column),
        renames=renames,
        scores=scored,
        unused=tuple(c for c in table.columns if c not in used),
    )


def _beside(path: Path, out: Path) -> str:
    try:
        return Path(os.path.relpath(path.resolve(), out.resolve().parent)).as_posix()
    except ValueError:  # another drive
        return path.resolve().as_posix()


def _atlas(indices: Sequence[Index], wanted: str | None) -> tuple[tuple[str, ...], str]:
    names = tuple(sorted({record.atlas for index in indices for record in index.scans}))
    if wanted is not None and wanted not in names:
        raise UsageError(f"No scan was reduced to '{wanted}'; the atlases are {', '.join(names)}.")
    return names, wanted or (names[0] if len(names) == 1 else OPEN)


def _renames(indices: Sequence[Index]) -> tuple[Rename, ...]:
    seen: dict[str, list[str]] = {}
    for index in indices:
        for record in index.scans:
            labels = seen.setdefault(record.participant, [])
            if record.session and record.session not in labels:
                labels.append(record.session)
    return find_renames(seen)


def _labels(indices: Sequence[Index], renames: Sequence[Rename]) -> list[str]:
    renamed = {(r.participant, r.label) for r in renames}
    found = {
        record.session
        for index in indices
        for record in index.scans
        if record.session and (record.participant, record.session) not in renamed
    }
    return sorted(found)


def _sheet_sessions(
    table: Table, session_column: str, scored: Sequence[ScoreColumns]
) -> tuple[str, ...]:
    cells = table.column(session_column) if session_column else ()
    names = [c for c in cells if c.lower() not in MISSING]
    names += [name for score in scored for name in score.columns if not session_column]
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(name.casefold(), name)
    return tuple(folded.values())


def _arms(table: Table, column: str, options: tuple[str, ...]) -> DraftedArms:
    if not column:
        return DraftedArms(OPEN if options else "", {}, options)
    labels: dict[str, str] = {}
    folded: set[str] = set()
    for cell in sorted({c for c in table.column(column) if c.lower() not in MISSING}):
        if cell.casefold() not in folded:
            folded.add(cell.casefold())
            labels[cell] = OPEN if _CODE.fullmatch(cell.lower()) else cell
    return DraftedArms(column, labels, ())


def _told(drafted: DraftedTrial) -> Iterator[str]:
    matching = drafted.ids.matching
    rules = ", ".join(f"{n} {rule}" for rule, n in matching.rules.items())
    yield f"{len(matching.pairs)} folders have a row by '{drafted.ids.column}' ({rules})."
    if matching.without:
        yield f"No row for {listed(matching.without)}."
    if matching.spare:
        yield f"{len(matching.spare)} rows have no folder so far: {listed(matching.spare)}."
    yield f"The sheet is {'long' if drafted.session_column else 'wide'}."
    for session in drafted.sessions:
        if session.in_sheet:
            how = ", by their order alone: check it" if session.ranked else ""
            yield f"{session.label} is '{session.in_sheet[0]}' in the sheet{how}."
    for rename in drafted.renames:
        if rename.meant:
            yield f"{rename.label} of {rename.participant} is read as {rename.meant}."
    for sheet, column in drafted.joined:
        yield f"Worksheet '{sheet.name}' is joined by '{column}'."
    if drafted.arms.labels:
        yield f"The arms stand in '{drafted.arms.column}': {listed(drafted.arms.labels)}."
    elif not drafted.arms.column:
        yield "No column says who received what: it counts as a trial with one arm."
    if drafted.factors:
        yield f"Factors: {listed(drafted.factors)}."
    known = [s.scale.label for s in drafted.scores if s.scale]
    plain = [s.name for s in drafted.scores if not s.scale]
    yield f"Scales: {listed(known, 20) or 'none that is built in'}."
    if plain:
        yield f"Kept as plain numbers: {listed(plain, 20)}."
    if drafted.unused:
        yield f"Columns not used: {listed(drafted.unused, 20)}."
