"""A plan bound to a trial: real sessions, arms, measures and scales, and what cannot be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from rewire.core.errors import PlanError, UsageError
from rewire.core.questions import Design, Inference, Question, Unanswered
from rewire.core.registry import MeasureSpec
from rewire.core.types import Exclusion, Trial
from rewire.plan.asking import QuestionBinder, companions, lacking_scans, sessions_of_scores
from rewire.plan.model import Plan
from rewire.plan.parts import MeasureChoice, Roles
from rewire.plan.roles import BoundRoles, bind_roles, infer_design
from rewire.plan.scores import refuse_conflicts, resolve_scores


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
    """

    plan: Plan
    trial: Trial
    design: Design
    questions: tuple[Question, ...]
    inference: Inference
    measures: tuple[MeasureChoice, ...]
    unanswered: tuple[Unanswered, ...]
    notes: tuple[str, ...]


def exclusions(plan: Plan) -> tuple[Exclusion, ...]:
    """Return the plan's exclusions.

    Raises
    ------
    UsageError
        If one names a scan by its opaque id, which has to be named first.
    """
    opaque = [e.scan for e in plan.exclude if e.scan]
    if opaque:
        raise UsageError(f"Whose scans are {', '.join(opaque)}? Only the trial's folder tells.")
    return tuple(
        Exclusion(e.participant, e.session, e.acquisition, e.run, e.reason) for e in plan.exclude
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
        If the plan names measures or options that do not exist.
    UsageError
        If only a person can make a choice.
    """
    _refuse_unknown_measures(plan, specs)
    design = infer_design(trial, plan.design, plan.roles.reference)
    roles = bind_roles(trial, plan.roles, design)
    resolved = resolve_scores(trial.scores, plan.scores)
    trial = replace(trial, scores=resolved.scores)
    computable = tuple(m for m in plan.measures if not lacking_scans(specs[m.name], trial))
    binder = QuestionBinder(
        trial, design, roles, _quantities(trial, computable, specs), plan, specs
    )
    if plan.author == "person":
        _refuse_mistakes(plan, binder)
    questions = tuple(q for draft in plan.questions if (q := binder.bind(draft)))
    questions = (*questions, *companions(questions, design, trial))
    for question in questions:
        for scale in question.outcomes:
            refuse_conflicts(resolved, scale, sessions_of_scores(question))
    unanswered = [*binder.unanswered, *_not_computable(plan, trial, specs)]
    return BoundPlan(
        _written_out(plan, roles, design),
        trial,
        design,
        questions,
        Inference(**plan.inference.model_dump()),
        computable,
        tuple(unanswered),
        (*resolved.notes, *_shadowed(trial, computable, specs)),
    )


def _refuse_mistakes(plan: Plan, binder: QuestionBinder) -> None:
    faults = [f"question '{q.name}': {m}." for q in plan.questions for m in binder.mistakes(q)]
    if faults:
        raise PlanError(faults)


def _refuse_unknown_measures(plan: Plan, specs: Mapping[str, MeasureSpec]) -> None:
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
    if faults:
        raise PlanError(faults)


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
    content["roles"] = Roles(
        baseline=str(roles.baseline or ""),
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
    after = bind_roles(trial, plan.roles, design).after
    if len(after) > 1:
        raise UsageError(
            f"Which time point is 'after' in {plan.name}: {', '.join(map(str, after))}? "
            f"Say --set after={after[0]}."
        )
