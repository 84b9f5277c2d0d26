"""Leave out of a trial what the plan or the call leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from rewire.core.errors import PlanError, UsageError
from rewire.core.exclusion import Exclusion
from rewire.core.types import Trial

NOT_SELECTED = "not selected by the labels of the call"
THE_CALL = "the call"


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

    @property
    def sentence(self) -> str:
        """What the run was narrowed to, for the first page; empty where it was not."""
        named = [
            f"{what} {', '.join(labels)}"
            for what, labels in (("participants", self.participants), ("sessions", self.sessions))
            if labels
        ]
        return f"The call narrowed this run to {' and '.join(named)}." if named else ""


def exclude(trial: Trial, exclusions: Sequence[Exclusion]) -> Trial:
    """Return the trial without what the plan excludes.

    People who are left out lose everything; a session that is left out loses its scans, scores
    and measures; an exclusion of single scans leaves the rest.
    """
    gone = {e.participant for e in exclusions if e.whole_participant}
    visits = {(e.participant, e.session) for e in exclusions if e.whole_session}
    scans = tuple(r for r in trial.scans if not any(e.covers(r) for e in exclusions))
    left = replace(
        trial,
        scans=scans,
        scores=_other_visits(trial.scores, visits),
        tabulated=_other_visits(trial.tabulated, visits),
    )
    return _without_people(left, gone)


def refuse_unmatched(trial: Trial, exclusions: Sequence[Exclusion]) -> None:
    """Stop where an exclusion matches nothing, since it was meant to.

    Raises
    ------
    PlanError
        Naming each such exclusion and what the trial holds.
    """
    people = {str(p) for p in trial.participants["participant_id"]}
    sessions = {str(s) for s in trial.sessions["session_id"]} | {r.session for r in trial.scans}
    faults = []
    for e in exclusions:
        single = e.acquisition or e.run
        if e.participant not in people:
            faults.append(f"exclude: there is no participant {e.participant}.")
        elif e.session and e.session not in sessions:
            held = ", ".join(sorted(filter(None, sessions)))
            faults.append(f"exclude: there is no session {e.session}; there are {held}.")
        elif single and not any(e.covers(r) for r in trial.scans):
            held = ", ".join(r.label for r in trial.scans if r.participant == e.participant)
            faults.append(f"exclude: no scan is {e.participant} {single}; there are {held}.")
    if faults:
        raise PlanError(faults)


def unselected(trial: Trial, labels: Labels) -> tuple[Exclusion, ...]:
    """Return what the labels of the call leave out, as exclusions.

    Raises
    ------
    UsageError
        If a label matches nothing.
    """
    people, sessions = _wanted(trial, labels)
    everybody = [str(p) for p in trial.participants["participant_id"]]
    out = [
        Exclusion(p, reason=NOT_SELECTED, by=THE_CALL)
        for p in everybody
        if people and p not in people
    ]
    visits = {(r.participant, r.session) for r in trial.scans}
    table = trial.sessions[["participant_id", "session_id"]].astype(str)
    visits |= set(map(tuple, table.to_numpy().tolist()))
    out += [
        Exclusion(p, s, reason=NOT_SELECTED, by=THE_CALL)
        for p, s in sorted(visits)
        if sessions and s and s not in sessions
    ]
    return tuple(out)


def narrow(trial: Trial, labels: Labels) -> Trial:
    """Return the trial narrowed to some participants and sessions.

    Raises
    ------
    UsageError
        If a label matches nothing; the message lists what there is.
    """
    people, sessions = _wanted(trial, labels)
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


def _wanted(trial: Trial, labels: Labels) -> tuple[set[str], set[str]]:
    people = _known(labels.participants, "sub-", list(trial.participants["participant_id"]))
    sessions = _known(labels.sessions, "ses-", list(trial.sessions["session_id"]))
    return people, sessions


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


def _other_visits(table: pd.DataFrame, visits: set[tuple[str, str]]) -> pd.DataFrame:
    if not visits:
        return table
    index = pd.MultiIndex.from_frame(table[["participant_id", "session_id"]])
    return table[~index.isin(sorted(visits))].reset_index(drop=True)


def _others(table: pd.DataFrame, gone: set[str]) -> pd.DataFrame:
    return table[~table["participant_id"].isin(gone)].reset_index(drop=True)
