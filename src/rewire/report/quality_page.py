"""The page for raters: every scan, every exclusion, and how far motion is left in the data."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from markupsafe import Markup
from plotly.offline import get_plotlyjs

from rewire.report import numbers
from rewire.report.figures.scan_quality import (
    MINUTES,
    MOTION,
    artefact_sentence,
    every_scan,
    motion_by_distance,
)
from rewire.report.figures.theme import Figure
from rewire.report.page import asset, environment
from rewire.report.quality_contents import QualityContents, Retest, ScanPage
from rewire.report.scan_card import Card, draw_card
from rewire.report.tables import Cell, Column, Table, build, number, whole, words

QUALITY_PAGE = "quality.html"
"""The page's name, beside the report."""

MOST_DRAWN = 120
"""Scans that the page draws; of the others it holds the numbers alone."""

SECTIONS: tuple[tuple[str, str], ...] = (
    ("decisions", "What was kept and what was left out"),
    ("over-scans", "Motion and minutes of all scans"),
    ("motion", "Does connectivity follow motion?"),
    ("retest", "How far measures repeat"),
    ("scans", "Scan by scan"),
)
"""Anchors and headings, in the order of the page."""


@dataclass(frozen=True, slots=True)
class QualityPage:
    """Everything the template prints, already in words, tables and figures."""

    title: str
    facts: tuple[tuple[str, str], ...]
    rules: tuple[str, ...]
    exclusions: tuple[str, ...]
    ledger: Table
    figures: tuple[Figure, ...]
    artefact: str
    by_distance: Figure | None
    retest: Table | None
    cards: tuple[Card, ...]
    undrawn: str


def render_quality_page(contents: QualityContents) -> str:
    """Return the page for raters as one HTML page that opens offline.

    Parameters
    ----------
    contents
        The scans under labels of the caller's choice; the page shows nothing that is not in them.

    Returns
    -------
    str
        A complete HTML document; text that came from files is escaped. The same contents give the
        same bytes under the same versions.
    """
    template = environment().get_template("quality.html.j2")
    return template.render(
        page=lay_out_quality(contents),
        contents=contents,
        sections=SECTIONS,
        styles=Markup(asset("report.css") + asset("quality.css")),
        script=Markup(asset("report.js")),
        plotly=Markup(get_plotlyjs()),
    )


def lay_out_quality(contents: QualityContents) -> QualityPage:
    """Return what the page says, section by section, before it becomes HTML."""
    scans = contents.scans
    drawn = [(s, s.portrait) for s in scans if s.portrait is not None][:MOST_DRAWN]
    motion = contents.motion
    figures = (every_scan(scans, shown, contents.arms) for shown in (MOTION, MINUTES))
    return QualityPage(
        title=contents.title,
        facts=_facts(scans),
        rules=contents.rules,
        exclusions=_exclusions(scans),
        ledger=_ledger(scans),
        figures=tuple(f for f in figures if f is not None),
        artefact=artefact_sentence(motion) if motion else "",
        by_distance=motion_by_distance(motion) if motion else None,
        retest=_retest(contents.retest),
        cards=tuple(draw_card(scan, portrait) for scan, portrait in drawn),
        undrawn=_undrawn(len(drawn), len(scans)),
    )


def _facts(scans: tuple[ScanPage, ...]) -> tuple[tuple[str, str], ...]:
    kept = sum(scan.decision == "kept" for scan in scans)
    doubtful = sum(bool(scan.doubts) for scan in scans)
    minutes = sorted(s.minutes for s in scans if s.decision == "kept" and not math.isnan(s.minutes))
    shortest = f"{numbers.fixed(minutes[0], 1)} min" if minutes else ""
    facts = (
        ("Scans", f"{len(scans):,}"),
        ("Kept", f"{kept:,}"),
        ("Excluded", f"{len(scans) - kept:,}"),
        ("Scans with a doubt", f"{doubtful:,}"),
        ("Shortest scan kept", shortest),
    )
    return tuple(fact for fact in facts if fact[1])


def _exclusions(scans: tuple[ScanPage, ...]) -> tuple[str, ...]:
    """Count the excluded scans by reason, the commonest first."""
    counts = Counter((s.reason, s.by) for s in scans if s.decision == "excluded")
    return tuple(
        f"{numbers.count(n, 'scan')}: {reason} ({by})"
        for (reason, by), n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )


def _ledger(scans: tuple[ScanPage, ...]) -> Table:
    texts = ("Scan", "Arm", "Time", "Decision", "By", "Reason")
    figures = ("Minutes", "Motion (mm)", "Silent regions")
    named = [Column(t) for t in texts] + [Column(f, numeric=True) for f in figures]
    named.append(Column("Doubts"))
    rows = [_ledger_row(scan) for scan in scans]
    used = [i for i, column in enumerate(named) if any(r[i].text for r in rows)]
    kept_rows = [tuple(row[i] for i in used) for row in rows]
    return build("ledger", "Every scan and what was decided", [named[i] for i in used], kept_rows)


def _ledger_row(scan: ScanPage) -> tuple[Cell, ...]:
    return (
        *(words(t) for t in (scan.label, scan.arm, scan.time, scan.decision, scan.by, scan.reason)),
        _rounded(scan.minutes, 1),
        _rounded(scan.displacement, 3),
        whole(scan.silent),
        words("; ".join(scan.doubts)),
    )


def _rounded(value: float, decimals: int) -> Cell:
    return number(value, "" if math.isnan(value) else numbers.fixed(value, decimals))


def _retest(rows: tuple[Retest, ...]) -> Table | None:
    if not rows:
        return None
    columns = [Column("Measure"), Column("Scans compared"), Column("n", numeric=True)]
    columns += [Column("ICC(2,1)", numeric=True), Column("Interval", numeric=True)]
    cells = []
    for r in rows:
        between = numbers.interval(r.low, r.high, bounded=True, decimals=2)
        icc = number(r.icc, numbers.unit_bound(r.icc))
        cells.append((words(r.measure), words(r.pairs), whole(r.n), icc, number(r.low, between)))
    return build("retest-table", "Agreement of repeated scans without treatment", columns, cells)


def _undrawn(drawn: int, scans: int) -> str:
    if drawn == scans:
        return ""
    return (
        f"{drawn:,} of {scans:,} scans are drawn, the most doubtful first; the table "
        "of decisions holds every scan."
    )
