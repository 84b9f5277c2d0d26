"""What a reader calls the things that tables name in code: measures, time points, arms, levels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from rewire.core.registry import quantity_label
from rewire.core.scales import Scale

EVERYONE = "all participants"

_EFFECT_SIZES: Mapping[str, str] = MappingProxyType(
    {
        "d": "d",
        "dz": "dz",
        "d_z": "dz",
        "cohen_d": "d",
        "g": "g",
        "hedges_g": "g",
        "r": "r",
    }
)

_CORRECTIONS: Mapping[str, str] = MappingProxyType(
    {
        "fdr_bh": "Benjamini\N{EN DASH}Hochberg",
        "holm": "Holm",
        "bonferroni": "Bonferroni",
        "max_t": "max-T permutation",
        "nbs": "the network-based statistic",
        "tfnbs": "threshold-free network-based statistics",
        "none": "no adjustment",
    }
)


def measure_label(name: str) -> str:
    """Return what a reader calls a measure.

    Examples
    --------
    >>> measure_label("my_measure")
    'my measure'
    """
    return quantity_label(name)


def scale_label(name: str, scales: Mapping[str, Scale]) -> str:
    """Return the label of a scale, or its column name where nobody knows it."""
    return scales[name].label if name in scales else name.replace("_", " ")


def time_label(text: str) -> str:
    """Return a time point as a reader says it.

    Examples
    --------
    >>> time_label("ses-week1"), time_label("ses-drug_acq-pre"), time_label("acq-post")
    ('week 1', 'drug, pre', 'post')
    """
    parts = re.split(r"_?(?:ses|acq)-", text)
    spaced = [re.sub(r"(?<=[a-z]{3})_?(?=\d)", " ", part) for part in parts if part]
    return ", ".join(spaced).replace("+", " + ")


def level_label(level: str) -> str:
    """Return a level of the effects table in words.

    Examples
    --------
    >>> level_label("model=strength"), level_label("density=0.1;condition=x")
    ('strength null', 'density 0.1, condition x')
    """
    words = []
    for part in filter(None, level.split(";")):
        dim, _, value = part.partition("=")
        words.append(f"{value} null" if dim == "model" else f"{dim} {value}".strip())
    return ", ".join(words)


def arm_label(arm: str) -> str:
    """Return the arm, or ``all participants`` where there are no arms."""
    return arm or EVERYONE


def effect_size_label(kind: str) -> str:
    """Return the symbol of a standardised effect size, or the kind itself."""
    return _EFFECT_SIZES.get(kind.lower(), kind.replace("_", " "))


def correction_label(correction: str) -> str:
    """Return the name of a correction."""
    return _CORRECTIONS.get(correction, correction)


def who_label(arm: str, sides: tuple[str, str] | None) -> str:
    r"""Return the arm, or the two that are compared, or an empty string.

    Examples
    --------
    >>> who_label("", ("a", "b")).replace("\N{MINUS SIGN}", "minus"), who_label("a", None)
    ('a minus b', 'a')
    """
    if sides is not None:
        return f"{sides[0]} \N{MINUS SIGN} {sides[1]}"
    return arm


def sentence_case(text: str) -> str:
    """Return the text with its first letter raised."""
    return text[:1].upper() + text[1:]
