"""Benefit and harm as the page shows them."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest

from rewire.core.questions import Inference, Kind, Question
from rewire.core.schema import EFFECT_COLUMNS, EFFECT_TEXT
from rewire.core.types import Timepoint
from rewire.report.contents import Contents
from rewire.report.figures.event_curves import event_curves
from rewire.report.figures.risk_differences import risk_differences
from rewire.report.kinds import discrete, harms
from rewire.report.rows import read_rows

QUESTION = Question(
    "h", "?", Kind.HARMS, "primary", (), ("bdi",), Timepoint("ses-a"), (Timepoint("ses-b"),)
)


def _difference(name: str, side: str, scale: str = "") -> dict[str, object]:
    return {
        "question": "h", "occurrence": name, "side": side, "scale": scale,
        "session": "ses-week6" if scale else "", "arm": "drug", "reference": "placebo",
        "events": 3, "people": 10, "reference_events": 1, "reference_people": 9, "missing": 1,
        "reference_missing": 2, "difference": 0.189, "ci_low": -0.2, "ci_high": 0.5,
        "lowest": 0.0, "highest": 0.3, "p": 0.4, "p_adjusted": 0.8,
        "number_needed_told": "NNT benefit 5.3 (NNT benefit 2 to infinity to NNT harm 5)",
        "method": "risk difference", "status": "ok",
    }  # fmt: skip


ROWS = pd.DataFrame(
    [_difference("response", "benefit", "bdi"), _difference("<b>itch</b> & more", "harm")]
)


def test_benefit_and_harm_stand_on_one_axis_with_their_counts() -> None:
    figure = risk_differences("f", ROWS, "95%")
    assert figure is not None
    drawn = json.loads(figure.spec)
    assert [trace["name"] for trace in drawn["data"]] == ["benefit", "harm"]
    ticks = drawn["layout"]["yaxis"]["ticktext"]
    assert ticks[0].endswith("3/10 against 1/9")
    assert "&lt;b&gt;itch&lt;/b&gt; &amp; more" in ticks[1]
    assert "<b>" not in figure.spec
    assert "response (bdi, week 6): 19 points (-20 to 50)" in figure.description


def test_nothing_to_draw() -> None:
    assert risk_differences("f", ROWS.assign(difference=float("nan")), "95%") is None
    curve = pd.DataFrame({"arm": ["drug"], "days": [float("nan")]})
    assert event_curves("f", curve, ("drug",)) is None


@pytest.fixture
def shown(contents: Contents) -> Contents:
    risks = pd.DataFrame(
        [("h", "response", "benefit", "bdi", "ses-week6", "drug", 3, 10, 1, 0.3, 0.07, 0.65)],
        columns=["question", "occurrence", "side", "scale", "session", "arm", "events", "people",
                 "missing", "risk", "ci_low", "ci_high"],
    )  # fmt: skip
    tables = {"harm_differences": ROWS, "harms": risks}
    return replace(contents, tables=tables, inference=Inference(confidence=0.9))


def test_the_exhibit_tells_both_p_and_what_is_missing(shown: Contents) -> None:
    (exhibit,) = harms.exhibits(QUESTION, (), shown)
    assert exhibit.title == "Benefit and harm"
    differences, risks = exhibit.tables
    assert "90%" in differences.caption
    heads = [c.name for c in differences.columns]
    row = dict(zip(heads, differences.rows[0], strict=True))
    assert row["Arm"].text == "3/10"
    assert row["Difference"].text == "19%"
    assert row["p"].text == ".400"
    assert row["p adjusted"].text == ".800"
    assert row["Not known"].text == "1 and 2"
    assert row["Could have been"].text == "0% to 30%"
    assert risks.rows[0][3].text == "3/10"


def test_a_question_without_tables_shows_nothing(contents: Contents) -> None:
    assert harms.exhibits(QUESTION, (), contents) == ()
    assert discrete.exhibits(QUESTION, (), contents) == ()


def test_a_sentence_names_the_scale(contents: Contents) -> None:
    """Worsening on two scales gave the same sentence twice, about neither."""
    columns = {c: "" if c in EFFECT_TEXT else float("nan") for c in EFFECT_COLUMNS}
    numbers = dict.fromkeys(("n", "estimate", "ci_low", "ci_high", "p", "p_adjusted"), 0.5)
    frame = pd.DataFrame(
        [
            {**columns, **numbers, "question": "h", "kind": kind, "outcome": scale,
             "term": "worsening", "level": "event=worsening", "session": "ses-week6" * bool(scale),
             "contrast": "drug - placebo",
             "method": "log odds ratio", "status": "ok"}
            for kind in ("harms", "discrete")
            for scale in ("bdi", "wemwbs", "")
        ]
    )  # fmt: skip
    rows = read_rows(frame)
    said = [m.finding(r, QUESTION, contents) for r, m in zip(rows, _KINDS, strict=True)]
    assert len(set(said)) == 6
    assert "worsening on BDI at week 6 was more or less frequent" in said[0]
    assert "the odds of worsening on BDI at week 6 differed" in said[3]
    subjects = [m.subject(r) for r, m in zip(rows, _KINDS, strict=True)]
    assert subjects == ["worsening on BDI", "worsening on WEMWBS", "worsening"] * 2


_KINDS = (harms, harms, harms, discrete, discrete, discrete)
