"""The report in a browser: figures drawn, tables sorted, nothing loaded, no label executed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.browser.conftest import Seen, run_chromium
from tests.report.conftest import build_contents, make_hostile

from rewire.report.contents import Contents
from rewire.report.page import render_report

pytestmark = pytest.mark.browser
Visit = Callable[..., Seen]

_SORT = """
var table = document.getElementById("effects-table");
var heads = Array.from(table.tHead.rows[0].cells);
var column = heads.findIndex(function (h) { return h.textContent.trim() === "p"; });
function keys() {
  return Array.from(table.tBodies[0].rows).map(function (r) {
    var key = r.cells[column].dataset.key;
    return key === undefined ? null : parseFloat(key);
  });
}
var button = heads[column].querySelector("button");
button.click();
var up = {keys: keys(), aria: heads[column].getAttribute("aria-sort")};
button.click();
var down = {keys: keys(), aria: heads[column].getAttribute("aria-sort")};
heads[0].querySelector("button").click();
return {up: up, down: down, after: heads[column].getAttribute("aria-sort")};
"""

_FILTER = """
var box = document.getElementById("effects-filter");
box.value = "bdi_change psilocybin";
box.dispatchEvent(new Event("input"));
var rows = Array.from(document.getElementById("effects-table").tBodies[0].rows);
document.getElementById("effects-details").click();
var detail = document.querySelector("#effects-table .detail");
return {
  shown: rows.filter(function (r) { return r.offsetHeight > 0; }).length,
  said: document.getElementById("effects-count").textContent,
  detail: getComputedStyle(detail).display
};
"""

_LAYOUT = """
var plots = Array.from(document.querySelectorAll(".plot"));
return {
  plots: plots.length,
  drawn: plots.filter(function (p) {
    var svg = p.querySelector("svg.main-svg");
    return svg && svg.getBoundingClientRect().width > 200;
  }).length,
  wide: document.documentElement.scrollWidth - document.documentElement.clientWidth
};
"""

_KEYS = """
var skip = document.querySelector("a.skip");
skip.focus();
var box = skip.getBoundingClientRect();
var reachable = Array.from(document.querySelectorAll("a[href], button, input, summary"));
return {
  first: document.querySelector("a[href], button, input") === skip,
  seen: box.left >= 0,
  trapped: reachable.filter(function (e) { return e.tabIndex < 0; }).length
};
"""

_MARKUP = """
var texts = Array.from(document.querySelectorAll(".plot text, .plot tspan"));
return {
  scripts: document.querySelectorAll(".plot script, main script:not([type])").length,
  literal: texts.filter(function (t) { return t.textContent.indexOf("<script>") >= 0; }).length
};
"""


@pytest.fixture(scope="module")
def contents() -> Contents:
    return build_contents()


@pytest.fixture(scope="module")
def page(contents: Contents) -> str:
    return render_report(contents)


def test_it_opens_without_errors_or_requests(visit: Visit, page: str) -> None:
    seen = visit(page, _LAYOUT)
    assert seen.errors == []
    assert seen.blocked == []
    assert [name for name in seen.loaded if not name.startswith("data:")] == []
    assert seen.answer["plots"] == seen.answer["drawn"] > 8
    assert seen.answer["wide"] <= 0


def test_the_policy_stops_a_request(visit: Visit, page: str) -> None:
    seen = visit(page, "fetch('https://example.org/').catch(function () {}); return null;")
    assert seen.loaded == []


def test_the_effects_table_sorts(visit: Visit, page: str, contents: Contents) -> None:
    answer: Any = visit(page, _SORT).answer
    expected = [float(f"{p:.9g}") for p in sorted(contents.effects["p"].dropna())]
    assert answer["up"] == {"keys": expected, "aria": "ascending"}
    assert answer["down"] == {"keys": expected[::-1], "aria": "descending"}
    assert answer["after"] == "none"


def test_the_effects_table_filters_and_unfolds(visit: Visit, page: str, contents: Contents) -> None:
    answer: Any = visit(page, _FILTER).answer
    frame = contents.effects
    mine = (frame["question"] == "bdi_change") & (frame["arm"] == "psilocybin")
    assert answer == {
        "shown": int(mine.sum()),
        "said": f"{int(mine.sum())} rows",
        "detail": "table-cell",
    }


def test_the_keyboard_reaches_everything(visit: Visit, page: str) -> None:
    assert visit(page, _KEYS).answer == {"first": True, "seen": True, "trapped": 0}


def test_hostile_labels_are_never_executed(visit: Visit) -> None:
    seen = visit(render_report(make_hostile()), _MARKUP)
    assert seen.alerts == 0
    assert seen.errors == []
    assert seen.answer["scripts"] == 0
    assert seen.answer["literal"] > 5


def test_it_prints(chromium: str, page: str, tmp_path: Path) -> None:
    source, paper = tmp_path / "report.html", tmp_path / "report.pdf"
    source.write_text(page, encoding="utf-8")
    run_chromium(
        chromium,
        tmp_path / "profile",
        ["--no-pdf-header-footer", f"--print-to-pdf={paper}", source.as_uri()],
    )
    assert paper.read_bytes()[:5] == b"%PDF-"
    assert paper.stat().st_size > 50_000
