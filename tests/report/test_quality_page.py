"""The page for raters: what it says, what it never says, and that labels stay text."""

from __future__ import annotations

import ast
import math
import re
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.report.quality_scans import EVIL, make_page, make_portrait

from rewire.numerics.motion_artefact import judge_motion_artefact
from rewire.report import quality_contents
from rewire.report.figures.raster import encode_png
from rewire.report.figures.scan_quality import MOTION, artefact_sentence, every_scan
from rewire.report.quality_contents import QualityContents, Retest
from rewire.report.quality_page import MOST_DRAWN, lay_out_quality, render_quality_page
from rewire.report.scan_card import draw_card


def test_every_scan_and_its_decision_is_on_the_page() -> None:
    kept, out = make_page("sub-01 ses-a"), make_page("sub-02 ses-a", excluded=True)
    page = lay_out_quality(QualityContents("T", (out, kept), ("fewer than 4 minutes retained",)))
    cells = [[cell.text for cell in row] for row in page.ledger.rows]
    assert [row[0] for row in cells] == ["sub-02 ses-a", "sub-01 ses-a"]
    assert "excluded" in cells[0]
    assert "fewer than 4 minutes retained" in cells[0]
    assert page.exclusions == ("1 scan: fewer than 4 minutes retained (rule)",)
    assert dict(page.facts)["Excluded"] == "1"
    html = render_quality_page(QualityContents("T", (out, kept)))
    assert "sets no rule" in html
    assert html.count('class="scan-card"') == 2


def test_a_blind_page_shows_neither_arm_nor_time() -> None:
    scans = tuple(replace(make_page(f"scan-{i}"), arm="", time="") for i in range(6))
    page = lay_out_quality(QualityContents("T", scans))
    assert not {"Arm", "Time"} & {c.name for c in page.ledger.columns}
    assert not {"Arm", "Time"} & {name for card in page.cards for name, _ in card.facts}
    figure = every_scan(scans, MOTION)
    assert figure is not None
    assert "all scans" in figure.spec
    seen = [replace(scan, arm="drug", time="week 6") for scan in scans]
    assert "week 6" in every_scan(seen, MOTION).spec


def test_it_is_made_without_trial_participants_or_scores() -> None:
    tree = ast.parse(Path(quality_contents.__file__).read_text())
    taken = {a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names}
    assert not taken & {"Trial", "ScanRecord", "Contents", "Measurement", "Scale"}


def test_labels_are_escaped_everywhere() -> None:
    portrait = replace(
        make_portrait(), silent=(EVIL,), bands=(replace(make_portrait().bands[0], network=EVIL),)
    )
    scan = replace(
        make_page(EVIL, excluded=True),
        reason=EVIL,
        by=EVIL,
        doubts=(EVIL,),
        portrait=portrait,
        arm=EVIL,
        time=EVIL,
    )
    retest = Retest(EVIL, EVIL, 9, 0.5, 0.1, 0.8)
    contents = QualityContents(EVIL, (scan,), (EVIL,), None, (retest,), report="report.html")
    html = render_quality_page(contents)
    assert "<script>alert" not in html
    assert "&lt;script&gt;" in html
    assert len(re.findall(r"<script>", html)) == 2  # plotly and ours


def test_many_scans_are_not_all_drawn_and_the_page_says_so() -> None:
    portrait = make_portrait()
    scans = tuple(
        replace(make_page(f"scan-{i}"), portrait=portrait if i < MOST_DRAWN else None)
        for i in range(1000)
    )
    contents = QualityContents("T", scans)
    page = lay_out_quality(contents)
    assert len(page.cards) == MOST_DRAWN
    assert page.undrawn.startswith("120 of 1,000 scans are drawn")
    html = render_quality_page(contents)
    assert "(500 of 1,000 rows)" in html
    assert len(html) < 20e6


def test_a_scan_that_could_not_be_read_has_a_row_and_no_card() -> None:
    unread = replace(
        make_page("scan-1"),
        minutes=math.nan,
        displacement=math.nan,
        volumes=math.nan,
        retained=math.nan,
        silent=math.nan,
        regions=0,
        portrait=None,
    )
    page = lay_out_quality(QualityContents("T", (unread,)))
    assert (len(page.ledger.rows), page.cards, page.figures) == (1, (), ())
    assert ">nan" not in render_quality_page(QualityContents("T", (unread,)))


def test_a_card_draws_what_the_portrait_holds() -> None:
    portrait = make_portrait()
    card = draw_card(make_page("scan-1"), portrait)
    assert card.motion is not None
    assert card.motion.path.startswith("M")
    assert card.motion.path.count("M") == 2  # the first volume has none, and one in the middle
    assert card.motion.upper == "0.8 mm"
    assert card.spectrum is not None
    assert "0.050 Hz" in card.spectrum.description
    assert [(s.left, s.width) for s in card.censored] == [("25.00", "10.00")]
    assert card.length == "1.0 min"
    assert card.coverage == "1 of 4 regions without signal: D2."
    nothing = replace(portrait, displacement=np.empty(0), silent=())
    assert draw_card(make_page("scan-1"), nothing).motion is None
    assert draw_card(make_page("scan-1"), nothing).coverage.startswith("All 4 regions")


def test_a_png_is_what_was_drawn() -> None:
    pixels = np.arange(6, dtype=np.uint8).reshape(2, 3)
    data = encode_png(pixels, [(i, 2 * i, 3 * i) for i in range(6)])
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, chunks = 8, {}
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + size]
        (check,) = struct.unpack(">I", data[at + 8 + size : at + 12 + size])
        assert check == zlib.crc32(kind + body)
        chunks[kind] = body
        at += 12 + size
    assert struct.unpack(">II", chunks[b"IHDR"][:8]) == (3, 2)
    assert zlib.decompress(chunks[b"IDAT"]) == bytes([0, 0, 1, 2, 0, 3, 4, 5])
    assert chunks[b"PLTE"][15:18] == bytes([5, 10, 15])


def test_motion_is_said_in_words() -> None:
    found = judge_motion_artefact(np.array([0.4, 0.2, 0.0]), np.array([10.0, 20.0, 30.0]), 12)
    text = artefact_sentence(found)
    assert "Over 12 scans and 3 edges" in text
    assert "is .20" in text
    assert "\N{MINUS SIGN}2.000 for each 100 mm" in text
    unknown = judge_motion_artefact(np.array([0.4, 0.2, 0.0]), np.full(3, np.nan), 12)
    assert artefact_sentence(unknown).endswith("Distances between regions are unknown.")


@pytest.mark.parametrize("excluded", [True, False])
def test_excluded_scans_are_open_marks(excluded: bool) -> None:
    figure = every_scan([make_page("a", excluded=excluded)], MOTION)
    assert figure is not None
    drawn = re.findall(r'"symbol":"(circle(?:-open)?)"', figure.spec)
    values = re.findall(r'"y":\[([\d.]*)\]', figure.spec)
    assert dict(zip(drawn, values, strict=True)) == (
        {"circle": "", "circle-open": "0.2"} if excluded else {"circle": "0.2", "circle-open": ""}
    )
