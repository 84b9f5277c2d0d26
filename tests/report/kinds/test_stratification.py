"""How groups are told: with reasons where there are none, with caveats where there are."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pandas as pd
import pytest

from rewire.core.questions import Kind, Question
from rewire.core.types import Timepoint
from rewire.maps.stratification import GROUPS, UNHELD
from rewire.plan.options.stratification import StratificationOptions
from rewire.report.contents import Contents
from rewire.report.kinds.stratification import exhibits
from rewire.report.rows import EffectRow, read_rows
from rewire.report.sentences import Family, sentence

ASKED = Question(
    "q", "?", Kind.STRATIFICATION, "primary", ("global_brain_connectivity",), (),
    Timepoint("ses-baseline"), (Timepoint("ses-week6"),), options=StratificationOptions(),
)  # fmt: skip
WHAT = {
    "question": "q", "measure": "global_brain_connectivity", "session": "ses-week6",
    "acquisition": "", "arm": "",
}  # fmt: skip


@pytest.fixture
def row(contents: Contents) -> EffectRow:
    blank = read_rows(contents.effects)[0]
    nan = math.nan
    return replace(
        blank, question="q", kind="stratification", measure="global_brain_connectivity",
        outcome="", term=GROUPS, arm="", contrast="", session="ses-week6", level="", n=52.0,
        alternative="greater", estimate=0.31, se=nan, ci_low=nan, ci_high=nan, effect_size=nan,
        effect_size_kind="", statistic=nan, df=nan, p=0.002, p_permutation=0.002,
        p_adjusted=0.002, method="", status="ok",
    )  # fmt: skip


def _say(row: EffectRow, contents: Contents) -> str:
    return sentence(row, ASKED, contents, Family(1, "fdr_bh"))


def test_sentences_claim_groups_only_where_they_were_claimed(
    row: EffectRow, contents: Contents
) -> None:
    assert _say(row, contents) == (
        "People fell into groups by global brain connectivity, beyond one cloud of the same shape: "
        "gap 0.31, p = .002 by permutation, n = 52, one-sided test (greater)."
    )
    unstable = _say(replace(row, term=UNHELD), contents)
    assert "there was no evidence of groups that come back" in unstable
    none = _say(replace(row, term=UNHELD, p=0.2, p_permutation=0.2, p_adjusted=0.2), contents)
    assert none.startswith("There was no evidence that people fall into groups by")


def _tables(held: bool) -> dict[str, pd.DataFrame]:
    verdict = {
        "n": 52, "cells": 100, "components": 8, "variance": 0.81, "groups": 2, "gap": 0.31,
        "gap_se": 0.06, "statistic": 5.0, "p_gaussian": 0.002, "p_skewed": 0.002,
        "p_adjusted": 0.002, "rand": 0.9, "lowest_jaccard": 0.6, "smallest_group": 20,
        "silhouette": 0.4, "held": "yes" if held else "no",
        "reason": "" if held else "a group does not come back (Jaccard 0.60, 0.75 wanted)",
    }  # fmt: skip
    numbers = {
        "groups": 2, "gap": 0.31, "gap_se": 0.06, "rand": 0.9, "null_rand": 0.6, "null_low": 0.4,
        "null_high": 0.8,
    }  # fmt: skip
    person = {
        "in_arm": "psilocybin", "silhouette": 0.3, "membership": 0.9, "component_1": 1.0,
        "component_2": 0.5,
    }  # fmt: skip
    people = [{"participant_id": f"sub-<{i}>", "group": 1 + i % 2, **person} for i in range(4)]
    tables = {
        "stratification": pd.DataFrame([{**WHAT, **verdict}]),
        "stratification_numbers": pd.DataFrame([{**WHAT, **numbers}]),
    }
    if held:
        tables["stratification_people"] = pd.DataFrame([{**WHAT, **p} for p in people])
    return tables


def test_without_groups_the_reason_is_told_and_nobody_is_drawn(contents: Contents) -> None:
    (shown,) = exhibits(ASKED, (), replace(contents, tables=_tables(held=False)))
    assert "No groups are claimed and none were written: a group does not come back" in " ".join(
        shown.lines
    )
    assert [f.id for f in shown.figures] == ["strata-stability-q-1"]


def test_with_groups_people_are_drawn_and_double_use_is_told(contents: Contents) -> None:
    (shown,) = exhibits(ASKED, (), replace(contents, tables=_tables(held=True)))
    assert [f.id for f in shown.figures] == ["strata-q-1", "strata-stability-q-1"]
    assert "that they do is how they were made" in " ".join(shown.lines)
    drawn = json.loads(shown.figures[0].spec)
    assert [trace["name"] for trace in drawn["data"]] == ["group 1", "group 2"]
    assert drawn["data"][0]["text"][0] == "sub-&lt;0&gt; (psilocybin)"


def test_a_copy_without_tables_shows_nothing(contents: Contents) -> None:
    assert exhibits(ASKED, (), replace(contents, tables={})) == ()
