"""What a mixed model can be told, and what is refused at once."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from rewire.core.errors import PlanError
from rewire.core.schema import SCORE_COLUMNS, SESSION_COLUMNS, TABULATED_COLUMNS
from rewire.core.types import Trial
from rewire.plan.bind import bind_plan
from rewire.plan.model import Plan
from rewire.plan.options.mixed import MixedOptions
from rewire.plan.question import QuestionDraft

FORMULA = "value ~ drug*days + log(age) + period + (1 + days | site/participant_id)"


def draft(**options: Any) -> QuestionDraft:
    return QuestionDraft(name="q", text="?", kind="mixed", options=options)  # type: ignore[arg-type]


def test_columns_of_participants_are_those_that_no_session_has() -> None:
    options = MixedOptions(formula=FORMULA, periods=("infusion_1",), at=("ses-a",))
    assert options.columns() == ("age", "site", "infusion_1")
    assert options.sessions() == ("ses-a",)


def test_a_draft_keeps_its_options_through_a_dump() -> None:
    made = draft(formula=FORMULA, at=["ses-a"], reference={"drug": "placebo"})
    again = QuestionDraft.model_validate(made.model_dump(mode="json"))
    assert again == made
    assert isinstance(again.options, MixedOptions)


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({}, "options.formula: Field required"),
        ({"formula": "value ~ drug"}, "there is no random term"),
        ({"formula": "value ~ exec(drug) + (1|g)"}, "exec() cannot be called"),
        ({"formula": FORMULA, "df": "kenward-roger", "method": "ml"}, "need method = 'reml'"),
        ({"formula": FORMULA, "draws": 10}, "greater than or equal to 100"),
        ({"formula": FORMULA, "sessions": ["ses-a"]}, "options.sessions: Extra inputs"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError) as refused:
        draft(**options)
    assert fault in str(refused.value)


def test_columns_and_sessions_that_a_trial_lacks_are_told_with_the_plan() -> None:
    visits = [
        ("sub-1", s, k, "", "", 0.0, "", "", float(k)) for k, s in enumerate(("ses-a", "ses-b"))
    ]
    scores = [("sub-1", s, "bdi", 1.0, "bdi") for s in ("ses-a", "ses-b")]
    trial = Trial(
        "t",
        pd.DataFrame({"participant_id": ["sub-1"], "arm": [""], "age": [40.0]}),
        pd.DataFrame(visits, columns=list(SESSION_COLUMNS)),
        pd.DataFrame(scores, columns=list(SCORE_COLUMNS)),
        pd.DataFrame(columns=list(TABULATED_COLUMNS)),
        (), {}, {}, lambda record: None,  # type: ignore[arg-type, return-value]
    )  # fmt: skip
    options = {"formula": FORMULA, "periods": ["first"], "at": ["ses-c"]}
    asked = {"name": "q", "text": "?", "kind": "mixed", "outcomes": ["bdi"], "options": options}
    plan = Plan.model_validate({"name": "x", "author": "person", "questions": [asked]})
    with pytest.raises(PlanError) as refused:
        bind_plan(plan, trial, {})
    assert "no column of participants.tsv first, site" in str(refused.value)
    assert "no session ses-c" in str(refused.value)
