"""What is said and shown of a mixed model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rewire.core.questions import Kind, Question
from rewire.core.schema import EFFECT_COLUMNS, EFFECT_TEXT
from rewire.core.types import Timepoint
from rewire.plan.options.mixed import MixedOptions
from rewire.report.contents import Contents
from rewire.report.kinds.mixed import exhibits, finding, is_answer
from rewire.report.rows import EffectRow, read_rows

EVIL = "<img src=x onerror=alert(1)>"
QUESTION = Question(
    "m", "?", Kind.MIXED, "primary", (), ("bdi",), Timepoint("ses-baseline"),
    (Timepoint("ses-week6"),),
    options=MixedOptions(
        formula="value ~ drug*age + (1|participant_id)", reference={"drug": "placebo"}
    ),
)  # fmt: skip


def _effects(**columns: object) -> pd.DataFrame:
    blank = {c: "" if c in EFFECT_TEXT else np.nan for c in EFFECT_COLUMNS}
    terms = ["(Intercept)", "drug[ketamine]", "age", "drug[ketamine]:age"]
    numbers = {
        "estimate": [20.0, -5.0, 0.1, 0.02],
        "ci_low": [18.0, -8.0, -0.1, -0.2],
        "ci_high": [22.0, -2.0, 0.3, 0.24],
        "p": [1e-9, 0.001, 0.3, 0.8],
        "p_adjusted": [np.nan, 0.003, 0.45, 0.8],
    }
    base = {**blank, "question": "m", "kind": "mixed", "outcome": "bdi", "n": 40.0, "status": "ok"}
    return pd.DataFrame({**base, "term": terms, **numbers, **columns})[list(EFFECT_COLUMNS)]


def _contents(contents: Contents, effects: pd.DataFrame) -> Contents:
    what = {"question": "m", "measure": "", "outcome": "bdi"}
    what |= dict.fromkeys(("region", "region2", "network", "network2", "state", "level"), "")
    variances = pd.DataFrame(
        {
            **what,
            "group": [EVIL, "Residual"],
            "term": ["(Intercept)", ""],
            "term2": "",
            "quantity": "sd",
            "estimate": [2.5, 4.0],
            "ci_low": [0.0, np.nan],
            "ci_high": [3.0, np.nan],
        }
    )
    models = pd.DataFrame(
        [
            {
                **what,
                "formula": "value ~ drug*age + (1|participant_id)",
                "rows": 78,
                "people": 40,
                "left_out": "2 without value",
                "singular": "(Intercept) does not vary between levels of participant_id",
                "failed_draws": 3,
            }
        ]
    )
    checks = pd.DataFrame(
        {**what, "of": ["residual"] * 3, "expected": [-1.0, 0, 1], "observed": [-0.9, 0, 1.2]}
    )
    tables = {"mixed_variances": variances, "mixed_models": models, "mixed_checks": checks}
    return replace(contents, effects=effects, questions=(QUESTION,), tables=tables)


@pytest.fixture
def rows() -> tuple[EffectRow, ...]:
    return read_rows(_effects())


def test_only_terms_that_were_asked_about_answer(rows: tuple[EffectRow, ...]) -> None:
    assert [is_answer(row) for row in rows] == [False, True, True, True]
    left_out = read_rows(_effects(p_adjusted=[np.nan, 0.001, np.nan, np.nan]))
    assert [is_answer(row) for row in left_out] == [False, True, False, False]


def test_findings_say_which_level_and_where(
    contents: Contents, rows: tuple[EffectRow, ...]
) -> None:
    made = _contents(contents, _effects())
    told = [finding(row, QUESTION, made) for row in rows[1:]]
    where = "where what multiplies it is 0 or at its reference"
    assert told[0].endswith(f"was lower with drug ketamine than with placebo {where}")
    assert told[1].startswith("there was no evidence that")
    assert "went with age" in told[1]
    assert told[2].endswith("went with drug ketamine differed with age")
    assert "there was no evidence" in told[2]


def test_an_exhibit_has_terms_variances_checks_and_caveats(
    contents: Contents, rows: tuple[EffectRow, ...]
) -> None:
    (shown,) = exhibits(QUESTION, rows, _contents(contents, _effects()))
    assert [t.caption for t in shown.tables] == ["Fixed effects", "Variance parameters"]
    assert [row[0].text for row in shown.tables[0].rows][1] == "drug[ketamine]"
    assert shown.tables[1].rows[0][4].text == "0.00 to 3.00"
    assert shown.tables[1].rows[1][4].text == "n/a"
    said = " ".join(shown.lines)
    for part in ("78 rows of 40 people", "2 without value", "singular", "3 bootstrap refits"):
        assert part in said
    drawn = json.loads(shown.figures[0].spec)
    assert [trace.get("name") for trace in drawn["data"]][-1] == "residual"
    low, high = drawn["layout"]["xaxis"]["range"]
    assert low < -8.0
    assert high > 0.3


def test_terms_from_files_are_text_in_the_drawing(contents: Contents) -> None:
    effects = _effects(term=["(Intercept)", f"drug[{EVIL}]", "age", f"drug[{EVIL}]:age"])
    (shown,) = exhibits(QUESTION, read_rows(effects), _contents(contents, effects))
    assert EVIL not in json.dumps(json.loads(shown.figures[0].spec))


def test_without_tables_the_coefficients_are_shown(
    contents: Contents, rows: tuple[EffectRow, ...]
) -> None:
    (shown,) = exhibits(QUESTION, rows, replace(contents, effects=_effects(), tables={}))
    assert [t.caption for t in shown.tables] == ["Fixed effects"]
    assert Path(shown.figures[0].id).name == "mixed-m-1"
