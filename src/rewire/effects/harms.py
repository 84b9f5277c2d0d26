"""Benefit and harm by arm: how many of how many, the difference of risks, and when."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rewire.effects.answering import Asking, KindTable, Reply
from rewire.effects.event_times import first_events, time_tables
from rewire.effects.occurrences import (
    Occurrence,
    event_occurrences,
    scale_suicidality,
    score_occurrences,
)
from rewire.effects.risks import ComparedRisk, compare_risk, needed_text
from rewire.effects.tables import Piece
from rewire.numerics.adjust import adjust_p
from rewire.numerics.risk import clopper_pearson
from rewire.plan.options.harms import HarmsOptions

_CROSSOVER = "in a crossover each person has both treatments: risks of arms of other people only"
_RISKS = (
    "Benefit and harm, one row an occurrence and arm: events among the people of whom it is known, "
    "the risk with its exact interval (Clopper-Pearson), and people of whom it is not known."
)
_DIFFERENCES = (
    "Differences of risks, arm less reference, one row an occurrence and contrast: interval, p "
    "unadjusted and adjusted, number needed to treat, and the lowest and highest difference that "
    "the people could have had of whom it is not known."
)


def answer_harms(asking: Asking) -> Reply:
    """Set benefit beside harm.

    Parameters
    ----------
    asking
        Its outcomes give response, remission and worsening, the trial's adverse events the rest.

    Returns
    -------
    Reply
        A row of effects for each occurrence and contrast: the difference of risks, with the
        occurrence as its term. Tables ``harms`` (each arm), ``harm_differences`` (each contrast),
        and, where events have days, ``time_to_event`` and ``time_to_event_tests``.
    """
    if asking.cohort.crossover:
        return Reply((), frozenset(), (_CROSSOVER,))
    options = asking.options(HarmsOptions)
    scored = score_occurrences(asking, ("response", "remission", "worsening"))
    suffered = event_occurrences(asking, options.least_people)
    found = [*scored.found, *suffered.found]
    if options.suicidality_from is not None:
        scale, least = options.suicidality_scale, options.suicidality_from
        found.append(scale_suicidality(asking, scale, least))
    reasons = [*scored.reasons, *suffered.reasons]
    tables = [_risk_table(asking, found)] if found else []
    if len(asking.cohort.arms) < 2:
        reasons.append("there is one arm: its risks stand in the table, none is compared")
    compared = [
        compare_risk(
            occurrence,
            (arm, reference),
            (asking.cohort.members(arm), asking.cohort.members(reference)),
            options,
            asking.inference.confidence,
        )
        for occurrence in found
        for arm, reference in asking.cohort.contrasts()
    ]
    adjusted = _adjusted(asking, compared, reasons)
    if compared:
        tables.append(_difference_table(asking, compared, adjusted))
    times = first_events(asking, options)
    if times is not None:
        tables += time_tables(asking, times)
        reasons += times.reasons
    pieces = tuple(_piece(asking, c, q) for c, q in zip(compared, adjusted, strict=True))
    return Reply(pieces, _people(asking, found), tuple(reasons), tuple(tables))


def _adjusted(asking: Asking, compared: Sequence[ComparedRisk], reasons: list[str]) -> list[float]:
    how = asking.question.correction
    p = np.array([c.p for c in compared])
    if how == "max_t":
        reasons.append("correction max_t needs permutations: p of risks is not adjusted")
        return [float("nan")] * len(p)
    return [float(q) for q in adjust_p(p, how)]


def _people(asking: Asking, found: Sequence[Occurrence]) -> frozenset[str]:
    chosen = np.logical_or.reduce([asking.cohort.members(a) for a in asking.cohort.arms])
    known = np.zeros(len(asking.cohort.people), dtype=np.bool_)
    for occurrence in found:
        known |= np.isfinite(occurrence.happened)
    return frozenset(asking.cohort.people[i] for i in np.flatnonzero(known & chosen))


def _piece(asking: Asking, c: ComparedRisk, adjusted: float) -> Piece:
    return {
        "question": asking.question.name,
        "kind": asking.question.kind.value,
        "outcome": c.occurrence.scale,
        "term": c.occurrence.name,
        "level": f"event={c.occurrence.name.replace(';', ',')}",
        "session": c.occurrence.session,
        "contrast": f"{c.arm} - {c.reference}",
        "alternative": "two-sided",
        "n": np.array([0 if c.counts.empty else c.counts.people + c.counts.other_people]),
        "estimate": c.counts.difference,
        "ci_low": c.interval.low,
        "ci_high": c.interval.high,
        "p": c.p,
        "p_adjusted": adjusted,
        "method": c.method,
        "status": c.status,
    }


def _risk_table(asking: Asking, found: Sequence[Occurrence]) -> KindTable:
    rows = []
    for occurrence in found:
        for arm in asking.cohort.arms:
            member = asking.cohort.members(arm)
            known = member & np.isfinite(occurrence.happened)
            people, events = int(known.sum()), int((occurrence.happened[known] == 1.0).sum())
            risk = clopper_pearson(events, people, asking.inference.confidence)
            share = events / people if people else float("nan")
            missing = int(member.sum()) - people
            named = (occurrence.name, occurrence.side, occurrence.scale, occurrence.session)
            counted = (arm, events, people, missing, share, risk.low, risk.high)
            rows.append((asking.question.name, *named, *counted))
    columns = ("question", "occurrence", "side", "scale", "session", "arm", "events", "people",
               "missing", "risk", "ci_low", "ci_high")  # fmt: skip
    return KindTable("harms", _RISKS, pd.DataFrame(rows, columns=list(columns)))


def _difference_table(
    asking: Asking, compared: Sequence[ComparedRisk], adjusted: Sequence[float]
) -> KindTable:
    rows = []
    for c, q in zip(compared, adjusted, strict=True):
        o, counts = c.occurrence, c.counts
        rows.append(
            (
                asking.question.name,
                o.name,
                o.side,
                o.scale,
                o.session,
                c.arm,
                c.reference,
                counts.events,
                counts.people,
                counts.other_events,
                counts.other_people,
                c.missing,
                c.other_missing,
                counts.difference,
                c.interval.low,
                c.interval.high,
                c.lowest,
                c.highest,
                c.p,
                q,
                c.needed.people,
                c.needed.direction,
                needed_text(c.needed, o.side),
                c.method,
                c.status,
            )
        )
    columns = (
        "question", "occurrence", "side", "scale", "session", "arm", "reference", "events",
        "people", "reference_events", "reference_people", "missing", "reference_missing",
        "difference", "ci_low", "ci_high", "lowest", "highest", "p", "p_adjusted",
        "number_needed", "needed_for", "number_needed_told", "method", "status",
    )  # fmt: skip
    return KindTable("harm_differences", _DIFFERENCES, pd.DataFrame(rows, columns=list(columns)))
