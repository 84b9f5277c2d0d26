"""The instruments that rewire knows: direction, range, cut-offs, smallest change that matters."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

Direction = Literal["lower is better", "higher is better"]


@dataclass(frozen=True, slots=True)
class Scale:
    """An instrument: which way it runs, how far, and what counts.

    Parameters
    ----------
    name
        Column name in lower case, such as ``bdi``.
    label
        What a reader calls it, such as ``BDI``.
    low, high
        Smallest and largest possible total; infinite where there is no end.
    direction
        Whether people get better as it falls or as it rises.
    remission
        Total at (or beyond) which a person counts as remitted; None where no cut-off is agreed.
    smallest_difference
        Smallest change in one person that matters to that person, in points; None where unknown.
    source
        Where range and cut-offs come from.
    """

    name: str
    label: str
    low: float
    high: float
    direction: Direction
    remission: float | None
    smallest_difference: float | None
    source: str


_KNOWN = (
    Scale("bdi", "BDI", 0, 63, "lower is better", 9, 5, "Beck 1996; remission <= 9 as in trials"),
    Scale("hamd", "HAMD-17", 0, 52, "lower is better", 7, 3, "Hamilton 1960; Zimmerman 2013"),
    Scale("madrs", "MADRS", 0, 60, "lower is better", 10, 2, "Montgomery 1979; Duru 2008"),
    Scale("qids", "QIDS-SR-16", 0, 27, "lower is better", 5, 3, "Rush 2003"),
    Scale("wemwbs", "WEMWBS", 14, 70, "higher is better", None, 3, "Tennant 2007; Maheswaran 2012"),
    Scale("stait", "STAI-T", 20, 80, "lower is better", None, None, "Spielberger 1983"),
    Scale("stais", "STAI-S", 20, 80, "lower is better", None, None, "Spielberger 1983"),
    Scale("caps5", "CAPS-5", 0, 80, "lower is better", 11, 10, "Weathers 2018; Mitchell 2021"),
    Scale(
        "shaps",
        "SHAPS",
        0,
        56,
        "lower is better",
        None,
        None,
        "Snaith 1995 scores 0 to 14, Franken 2007 14 to 56: no cut-off fits both",
    ),
    Scale(
        "wcst_perseverative_errors",
        "WCST perseverative errors",
        0,
        128,
        "lower is better",
        None,
        None,
        "Heaton 1993, 128 cards",
    ),
    Scale(
        "wcst_categories",
        "WCST categories completed",
        0,
        6,
        "higher is better",
        None,
        None,
        "Heaton 1993",
    ),
    Scale(
        "pcet_perseverative_errors",
        "PCET perseverative errors",
        0,
        math.inf,
        "lower is better",
        None,
        None,
        "Kurtz 2004",
    ),
    Scale("tmt_b", "Trail Making B (s)", 0, math.inf, "lower is better", None, None, "Reitan 1958"),
)

SCALES: Mapping[str, Scale] = MappingProxyType({scale.name: scale for scale in _KNOWN})
"""Built-in scales by name."""

_ALIASES = MappingProxyType(
    {
        "bdi2": "bdi",
        "bdi_ii": "bdi",
        "bdi_total": "bdi",
        "caps_5": "caps5",
        "caps5_total": "caps5",
        "hamd17": "hamd",
        "hamd_17": "hamd",
        "hamd_total": "hamd",
        "ham17_total": "hamd",
        "hdrs": "hamd",
        "madrs_total": "madrs",
        "qids_sr": "qids",
        "qids_sr16": "qids",
        "qids_total": "qids",
        "stai_t": "stait",
        "stai": "stait",
        "stai_s": "stais",
        "shaps_total": "shaps",
        "tmtb": "tmt_b",
        "wemwbs_total": "wemwbs",
    }
)


def find_scale(column: str) -> Scale | None:
    """Return the built-in scale that a column holds, or None where the name says nothing.

    The scale keeps the column's own name, so that tables read as their authors wrote them.

    Examples
    --------
    >>> find_scale("madrs_total").high
    60
    >>> find_scale("shoe_size") is None
    True
    """
    key = column.lower()
    known = SCALES.get(_ALIASES.get(key, key))
    if known is None:
        return None
    return replace(known, name=column)


_WRITTEN = MappingProxyType(
    {
        "bdiii": "bdi",
        "hdrs17": "hamd",
        "hrsd": "hamd",
        "hrsd17": "hamd",
        "gridhamd": "hamd",
        "qidssr": "qids",
        "qidssr16": "qids",
        "qids16": "qids",
        "staitrait": "stait",
        "staistate": "stais",
    }
)
_TOTALS = re.compile(r"(total|totalscore|tot|score|sum|sumscore)$")


def find_instrument(text: str) -> Scale | None:
    """Return the built-in scale that somebody meant, however it was spelled, or None.

    Unlike :func:`find_scale` it passes over case, spaces and punctuation, so that ``BDI_2`` is the
    BDI-II; the scale keeps its built-in name.

    Examples
    --------
    >>> find_instrument("QIDS-SR 16").name, find_instrument("HAM-D total").name
    ('qids', 'hamd')
    >>> find_instrument("PHQ-9") is None
    True
    """
    spelled = re.sub(r"[^a-z0-9]", "", text.lower())
    for key in (spelled, _TOTALS.sub("", spelled)):
        name = _WRITTEN.get(key) or _ALIASES.get(key, key)
        if name in SCALES:
            return SCALES[name]
    return None
