"""The exclusion ledger: every scan, whether it is kept, and who or what decided.

Rules see three numbers of a scan and nothing else: no person, session, arm or score.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from rewire.core.errors import Fault
from rewire.core.exclusion import Exclusion
from rewire.core.schema import EXCLUSION_COLUMNS
from rewire.core.types import SERIES, ScanRecord
from rewire.plan.parts import QualityRules
from rewire.trial.quality import ScanQuality

RULE = "rule"
"""Who decided, where a rule of the plan did."""

A_PERSON = "person"
"""Who decided, where a plan excludes a scan and names nobody."""


@dataclass(frozen=True, slots=True)
class Worth:
    """All that a rule sees of a scan.

    Parameters
    ----------
    minutes
        Retained minutes.
    displacement
        Mean framewise displacement, mm.
    silent_share
        Share of regions without signal, 0 to 1.

    Notes
    -----
    NaN where a number is unknown; a rule leaves no scan out for what is unknown.
    """

    minutes: float
    displacement: float
    silent_share: float


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that a scan breaks.

    Parameters
    ----------
    rule
        The key in the plan's ``[quality]``.
    value, limit
        What the scan has, and what the rule asks for.
    reason
        A phrase that names the limit, the same for every scan that breaks it.
    """

    rule: str
    value: float
    limit: float
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided of one scan; fields as the columns of the ledger."""

    decision: Literal["kept", "excluded"]
    by: str
    rule: str = ""
    value: float = math.nan
    limit: float = math.nan
    reason: str = ""


def broken_rules(worth: Worth, rules: QualityRules) -> tuple[Broken, ...]:
    """Return the rules that a scan breaks.

    Parameters
    ----------
    worth
        What the scan is worth.
    rules
        A limit of 0 is off. A value that equals its limit breaks nothing.

    Examples
    --------
    >>> rules = QualityRules(exclude_motion_above=0.5)
    >>> broken_rules(Worth(8.0, 0.62, 0.0), rules)[0].reason
    'mean framewise displacement above 0.5 mm'
    >>> broken_rules(Worth(8.0, 0.5, 0.0), rules)
    ()
    """
    values = (worth.minutes, worth.displacement, worth.silent_share)
    return tuple(
        Broken(rule.key, value, rule.limit, rule.reason)
        for rule, value in zip(_rules(rules), values, strict=True)
        if rule.limit > 0 and (value < rule.limit if rule.least else value > rule.limit)
    )


def rules_in_words(rules: QualityRules) -> tuple[str, ...]:
    """Return the rules that are set, each as the phrase that the ledger gives as a reason.

    Examples
    --------
    >>> rules_in_words(QualityRules(exclude_minutes_below=4.0))
    ('fewer than 4 minutes retained',)
    """
    return tuple(rule.reason for rule in _rules(rules) if rule.limit > 0)


def worth_of(quality: ScanQuality) -> Worth:
    """Return what a rule may see of a judged scan.

    A connectome or a map has no volumes: its minutes and motion are unknown.
    """
    return Worth(quality.minutes, quality.displacement, quality.silent_share)


def rule_exclusions(judged: Sequence[ScanQuality], rules: QualityRules) -> tuple[Exclusion, ...]:
    """Return the scans that the rules leave out, one exclusion a scan.

    Parameters
    ----------
    judged
        The scans that were read.
    rules
        The plan's rules.
    """
    out = []
    for quality in judged:
        broken = broken_rules(worth_of(quality), rules)
        if broken:
            r = quality.record
            reason = "; ".join(b.reason for b in broken)
            out.append(
                Exclusion(r.participant, r.session, r.acquisition, r.run, reason, RULE, r.id)
            )
    return tuple(out)


def rule_faults(by_rule: Sequence[Exclusion], scans: int) -> list[Fault]:
    """Return a warning for each reason for which the rules leave scans out.

    Parameters
    ----------
    by_rule
        From :func:`rule_exclusions`.
    scans
        How many scans the trial has.
    """
    counts = Counter(e.reason for e in by_rule)
    remedy = "exclusions.tsv names them; change [quality] in the plan to keep them."
    return [
        Fault("warning", "left-out-by-rule", "scans", f"{n} of {scans} left out: {reason}.", remedy)
        for reason, n in counts.items()
    ]


def decide(
    scans: Sequence[ScanRecord],
    judged: Sequence[ScanQuality],
    rules: QualityRules,
    by_people: Sequence[Exclusion],
) -> tuple[Decision, ...]:
    """Return what was decided of every scan; people come before rules.

    Parameters
    ----------
    scans
        Every scan of the trial.
    judged
        Those that were read.
    rules
        The plan's rules.
    by_people
        What the plan's list and the call leave out.

    Returns
    -------
    tuple of Decision
        In the order of the scans.
    """
    worths = {q.record.id: worth_of(q) for q in judged}
    return tuple(_decide(r, worths, rules, by_people) for r in scans)


def ledger_table(scans: Sequence[ScanRecord], decisions: Sequence[Decision]) -> pd.DataFrame:
    """Return the ledger, columns of :data:`rewire.core.schema.EXCLUSION_COLUMNS`."""
    rows = [
        (
            r.id,
            *(r.participant, r.session, r.acquisition, r.run),
            *(d.decision, d.by, d.rule, d.value, d.limit, d.reason),
        )
        for r, d in zip(scans, decisions, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=list(EXCLUSION_COLUMNS))
    return frame.astype({"value": float, "limit": float})


def _decide(
    record: ScanRecord,
    worths: Mapping[str, Worth],
    rules: QualityRules,
    by_people: Sequence[Exclusion],
) -> Decision:
    for e in by_people:
        if e.covers(record):
            return Decision("excluded", e.by or A_PERSON, reason=e.reason)
    worth = worths.get(record.id)
    broken = broken_rules(worth, rules) if worth else ()
    if broken:
        first, why = broken[0], "; ".join(b.reason for b in broken)
        return Decision("excluded", RULE, first.rule, first.value, first.limit, why)
    if not rules_in_words(rules):
        return Decision("kept", "", reason="no rule is set and nobody excluded it")
    unknown = [] if worth is None else _unknown(worth, rules, record)
    if unknown:
        reason = f"breaks no rule that could be applied; unknown: {', '.join(unknown)}"
        return Decision("kept", RULE, reason=reason)
    return Decision("kept", RULE, reason="within every limit")


@dataclass(frozen=True, slots=True)
class _Rule:
    key: str
    limit: float
    least: bool
    reason: str


def _rules(rules: QualityRules) -> tuple[_Rule, ...]:
    """Return all rules, in the order of the numbers of a :class:`Worth`."""
    short, moved = rules.exclude_minutes_below, rules.exclude_motion_above
    silent = rules.exclude_silent_above
    too_far = f"mean framewise displacement above {moved:g} mm"
    too_many = f"more than {100 * silent:g}% of regions without signal"
    return (
        _Rule("exclude_minutes_below", short, True, f"fewer than {short:g} minutes retained"),
        _Rule("exclude_motion_above", moved, False, too_far),
        _Rule("exclude_silent_above", silent, False, too_many),
    )


def _unknown(worth: Worth, rules: QualityRules, record: ScanRecord) -> list[str]:
    asked = [rule.limit > 0 for rule in _rules(rules)]
    values = (worth.minutes, worth.displacement, worth.silent_share)
    names = ("retained minutes", "motion", "coverage")
    timed = record.kind in SERIES
    applies = (timed, timed, True)
    return [
        name
        for name, wanted, value, fits in zip(names, asked, values, applies, strict=True)
        if wanted and fits and math.isnan(value)
    ]
