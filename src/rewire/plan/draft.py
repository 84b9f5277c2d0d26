"""The plan that a trial's folder suggests: everything exploratory until a person says otherwise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from rewire.core.errors import UsageError
from rewire.core.questions import Design, Kind
from rewire.core.registry import MeasureSpec, quantity_label
from rewire.core.types import SERIES, Trial
from rewire.plan.draft_context import context_questions
from rewire.plan.draft_maps import map_questions
from rewire.plan.model import Plan
from rewire.plan.parts import (
    DesignChoice,
    MeasureChoice,
    ReliabilityChoice,
    Roles,
)
from rewire.plan.question import QuestionDraft
from rewire.plan.roles import (
    BoundRoles,
    before_dosing,
    bind_roles,
    infer_design,
    is_healthy,
    measured_timepoints,
    session_order,
)
from rewire.plan.visits import unscheduled_sessions

Scope = Literal["usual", "all"]

_USUAL_MEASURES = (
    "connectivity",
    "connectivity_by_network",
    "global_brain_connectivity",
    "modularity",
    "coupling_connected",
)
_USUAL_QUANTITIES = (
    "connectivity_network",
    "global_brain_connectivity",
    "modularity_q_norm",
    "coupling_connected",
    "coupling_connected_global",
)
QUESTION_TEXTS = {
    Kind.CHANGE: "Did {what} change from before to after treatment?",
    Kind.ANCOVA: "Did {what} after treatment differ between the arms, adjusted for baseline?",
    Kind.INTERACTION: "Did the change in {what} differ between the arms?",
    Kind.CHANGE_ASSOCIATION: "Was the change in {what} associated with the change in symptoms?",
    Kind.AFTER_ASSOCIATION: "Was {what} after treatment associated with symptoms then or later?",
    Kind.BASELINE_GROUP: "Did the arms differ in {what} before treatment?",
}
"""What each kind of question asks, in words."""

_MOST_HALVED = 40
_NEEDS_BOTH_VALUES = (Kind.ANCOVA, Kind.AFTER_ASSOCIATION, Kind.BASELINE_GROUP)
_COMMENTS = {
    "roles": "What the words @baseline, @after, @outcome and @outcome_sessions stand for.",
    "design": "How people were allotted. Check randomised: the tables cannot say it.",
    "inference": "Two-sided tests, exact intervals; the seed fixes every random number.",
    "runs": "What stands for several runs of a session: mean, first, last, longest or weighted.",
    "quality": "Minutes below which a scan is reported, and rules that leave scans out (0: off).",
    "reliability": "Measuring halves of scans as well takes two to three times as long.",
    "images": "How series of regions are made from images; an empty strategy reads none.",
    "scores": "Which table to believe where two hold the same scale.",
    "measures": "What is computed from each scan; 'rewire measures' lists what there is.",
    "questions": (
        'What is asked. Write standing = "primary" where you decide it before seeing the data.\n'
        "# p is adjusted within a question, over its measures, outcomes, time points and regions."
    ),
}


@dataclass(frozen=True, slots=True)
class Draft:
    """A drafted plan and what its author could not tell.

    Attributes
    ----------
    plan
        The plan.
    doubts
        One sentence for each thing that a person should check.
    """

    plan: Plan
    doubts: tuple[str, ...]


def draft_plan(trial: Trial, specs: Mapping[str, MeasureSpec], scope: Scope = "usual") -> Draft:
    """Write the plan that the trial's folder suggests.

    Parameters
    ----------
    trial
        As read.
    specs
        The registered measures.
    scope
        ``usual``: connectivity by network and modularity, with connectomes coupling over connected
        targets; ``all``: every general measure that
        the scans allow.

    Returns
    -------
    Draft
        A plan whose every question is exploratory.
    """
    doubts: list[str] = []
    design = _design(trial, doubts)
    unscheduled = unscheduled_sessions(trial, ())
    if unscheduled:
        doubts.append(
            f"Few people have {', '.join(unscheduled)}, so these sessions enter no analysis; name "
            "them under [roles], or under [visits] in place of a visit that was missed."
        )
    roles = bind_roles(trial, Roles(reference=design.reference), design, unscheduled)
    doubts += _second_baselines(trial, roles)
    measures = measures_of(trial, specs, scope)
    quantities = quantities_of(trial, specs, measures, scope)
    scales = tuple(dict.fromkeys(trial.scores["scale"]))
    questions = _measure_questions(trial, design, quantities, scales)
    questions = (
        *questions,
        *_score_questions(trial, design, scales),
        *context_questions(trial, design, roles.outcome_before, roles.outcome_sessions),
        *map_questions(trial, design, quantities),
    )
    where = _population(trial, design, doubts)
    questions = tuple(q.model_copy(update={"where": where}) for q in questions)
    plan = Plan(
        name=f"Draft for {trial.name}",
        author="draft",
        notes=tuple(doubts),
        roles=Roles(
            baseline=str(roles.baseline or ""),
            after=tuple(str(t) for t in roles.after),
            outcome=scales,
            outcome_sessions=roles.outcome_sessions,
            reference=design.reference,
        ),
        design=DesignChoice(
            kind=design.kind,
            factor=design.factor,
            arms=design.arms,
            randomised=design.randomised,
        ),
        reliability=ReliabilityChoice(split_half=_worth_halving(trial, scope)),
        measures=tuple(MeasureChoice(name=m) for m in measures),
        questions=questions,
    )
    return Draft(plan, tuple(doubts))


def draft_text(draft: Draft) -> str:
    """Return a drafted plan as commented TOML."""
    head = [
        f"# {draft.plan.name}: written by rewire from what is in the folder.",
        "# Every question is exploratory. Edit it, decide what is primary, and set",
        '# author = "person" before the data are looked at.',
    ]
    lines: list[str] = [*head, *(f"# CHECK: {doubt}" for doubt in draft.doubts)]
    told: set[str] = set()
    for line in draft.plan.to_toml().splitlines():
        section = line.strip("[]") if line.startswith("[") else ""
        if section in _COMMENTS and section not in told:
            told.add(section)
            lines.append(f"# {_COMMENTS[section]}")
        lines.append(line)
    return "\n".join(lines) + "\n"


def _second_baselines(trial: Trial, roles: BoundRoles) -> list[str]:
    """Say which sessions before dosing are left aside."""
    used = roles.baseline.session if roles.baseline else ""
    measured = {point.session for point in measured_timepoints(trial)}
    others = [s for s in session_order(trial) if s in before_dosing(trial) & measured and s != used]
    if not others:
        return []
    return [
        f"{', '.join(others)} also lies before dosing and is not used; name it beside {used} in "
        "baseline, a list, to take their mean."
    ]


def _design(trial: Trial, doubts: list[str]) -> Design:
    try:
        design = infer_design(trial, DesignChoice())
    except UsageError:
        arms = sorted({str(a) for a in trial.participants["arm"] if a})
        design = infer_design(trial, DesignChoice(), reference=arms[-1])
        doubts.append(
            f"Nothing says which arm is the reference; '{arms[-1]}' was taken because it comes "
            "last in the alphabet."
        )
    if design.kind == "parallel":
        doubts.append(
            f"The tables do not say whether people were allotted at random; "
            f"randomised = {str(design.randomised).lower()} was assumed."
        )
    return design


def _worth_halving(trial: Trial, scope: Scope) -> bool:
    """Halves take up to twice as long again: worth it for the usual measures of a usual trial."""
    scans = sum(record.kind in SERIES for record in trial.scans)
    return scope == "usual" and 0 < scans <= _MOST_HALVED


def _population(trial: Trial, design: Design, doubts: list[str]) -> dict[str, str]:
    """Keep the largest group of patients where healthy people stand in the same tables."""
    for column in ("diagnosis", "group"):
        if column not in trial.participants or set(trial.participants[column]) >= set(design.arms):
            continue
        counts = trial.participants[column].astype(str).value_counts()
        healthy = [g for g in counts.index if is_healthy(str(g))]
        patients = [str(g) for g in counts.index if g not in healthy and g]
        if healthy and patients:
            told = ", ".join(f"{g} {n}" for g, n in counts.items())
            doubts.append(
                f"The tables hold several groups ({column}: {told}); the questions keep "
                f"{patients[0]}. Change 'where' to ask about others."
            )
            return {column: patients[0]}
    return {}


def measures_of(trial: Trial, specs: Mapping[str, MeasureSpec], scope: Scope) -> tuple[str, ...]:
    """Return the measures that a trial's scans allow, by name: the usual ones, or all."""
    kinds = {record.kind for record in trial.scans}
    possible = [
        s.name for s in specs.values() if s.availability == "general" and set(s.needs) <= kinds
    ]
    if scope == "all":
        return tuple(possible)
    return tuple(m for m in _USUAL_MEASURES if m in possible)


