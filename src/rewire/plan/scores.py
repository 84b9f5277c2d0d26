"""One value a person, session and scale, where several tables may hold it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from rewire.core.errors import UsageError
from rewire.core.schema import SCORE_COLUMNS
from rewire.core.types import Trial

BOTH = "both"
"""What a plan says of a scale to have each table of it as a score of its own."""

_KEY = ["participant_id", "session_id", "scale"]


@dataclass(frozen=True, slots=True, eq=False)
class ResolvedScores:
    """Scores without double entries.

    Attributes
    ----------
    scores
        Columns of :data:`rewire.core.schema.SCORE_COLUMNS`, one row a person, session and scale;
        a score on which tables disagree is NaN unless the plan chose a table.
    notes
        One sentence a scale on which tables disagree.
    conflicts
        The disagreeing rows, as they stood.
    """

    scores: pd.DataFrame
    notes: tuple[str, ...]
    conflicts: pd.DataFrame


def split_scores(trial: Trial, choices: Mapping[str, str]) -> Trial:
    """Return a trial in which each table of a scale that is to show ``both`` is a scale of its own.

    The table that is called after the scale keeps its name; the others' scores are called after
    their tables (``bdi`` and ``bdi_daws``), with the same range and direction. A scale in one
    table stays as it is.

    Parameters
    ----------
    trial
        As read.
    choices
        Table to believe, or ``both``, by scale.

    Raises
    ------
    UsageError
        If a table is called after another scale of the trial.
    """
    scores, scales = trial.scores, dict(trial.scales)
    for scale in (name for name, choice in choices.items() if choice == BOTH):
        tables = sorted(set(scores.loc[scores["scale"] == scale, "table"]))
        first = scale if scale in tables else "".join(tables[:1])
        for table in (t for t in tables if t != first):
            if table in set(scores["scale"]):
                raise UsageError(f"scores.{scale} = '{BOTH}': there is a scale {table} already.")
            mine = (scores["scale"] == scale) & (scores["table"] == table)
            scores = scores.assign(scale=scores["scale"].mask(mine, table))
            if scale in scales:
                known = scales[scale]
                scales[table] = replace(known, name=table, label=f"{known.label} ({table})")
    return replace(trial, scores=scores, scales=scales)


def resolve_scores(scores: pd.DataFrame, choices: Mapping[str, str]) -> ResolvedScores:
    """Join tables that hold the same scale; where they disagree, take the chosen one or none.

    Parameters
    ----------
    scores
        As read, with double entries.
    choices
        Table to believe, by scale (``[scores]`` in the plan).

    Raises
    ------
    UsageError
        If a choice names a table or scale that is not there.
    """
    _refuse_unknown_choices(scores, choices)
    believed = {scale: table for scale, table in choices.items() if table != BOTH}
    chosen = scores["scale"].map(lambda scale: believed.get(scale, "")).astype(object)
    kept = scores[(chosen == "") | (scores["table"] == chosen)]
    values = kept.dropna(subset=["value"])
    differ = values.groupby(_KEY)["value"].transform("nunique") > 1
    conflicts = values[differ]
    first = kept.sort_values("value", na_position="last", kind="stable").drop_duplicates(_KEY)
    first = first.sort_index()
    at = pd.MultiIndex.from_frame(first[_KEY])
    clash = at.isin(pd.MultiIndex.from_frame(conflicts[_KEY]))
    resolved = first.assign(value=first["value"].mask(clash)).reset_index(drop=True)
    return ResolvedScores(resolved[list(SCORE_COLUMNS)], _notes(conflicts), conflicts)


def refuse_conflicts(resolved: ResolvedScores, scale: str, sessions: tuple[str, ...]) -> None:
    """Stop where a question would use a score on which tables disagree.

    Raises
    ------
    UsageError
        Naming the tables, the rows and the setting that chooses between them.
    """
    rows = resolved.conflicts
    rows = rows[(rows["scale"] == scale) & rows["session_id"].isin(sessions)]
    if rows.empty:
        return
    tables = sorted(set(rows["table"]))
    people = sorted(set(rows["participant_id"]))
    raise UsageError(
        f"Tables disagree about {scale} at {', '.join(sorted(set(rows['session_id'])))} for "
        f"{', '.join(people[:8])}{' and others' if len(people) > 8 else ''}, and a question uses "
        f"these rows. Say which to believe: "
        + " or ".join(f"--set scores.{scale}={t}" for t in tables)
        + f", or --set scores.{scale}={BOTH} to have each as a score of its own."
    )


def _refuse_unknown_choices(scores: pd.DataFrame, choices: Mapping[str, str]) -> None:
    for scale, table in choices.items():
        if table == BOTH:
            continue
        tables = sorted(set(scores.loc[scores["scale"] == scale, "table"]))
        if table not in tables:
            held = ", ".join(tables) or "no table"
            raise UsageError(f"scores.{scale} = '{table}': {scale} stands in {held}.")


def _notes(conflicts: pd.DataFrame) -> tuple[str, ...]:
    notes = []
    for scale, rows in conflicts.groupby("scale"):
        cells = rows.drop_duplicates(_KEY)
        where = ", ".join(f"{len(g)} at {s}" for s, g in cells.groupby("session_id"))
        notes.append(
            f"Tables {' and '.join(sorted(set(rows['table'])))} disagree about {scale} ({where}); "
            "no question uses these rows, and they are left out of the figures."
        )
    return tuple(notes)
