"""The arm effect at stated values of expectancy in the second psilocybin trial, beside R's lm."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from rewire.core.questions import Design, Inference, Kind, Question
from rewire.core.types import Timepoint
from rewire.effects.estimate import EffectsResult, estimate_effects
from rewire.plan.options.process import ProcessOptions
from rewire.trial.reading import read_trial

DESIGN = Design("parallel", "arm", ("psilocybin", "escitalopram"), "escitalopram", True)
NAMES = ("expectancy_received", "suggestibility_sss", "therapeutic_alliance")


@pytest.fixture(scope="module")
def found(shared_data: Path) -> EffectsResult:
    trial = read_trial(shared_data / "psilodep2").trial
    options = ProcessOptions(moderators=NAMES, at={NAMES[0]: (30.0, 50.0, 70.0)})
    question = Question(
        "q", "?", Kind.PROCESS, "primary", (), ("bdi", "hamd"), Timepoint("ses-baseline"),
        (Timepoint("ses-week6"),), options=options,
    )  # fmt: skip
    return estimate_effects(trial, {}, [question], DESIGN, Inference(permutations=0))


@pytest.mark.parametrize(
    ("scale", "moderator", "estimate", "se", "p"),
    [
        ("bdi", NAMES[0], 0.2598039362, 0.1280290565, 0.0477723345),
        ("bdi", NAMES[1], -0.79983810702, 0.24941409640, 0.00234136858),
        ("bdi", NAMES[2], -1.003844062, 0.741409256, 0.181835156),
        ("hamd", NAMES[0], 0.19176014176, 0.06283371088, 0.00366716688),
        ("hamd", NAMES[1], -0.3683778208, 0.1287857920, 0.0062471519),
        ("hamd", NAMES[2], -0.187873417, 0.375795504, 0.619358451),
    ],
)
def test_arm_by_moderator(
    found: EffectsResult, scale: str, moderator: str, estimate: float, se: float, p: float
) -> None:
    """R 4.2.2: ``lm(week6 ~ baseline + arm * x)``, the last coefficient."""
    rows = found.effects
    (row,) = rows[(rows["outcome"] == scale) & (rows["moderator"] == moderator)].itertuples()
    assert row.term == f"arm[psilocybin]:{moderator}"
    assert (row.estimate, row.se, row.p) == pytest.approx((estimate, se, p), rel=1e-7)


@pytest.mark.parametrize(
    ("scale", "value", "estimate", "low", "high"),
    [
        ("bdi", 30.0, -9.2743479565, -16.5552345924, -1.9934613206),
        ("bdi", 50.0, -4.078269233, -10.761989899, 2.605451434),
        ("bdi", 70.0, 1.117809492, -8.328642132, 10.564261095),
        ("hamd", 30.0, -7.25571029, -10.8743302, -3.63709043),
        ("hamd", 50.0, -3.4205074567, -6.6204318487, -0.2205830647),
        ("hamd", 70.0, 0.414695378, -4.073035099, 4.902425856),
    ],
)
def test_arm_effect_at_stated_expectancy(
    found: EffectsResult, scale: str, value: float, estimate: float, low: float, high: float
) -> None:
    """R 4.2.2: ``lm(week6 ~ baseline + arm * I(x - value))``, coefficient of arm, ``confint``."""
    (table,) = [t.frame for t in found.tables if t.name == "process_moderation"]
    rows: pd.DataFrame = table[
        (table["outcome"] == scale)
        & (table["moderator"] == NAMES[0])
        & (table["what"] == "effect at a value")
        & (table["value"] == value)
    ]
    (row,) = rows.itertuples()
    assert (row.estimate, row.ci_low, row.ci_high) == pytest.approx((estimate, low, high), rel=1e-6)