def quantities_of(
    trial: Trial, specs: Mapping[str, MeasureSpec], measures: tuple[str, ...], scope: Scope
) -> tuple[str, ...]:
    """Return the quantities to ask about: of these measures, and of the trial's own tables."""
    given = [q for m in measures for q in specs[m].gives if q.role == "result"]
    computed = [q.name for q in given if scope == "all" or q.name in _USUAL_QUANTITIES]
    return tuple(dict.fromkeys([*computed, *trial.tabulated["measure"]]))


def _measure_questions(
    trial: Trial, design: Design, quantities: tuple[str, ...], scales: tuple[str, ...]
) -> tuple[QuestionDraft, ...]:
    kinds = [Kind.ANCOVA] if design.kind == "parallel" and design.randomised else []
    kinds += [Kind.INTERACTION] if len(design.arms) > 1 else []
    kinds += [Kind.CHANGE]
    kinds += [Kind.BASELINE_GROUP] if design.kind == "parallel" else []
    if scales:
        kinds += [Kind.CHANGE_ASSOCIATION, Kind.AFTER_ASSOCIATION]
    changes = set(trial.tabulated.loc[trial.tabulated["change"].astype(bool), "measure"])
    return tuple(
        QuestionDraft(
            name=f"{slug(quantity)}_{kind.value}",
            text=QUESTION_TEXTS[kind].format(what=quantity_label(quantity)),
            kind=kind,
            measures=(quantity,),
            outcomes=("@outcome",) if "association" in kind.value else (),
        )
        for quantity in quantities
        for kind in kinds
        if quantity not in changes or kind not in _NEEDS_BOTH_VALUES
    )


