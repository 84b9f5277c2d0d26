"""What the report says and shows of guesses."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest

from rewire.core.questions import Inference, Kind, Question
from rewire.core.types import Timepoint
from rewire.effects.estimate import estimate_effects
from rewire.report.answers import Answer, answer
from rewire.report.contents import Contents
from rewire.report.page import lay_out
from rewire.report.rows import read_rows
from rewire.report.sharing import share_contents
from rewire.report.truth import truth_table
from rewire.trial.synthetic import DEMO, TrialSpec, simulate_trial

QUESTION = Question(
    "guesses", "Did people know?", Kind.BLINDING, "exploratory", (), ("bdi", "wemwbs"),
    Timepoint("ses-baseline"), (Timepoint("ses-week6"),), outcome_before="ses-baseline",
    outcome_after=("ses-week6",),
)  # fmt: skip


def _with_guesses(contents: Contents, words: dict[str, str] | None = None) -> Contents:
    trial = simulate_trial(TrialSpec(seed=DEMO.seed))
    if words:
        people = trial.participants.replace({"guess": words})
        trial = replace(trial, participants=people)
    found = estimate_effects(trial, {}, [QUESTION], contents.design, Inference(permutations=0))
    return replace(
        contents,
        trial=trial,
        questions=(QUESTION,),
        effects=found.effects,
        unanswered=found.unanswered,
        tables={table.name: table.frame for table in found.tables},
    )


@pytest.fixture(scope="module")
def guessed(contents: Contents) -> Contents:
    return _with_guesses(contents)


def _told(made: Contents) -> Answer:
    return answer(QUESTION, made, read_rows(made.effects))


def test_indices_are_the_answer_and_arm_effects_are_not(guessed: Contents) -> None:
    told = _told(guessed)
    assert told.tests == 3
    lines = [finding.text for finding in told.findings]
    assert len(lines) == 3
    assert lines[1].startswith("In the psilocybin arm (Bang's index, 0 by chance) people guessed ")
    assert "adjusted" not in "".join(lines).replace("adjusted p", "")


def test_a_wide_interval_over_chance_is_undecided(guessed: Contents) -> None:
    whole = _told(guessed).findings[0].text
    row = next(r for r in read_rows(guessed.effects) if r.measure == "james_index")
    assert row.p > 0.05
    assert row.ci_low < 0.4
    assert "no evidence" in whole
    assert "too wide to say that they did not" in whole


def test_exhibits_hold_counts_indices_and_the_assumption(guessed: Contents) -> None:
    shown = _told(guessed).exhibits
    assert [e.title for e in shown] == [
        "What people guessed",
        "How far guesses followed the arms",
        "The arm effect and the guess",
    ]
    bars = json.loads(shown[0].figures[0].spec)["data"]
    people = guessed.tables["blinding_guesses"]["n"].sum()
    assert sum(sum(bar["x"]) for bar in bars) == people == 56
    assert "take away true effect" in " ".join(shown[2].lines)
    assert len(shown[2].figures) == 2
    effects = shown[2].tables[0]
    assert len(effects.rows) == 6
    assert {row[3].text for row in effects.rows} == {
        "as it was",
        "beside the guess",
        "at a rate of right guesses",
    }


def test_words_of_a_table_are_drawn_as_they_stand(contents: Contents) -> None:
    made = _with_guesses(contents, {"don't know": "<b>unsure</b>"})
    assert any("<b>unsure</b>" in u.reason for u in made.unanswered)
    assert "<b>" not in _told(made).exhibits[0].figures[0].spec
    ids = [f.id for e in _told(made).exhibits for f in e.figures]
    assert len(set(ids)) == len(ids)
    assert lay_out(made).answers[0].exhibits


def test_planted_indices_stand_beside_their_estimates(guessed: Contents) -> None:
    table = truth_table(guessed, read_rows(guessed.effects))
    assert table is not None
    rows = {(row[0].text, row[1].text): row for row in table.rows}
    row = rows["index of blinding: bang index", "psilocybin"]
    effects = guessed.effects
    own = effects[(effects["measure"] == "bang_index") & (effects["arm"] == "psilocybin")]
    assert float(row[4].key) == pytest.approx(own["estimate"].item(), rel=1e-8)
    assert row[6].text == "yes"


def test_without_tables_nothing_is_shown(guessed: Contents) -> None:
    assert _told(replace(guessed, tables={})).exhibits == ()
    empty = {"blinding_guesses": pd.DataFrame({"question": []})}
    assert _told(replace(guessed, tables=empty)).exhibits == ()


def test_a_shared_copy_holds_no_guess_and_no_event(guessed: Contents) -> None:
    assert len(guessed.trial.adverse_events)
    shared = share_contents(guessed, 5)
    assert not shared.tables
    assert shared.trial.adverse_events.empty
    assert not {"guess", "therapy", "site"} & set(shared.trial.participants)
