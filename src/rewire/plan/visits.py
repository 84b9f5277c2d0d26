"""Visits that nobody planned, visits in place of missed ones, and repeated baselines."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from rewire.core.questions import Design
from rewire.core.schedule import Schedule, Substitution
from rewire.core.types import Timepoint, Trial
from rewire.plan.model import Plan
from rewire.plan.parts import Roles, VisitRules

_USUAL = 0.5
_NAMED_SO = re.compile(r"ses-(unscheduled|unsched|adhoc|extra)", re.IGNORECASE)


def held_visits(trial: Trial) -> frozenset[tuple[str, str]]:
    """Return each person and session of which there is a scan, a score or a measure."""
    held = {(r.participant, r.session) for r in trial.scans}
    for table in (trial.scores, trial.tabulated):
        rows = table.dropna(subset=["value"])[["participant_id", "session_id"]].astype(str)
        held |= set(rows.itertuples(index=False, name=None))
    return frozenset(held)


def named_sessions(plan: Plan) -> frozenset[str]:
    """Return the sessions that a plan names in roles and questions, and as scheduled visits."""
    words = [*role_words(plan.roles), *plan.visits.instead]
    words += [w for q in plan.questions for w in (q.before, *q.after, *q.outcome_sessions)]
    return frozenset(Timepoint.parse(w).session for w in words if not w.startswith("@"))


def role_words(roles: Roles) -> tuple[str, ...]:
    """Return the time points and sessions that roles name."""
    return (*roles.baselines, *roles.after, *roles.outcome_sessions)


def unscheduled_sessions(
    trial: Trial, named: Collection[str], visits: VisitRules | None = None
) -> tuple[str, ...]:
    """Return the sessions that only some people have and that nothing names, in order.

    A session is usual where at least half of the people of some arm have data of it. One whose
    name says that it was unscheduled is not, and one that the plan maps to another is not.

    Parameters
    ----------
    trial
        The trial.
    named
        Sessions that the plan names; they are what a person wrote.
    visits
        The plan's visits in place of others.
    """
    held = held_visits(trial)
    table = trial.participants
    arms = dict(zip(table["participant_id"].astype(str), table["arm"].astype(str), strict=True))
    groups: dict[str, set[str]] = {}
    for person, _ in held:
        groups.setdefault(arms.get(person, ""), set()).add(person)
    found: list[str] = []
    usual: list[str] = []
    for session in _in_order(trial, {s for _, s in held if s} - set(named)):
        have = {p for p, s in held if s == session}
        rare = all(len(have & people) < _USUAL * len(people) for people in groups.values())
        (found if rare else usual).append(session)
    if not usual and not named:
        found = []
    mapped = {v for several in (visits or VisitRules()).instead.values() for v in several}
    out = {s for s in [*found, *usual] if s in found or s in mapped or _NAMED_SO.match(s)}
    return tuple(_in_order(trial, out))


def find_substitutions(trial: Trial, rules: VisitRules) -> tuple[Substitution, ...]:
    """Return the visits that stand in for scheduled ones of which a person has nothing.

    Parameters
    ----------
    trial
        The trial, without what is excluded: a visit that lost everything counts as missed.
    rules
        Which visit may stand in for which, the first choice first, and within how many days of
        the usual (median) day of the scheduled one; a visit of unknown day is then not taken.
    """
    held = held_visits(trial)
    days = _days(trial)
    found = []
    for scheduled, visits in rules.instead.items():
        usual = _usual_day(trial, scheduled)
        for person in dict.fromkeys(trial.participants["participant_id"].astype(str)):
            if (person, scheduled) in held:
                continue
            for visit in visits:
                day = days.get((person, visit), np.nan)
                far = abs(day - usual)
                within = rules.window_days is None or far <= rules.window_days
                if (person, visit) in held and within:
                    when = f" (day {day:g}, usually day {usual:g})" if np.isfinite(far) else ""
                    why = f"{scheduled} was missed; {visit} was taken{when}"
                    found.append(Substitution(person, scheduled, visit, why))
                    break
    return tuple(found)


def follow_schedule(trial: Trial, schedule: Schedule) -> Trial:
    """Return the trial with sessions and scores as the schedule reads them.

    Scores and sessions of visits in place of others carry the scheduled session; a repeated
    baseline gains a session of its own with the scores that stand for it. Scans and tabulated
    measures keep their labels: those say what was recorded.
    """
    if schedule.substitutions:
        taken = {(s.participant, s.visit): s.scheduled for s in schedule.substitutions}
        sessions = _relabelled(trial.sessions, taken)
        order = trial.sessions.groupby("session_id")["order"].min()
        sessions["order"] = sessions["session_id"].map(order).astype(np.int64)
        sessions = sessions.sort_values("order", kind="stable", ignore_index=True)
        trial = replace(trial, sessions=sessions, scores=_relabelled(trial.scores, taken))
    if schedule.baseline is not None:
        trial = _with_baseline(trial, schedule.baseline)
    return trial


def visit_faults(plan: Plan, trial: Trial, design: Design) -> list[str]:
    """Return what is wrong with the plan's repeated baseline and visits, as sentences."""
    held = {s for _, s in held_visits(trial)}
    there = ", ".join(_in_order(trial, held - {""})) or "none"
    return [
        *_baseline_faults(plan.roles, trial, design),
        *_visit_faults(plan, held, there),
        *_window_faults(plan.visits, trial),
    ]


