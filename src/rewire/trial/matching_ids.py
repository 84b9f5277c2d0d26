"""Which row of a spreadsheet belongs to which folder, where the two spell people differently."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

Key = Callable[[str], str]

_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class IdMatching:
    """Folders and ids that belong together.

    Parameters
    ----------
    pairs
        Folder and id, where one fits the other and nothing else does.
    asked
        Folders for which a person must say it, with the ids that may be meant.
    without
        Folders without any id left that could be theirs.
    spare
        Ids that belong to no folder so far.
    rules
        How many pairs each rule gave, in the order in which the rules were tried.
    """

    pairs: dict[str, str]
    asked: dict[str, tuple[str, ...]]
    without: tuple[str, ...]
    spare: tuple[str, ...]
    rules: dict[str, int]


def match_ids(folders: Sequence[str], ids: Sequence[str]) -> IdMatching:
    """Match participants' folders with a spreadsheet's ids.

    Rules are tried from the strictest to the loosest: the same text, another case or punctuation,
    zero padding, a prefix that all share, the numbers, the first number, the last. A pair counts
    only if it is one-to-one among everybody, not only among those who are left.

    Parameters
    ----------
    folders
        Such as ``sub-001``.
    ids
        Such as ``P01-AB``, each once.

    Examples
    --------
    >>> match_ids(["sub-001", "sub-012"], ["P01-AB", "P12-CD"]).pairs
    {'sub-001': 'P01-AB', 'sub-012': 'P12-CD'}
    """
    pairs: dict[str, str] = {}
    taken: set[str] = set()
    doubtful: dict[str, tuple[str, ...]] = {}
    counts: dict[str, int] = {}
    for name, (of_folder, of_id) in _rules(folders, ids).items():
        left, right = _by_key(folders, of_folder), _by_key(ids, of_id)
        for key in left.keys() & right.keys():
            here, there = left[key], right[key]
            free = [f for f in here if f not in pairs and f not in doubtful]
            open_ids = tuple(i for i in there if i not in taken)
            if not free or not open_ids:
                continue
            alone = len(here) == 1 and len(there) == 1
            if alone and not _contradict(name, here[0], there[0], (folders, ids)):
                pairs[here[0]] = there[0]
                taken.add(there[0])
                counts[name] = counts.get(name, 0) + 1
            else:
                doubtful.update(dict.fromkeys(free, open_ids))
    spare = tuple(i for i in ids if i not in taken)
    left_over = [f for f in folders if f not in pairs]
    asked = {f: tuple(i for i in doubtful.get(f, spare) if i in spare) or spare for f in left_over}
    return IdMatching(
        {f: pairs[f] for f in folders if f in pairs},
        asked if spare else {},
        () if spare else tuple(left_over),
        spare,
        counts,
    )


def _rules(folders: Sequence[str], ids: Sequence[str]) -> dict[str, tuple[Key, Key]]:
    both: dict[str, Key] = {
        "the same": _bare,
        "but for case and punctuation": _spelled,
        "but for zero padding": _unpadded,
    }
    numbers: dict[str, Key] = {
        "by their numbers": _numbers,
        "by the first number": _first,
        "by the last": _last,
    }
    rules = {name: (key, key) for name, key in both.items()}
    rules["but for a prefix"] = (_without_prefix(folders), _without_prefix(ids))
    return rules | {name: (key, key) for name, key in numbers.items()}


def _by_key(texts: Iterable[str], key: Key) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in texts:
        if key(text):
            found.setdefault(key(text), []).append(text)
    return found


def _bare(text: str) -> str:
    return text.strip().removeprefix("sub-")


def _spelled(text: str) -> str:
    return re.sub(r"[\W_]", "", _bare(text)).casefold()


def _unpadded(text: str) -> str:
    return _NUMBER.sub(lambda m: str(int(m[0])), _spelled(text))


def _without_prefix(texts: Sequence[str]) -> Key:
    spelled = [_spelled(t) for t in texts] if len(texts) > 1 else [""]
    columns = takewhile(lambda c: len(set(c)) == 1 and c[0].isalpha(), zip(*spelled, strict=False))
    length = len(list(columns))

    def key(text: str) -> str:
        return _NUMBER.sub(lambda m: str(int(m[0])), _spelled(text)[length:])

    return key


def _groups(text: str) -> list[str]:
    return [str(int(n)) for n in _NUMBER.findall(_bare(text))]


def _numbers(text: str) -> str:
    return "-".join(_groups(text))


def _first(text: str) -> str:
    return next(iter(_groups(text)), "")


def _last(text: str) -> str:
    return next(reversed(_groups(text)), "")


def _letters(text: str) -> str:
    found = re.match(r"[^\W\d]*", _spelled(text))
    return found[0] if found else ""


def _contradict(
    rule: str, folder: str, name: str, everybody: tuple[Sequence[str], Sequence[str]]
) -> bool:
    """Say whether numbers agree where letters do not, and letters tell people apart."""
    if not rule.startswith("by"):
        return False
    telling = all(len({_letters(t) for t in side}) > 1 for side in everybody)
    return telling and _letters(folder) != _letters(name)
