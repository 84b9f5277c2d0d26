"""Scans for the page of raters, made by hand."""

from __future__ import annotations

import math

import numpy as np

from rewire.numerics.power_spectrum import Spectrum
from rewire.report.quality_contents import ScanPage
from rewire.trial.portrait import Band, Portrait

EVIL = "<script>alert(1)</script>"


def make_portrait() -> Portrait:
    """Four regions, 40 volumes, the last region silent, volumes 10 to 13 censored."""
    rng = np.random.default_rng(0)
    carpet = rng.integers(1, 34, (4, 40)).astype(np.uint8)
    carpet[3] = 0
    censored = np.zeros(40)
    censored[10:14] = 1.0
    displacement = np.linspace(0.1, 0.8, 40)
    displacement[[0, 20]] = np.nan
    frequency = np.array([0.01, 0.05, 0.1])
    return Portrait(
        carpet,
        (Band("Vis", 0.0, 0.5), Band("Default", 0.5, 1.0)),
        censored,
        displacement,
        60.0,
        Spectrum(frequency, np.array([0.2, 0.7, 0.1])),
        ("D2",),
        (),
    )


def make_page(label: str, *, excluded: bool = False) -> ScanPage:
    """A scan of a minute, one region silent, kept or left out by the rule on minutes."""
    return ScanPage(
        label=label,
        decision="excluded" if excluded else "kept",
        by="rule",
        reason="fewer than 4 minutes retained" if excluded else "within every limit",
        rule="exclude_minutes_below" if excluded else "",
        value=0.9 if excluded else math.nan,
        limit=4.0 if excluded else math.nan,
        minutes=0.9,
        displacement=0.2,
        volumes=40.0,
        retained=36.0,
        regions=4,
        silent=1.0,
        doubts=("regions without signal",),
        portrait=make_portrait(),
        arm="drug",
        time="week 6",
    )
