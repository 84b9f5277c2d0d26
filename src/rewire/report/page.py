"""The report as one HTML page that opens offline."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib import resources

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from rewire.core.questions import Question
from rewire.report import names, numbers
from rewire.report.answers import Answer, answer_all
from rewire.report.blindness import Blindness, blindness
from rewire.report.contents import Contents, told_people, told_scans
from rewire.report.critic import objections
from rewire.report.figures.brain import MOST_MAPS, brain_maps
from rewire.report.figures.matrices import matrices
from rewire.report.figures.motion import motion, with_arm
from rewire.report.figures.scatter import associations
from rewire.report.figures.theme import Figure
from rewire.report.figures.trajectories import trajectories
from rewire.report.flow import Flow, participant_flow
from rewire.report.forest import Forest, forests
from rewire.report.limits import banners
from rewire.report.methods import Methods, write_methods
from rewire.report.objection import Objection
from rewire.report.rows import EffectRow, read_rows
from rewire.report.tables import Table, effects_table, from_frame
from rewire.report.truth import truth_table
from rewire.report.typeset import breakable, reference, typeset
from rewire.report.visits import asked_first, visit_objections

SECTIONS: tuple[tuple[str, str], ...] = (
    ("answers", "The questions, answered"),
    ("flow", "Participant flow"),
    ("quality", "Data quality"),
    ("trajectories", "Every participant over time"),
    ("forest", "Estimates"),
    ("matrices", "Connectivity matrices"),
    ("brain", "Where in the brain"),
    ("symptoms", "Brain and symptoms"),
    ("critic", "What the critic would say"),
    ("effects", "All effects"),
    ("changes", "Changes of plan, and how many tests"),
    ("methods", "Methods"),
    ("provenance", "Provenance"),
)
"""Anchors and headings, in the order of the page."""


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the template prints, already in words, tables and figures."""

    title: str
    facts: tuple[tuple[str, str], ...]
    banners: tuple[str, ...]
    blindness: Blindness | None
    answers: tuple[Answer, ...]
    families: tuple[tuple[Question, int], ...]
    truth: Table | None
    flow: Flow | None
    quality: tuple[Table, ...]
    motion: Figure | None
    trajectories: tuple[Figure, ...]
    forests: tuple[Forest, ...]
    matrices: tuple[Figure, ...]
    brains: tuple[Figure, ...]
    brains_left: int
    associations: tuple[Figure, ...]
    objections: tuple[Objection, ...]
    effects: Table
    tests: int
    methods: Methods


def render_report(contents: Contents) -> str:
    """Return the report as one HTML page.

    The page holds its styles, its scripts and plotly itself; its content security policy
    forbids every request. The same contents give the same bytes under the same versions.

    Parameters
    ----------
    contents
        What the run measured and estimated.

    Returns
    -------
    str
        A complete HTML document; text that came from files is escaped.
    """
    template = environment().get_template("page.html.j2")
    return template.render(
        page=lay_out(contents),
        contents=contents,
        sections=SECTIONS,
        styles=Markup(asset("report.css")),
        script=Markup(asset("report.js")),
        plotly=Markup(get_plotlyjs()),
    )


def lay_out(contents: Contents) -> Page:
    """Return what the page says, section by section, before it becomes HTML.

    Parameters
    ----------
    contents
        What the run measured and estimated.
    """
    rows = read_rows(contents.effects)
    main = asked_first(contents)
    asked = {q.name for q in main.questions}
    first = rows if main is contents else tuple(r for r in rows if r.question in asked)
    brains = brain_maps(main, first)
    return Page(
        title=contents.trial.name,
        facts=_facts(contents),
        banners=banners(contents),
        blindness=blindness(contents),
        answers=answer_all(contents, rows),
        families=_families(contents, rows),
        truth=truth_table(main, first),
        flow=participant_flow(contents),
        quality=_quality_tables(contents),
        motion=motion(contents),
        trajectories=trajectories(main),
        forests=forests(main, first),
        matrices=matrices(main),
        brains=brains[:MOST_MAPS],
        brains_left=max(0, len(brains) - MOST_MAPS),
        associations=associations(main, first),
        objections=(*objections(main, first), *visit_objections(contents, rows)),
        effects=effects_table(rows),
        tests=sum(row.p == row.p for row in rows),
        methods=write_methods(contents, rows),
    )


