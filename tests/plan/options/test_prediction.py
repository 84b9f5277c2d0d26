"""What a plan may say of a prediction, and what it is told otherwise."""

from __future__ import annotations

import pytest

from rewire.core.errors import PlanError
from rewire.plan.model import parse_plan
from rewire.plan.options.prediction import PredictionOptions

QUESTION = """
name = "x"
[[questions]]
name = "q"
text = "?"
kind = "prediction"
measures = ["modularity_q_norm"]
outcomes = ["@outcome"]
"""


def test_defaults_need_no_options_and_survive_writing() -> None:
    plan = parse_plan(QUESTION, "x.toml")
    assert plan.questions[0].options == PredictionOptions()
    again = parse_plan(plan.to_toml(), "again")
    assert again.questions[0].options == PredictionOptions()
    assert again.digest() == plan.digest()


def test_options_are_read_and_name_their_columns() -> None:
    text = QUESTION + (
        '[questions.options]\ntarget = "response"\nmodel = "logistic"\nselect = 5\n'
        'clinic = ["age"]\nharmonise = "site"\nleave_out = "site"\nrefuse_below = 40\n'
    )
    plan = parse_plan(text, "x.toml")
    options = plan.questions[0].options
    assert isinstance(options, PredictionOptions)
    assert options.of_classes
    assert options.select == 5
    assert options.columns() == ("age", "site")
    assert parse_plan(plan.to_toml(), "again").questions[0].options == options


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('model = "logistic"', "needs target = 'response' or 'remission'"),
        ('model = "elastic net"\ntarget = "response"', "needs target = 'after' or 'change'"),
        ('features = ["clinic", "clinic"]', "name a set twice"),
        ("features = []", "at least 1"),
        ("folds = 1", "options.folds"),
        ("select = 0", "options.select"),
        ("refuse_below = 5", "options.refuse_below"),
        ('colour = "red"', "options.colour"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(line: str, told: str) -> None:
    with pytest.raises(PlanError, match=told.replace("(", r"\(")):
        parse_plan(f"{QUESTION}[questions.options]\n{line}\n", "x.toml")
