"""The pill and the process: drug, context, what people brought, and what they went through."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from rewire.core.types import FloatArray, Timepoint
from rewire.effects.answering import Asking, KindTable, Reply
from rewire.effects.process_design import (
    Factor,
    IntArray,
    Layout,
    Panel,
    column_factor,
    column_numbers,
    crossed_layout,
    drug_factor,
    nested_layout,
    panels,
    why_no_factor,
)
from rewire.effects.process_factors import (
    MOST_CLUSTERED,
    FactorFit,
    adjust_fits,
    cell_pieces,
    effect_pieces,
    fit_layout,
    joint_pieces,
    simple_pieces,
)
from rewire.effects.process_mediation import (
    Through,
    mediation_pieces,
    sensitivity_pieces,
    through_brain,
    through_experience,
)
from rewire.effects.process_moderation import (
    adjust_moderations,
    moderation_effects,
    moderation_pieces,
)
from rewire.effects.process_people import people_of_factors, people_of_moderation
from rewire.effects.process_region import curve_pieces
from rewire.effects.process_slopes import Moderation, fit_moderation
from rewire.effects.process_tables import PROCESS_TABLES
from rewire.effects.responses import score_response
from rewire.effects.tables import Piece, stack
from rewire.plan.options.process import ProcessOptions


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """Everything that was fitted, and why some was not."""

    factors: list[FactorFit]
    moderations: list[Moderation]
    mediations: list[Through]
    reasons: list[str]


def answer_process(asking: Asking) -> Reply:
    """Estimate drug, context and their interaction, moderation and mediation.

    Parameters
    ----------
    asking
        Its options are :class:`~rewire.plan.options.process.ProcessOptions`.

    Returns
    -------
    Reply
        In the effects table one row a main effect, interaction and moderation; beside it the
        tables of :data:`~rewire.effects.process_tables.PROCESS_TABLES`.

    Notes
    -----
    Asked for by Torrado Pacheco and Moghaddam 2024 (J Clin Invest 134:e180217): drug and context
    act together, or each alone. The interaction is the difference of differences at the last
    session, adjusted for baseline; none is claimed unless it is equivalent to none.
    """
    options = asking.options(ProcessOptions)
    why = _refused(asking)
    if why:
        return Reply((), frozenset(), (why,))
    found = _fit(asking, options)
    pieces = [p for f in found.factors for p in effect_pieces(asking, f)]
    pieces += [p for m in found.moderations for p in moderation_effects(asking, m)]
    used = np.zeros(len(asking.cohort.people), dtype=np.bool_)
    for fit in (*(f.fit for f in found.factors), *(m.fit for m in found.moderations)):
        used |= fit.used[:, np.isfinite(fit.estimate).any(axis=0)].any(axis=1)
    people = frozenset(asking.cohort.people[i] for i in np.flatnonzero(used))
    tables = _tables(asking, options, found)
    return Reply(tuple(pieces), people, tuple(dict.fromkeys(found.reasons)), tables)


def _refused(asking: Asking) -> str:
    if asking.cohort.crossover:
        return "drug and context are compared between people; in a crossover ask a mixed model"
    if asking.question.correction == "max_t":
        return "it has no permutations to take the largest statistic of (correction max_t)"
    if asking.question.alternative != "two-sided":
        return "it is asked two-sided alone"
    return ""


def _fit(asking: Asking, options: ProcessOptions) -> _Found:
    looked, reasons = panels(asking)
    drug = drug_factor(asking, options)
    layouts = _layouts(asking, options, drug, reasons)
    therapist = None
    if options.therapist:
        therapist = column_factor(asking, options.therapist, {}).codes
    covariates = asking.cohort.covariates
    factors = []
    for layout in layouts:
        for panel in looked:
            if therapist is not None and len(panel.response.places) > MOST_CLUSTERED:
                reasons.append(f"{panel.response.name} has too many cells for a random effect")
                continue
            factors.append(fit_layout(panel, layout, therapist, covariates, options.bounds))
    moderations = [
        fit_moderation(panel, drug, moderator, covariates)
        for moderator in _moderators(asking, options, drug, reasons)
        for panel in looked
    ]
    return _Found(
        adjust_fits(asking, factors),
        adjust_moderations(asking, moderations),
        _mediations(asking, options, drug, looked),
        reasons,
    )


def _layouts(
    asking: Asking, options: ProcessOptions, drug: Factor, reasons: list[str]
) -> list[Layout]:
    """Return drug by each context; what cannot be compared goes to the reasons."""
    made = []
    named = [*options.context, *filter(None, (options.instructed, options.nested))]
    lacking = why_no_factor(drug, options.reference) if named else ""
    if lacking:
        reasons.append(lacking)
        return []
    for name in named:
        if name == (options.drug or asking.cohort.factor):
            reasons.append(f"{name} is the drug and cannot be its own context")
            continue
        context = column_factor(asking, name, options.reference)
        why = why_no_factor(context, options.reference)
        if why:
            reasons.append(why)
        elif name == options.nested:
            made += _nested(drug, context, reasons)
        else:
            instructed = name == options.instructed
            made.append(crossed_layout(drug, context, instructed=instructed))
    return made


def _nested(drug: Factor, context: Factor, reasons: list[str]) -> list[Layout]:
    without = [
        level
        for i, level in enumerate(drug.levels)
        if not (context.codes[drug.codes == i] >= 0).any()
    ]
    if without:
        reasons.append(f"nobody in {', '.join(without)} has a {context.name}")
        return []
    return [nested_layout(drug, context)]


def _moderators(
    asking: Asking, options: ProcessOptions, drug: Factor, reasons: list[str]
) -> list[tuple[str, FloatArray, bool]]:
    found = [(name, column_numbers(asking, name), False) for name in options.moderators]
    if options.experience:
        values = _experience(asking, options)
        found.append((options.experience, values, True))
        held = [int(np.isfinite(values[drug.codes == i]).sum()) for i in range(len(drug.levels))]
        if sum(n > 0 for n in held) < 2:
            reasons.append(
                f"{options.experience} was measured in one arm alone: its association with the "
                "outcome is told, and no effect through it"
            )
    reasons += [f"{name} holds no number" for name, x, _ in found if not np.isfinite(x).any()]
    return [one for one in found if np.isfinite(one[1]).any()]


def _experience(asking: Asking, options: ProcessOptions) -> FloatArray:
    if not options.experience_session:
        return column_numbers(asking, options.experience)
    response = score_response(asking.trial, options.experience, asking.cohort.people)
    return response.at(Timepoint(session=options.experience_session))[:, 0]


def _mediations(
    asking: Asking, options: ProcessOptions, drug: Factor, looked: Sequence[Panel]
) -> list[Through]:
    if len(drug.levels) < 2:
        return []
    found: list[Through] = []
    if options.experience:
        values = _experience(asking, options)
        counts = [int(np.isfinite(values[drug.codes == i]).sum()) for i in range(len(drug.levels))]
        measured = Factor(drug.name, drug.levels, drug.reference, _held(drug.codes, counts))
        if counts[drug.reference] and sum(n > 0 for n in counts) > 1:
            experience = (options.experience, values)
            found += through_experience(asking, looked, measured, experience, options.draws)
        found = [t for t in found if t.found.n]
    return [*found, *through_brain(asking, looked, drug, options.draws)]


def _held(codes: IntArray, counts: Sequence[int]) -> IntArray:
    """Return codes without those of levels in which nobody has a value."""
    empty = [i for i, n in enumerate(counts) if n == 0]
    return np.where(np.isin(codes, empty), -1, codes)


def _tables(asking: Asking, options: ProcessOptions, found: _Found) -> tuple[KindTable, ...]:
    factors, mediations = found.factors, found.mediations
    pieces: dict[str, Iterable[Piece]] = {
        "process_cells": (p for f in factors for p in cell_pieces(asking, f)),
        "process_simple": (p for f in factors for p in simple_pieces(asking, f)),
        "process_joint": (p for f in factors for p in joint_pieces(asking, f)),
        "process_moderation": (
            p
            for m in found.moderations
            for p in moderation_pieces(asking, m, options.at.get(m.name, ()), options.region)
        ),
        "process_people": (
            *(p for f in factors for p in people_of_factors(asking, f)),
            *(p for m in found.moderations for p in people_of_moderation(asking, m)),
        ),
        "process_curve": (
            p for m in found.moderations for p in curve_pieces(asking, m, options.region)
        ),
        "process_mediation": mediation_pieces(asking, mediations),
        "process_sensitivity": sensitivity_pieces(asking, mediations),
    }
    made = []
    for layout in PROCESS_TABLES:
        rows = list(pieces[layout.name])
        if rows:
            frame = stack(rows, layout.columns, layout.text)
            made.append(KindTable(layout.name, layout.about, frame))
    return tuple(made)
