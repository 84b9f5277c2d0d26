"""What the words of a recipe (baseline, after, outcome, reference arm) mean in a trial."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from rewire.core.errors import UsageError
from rewire.core.questions import Design
from rewire.core.schedule import joint_timepoint
from rewire.core.types import Timepoint, Trial
from rewire.plan.parts import DesignChoice, Roles

_REFERENCE_WORDS = (
    "placebo",
    "sham",
    "saline",
    "waitlist",
    "control",
    "usual",
    "niacin",
    "midazolam",
    "ssri",
    "escitalopram",
    "citalopram",
    "sertraline",
    "fluoxetine",
    "healthy",
)
_HEALTHY_WORDS = {"healthy", "hc", "hv", "control", "controls", "volunteer", "volunteers"}
_BEFORE_WORDS = ("pre", "baseline", "before", "bl")
_MOST = 0.5
_NO_DRUG = ("", "none", "n/a")


@dataclass(frozen=True, slots=True)
class BoundRoles:
    """Roles as this trial fills them; what it cannot fill is empty.

    Attributes
    ----------
    baseline, after
        Time points of the measure (or of the score as response).
    outcomes
        Scales that the trial has.
    outcome_before
        Session of the baseline score.
    outcome_sessions
        Sessions of the later scores, in order.
    """

    baseline: Timepoint | None
    after: tuple[Timepoint, ...]
    outcomes: tuple[str, ...]
    outcome_before: str
    outcome_sessions: tuple[str, ...]


def infer_design(trial: Trial, choice: DesignChoice, reference: str = "") -> Design:
    """Return the design: crossover where the drug varies within people, else by arm.

    Parameters
    ----------
    trial
        The trial.
    choice
        What the plan says; it stands against what the tables suggest.
    reference
        Reference arm, if the plan names it.

    Raises
    ------
    UsageError
        If the plan names an arm that the trial lacks, or nobody can tell the reference arm.
    """
    drugs = _drugs_within_people(trial)
    kind = choice.kind or ("crossover" if len(drugs) > 1 else "")
    factor = choice.factor or ("drug" if kind == "crossover" else "arm")
    levels = drugs if kind == "crossover" else _levels(trial, factor)
    arms = choice.arms or levels
    unknown = sorted(set(arms) - set(levels))
    if unknown:
        raise UsageError(
            f"The plan names the arms {', '.join(unknown)}, but '{factor}' holds "
            f"{', '.join(levels) or 'nothing'}."
        )
    kind = kind or ("parallel" if len(arms) > 1 else "single arm")
    if kind == "single arm":
        return Design(kind, factor, arms, "", False)
    last = _reference_arm(arms, reference)
    ordered = (*sorted(a for a in arms if a != last), last)
    allotted = factor in ("arm", "drug") and not any(is_healthy(a) for a in ordered)
    randomised = allotted if choice.randomised is None else choice.randomised
    return Design(kind, factor, ordered, last, randomised)


def bind_roles(
    trial: Trial, roles: Roles, design: Design, unscheduled: Collection[str] = ()
) -> BoundRoles:
    """Return what each role means in this trial.

    Parameters
    ----------
    trial, roles, design
        The trial, and what the plan says.
    unscheduled
        Sessions that no role may be inferred from.

    Raises
    ------
    UsageError
        If a named time point or scale does not exist there.
    """
    measured = tuple(t for t in measured_timepoints(trial) if t.session not in unscheduled)
    baseline = _baseline(trial, measured)
    if roles.baselines:
        named = [Timepoint.parse(b) for b in roles.baselines]
        baseline = joint_timepoint(_in_time(trial, named), roles.baseline_combine or "mean")
    after = tuple(Timepoint.parse(t) for t in roles.after) or _after(trial, measured, baseline)
    _refuse_unknown(trial, [p for t in (baseline, *after) if t for p in t.parts or (t,)])
    scales = tuple(dict.fromkeys(trial.scores["scale"]))
    outcomes = tuple(o for o in roles.outcome if o in scales)
    order = session_order(trial)
    outcome_before = _first_scored(trial, order, baseline)
    later = roles.outcome_sessions or tuple(
        s for s in _sessions_from(trial, order, after, outcome_before) if s not in unscheduled
    )
    missing = [s for s in later if s not in order]
    if missing:
        raise UsageError(f"The trial has no session {', '.join(missing)}: {_sessions_text(trial)}")
    return BoundRoles(baseline, after, outcomes, outcome_before, tuple(later))


def is_healthy(group: str) -> bool:
    """Return whether the name of a group says that its people are not patients.

    Examples
    --------
    >>> is_healthy("healthy controls"), is_healthy("HC"), is_healthy("MDD")
    (True, True, False)
    """
    return bool(_HEALTHY_WORDS & set(re.split(r"[^a-z]+", group.lower())))


def measured_timepoints(trial: Trial) -> tuple[Timepoint, ...]:
    """Return the time points at which scans or measure tables exist; failing both, scores.

    In a crossover whose sessions each hold several acquisitions, the acquisitions are the time
    points.
    """
    order = session_order(trial)
    sessions = {r.session for r in trial.scans}
    tabulated = trial.tabulated.loc[~trial.tabulated["change"].astype(bool), "session_id"]
    sessions |= set(tabulated)
    acquisitions = tuple(dict.fromkeys(sorted(r.acquisition for r in trial.scans)))
    if len(_drugs_within_people(trial)) > 1 and len(acquisitions) > 1:
        return tuple(Timepoint(acquisition=a) for a in sorted(acquisitions, key=_before_first))
    if not trial.scans and trial.tabulated.empty:
        sessions = set(trial.scores["session_id"])
    ordered = sorted(sessions, key=lambda s: (order.get(s, len(order)), s))
    return tuple(Timepoint(session=s) for s in ordered if s)


def session_order(trial: Trial) -> dict[str, int]:
    """Return the position of each session in time, from 0."""
    table = trial.sessions.drop_duplicates("session_id").sort_values("order", kind="stable")
    return {str(s): i for i, s in enumerate(table["session_id"])}


def _drugs_within_people(trial: Trial) -> tuple[str, ...]:
    given = trial.sessions[~trial.sessions["drug"].isin(_NO_DRUG)]
    varying = given.groupby("participant_id")["drug"].nunique() > 1
    if not varying.any() or _switched_arms(trial, set(given["drug"]), float(varying.mean())):
        return ()
    return tuple(sorted(set(given["drug"])))


def _switched_arms(trial: Trial, drugs: set[str], share: float) -> bool:
    """Return whether the few with several drugs are people of parallel arms who switched."""
    arms = {str(a) for a in trial.participants["arm"] if str(a) not in _NO_DRUG}
    return len(arms) > 1 and drugs <= arms and share < _MOST


def _levels(trial: Trial, factor: str) -> tuple[str, ...]:
    if factor not in trial.participants:
        held = ", ".join(str(c) for c in trial.participants if c != "participant_id")
        raise UsageError(f"participants.tsv has no column '{factor}' for the arms; it has {held}.")
    return tuple(sorted({str(a) for a in trial.participants[factor] if str(a) not in _NO_DRUG}))


def _reference_arm(arms: tuple[str, ...], named: str) -> str:
    if named:
        if named not in arms:
            raise UsageError(f"reference = '{named}': the arms are {', '.join(arms)}.")
        return named
    healthy = [a for a in arms if is_healthy(a)]
    if len(healthy) == 1:
        return healthy[0]
    for word in _REFERENCE_WORDS:
        found = [a for a in arms if word in a.lower()]
        if len(found) == 1:
            return found[0]
    raise UsageError(
        f"Which of {', '.join(arms)} is the reference arm? Say --set reference=NAME, or write "
        "it under [roles] in the plan."
    )


def _before_first(acquisition: str) -> tuple[bool, str]:
    return (acquisition.lower() not in _BEFORE_WORDS, acquisition)


def _baseline(trial: Trial, measured: tuple[Timepoint, ...]) -> Timepoint | None:
    named = set(trial.sessions.loc[trial.sessions["phase"] == "baseline", "session_id"])
    marked = [t for t in measured if t.session in named]
    return next(iter(marked or measured), None)


def _after(
    trial: Trial, measured: tuple[Timepoint, ...], baseline: Timepoint | None
) -> tuple[Timepoint, ...]:
    parts = (baseline.parts or (baseline,)) if baseline else ()
    seen = [measured.index(part) for part in parts if part in measured]
    later = measured[max(seen) + 1 :] if seen else ()
    early = before_dosing(trial)
    return tuple(point for point in later if point.session not in early)


def before_dosing(trial: Trial) -> frozenset[str]:
    """Return the sessions that lie before dosing by their days, the median over people."""
    days = trial.sessions.groupby("session_id")["days"].median()
    return frozenset(str(session) for session, day in days.items() if day < 0.0)


def _in_time(trial: Trial, points: list[Timepoint]) -> list[Timepoint]:
    order = session_order(trial)
    return sorted(points, key=lambda t: order.get(t.session, len(order)))


def _first_scored(trial: Trial, order: dict[str, int], baseline: Timepoint | None) -> str:
    scored = set(trial.scores["session_id"])
    parts = (baseline.parts or (baseline,)) if baseline else ()
    if baseline is not None and any(part.session in scored for part in parts):
        return baseline.session
    candidates = sorted((s for s in scored if s in order), key=lambda s: order[s])
    acquired = baseline is not None and bool(baseline.acquisition)
    return candidates[0] if candidates and not acquired else ""


def _sessions_from(
    trial: Trial, order: dict[str, int], after: tuple[Timepoint, ...], before: str
) -> tuple[str, ...]:
    starts = [order[t.session] for t in after if t.session in order]
    if not starts or not before:
        return ()
    scored = set(trial.scores["session_id"]) - {before}
    return tuple(s for s in sorted(scored, key=lambda s: order[s]) if order[s] >= min(starts))


def _refuse_unknown(trial: Trial, timepoints: list[Timepoint]) -> None:
    sessions = set(trial.sessions["session_id"])
    acquisitions = {r.acquisition for r in trial.scans}
    for t in timepoints:
        if (t.session and t.session not in sessions) or (
            t.acquisition and t.acquisition not in acquisitions
        ):
            named = ", ".join(f"acq-{a}" for a in sorted(acquisitions) if a)
            raise UsageError(
                f"The trial has no time point {t}: {_sessions_text(trial)}"
                + (f" Acquisitions are {named}." if named else "")
            )


def _sessions_text(trial: Trial) -> str:
    return f"its sessions are {', '.join(session_order(trial)) or 'none'}."
