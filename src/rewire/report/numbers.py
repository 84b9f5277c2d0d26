"""Numbers as a paper prints them."""

from __future__ import annotations

import math

MINUS = "\N{MINUS SIGN}"
MISSING = "n/a"


def fixed(value: float, decimals: int = 2) -> str:
    """Return a number with a fixed count of decimals and a true minus sign.

    NaN gives ``n/a``; a value that rounds to zero has no sign.

    Examples
    --------
    >>> fixed(-0.386), fixed(float("nan")), fixed(-0.0001)
    ('−0.39', 'n/a', '0.00')
    """
    if not math.isfinite(value):
        return MISSING if math.isnan(value) else ("∞" if value > 0 else f"{MINUS}∞")
    text = f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", MINUS)


def plain(value: float) -> str:
    """Return a number with as many decimals as its size asks for.

    Examples
    --------
    >>> plain(12.3456), plain(0.01234), plain(0.0000123), plain(1234.5)
    ('12.35', '0.012', '1.2 × 10⁻⁵', '1234.5')
    """
    size = abs(value)
    if math.isfinite(value) and 0 < size < 0.001:
        mantissa, exponent = f"{value:.1e}".split("e")
        raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return f"{mantissa.replace('-', MINUS)} \N{MULTIPLICATION SIGN} 10{raised}"
    return fixed(value, 3 if size < 0.1 and size > 0 else 1 if size >= 100 else 2)


def unit_bound(value: float, decimals: int = 2) -> str:
    """Return a number that cannot pass one, such as r, without its leading zero.

    Examples
    --------
    >>> unit_bound(-0.635), unit_bound(1.0), unit_bound(0.0)
    ('−.64', '1.00', '.00')
    """
    text = fixed(value, decimals)
    return text.replace("0.", ".", 1) if text.lstrip(MINUS).startswith("0.") else text


def p_value(p: float) -> str:
    """Return a p value in three decimals, without the sign of equality.

    Examples
    --------
    >>> p_value(0.0117), p_value(0.00002), p_value(float("nan"))
    ('.012', '< .001', 'n/a')
    """
    if math.isnan(p):
        return MISSING
    if p < 0.0005:
        return "< .001"
    return "> .999" if p > 0.9995 else unit_bound(p, 3)


def p_phrase(p: float, name: str = "p") -> str:
    """Return ``p = .012`` or ``p < .001``.

    Examples
    --------
    >>> p_phrase(0.0117), p_phrase(1e-9, "adjusted p")
    ('p = .012', 'adjusted p < .001')
    """
    text = p_value(p)
    return f"{name} {text}" if text[0] in "<>" else f"{name} = {text}"


def degrees(df: float) -> str:
    """Return degrees of freedom: whole where they are whole, else with one decimal.

    Examples
    --------
    >>> degrees(21.0), degrees(38.63)
    ('21', '38.6')
    """
    return f"{df:.0f}" if math.isfinite(df) and abs(df - round(df)) < 1e-9 else fixed(df, 1)


def decimals_for(width: float) -> int:
    """Return the decimals that an interval of this width deserves.

    Examples
    --------
    >>> decimals_for(0.7), decimals_for(0.05), decimals_for(120.0), decimals_for(float("nan"))
    (2, 3, 1, 2)
    """
    if not math.isfinite(width) or width <= 0:
        return 2
    return 1 if width >= 100 else 2 if width >= 0.1 else 3 if width >= 0.01 else 4


def interval(low: float, high: float, *, bounded: bool, decimals: int) -> str:
    """Return ``−0.75 to −0.02``; ``bounded`` numbers lose their leading zero.

    Examples
    --------
    >>> interval(-0.75, -0.02, bounded=False, decimals=2)
    '−0.75 to −0.02'
    """
    write = unit_bound if bounded else fixed
    return f"{write(low, decimals)} to {write(high, decimals)}"


def count(number: int, singular: str, plural: str = "") -> str:
    """Return ``1 test`` or ``1,234 tests``.

    Examples
    --------
    >>> count(1, "test"), count(1234, "test"), count(2, "person", "people")
    ('1 test', '1,234 tests', '2 people')
    """
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def listing(items: tuple[str, ...] | list[str]) -> str:
    """Return ``a, b and c``.

    Examples
    --------
    >>> listing(["a", "b", "c"])
    'a, b and c'
    """
    if len(items) < 2:
        return "".join(items)
    return ", ".join(items[:-1]) + " and " + items[-1]
