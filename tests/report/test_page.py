from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from rewire.core.schema import QUALITY_COLUMNS
from rewire.report.contents import Contents
from rewire.report.page import SECTIONS, render_report
from rewire.report.rows import read_rows
from rewire.report.tables import MOST_ROWS, effects_table


class Reader(HTMLParser):
    """Gathers what matters of a page: ids, loads, scripts, labels, text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.ids: list[str] = []
        self.loads: list[str] = []
        self.links: list[str] = []
        self.scripts: list[str] = []
        self.labelled = 0
        self.figures = 0
        self.text: list[str] = []
        self._open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        self._open = tag
        self.ids += [held["id"] or ""] if "id" in held else []
        if tag == "a":
            self.links.append(held.get("href") or "")
        else:
            self.loads += [v or "" for k, v in attrs if k in ("src", "href", "srcset", "action")]
        if tag == "script":
            self.scripts.append(held.get("type") or "")
        if "plot" in (held.get("class") or "").split():
            self.figures += 1
            self.labelled += bool(held.get("aria-label"))
        assert not any(k.startswith("on") for k in held), "no inline handlers"

    def handle_data(self, data: str) -> None:
        if self._open not in ("script", "style"):
            self.text.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


@pytest.fixture(scope="module")
def page(contents: Contents) -> str:
    return render_report(contents)


@pytest.fixture(scope="module")
def hostile_page(hostile: Contents) -> str:
    return render_report(hostile)


def test_the_same_contents_give_the_same_bytes(page: str, contents: Contents) -> None:
    assert render_report(contents) == page


def test_sections_stand_in_order_with_unique_ids(page: str) -> None:
    reader = read(page)
    assert len(reader.ids) == len(set(reader.ids))
    places = [reader.ids.index(anchor) for anchor, _ in SECTIONS]
    assert places == sorted(places)


def test_links_within_the_page_lead_somewhere(page: str) -> None:
    reader = read(page)
    inner = {link[1:] for link in reader.links if link.startswith("#")}
    assert inner <= set(reader.ids)


def test_nothing_is_loaded_and_policy_forbids_it(page: str) -> None:
    reader = read(page)
    assert [load for load in reader.loads if not load.startswith("data:")] == []
    assert "default-src 'none'" in page
    assert "connect-src" not in page
    assert all(link.startswith(("#", "https://doi.org/")) for link in reader.links), (
        "only references lead out of the page"
    )


def test_every_figure_has_words(page: str) -> None:
    reader = read(page)
    assert reader.figures == reader.labelled > 8


def test_figure_json_is_json(page: str) -> None:
    specs = re.findall(r'<script type="application/json" id="[\w-]+-spec">(.*?)</script>', page)
    assert len(specs) == read(page).figures
    for spec in specs:
        assert {"data", "layout"} <= set(json.loads(spec))


def test_everyone_is_drawn(page: str, contents: Contents) -> None:
    spec = re.search(r'id="trajectory-1-spec">(.*?)</script>', page)
    assert spec is not None
    for person in contents.trial.participants["participant_id"]:
        assert person in spec.group(1)


def test_labels_that_attack_are_text(hostile_page: str, page: str) -> None:
    plain, attacked = read(page), read(hostile_page)
    assert attacked.scripts == plain.scripts, "no script more than a harmless run has"
    assert "<script>alert" not in hostile_page
    assert attacked.ids == plain.ids or len(attacked.ids) == len(set(attacked.ids))
    assert sum("<script>alert(1)</script>" in text for text in attacked.text) > 40


def test_plotly_reads_no_markup_from_labels(hostile_page: str) -> None:
    specs = re.findall(
        r'<script type="application/json" id="[\w-]+-spec">(.*?)</script>', hostile_page
    )

    def strings(node: object) -> list[str]:
        if isinstance(node, str):
            return [node]
        if isinstance(node, dict):
            return [s for v in node.values() for s in strings(v)]
        if isinstance(node, list):
            return [s for v in node for s in strings(v)]
        return []

    texts = [t for spec in specs for t in strings(json.loads(spec))]
    assert any("&lt;script&gt;alert(1)" in t for t in texts)
    assert not any("<script" in t.lower() for t in texts)


def test_a_run_without_scans_says_so_and_has_no_matrices(contents: Contents) -> None:
    bare = replace(
        contents,
        trial=replace(contents.trial, scans=(), atlases={}, simulated=False, truth=None),
        measurements={},
        quality=pd.DataFrame(columns=list(QUALITY_COLUMNS)),
        effects=contents.effects[contents.effects["measure"] == ""],
        questions=tuple(q for q in contents.questions if q.name == "bdi_change"),
        baseline_change=contents.baseline_change.iloc[:0],
        influence=contents.influence.iloc[:0],
        reliability=contents.reliability.iloc[:0],
        density=contents.density.iloc[:0],
        flow=contents.flow.iloc[:0],
        faults=(),
        unanswered=(),
    )
    text = " ".join(read(render_report(bare)).text)
    assert "No scans were read" in text
    assert "There is no connectivity at two time points to draw" in text
    assert "The check of the trial found nothing to warn of" in text


def test_a_run_without_any_test_still_gives_a_page(contents: Contents) -> None:
    empty = replace(contents, effects=contents.effects.iloc[:0], questions=())
    assert "The plan asks no question." in " ".join(read(render_report(empty)).text)


def test_thousands_of_rows_are_capped_at_the_smallest_p(contents: Contents) -> None:
    one = contents.effects[contents.effects["question"] == "gbc_change"]
    many = pd.concat([one] * 40, ignore_index=True)
    rng = np.random.default_rng(3)
    many["p"] = rng.permutation(len(many)) / len(many) + 1e-4
    page = render_report(replace(contents, effects=many))
    table = page[page.index('id="effects-table"') :]
    table = table[: table.index("</table>")]
    assert table.count("<tr>") == MOST_ROWS + 1
    assert f"{len(many):,}" in table
    held = effects_table(read_rows(many))
    p = [column.name for column in held.columns].index("p")
    largest = max(float(row[p].key) for row in held.rows)
    assert largest == pytest.approx(np.sort(many["p"])[MOST_ROWS - 1], rel=1e-8)
    assert "effects/effects.tsv" in page


def test_missing_numbers_are_empty_and_never_nan(page: str) -> None:
    assert not any(re.search(r"\bnan\b", text) for text in read(page).text)
