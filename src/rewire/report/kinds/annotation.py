"""Whether the map of a change follows receptors: over participants and over space."""

from __future__ import annotations

import pandas as pd

from rewire.core.questions import Question
from rewire.core.schema import EFFECT_COLUMNS, EFFECT_TEXT
from rewire.report import names, numbers
from rewire.report.contents import Contents
from rewire.report.figures.annotation import both_nulls
from rewire.report.figures.brain_views import plain_map
from rewire.report.figures.theme import Figure
from rewire.report.kinds.annotation_beside import beside, of_question, same_test, tests_of, title_of
from rewire.report.phrases import arms_of, where
from rewire.report.rows import EffectRow, Evidence, read_rows
from rewire.report.tables import Column, Table, build, number, p_cell, whole, words
from rewire.report.wording import Exhibit, Wording

_TABLE = "annotation"
_BEFORE = {
    Evidence.UNADJUSTED: ": over participants p is below .05 only before adjustment over all maps",
    Evidence.NOT_ADJUSTED: ": over participants p is below .05, but no null map could be held "
    "against it",
}
"""What is said beside no evidence, of a p over participants that falls short of a claim."""


def finding(row: EffectRow, question: Question, contents: Contents) -> str:
    """Return whether a change followed a map, and which of both nulls failed where it did not."""
    what, name = f"the change in {names.measure_label(row.measure)}", subject(row)
    if row.contrast and not row.arm:
        what = f"the difference in {what} between {arms_of(row)}"
    told = _told(row, contents)
    which = "" if told is None else str(told["holds"])
    if row.evidence is Evidence.CLEAR:
        way = "higher" if row.estimate > 0 else "lower"
        return (
            f"{where(row)}{what} was {way} where {name} is high, over participants and "
            "beyond maps as smooth"
        )
    failed = {
        "participants alone": ": participants agree, but maps as smooth follow it as closely",
        "space alone": ": the map is more alike than maps as smooth, but participants do not agree",
        "both, in opposite directions": ": participants and the group's map point in opposite "
        "directions",
    }.get(which) or _BEFORE.get(row.evidence, "")
    return f"{where(row)}there was no evidence that {what} follows {name}{failed}"


def subject(row: EffectRow) -> str:
    """Return the name of the annotation."""
    return row.level.partition("map=")[2] or "an annotation"


def _told(row: EffectRow, contents: Contents) -> pd.Series | None:
    table = contents.tables.get(_TABLE)
    if table is None:
        return None
    same = (
        (table["question"] == row.question)
        & (table["measure"] == row.measure)
        & (table["session"] == row.session)
        & (table["acquisition"] == row.acquisition)
        & (table["arm"] == row.arm)
        & (table["contrast"] == row.contrast)
        & (table["map"] == subject(row))
    )
    return table[same].iloc[0] if same.any() else None


def exhibits(
    question: Question, rows: tuple[EffectRow, ...], contents: Contents
) -> tuple[Exhibit, ...]:
    """Return each map of a change, both nulls, and what the question asks beside."""
    mine = of_question(question, contents, "annotation")
    if mine.empty:
        return ()
    people = of_question(question, contents, "annotation_people")
    figures: list[Figure] = []
    for i, (key, part) in enumerate(tests_of(mine), 1):
        title = title_of(part)
        drawn = _change_map(f"annotation-map-{question.name}-{i}", title, (question, key), contents)
        figures += [drawn] if drawn is not None else []
        same = same_test(people, key)
        identity = f"annotation-nulls-{question.name}-{i}"
        figures.append(both_nulls(identity, f"{title}, beside annotations", part, same))
    lines = (
        "A map is claimed only where both hold: over participants (sign flips or labels), which "
        "asks whether the treatment did it, and over null maps, which asks whether it is this map "
        "rather than any as smooth. Both p are against the most extreme of all maps; over space "
        "Bonferroni's adjustment holds for several measures or arms.",
        f"Null maps: {numbers.listing(sorted(set(mine['nulls'])))}.",
        *_few(mine),
    )
    both = Exhibit(
        "Over participants and over space", lines, tuple(figures), (_both(question, mine),)
    )
    return (both, *beside(question, contents))


def _few(frame: pd.DataFrame) -> tuple[str, ...]:
    """Say what a small number of people can show at all."""
    n = int(frame["n"].max())
    if n >= 20:
        return ()
    return (
        f"At most {numbers.count(n, 'participant')}: what is not found here may well be there, and "
        "an interval says more than a p.",
    )


def _change_map(
    identity: str, title: str, which: tuple[Question, tuple[str, ...]], contents: Contents
) -> Figure | None:
    question, key = which
    frame = same_test(of_question(question, contents, "annotation_maps"), key)
    if frame.empty:
        return None
    columns = {c: "" if c in EFFECT_TEXT else float("nan") for c in EFFECT_COLUMNS}
    held = {c: frame[c] for c in frame.columns if c in EFFECT_COLUMNS and c != "network"}
    rows = read_rows(pd.DataFrame({**columns, **held}, index=frame.index))
    return plain_map(identity, title, rows, contents.trial)


def _both(question: Question, frame: pd.DataFrame) -> Table:
    columns = (
        Column("Measure"),
        Column("Arm"),
        Column("Annotation"),
        Column("n", numeric=True),
        Column("Regions", numeric=True),
        Column("Slope per SD", numeric=True),
        Column("p, participants", numeric=True),
        Column("r over regions", numeric=True),
        Column("p, space", numeric=True),
        Column("Holds"),
        Column("Source", detail=True),
    )
    rows = [
        (
            words(names.measure_label(r["measure"])),
            words(r["arm"] or r["contrast"]),
            words(r["map"]),
            whole(r["n"]),
            whole(r["regions"]),
            number(r["slope"]),
            p_cell(r["p_participants_max"]),
            number(r["r"]),
            p_cell(r["p_space_max"]),
            words(r["holds"]),
            words(r["source"]),
        )
        for _, r in frame.iterrows()
    ]
    return build(f"annotation-{question.name}", "Each map, both nulls", columns, rows)


WORDING = Wording(
    label="slope on an annotation",
    noun="a change in {measure} that follows a map",
    symbol="slope per SD of the annotation",
    planned="slopes of participants' maps on each annotation, by permutation over participants, "
    "and correlation of the group's map against null maps; a claim needs both",
    method="The map of a change was held against annotations twice: each participant's slope on "
    "the annotation was tested by permutation over participants, and the group's map was "
    "correlated with the annotation against null maps as smooth as itself; an annotation was "
    "claimed only where both p, each against the most extreme of all maps, were below .05",
    finding=finding,
    subject=subject,
    exhibits=exhibits,
)
