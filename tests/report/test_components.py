"""Networks of edges in the report."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from rewire.core.questions import Inference
from rewire.effects.networks import COMPONENT_COLUMNS
from rewire.report.components import component_exhibits, exchanged, network_rule
from rewire.report.contents import Contents
from rewire.report.methods import write_methods
from rewire.report.rows import read_rows
from rewire.report.sentences import Family, figures_of


def with_components(contents: Contents, rows: list[tuple[object, ...]]) -> Contents:
    frame = pd.DataFrame(rows, columns=list(COMPONENT_COLUMNS))
    asked = replace(contents.questions[0], correction="nbs")
    return replace(
        contents, questions=(asked, *contents.questions[1:]), tables={"components": frame}
    )


def row(name: str, p: float) -> tuple[object, ...]:
    where = ("connectivity", "", "ses-week6", "", "", "a - b", "")
    return (name, *where, 1, "positive", 7, 6, 4.5, p, "<b>r1</b>, r2")


def test_components_stand_beside_the_answer_with_what_their_p_is_about(contents: Contents) -> None:
    name = contents.questions[0].name
    given = with_components(contents, [row(name, 0.01), row(name, 0.3), row("another", 0.01)])
    (exhibit,) = component_exhibits(given.questions[0], given)
    assert "There were 2 components, 1 with p below .05." in exhibit.lines
    assert "does not say that any one edge" in " ".join(exhibit.lines)
    (table,) = exhibit.tables
    assert table.total == 2
    assert [c.text for c in table.rows[0]][-2:] == [".010", "<b>r1</b>, r2"]
    assert component_exhibits(given.questions[1], given) == ()


def test_where_no_edge_passes_it_is_said(contents: Contents) -> None:
    given = with_components(contents, [])
    (exhibit,) = component_exhibits(given.questions[0], given)
    assert exhibit.lines[-1] == "No edge passed that threshold."
    assert "above 3 or below -3" in exhibit.lines[0]


def test_methods_name_threshold_paper_and_exchange(contents: Contents) -> None:
    inference = replace(contents.inference, exchange_within="site", nbs_threshold=2.5)
    given = replace(with_components(contents, []), inference=inference)
    methods = write_methods(given, read_rows(given.effects))
    told = " ".join(methods.paragraphs)
    assert "exchanged only among people of the same site." in told
    assert "Its threshold was 2.5 from 0 in t" in told
    assert any("10.1016/j.neuroimage.2010.06.041" in r for r in methods.references)


def test_nothing_is_said_of_what_was_not_done() -> None:
    assert network_rule("fdr_bh", Inference()) == ""
    assert exchanged(Inference()) == []
    assert exchanged(Inference(permutations=0, exchange_within="site")) == []


def test_a_sentence_about_an_edge_says_that_p_is_of_its_component(contents: Contents) -> None:
    one = next(r for r in read_rows(contents.effects) if r.p == r.p)
    told = figures_of(replace(one, p_adjusted=0.02), contents, Family(45, "nbs"))
    assert "p of its component = .020 among 45 edges, which is about the component" in told
    assert "adjusted p" not in told
    alone = figures_of(replace(one, p_adjusted=1.0), contents, Family(45, "nbs"))
    assert "in no component that is large among 45 edges" in alone
