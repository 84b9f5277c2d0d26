"""Crossovers whose time points are sessions: which sessions of two drugs are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rewire.core.questions import Question
from rewire.core.types import FloatArray, Timepoint
from rewire.effects.asked import Asked, AskedTest, Labels, absent, moment, nobody
from rewire.effects.design import Cohort
from rewire.effects.responses import Response
from rewire.numerics.linear import mean_model


@dataclass(frozen=True, slots=True)
class Paired:
    """Sessions of one drug with those of another, and why some have no counterpart."""

    pairs: tuple[tuple[Timepoint, Timepoint], ...]
    reasons: tuple[str, ...]


def contrast_sessions(question: Question, response: Response, cohort: Cohort) -> Asked:
    """Test, within people, whether change differs between the drugs of the later sessions.

    The baseline is the same session for all drugs, so it cancels: the difference of two changes
    is the difference of the two later sessions, and people without a baseline count too. Where
    the drugs came in different orders, each person's own session of each drug is used.

    Parameters
    ----------
    question
        Of kind ``interaction``, all of whose later time points are named sessions.
    response
        What is looked at.
    cohort
        The people of a crossover.
    """
    reason = _no_baseline(question.before, cohort)
    if reason:
        return Asked((), (reason,))
    missing = [p for p in question.after if nobody(response.at(p))]
    points = [p for p in question.after if p not in missing]
    reasons = [absent(response, p) for p in missing]
    tests: list[AskedTest] = []
    mixed = [p for p in points if len(cohort.arms_at(p)) > 1]
    for contrast in cohort.contrasts():
        paired = pair_sessions([p for p in points if p not in mixed], contrast, cohort)
        reasons += paired.reasons if not mixed else ()
        for ours, theirs in paired.pairs:
            values = response.at(ours) - response.at(theirs)
            method = f"paired t of changes, {ours} against {theirs}"
            tests.append(_test(question, response, cohort, (contrast, ours, method), values))
        for acquisition in dict.fromkeys(p.acquisition for p in mixed):
            sessions = [p.session for p in mixed if p.acquisition == acquisition]
            first, second = (_own(response, cohort, arm, sessions, acquisition) for arm in contrast)
            method = "paired t of changes, each drug in the session that a person had it in"
            when = Timepoint("", acquisition)
            tests.append(
                _test(question, response, cohort, (contrast, when, method), first - second)
            )
    if not tests and not reasons:
        reasons.append("none of its sessions followed one of the drugs that are compared")
    return Asked(tuple(tests), tuple(dict.fromkeys(reasons)))


def pair_sessions(points: Sequence[Timepoint], contrast: tuple[str, str], cohort: Cohort) -> Paired:
    """Pair the sessions of a drug with those of the reference.

    Sessions on the same day after dosing go together; where no days agree, the first goes with
    the first. Acquisitions are never mixed.

    Parameters
    ----------
    points
        Time points, each a session of one drug or of none, in order.
    contrast
        The drug and the reference.
    cohort
        Knows drug and day of each session.
    """
    arm, reference = contrast
    pairs: list[tuple[Timepoint, Timepoint]] = []
    reasons: list[str] = []
    for acquisition in dict.fromkeys(p.acquisition for p in points):
        here = [p for p in points if p.acquisition == acquisition]
        ours = [p for p in here if cohort.drug_of_session(p.session) == arm]
        theirs = [p for p in here if cohort.drug_of_session(p.session) == reference]
        days = {p: cohort.days.get(p.session) for p in here}
        found = [(o, t) for o in ours for t in theirs if days[o] is not None and days[o] == days[t]]
        if len({o for o, _ in found}) < len(found) or len({t for _, t in found}) < len(found):
            found = []
        pairs += found or zip(ours, theirs, strict=False)
        matched = {p for pair in pairs for p in pair}
        reasons += [_alone(p, reference) for p in ours if p not in matched]
        reasons += [_alone(p, arm) for p in theirs if p not in matched]
    return Paired(tuple(pairs), tuple(reasons))


def _alone(point: Timepoint, other: str) -> str:
    return f"no session after {other} goes with {point}"


def _no_baseline(before: Timepoint, cohort: Cohort) -> str:
    if not before.session or cohort.arms_at(before) == ("",):
        return ""
    drug = cohort.drug_of_session(before.session)
    if drug:
        return (
            f"{before} followed {drug}, so a change from it is itself a contrast of drugs; "
            "see the question of change"
        )
    return f"what was given at {before} differs between people, so it is no baseline"


def _own(
    response: Response, cohort: Cohort, arm: str, sessions: Sequence[str], acquisition: str
) -> FloatArray:
    visits = zip(response.person, response.session, strict=True)
    fits = [
        str(s) in sessions and cohort.drug.get((cohort.people[i], str(s)), "") == arm
        for i, s in visits
    ]
    return response.at(Timepoint("", acquisition), np.array(fits, dtype=np.bool_))


def _test(
    question: Question,
    response: Response,
    cohort: Cohort,
    how: tuple[tuple[str, str], Timepoint, str],
    values: FloatArray,
) -> AskedTest:
    contrast, when, method = how
    labels = Labels(*moment(when), contrast=" - ".join(contrast), outcome=response.outcome)
    model = mean_model(values, cohort.covariates)
    return AskedTest(question, response, labels, model, method, "d_z")
