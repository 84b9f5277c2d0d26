"""Options of links in a plan."""

from __future__ import annotations

import pytest

from rewire.core.errors import PlanError
from rewire.plan.model import parse_plan
from rewire.plan.options.association import AssociationOptions, LaggedOptions

PLAN = """
format = 1
name = "p"
author = "person"
[[questions]]
name = "links"
text = "?"
kind = "{kind}"
measures = ["m"]
outcomes = ["bdi"]
{more}
"""


def _options(kind: str, more: str = "") -> object:
    return parse_plan(PLAN.format(kind=kind, more=more), "p.toml").questions[0].options


def test_links_without_options_are_pearsons() -> None:
    assert _options("change_association") == AssociationOptions()
    assert _options("lagged_association") == LaggedOptions()
    assert _options("slope_difference") is None


def test_options_are_read_and_written() -> None:
    more = '[questions.options]\nmethod = "skipped"'
    plan = parse_plan(PLAN.format(kind="after_association", more=more), "p.toml")
    assert plan.questions[0].options == AssociationOptions(method="skipped")
    again = parse_plan(plan.to_toml(), "p.toml")
    assert again.digest() == plan.digest()


@pytest.mark.parametrize(
    ("kind", "more", "fault"),
    [
        ("change_association", '[questions.options]\nmethod = "kendall"', "options.method"),
        ("change_association", '[questions.options]\nearly_score = "ses-a"', "early_score"),
        ("slope_difference", '[questions.options]\nmethod = "pearson"', "has no options"),
        (
            "change_association",
            'correction = "max_t"\n[questions.options]\nmethod = "skipped"',
            "max_t",
        ),
    ],
)
def test_what_does_not_fit_is_a_fault_with_words(kind: str, more: str, fault: str) -> None:
    with pytest.raises(PlanError, match=fault):
        _options(kind, more)


def test_a_lag_names_its_session() -> None:
    assert LaggedOptions(early_score="ses-b").sessions() == ("ses-b",)
    assert LaggedOptions().sessions() == ()
