"""What the page for raters is made from: scans under labels that the caller chooses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from rewire.numerics.motion_artefact import MotionArtefact
from rewire.trial.portrait import Portrait


@dataclass(frozen=True, slots=True, eq=False)
class ScanPage:
    """One scan as the page shows it.

    Parameters
    ----------
    label
        What the page calls the scan: its name, or an opaque id where raters must stay blind.
    decision, by, reason
        Whether it is kept, who or what decided, and why, as in the exclusion ledger.
    rule, value, limit
        The rule that it breaks, what it has and what is asked; empty and NaN where it breaks none.
    minutes
        Retained, NaN where unknown.
    displacement
        Mean framewise displacement in mm, NaN where unknown.
    volumes, retained
        Volumes recorded and surviving censoring, NaN where unknown.
    regions
        Regions of the atlas, 0 where the scan was not read.
    silent
        Regions without signal, NaN where unknown.
    doubts
        What a rater should look at, as short phrases without names.
    portrait
        What is drawn; None where only the numbers are shown.
    arm, time
        Arm and time point; empty where raters must stay blind.
    place
        Where the scan stands in the order of the trial, in which arms and times are listed; 0
        where that order says something.
    """

    label: str
    decision: Literal["kept", "excluded"]
    by: str
    reason: str
    rule: str
    value: float
    limit: float
    minutes: float
    displacement: float
    volumes: float
    retained: float
    regions: int
    silent: float = math.nan
    doubts: tuple[str, ...] = ()
    portrait: Portrait | None = None
    arm: str = ""
    time: str = ""
    place: int = 0


@dataclass(frozen=True, slots=True)
class Retest:
    """How far a measure repeats on untreated scans: ICC(2,1) with its interval."""

    measure: str
    pairs: str
    n: int
    icc: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class QualityContents:
    """Everything that the page for raters shows.

    It holds no trial, participant or score. A blind run gives opaque labels, empty arms and
    times, and no ``retest`` whose pairs name an arm.

    Parameters
    ----------
    title
        Heading of the page.
    scans
        Every scan, the most doubtful first.
    rules
        The rules of the plan, one sentence each; empty where none is set.
    motion
        How far connectivity follows motion; None where too few scans have known motion.
    retest
        Test-retest reliability.
    arms
        The arms in the order of the design, which gives them their colours; empty where raters
        must stay blind.
    simulated
        Whether the data were generated.
    report
        Where the report lies, as a link from this page; empty for none.
    """

    title: str
    scans: tuple[ScanPage, ...]
    rules: tuple[str, ...] = ()
    motion: MotionArtefact | None = None
    retest: tuple[Retest, ...] = ()
    arms: tuple[str, ...] = ()
    simulated: bool = False
    report: str = ""
