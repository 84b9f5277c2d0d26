"""The rows of a question's mixed model: one a person and session, with all that is known of it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rewire.core.types import FloatArray, Timepoint, Trial
from rewire.effects.answering import Asking
from rewire.effects.responses import Response
from rewire.plan.options.mixed import VALUE, MixedOptions

_NOTHING = ("", "none", "n/a")


@dataclass(frozen=True, slots=True, eq=False)
class VisitRows:
    """Visits on record and what was measured at each.

    Parameters
    ----------
    table
        One row a person and time point: ``participant_id``, ``session`` (without ``ses-``),
        ``session_id``, ``acquisition``, the columns of sessions, ``dose``, ``period``, and those
        of participants, which stand against a session's of the same name. Where people are
        taken as treated the column of the design holds what they received.
    values
        The response, shape (rows, cells); NaN where there is none.
    """

    table: pd.DataFrame
    values: FloatArray

    def filled(self, cell: int, response: str) -> pd.DataFrame:
        """Return the table with a cell's values, also under the response's own name."""
        own = self.values[:, cell]
        return self.table.assign(**{VALUE: own, response: own})


def visit_rows(asking: Asking, response: Response, options: MixedOptions) -> VisitRows:
    """Return the rows of a response's model.

    Parameters
    ----------
    asking
        The question; its time points are the rows unless the options name sessions.
    response
        What is looked at.
    options
        Sessions, and what says what was given first.

    Returns
    -------
    VisitRows
        ``period`` is the place of a session's drug in the order in which the person was given
        them, from ``1``, as text; empty where no drug was given. A visit with neither a record
        nor a value has no row.
    """
    trial, people = asking.trial, asking.cohort.people
    period = _periods(trial, options, asking.cohort.design.arms)
    on_record: Mapping[tuple[str, str], Mapping[Hashable, object]] = {
        (str(row["participant_id"]), str(row["session_id"])): row
        for row in trial.sessions.to_dict("records")
    }
    persons = {str(r["participant_id"]): r for r in trial.participants.to_dict("records")}
    records, values = [], []
    for point in _points(asking, response, options):
        found = response.at(point)
        session = _session_of(point)
        for i, person in enumerate(people):
            visit = on_record.get((person, session)) or {}
            if not visit and not np.isfinite(found[i]).any():
                continue
            drug = str(visit.get("drug", ""))
            own: dict[Hashable, object] = dict(visit)
            own["dose"] = visit.get("dose_mg", np.nan)
            own["period"] = period.get((person, drug), "")
            own |= persons[person]
            if asking.cohort.as_treated:
                own[asking.cohort.factor] = _received(asking, i)
            own["session_id"], own["acquisition"] = session, point.acquisition
            own["session"] = session.removeprefix("ses-")
            records.append(own)
            values.append(found[i])
    cells = len(response.places)
    table = pd.DataFrame.from_records(records) if records else pd.DataFrame()
    return VisitRows(table, np.array(values, dtype=np.float64).reshape(-1, cells))


def _received(asking: Asking, person: int) -> object:
    """Return what a person received, where that is one of the arms; else NaN, which has no row."""
    arm = str(asking.cohort.arm[person])
    return arm if arm in asking.cohort.design.arms else np.nan


def _points(asking: Asking, response: Response, options: MixedOptions) -> Iterator[Timepoint]:
    """Return each time point with its session; one that names none means every session with it."""
    question = asking.question
    named = [Timepoint.parse(s) for s in options.at] or [question.before, *question.after]
    sessions = list(dict.fromkeys(asking.trial.sessions["session_id"].astype(str)))
    for point in dict.fromkeys(named):
        if point.session or point.parts:
            yield point
            continue
        there = np.ones(len(response.session), dtype=np.bool_)
        if point.acquisition:
            there = response.acquisition == point.acquisition
        held = {str(s) for s in response.session[there]}
        yield from (Timepoint(s, point.acquisition) for s in sessions if s in held)


def _session_of(point: Timepoint) -> str:
    return point.parts[-1].session if point.parts else point.session


def _periods(
    trial: Trial, options: MixedOptions, arms: Sequence[str]
) -> Mapping[tuple[str, str], str]:
    """Return the place of each drug in the order in which each person was given them."""
    found: dict[tuple[str, str], str] = {}
    if options.periods:
        table = trial.participants[["participant_id", *options.periods]]
        for person, *given in table.itertuples(index=False):
            for place, code in enumerate(given, 1):
                drug = options.codes.get(str(code), str(code))
                found.setdefault((str(person), drug), str(place))
        return found
    visits = trial.sessions.sort_values("order", kind="stable")
    seen: dict[str, list[str]] = {}
    for person, drug in zip(visits["participant_id"], visits["drug"].astype(str), strict=True):
        given = seen.setdefault(str(person), [])
        told = drug in arms if arms else drug not in _NOTHING
        if told and drug not in given:
            given.append(drug)
            found[str(person), drug] = str(len(given))
    return found
