"""How few people may stand behind the coefficient of a level."""

from __future__ import annotations

import re

import pandas as pd

from rewire.core.questions import Question
from rewire.core.types import Trial
from rewire.effects.matching import chosen
from rewire.report.rows import EffectRow

_COLUMN = re.compile(r"(?:^|:)(?:C\()?([^:\[\]()]+)\)?\[")


def smallest_level(row: EffectRow, question: Question, trial: Trial) -> float:
    """Return how few people the rarest level of a mixed model's term can hold.

    Parameters
    ----------
    row
        Its term names columns with a level in brackets.
    question
        Its ``where`` says who is asked about.
    trial
        Its tables say who has which level.

    Returns
    -------
    float
        The people at the rarest level of any column in the term, less those who have no part in
        the model and might all be of that level; the people of the model where the term has no
        level.
    """
    people = trial.participants[chosen(trial.participants, question.where)]
    lacking = max(0.0, len(people) - row.n)
    own = [_rarest(name, people, trial.sessions) for name in _COLUMN.findall(row.term)]
    return min([count - lacking for count in own if count is not None], default=row.n)


def _rarest(column: str, people: pd.DataFrame, sessions: pd.DataFrame) -> int | None:
    """Return the people at the rarest level of a column; None for a column of no table."""
    if column in people:
        table = people
    elif column in sessions:
        table = sessions[sessions["participant_id"].isin(people["participant_id"])]
    else:
        return None
    told = table[["participant_id", column]].dropna().drop_duplicates()
    told = told[(told[column].astype(str) != "").to_numpy(dtype=bool)]
    counts = told.groupby(column)["participant_id"].nunique()
    return int(counts.min()) if len(counts) else None
