"""The planned questions answered: sentences, companions and limits, question by question."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from rewire.core.questions import Kind, Question
from rewire.report import names, numbers
from rewire.report.components import component_exhibits
from rewire.report.contents import Contents
from rewire.report.kinds import WORDINGS, is_answer, wording
from rewire.report.limits import BETWEEN, MANY_TESTS, limits_of
from rewire.report.phrases import response_label
from rewire.report.rows import ALPHA, EffectRow, Evidence
from rewire.report.sentences import Family, family_of, figures_of, sentence
from rewire.report.wording import Exhibit

_MOST_SENTENCES = 4
_MANY = 20
_RANK = {"primary": 0, "secondary": 1, "exploratory": 2, "companion": 3}


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence, and the numbers of several tests where it speaks of several."""

    text: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A question with its answer.

    Parameters
    ----------
    question
        What was asked.
    findings
        One sentence a test; where there are many, one an arm with the numbers below it.
    beside
        What must be read beside them: interaction and baseline-adjusted effect.
    limits
        What the answer does not say.
    tests
        Tests made.
    clear
        How many of them have an adjusted p below .05.
    smallest
        The smallest adjusted p, NaN where there is none.
    exhibits
        What is shown below the answer.
    """

    question: Question
    findings: tuple[Finding, ...]
    beside: tuple[str, ...]
    limits: tuple[str, ...]
    tests: int
    clear: int
    smallest: float
    exhibits: tuple[Exhibit, ...] = ()


def answer_all(contents: Contents, rows: tuple[EffectRow, ...]) -> tuple[Answer, ...]:
    """Return every question's answer: primary ones first, companions last.

    A companion whose every test already stands beside another answer is not told twice.

    Parameters
    ----------
    contents
        The report's contents.
    rows
        The effects table.
    """
    ranked = sorted(contents.questions, key=lambda q: _RANK[q.standing])
    answers = [answer(question, contents, rows) for question in ranked]
    stated = {line for one in answers for line in one.beside}
    return tuple(one for one in answers if not _stated(one, stated))


def _stated(one: Answer, stated: set[str]) -> bool:
    said = all(f.text in stated and not f.details for f in one.findings)
    return said and one.question.standing == "companion"


def answer(question: Question, contents: Contents, rows: tuple[EffectRow, ...]) -> Answer:
    """Return the answer to one question."""
    mine = tuple(row for row in rows if row.question == question.name and is_answer(row))
    family = family_of(question, mine)
    if not mine:
        findings: tuple[Finding, ...] = (
            Finding("No test could be made; the reasons are listed below."),
        )
    elif len(mine) <= _MOST_SENTENCES:
        findings = tuple(Finding(sentence(row, question, contents, family)) for row in mine)
    else:
        findings = _by_arm(mine, question, contents, family)
    return Answer(
        question,
        findings,
        (*_beside(question, mine, contents, rows), *_again(question, contents, rows)),
        limits_of(question, mine, contents),
        sum(row.p == row.p for row in mine),
        sum(row.evidence is Evidence.CLEAR for row in mine),
        min((row.p_adjusted for row in mine if row.p_adjusted == row.p_adjusted), default=math.nan),
        _exhibits(question, contents, rows),
    )


def _exhibits(
    question: Question, contents: Contents, rows: tuple[EffectRow, ...]
) -> tuple[Exhibit, ...]:
    """Return what is shown below the answer; a shared copy shows nothing there."""
    if contents.shared is not None:
        return ()
    mine = tuple(row for row in rows if row.question == question.name)
    own = WORDINGS[question.kind].exhibits(question, mine, contents)
    return (*component_exhibits(question, contents), *own)


def _by_arm(
    rows: tuple[EffectRow, ...], question: Question, contents: Contents, family: Family
) -> tuple[Finding, ...]:
    groups: dict[tuple[str, ...], list[EffectRow]] = {}
    for row in rows:
        key = (row.moderator, row.contrast) if row.moderator else (row.measure, row.outcome)
        own = wording(row.kind).subject(row)
        groups.setdefault((*key, own, row.contrast if own else "", row.arm), []).append(row)
    findings = []
    for group in groups.values():
        if len(group) == 1:
            findings.append(Finding(sentence(group[0], question, contents, family)))
            continue
        tested = [row for row in group if row.evidence is not Evidence.UNDEFINED]
        if all(row.withheld for row in group):
            findings.append(Finding(_lead(group, tested, contents)))
            continue
        shown = group
        lead = ""
        if len(group) > MANY_TESTS:
            shown = sorted(tested, key=lambda row: row.p)[:1]
            lead = "smallest p, "
        details = tuple(
            f"{lead}{_which(row, contents)}: {figures_of(row, contents, family)}"
            if row.evidence is not Evidence.UNDEFINED
            else f"{_which(row, contents)}: {'' if row.withheld else 'could not be tested, '}"
            f"{row.status or 'no reason recorded'}"
            for row in shown
        )
        findings.append(Finding(_lead(group, tested, contents), details))
    return tuple(findings)


def _lead(group: list[EffectRow], tested: list[EffectRow], contents: Contents) -> str:
    first = group[0]
    scale = names.scale_label(first.outcome, contents.trial.scales) if first.outcome else ""
    what = names.measure_label(first.measure) if first.measure else scale
    what = wording(first.kind).subject(first) or what
    noun = wording(first.kind).noun.replace("{what}", what).replace("{scale}", scale)
    noun = noun.replace("{measure}", names.measure_label(first.measure))
    where = f"In the {first.arm} arm there" if first.arm else "There"
    clear = [row for row in tested if row.evidence is Evidence.CLEAR]
    tests = numbers.count(len(tested), "test")
    if not tested:
        arm = f" in the {first.arm} arm" if first.arm else ""
        told = "is told" if all(row.withheld for row in group) else "could be made"
        return f"No test {told} of {noun.rstrip(',')}{arm}: {_failures(group)}."
    if clear:
        return f"{where} was evidence of {noun} in {len(clear):,} of {tests}{_ways(clear)}."
    few = sum(row.evidence in (Evidence.UNADJUSTED, Evidence.NOT_ADJUSTED) for row in tested)
    before = f"Before adjustment {few:,} had p below .05" if few else "None had p below .05"
    if any(row.evidence is Evidence.NOT_ADJUSTED for row in tested):
        before += ", and no adjusted p is known"
    if len(tested) >= _MANY:
        before += f"; chance alone leads one to expect about {len(tested) * ALPHA:.0f}"
    return f"{where} was no evidence of {noun} in any of {tests}. {before}."


def _failures(group: list[EffectRow]) -> str:
    found = Counter(row.status or "no reason recorded" for row in group)
    return "; ".join(f"{status} in {numbers.count(n, 'test')}" for status, n in found.most_common())


def _ways(clear: list[EffectRow]) -> str:
    down = sum(row.estimate < 0 for row in clear)
    up = len(clear) - down
    change = clear[0].kind == Kind.CHANGE
    fell, rose = (
        ("it fell", "it rose") if change else ("the estimate is negative", "it is positive")
    )
    if not down or not up:
        where = "there" if len(clear) == 1 else "in each"
        return f": {where} {rose if down == 0 else fell}" if change else ""
    return f": in {down:,} {fell}, in {up:,} {rose}"


def _which(row: EffectRow, contents: Contents) -> str:
    what = response_label(row, contents) if row.moderator else row.place
    level = "" if row.moderator else names.level_label(row.level)
    parts = (what, level, names.time_label(row.session))
    return ", ".join(part for part in parts if part) or "test"


def _beside(
    question: Question,
    mine: tuple[EffectRow, ...],
    contents: Contents,
    rows: tuple[EffectRow, ...],
) -> tuple[str, ...]:
    if question.kind is not Kind.CHANGE or question.repeats or len(contents.design.arms) < 2:
        return ()
    by_name = {q.name: q for q in contents.questions if not q.repeats}
    if len(mine) > MANY_TESTS:
        return _elsewhere(question, contents)
    cells = dict.fromkeys(row.cell for row in mine)
    lines = []
    for cell in cells:
        within = [row for row in mine if row.cell == cell]
        between = [
            row
            for row in rows
            if row.cell == cell and row.kind in BETWEEN and row.question in by_name
            if not row.withheld
        ]
        lines += [
            f"{sentence(row, by_name[row.question], contents, _family(row, by_name, rows))}"
            for row in between
        ]
        lines += _one_arm_alone(within, between, contents)
    return tuple(dict.fromkeys(lines))


def _again(question: Question, contents: Contents, rows: tuple[EffectRow, ...]) -> tuple[str, ...]:
    """Return the same question's answers in the other population, where somebody switched."""
    lines: list[str] = []
    for other in (q for q in contents.questions if q.repeats == question.name):
        mine = tuple(row for row in rows if row.question == other.name)
        family = family_of(other, mine)
        if len(mine) > MANY_TESTS:
            clear = sum(row.evidence is Evidence.CLEAR for row in mine)
            tests = numbers.count(family.size, "test")
            lines.append(
                f"{names.sentence_case(other.analysis)}, {clear:,} of {tests} had an adjusted p "
                f"below .05; they are in effects/effects.tsv under {other.name}."
            )
        else:
            lines += [sentence(row, other, contents, family) for row in mine]
    return tuple(lines)