def _score_questions(
    trial: Trial, design: Design, scales: tuple[str, ...]
) -> tuple[QuestionDraft, ...]:
    if not scales:
        return ()
    pairs = _drug_pairs(trial, design)
    if pairs:
        return tuple(
            QuestionDraft(
                name=f"scores_{before.removeprefix('ses-')}_{after.removeprefix('ses-')}",
                text=(
                    f"Did scores differ within people between {_session_name(after)} and "
                    f"{_session_name(before)}?"
                ),
                kind=Kind.CHANGE,
                outcomes=("@outcome",),
                before=before,
                after=(after,),
            )
            for before, after in pairs
        )
    kinds = [Kind.ANCOVA] if design.kind == "parallel" and design.randomised else []
    kinds += [Kind.INTERACTION] if design.kind == "parallel" else []
    kinds += [Kind.CHANGE]
    return tuple(
        QuestionDraft(
            name=f"scores_{kind.value}",
            text=QUESTION_TEXTS[kind].format(what="the scores"),
            kind=kind,
            outcomes=("@outcome",),
            after=("@outcome_sessions",),
        )
        for kind in kinds
    )


def slug(text: str) -> str:
    """Return a name that a plan allows, made from any text."""
    return re.sub(r"[^A-Za-z0-9_\-]+", "_", text).strip("_-") or "measure"


def _session_name(session: str) -> str:
    return f"session {session.removeprefix('ses-')}"


def _drug_pairs(trial: Trial, design: Design) -> tuple[tuple[str, str], ...]:
    """Pair each session after a drug with the one as long after the reference drug."""
    if design.kind != "crossover":
        return ()
    table = trial.sessions.drop_duplicates("session_id").set_index("session_id")
    days = {str(s): float(d) for s, d in table["days"].to_dict().items()}
    drug = {str(s): str(d) for s, d in table["drug"].to_dict().items()}
    reference = {days[s]: s for s in session_order(trial) if drug[s] == design.reference}
    return tuple(
        (reference[days[s]], s)
        for s in session_order(trial)
        if drug[s] in design.arms[:-1] and days[s] in reference
    )
