"""What happened to whom: response, remission and worsening on scales, and adverse events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from rewire.core.scales import Scale
from rewire.core.types import FloatArray, Timepoint
from rewire.effects.answering import Asking
from rewire.effects.responses import score_response

Side = Literal["benefit", "harm"]

NO_EVENTS = "adverse_events.tsv holds no event or is not there: nobody can be said to have had none"


@dataclass(frozen=True, slots=True, eq=False)
class Occurrence:
    """One thing that can happen to a person.

    Parameters
    ----------
    name
        Such as ``response`` or ``headache``.
    side
        Whether it is a benefit or a harm.
    scale, session
        Where it was scored; empty for an adverse event.
    happened
        1 or 0, NaN where it is not known, shape (people,).
    """

    name: str
    side: Side
    scale: str
    session: str
    happened: FloatArray


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Everything that can be told of, and why something cannot."""

    found: tuple[Occurrence, ...]
    reasons: tuple[str, ...]


def score_occurrences(asking: Asking, wanted: Sequence[str]) -> Occurrences:
    """Return response, remission and worsening on the scales of a question.

    Parameters
    ----------
    asking
        Its outcomes, from its baseline to each of its later sessions.
    wanted
        Of ``response``, ``remission`` and ``worsening``.

    Returns
    -------
    Occurrences
        Response is a fall by at least half of what the baseline had above the scale's lowest
        score, for scales on which lower is better; remission a score at or beyond the scale's
        cut-off; worsening a score worse than baseline by at least the smallest difference that
        matters. Unknown where a score that it needs is missing, and response also where the
        baseline is the lowest score. What a scale has no number for is a reason.
    """
    found: list[Occurrence] = []
    reasons: list[str] = []
    question = asking.question
    before = Timepoint(question.outcome_before) if question.outcome_before else question.before
    later = [Timepoint(s) for s in question.outcome_after] or list(question.after)
    for name in question.outcomes:
        scale = asking.trial.scales.get(name)
        if scale is None:
            reasons.append(f"{name} is no scale whose cut-offs are known")
            continue
        reasons += list(lacking_numbers(scale, wanted))
        response = score_response(asking.trial, name, asking.cohort.people)
        first = response.at(before)[:, 0]
        for point in later:
            second = response.at(point)[:, 0]
            found += scale_occurrences(scale, (first, second), point.session, wanted)
    return Occurrences(tuple(found), tuple(dict.fromkeys(reasons)))


def lacking_numbers(scale: Scale, wanted: Sequence[str]) -> Iterator[str]:
    """Yield, for what is wanted of a scale, why it cannot be told."""
    if "response" in wanted and scale.direction == "higher is better":
        yield f"{scale.label} rises as people get better: no response by halves is agreed for it"
    if "remission" in wanted and scale.remission is None:
        yield f"{scale.label} has no agreed cut-off of remission"
    if "worsening" in wanted and scale.smallest_difference is None:
        yield f"{scale.label} has no known smallest difference that matters"


def scale_occurrences(
    scale: Scale, scores: tuple[FloatArray, FloatArray], session: str, wanted: Sequence[str]
) -> Iterator[Occurrence]:
    """Yield response, remission and worsening between two scores, what is wanted and known."""
    first, second = scores
    falls = scale.direction == "lower is better"
    known = np.isfinite(first) & np.isfinite(second)
    if "response" in wanted and falls:
        above = first - scale.low
        halved = (first - second >= 0.5 * above).astype(np.float64)
        happened = np.where(known & (above > 0.0), halved, np.nan)
        yield Occurrence("response", "benefit", scale.name, session, happened)
    if "remission" in wanted and scale.remission is not None:
        beyond = second <= scale.remission if falls else second >= scale.remission
        happened = np.where(np.isfinite(second), beyond.astype(np.float64), np.nan)
        yield Occurrence("remission", "benefit", scale.name, session, happened)
    if "worsening" in wanted and scale.smallest_difference is not None:
        worse = second - first if falls else first - second
        grown = (worse >= scale.smallest_difference).astype(np.float64)
        happened = np.where(known, grown, np.nan)
        yield Occurrence("worsening", "harm", scale.name, session, happened)


def emergent_events(asking: Asking) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the adverse events of a question's people that did not begin before the first dose.

    Parameters
    ----------
    asking
        Its trial and cohort.

    Returns
    -------
    tuple
        The rows, with a column ``person`` (index into the cohort), and what was left out.
    """
    index = {p: i for i, p in enumerate(asking.cohort.people)}
    table = asking.trial.adverse_events
    if table.empty:
        return table.assign(person=np.empty(0, dtype=np.int64)), (NO_EVENTS,)
    rows = table[table["participant_id"].isin(list(index)).to_numpy(dtype=bool)]
    early = (rows["days"] < 0.0).to_numpy(dtype=bool)
    count = int(early.sum())
    events = f"{count} event{'' if count == 1 else 's'}"
    left = (f"{events} began before the first dose and {'is' if count == 1 else 'are'} left out",)
    rows = rows[~early]
    person = np.array([index[str(p)] for p in rows["participant_id"]], dtype=np.int64)
    return rows.assign(person=person), left if count else ()


def event_occurrences(asking: Asking, least_people: int) -> Occurrences:
    """Return any, serious, suicidal and named adverse events.

    Parameters
    ----------
    asking
        Its trial and cohort.
    least_people
        An event is named if at least so many people of the cohort had it.

    Returns
    -------
    Occurrences
        Whoever has no event had none. Whether an event was serious is unknown for a person whose
        events do not say and none of whose events was.
    """
    rows, reasons = emergent_events(asking)
    if asking.trial.adverse_events.empty:
        return Occurrences((), reasons)
    n = len(asking.cohort.people)
    found = [Occurrence("any adverse event", "harm", "", "", _had(rows["person"], n))]
    told = list(reasons)
    for column, name in (("serious", "serious adverse event"), ("suicidality", "suicidality")):
        if (asking.trial.adverse_events[column] == "").all():
            told.append(f"no adverse event says whether it was {name}")
            continue
        happened = _had(rows["person"][rows[column] == "yes"], n)
        unsaid = _had(rows["person"][rows[column] == ""], n)
        happened[(unsaid > 0.0) & (happened == 0.0)] = np.nan
        found.append(Occurrence(name, "harm", "", "", happened))
    folded = rows["event"].str.lower()
    for event in sorted(set(folded)):
        happened = _had(rows["person"][folded == event], n)
        if happened.sum() >= least_people:
            found.append(Occurrence(event, "harm", "", "", happened))
    return Occurrences(tuple(found), tuple(told))


def scale_suicidality(asking: Asking, scale: str, least: float) -> Occurrence:
    """Return who scored at least so much on a scale of suicidality at any later session.

    A person without any later score is unknown; one with some is judged by these.
    """
    question = asking.question
    later = [Timepoint(s) for s in question.outcome_after] or list(question.after)
    response = score_response(asking.trial, scale, asking.cohort.people)
    scores = np.column_stack([response.at(point)[:, 0] for point in later])
    known = np.isfinite(scores).any(axis=1)
    reached = (np.where(np.isfinite(scores), scores, -np.inf) >= least).any(axis=1)
    happened = np.where(known, reached.astype(np.float64), np.nan)
    return Occurrence(f"{scale} of {least:g} or more", "harm", scale, "", happened)


def _had(person: pd.Series, n: int) -> FloatArray:
    happened = np.zeros(n)
    happened[person.to_numpy(dtype=np.int64)] = 1.0
    return happened
