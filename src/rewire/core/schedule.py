"""Which visits and runs count as what: repeated baselines, visits in place of others, switches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from rewire.core.types import Timepoint

RunChoice = Literal["mean", "first", "last", "longest", "weighted"]
Population = Literal["as randomised", "as treated"]
Take = Literal["mean", "last"]

RECEIVED = "arm as treated"
"""The column that participants gain where somebody was treated otherwise than allotted."""


@dataclass(frozen=True, slots=True)
class RunRule:
    """Which value stands for several runs of one session and acquisition.

    Parameters
    ----------
    combine
        ``mean`` over the runs that gave a value; the ``first``, the ``last`` or the ``longest``
        that did; ``weighted``: their mean, weighted by retained minutes.
    minutes
        Retained minutes of each scan, by its id.
    left_out
        Sessions that enter no analysis, not even where a question names acquisitions alone.
    """

    combine: RunChoice = "mean"
    minutes: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    left_out: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Substitution:
    """A visit of one person that stands in for a scheduled one that the person missed."""

    participant: str
    scheduled: str
    visit: str
    reason: str


@dataclass(frozen=True, slots=True)
class Switch:
    """A person who received another treatment than that of the arm, and what says so.

    Parameters
    ----------
    participant, allotted
        Who, and the arm as randomised.
    received
        The arm whose treatment was given; something else where it was none of them or several.
    source
        The column or table that says so.
    """

    participant: str
    allotted: str
    received: str
    source: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """How visits, runs and treatments depart from one scan, one visit and one arm a person.

    Parameters
    ----------
    baseline
        The repeated baseline, or None where there is one time point.
    unscheduled
        Sessions that enter no analysis: only some people have them and nothing names them.
    substitutions
        Visits in place of others.
    switches
        People who received something else than they were allotted to.
    combine
        How runs of a session become one value.
    """

    baseline: Timepoint | None = None
    unscheduled: tuple[str, ...] = ()
    substitutions: tuple[Substitution, ...] = ()
    switches: tuple[Switch, ...] = ()
    combine: RunChoice = "mean"

    def sources(self, session: str) -> tuple[str, ...]:
        """Return the sessions from which the values of a session come.

        Examples
        --------
        >>> Schedule().sources("ses-week6")
        ('ses-week6',)
        """
        parts = [session]
        if self.baseline is not None and session == self.baseline.session:
            parts = [p.session for p in self.baseline.parts]
        taken = [s.visit for s in self.substitutions if s.scheduled in parts]
        return tuple(dict.fromkeys([*parts, *taken]))


def joint_timepoint(parts: Sequence[Timepoint], take: Take = "mean") -> Timepoint:
    """Return several time points as one.

    Parameters
    ----------
    parts
        Time points in order of time; a single one is returned as it is.
    take
        Which value stands for them.

    Examples
    --------
    >>> both = joint_timepoint([Timepoint("ses-screening"), Timepoint("ses-baseline")])
    >>> str(both), len(both.parts)
    ('ses-screening+baseline', 2)
    """
    if len(parts) == 1:
        return parts[0]
    sessions = dict.fromkeys(p.session.removeprefix("ses-") for p in parts if p.session)
    acquisitions = dict.fromkeys(p.acquisition for p in parts if p.acquisition)
    session = "ses-" + "+".join(sessions) if sessions else ""
    return Timepoint(session, "+".join(acquisitions), tuple(parts), take)
