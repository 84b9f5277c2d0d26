"""Reading, validating and hashing plans."""

from __future__ import annotations

import pytest

from rewire.core.errors import PlanError
from rewire.plan.model import apply_settings, parse_plan


def test_every_fault_is_named_with_the_allowed_values() -> None:
    text = """
    name = "x"
    colour = "red"
    [inference]
    confidence = 1.5
    [[questions]]
    name = "a b"
    text = "?"
    kind = "chnge"
    before = "yesterday"
    """
    with pytest.raises(PlanError) as caught:
        parse_plan(text, "x.toml")
    message = str(caught.value)
    assert len(caught.value.faults) == 5
    for part in ("colour", "confidence", "a b", "baseline_group", "yesterday", "ses-A"):
        assert part in message


def test_a_hash_ignores_comments_and_layout_but_no_content() -> None:
    a = parse_plan('name = "x"\n[inference]\nseed = 1', "a")
    b = parse_plan('# a remark\n\nname   = "x"\ninference = { seed = 1 }', "b")
    c = parse_plan('name = "x"\n[inference]\nseed = 2', "c")
    assert a.digest() == b.digest()
    assert a.digest() != c.digest()


def test_settings_reach_roles_inference_and_scores() -> None:
    plan = apply_settings(
        parse_plan('name = "x"', "x"),
        {"baseline": "ses-pre", "inference.seed": "7", "scores.bdi": "b2", "outcome": "bdi,madrs"},
    )
    assert plan.roles.baseline == "ses-pre"
    assert plan.inference.seed == 7
    assert plan.scores == {"bdi": "b2"}
    assert plan.roles.outcome == ("bdi", "madrs")


@pytest.mark.parametrize("key", ["zap", "inference.sead", "questions.a"])
def test_an_unknown_setting_is_refused(key: str) -> None:
    with pytest.raises(PlanError):
        apply_settings(parse_plan('name = "x"', "x"), {key: "1"})


def test_two_questions_of_one_name_are_refused() -> None:
    question = '[[questions]]\nname = "q"\ntext = "?"\nkind = "change"\n'
    with pytest.raises(PlanError, match="twice: q"):
        parse_plan('name = "x"\n' + question + question, "x")
