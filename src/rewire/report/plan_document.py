"""The analysis plan as a document that people read, sign and register."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rewire.core.questions import Alternative, Inference, Kind
from rewire.core.registry import MeasureSpec
from rewire.core.scales import find_scale
from rewire.plan.model import Plan
from rewire.plan.options.association import AssociationOptions, LaggedOptions
from rewire.plan.question import QuestionDraft
from rewire.report import names, numbers
from rewire.report.components import exchanged, network_rule
from rewire.report.kinds import WORDINGS
from rewire.report.page import environment

_REGISTRY = re.compile(
    r"\bNCT\d{8}\b|\bISRCTN\d{8}\b|\bEUCTR\d{4}-\d{6}-\d{2}\b|\b\d{4}-\d{6}-\d{2}(?:-\d{2})?\b"
    r"|\bACTRN\d{14}\b|\bDRKS\d{8}\b|\bosf\.io/[a-z0-9]{5}\b"
)
_SIDES: Mapping[Alternative, str] = {
    "two-sided": "two-sided",
    "greater": "one-sided, greater",
    "less": "one-sided, less",
}
_AUTHORS = {
    "draft": "drafted by rewire from the trial's tables; nobody has confirmed it",
    "recipe": "a built-in recipe that repeats a published analysis",
    "person": "a person",
}
_ROLES = {
    "@baseline": "baseline",
    "@after": "after treatment",
    "@outcome": "the outcomes",
    "@outcome_sessions": "the outcome sessions",
}


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of text, each row as long as the headings."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A heading, sentences, and a table or None."""

    title: str
    lines: tuple[str, ...] = ()
    grid: Grid | None = None


@dataclass(frozen=True, slots=True)
class PlanDocument:
    """The plan in words.

    Parameters
    ----------
    title
        Name of the plan.
    facts
        What identifies it: who wrote it, its hash, where it is registered.
    chapters
        In the order of a statistical analysis plan.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    chapters: tuple[Chapter, ...]


def write_plan_document(
    plan: Plan, specs: Mapping[str, MeasureSpec], first_used: str = ""
) -> PlanDocument:
    """Return a plan as a document.

    Parameters
    ----------
    plan
        The plan that was followed.
    specs
        Registered measures by name, for definitions.
    first_used
        When data were first read under this plan (UTC), empty where it is not known.
    """
    registered = dict.fromkeys(_REGISTRY.findall(" ".join((plan.name, plan.citation, *plan.notes))))
    facts = (
        ("Plan", plan.name),
        ("Written by", _AUTHORS[plan.author]),
        ("Repeats", plan.citation),
        ("Registration", numbers.listing(list(registered)) or "the plan names none"),
        ("SHA-256 of the plan", plan.digest()),
        ("Data first read under it (UTC)", first_used),
    )
    chapters = (
        _design(plan),
        _questions(plan),
        _outcomes(plan),
        _measures(plan, specs),
        _inference(plan),
        _exclusions(plan),
        Chapter("Notes and departures", plan.notes or ("None.",)),
    )
    return PlanDocument(plan.name, tuple(f for f in facts if f[1]), chapters)


def plan_html(document: PlanDocument) -> str:
    """Return the document as one HTML page without scripts, which word processors can open."""
    return environment().get_template("plan.html.j2").render(document=document)


def plan_markdown(document: PlanDocument) -> str:
    """Return the document as Markdown; marks that Markdown would read are escaped."""
    lines = [f"# Analysis plan: {_mark(document.title)}", ""]
    lines += [f"- **{name}:** {_mark(value)}" for name, value in document.facts]
    for number, chapter in enumerate(document.chapters, 1):
        lines += ["", f"## {number}. {chapter.title}", ""]
        lines += [part for line in chapter.lines for part in (_mark(line), "")]
        if chapter.grid:
            lines += [_markdown_row(chapter.grid.headings)]
            lines += [_markdown_row(("---",) * len(chapter.grid.headings), plain=True)]
            lines += [_markdown_row(row) for row in chapter.grid.rows]
    return "\n".join(lines).rstrip() + "\n"


def _mark(text: str) -> str:
    escaped = re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", text)
    return " ".join(escaped.split())


def _markdown_row(cells: tuple[str, ...], *, plain: bool = False) -> str:
    return f"| {' | '.join(cells if plain else map(_mark, cells))} |"


def _design(plan: Plan) -> Chapter:
    design, roles = plan.design, plan.roles
    inferred = "taken from the trial's tables"
    one = isinstance(roles.baseline, str)
    baseline = (str(roles.baseline),) if one else tuple(roles.baseline)
    sure = "assumed by the draft, not recorded" if plan.author == "draft" else "yes"
    randomised = {True: sure, False: "no", None: inferred}[design.randomised]
    rows = (
        ("Design", design.kind or inferred),
        ("Randomised", randomised),
        ("Arms", numbers.listing(list(design.arms)) or inferred),
        ("Column that holds the arm", design.factor or inferred),
        ("Arm that others are compared with", roles.reference or inferred),
        ("Baseline", _times(baseline) or inferred),
        ("After treatment", _times(roles.after) or inferred),
        ("Outcome sessions", _times(roles.outcome_sessions) or inferred),
        ("Parcellation", plan.atlas or "the one that the trial holds"),
    )
    return Chapter("Design", (), Grid(("", "In this plan"), rows))


def _questions(plan: Plan) -> Chapter:
    rows = tuple(
        (
            q.name,
            q.standing,
            q.text,
            numbers.listing([*map(names.measure_label, q.measures), *map(_role, q.outcomes)]),
            _when(q),
            _test(q),
            names.correction_label(q.correction) if q.correction != "none" else "none",
        )
        for q in plan.questions
    )
    lines = (
        "A question is primary or secondary only where a person wrote so. p values are adjusted "
        "over the tests of one question (its measures, outcomes, time points and places), never "
        "across questions.",
    )
    headings = ("Name", "Standing", "Question", "Of what", "When", "Test", "Adjusted by")
    return Chapter("Questions and tests", lines, Grid(headings, rows) if rows else None)


def _when(question: QuestionDraft) -> str:
    before, after = _role(question.before), numbers.listing([_role(a) for a in question.after])
    if question.kind is Kind.BASELINE_GROUP:
        return before
    return after if question.kind is Kind.AFTER_ASSOCIATION else f"{before} to {after}"


def _test(question: QuestionDraft) -> str:
    parts = [WORDINGS[question.kind].planned, _SIDES[question.alternative]]
    parts += [f"adjusted for {numbers.listing(list(question.covariates))}"] * bool(
        question.covariates
    )
    parts += _options(question)
    parts += [f"in {numbers.listing(list(question.arms))}"] * bool(question.arms)
    parts += [f"only where {k} is {v}" for k, v in question.where.items()]
    return "; ".join(parts)


def _option(value: object) -> str:
    """Return what a plan says under an option, on one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{k} = {v}" for k, v in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


