"""How the sessions of folders and those of a spreadsheet are called, and which is which."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from rewire.trial.sessions import time_of

_RARE = 0.05
_USUAL = 0.5
_UNITS = ("day", "week", "month", "year", "visit")


@dataclass(frozen=True, slots=True)
class Rename:
    """A person whose folder has another label than everybody else's.

    Parameters
    ----------
    participant, label
        Whose session, and what it is called there.
    meant
        The usual label; an empty string where it is not clear which.
    options
        The usual labels that this person lacks.
    """

    participant: str
    label: str
    meant: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NamedSession:
    """A session with its folder's label and the sheet's name.

    Parameters
    ----------
    label
        With its ``ses-``.
    in_sheet
        What the sheet calls it; empty where it has no rows there.
    options
        Where it is not clear: the names that it may have.
    phase
        ``baseline``, ``follow-up`` or an empty string.
    ranked
        True where the two were matched by their order alone.
    """

    label: str
    in_sheet: tuple[str, ...]
    options: tuple[str, ...] = ()
    phase: str = ""
    ranked: bool = False


def spoken_time(text: str, column: str = "") -> float | None:
    """Return the time that somebody's name of a session speaks of, or None.

    Parameters
    ----------
    text
        Such as ``BL``, ``wk 6`` or ``T1``.
    column
        The column that holds it: a 6 under ``week`` is week 6.

    Examples
    --------
    >>> spoken_time("wk 6"), spoken_time("6", "Week"), spoken_time("Drug A") is None
    (42.0, 42.0, True)
    """
    spelled = re.sub(r"[^a-z0-9+]", "", text.lower().removeprefix("ses-"))
    unit = next((u for u in _UNITS if column.lower().startswith(u)), "")
    if spelled.isdigit() and unit:
        spelled = unit + spelled
    point = re.fullmatch(r"t(\d+)", spelled)
    return float(point[1]) if point else time_of(spelled)


def find_renames(seen: Mapping[str, Sequence[str]]) -> tuple[Rename, ...]:
    """Find people whose session goes by another label than everybody else's.

    Parameters
    ----------
    seen
        The labels in each participant's folder.

    Examples
    --------
    >>> usual = {f"sub-{i}": ["ses-baseline", "ses-week6"] for i in range(30)}
    >>> find_renames(usual | {"sub-x": ["ses-bl", "ses-week6"]})[0].meant
    'ses-baseline'
    """
    counts = Counter(label for labels in seen.values() for label in set(labels))
    most = max(1, int(_RARE * len(seen)))
    usual = [label for label, n in counts.items() if n > max(most, _USUAL * len(seen))]
    found = []
    for participant, labels in seen.items():
        lacking = [label for label in usual if label not in labels]
        for label in labels:
            if counts[label] > most or not lacking:
                continue
            alike = [o for o in lacking if _alike(label, o)]
            if alike or time_of(label) is None:
                meant = alike[0] if len(alike) == 1 else ""
                found.append(Rename(participant, label, meant, tuple(lacking)))
    return tuple(found)


def match_sessions(
    labels: Sequence[str], names: Sequence[str], column: str = ""
) -> tuple[NamedSession, ...]:
    """Match the sessions of the folders with those of the sheet, in order of time.

    Parameters
    ----------
    labels
        Of the folders, with their ``ses-``.
    names
        Of the sheet, in order of appearance.
    column
        The sheet's column of sessions, if it has one.

    Returns
    -------
    tuple of NamedSession
        Every session once; those of the sheet alone get a label of their own.

    Examples
    --------
    >>> [s.in_sheet for s in match_sessions(["ses-baseline", "ses-week6"], ["BL", "W3", "W6"])]
    [('BL',), ('W3',), ('W6',)]
    """
    times = {name: spoken_time(name, column) for name in (*labels, *names)}
    pairs = _paired(labels, names, column)
    left = [label for label in labels if label not in pairs]
    spare = [name for name in names if name not in pairs.values()]
    ranked: dict[str, str] = {}
    known = all(times[n] is not None for n in (*left, *spare))
    if known and len(left) == len(spare):
        by_time = [sorted(side, key=lambda n: times[n] or 0.0) for side in (left, spare)]
        ranked = dict(zip(*by_time, strict=True))
    open_labels = [label for label in left if label not in ranked]
    sessions = [NamedSession(a, (b,), (), _phase(a, times[a])) for a, b in pairs.items()]
    sessions += [NamedSession(a, (b,), (), _phase(a, times[a]), True) for a, b in ranked.items()]
    when = {s.label: _time(times[s.label], times[s.in_sheet[0]]) for s in sessions}
    for label in open_labels:
        sessions.append(NamedSession(label, (), tuple(spare), _phase(label, times[label])))
        when[label] = times[label]
    for name in () if open_labels or ranked else spare:
        label = f"ses-{re.sub(r'[^A-Za-z0-9]', '', name).lower()}"
        sessions.append(NamedSession(label, (name,), (), _phase(name, times[name])))
        when[label] = times[name]
    place = {s.label: i for i, s in enumerate(sessions)}
    timed = all(time is not None for time in when.values())
    if not timed:
        appeared = [*labels, *(s.label for s in sessions)]
        place = {label: appeared.index(label) for label in place}
    return tuple(
        sorted(sessions, key=lambda s: ((when[s.label] or 0.0) if timed else 0.0, place[s.label]))
    )


def _time(first: float | None, second: float | None) -> float | None:
    return second if first is None else first


def _paired(labels: Sequence[str], names: Sequence[str], column: str) -> dict[str, str]:
    pairs: dict[str, str] = {}

    def same(text: str) -> Hashable:
        return re.sub(r"[^a-z0-9]", "", text.lower().removeprefix("ses-"))

    def before(text: str) -> Hashable:
        time = spoken_time(text, column)
        return "before" if time is not None and time <= 0 else time

    keys: tuple[Callable[[str], Hashable], ...] = (same, before)
    for key in keys:
        left = [label for label in labels if label not in pairs]
        spare = [name for name in names if name not in pairs.values()]
        for label in left:
            value = key(label)
            here = [x for x in left if key(x) == value]
            there = [x for x in spare if key(x) == value]
            if value is not None and len(here) == 1 and len(there) == 1:
                pairs[label] = there[0]
    return pairs


def _alike(one: str, other: str) -> bool:
    first, second = spoken_time(one), spoken_time(other)
    if first is None or second is None:
        return one.lower() == other.lower()
    return first == second or (first <= 0 and second <= 0)


def _phase(name: str, time: float | None) -> str:
    if time is not None and time < 0:
        return "baseline"
    return "follow-up" if time == float("inf") else ""
