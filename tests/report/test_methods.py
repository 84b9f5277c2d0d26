from __future__ import annotations

from dataclasses import replace

import numpy as np

from rewire.report.contents import Contents
from rewire.report.methods import write_methods
from rewire.report.rows import read_rows


def test_methods_say_what_was_done(contents: Contents) -> None:
    made = write_methods(contents, read_rows(contents.effects))
    tested = int(np.isfinite(contents.effects["p"]).sum())
    assert f"{tested} tests were made in 9 questions" in made.text
    assert "two-sided except in change_symptoms_one_sided" in made.text
    assert "5,000 relabellings" in made.text
    assert "adjusted for age" in made.text
    assert "seed 11" in made.text
    assert "a simulated parallel trial" in made.text


def test_methods_leave_out_what_was_not_done(contents: Contents) -> None:
    kept = tuple(q for q in contents.questions if q.name == "q_change")
    effects = contents.effects[contents.effects["question"] == "q_change"]
    less = replace(
        contents,
        questions=kept,
        effects=effects.assign(p_permutation=np.nan),
        baseline_change=contents.baseline_change.iloc[:0],
        influence=contents.influence.iloc[:0],
        reliability=contents.reliability.iloc[:0],
    )
    text = write_methods(less, read_rows(less.effects)).text
    for absent in ("Oldham", "permutation", "ICC", "Pearson", "covariance", "one participant"):
        assert absent not in text


def test_every_citation_has_its_reference(contents: Contents) -> None:
    made = write_methods(contents, read_rows(contents.effects))
    body = " ".join(made.paragraphs)
    for number in range(1, len(made.references) + 1):
        assert f"[{number}]" in body
    assert f"[{len(made.references) + 1}]" not in body
    assert len(set(made.references)) == len(made.references)
