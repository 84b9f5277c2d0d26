"""A plan bound to a trial: real sessions, arms, measures and scales, and what cannot be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from rewire.core.errors import PlanError, UsageError
from rewire.core.exclusion import Exclusion
from rewire.core.questions import Design, Inference, Question, Unanswered
from rewire.core.registry import MeasureSpec
from rewire.core.schedule import Schedule
from rewire.core.types import Timepoint, Trial
from rewire.plan.asking import QuestionBinder, companions, lacking_scans, sessions_of_scores
from rewire.plan.exchange import exchange_faults
from rewire.plan.model import Plan
from rewire.plan.parts import MeasureChoice, Roles
from rewire.plan.received import (
    Received,
    both_analyses,
    find_switches,
    switch_sentence,
    with_received,
)
from rewire.plan.roles import BoundRoles, bind_roles, infer_design, session_order
from rewire.plan.scores import refuse_conflicts, resolve_scores, split_scores
from rewire.plan.visits import (
    find_substitutions,
    follow_schedule,
    held_visits,
    named_sessions,
    unscheduled_sessions,
    visit_faults,
)


@dataclass(frozen=True, slots=True, eq=False)
class BoundPlan:
    """A plan that can be run on one trial.

    Attributes
    ----------
    plan
        The plan with every role written out; saved with the output and hashed.
    trial
        The trial with one value a score.
    design, questions, inference
        What is asked, and how.
    measures
        Measures to compute, with their options.
    unanswered
        Questions, or parts of them, that the trial cannot answer, and why.
    notes
        What the report must say besides the plan's own notes.
    schedule
        Which visits, runs and arms count as what.
    """

    plan: Plan
    trial: Trial
    design: Design
    questions: tuple[Question, ...]
    inference: Inference
    measures: tuple[MeasureChoice, ...]
    unanswered: tuple[Unanswered, ...]
    notes: tuple[str, ...]
    schedule: Schedule = field(default_factory=Schedule)


def exclusions(plan: Plan) -> tuple[Exclusion, ...]:
    """Return the plan's exclusions.

    Raises
    ------
    UsageError
        If one names a scan by its opaque id, which has to be named first.
    """
    opaque = [e.scan for e in plan.exclude if not e.participant]
    if opaque:
        raise UsageError(f"Whose scans are {', '.join(opaque)}? Only the trial's folder tells.")
    return tuple(
        Exclusion(e.participant, e.session, e.acquisition, e.run, e.reason, e.by, e.scan)
        for e in plan.exclude
    )


def bind_plan(plan: Plan, trial: Trial, specs: Mapping[str, MeasureSpec]) -> BoundPlan:
    """Bind a plan to a trial.

    Parameters
    ----------
    plan
        As written; roles that it leaves empty are inferred from the trial's tables.
    trial
        As read.
    specs
        The registered measures.

    Raises
    ------
    PlanError
        If the plan names measures or options that do not exist, or visits and arms that nobody
        has.
    UsageError
        If only a person can make a choice.
    """
    trial = split_scores(trial, plan.scores)
    faults = [*_measure_faults(plan, specs), *_role_faults(plan, trial)]
    try:
        design = infer_design(trial, plan.design, plan.roles.reference)
    except UsageError as error:
        raise (PlanError([*faults, str(error)]) if faults else error) from error
    received = find_switches(trial, design)
    faults += [*visit_faults(plan, trial, design), *received.faults]
    faults += exchange_faults(plan.inference.exchange_within, trial, design)
    if faults:
        raise PlanError(faults)
    roles = _roles(plan, trial, design)
    resolved = resolve_scores(trial.scores, plan.scores)
    schedule = _schedule(plan, trial, roles, received)
    trial = follow_schedule(replace(trial, scores=resolved.scores), schedule)
    computable = tuple(m for m in plan.measures if not lacking_scans(specs[m.name], trial))
    binder = QuestionBinder(
        trial, design, roles, _quantities(trial, computable, specs), plan, specs
    )
    if plan.author == "person":
        _refuse_mistakes(plan, binder)
    questions = tuple(q for draft in plan.questions if (q := binder.bind(draft)))
    questions = (*questions, *companions(questions, design, trial))
    for question in questions:
        used = [s for at in sessions_of_scores(question) for s in schedule.sources(at)]
        for scale in question.outcomes:
            refuse_conflicts(resolved, scale, tuple(used))
    unanswered = [*binder.unanswered, *_not_computable(plan, trial, specs)]
    return BoundPlan(
        _written_out(plan, roles, design),
        with_received(trial, design, schedule.switches),
        design,
        both_analyses(questions, schedule.switches, plan.design.population or "as randomised"),
        Inference(**plan.inference.model_dump()),
        computable,
        tuple(unanswered),
        (*resolved.notes, *_shadowed(trial, computable, specs), *_visit_notes(trial, schedule)),
        schedule,
    )


def _roles(plan: Plan, trial: Trial, design: Design) -> BoundRoles:
    unscheduled = unscheduled_sessions(trial, named_sessions(plan), plan.visits)
    return bind_roles(trial, plan.roles, design, unscheduled)


def _schedule(plan: Plan, trial: Trial, roles: BoundRoles, received: Received) -> Schedule:
    repeated = roles.baseline is not None and bool(roles.baseline.parts)
    return Schedule(
        roles.baseline if repeated else None,
        unscheduled_sessions(trial, named_sessions(plan), plan.visits),
        find_substitutions(trial, plan.visits),
        received.switches,
        plan.runs.combine,
    )


def _visit_notes(trial: Trial, schedule: Schedule) -> tuple[str, ...]:
    held = held_visits(trial)
    lines = [
        f"{s} ({sum(at == s for _, at in held)} participants) enters no analysis of its own: few "
        "people have it, or it stands in for another, and no role names it."
        for s in schedule.unscheduled
    ]
    if schedule.switches:
        lines.append(switch_sentence(schedule.switches))
    return tuple(lines)


def _refuse_mistakes(plan: Plan, binder: QuestionBinder) -> None:
    faults = [f"question '{q.name}': {m}." for q in plan.questions for m in binder.mistakes(q)]
    if faults:
        raise PlanError(faults)


def _role_faults(plan: Plan, trial: Trial) -> list[str]:
    """Return the roles of a plan that name what the trial does not have, all at once."""
    roles = plan.roles
    first = roles.baselines if len(roles.baselines) == 1 else ()  # several: visit_faults
    points = [Timepoint.parse(text) for text in (*first, *roles.after)]
    sessions = session_order(trial)
    acquired = {record.acquisition for record in trial.scans}
    wanted = {p.session for p in points} | set(roles.outcome_sessions)
    scales = tuple(dict.fromkeys(trial.scores["scale"]))
    named = {
        "session": (sorted(wanted - set(sessions) - {""}), tuple(sessions)),
        "acquisition": (sorted({p.acquisition for p in points} - acquired - {""}), tuple(acquired)),
        "scale": ([o for o in roles.outcome if o not in scales], scales),
    }
    if plan.author == "recipe":  # it names every scale that it knows
        del named["scale"]
    return [
        f"roles: the trial has no {what} {', '.join(missing)}; it has "
        f"{', '.join(sorted(filter(None, held))) or 'none'}."
        for what, (missing, held) in named.items()
        if missing
    ]


def _measure_faults(plan: Plan, specs: Mapping[str, MeasureSpec]) -> list[str]:
    faults = []
    for choice in plan.measures:
        spec = specs.get(choice.name)
        if spec is None:
            general = [s.name for s in specs.values() if s.availability == "general"]
            faults.append(f"measure '{choice.name}' is unknown; there are {', '.join(general)}.")
            continue
        if spec.availability == "recipe only" and plan.author != "recipe":
            faults.append(
                f"measure '{choice.name}' repeats a published procedure and is reached through "
                "its recipe alone (rewire plan list)."
            )
        for option in sorted(set(choice.options) - set(spec.options)):
            held = ", ".join(spec.options) or "none"
            faults.append(f"measure '{choice.name}' has no option '{option}'; it has {held}.")
    return faults


def _not_computable(plan: Plan, trial: Trial, specs: Mapping[str, MeasureSpec]) -> list[Unanswered]:
    held = set(trial.tabulated["measure"])
    lacking = []
    for choice in plan.measures:
        spec = specs[choice.name]
        why = lacking_scans(spec, trial)
        if why and not any(q.name in held for q in spec.gives):
            lacking.append(Unanswered(f"measure {choice.name}", why))
    return lacking


def _quantities(
    trial: Trial, measures: tuple[MeasureChoice, ...], specs: Mapping[str, MeasureSpec]
) -> frozenset[str]:
    computed = {q.name for m in measures for q in specs[m.name].gives}
    return frozenset(computed | set(trial.tabulated["measure"]))


def _shadowed(
    trial: Trial, measures: tuple[MeasureChoice, ...], specs: Mapping[str, MeasureSpec]
) -> tuple[str, ...]:
    computed = {q.name for m in measures for q in specs[m.name].gives}
    both = sorted(computed & set(trial.tabulated["measure"]))
    return tuple(
        f"{name} was computed from the scans; the trial's own table of it was not used."
        for name in both
    )


def _written_out(plan: Plan, roles: BoundRoles, design: Design) -> Plan:
    if not plan.questions:
        return plan
    content = plan.model_dump(mode="json")
    parts = (roles.baseline.parts or (roles.baseline,)) if roles.baseline else ()
    content["roles"] = Roles(
        baseline=tuple(map(str, parts)),
        baseline_combine=plan.roles.baseline_combine,
        after=tuple(str(t) for t in roles.after),
        outcome=roles.outcomes or plan.roles.outcome,
        outcome_sessions=roles.outcome_sessions,
        reference=design.reference,
    ).model_dump(mode="json")
    content["design"] = {
        "kind": design.kind,
        "factor": design.factor,
        "arms": list(design.arms),
        "randomised": design.randomised,
        "population": plan.design.population,
    }
    return Plan.model_validate(content)


def require_single_after(plan: Plan, trial: Trial) -> None:
    """Ask which later time point a recipe means, where a trial has several.

    Raises
    ------
    UsageError
        Naming the candidates and the setting that chooses.
    """
    if plan.author != "recipe" or plan.roles.after:
        return
    design = infer_design(trial, plan.design, plan.roles.reference)
    after = _roles(plan, trial, design).after
    if len(after) > 1:
        raise UsageError(
            f"Which time point is 'after' in {plan.name}: {', '.join(map(str, after))}? "
            f"Say --set after={after[0]}."
        )