def _baseline_faults(roles: Roles, trial: Trial, design: Design) -> Iterable[str]:
    if len(roles.baselines) < 2:
        return
    points = {(r.session, r.acquisition) for r in trial.scans}
    points |= {(s, "") for _, s in held_visits(trial)}
    drugged = set(trial.sessions.loc[trial.sessions["drug"].isin(design.arms), "session_id"])
    for word in roles.baselines:
        point = Timepoint.parse(word)
        if not any(point.session in ("", s) and point.acquisition in ("", a) for s, a in points):
            there = ", ".join(dict.fromkeys(str(Timepoint(s, a)) for s, a in sorted(points)))
            yield f"roles / baseline: nobody has anything at {word} (there are: {there or 'none'})."
        if design.kind == "crossover" and point.session in drugged:
            yield f"roles / baseline: {word} followed a drug, so it is no baseline."


def _visit_faults(plan: Plan, held: set[str], there: str) -> Iterable[str]:
    seen: dict[str, str] = {}
    roles = {Timepoint.parse(w).session for w in role_words(plan.roles)}
    for scheduled, visits in plan.visits.instead.items():
        if scheduled not in held:
            yield f"visits / {scheduled}: nobody has this session (there are: {there})."
        for visit in visits:
            if visit not in held:
                yield f"visits / {scheduled}: nobody has {visit} (there are: {there})."
            if visit in seen:
                also = seen[visit] if seen[visit] != scheduled else "the same"
                yield f"visits / {scheduled}: {visit} is mapped twice (also to {also})."
            if visit in plan.visits.instead or visit in roles:
                yield f"visits / {scheduled}: {visit} is itself a scheduled visit."
            seen[visit] = scheduled


def _window_faults(rules: VisitRules, trial: Trial) -> Iterable[str]:
    for scheduled in rules.instead if rules.window_days is not None else ():
        if not np.isfinite(_usual_day(trial, scheduled)):
            yield f"visits / window_days: the session tables give no days for {scheduled}."


def _with_baseline(trial: Trial, point: Timepoint) -> Trial:
    at = {part.session: i for i, part in enumerate(point.parts) if part.session}
    mine = trial.sessions[trial.sessions["session_id"].isin(list(at))]
    last = mine.drop_duplicates("participant_id", keep="last")
    joint = last.assign(session_id=point.session, phase="baseline", drug="", days=np.nan)
    joint = joint.assign(dose_mg=np.nan, order=mine["order"].max() if len(mine) else 0)
    sessions = pd.concat([trial.sessions, joint]) if len(joint) else trial.sessions
    scores = trial.scores[trial.scores["session_id"].isin(list(at))]
    scores = scores.assign(_at=scores["session_id"].map(at)).sort_values("_at", kind="stable")
    known = scores.dropna(subset=["value"]).groupby(["participant_id", "scale"], sort=False)
    values = known["value"].mean() if point.take == "mean" else known["value"].last()
    rows = known[["table"]].last().assign(value=values, session_id=point.session).reset_index()
    added = rows[list(trial.scores.columns)]
    joined = pd.concat([trial.scores, added], ignore_index=True) if len(added) else trial.scores
    sessions = sessions.sort_values("order", kind="stable", ignore_index=True)
    return replace(trial, sessions=sessions, scores=joined)


def _relabelled(table: pd.DataFrame, taken: dict[tuple[str, str], str]) -> pd.DataFrame:
    """Give visits the session that they stand for, in place of what may stand there empty."""
    keys = list(zip(table["participant_id"].astype(str), table["session_id"], strict=True))
    gone = {(person, scheduled) for (person, _), scheduled in taken.items()}
    sessions = [taken.get(key, key[1]) for key in keys]
    keep = [key not in gone for key in keys]
    return table.assign(session_id=sessions)[keep].reset_index(drop=True)


def _in_order(trial: Trial, sessions: Collection[str]) -> list[str]:
    order = trial.sessions.groupby("session_id")["order"].min().to_dict()
    return sorted(sessions, key=lambda s: (order.get(s, np.inf), s))


def _days(trial: Trial) -> dict[tuple[str, str], float]:
    rows = trial.sessions[["participant_id", "session_id", "days"]]
    return {(str(p), str(s)): float(d) for p, s, d in rows.itertuples(index=False)}


def _usual_day(trial: Trial, session: str) -> float:
    days = trial.sessions.loc[trial.sessions["session_id"] == session, "days"].dropna()
    return float(days.median()) if len(days) else float("nan")
