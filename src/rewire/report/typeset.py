"""Plain sentences as HTML: everything escaped, statistics in italics."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_STATISTIC = re.compile(
    r"(?<![\w;&#])(dz|[ptrFndg])(\([\d., ]+\))? (=|&lt;|&gt;) ?(?=[\N{MINUS SIGN}.\d])"
)
_RANGE = re.compile(r"(?<=\d) to (?=[\N{MINUS SIGN}.\d])")
_GLUE = "\N{NO-BREAK SPACE}"
_LINK = re.compile(r"doi:(10\.\d{4,9}/[^\s<>\"&;]+[^\s<>\"&;.,)])")


def typeset(text: str) -> Markup:
    r"""Return a sentence as safe HTML: statistics in italics, their numbers kept on their line.

    Examples
    --------
    >>> typeset("a < b, p < .001").replace("\N{NO-BREAK SPACE}", "~")
    Markup('a &lt; b, <i>p</i>~&lt;~.001')
    """
    marked = _STATISTIC.sub(_italic, str(escape(text)))
    marked = re.sub(r"\bp(?= (?:below|values?\b))", "<i>p</i>", marked)
    return Markup(_RANGE.sub(f"{_GLUE}to{_GLUE}", marked))


def reference(text: str) -> Markup:
    """Return a reference as safe HTML with its DOI as a link.

    Examples
    --------
    >>> reference("A. doi:10.1/x")
    Markup('A. doi:10.1/x')
    """
    return Markup(
        _LINK.sub(r'<a href="https://doi.org/\1" rel="noreferrer">doi:\1</a>', str(escape(text)))
    )


def _italic(found: re.Match[str]) -> str:
    symbol, df, sign = found.groups()
    name = "<i>d</i><sub>z</sub>" if symbol == "dz" else f"<i>{symbol}</i>"
    return f"{name}{(df or '').replace(' ', _GLUE)}{_GLUE}{sign}{_GLUE}"


def breakable(text: str) -> Markup:
    """Return text as safe HTML that may break its line after an underscore.

    Examples
    --------
    >>> breakable("modularity_q<")
    Markup('modularity_<wbr>q&lt;')
    """
    return Markup(str(escape(text)).replace("_", "_<wbr>"))
