"""Questions bound to a trial: roles become sessions and scales; what cannot be asked is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rewire.core.options import KindOptions
from rewire.core.questions import Design, Kind, Question, Unanswered
from rewire.core.registry import MeasureSpec
from rewire.core.types import Timepoint, Trial
from rewire.plan.exchange import not_of_edges
from rewire.plan.model import Plan
from rewire.plan.question import QuestionDraft
from rewire.plan.roles import BoundRoles

_ASSOCIATIONS = (Kind.CHANGE_ASSOCIATION, Kind.AFTER_ASSOCIATION)
_NEEDS_BOTH = (*_ASSOCIATIONS, Kind.LAGGED_ASSOCIATION, Kind.SLOPE_DIFFERENCE)
_NEEDS_ARMS = (
    Kind.INTERACTION,
    Kind.ANCOVA,
    Kind.BASELINE_GROUP,
    Kind.MMRM,
    Kind.SLOPE_DIFFERENCE,
)
_JOINED = (*_NEEDS_BOTH, Kind.PROCESS, Kind.BLINDING, Kind.HARMS, Kind.DISCRETE, Kind.PREDICTION)
"""The kinds that look at a measure and at a score in the same question."""


class QuestionBinder:
    """Binds one question after another and collects what cannot be asked."""

    def __init__(
        self,
        trial: Trial,
        design: Design,
        roles: BoundRoles,
        quantities: frozenset[str],
        plan: Plan,
        specs: Mapping[str, MeasureSpec],
    ) -> None:
        self.trial = trial
        self.design = design
        self.roles = roles
        self.quantities = quantities
        self.plan = plan
        self.specs = specs
        self.unanswered: list[Unanswered] = []

    def bind(self, draft: QuestionDraft) -> Question | None:
        """Return the bound question, or None with the reason noted."""
        if self.design.kind not in draft.designs and draft.kind not in _NEEDS_ARMS:
            return None
        reason = self._impossible(draft)
        measures = tuple(m for m in draft.measures if m in self.quantities)
        outcomes = self._outcomes(draft)
        absent = [m for m in draft.measures if m not in self.quantities]
        for why in dict.fromkeys(self._why_no_quantity(m) for m in absent):
            names = [m for m in absent if self._why_no_quantity(m) == why]
            self._note(draft, f"{', '.join(names)}: {why}")
        if draft.measures and not measures:
            return None
        if draft.outcomes and not outcomes:
            named = [o for o in draft.outcomes if o != "@outcome"]
            wanted = ", ".join(named or self.plan.roles.outcome) or "no scale named"
            held = ", ".join(dict.fromkeys(self.trial.scores["scale"])) or "none"
            reason = reason or f"no such score (wanted: {wanted}; the trial has: {held})"
        if reason:
            self._note(draft, reason)
            return None
        return self._question(draft, measures, outcomes)

    def mistakes(self, draft: QuestionDraft) -> list[str]:
        """Return the names in a question that the trial does not know, with those it does."""
        sessions = {str(s) for s in self.trial.sessions["session_id"]}
        acquisitions = {r.acquisition for r in self.trial.scans if r.acquisition}
        own = draft.options or KindOptions()
        words = [draft.before, *draft.after, *draft.outcome_sessions, *own.sessions()]
        points = [Timepoint.parse(w) for w in words if not w.startswith("@")]
        columns = {str(c) for c in self.trial.participants} - {"participant_id"}
        scales = set(self.trial.scores["scale"])
        named = {
            "session": ({t.session for t in points if t.session}, sessions),
            "acquisition": ({t.acquisition for t in points if t.acquisition}, acquisitions),
            "column of participants.tsv": (
                {*draft.covariates, *draft.moderators, *draft.where, *own.columns()},
                columns,
            ),
            "arm": (set(draft.arms), set(self.design.arms)),
            "scale": (
                {o for o in (*draft.outcomes, *own.scales()) if not o.startswith("@")},
                scales,
            ),
            "quantity": (set(own.quantities()), self.quantities),
        }
        found = [
            f"there is no {what} {', '.join(sorted(wanted - held))} "
            f"(there are: {', '.join(sorted(held)) or 'none'})"
            for what, (wanted, held) in named.items()
            if wanted - held
        ]
        found += not_of_edges(draft, self.quantities, self.specs)
        if draft.kind in _NEEDS_BOTH and not (draft.measures and draft.outcomes):
            found.append("an association needs measures and outcomes")
        return found

    def _question(
        self, draft: QuestionDraft, measures: tuple[str, ...], outcomes: tuple[str, ...]
    ) -> Question:
        linked = draft.kind in _JOINED
        return Question(
            name=draft.name,
            text=draft.text,
            kind=draft.kind,
            standing=draft.standing,
            measures=measures,
            outcomes=outcomes,
            before=self._before(draft),
            after=self._after(draft),
            outcome_before=self._outcome_before(draft) if linked else "",
            outcome_after=self._outcome_sessions(draft) if linked else (),
            arms=tuple(a for a in self.design.arms if a in draft.arms),
            covariates=draft.covariates,
            where=tuple(sorted(draft.where.items())),
            alternative=draft.alternative,
            correction=draft.correction,
            moderators=draft.moderators,
            options=draft.options,
        )

    def _before(self, draft: QuestionDraft) -> Timepoint:
        if draft.before != "@baseline":
            return Timepoint.parse(draft.before)
        if not draft.measures and self.roles.outcome_before:
            return Timepoint(session=self.roles.outcome_before)
        return self.roles.baseline or Timepoint()

    def _after(self, draft: QuestionDraft) -> tuple[Timepoint, ...]:
        if draft.kind is Kind.BASELINE_GROUP:
            return ()
        bound: list[Timepoint] = []
        for word in draft.after:
            if word == "@after":
                bound += self.roles.after
            elif word == "@outcome_sessions":
                bound += [Timepoint(session=s) for s in self.roles.outcome_sessions]
            else:
                bound.append(Timepoint.parse(word))
        return tuple(dict.fromkeys(bound))

    def _outcome_before(self, draft: QuestionDraft) -> str:
        if _of_scores(draft) and draft.before != "@baseline":
            return Timepoint.parse(draft.before).session
        return self.roles.outcome_before

    def _outcome_sessions(self, draft: QuestionDraft) -> tuple[str, ...]:
        unsaid = draft.outcome_sessions == ("@outcome_sessions",)
        if _of_scores(draft) and unsaid and draft.after != ("@after",):
            return tuple(dict.fromkeys(t.session for t in self._after(draft) if t.session))
        bound: list[str] = []
        for word in draft.outcome_sessions:
            bound += self.roles.outcome_sessions if word == "@outcome_sessions" else [word]
        return tuple(dict.fromkeys(bound))

    def _outcomes(self, draft: QuestionDraft) -> tuple[str, ...]:
        scales = set(self.trial.scores["scale"])
        bound: list[str] = []
        for word in draft.outcomes:
            bound += self.roles.outcomes if word == "@outcome" else [word]
        return tuple(o for o in dict.fromkeys(bound) if o in scales)

    def _impossible(self, draft: QuestionDraft) -> str:
        mistakes = self.mistakes(draft)
        if mistakes:
            return "; ".join(mistakes)
        compared = draft.arms or self.design.arms
        if draft.kind in _NEEDS_ARMS and len(compared) < 2:
            named = "names" if draft.arms else "has"
            return f"it compares arms, and the {'question' if draft.arms else 'trial'} {named} one"
        if self.design.kind not in draft.designs:
            return f"it is not asked of a {self.design.kind} trial"
        if draft.kind is not Kind.BASELINE_GROUP and not self._after(draft):
            return "there is nothing measured after baseline"
        if draft.kind in _NEEDS_BOTH and not self._outcome_sessions(draft):
            return "no session holds a score at or after the second measurement"
        return ""

    def _why_no_quantity(self, name: str) -> str:
        givers = [s.name for s in self.specs.values() if name in {q.name for q in s.gives}]
        planned = [g for g in givers if g in {m.name for m in self.plan.measures}]
        if planned:
            return lacking_scans(self.specs[planned[0]], self.trial)
        if givers:
            return f"the plan lists no measure that gives it ({', '.join(givers)})"
        return "no table of the trial holds it and no measure gives it"

    def _note(self, draft: QuestionDraft, reason: str) -> None:
        self.unanswered.append(Unanswered(draft.name, reason))


def _of_scores(draft: QuestionDraft) -> bool:
    """Return whether ``before`` and ``after`` can only mean the sessions of the scores."""
    return draft.kind in _JOINED and draft.kind not in _NEEDS_BOTH and not draft.measures


def companions(
    questions: tuple[Question, ...], design: Design, trial: Trial
) -> tuple[Question, ...]:
    """Return the interactions and baseline-adjusted effects that no change may stand without.

    A change in one arm and none in the other is not a difference between arms; each question of
    change over all arms that lacks its interaction (and, where people were randomised, its
    baseline-adjusted arm effect) gets it.
    """
    kinds = [Kind.INTERACTION]
    if design.kind == "single arm":
        return ()
    if design.kind == "parallel" and design.randomised:
        kinds.append(Kind.ANCOVA)
    given = trial.sessions["drug"].isin(design.arms)
    drugged = set(trial.sessions.loc[given, "session_id"])
    added: list[Question] = []
    for change in (q for q in questions if q.kind is Kind.CHANGE):
        if design.kind == "crossover" and change.before.session in drugged:
            continue  # sessions of different drugs: the change is the contrast between drugs
        for kind in kinds:
            known = {
                (m, o)
                for q in questions
                if q.kind is kind
                for m in (*q.measures, "")
                for o in (*q.outcomes, "")
            }
            wanted = {(m, "") for m in change.measures} or {("", o) for o in change.outcomes}
            if not wanted <= known and not change.arms:
                added.append(_companion(change, kind))
    return tuple(added)


def _companion(change: Question, kind: Kind) -> Question:
    texts = {
        Kind.INTERACTION: "Did this change differ between the arms (arm x session)?",
        Kind.ANCOVA: "Did the arms differ afterwards, adjusted for baseline?",
    }
    return replace(
        change,
        name=f"{change.name}_{kind.value}",
        text=texts[kind],
        kind=kind,
        standing="companion",
        alternative="two-sided",
    )


def sessions_of_scores(question: Question) -> tuple[str, ...]:
    """Return the sessions whose scores a question uses."""
    own = question.options.sessions() if question.options else ()
    if question.kind in _JOINED:
        after_alone = question.kind is Kind.AFTER_ASSOCIATION
        before = () if after_alone else (question.outcome_before,)
        if question.kind is Kind.LAGGED_ASSOCIATION:
            own = own or (question.after[0].session,)
        return tuple(s for s in dict.fromkeys((*before, *own, *question.outcome_after)) if s)
    return (question.before.session, *(t.session for t in question.after), *own)


def lacking_scans(spec: MeasureSpec, trial: Trial) -> str:
    """Return which scans a measure needs and the trial lacks, as a sentence; empty if none."""
    kinds = {record.kind for record in trial.scans}
    missing = [kind for kind in spec.needs if kind not in kinds]
    return f"the trial has no {' or '.join(missing)} scans" if missing else ""
