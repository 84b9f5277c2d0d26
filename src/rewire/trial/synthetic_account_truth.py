"""What follows, without simulation, from how people of a simulated trial guess and report."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from scipy.special import ndtr

from rewire.core.scales import SCALES
from rewire.core.types import FloatArray
from rewire.numerics.blinding_indices import bang_index, guess_weights, james_index
from rewire.trial.synthetic_spec import (
    BDI,
    EXPERIENCE_SLOPE,
    GUESS,
    LAST_SESSION,
    THERAPIES,
    ArmSpec,
    TrialSpec,
)

TruthRow = tuple[str, str, float, str]
_MANY = 1e6


def account_truth(spec: TrialSpec) -> list[TruthRow]:
    """Return what was planted about therapy, expectancy, experience, guesses and harms.

    Parameters
    ----------
    spec
        The trial; comparisons are of its first arm with its last.

    Returns
    -------
    list of tuple
        Name, arm, value and note, as in :func:`rewire.trial.synthetic_truth.planted_truth`. A
        moderation is per standard deviation of the moderator, on recorded scores.
    """
    when = f"bdi:{LAST_SESSION}"
    rows: list[TruthRow] = []
    for arm in spec.arms:
        slope = arm.expectancy_slope * _inside(arm)
        per_sd = "points of BDI change per SD, within the ends of the scale"
        rows += [(f"moderation:{when}:expectancy", arm.name, slope, per_sd)]
        rows += [(f"moderation:{when}:alliance", arm.name, 0.0, "nothing depends on it")]
    first, last = spec.arms[0], spec.arms[-1]
    therapy = THERAPIES[1]
    rows += [
        (
            f"process:{when}:arm[{first.name}]:therapy[{therapy}]",
            "",
            _therapy_gap(first) - _therapy_gap(last),
            f"{therapy} less {THERAPIES[0]}, in {first.name} less in {last.name}",
        ),
        (
            "process:bdi:mediated by meq30",
            "",
            EXPERIENCE_SLOPE * (first.experience - last.experience),
            f"the part of {first.name} less {last.name} that goes through the experience",
        ),
    ]
    if len(spec.arms) == 2:
        rows += _guess_truth(spec)
    return rows + _harm_truth(spec)


def guess_shares(spec: TrialSpec, arm: ArmSpec) -> FloatArray:
    """Return the probability of each answer in an arm: first arm, last arm, don't know.

    Side effects, improvement and noise are normal, in a mixture of the two therapies.
    """
    spread = math.sqrt(
        1.0
        + GUESS.per_sd**2 * (1.0 - (arm.therapy_effect / BDI.change_spread) ** 2)
        + GUESS.noise**2
    )
    shares = np.zeros(3)
    for added in (arm.therapy_effect, -arm.therapy_effect):
        mean = arm.side_effects - GUESS.per_sd * (arm.bdi_change + added) / BDI.change_spread
        above = float(ndtr((mean - GUESS.high) / spread))
        below = float(ndtr((GUESS.low - mean) / spread))
        shares += np.array([above, below, 1.0 - above - below]) / 2.0
    return shares


def _guess_truth(spec: TrialSpec) -> list[TruthRow]:
    shares = np.stack([guess_shares(spec, arm) for arm in spec.arms])
    note = "side effects and improvement, with noise, decide the guess"
    rows: list[TruthRow] = [
        (
            "blinding:bang_index",
            arm.name,
            bang_index(_MANY * shares[i], guess_weights(i, 2)).index,
            note,
        )
        for i, arm in enumerate(spec.arms)
    ]
    return [*rows, ("blinding:james_index", "", james_index(_MANY * shares).index, note)]


def _harm_truth(spec: TrialSpec) -> list[TruthRow]:
    note = "share of people followed to the end who have it"
    return [
        (f"harms:{risk.event}", arm.name, risk.risk, note)
        for arm in spec.arms
        for risk in arm.risks
    ]


def _inside(arm: ArmSpec) -> float:
    """Return the share of later scores that the ends of the scale do not cut off.

    By Stein's lemma a slope on a normal score is kept in that proportion when it is cut off.
    """
    sd = math.hypot(BDI.spread, BDI.change_spread, BDI.error)
    scale, mean = SCALES[BDI.scale], BDI.mean + arm.bdi_change
    return float(ndtr((scale.high - mean) / sd) - ndtr((scale.low - mean) / sd))


def _therapy_gap(arm: ArmSpec) -> float:
    """Return the later recorded score with the second therapy less that with the first."""
    share = 1.0 - (arm.therapy_effect / BDI.change_spread) ** 2
    model = replace(BDI, change_spread=BDI.change_spread * math.sqrt(share))
    ends = [model.expected(arm.bdi_change + sign * arm.therapy_effect, 1.0) for sign in (-1.0, 1.0)]
    return ends[0] - ends[1]
