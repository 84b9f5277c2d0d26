"""Whether results hang on one person, on edge density or on an unreliable measure."""

from __future__ import annotations

import pandas as pd

from rewire.report import names, numbers
from rewire.report.contents import Contents
from rewire.report.kinds import wording
from rewire.report.objection import Objection
from rewire.report.tables import from_frame


def influence(contents: Contents) -> Objection | None:
    """Return the objection about influence, None where this run has nothing on it."""
    frame = contents.influence
    if frame.empty:
        return None
    verdicts = frame["verdict"].fillna("").astype(str)
    crossing = (frame["p_lowest"] < 0.05) & (frame["p_highest"] >= 0.05)
    places = frame[["region", "network", "network2"]].fillna("")
    whole = (places == "").all(axis=1)
    shown = frame.assign(
        _crossing=~crossing,
        _whole=~whole,
        place=_join(places),
        what=[wording(kind).label for kind in frame["kind"]],
        range=_ranges(frame),
        response=_responses(frame, contents),
    )
    ranked = shown.sort_values(["_whole", "_crossing"], kind="stable")
    ranked = ranked[(whole | crossing).reindex(ranked.index)]
    headings = {
        "what": "Effect",
        "response": "Response",
        "session": "Time",
        "arm": "Arm",
        "place": "Where",
        "level": "Level",
        "n": "n",
        "estimate": "Estimate",
        "p": "p",
        "participant_id": "Most influential",
        "estimate_without": "Estimate without",
        "p_without": "p without",
        "range": "p, range",
    }
    n = int(crossing.sum())
    if contents.shared is not None:
        told = (
            f"Leaving out one participant at a time: in {n:,} of "
            f"{numbers.count(len(verdicts), 'test')} the absence of a single person carries p "
            "across .05. Who that is, and what is left without them, is not in a shared copy."
        )
        return Objection("Does it hang on one person?", (told,))
    table = from_frame("influence", "Leaving out one participant at a time", ranked, headings)
    line = (
        f"Leaving out one participant at a time: in {n:,} of "
        f"{numbers.count(len(verdicts), 'test')} "
        "the absence of a single person carries p across .05. The table holds the whole-brain "
        "tests and those; every test is in effects/influence.tsv."
    )
    return Objection("Does it hang on one person?", (line,), table)


def _ranges(frame: pd.DataFrame) -> list[str]:
    ends = zip(frame["p_lowest"], frame["p_highest"], strict=True)
    return [
        "" if low != low else f"{numbers.p_value(low)} to {numbers.p_value(high)}"
        for low, high in ends
    ]


def _join(places: pd.DataFrame) -> list[str]:
    rows = places.astype(str).itertuples(index=False)
    return ["\N{EN DASH}".join(part for part in row if part) for row in rows]


def _responses(frame: pd.DataFrame, contents: Contents) -> list[str]:
    pairs = zip(frame["measure"].fillna(""), frame["outcome"].fillna(""), strict=True)
    return [
        ", ".join(
            part
            for part in (
                names.measure_label(str(measure)) if measure else "",
                names.scale_label(str(outcome), contents.trial.scales) if outcome else "",
            )
            if part
        )
        for measure, outcome in pairs
    ]


def density(contents: Contents) -> Objection | None:
    """Return the objection about density, None where this run has nothing on it."""
    frame = contents.density
    if frame.empty:
        return None
    headings = {
        "measure": "Measure",
        "level": "Null model",
        "against": "Against",
        "n": "Scans",
        "spearman": "Spearman's \N{GREEK SMALL LETTER RHO}",
        "status": "Status",
    }
    lines = (
        (
            "Modularity divided by that of a rewired graph follows edge density where "
            "the graph is dense: few swaps are possible, the null equals the data and "
            "the ratio tends to 1. A correlation far from zero here means that a change "
            "in density can pass for a change in modularity."
        ),
    )
    table = from_frame(
        "density", "Normalised measures against edge density over scans", frame, headings
    )
    return Objection("Is it edge density?", lines, table)


def reliability(contents: Contents) -> Objection | None:
    """Return the objection about reliability, None where this run has nothing on it."""
    frame = contents.reliability
    if frame.empty:
        return None
    whole = frame
    for place in ("region", "network", "network2"):
        if place in whole:
            whole = whole[whole[place].fillna("") == ""]
    if whole.empty:
        return None
    headings = {
        "measure": "Measure",
        "level": "Level",
        "pairs": "Pairs of scans",
        "n": "n",
        "icc21": "ICC(2,1)",
        "icc21_low": "CI low",
        "icc21_high": "CI high",
        "icc31": "ICC(3,1)",
        "icc31_low": "CI low ",
        "icc31_high": "CI high ",
        "minimal_detectable_change": "Minimal detectable change",
        "status": "Status",
    }
    lines = (
        (
            "From scans between which nobody was treated. A minimal detectable change is "
            "about one person, never about the mean of a group."
        ),
    )
    table = from_frame("reliability", "Test-retest reliability of untreated pairs", whole, headings)
    return Objection("Is the measure reliable?", lines, table)
