"""Formulas of mixed models, ``y ~ x + (1 + x | g)``: what is fixed, what differs at random."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rewire.core.errors import FormulaError

FUNCTIONS = ("C", "I", "center", "exp", "log", "log10", "log2", "poly", "scale")
"""What a formula may call; anything else is refused, for a formula may come from a stranger."""

_TOKEN = re.compile(r"`([^`]+)`|([A-Za-z_]\w*)(\s*\()?")
_NUMBERS = re.compile(r"(?<![\w.])\d+(\.\d+)?([eE][+-]?\d+)?")
_ALLOWED = re.compile(r"[\s\d.+\-*/:^(),]*")


@dataclass(frozen=True, slots=True)
class RandomPart:
    """Coefficients that differ at random between groups.

    Parameters
    ----------
    coefficients
        As a right-hand side: ``1``, ``1 + x``, ``0 + x``.
    groups
        Columns whose combinations are the groups.
    independent
        Whether written with ``||``: coefficients without correlations.
    """

    coefficients: str
    groups: tuple[str, ...]
    independent: bool = False

    @property
    def name(self) -> str:
        """The grouping, as lme4 would name it: ``mouse:cell``."""
        return ":".join(self.groups)


@dataclass(frozen=True, slots=True)
class MixedFormula:
    """A formula taken apart.

    Parameters
    ----------
    response
        The column on the left.
    fixed
        The right-hand side without its random terms; ``1`` where nothing is left.
    random
        In the order written; a nested term is one part for each depth.
    """

    response: str
    fixed: str
    random: tuple[RandomPart, ...]

    def columns(self) -> tuple[str, ...]:
        """Return the columns on the right, each once, in the order of their first mention."""
        texts = [self.fixed, *(part.coefficients for part in self.random)]
        names = [name for text in texts for name in names_in(text)]
        names += [name for part in self.random for name in part.groups]
        return tuple(dict.fromkeys(names))


def parse_formula(text: str) -> MixedFormula:
    """Take a formula apart.

    Parameters
    ----------
    text
        ``response ~ fixed + (coefficients | grouping)``, fixed and coefficients over columns,
        numbers, ``+ - * : / ^`` and :data:`FUNCTIONS`; a column with other signs in its name
        stands in backticks. Groupings are ``g``, ``a:b`` or ``a/b``, which is ``a`` and ``a:b``.

    Raises
    ------
    FormulaError
        With every fault.

    Examples
    --------
    >>> parts = parse_formula("y ~ drug * x + (1 | site/person) + (0 + x || item)")
    >>> parts.fixed, [(p.coefficients, p.name, p.independent) for p in parts.random]
    ('drug * x', [('1', 'site', False), ('1', 'site:person', False), ('0 + x', 'item', True)])
    """
    faults: list[str] = []
    left, tilde, right = text.partition("~")
    response = left.strip().strip("`")
    if not tilde or "~" in right:
        raise FormulaError([f"{text!r} is no 'response ~ terms'"])
    if not response or names_in(left) != (response,):
        faults.append(f"{left.strip()!r} on the left is no column")
    kept, random = [], []
    for sign, piece in _pieces(right):
        inside = piece[1:-1] if piece.startswith("(") and _closes_last(piece) else ""
        if "|" not in _bare(piece):
            kept.append(f"{sign} {piece}")
        elif "|" not in _bare(inside):
            faults.append(f"{piece!r}: a random term stands in brackets, joined by +")
        elif sign == "-":
            faults.append(f"{piece!r}: a random term cannot be taken away")
        else:
            random += _random_parts(inside, faults)
    fixed = " ".join(kept).strip().removeprefix("+").strip() or "1"
    for part in [fixed, *(p.coefficients for p in random)]:
        faults += _refused(part)
    if not random and not faults:
        faults.append("there is no random term such as (1 | participant_id)")
    if faults:
        raise FormulaError(list(dict.fromkeys(faults)))
    return MixedFormula(response, fixed, tuple(dict.fromkeys(random)))


def names_in(text: str) -> tuple[str, ...]:
    """Return the columns that a side of a formula names, each once.

    Examples
    --------
    >>> names_in("log(x) + `dose mg`:x + 2")
    ('x', 'dose mg')
    """
    found = [m[1] or m[2] for m in _TOKEN.finditer(_NUMBERS.sub(" ", text)) if not m[3]]
    return tuple(dict.fromkeys(found))


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Return what is joined by + or - outside all brackets, each with its sign."""
    depth, start, sign, quoted = 0, 0, "+", False
    for at, letter in enumerate(text):
        quoted ^= letter == "`"
        depth += 0 if quoted else (letter == "(") - (letter == ")")
        if letter in "+-" and depth == 0 and not quoted:
            if text[start:at].strip():
                yield sign, text[start:at].strip()
            sign, start = letter, at + 1
    if text[start:].strip():
        yield sign, text[start:].strip()


def _closes_last(piece: str) -> bool:
    """Return whether the first bracket is closed by the last letter."""
    depth = 0
    for at, letter in enumerate(piece):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return at == len(piece) - 1
    return False


def _bare(text: str) -> str:
    return re.sub(r"`[^`]*`", "", text)


def _random_parts(inside: str, faults: list[str]) -> list[RandomPart]:
    coefficients, bar, grouping = inside.partition("||" if "||" in inside else "|")
    coefficients, grouping = coefficients.strip(), grouping.strip()
    whole = f"({inside})"
    if not coefficients or not grouping or "|" in _bare(coefficients + grouping):
        faults.append(f"{whole!r} is no (coefficients | grouping)")
        return []
    levels = [names_in(level) for level in grouping.split("/")]
    tidy = re.sub(r"[\s:/]", "", _TOKEN.sub("", grouping))
    if tidy or not all(levels) or "(" in grouping:
        faults.append(f"{whole!r}: groupings are columns, a:b or a/b")
        return []
    deeper = [tuple(n for level in levels[: k + 1] for n in level) for k in range(len(levels))]
    return [RandomPart(coefficients, groups, bar == "||") for groups in deeper]


def _refused(text: str) -> Iterator[str]:
    called = {m[2] for m in _TOKEN.finditer(text) if m[3]}
    for name in sorted(called - set(FUNCTIONS)):
        yield f"{name}() cannot be called; there are {', '.join(FUNCTIONS)}"
    rest = _TOKEN.sub(lambda m: "(" if m[3] else "", text)
    odd = "".join(dict.fromkeys(c for c in rest if not _ALLOWED.fullmatch(c)))
    if odd:
        yield f"{text!r}: {odd!r} has no meaning in a formula"
    if re.search(r"[\w`)]\s*\.|\.\s*[A-Za-z_`(]", _NUMBERS.sub("0", text)):
        yield f"{text!r}: '.' has no meaning in a formula"
