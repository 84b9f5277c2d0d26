"""What is said and shown of a change beside annotations."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rewire.core.questions import Kind, Question
from rewire.core.schema import EFFECT_COLUMNS, EFFECT_TEXT
from rewire.core.types import Timepoint
from rewire.maps.annotation import ANNOTATION_COLUMNS
from rewire.maps.compare import NETWORK_COLUMNS, PARTIAL_COLUMNS
from rewire.maps.explaining import DOMINANCE_COLUMNS
from rewire.maps.telling import MAP_COLUMNS, PEOPLE_COLUMNS
from rewire.report.contents import Contents
from rewire.report.kinds.annotation import exhibits, finding
from rewire.report.rows import EffectRow, read_rows

EVIL = "<img src=x onerror=alert(1)>"
QUESTION = Question(
    "r", "?", Kind.ANNOTATION, "primary", ("fc",), (), Timepoint("ses-a"), (Timepoint("ses-b"),)
)
TOLD = {
    "question": "r", "measure": "fc", "session": "ses-b", "acquisition": "", "arm": "drug",
    "contrast": "ses-b - ses-a",
}  # fmt: skip


def frame(columns: tuple[str, ...], **values: object) -> pd.DataFrame:
    blank = dict.fromkeys(columns, 0.1)
    return pd.DataFrame({**blank, **TOLD, **values})[list(columns)]


def told(contents: Contents, holds: str = "both", beside: bool = True) -> Contents:
    maps = ["5HT2A", EVIL]
    regions = next(iter(contents.trial.atlases.values())).regions
    people = {"map": np.repeat(maps, 7), "participant_id": [f"sub-{i}" for i in range(7)] * 2}
    tables = {
        "annotation": frame(
            ANNOTATION_COLUMNS, map=maps, source="file", regions=90, n=7, holds=[holds, "neither"],
            nulls="99 spins (original)", p_space_max=[0.01, 0.4], p_participants_max=[0.02, 0.6],
        ),
        "annotation_maps": frame(
            MAP_COLUMNS, region=regions, network="", used="yes",
            estimate=np.linspace(-1, 1, len(regions)),
        ),
        "annotation_people": frame(
            PEOPLE_COLUMNS, **people, group="", slope=np.linspace(-1, 1, 14)
        ),
    }  # fmt: skip
    if beside:
        tables |= {
            "annotation_dominance": frame(
                DOMINANCE_COLUMNS, map=maps, status="ok", r2=0.31, r2_null_median=0.11,
                r2_null_high=0.42, p_r2=0.21, far_r=0.15, p_far=0.33, n=7,
            ),
            "annotation_networks": frame(
                NETWORK_COLUMNS, network=["Vis", EVIL], regions=9, n=7, holds=["both", "neither"]
            ),
            "annotation_partial": frame(
                PARTIAL_COLUMNS, map=maps, given="place", regions=90, n=7, holds="neither"
            ),
        }  # fmt: skip
    return replace(contents, tables=tables)


def row(name: str = "5HT2A", **values: object) -> EffectRow:
    blank = {c: "" if c in EFFECT_TEXT else np.nan for c in EFFECT_COLUMNS}
    own = {"kind": "annotation", "level": f"map={name}", "n": 7.0, "estimate": -0.3, "status": "ok"}
    held = {**blank, **TOLD, **own, "p": 0.02, "p_adjusted": 0.02, **values}
    return read_rows(pd.DataFrame([held]))[0]


@pytest.mark.parametrize(
    ("holds", "p", "said"),
    [
        ("both", 0.02, "the change in fc was lower where 5HT2A is high, over participants and"),
        ("participants alone", 0.3, "no evidence that the change in fc follows 5HT2A: participants "
         "agree, but maps as smooth follow it as closely"),
        ("space alone", 0.3, "but participants do not agree"),
        ("neither", 0.3, "no evidence that the change in fc follows 5HT2A"),
        ("both, in opposite directions", 1.0, "point in opposite directions"),
    ],
)  # fmt: skip
def test_the_sentence_says_which_null_failed(
    contents: Contents, holds: str, p: float, said: str
) -> None:
    found = finding(row(p_adjusted=p), QUESTION, told(contents, holds))
    assert said in found


def test_no_evidence_is_not_said_to_hold_before_adjustment(contents: Contents) -> None:
    """The p of a row is that over participants; adjustment alone is not what stands between."""
    before = finding(row(p=0.04, p_adjusted=0.3), QUESTION, told(contents, "neither"))
    assert before.endswith(
        "follows 5HT2A: over participants p is below .05 only before adjustment over all maps"
    )
    unheld = replace(row(p=0.04), p_adjusted=float("nan"))
    no_null = finding(unheld, QUESTION, told(contents, "not tested"))
    assert no_null.endswith("p is below .05, but no null map could be held against it")


def test_a_difference_between_arms_is_called_one(contents: Contents) -> None:
    arms = {"arm": "", "contrast": "drug - placebo"}
    clear = finding(row(estimate=0.3, **arms), QUESTION, contents)
    assert clear.startswith("the difference in the change in fc between drug and placebo")
    assert "was higher where 5HT2A is high" in clear


def shown(contents: Contents) -> dict[str, Any]:
    return {e.title: e for e in exhibits(QUESTION, (row(),), contents)}


def numbers(value: Any) -> list[float]:
    """Return an array of a drawing, packed or not."""
    if isinstance(value, dict):
        return np.frombuffer(base64.b64decode(value["bdata"]), dtype=value["dtype"]).tolist()
    return list(value)


def test_every_participant_is_drawn(contents: Contents) -> None:
    both = shown(told(contents))["Over participants and over space"]
    brain, nulls = both.figures
    drawing = json.loads(nulls.spec)
    slopes = next(t for t in drawing["data"] if t.get("hoverinfo") == "text")
    assert sorted(numbers(slopes["x"])) == pytest.approx(np.linspace(-1, 1, 14))
    bands = [s for s in drawing["layout"]["shapes"] if s["type"] == "rect"]
    assert len(bands) == 4  # two annotations, half and nineteen twentieths of null maps
    assert "n = 7" in nulls.caption
    assert "regions from above" in brain.description
    assert any("At most 7 participants" in line for line in both.lines)
    assert [c.text for c in both.tables[0].rows[0]][-2] == "both"


def test_what_stands_beside_is_shown_where_it_was_asked_for(contents: Contents) -> None:
    found = shown(told(contents))
    assert list(found) == [
        "Over participants and over space", "Annotations together",
        "Which networks hold the change", "With others held fixed",
    ]  # fmt: skip
    together = found["Annotations together"]
    assert "R2 = 0.31" in together.lines[1]
    assert "0.42 at the 95th percentile" in together.lines[1]
    assert json.loads(together.figures[0].spec)["layout"]["polar"]["barmode"] == "overlay"
    assert list(shown(told(contents, beside=False))) == ["Over participants and over space"]
    assert shown(replace(contents, tables={})) == {}


def test_names_from_files_are_text_in_drawings(contents: Contents) -> None:
    for exhibit in shown(told(contents)).values():
        for figure in exhibit.figures:
            drawn = json.dumps(json.loads(figure.spec))
            assert "<img" not in drawn
