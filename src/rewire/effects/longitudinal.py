"""Changes within arms, and differences between arms in change, after treatment or before it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rewire.core.questions import Kind, Question
from rewire.core.types import FloatArray, Timepoint
from rewire.effects.asked import Asked, AskedTest, Labels, absent, moment, nobody
from rewire.effects.design import Cohort
from rewire.effects.occasions import contrast_sessions
from rewire.effects.responses import Response
from rewire.numerics.linear import group_model, mean_model
from rewire.numerics.welch import WelchModel


def ask_change(question: Question, response: Response, cohort: Cohort) -> Asked:
    """Test after minus before within each arm.

    In a crossover a change to a named session belongs to the drug of that session; between
    sessions of different drugs it is the contrast of these drugs within people.
    """
    if response.change:
        return Asked(tuple(_given_changes(question, response, cohort)), ())
    tests: list[AskedTest] = []
    reasons: list[str] = []
    for after in question.after:
        missing = _missing(response, (question.before, after))
        if missing:
            reasons.append(missing)
            continue
        drugs = _drugs(question, cohort, after)
        span = drugs or f"{after} - {question.before}"
        arms = cohort.arms_of_change(question.before, after)
        if not arms:
            reasons.append(f"{after} followed a drug that the question leaves out")
        for arm in arms:
            pair = _pair(question, response, cohort, (after, arm))
            labels = Labels(*moment(after), arm=arm, contrast=span, outcome=response.outcome)
            test = _mean_test(question, response, labels, pair, cohort)
            # where both sessions followed a drug, neither is a baseline
            tests.append(replace(test, pair=None) if drugs else test)
    return Asked(tuple(tests), tuple(reasons))


def ask_interaction(question: Question, response: Response, cohort: Cohort) -> Asked:
    """Test whether change differs between arms; within people in a crossover."""
    if response.change:
        points: tuple[Timepoint | None, ...] = (None,)
    elif cohort.crossover and all(p.session for p in (question.before, *question.after)):
        return contrast_sessions(question, response, cohort)
    else:
        points = question.after
    tests: list[AskedTest] = []
    reasons: list[str] = []
    for after in points:
        missing = _missing(response, (question.before, after)) if after else ""
        if missing:
            reasons.append(missing)
            continue
        for arm, reference in cohort.contrasts():
            ours = _change(question, response, cohort, (after, arm))
            theirs = _change(question, response, cohort, (after, reference))
            labels = Labels(
                *(moment(after) if after else ("", "")),
                contrast=f"{arm} - {reference}",
                outcome=response.outcome,
            )
            if cohort.crossover:
                model = mean_model(ours - theirs, cohort.covariates)
                test = AskedTest(question, response, labels, model, "paired t of changes", "d_z")
            else:
                joined, group = _join(cohort, (arm, reference), (ours, theirs))
                model = group_model(joined, group, cohort.covariates)
                test = AskedTest(
                    question, response, labels, model, "two-sample t of changes", "hedges_g"
                )
            tests.append(test)
    return Asked(tuple(tests), tuple(reasons))


def ask_ancova(question: Question, response: Response, cohort: Cohort) -> Asked:
    """Test the arm effect after treatment, adjusted for baseline."""
    if response.change:
        return Asked((), (f"{response.name} is known as a change alone, without its baseline",))
    if cohort.crossover:
        return Asked((), ("people are compared with themselves; see the interaction",))
    tests: list[AskedTest] = []
    reasons: list[str] = []
    for after in question.after:
        missing = _missing(response, (question.before, after))
        if missing:
            reasons.append(missing)
            continue
        for contrast in cohort.contrasts():
            values = [cohort.values(response, after, arm) for arm in contrast]
            joined, group = _join(cohort, contrast, (values[0], values[1]))
            own = response.at(question.before)
            labels = Labels(*moment(after), contrast=" - ".join(contrast), outcome=response.outcome)
            model = group_model(joined, group, cohort.covariates, own)
            tests.append(AskedTest(question, response, labels, model, "ANCOVA", "hedges_g"))
    return Asked(tuple(tests), tuple(reasons))


def ask_baseline(question: Question, response: Response, cohort: Cohort) -> Asked:
    """Test whether arms differ before treatment: Welch, or within people in a crossover."""
    if response.change:
        return Asked((), (f"{response.name} is known as a change alone, without its baseline",))
    missing = _missing(response, (question.before,))
    if missing:
        return Asked((), (missing,))
    if cohort.crossover and question.before.session:
        return Asked((), ("every arm of this crossover has the same baseline session",))
    tests = []
    for contrast in cohort.contrasts():
        first, second = (cohort.values(response, question.before, arm) for arm in contrast)
        labels = Labels(
            *moment(question.before), contrast=" - ".join(contrast), outcome=response.outcome
        )
        if cohort.crossover:
            paired = mean_model(first - second, cohort.covariates)
            tests.append(AskedTest(question, response, labels, paired, "paired t", "d_z"))
            continue
        joined, group = _join(cohort, contrast, (first, second))
        if cohort.covariates.shape[1]:
            adjusted = group_model(joined, group, cohort.covariates)
            tests.append(AskedTest(question, response, labels, adjusted, "ANCOVA", "hedges_g"))
        else:
            welch = WelchModel(joined, group)
            tests.append(AskedTest(question, response, labels, welch, "Welch t", "hedges_g"))
    return Asked(tuple(tests), ())


LONGITUDINAL = {
    Kind.CHANGE: ask_change,
    Kind.INTERACTION: ask_interaction,
    Kind.ANCOVA: ask_ancova,
    Kind.BASELINE_GROUP: ask_baseline,
}
"""What each kind of question about arms and sessions is answered by."""


def _missing(response: Response, points: tuple[Timepoint, ...]) -> str:
    for point in points:
        if nobody(response.at(point)):
            return absent(response, point)
    return ""


def _pair(
    question: Question, response: Response, cohort: Cohort, when: tuple[Timepoint, str]
) -> tuple[FloatArray, FloatArray]:
    after, arm = when
    return cohort.values(response, question.before, arm), cohort.values(response, after, arm)


def _change(
    question: Question, response: Response, cohort: Cohort, when: tuple[Timepoint | None, str]
) -> FloatArray:
    after, arm = when
    if after is None:
        return cohort.values(response, Timepoint(), arm)
    before, later = _pair(question, response, cohort, (after, arm))
    return later - before


def _join(
    cohort: Cohort, contrast: tuple[str, str], values: tuple[FloatArray, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Put both arms' values into one array; 1 marks the first arm and 0 the reference."""
    first, second = cohort.members(contrast[0]), cohort.members(contrast[1])
    group = np.where(first, 1.0, np.where(second, 0.0, np.nan))
    return np.where(first[:, None], values[0], values[1]), group


def _mean_test(
    question: Question,
    response: Response,
    labels: Labels,
    pair: tuple[FloatArray, FloatArray],
    cohort: Cohort,
) -> AskedTest:
    model = mean_model(pair[1] - pair[0], cohort.covariates)
    return AskedTest(question, response, labels, model, "paired t", "d_z", pair)


def _drugs(question: Question, cohort: Cohort, after: Timepoint) -> str:
    """Return the contrast of drugs that a change between two sessions is; empty if it is none."""
    earlier, later = (cohort.drug_of_session(p.session) for p in (question.before, after))
    return f"{later} - {earlier}" if earlier and later and earlier != later else ""


def _given_changes(question: Question, response: Response, cohort: Cohort) -> list[AskedTest]:
    tests = []
    for arm in cohort.arms:
        model = mean_model(cohort.values(response, Timepoint(), arm), cohort.covariates)
        labels = Labels(arm=arm, outcome=response.outcome)
        tests.append(AskedTest(question, response, labels, model, "one-sample t of changes", "d_z"))
    return tests
