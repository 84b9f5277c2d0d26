"""What is said and shown of genes."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rewire.core.questions import Kind, Question
from rewire.core.schema import EFFECT_COLUMNS, EFFECT_TEXT
from rewire.core.types import Timepoint
from rewire.report.contents import Contents
from rewire.report.kinds.genes import exhibits, finding
from rewire.report.page import render_report
from rewire.report.rows import EffectRow, read_rows
from rewire.report.sentences import family_of, sentence

EVIL = "<img src=x onerror=alert(1)>"
QUESTION = Question(
    "g", "Do genes?", Kind.GENES, "primary", ("global_brain_connectivity",), (),
    Timepoint("ses-baseline"), (Timepoint("ses-week6"),), correction="holm",
)  # fmt: skip
OF = {
    "question": "g",
    "measure": "global_brain_connectivity",
    "session": "ses-week6",
    "acquisition": "",
    "arm": "psilocybin",
    "contrast": "",
}


def _rows(space: float, people: float, adjusted: float) -> tuple[EffectRow, ...]:
    blank = {c: "" if c in EFFECT_TEXT else np.nan for c in EFFECT_COLUMNS}
    told = {
        **blank, **OF, "kind": "genes", "term": "PLS1", "alternative": "two-sided", "n": 20.0,
        "estimate": 0.41, "p": space, "p_permutation": people, "p_adjusted": adjusted,
        "status": "ok",
    }  # fmt: skip
    return read_rows(pd.DataFrame([told])[list(EFFECT_COLUMNS)])


def _tables(sets: int = 30) -> dict[str, pd.DataFrame]:
    space = np.full(sets, 0.5)
    space[:2] = 0.01
    people = np.full(sets, 0.5)
    people[1:4] = 0.02
    random = np.where(np.arange(sets) < 9, 1e-4, 0.6)
    p = {"p_space": space / 2, "p_space_max": space, "p_participants": people / 2,
         "p_participants_max": people}  # fmt: skip
    names = [f"set {i}" for i in range(sets)]
    names[5] = EVIL
    return {
        "gene_components": pd.DataFrame(
            [{**OF, "component": "PLS1", "regions": 99, "explained": 0.41, "p_space": 0.2,
              "p_participants": 0.01, "p_adjusted": 0.4, "null_median": 0.3, "null_95": 0.5,
              "null_99": 0.6}]
        ),
        "gene_component_nulls": pd.DataFrame(
            {**OF, "component": "PLS1", "low": [0.1, 0.3], "high": [0.3, 0.5],
             "null_maps": [70, 30]}
        ),
        "gene_coverage": pd.DataFrame(
            [{**OF, "regions": 100, "regions_sampled": 99, "regions_used": 98, "genes": 15633,
              "genes_used": 15630, "gene_sets": 40, "gene_sets_used": 31, "donors_fewest": 2,
              "donors_most": 6, "source": EVIL, "nulls": "400 spins"}]
        ),
        "gene_sets": pd.DataFrame(
            {**OF, "collection": ["go"] * (sets - 1) + ["cell_types"], "gene_set": names,
             "size": 20, "score": 0.1, **p, "p_space_fdr": 0.5, "p_random_genes": random / 5,
             "p_random_genes_fdr": random}
        ),
        "genes": pd.DataFrame(
            {**OF, "gene": [f"G{i}" for i in range(sets)], "regions": 98, "r": 0.3, **p,
             "p_space_fdr": 0.5, "weight": 0.1, "z": 3.0}
        ),
        "gene_hubs": pd.DataFrame(
            [{**OF, "gene": "G1", "degree": 4, "betweenness": 0.25}]
        ),
    }  # fmt: skip


@pytest.fixture
def made(contents: Contents) -> Contents:
    return replace(contents, tables=_tables())


def test_a_claim_says_both(contents: Contents) -> None:
    (row,) = _rows(0.001, 0.002, 0.004)
    said = finding(row, QUESTION, contents)
    assert "follows component 1 of gene expression" in said
    assert "over participants and more than maps as smooth" in said


@pytest.mark.parametrize(
    ("space", "people", "adjusted", "told"),
    [
        (0.3, 0.001, 0.3, "maps as smooth are explained as well"),
        (0.001, 0.4, 0.4, "participants do not agree"),
        (0.3, 0.4, 0.9, "component 1 of gene expression"),
        (0.03, 0.04, 0.12, "both p are below .05 only before adjustment over components and tests"),
    ],
)
def test_what_fails_is_named(
    contents: Contents, space: float, people: float, adjusted: float, told: str
) -> None:
    (row,) = _rows(space, people, adjusted)
    said = finding(row, QUESTION, contents)
    assert "there was no evidence" in said
    assert said.endswith(told)


def test_the_sentence_has_both_p_and_no_interval(contents: Contents) -> None:
    rows = _rows(0.3, 0.001, 0.3)
    said = sentence(rows[0], QUESTION, contents, family_of(QUESTION, rows))
    assert "share of the map's variance .41, p = .300 (over participants p = .001)" in said
    assert "CI" not in said


def test_exhibits_count_what_holds(made: Contents) -> None:
    shown = {e.title: e for e in exhibits(QUESTION, (), made)}
    components, sets = shown["Components of gene expression"], shown["Gene sets"]
    assert "98 of 100 regions" in components.lines[0]
    assert "15,630 of 15,633 genes (3 lack values or do not vary)" in components.lines[0]
    assert "Donors in a region: 2 to 6." in components.lines[0]
    assert any("other, healthy people" in line for line in components.lines)
    assert "would have found 9 of 30 sets" in sets.lines[1]
    assert "2 over space, 3 over participants, 1 over both" in sets.lines[1]
    assert [t.caption for t in sets.tables] == ["Gene sets: cell types", "Gene sets: go"]
    assert sets.tables[1].rows[0][0].text == "set 1"
    assert shown["Genes"].lines[0].startswith("1 of 30 genes")
    assert shown["Hub genes"].tables[0].rows[0][0].text == "G1"


def test_the_observed_share_is_a_line_over_the_null_maps(made: Contents) -> None:
    (figure,) = exhibits(QUESTION, (), made)[0].figures
    drawn = json.loads(figure.spec)["data"]
    assert [trace["type"] for trace in drawn] == ["bar", "scatter"]
    assert sum(drawn[0]["y"]) == 100
    assert drawn[1]["x"] == [0.41, 0.41]


def test_tests_of_a_question_are_told_apart(contents: Contents) -> None:
    tables = _tables()
    other = {name: frame.assign(arm="placebo") for name, frame in tables.items()}
    both = {name: pd.concat([tables[name], other[name]], ignore_index=True) for name in tables}
    shown = exhibits(QUESTION, (), replace(contents, tables=both))
    assert len(shown[0].figures) == 2
    assert shown[0].tables[0].columns[0].name == "Arm"
    assert len({figure.id for figure in shown[0].figures}) == 2


def test_without_tables_nothing_is_shown(contents: Contents) -> None:
    assert exhibits(QUESTION, (), replace(contents, tables={})) == ()


def test_names_from_files_are_text_and_long_tables_have_a_filter(made: Contents) -> None:
    page = render_report(replace(made, questions=(QUESTION,)))
    assert EVIL not in page
    assert 'data-table="gene-sets-g-2"' in page
    assert 'data-table="gene-sets-g-1"' not in page
