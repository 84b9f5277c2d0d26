"""Coefficients of levels that few people have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rewire.core.questions import Kind, Question
from rewire.core.schema import EFFECT_COLUMNS, EFFECT_TEXT
from rewire.core.types import Timepoint
from rewire.report.contents import Contents
from rewire.report.rows import read_rows
from rewire.report.small_groups import small_tests
from rewire.report.small_levels import smallest_level

QUESTION = Question("m", "?", Kind.MIXED, "primary", (), ("bdi",), Timepoint("ses-baseline"), ())


def _effects(*terms: str, n: float = 40.0) -> pd.DataFrame:
    blank = {c: "" if c in EFFECT_TEXT else np.nan for c in EFFECT_COLUMNS}
    own = {"question": "m", "kind": "mixed", "outcome": "bdi", "estimate": 1.0, "n": n}
    return pd.DataFrame({**blank, **own, "term": list(terms)})[list(EFFECT_COLUMNS)]


@pytest.mark.parametrize(
    ("term", "n", "fewest"),
    [
        ("site[b]", 40.0, 3),
        ("arm[psilocybin]:site[b]", 40.0, 3),
        ("C(site)[b]:age", 40.0, 3),
        ("arm[psilocybin]", 40.0, 20),
        ("arm[psilocybin]", 35.0, 15),
        ("drug[x]", 40.0, 2),
        ("age", 40.0, 40),
        ("period[2]", 40.0, 40),
    ],
)
def test_the_rarest_level_counts(contents: Contents, term: str, n: float, fewest: int) -> None:
    trial = contents.trial
    people = trial.participants.assign(site=["b"] * 3 + ["a"] * 37)
    sessions = trial.sessions.copy()
    sessions.loc[sessions.participant_id.isin(["sub-01", "sub-02"]), "drug"] = "x"
    trial = replace(trial, participants=people, sessions=sessions)
    (row,) = read_rows(_effects(term, n=n))
    assert smallest_level(row, QUESTION, trial) == fewest


def test_a_shared_copy_withholds_them(contents: Contents) -> None:
    people = contents.trial.participants.assign(site=["b"] * 3 + ["a"] * 37)
    made = replace(
        contents,
        trial=replace(contents.trial, participants=people),
        questions=(QUESTION,),
        effects=_effects("site[b]", "arm[psilocybin]", "age"),
    )
    assert small_tests(made, 5).tolist() == [True, False, False]
