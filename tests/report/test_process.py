"""What a report says of drug and context: no more than the tables hold."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rewire.core.questions import Kind, Question
from rewire.core.schema import EFFECT_COLUMNS, EFFECT_TEXT
from rewire.core.types import Timepoint
from rewire.effects.process_factors import CLEAR, NOT_CLAIMED
from rewire.effects.process_tables import PROCESS_TABLES
from rewire.report.answers import answer
from rewire.report.contents import Contents
from rewire.report.kinds import WORDINGS, is_answer
from rewire.report.kinds.process_exhibits import exhibits
from rewire.report.numbers import MINUS
from rewire.report.rows import EffectRow, read_rows

QUESTION = Question(
    "pill", "Was it the pill?", Kind.PROCESS, "primary", (), ("bdi",), Timepoint("ses-baseline"),
    (Timepoint("ses-week6"),),
)  # fmt: skip
DRUG = "psilocybin - escitalopram"


def frame(name: str, *rows: dict[str, object]) -> pd.DataFrame:
    (layout,) = [t for t in PROCESS_TABLES if t.name == name]
    base = {c: "" if c in layout.text else np.nan for c in layout.columns}
    shared = {"question": "pill", "outcome": "bdi", "session": "ses-week6"}
    return pd.DataFrame([{**base, **shared, **row} for row in rows])


def simple(verdict: str, interaction: tuple[float, float]) -> pd.DataFrame:
    """Return a table with the p and the equivalence p of the interaction."""
    p, equivalent = interaction
    common = {"context": "therapy", "estimate": -3.0, "ci_low": -5.0, "ci_high": -1.0, "n": 40,
              "bound": 3.5, "p_equivalence": 0.4, "p_equivalence_adjusted": 0.4,
              "status": "ok"}  # fmt: skip
    within = {"standing": CLEAR if p < 0.05 else NOT_CLAIMED, "within": "therapy[yes]"}
    return frame(
        "process_simple",
        {**common, "part": "drug", "contrast": DRUG, "p_adjusted": 0.01},
        {**common, "part": "context", "contrast": "yes - no", "p_adjusted": 0.3},
        {
            **common, "part": "interaction", "contrast": f"{DRUG}, yes - no", "p_adjusted": p,
            "p_equivalence": equivalent, "p_equivalence_adjusted": equivalent,
            "verdict": verdict,
        },
        {**common, **within, "part": "drug within context", "contrast": DRUG, "p_adjusted": 0.01},
    )  # fmt: skip


def filled(contents: Contents, tables: dict[str, pd.DataFrame], *rows: object) -> Contents:
    effects = pd.DataFrame(list(rows), columns=list(EFFECT_COLUMNS))
    effects = effects.astype(dict.fromkeys(EFFECT_TEXT, object))
    effects = effects.fillna(dict.fromkeys(EFFECT_TEXT, ""))
    return replace(contents, questions=(QUESTION,), effects=effects, tables=tables)


def factor_tables(table: pd.DataFrame, level: str = "yes") -> dict[str, pd.DataFrame]:
    cells = [
        {"context": "therapy", "drug_level": d, "context_level": c, "n": 10, "mean_after": 9.0,
         "adjusted_mean": 9.0, "ci_low": 7.0, "ci_high": 11.0, "status": "ok"}
        for d in ("psilocybin", "escitalopram") for c in (level, "no")
    ]  # fmt: skip
    people = [
        {"factor": "therapy", "participant_id": f"sub-{i}", "drug_level": c["drug_level"],
         "context_level": c["context_level"], "before": 20.0, "after": 9.0 + i}
        for i, c in enumerate(cells)
    ]  # fmt: skip
    return {
        "process_simple": table,
        "process_cells": frame("process_cells", *cells),
        "process_people": frame("process_people", *people),
    }


def lines(contents: Contents) -> str:
    found = exhibits(QUESTION, read_rows(contents.effects), contents)
    return " ".join(line for e in found for line in e.lines)


def row(**values: object) -> dict[str, object]:
    base = {
        "question": "pill", "kind": "process", "outcome": "bdi", "session": "ses-week6", "n": 40,
        "estimate": -3.0, "se": 1.0, "ci_low": -5.0, "ci_high": -1.0, "statistic": -3.0,
        "df": 36.0, "status": "ok", "alternative": "two-sided", "moderator": "therapy",
    }  # fmt: skip
    return {**base, **values}


def test_undecided_says_what_is_open_and_claims_nothing(contents: Contents) -> None:
    text = lines(filled(contents, factor_tables(simple("undecided", (0.3, 0.4)))))
    assert "undecided" in text
    assert "An effect of the drug was shown" in text
    assert (
        "an interaction beyond 3.50 is neither shown nor ruled out (-5.00 to -1.00)"
        in text.replace(MINUS, "-")
    )
    assert "the pill:" not in text


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("together", "what the drug did depended on therapy"),
        ("pill", "the pill: the drug had an effect"),
        ("process", "the process: therapy had an effect"),
        ("both", "both, each by itself"),
        ("neither", "neither: effects of the drug"),
    ],
)
def test_a_verdict_is_a_sentence(contents: Contents, verdict: str, said: str) -> None:
    assert said in lines(filled(contents, factor_tables(simple(verdict, (0.01, 0.4)))))


def test_drawn_with_bounds_and_everybody(contents: Contents) -> None:
    hostile = "<script>alert(1)</script>"
    tables = factor_tables(simple("undecided", (0.3, 0.4)), hostile)
    made = filled(contents, tables)
    (one,) = exhibits(QUESTION, (), made)
    cells, forest = one.figures
    drawn = json.loads(cells.spec)
    assert "<script" not in cells.spec
    assert drawn["layout"]["xaxis"]["ticktext"][0] == "&lt;script&gt;alert(1)&lt;/script&gt;"
    small = [t for t in drawn["data"] if t.get("hoverinfo") == "text"]
    assert sum(len(t["hovertext"]) for t in small) == 4
    (band,) = [s for s in json.loads(forest.spec)["layout"]["shapes"] if s["type"] == "rect"]
    assert (band["x0"], band["x1"]) == (-3.5, 3.5)
    assert {t.id for t in one.tables} == {"process-pill-simple", "process-pill-cells"}


def test_answers_are_interactions_and_moderations_and_say_no_more(contents: Contents) -> None:
    terms = {
        "arm[psilocybin]": False,
        "therapy[yes]": False,
        "arm[psilocybin]:therapy[yes]": True,
        "arm[psilocybin]:hope": True,
        "meq30": True,
    }
    rows = [row(term=t, p=0.3, p_adjusted=0.3) for t in terms]
    made = filled(contents, {}, *rows)
    assert [is_answer(r) for r in read_rows(made.effects)] == list(terms.values())
    both = row(term="arm[psilocybin]:therapy[yes]", contrast=f"{DRUG}, yes - no", p=0.3,
               p_adjusted=0.3)  # fmt: skip
    single = row(term="meq30", moderator="meq30", arm="psilocybin", p=0.001, p_adjusted=0.001)
    told = " ".join(
        WORDINGS[Kind.PROCESS].finding(r, QUESTION, contents)
        for r in read_rows(filled(contents, {}, both, single).effects)
    )
    assert "no evidence that the effect of the drug on BDI depended on therapy" in told
    assert "does not show that it did not" in told
    assert "an association, since nobody was allotted to it" in told


def _families(rows: tuple[EffectRow, ...]) -> list[tuple[str, ...]]:
    return [WORDINGS[Kind.PROCESS].family(r) for r in rows]


def test_families_are_the_parts_of_the_question(contents: Contents) -> None:
    rows = [
        row(term="arm[psilocybin]"),
        row(term="therapy[yes]"),
        row(term="arm[psilocybin]:therapy[yes]", contrast=f"{DRUG}, yes - no"),
        row(term="arm[psilocybin]:therapy[cbt]", contrast="cbt - act"),
        row(term="arm[psilocybin]:hope", moderator="hope"),
    ]
    found = _families(read_rows(filled(contents, {}, *rows).effects))
    assert found == [("drug",), ("context",), ("interaction",), ("nested",), ("moderation",)]


def _moderated(standing: str, low: float) -> dict[str, pd.DataFrame]:
    named = {"moderator": "hope", "contrast": DRUG}
    region = {
        "what": "region", "low": low, "high": 34.0, "n": 20, "critical": 2.4, "rule": "fdr",
        "standing": standing,
        "status": "ok" if np.isfinite(low) else "no value at which the effect is clear",
    }  # fmt: skip
    at = {"what": "effect at a value", "value": 30.0, "n": 40, "estimate": -5.0, "p": 0.01}
    x = np.linspace(3.0, 70.0, 5)
    curve = [
        {**named, "value": v, "estimate": -9 + 0.2 * v, "ci_low": -12, "ci_high": 3,
         "band_low": -14, "band_high": 5, "rule": "fdr"}
        for v in x
    ]  # fmt: skip
    people = [
        {"factor": "hope", "participant_id": f"sub-{i}", "drug_level": arm, "value": 10.0 * i}
        for i, arm in enumerate(("psilocybin", "escitalopram", "psilocybin"))
    ]
    return {
        "process_moderation": frame("process_moderation", {**named, **at}, {**named, **region}),
        "process_curve": frame("process_curve", *curve),
        "process_people": frame("process_people", *people),
    }


def test_region_is_a_finding_only_with_the_interaction(contents: Contents) -> None:
    shown = lines(filled(contents, _moderated(CLEAR, 3.0)))
    assert "different from zero where hope was 3.00 to 34.00 (20 participants)" in shown
    assert "false discovery rate" in shown
    assert "singles nobody out" not in shown
    assert "singles nobody out" in lines(filled(contents, _moderated(NOT_CLAIMED, 3.0)))
    nowhere = lines(filled(contents, _moderated(CLEAR, np.nan)))
    assert "clear at no observed value of hope" in nowhere
    (one,) = exhibits(QUESTION, (), filled(contents, _moderated(CLEAR, 3.0)))
    drawn = json.loads(one.figures[0].spec)
    assert sum(t.get("name") in ("psilocybin", "escitalopram") for t in drawn["data"]) == 2
    assert any(s.get("x0") == 3.0 and s.get("x1") == 34.0 for s in drawn["layout"]["shapes"])


def test_mediation_prints_its_assumption(contents: Contents) -> None:
    mediated = frame(
        "process_mediation",
        {"mediator": "meq30", "contrast": DRUG, "n": 40, "mediated": -2.0, "percentile_low": -4.0,
         "percentile_high": -0.5, "p_adjusted": 0.01, "rho_at_zero": -0.31, "status": "ok",
         "assumes": "the mediator was not randomised"},
    )  # fmt: skip
    text = lines(filled(contents, {"process_mediation": mediated}))
    assert "passed in part through meq30" in text
    assert f"zero at rho = {MINUS}.31" in text
    assert "assumes that the mediator was not randomised" in text
    mediated["percentile_high"] = 0.5
    text = lines(filled(contents, {"process_mediation": mediated}))
    assert "was not shown to pass through meq30" in text


def test_an_answer_without_rows_says_so_and_still_shows_its_tables(contents: Contents) -> None:
    made = filled(contents, factor_tables(simple("undecided", (0.3, 0.4))))
    assert "no test could be made" in answer(QUESTION, made, ()).findings[0].text.lower()
    assert answer(QUESTION, made, ()).exhibits
