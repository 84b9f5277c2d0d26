"""What was frozen while nobody knew the arms, and when they were joined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from rewire.core.errors import UsageError

Stage = Literal["blind", "locked", "unblinded"]


@dataclass(frozen=True, slots=True)
class Lock:
    """One freezing of plan and exclusions.

    Attributes
    ----------
    locked
        UTC, ISO 8601. A clock can be set: only a registry proves a date.
    plan
        SHA-256 of the plan's content, exclusions included.
    measures
        SHA-256 of every file of measures as it was then.
    registry
        Identifier of a registration that holds the plan, such as ``NCT03429075``; empty where
        there is none.
    reason
        Why, as a person wrote it; asked for from the second lock on.
    """

    locked: str
    plan: str
    measures: str
    registry: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Blinding:
    """How far an output has come on the way from blind to unblinded.

    Attributes
    ----------
    scans
        SHA-256 of the content of all scans that were measured.
    plan
        SHA-256 of the plan that they were measured under.
    locks
        In order of time.
    unblinded
        When arms and scores were joined (UTC, ISO 8601); empty before.
    filled
        What the locked plan left open and the tables filled in at unblinding, as sentences.
    rescanned
        True where the scans at unblinding were not those that had been measured.
    """

    scans: str
    plan: str
    locks: tuple[Lock, ...] = ()
    unblinded: str = ""
    filled: tuple[str, ...] = ()
    rescanned: bool = False

    @property
    def stage(self) -> Stage:
        """Where it stands: a plan that differs from the last lock is not locked."""
        if self.unblinded:
            return "unblinded"
        return "locked" if self.locks and self.locks[-1].plan == self.plan else "blind"

    def lock(self, lock: Lock) -> Blinding:
        """Return it with one more lock."""
        return replace(self, locks=(*self.locks, lock))

    def without_words(self) -> Blinding:
        """Return it without what people wrote and what the tables filled in."""
        locks = tuple(replace(lock, reason="") for lock in self.locks)
        return replace(self, locks=locks, filled=())

    def content(self) -> dict[str, Any]:
        """Return what :func:`blinding_of` reads."""
        return asdict(self)


def blinding_of(content: Mapping[str, Any] | None) -> Blinding | None:
    """Read what :meth:`Blinding.content` returned; None where nothing was blind.

    Raises
    ------
    UsageError
        If it is something else.

    Examples
    --------
    >>> made = Blinding("aa", "bb").lock(Lock("2026-01-01T00:00:00+00:00", "bb", "cc"))
    >>> blinding_of(made.content()) == made, made.stage
    (True, 'locked')
    """
    if content is None:
        return None
    try:
        whole = dict(content)
        whole["locks"] = tuple(Lock(**lock) for lock in whole["locks"])
        whole["filled"] = tuple(whole["filled"])
        return Blinding(**whole)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"The record of blinding cannot be understood ({error}).") from error
