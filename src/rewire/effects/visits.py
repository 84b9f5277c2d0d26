"""What the participant flow counts beside people: runs, visits in place of others, switches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rewire.core.schedule import Schedule, Substitution
from rewire.core.types import Measurement, Measurements, Trial
from rewire.effects.runs import run_counts


@dataclass(frozen=True, slots=True)
class Count:
    """A stage of the flow that only counts: whom it concerns, and what is to say of each.

    Parameters
    ----------
    stage
        What is counted.
    people
        Participants with a remark, which may be empty.
    """

    stage: str
    people: dict[str, str]


def counted_stages(trial: Trial, schedule: Schedule) -> tuple[Count, ...]:
    """Return what the flow counts of switches, runs and visits; nothing where there is none.

    Parameters
    ----------
    trial
        The trial without what is left out.
    schedule
        How visits and arms are read.
    """
    return (*_switched(schedule), *_runs(trial), *_visits(trial, schedule))


def substituted(measurements: Measurements, substitutions: Sequence[Substitution]) -> Measurements:
    """Return measurements whose visits in place of others carry the scheduled session.

    Parameters
    ----------
    measurements
        As measured.
    substitutions
        Which visit of whom stands in for which.
    """
    if not substitutions:
        return measurements
    taken = {(s.participant, s.visit): s.scheduled for s in substitutions}
    return {name: _relabelled(m, taken) for name, m in measurements.items()}


def _relabelled(measurement: Measurement, taken: dict[tuple[str, str], str]) -> Measurement:
    data = measurement.data
    people = data["participant_id"].to_numpy().astype(str)
    sessions = data["session_id"].to_numpy().astype(str)
    read = [taken.get((p, s), s) for p, s in zip(people.tolist(), sessions.tolist(), strict=True)]
    return replace(measurement, data=data.assign_coords(session_id=("scan", read)))


def _switched(schedule: Schedule) -> list[Count]:
    told = {
        s.participant: f"allotted {s.allotted}, received {s.received} ({s.source})"
        for s in schedule.switches
    }
    return [Count("received another treatment", told)] if told else []


def _runs(trial: Trial) -> list[Count]:
    found: dict[str, dict[str, str]] = {}
    counts = run_counts(trial)
    people, times = counts["participant_id"].astype(str), counts["time"].astype(str)
    for person, time, n in zip(people, times, counts["runs"].tolist(), strict=True):
        at = f" at {time}" if time else " in all"
        found.setdefault(f"{n} run{'' if n == 1 else 's'}{at}", {})[person] = ""
    return [Count(stage, people) for stage, people in sorted(found.items())]


def _visits(trial: Trial, schedule: Schedule) -> list[Count]:
    found: dict[str, dict[str, str]] = {}
    for s in schedule.substitutions:
        found.setdefault(f"{s.visit} in place of {s.scheduled}", {})[s.participant] = s.reason
    used = {(s.participant, s.visit) for s in schedule.substitutions}
    for person, session in sorted(_seen(trial) - used):
        if session in schedule.unscheduled:
            found.setdefault(f"unscheduled {session}, in no analysis", {})[person] = ""
    return [Count(stage, people) for stage, people in found.items()]


def _seen(trial: Trial) -> set[tuple[str, str]]:
    seen = {(r.participant, r.session) for r in trial.scans}
    for table in (trial.scores, trial.tabulated):
        rows = table.dropna(subset=["value"])[["participant_id", "session_id"]].astype(str)
        seen |= set(rows.itertuples(index=False, name=None))
    return seen
