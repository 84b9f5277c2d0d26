"""Leave out of a trial what the plan or the call leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from rewire.core.errors import UsageError
from rewire.core.types import Exclusion, Trial


@dataclass(frozen=True, slots=True)
class Labels:
    """What the call narrows the run to, as BIDS apps do; empty means everything.

    Attributes
    ----------
    participants
        Labels with or without ``sub-``.
    sessions
        Labels with or without ``ses-``.
    """

    participants: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()


def exclude(trial: Trial, exclusions: Sequence[Exclusion]) -> Trial:
    """Return the trial without what the plan excludes.

    People who are left out lose their scans, scores and measures; an exclusion of single scans
    leaves the rest.
    """
    gone = {e.participant for e in exclusions if e.whole_participant}
    scans = tuple(r for r in trial.scans if not any(e.covers(r) for e in exclusions))
    return _without_people(replace(trial, scans=scans), gone)


def narrow(trial: Trial, labels: Labels) -> Trial:
    """Return the trial narrowed to some participants and sessions.

    Raises
    ------
    UsageError
        If a label matches nothing; the message lists what there is.
    """
    people = _known(labels.participants, "sub-", list(trial.participants["participant_id"]))
    sessions = _known(labels.sessions, "ses-", list(trial.sessions["session_id"]))
    if people:
        everybody = {str(p) for p in trial.participants["participant_id"]}
        trial = _without_people(trial, everybody - people)
    if not sessions:
        return trial
    return replace(
        trial,
        sessions=trial.sessions[trial.sessions["session_id"].isin(sessions)],
        scores=trial.scores[trial.scores["session_id"].isin(sessions)],
        tabulated=trial.tabulated[trial.tabulated["session_id"].isin(sessions)],
        scans=tuple(r for r in trial.scans if r.session in sessions),
    )


def _known(labels: Sequence[str], prefix: str, held: Sequence[str]) -> set[str]:
    wanted = {label if label.startswith(prefix) else f"{prefix}{label}" for label in labels}
    unknown = sorted(wanted - set(held))
    if unknown:
        there = ", ".join(dict.fromkeys(str(h) for h in held))
        raise UsageError(f"The trial has no {', '.join(unknown)}; it has {there}.")
    return wanted


def _without_people(trial: Trial, gone: set[str]) -> Trial:
    if not gone:
        return trial
    return replace(
        trial,
        participants=_others(trial.participants, gone),
        sessions=_others(trial.sessions, gone),
        scores=_others(trial.scores, gone),
        tabulated=_others(trial.tabulated, gone),
        scans=tuple(r for r in trial.scans if r.participant not in gone),
    )


def _others(table: pd.DataFrame, gone: set[str]) -> pd.DataFrame:
    return table[~table["participant_id"].isin(gone)].reset_index(drop=True)