def _families(contents: Contents, rows: tuple[EffectRow, ...]) -> tuple[tuple[Question, int], ...]:
    tests = Counter(row.question for row in rows if row.p == row.p)
    return tuple((question, tests[question.name]) for question in contents.questions)


def _facts(contents: Contents) -> tuple[tuple[str, str], ...]:
    design, trial = contents.design, contents.trial
    kind = design.kind if design.kind == "single arm" else f"{design.kind}, {contents.allotment}"
    arms = numbers.listing(list(design.arms)) if design.kind != "single arm" else ""
    tests = int(contents.effects["p"].notna().sum())
    facts = (
        ("Design", kind),
        ("Arms", arms),
        ("Participants", told_people(contents)),
        ("Scans", told_scans(contents) if trial.scans else "none, only tables"),
        ("Questions", f"{len(contents.questions):,}"),
        ("Tests", f"{tests:,}"),
        ("Plan", f"{contents.plan_name} ({contents.plan_hash[:8]})"),
    )
    return tuple(fact for fact in facts if fact[1])


def _quality_tables(contents: Contents) -> tuple[Table, ...]:
    if contents.quality.empty:
        return ()
    frame = with_arm(contents)
    frame = frame.assign(time=[names.time_label(t) or "all" for t in frame["time"]])
    grouped = frame.groupby(["arm", "time"], sort=False)
    summary = grouped.agg(
        people=("participant_id", "nunique"),
        scans=("participant_id", "size"),
        minutes=("retained_minutes", "median"),
        motion=("mean_framewise_displacement", "mean"),
        motion_sd=("mean_framewise_displacement", "std"),
        silent=("regions_without_signal", "sum"),
    ).reset_index()
    summary = _told_summary(summary, contents)
    headings = {
        "arm": "Arm",
        "time": "Time",
        "scans": "Scans",
        "minutes": "Minutes retained, median",
        "motion": "Framewise displacement (mm), mean",
        "motion_sd": "SD",
        "silent": "Regions without signal",
    }
    every = {
        "participant_id": "Participant",
        "arm": "Arm",
        "time": "Time",
        "run": "Run",
        "kind": "Kind",
        "volumes": "Volumes",
        "retained": "Retained",
        "retained_minutes": "Minutes",
        "mean_framewise_displacement": "Framewise displacement (mm)",
        "regions_without_signal": "Regions without signal",
    }
    told = from_frame("quality-summary", "Scans by arm and time", summary, headings)
    if contents.shared is not None:
        return (told,)
    scans = from_frame("quality-scans", "Every scan", frame, every)
    return (told, *_denoising_table(contents), scans)


def _told_summary(summary: pd.DataFrame, contents: Contents) -> pd.DataFrame:
    """Leave out of a shared copy what small groups give."""
    if contents.shared is None:
        return summary
    small = summary["people"] < contents.shared.smallest
    columns = ["minutes", "motion", "motion_sd", "silent"]
    told = summary.astype(dict.fromkeys(columns, float))
    told.loc[small, columns] = float("nan")
    few = contents.shared.count(1)
    scans = [few if s else f"{n}" for s, n in zip(small, summary["scans"], strict=True)]
    return told.assign(scans=scans)


def _denoising_table(contents: Contents) -> tuple[Table, ...]:
    if contents.denoising.empty:
        return ()
    headings = {
        "participant_id": "Participant",
        "session_id": "Session",
        "acquisition": "Acquisition",
        "run": "Run",
        "strategy": "Strategy",
        "regressors": "Regressors",
        "retained": "Volumes retained",
        "degrees_of_freedom": "Degrees of freedom left",
        "lowest_coverage": "Lowest coverage of a region",
        "regions_below_coverage": "Regions left out for low coverage",
    }
    return (from_frame("quality-denoising", "Denoising of images", contents.denoising, headings),)


@cache
def environment() -> Environment:
    """Return what renders the templates: everything that is not marked safe is escaped."""
    environment = Environment(
        loader=PackageLoader("rewire.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = breakable
    environment.filters["typeset"] = typeset
    environment.filters["reference"] = reference
    environment.filters["correction"] = names.correction_label
    environment.filters["p_value"] = numbers.p_value
    environment.filters["sentence_case"] = names.sentence_case
    return environment


@cache
def asset(name: str) -> str:
    """Return a stylesheet or script from the templates."""
    return (resources.files("rewire.report") / "templates" / name).read_text(encoding="utf-8")
