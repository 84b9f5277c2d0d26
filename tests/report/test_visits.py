"""What the page says of runs and of people who switched, and that figures keep to one analysis."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from rewire.core.schedule import Schedule, Switch
from rewire.report.answers import answer
from rewire.report.flow import participant_flow
from rewire.report.page import lay_out
from rewire.report.rows import read_rows
from rewire.report.visits import asked_first, visit_methods, visit_objections

SWITCH = Switch("sub-01", "psilocybin", "escitalopram", "participants.tsv: treated_as")


@pytest.fixture
def switched(contents):
    """The run with every question of arms asked again of people as treated."""
    again = tuple(
        replace(q, name=f"{q.name}_as_treated", standing="companion", analysis="as treated",
                repeats=q.name)
        for q in contents.questions
    )  # fmt: skip
    copy = contents.effects.assign(question=contents.effects["question"] + "_as_treated")
    return replace(
        contents,
        questions=(*contents.questions, *again),
        effects=pd.concat([contents.effects, copy], ignore_index=True),
        schedule=Schedule(switches=(SWITCH,)),
    )


def test_as_treated_stands_beside_the_same_question(contents, switched) -> None:
    rows = read_rows(switched.effects)
    question = next(q for q in contents.questions if q.kind == "ancova")
    told = answer(question, switched, rows)
    plain = answer(question, contents, read_rows(contents.effects))
    assert [f.text for f in told.findings] == [f.text for f in plain.findings]
    extra = told.beside[len(plain.beside) :]
    assert extra
    assert all(line.startswith("As treated: ") for line in extra)


def test_figures_and_critics_keep_to_the_first_analysis(contents, switched) -> None:
    page, plain = lay_out(switched), lay_out(contents)
    assert page.forests == plain.forests
    assert page.brains == plain.brains
    assert page.associations == plain.associations
    assert page.objections[: len(plain.objections)] == plain.objections
    title, *_ = [o.title for o in page.objections[len(plain.objections) :]]
    assert title == "Did people receive what they were allotted to?"
    assert asked_first(contents) is contents


def test_nothing_is_said_where_nothing_is_unusual(contents) -> None:
    assert visit_methods(contents) == ""
    assert visit_objections(contents, read_rows(contents.effects)) == ()


def test_methods_tell_both_populations(switched) -> None:
    text = visit_methods(switched)
    assert "1 from psilocybin to escitalopram" in text
    assert text.endswith("Questions were answered as randomised and again as treated.")


def test_counts_in_the_flow_narrow_nothing(contents) -> None:
    flow = contents.flow
    kept = flow[flow["stage"] == flow["stage"].iloc[0]]["participant_id"]
    extra = pd.DataFrame(
        {
            "participant_id": kept.iloc[:2],
            "arm": flow["arm"].iloc[0],
            "stage": "ses-early in place of <b>",
            "status": "in",
            "reason": "ses-week6 was missed",
        }
    )
    first, rest = flow.iloc[:0], flow
    parts = [first]
    for person, mine in rest.groupby("participant_id", sort=False):
        own = extra[extra["participant_id"] == person]
        parts += [mine.iloc[:1], own, mine.iloc[1:]]
    found = participant_flow(replace(contents, flow=pd.concat(parts, ignore_index=True)))
    plain = participant_flow(contents)
    stage = next(s for s in found.stages if "place of" in s.name)
    assert (stage.counts, stage.narrows) == (True, False)
    assert [s for s in found.stages if s is not stage] == list(plain.stages)
    assert len(found.remarks.rows) == 2
    assert plain.remarks is None
