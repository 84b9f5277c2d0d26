"""What the people of a simulated trial brought, went through, guessed and reported.

Nothing here changes a scan or a score. Expectancy and the acute experience are drawn from the part
of a person's change in symptoms that neither networks nor therapy explain, so that they go with
that change just as they would if they had caused it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from rewire.trial.synthetic_spec import (
    BDI,
    EXPERIENCE_SLOPE,
    EXPERIENCE_SPREAD,
    GUESS,
    SITES,
    ArmSpec,
    TrialSpec,
)

_FOLLOWED = {1: 0.0, 2: 14.0, 3: 28.0, 4: 42.0}
_SESSION_AFTER = ((14.0, "ses-week2"), (28.0, "ses-week4"), (42.0, "ses-week6"))
_SEVERITY = (("mild", 0.7), ("moderate", 0.25), ("severe", 0.05))

EventRow = tuple[str, str, str, float, str, str, str]


@dataclass(frozen=True, slots=True)
class Account:
    """What one person brought to the trial, went through and said.

    Parameters
    ----------
    site
        Where they were treated.
    expectancy
        How much they expected to improve, 0 to 100, before treatment.
    alliance
        Bond with the therapist, 1 to 7.
    experience
        Total of the MEQ30 after the first dose, percent of the maximum.
    guess
        An arm, or ``don't know``; empty for those who left before they were asked.
    confidence
        How sure they were, 0 to 100; NaN where there is no guess.
    """

    site: str
    expectancy: float
    alliance: float
    experience: float
    guess: str
    confidence: float


def give_account(
    spec: TrialSpec, arm: ArmSpec, number: int, symptom: float, change: float
) -> Account:
    """Draw what a person brought, went through and guessed.

    Parameters
    ----------
    spec
        The trial.
    arm
        The person's arm.
    number
        Seeds the person's own random numbers, which nothing else uses.
    symptom
        Standard normal: the part of the change in symptoms that nothing else explains.
    change
        Change in the true BDI by the last session, in points.

    Notes
    -----
    The guess: side effects N(mean of the arm, 1) plus .6 times the improvement in standard
    deviations plus N(0, .8^2). Above the upper limit the first arm is named, below the lower one
    the last, and in between nobody knows.
    """
    rng = np.random.default_rng([spec.seed, 23, number])
    noise = rng.standard_normal(4)
    expected = _tied(arm.expectancy_slope / (BDI.change_spread * arm.left), symptom, noise[0])
    slope = EXPERIENCE_SLOPE * EXPERIENCE_SPREAD / (BDI.change_spread * arm.left)
    went_through = arm.experience + EXPERIENCE_SPREAD * _tied(slope, symptom, noise[1])
    side = arm.side_effects + noise[2]
    felt = side - GUESS.per_sd * change / BDI.change_spread + GUESS.noise * noise[3]
    named = len(spec.arms) - 1 if felt < GUESS.low else 0
    unsure = GUESS.low <= felt <= GUESS.high
    certain = 20.0 + 22.0 * abs(felt - (GUESS.low + GUESS.high) / 2.0) + 8.0 * rng.normal()
    return Account(
        str(rng.choice(SITES)),
        _bounded(60.0 + 18.0 * expected, 0.0, 100.0),
        _bounded(10.0 * rng.normal(5.4, 0.7), 10.0, 70.0) / 10.0,
        _bounded(went_through, 0.0, 100.0),
        "don't know" if unsure else spec.arms[named].name,
        _bounded(certain, 0.0, 100.0),
    )


def report_events(
    spec: TrialSpec, arm: ArmSpec, person: str, number: int, attended: int
) -> list[EventRow]:
    """Draw a person's adverse events up to their last session.

    Each kind of event happens to a person with the arm's risk, once or (one time in four) twice;
    acute ones on the day of a dose or the next, others on any day.

    Parameters
    ----------
    spec, arm
        The trial and the person's arm.
    person, number
        Who it is; ``number`` seeds the person's own random numbers.
    attended
        How many sessions they came to.

    Returns
    -------
    list of tuple
        In the order of :data:`rewire.core.schema.ADVERSE_EVENT_COLUMNS`.
    """
    rng = np.random.default_rng([spec.seed, 29, number])
    rows: list[EventRow] = []
    for risk in arm.risks:
        happens, again = rng.random(2) < (risk.risk, 0.25)
        first, second = sorted(rng.permutation(42)[:2].tolist())
        grade = rng.choice([word for word, _ in _SEVERITY], size=2, p=[p for _, p in _SEVERITY])
        if risk.acute:
            first, second = int(rng.integers(2)), 21 + int(rng.integers(2))
        days = [first, second] if again and not risk.serious else [first]
        for day, severity in zip(days if happens else [], grade, strict=False):
            if day <= _FOLLOWED[attended]:
                told = next(s for end, s in _SESSION_AFTER if day <= end)
                serious = "yes" if risk.serious else "no"
                suicidal = "yes" if "suicid" in risk.event else "no"
                worst = "severe" if risk.serious else str(severity)
                rows.append((person, told, risk.event, float(day), worst, serious, suicidal))
    return rows


def _tied(r: float, symptom: float, noise: float) -> float:
    return r * symptom + math.sqrt(max(1.0 - r * r, 0.0)) * noise


def _bounded(value: float, low: float, high: float) -> float:
    return float(np.clip(np.round(value), low, high))
