"""The specification of a simulated trial: its size, what each arm's treatment does, the scores."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from scipy.special import ndtr

from rewire.core.scales import SCALES

SESSIONS: tuple[str, ...] = ("ses-baseline", "ses-week2", "ses-week4", "ses-week6")
"""Sessions in order; scans were made at the first and the last."""

LAST_SESSION = SESSIONS[-1]
"""The session at which treatment is judged."""


THERAPIES = ("ACT", "CBT")
"""Psychotherapies, crossed with the arms: half of each arm gets either."""
SITES = ("A", "B")
"""Where people are treated; nothing depends on it."""

EXPERIENCE_SPREAD = 16.0
"""Standard deviation of the MEQ30 within an arm, percent of the maximum."""
EXPERIENCE_SLOPE = -0.125
"""Points of true BDI change for each percent of the MEQ30, in either arm."""


@dataclass(frozen=True, slots=True)
class GuessModel:
    """How people come to a guess: side effects and improvement, with noise, against two limits.

    Parameters
    ----------
    per_sd
        Weight of a standard deviation of improvement beside one of side effects.
    noise
        Standard deviation of what else decides.
    low, high
        Below ``low`` the last arm is named, above ``high`` the first, in between none.
    """

    per_sd: float
    noise: float
    low: float
    high: float


GUESS = GuessModel(0.6, 0.8, 0.9, 1.7)


@dataclass(frozen=True, slots=True)
class EventRisk:
    """Risk of one kind of adverse event over the whole trial.

    Parameters
    ----------
    event
        What it is called.
    risk
        Probability that a person has it at least once.
    acute
        Whether it comes on the day of a dose or the next.
    serious
        Whether it counts as serious.
    """

    event: str
    risk: float
    acute: bool = False
    serious: bool = False


@dataclass(frozen=True, slots=True)
class ArmSpec:
    """What one arm's treatment does.

    Parameters
    ----------
    name
        The arm.
    integration_change
        Mean change in network integration, Fisher z.
    retest
        Correlation over people of integration before and after.
    bdi_change, wemwbs_change
        Mean change in the true score by the last session, in points.
    coupling
        Correlation over people of the change in integration and the change in true BDI.
    early
        Share of the change in symptoms that has come by the second and the third session.
    therapy_effect
        What the first therapy adds to the change in true BDI, and the second takes away, in
        points: the mean over therapies stays.
    expectancy_slope
        Points of change in true BDI for each standard deviation of expectancy.
    experience
        Mean MEQ30, percent of the maximum.
    side_effects
        Mean of the side effects that people feel, in standard deviations.
    risks
        Adverse events.
    receptor_slope
        How much more integration changes in a region for each standard deviation of the planted
        receptor, Fisher z; the mean over regions stays.
    """

    name: str
    integration_change: float
    retest: float
    bdi_change: float
    wemwbs_change: float
    coupling: float
    early: tuple[float, float]
    therapy_effect: float = 0.0
    expectancy_slope: float = 0.0
    experience: float = 34.0
    side_effects: float = 0.0
    risks: tuple[EventRisk, ...] = ()
    receptor_slope: float = 0.0

    @property
    def left(self) -> float:
        """What networks and therapy leave of the standard deviation of change in true BDI."""
        therapy = self.therapy_effect / BDI.change_spread
        return math.sqrt(max(1.0 - self.coupling**2 - therapy**2, 1e-12))


@dataclass(frozen=True, slots=True)
class ScoreModel:
    """How a true score is spread over people and what a questionnaire adds.

    Parameters
    ----------
    scale
        Name of the scale.
    mean, spread
        True score before treatment.
    change_spread
        Standard deviation of the true change within an arm.
    error
        Standard deviation that each filling-in adds.
    """

    scale: str
    mean: float
    spread: float
    change_spread: float
    error: float

    def expected(self, change: float, change_share: float) -> float:
        """Return the expected recorded score: the scale's ends bound what can be recorded.

        Parameters
        ----------
        change
            Mean true change so far, in points.
        change_share
            Share of the change that has come (0 before treatment).
        """
        scale = SCALES[self.scale]
        sd = math.hypot(self.spread, change_share * self.change_spread, self.error)
        low, high = ((end - self.mean - change) / sd for end in (scale.low, scale.high))
        inside = (self.mean + change) * (ndtr(high) - ndtr(low))
        bend = sd * (_density(low) - _density(high))
        return float(inside + bend + scale.low * ndtr(low) + scale.high * ndtr(-high))


_PSILOCYBIN_RISKS = (
    EventRisk("headache", 0.60, acute=True),
    EventRisk("nausea", 0.30, acute=True),
    EventRisk("anxiety", 0.25, acute=True),
    EventRisk("fatigue", 0.20),
    EventRisk("suicidal ideation", 0.05),
    EventRisk("hospital admission", 0.03, serious=True),
)
_ESCITALOPRAM_RISKS = (
    EventRisk("headache", 0.30),
    EventRisk("nausea", 0.25),
    EventRisk("anxiety", 0.10),
    EventRisk("fatigue", 0.25),
    EventRisk("dry mouth", 0.20),
    EventRisk("suicidal ideation", 0.05),
    EventRisk("hospital admission", 0.02, serious=True),
)

BDI = ScoreModel("bdi", 30.0, 6.0, 7.0, 2.0)
WEMWBS = ScoreModel("wemwbs", 36.0, 6.0, 7.0, 2.0)


@dataclass(frozen=True, slots=True)
class TrialSpec:
    """What trial to simulate.

    Parameters
    ----------
    seed
        Seed of everything; the same specification gives the same trial. The default was picked
        among the seeds 1 to 15 as a typical draw (estimates near what was planted), so that the
        demonstration shows neither good luck nor bad.
    per_arm
        People in each arm.
    volumes
        Volumes in each scan.
    repetition_time
        Seconds between volumes.
    arms
        What each arm's treatment does; the reference arm last.
    baseline_integration, integration_spread
        Mean and standard deviation over people of network integration before treatment
        (Fisher z); the spread is the same after it.
    gaps
        ``some`` leaves out sessions and scores, silences a region and lets one person move;
        ``none`` records everything.
    """

    seed: int = 4
    per_arm: int = 28
    volumes: int = 300
    repetition_time: float = 2.0
    arms: tuple[ArmSpec, ...] = (
        ArmSpec(
            *("psilocybin", 0.065, 0.60, -13.0, 13.0, -0.85, (0.85, 0.95)),
            therapy_effect=-2.5,
            experience=58.0,
            side_effects=1.2,
            risks=_PSILOCYBIN_RISKS,
            receptor_slope=0.022,
        ),
        ArmSpec(
            *("escitalopram", 0.0, 0.60, -8.0, 8.0, 0.0, (0.35, 0.70)),
            expectancy_slope=-3.0,
            risks=_ESCITALOPRAM_RISKS,
        ),
    )
    baseline_integration: float = 0.11
    integration_spread: float = 0.045
    gaps: Literal["some", "none"] = "some"


DEMO = TrialSpec()
"""The trial of ``rewire demo``."""


def _density(z: float) -> float:
    return math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
