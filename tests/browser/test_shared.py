"""A shared copy in a browser: it opens offline, draws its figures and names nobody on hovering."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.browser.conftest import Seen
from tests.report.conftest import build_contents

from rewire.report.page import render_report
from rewire.report.sharing import share_contents

pytestmark = pytest.mark.browser

_LOOK = """
var plots = Array.from(document.querySelectorAll(".plot"));
var texts = [];
plots.forEach(function (p) {
  (p.data || []).forEach(function (t) {
    if (t.name === "participants" || t.legendgroup !== undefined) {
      texts.push(JSON.stringify([t.hovertext || null, t.hoverinfo]));
    }
  });
});
return {
  plots: plots.length,
  drawn: plots.filter(function (p) { return p.querySelector("svg.main-svg"); }).length,
  hover: Array.from(new Set(texts)),
  banner: document.querySelector(".banners").textContent,
  named: document.documentElement.outerHTML.match(/sub-\\d\\d/g)
};
"""


def test_a_shared_copy_opens_offline_without_errors(visit: Callable[..., Seen]) -> None:
    seen = visit(render_report(share_contents(build_contents(), 5)), _LOOK)
    assert seen.errors == []
    assert seen.blocked == []
    assert [name for name in seen.loaded if not name.startswith("data:")] == []
    assert seen.answer["plots"] == seen.answer["drawn"] > 8
    assert seen.answer["hover"] == ['[null,"skip"]']
    assert "Shared copy." in seen.answer["banner"]
    assert seen.answer["named"] is None
