"""The page for raters in a browser: pictures drawn, nothing loaded, no label executed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from tests.browser.conftest import Seen
from tests.report.quality_scans import EVIL, make_page

from rewire.numerics.motion_artefact import judge_motion_artefact
from rewire.report.quality_contents import QualityContents
from rewire.report.quality_page import render_quality_page

pytestmark = pytest.mark.browser
Visit = Callable[..., Seen]

_LOOK = """
var carpets = Array.from(document.querySelectorAll("img.carpet"));
var plots = Array.from(document.querySelectorAll(".plot"));
return {
  carpets: carpets.map(function (i) { return [i.naturalWidth, i.naturalHeight]; }),
  lines: document.querySelectorAll(".scan-card path.line").length,
  plots: plots.filter(function (p) {
    var svg = p.querySelector("svg.main-svg");
    return svg && svg.getBoundingClientRect().width > 200;
  }).length,
  wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  sorted: (function () {
    document.querySelector("#ledger thead button").click();
    return document.querySelector("#ledger tbody td").textContent;
  })()
};
"""


def contents(label: str) -> QualityContents:
    rng = np.random.default_rng(0)
    motion = judge_motion_artefact(rng.normal(0, 0.2, 60), rng.uniform(5, 150, 60), 20)
    scans = tuple(make_page(f"{label} {i}", excluded=i == 2) for i in (2, 1, 3))
    return QualityContents(label, scans, ("a rule",), motion, report="report.html")


def test_it_opens_without_errors_or_requests(visit: Visit) -> None:
    seen = visit(render_quality_page(contents("scan")), _LOOK)
    assert seen.errors == []
    assert seen.blocked == []
    assert [name for name in seen.loaded if not name.startswith("data:")] == []
    assert seen.answer["carpets"] == [[40, 4]] * 3
    assert seen.answer["lines"] == 6
    assert seen.answer["plots"] == 3
    assert seen.answer["wide"] <= 0
    assert seen.answer["sorted"] == "scan 1"


def test_hostile_labels_are_never_executed(visit: Visit) -> None:
    made = contents(EVIL)
    scans = tuple(replace(s, arm=EVIL, time=EVIL, reason=EVIL, doubts=(EVIL,)) for s in made.scans)
    seen = visit(render_quality_page(replace(made, scans=scans, arms=(EVIL,))))
    assert seen.alerts == 0
    assert seen.errors == []
