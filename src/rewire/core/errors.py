"""The exceptions of rewire, and the faults that an input can have.

::

    RewireError                 anything rewire raises on purpose
    ├── UsageError              the call itself is off (exit status 2)
    │   ├── PlanError           the plan cannot be used: every fault, with the allowed values
    │   └── FormulaError        a formula cannot be fitted to its table: every fault
    └── DataError               the input cannot be used (exit status 1)
        └── TrialError          a trial's folder has errors: every fault at once
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


class RewireError(Exception):
    """Anything that rewire raises on purpose; its text says what to do."""


class UsageError(RewireError):
    """The call is off: an unknown name, a missing option, a choice that only a person can make."""


class PlanError(UsageError):
    """The plan cannot be used; the message lists every fault.

    Parameters
    ----------
    faults
        One plain sentence each: where, what is wrong, and the values allowed there.

    Examples
    --------
    >>> print(PlanError(["question 'a': kind 'chnge' is unknown."]))
    The plan cannot be used (1 fault):
      - question 'a': kind 'chnge' is unknown.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        count = f"{len(self.faults)} fault{'' if len(self.faults) == 1 else 's'}"
        super().__init__(f"The plan cannot be used ({count}):\n" + _bullets(self.faults))


class FormulaError(UsageError):
    """A formula cannot be fitted to its table; the message lists every fault.

    Parameters
    ----------
    faults
        One plain phrase each.

    Examples
    --------
    >>> print(FormulaError(["'drg' is no column"]))
    The formula cannot be fitted (1 fault):
      - 'drg' is no column
    """

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        count = f"{len(self.faults)} fault{'' if len(self.faults) == 1 else 's'}"
        super().__init__(f"The formula cannot be fitted ({count}):\n" + _bullets(self.faults))


class DataError(RewireError):
    """The input cannot be used as it is."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, or doubtful, in a trial's folder.

    Parameters
    ----------
    severity
        ``error`` stops a run; ``warning`` is reported and does not.
    code
        A short, stable name of the kind of fault, such as ``missing-tr``.
    where
        The file, participant, session or scan, as the user would look for it.
    what
        What was found and what was expected.
    remedy
        What to do about it.
    participant, session
        Whom it concerns, where it concerns one; a plan that excludes them silences it.
    """

    severity: Severity
    code: str
    where: str
    what: str
    remedy: str
    participant: str | None = None
    session: str | None = None

    def __str__(self) -> str:
        """Return the fault as one line."""
        return f"{self.severity} [{self.code}] {self.where}: {self.what} {self.remedy}"


class TrialError(DataError):
    """A trial's folder has errors that stop a run; the message lists them all.

    Parameters
    ----------
    faults
        Every fault found, warnings too; errors come first and are what stops the run.

    Examples
    --------
    >>> fault = Fault("error", "missing-tr", "sub-01", "no RepetitionTime.", "Add it.")
    >>> print(TrialError([fault]))
    The trial cannot be run (1 error, 0 warnings):
      - error [missing-tr] sub-01: no RepetitionTime. Add it.
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        ranked = sorted(self.faults, key=lambda f: f.severity)
        errors = sum(f.severity == "error" for f in ranked)
        warnings = len(ranked) - errors
        head = (
            f"The trial cannot be run ({errors} error{'' if errors == 1 else 's'}, "
            f"{warnings} warning{'' if warnings == 1 else 's'}):\n"
        )
        super().__init__(head + _bullets([str(f) for f in ranked]))


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"  - {line}" for line in lines)
