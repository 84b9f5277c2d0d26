"""What is shown and said of links: on all scales, in both directions, between arms."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from rewire.core.questions import Kind, Question
from rewire.core.types import Timepoint
from rewire.effects.lagged import ADJUSTED, AHEAD, REVERSE, TOGETHER
from rewire.report.contents import Contents
from rewire.report.figures.links import both_sides
from rewire.report.kinds import WORDINGS, is_answer
from rewire.report.link_exhibits import arms_apart, links_shown
from rewire.report.rows import EffectRow, read_rows

QUESTION = Question(
    "links", "?", Kind.CHANGE_ASSOCIATION, "primary", ("modularity_q_norm",), ("bdi", "wemwbs"),
    Timepoint("ses-baseline"), (Timepoint("ses-week6"),), "ses-baseline", ("ses-week6",),
)  # fmt: skip


def _rows(contents: Contents, *changes: dict[str, object]) -> tuple[EffectRow, ...]:
    base = read_rows(contents.effects)[0]
    fixed = {
        "question": "links", "kind": "change_association", "measure": "modularity_q_norm",
        "outcome": "bdi", "session": "ses-week6", "arm": "psilocybin", "contrast": "", "region": "",
        "region2": "", "network": "", "network2": "", "state": "", "level": "", "n": 22.0,
        "term": "score change", "alternative": "two-sided", "estimate": 0.42, "ci_low": 0.0,
        "ci_high": 0.71, "p": 0.05, "p_adjusted": 0.2, "effect_size_kind": "r", "moderator": "",
    }  # fmt: skip
    return tuple(replace(base, **{**fixed, **c}) for c in changes)  # type: ignore[arg-type]


def test_one_forest_holds_every_link_with_both_p(contents: Contents) -> None:
    rows = _rows(
        contents,
        {"p": 0.06},
        {"arm": "escitalopram", "p": 0.7, "estimate": 0.1, "ci_low": -0.3},
        {"outcome": "wemwbs", "p": 0.02, "estimate": -0.5, "ci_low": -0.8, "ci_high": -0.1},
    )
    (shown,) = links_shown(QUESTION, rows, contents)
    (figure,) = shown.figures
    assert figure.table is not None
    sides = [(c[-3].key, c[-2].key) for c in figure.table.rows]
    assert sides == [("0.03", "0.06"), ("0.35", "0.7"), ("0.01", "0.02")]
    assert "1 has two-sided p below .05" in shown.lines[0]
    assert "and 2 one-sided p" in shown.lines[0]
    for text in (".030 | .060", ".010 | .020"):
        assert text in figure.spec


def test_a_one_sided_test_gets_its_two_sided_p(contents: Contents) -> None:
    greater, wrong = _rows(
        contents, {"alternative": "greater", "p": 0.025}, {"alternative": "greater", "p": 0.9}
    )
    assert both_sides(greater) == pytest.approx((0.025, 0.05))
    assert both_sides(wrong) == pytest.approx((0.1, 0.2))


def test_two_links_are_never_called_a_difference(contents: Contents) -> None:
    said = arms_apart(QUESTION, contents)
    assert "is no difference between the arms" in said
    assert "nothing in this plan tests that" in said
    asked = replace(QUESTION, name="slopes", kind=Kind.SLOPE_DIFFERENCE)
    made = replace(contents, questions=(*contents.questions, asked))
    assert "that is asked in slopes" in arms_apart(QUESTION, made)


def test_few_links_have_no_forest(contents: Contents) -> None:
    assert links_shown(QUESTION, _rows(contents, {}, {"outcome": "wemwbs"}), contents) == ()


def test_labels_from_files_are_drawn_as_they_stand(contents: Contents) -> None:
    rows = _rows(contents, *({"outcome": s, "arm": "<b>x</b>"} for s in ("<i>a", "b", "c")))
    (shown,) = links_shown(QUESTION, rows, contents)
    assert "<" not in shown.figures[0].spec


def test_a_slope_of_one_arm_says_nothing_of_arms(contents: Contents) -> None:
    question = replace(QUESTION, kind=Kind.SLOPE_DIFFERENCE)
    kind = {"kind": "slope_difference"}
    both = {**kind, "arm": "", "contrast": "psilocybin - escitalopram"}
    own, none, clear = _rows(
        contents,
        {**kind, "p": 0.01},
        {**both, "term": "score change:arm[psilocybin]", "p": 0.4},
        {**both, "term": "score change:arm[psilocybin]", "p": 0.001, "p_adjusted": 0.002},
    )
    told = WORDINGS[Kind.SLOPE_DIFFERENCE].finding
    assert not is_answer(own)
    assert "differ" not in told(own, question, contents)
    assert told(none, question, contents).startswith("there was no evidence that psilocybin and")
    assert "escitalopram) differed in how the change in normalised modularity went with" in told(
        clear, question, contents
    )


def test_a_lag_is_told_with_its_direction(contents: Contents) -> None:
    question = replace(QUESTION, kind=Kind.LAGGED_ASSOCIATION)
    kind = {"kind": "lagged_association", "p": 0.001, "p_adjusted": 0.002}
    rows = _rows(contents, *({**kind, "term": t} for t in (AHEAD, ADJUSTED, REVERSE, TOGETHER)))
    told = [WORDINGS[Kind.LAGGED_ASSOCIATION].finding(row, question, contents) for row in rows]
    assert "the later change in BDI" in told[0]
    assert "held constant" in told[1]
    assert "the early change in BDI and the change in" in told[2]
    assert [is_answer(row) for row in rows] == [True, True, True, False]
    silent = replace(rows[0], p=0.5, p_adjusted=0.9)
    said = WORDINGS[Kind.LAGGED_ASSOCIATION].finding(silent, question, contents)
    assert "there was no evidence" in said


def test_tables_of_the_question_are_shown(contents: Contents) -> None:
    frame = pd.DataFrame(
        {"question": ["links", "other"], "r": [0.4, 0.1], "r_corrected": [1.2, 0.3],
         "status": ["above 1: more than the reliabilities allow", "ok"]}
    )  # fmt: skip
    made = replace(contents, tables={"unreliability": frame})
    (shown,) = links_shown(QUESTION, _rows(contents, {}), made)
    assert len(shown.tables[0].rows) == 1
    assert "above 1" in shown.tables[0].rows[0][-1].text
