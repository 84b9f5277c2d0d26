"""What a shared copy of a report does not tell: small counts, and whatever is about suicidality."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

WITHHELD = "withheld: fewer than "
"""How the status of a test begins that a shared copy does not tell."""

_TOTALS = frozenset({"phq9", "k10", "pss10", "promis10", "tipi10", "cdrisc10", "dass10"})
_SUICIDALITY = re.compile(r"suicid|self.?harm|c.?ssrs|(?<![a-z])(?:bss|bssi|ssi|siq)(?![a-z])")
_ITEM = re.compile(r"(?<!\d)0*(?:9|10)$")
_OWN_ITEMS = (
    (re.compile(r"ham|hdrs"), re.compile(r"(?<!\d)0*3$")),
    (re.compile(r"qids"), re.compile(r"(?<!\d)12$")),
    (re.compile(r"(?<!q)ids"), re.compile(r"(?<!\d)18$")),
)


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a count: the count itself, or between which two numbers it lies.

    Examples
    --------
    >>> str(Told(20, 20)), str(Told(1, 4)), str(Told(16, 19))
    ('20', '<5', '16 to 19')
    """

    low: int
    high: int

    @property
    def exact(self) -> bool:
        """Whether the count itself is told."""
        return self.low == self.high

    def __add__(self, other: Told) -> Told:
        """Return what is told of the sum."""
        return Told(self.low + other.low, self.high + other.high)

    def __str__(self) -> str:
        """Return the count, ``<5`` or a range."""
        if self.exact:
            return f"{self.low:,}"
        return f"<{self.high + 1}" if self.low <= 1 else f"{self.low} to {self.high}"


@dataclass(frozen=True, slots=True)
class Sharing:
    """How a report is shared.

    Parameters
    ----------
    smallest
        Groups of fewer people are neither drawn nor counted.
    people
        What is told of the number of participants.
    scans
        What is told of the number of scans; None where nothing is.
    sentences
        What was removed, for the first page.
    """

    smallest: int
    people: Told
    scans: Told | None
    sentences: tuple[str, ...]

    @property
    def withheld(self) -> str:
        """The status of a test that is not told, since its people are a small group."""
        return f"{WITHHELD}{self.smallest} people"

    @property
    def compared(self) -> str:
        """The status of a test over several groups that is not told, since one is small."""
        return f"{self.withheld} in a group"

    def count(self, number: int) -> str:
        """Return the number, or ``<5`` where it is small; nobody is not a small group."""
        return str(tell_counts([number], self.smallest)[0])


def tell_counts(counts: Sequence[int], smallest: int) -> tuple[Told, ...]:
    """Return what may be told of counts of the same people, one after another.

    A count is told only if it is 0 or not small, and if it differs from every count that was told
    before by 0 or by a number that is not small: those who left in between are a group as well.

    Parameters
    ----------
    counts
        How many people there are at each stage.
    smallest
        The smallest group that is counted.

    Examples
    --------
    >>> [str(told) for told in tell_counts([20, 18, 12, 3, 0], 5)]
    ['20', '16 to 19', '12', '<5', '0']
    >>> [str(told) for told in tell_counts([20, 18, 10], 5)]
    ['20', '16 to 19', '10']
    """
    known = [n for n in counts if n == 0 or n >= smallest]
    told: list[Told] = []
    exact: list[int] = []
    for n in counts:
        if n not in known:
            told.append(Told(1, smallest - 1))
        elif n and any(0 < abs(n - other) < smallest for other in exact):
            near = [other for other in exact if 0 < abs(n - other) < smallest]
            low = max(max(near) - smallest + 1, 1)
            told.append(Told(min(low, n), max(max(near) - 1, n)))
        else:
            exact.append(n)
            told.append(Told(n, n))
    return tuple(told)


def blank_small_cells(values: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Return the values without those of small groups.

    Parameters
    ----------
    values
        Columns ``participant``, ``arm``, ``time`` and ``value``.
    smallest
        The smallest group that is drawn: people of one arm at one time.

    Returns
    -------
    pandas.DataFrame
        The same rows; NaN in groups that are small.
    """
    known = values[values["value"].notna()]
    sizes = known.groupby(["arm", "time"])["participant"].nunique()
    keys = zip(values["arm"], values["time"], strict=True)
    size = np.array([sizes.get(key, 0) for key in keys], dtype=float)
    return values.assign(value=values["value"].where(size >= smallest))


def about_suicidality(*names: str) -> bool:
    """Return whether a scale or an item is about suicidality, as far as its name says so.

    Items 9 and 10 ask about it in the BDI, the PHQ and the MADRS, item 3 in the HAM-D, 12 in the
    QIDS and 18 in the IDS. Where a name leaves doubt the answer is yes.

    Examples
    --------
    >>> about_suicidality("bdi_item9"), about_suicidality("MADRS10"), about_suicidality("C-SSRS")
    (True, True, True)
    >>> about_suicidality("phq9"), about_suicidality("hamd17"), about_suicidality("bdi", "BDI")
    (False, False, False)
    """
    return any(_about_suicidality(name.lower()) for name in names)


def names_suicidality(name: str) -> bool:
    """Return whether a name says suicidality in words, items of questionnaires aside.

    Examples
    --------
    >>> names_suicidality("suicidal_ideation"), names_suicidality("bdi_item9")
    (True, False)
    """
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    spaced = name.lower().replace("_", " ")
    return bool(_SUICIDALITY.search(spaced) or _SUICIDALITY.search(plain))


def _about_suicidality(name: str) -> bool:
    if names_suicidality(name):
        return True
    plain = re.sub(r"[^a-z0-9]", "", name)
    if plain in _TOTALS or plain.removesuffix("total") in _TOTALS:
        return False
    if _ITEM.search(name):
        return True
    return any(scale.search(name) and item.search(name) for scale, item in _OWN_ITEMS)
