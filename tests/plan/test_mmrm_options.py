"""What a plan must say of a mixed model for repeated measures."""

from __future__ import annotations

import pytest

from rewire.core.errors import PlanError
from rewire.plan.model import parse_plan
from rewire.plan.options.mmrm import MmrmOptions

QUESTION = """
name = "x"
[[questions]]
name = "visits"
text = "?"
kind = "mmrm"
outcomes = ["bdi"]
"""


def test_an_estimand_needs_its_strategy_and_events() -> None:
    with pytest.raises(PlanError) as caught:
        parse_plan(QUESTION, "x.toml")
    assert "options.strategy" in str(caught.value)
    assert "options.intercurrent_events" in str(caught.value)


def test_every_fault_of_the_options_is_named() -> None:
    text = f"""{QUESTION}[questions.options]
    strategy = "per protocol"
    intercurrent_events = "stopping"
    covariance = "banded"
    imputation = "last value"
    draws = 1
    tipping = [1, 2]
    """
    with pytest.raises(PlanError) as caught:
        parse_plan(text, "x.toml")
    message = str(caught.value)
    for part in ("treatment policy", "heterogeneous ar(1)", "copy increments", "draws", "from 0"):
        assert part in message


def test_structures_are_tried_in_the_order_written_and_once() -> None:
    text = f"""{QUESTION}[questions.options]
    strategy = "hypothetical"
    intercurrent_events = "stopping"
    covariance = "ar(1)"
    fallback = ["compound symmetry", "ar(1)"]
    """
    options = parse_plan(text, "x.toml").questions[0].options
    assert isinstance(options, MmrmOptions)
    assert options.order() == ("ar(1)", "compound symmetry")
    assert options.df == "kenward-roger"
    assert options.imputation == "none"
