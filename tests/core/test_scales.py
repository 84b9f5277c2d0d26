"""The built-in instruments, against their published ranges."""

from __future__ import annotations

import pytest

from rewire.core.scales import find_instrument, find_scale


@pytest.mark.parametrize(
    ("name", "low", "high", "direction"),
    [
        ("bdi", 0, 63, "lower is better"),
        ("hamd", 0, 52, "lower is better"),
        ("madrs", 0, 60, "lower is better"),
        ("qids", 0, 27, "lower is better"),
        ("wemwbs", 14, 70, "higher is better"),
        ("stai", 20, 80, "lower is better"),
        ("caps5", 0, 80, "lower is better"),
        ("shaps", 0, 56, "lower is better"),
    ],
)
def test_ranges_and_directions(name: str, low: float, high: float, direction: str) -> None:
    scale = find_scale(name)
    assert scale is not None
    assert (scale.low, scale.high, scale.direction) == (low, high, direction)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("BDI-II", "bdi"),
        ("HAM-D 17", "hamd"),
        ("HDRS", "hamd"),
        ("MADRS total score", "madrs"),
        ("QIDS-SR16", "qids"),
        ("CAPS-5", "caps5"),
        ("STAI-S", "stais"),
        ("STAI", "stait"),
        ("SHAPS_total", "shaps"),
    ],
)
def test_spellings(text: str, name: str) -> None:
    scale = find_instrument(text)
    assert scale is not None
    assert scale.name == name


@pytest.mark.parametrize("text", ["PHQ-9", "CAPS", "total", ""])
def test_what_is_no_built_in_instrument(text: str) -> None:
    assert find_instrument(text) is None
