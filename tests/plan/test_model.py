"""Reading, validating and hashing plans."""

from __future__ import annotations

import re

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


@pytest.mark.parametrize("key", ["zap", "inference.sead", "inferenc.seed", "questions.a"])
def test_an_unknown_setting_is_refused(key: str) -> None:
    with pytest.raises(PlanError):
        apply_settings(parse_plan('name = "x"', "x"), {key: "1"})


def test_two_questions_of_one_name_are_refused() -> None:
    question = '[[questions]]\nname = "q"\ntext = "?"\nkind = "change"\n'
    with pytest.raises(PlanError, match="twice: q"):
        parse_plan('name = "x"\n' + question + question, "x")


def test_max_t_without_permutations_is_refused() -> None:
    text = 'name = "x"\n[inference]\npermutations = 0\n[[questions]]\nname = "q"\ntext = "?"\n'
    text += 'kind = "change"\ncorrection = "max_t"\n'
    with pytest.raises(PlanError, match="max_t"):
        parse_plan(text, "x")


def test_excluded_labels_may_lack_their_prefix() -> None:
    text = 'name = "x"\n[[exclude]]\nparticipant = "01"\nsession = "post"\nrun = "run-2"\n'
    plan = parse_plan(text + 'reason = "moved"\n', "x")
    assert (plan.exclude[0].participant, plan.exclude[0].session) == ("sub-01", "ses-post")
    assert plan.exclude[0].run == "2"


def test_halving_is_off_unless_a_plan_asks_and_changes_no_old_hash() -> None:
    old = parse_plan('name = "mine"', "mine.toml")
    assert not old.reliability.split_half
    assert "reliability" not in old.content()
    asked = apply_settings(old, {"split_half": "true", "reliability.halves": "alternating"})
    assert (asked.reliability.split_half, asked.reliability.halves) == (True, "alternating")
    assert asked.digest() != old.digest()
    with pytest.raises(PlanError, match="halves"):
        apply_settings(old, {"halves": "thirds"})


def test_a_section_about_images() -> None:
    text = 'name = "x"\n[images]\nstrategy = "24p+gsr+scrubbing"\nmotion_threshold = 0.2\n'
    plan = parse_plan(text, "x.toml")
    assert plan.images.denoising.steps == ("24p", "gsr", "scrubbing")
    assert plan.images.denoising.motion_threshold == 0.2
    assert parse_plan(plan.to_toml(), "again").digest() == plan.digest()
    silent = parse_plan('name = "x"', "x.toml")
    assert silent.images.strategy == ""
    assert "images" not in silent.to_toml()
    assert apply_settings(silent, {"images.strategy": "acompcor"}).images.strategy == "acompcor"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('strategy = "48p"', "is no strategy: write one of none, 6p, 24p"),
        ('strategy = "gsr+24p"', "is no strategy"),
        ('strategy = "24p+gsr+gsr"', "is no strategy"),
        ("high_pass = 0.2\nlow_pass = 0.1", "high_pass must lie below low_pass"),
        ("minimum_coverage = 1.5", "less than or equal to 1"),
        ("coverage = 1", "there is no such key"),
    ],
)
def test_what_a_section_about_images_cannot_hold(line: str, told: str) -> None:
    with pytest.raises(PlanError, match=re.escape(told)):
        parse_plan(f'name = "x"\n[images]\n{line}\n', "x.toml")


@pytest.mark.parametrize(
    ("kind", "line", "told"),
    [
        ("harms", 'alternative = "greater"\ncovariates = ["age"]', "covariates, alternative"),
        ("harms", 'measures = ["modularity_q_norm"]', "takes no measures"),
        ("discrete", 'alternative = "less"\noptions = { event = "response" }', "alternative"),
        ("blinding", 'covariates = ["age"]\noptions = { guess = "guess" }', "takes no covariates"),
        ("prediction", 'covariates = ["age"]', "takes no covariates"),
        ("ancova", 'outcome_sessions = ["ses-b"]', "sessions under after"),
        ("interaction", 'measures = ["q"]\noutcomes = ["bdi"]', "write two questions"),
    ],
)
def test_what_a_kind_would_not_heed_is_refused(kind: str, line: str, told: str) -> None:
    question = f'name = "x"\n[[questions]]\nname = "q"\ntext = "?"\nkind = "{kind}"\n'
    with pytest.raises(PlanError, match=told):
        parse_plan(question + line, "x")
