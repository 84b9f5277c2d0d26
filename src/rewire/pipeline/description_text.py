"""A drafted ``trial.toml`` as commented text, with a question wherever a person has to answer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import tomlkit
from tomlkit.items import AoT, InlineTable, Table

from rewire.trial.description import OPEN, open_questions
from rewire.trial.session_names import NamedSession, Rename
from rewire.trial.sheet_columns import IdColumn, ScoreColumns
from rewire.trial.spreadsheet import Worksheet
from rewire.trial.tables import listed, shown

_MOST = 100


@dataclass(frozen=True, slots=True)
class DraftedArms:
    """Arms as far as they are known: the column, what its values mean, or which it may be."""

    column: str
    labels: dict[str, str]
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DraftedTrial:
    """Everything that was worked out about a trial.

    Attributes
    ----------
    name, derivatives, sheet
        The trial's name, and paths relative to the description.
    atlas, atlases
        The chosen one (or an open question), and all.
    ids, joined, session_column, arms, factors, sessions, renames, scores
        What the sheet and the folders hold.
    unused
        Columns that nothing was made of.
    """

    name: str
    derivatives: tuple[str, ...]
    atlas: str
    atlases: tuple[str, ...]
    sheet: str
    ids: IdColumn
    joined: tuple[tuple[Worksheet, str], ...]
    session_column: str
    arms: DraftedArms
    factors: dict[str, str]
    sessions: tuple[NamedSession, ...]
    renames: tuple[Rename, ...]
    scores: tuple[ScoreColumns, ...]
    unused: tuple[str, ...]


def description_text(drafted: DraftedTrial) -> tuple[str, int]:
    """Return the file and how many questions it asks."""
    file = tomlkit.document()
    file.add(tomlkit.comment("How rewire reads this trial. Everything here may be edited."))
    file.add(tomlkit.comment('Where "?" stands, the comment above it says what is wanted.'))
    file.add(tomlkit.nl())
    file["name"] = drafted.name
    file["derivatives"] = list(drafted.derivatives)
    file.add(tomlkit.comment(_atlas_comment(drafted)))
    file["atlas"] = drafted.atlas
    file.add(tomlkit.comment("Ids in the sheet whose rows are to be passed over."))
    file["not_in_trial"] = []
    file.add("sheet", _sheet(drafted))
    file.add("arm", _arm(drafted.arms))
    file.add("factors", _table(drafted.factors, "Further columns about people."))
    file.add("sessions", _sessions(drafted.sessions))
    file.add("rename", _renames(drafted.renames))
    file.add("scales", _scales(drafted))
    file.add("participants", _participants(drafted))
    text = tomlkit.dumps(file)
    return text, len(open_questions(text, tomlkit.parse(text).unwrap()))


def _atlas_comment(drafted: DraftedTrial) -> str:
    if drafted.atlas == OPEN:
        return f"Which atlas? One of: {listed(drafted.atlases, _MOST)}."
    return f"The scans come in: {listed(drafted.atlases, _MOST)}."


def _table(content: Mapping[str, str], *comments: str) -> Table:
    table = tomlkit.table()
    for comment in comments:
        table.add(tomlkit.comment(comment))
    for key, value in content.items():
        table[key] = value
    return table


def _sheet(drafted: DraftedTrial) -> Table:
    shape = (
        "Every session has a row of its own."
        if drafted.session_column
        else "Every person has one row, and columns tell sessions apart."
    )
    content = {
        "file": drafted.sheet,
        "worksheet": drafted.ids.worksheet.name,
        "id_column": drafted.ids.column,
        "session_column": drafted.session_column,
    }
    unused = [f"Columns not used: {listed(drafted.unused, _MOST)}."] if drafted.unused else []
    table = _table(content, shape, *unused)
    more = tomlkit.aot()
    for sheet, column in drafted.joined:
        more.append(_table({"worksheet": sheet.name, "id_column": column}))
    if drafted.joined:
        table.add("joined", more)
    return table


def _arm(arms: DraftedArms) -> Table:
    about = "Who received what; an empty column means one arm."
    if arms.column == OPEN:
        about = (
            'Which column says who received what? Write "" if all received the same. It may be: '
            f"{listed(arms.options, _MOST)}."
        )
    table = _table({"column": arms.column}, about)
    labels = tomlkit.table()
    for value, label in arms.labels.items():
        if label == OPEN:
            ask = f"What did the people with '{shown(value)}' receive, such as psilocybin?"
            labels.add(tomlkit.comment(ask))
        labels[value] = label
    table.add("labels", labels)
    return table


def _sessions(sessions: Sequence[NamedSession]) -> AoT:
    held = tomlkit.aot()
    for i, session in enumerate(sessions):
        table = tomlkit.table()
        if i == 0:
            table.add(tomlkit.comment("In order of time: correct the order if it is not."))
        if session.ranked:
            table.add(tomlkit.comment("CHECK: matched with the sheet by the order alone."))
        table["label"] = session.label
        if session.options:
            names = listed(session.options, _MOST)
            ask = f"What does the sheet call this session? One of: {names}; [] for none."
            table.add(tomlkit.comment(ask))
        table["in_sheet"] = list(session.in_sheet) or ([OPEN] if session.options else [])
        table["phase"] = session.phase
        held.append(table)
    return held


def _renames(renames: Sequence[Rename]) -> Table:
    table = _table({}, "People whose folder has another session label than everybody else's.")
    for rename in renames:
        person = table.setdefault(rename.participant, tomlkit.table())
        if not rename.meant:
            options = listed((*rename.options, rename.label), _MOST)
            ask = f"Which session is {rename.label} of {rename.participant}? One of: {options}."
            person.add(tomlkit.comment(ask))
        person[rename.label] = rename.meant or OPEN
    return table


def _scales(drafted: DraftedTrial) -> Table:
    scales = tomlkit.table(is_super_table=True)
    for score in drafted.scores:
        table = tomlkit.table()
        scale = score.scale
        if scale is None:
            table.add(tomlkit.comment("Not built in, kept as a plain number. If you know it:"))
            table.add(tomlkit.comment('direction = "lower is better" or "higher is better",'))
            table.add(tomlkit.comment("low, high, remission, smallest_difference."))
            table["direction"] = "unknown"
        else:
            table.add(tomlkit.comment(f"Built in: {scale.source}."))
            table["label"] = scale.label
            table["direction"] = scale.direction
            for key, value in (
                ("low", scale.low),
                ("high", scale.high),
                ("remission", scale.remission),
                ("smallest_difference", scale.smallest_difference),
            ):
                if value is not None and math.isfinite(value):
                    table[key] = value
        if drafted.session_column:
            table["column"] = score.columns[""]
        else:
            table["columns"] = _inline(score.columns)
        scales.add(score.name, table)
    return scales


def _inline(content: Mapping[str, str]) -> InlineTable:
    table = tomlkit.inline_table()
    table.update(content)
    return table


def _participants(drafted: DraftedTrial) -> Table:
    matching = drafted.ids.matching
    about = f"Folder and id under '{drafted.ids.column}'; \"\" for a person without a row."
    table = _table({}, about)
    folders = sorted({*matching.pairs, *matching.asked, *matching.without})
    for folder in folders:
        if folder in matching.asked:
            options = listed(matching.asked[folder], _MOST)
            table.add(tomlkit.comment(f'Which row is {folder}? One of: {options}; "" for none.'))
        table[folder] = matching.pairs.get(folder, OPEN if folder in matching.asked else "")
    return table