def _elsewhere(question: Question, contents: Contents) -> tuple[str, ...]:
    others = [
        q.text
        for q in contents.questions
        if q.kind in BETWEEN and not q.repeats and set(q.measures) & set(question.measures)
    ]
    if not others:
        return ("No question compares these changes between the arms.",)
    told = numbers.listing(
        [f"\N{LEFT DOUBLE QUOTATION MARK}{t}\N{RIGHT DOUBLE QUOTATION MARK}" for t in others]
    )
    return (
        f"A change within an arm is not a difference between arms; that is answered under {told}",
    )


def _family(row: EffectRow, by_name: dict[str, Question], rows: tuple[EffectRow, ...]) -> Family:
    mine = tuple(r for r in rows if r.question == row.question)
    return family_of(by_name[row.question], mine)


def _one_arm_alone(
    within: list[EffectRow], between: list[EffectRow], contents: Contents
) -> list[str]:
    changed = [r for r in within if r.evidence not in (Evidence.NONE, Evidence.UNDEFINED)]
    still = [r for r in within if r.evidence is Evidence.NONE]
    if not changed or not still:
        return []
    what = response_label(changed[0], contents)
    interactions = [r for r in between if r.kind == Kind.INTERACTION]
    if not interactions:
        return [
            (
                f"{names.sentence_case(what)} changed in one arm and not in the other; no "
                "test compared the changes, so this does not show a difference between "
                "the arms."
            )
        ]
    if any(r.evidence is Evidence.CLEAR for r in interactions):
        return []
    ps = numbers.listing([numbers.p_phrase(r.p) for r in interactions])
    return [
        (
            f"A change in {what} in the {changed[0].arm} arm and none in the "
            f"{still[0].arm} arm is not a difference between the arms: the arm "
            f"\N{MULTIPLICATION SIGN} session interaction was not significant ({ps})."
        )
    ]
