"""Words that a shared copy must not hold: labels, free text of tables, sizes of groups."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

import pandas as pd

from rewire.report.contents import Contents

PSEUDONYM = "unnamed-"
"""How the keys begin that hold people together while figures are made; no page may print them."""

LEFT_OUT = "[left out of this shared copy]"
"""What stands in place of a text that is private."""

_COUNTS = re.compile(r" \([^()]*\w \d+, [^()]*\w \d+[^()]*\)")
"""A list of groups with their sizes, as a draft writes it: ``(group: MDD 33, BP 3)``."""

Cleaner = Callable[[str], str]
"""Returns a text as it may be shared."""


def names_found(text: str, contents: Contents) -> tuple[str, ...]:
    """Return the labels of people and scans that a text holds; there should be none.

    Parameters
    ----------
    text
        A rendered page without its scripts and styles.
    contents
        The contents before they were shared.
    """
    labels = _labels(contents)
    found = {m.group() for m in _pattern(labels).finditer(text)} if labels else set()
    return tuple(sorted(found | set(re.findall(rf"{PSEUDONYM}\d+", text))))


def _labels(contents: Contents) -> list[str]:
    people = [str(p) for p in contents.trial.participants["participant_id"]]
    people += [str(p) for p in contents.flow["participant_id"].unique()]
    people += [str(p) for p in contents.quality["participant_id"].unique()]
    people += [f.participant for f in contents.faults if f.participant]
    bare = [p.removeprefix("sub-") for p in people]
    telling = [b for b in bare if len(b) >= 4 and any(c.isdigit() for c in b)]
    scans = [r.id for r in contents.trial.scans if len(r.id) >= 6]
    return sorted({*people, *telling, *scans} - {""}, key=len, reverse=True)


def _pattern(labels: list[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.])(?:{'|'.join(map(re.escape, labels))})(?!\w)")


def form_cleaner(contents: Contents, free: Collection[str] = ()) -> Cleaner:
    """Return what replaces a text that names a person, an exclusion or a small number of people."""
    labels = _labels(contents)
    named = _pattern(labels) if labels else re.compile(r"(?!)")
    few = re.compile(
        r"\bexclude\b|\b(?:sub|participant)[-_ ]\w*\d|\b[1-9] (?:people|persons?|participants?)\b"
        r"|\btreated otherwise than allotted\b"
    )

    def clean(text: str) -> str:
        told = _COUNTS.sub("", text)
        private = named.search(told) or few.search(told) or any(words in told for words in free)
        return LEFT_OUT if private else told

    return clean


def free_text(contents: Contents) -> set[str]:
    """Return what people's tables say in words, the arms aside; short words are categories."""
    known = {"participant_id", "session_id", "phase", "drug", contents.design.factor}
    found: set[str] = set()
    for table in (contents.trial.participants, contents.trial.sessions):
        for column in (c for c in table if c not in known):
            if not pd.api.types.is_numeric_dtype(table[column]):
                found |= {str(value) for value in table[column].dropna().unique()}
    return {words for words in found - set(contents.design.arms) if len(words) >= 4}