_METHODS = {
    "spearman": "Spearman's correlation in place of Pearson's",
    "skipped": "Spearman's correlation without bivariate outliers in place of Pearson's",
}


def _options(question: QuestionDraft) -> list[str]:
    """Return what the options say; those of a link in words of their own."""
    given = question.options
    if not isinstance(given, AssociationOptions | LaggedOptions):
        chosen = given.model_dump(exclude_defaults=True) if given else {}
        return [f"{name.replace('_', ' ')}: {_option(value)}" for name, value in chosen.items()]
    method = str(getattr(given, "method", ""))
    parts = [_METHODS[method]] if method in _METHODS else []
    if isinstance(given, AssociationOptions) and given.reliability != "none":
        parts.append("the value corrected for unreliability beside it")
    if isinstance(given, LaggedOptions) and given.early_score:
        parts.append(f"the early score from {_role(given.early_score)}")
    return parts


def _outcomes(plan: Plan) -> Chapter:
    asked = dict.fromkeys((*plan.roles.outcome, *(o for q in plan.questions for o in q.outcomes)))
    rows = []
    for column in (name for name in asked if not name.startswith("@")):
        scale = find_scale(column)
        way = plan.scores.get(column, "")
        if scale is None:
            rows.append((column, way or "in the table's JSON file", "", "", "", ""))
            continue
        span = f"{scale.low:g} to {scale.high:g}".replace("inf", "no end")
        remission = "" if scale.remission is None else f"{scale.remission:g}"
        least = "" if scale.smallest_difference is None else f"{scale.smallest_difference:g}"
        label = f"{scale.label} ({column})"
        rows.append((label, way or scale.direction, span, remission, least, scale.source))
    headings = ("Scale", "Direction", "Range", "Remission at", "Smallest change that matters")
    if not rows:
        return Chapter("Outcomes", ("The plan names no scale.",))
    return Chapter("Outcomes", (), Grid((*headings, "Source"), tuple(rows)))


def _measures(plan: Plan, specs: Mapping[str, MeasureSpec]) -> Chapter:
    rows = []
    for choice in plan.measures:
        spec = specs.get(choice.name)
        options = ", ".join(f"{k} = {v}" for k, v in choice.options.items()) or "defaults"
        summary, source = (spec.summary, spec.source) if spec else ("not known to rewire", "")
        rows.append((names.sentence_case(choice.name.replace("_", " ")), summary, options, source))
    if not rows:
        return Chapter("Brain measures", ("Nothing is computed from scans.",))
    return Chapter(
        "Brain measures", (), Grid(("Measure", "What it is", "Options", "Source"), tuple(rows))
    )


def _inference(plan: Plan) -> Chapter:
    made = plan.inference
    lines = [
        f"Intervals are at {made.confidence * 100:g}%. Permutation p values rest on "
        f"{made.permutations:,} relabellings, or on all where there are fewer. Effects below "
        f"{made.equivalence_smd:g} standard deviations, and correlations below "
        f"{made.equivalence_r:g}, count as none.",
        f"Every random number follows from the seed {made.seed}.",
        f"A scan with fewer than {plan.quality.minimum_minutes:g} retained minutes is warned of.",
    ]
    bound = Inference(**made.model_dump())
    lines += exchanged(bound)
    for correction in dict.fromkeys(q.correction for q in plan.questions):
        rule = network_rule(correction, bound).strip()
        lines += [f"{names.sentence_case(names.correction_label(correction))}: {rule}"] * bool(rule)
    if plan.reliability.split_half:
        lines.append(f"Both halves ({plan.reliability.halves}) of every scan are measured as well.")
    return Chapter("Inference and quality", tuple(lines))


def _exclusions(plan: Plan) -> Chapter:
    if not plan.exclude:
        return Chapter("Exclusions", ("Nobody is left out by the plan.",))
    rows = tuple(
        (
            e.participant,
            " ".join(p for p in (e.session, e.acquisition, e.run) if p) or "all",
            e.reason,
        )
        for e in plan.exclude
    )
    return Chapter("Exclusions", (), Grid(("Participant", "What", "Reason"), rows))


def _role(word: str) -> str:
    return _ROLES.get(word, names.time_label(word) if word.startswith(("ses-", "acq-")) else word)


def _times(times: tuple[str, ...]) -> str:
    return numbers.listing([f"{names.time_label(t)} ({t})" for t in times if t])
