"""What a question about annotations shows beside: dominance, networks, partial maps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from rewire.core.questions import Question
from rewire.report import names, numbers
from rewire.report.contents import Contents
from rewire.report.figures.annotation import dominance_wheel, network_bars
from rewire.report.figures.theme import Figure
from rewire.report.tables import from_frame
from rewire.report.wording import Exhibit

_KEY = ("measure", "session", "acquisition", "arm", "contrast")
_WHO = {"Measure": "Measure", "Arm": "Arm"}
_HOLDS = {
    "n": "n",
    "p_participants_max": "p, participants",
    "p_space_max": "p, space",
    "holds": "Holds",
}
_DOMINANCE = {
    **_WHO, "map": "Annotation", "dominance": "Adds to R2", "share": "Share of R2",
    "null_high": "95th percentile of null maps", "p_space_max": "p, space",
    "joint_slope": "Joint slope per SD", "n": "n", "p_participants_max": "p, participants",
    "status": "Status",
}  # fmt: skip
_NETWORKS = {
    **_WHO, "network": "Network", "regions": "Regions", "excess": "Excess", "ci_low": "CI low",
    "ci_high": "CI high", **_HOLDS,
}  # fmt: skip
_PARTIAL = {
    **_WHO, "map": "Annotation", "given": "Held fixed", "regions": "Regions",
    "slope": "Slope per SD", "r": "Partial r", **_HOLDS,
}  # fmt: skip


def of_question(question: Question, contents: Contents, name: str) -> pd.DataFrame:
    """Return the rows of a table that belong to a question; no rows where there is no table."""
    table = contents.tables.get(name)
    if table is None:
        return pd.DataFrame()
    text = table.select_dtypes(exclude="number").columns
    return table[table["question"] == question.name].fillna(dict.fromkeys(text, ""))


def tests_of(frame: pd.DataFrame) -> list[tuple[tuple[str, ...], pd.DataFrame]]:
    """Return the rows of each test, in the order they come."""
    keys = list(dict.fromkeys(frame[list(_KEY)].itertuples(index=False, name=None)))
    return [(key, same_test(frame, key)) for key in keys]


def same_test(frame: pd.DataFrame, key: tuple[str, ...]) -> pd.DataFrame:
    """Return the rows of one test."""
    if frame.empty:
        return frame
    same = np.ones(len(frame), dtype=np.bool_)
    for column, value in zip(_KEY, key, strict=True):
        same &= (frame[column] == value).to_numpy(dtype=bool)
    return frame[same]


def title_of(part: pd.DataFrame) -> str:
    """Return what a test is called: its measure, and the arm or contrast."""
    first = part.iloc[0]
    who = str(first["arm"] or first["contrast"]).replace(" - ", f" {numbers.MINUS} ")
    measure = names.sentence_case(names.measure_label(str(first["measure"])))
    return f"{measure}, {who}" if who else measure


def beside(question: Question, contents: Contents) -> tuple[Exhibit, ...]:
    """Return what the question's option ``beside`` asks for."""
    made = (_dominance(question, contents), _networks(question, contents))
    return tuple(e for e in (*made, _partial(question, contents)) if e is not None)


def _dominance(question: Question, contents: Contents) -> Exhibit | None:
    frame = of_question(question, contents, "annotation_dominance")
    if frame.empty:
        return None
    known = frame[np.isfinite(frame["dominance"])]
    figures = _figures(known, f"annotation-dominance-{question.name}", dominance_wheel)
    lines = [
        "Smooth maps explain much of any smooth map: R2 means little without its null maps. What "
        "an annotation adds does not show that the treatment acts there.",
        *(_explained(part) for _, part in tests_of(known)),
    ]
    table = from_frame(
        f"annotation-dominance-table-{question.name}",
        "What each annotation adds",
        _named(frame),
        _DOMINANCE,
    )
    return Exhibit("Annotations together", tuple(lines), figures, (table,))


def _explained(part: pd.DataFrame) -> str:
    first = part.iloc[0]
    found = (
        f"{title_of(part)}: {numbers.count(len(part), 'annotation')} together explain "
        f"R2 = {numbers.plain(first['r2'])} of the map; of null maps they explain "
        f"{numbers.plain(first['r2_null_median'])} at the median and "
        f"{numbers.plain(first['r2_null_high'])} at the 95th percentile "
        f"({numbers.p_phrase(first['p_r2'])})."
    )
    if np.isnan(first["far_r"]):
        return found
    return (
        f"{found} Learnt from the nearest three quarters of regions, the farthest are predicted "
        f"with r = {numbers.plain(first['far_r'])} at the median over regions "
        f"({numbers.p_phrase(first['p_far'])} over null maps)."
    )


def _networks(question: Question, contents: Contents) -> Exhibit | None:
    frame = of_question(question, contents, "annotation_networks")
    if frame.empty:
        return None
    figures = _figures(frame, f"annotation-networks-{question.name}", network_bars)
    lines = (
        "The change of a network less the mean change of all regions, so that a change that is "
        "everywhere the same belongs to none. Excesses of all networks, weighted by their "
        "regions, sum to 0: one network's rise makes others fall.",
    )
    table = from_frame(
        f"annotation-networks-table-{question.name}",
        "Networks, both nulls",
        _named(frame),
        _NETWORKS,
    )
    return Exhibit("Which networks hold the change", lines, figures, (table,))


def _partial(question: Question, contents: Contents) -> Exhibit | None:
    frame = of_question(question, contents, "annotation_partial")
    if frame.empty:
        return None
    lines = (
        "Each annotation where what is named is held fixed. Null maps are made of what is left of "
        "the change, and cleared in the same way.",
    )
    table = from_frame(
        f"annotation-partial-table-{question.name}",
        "Annotations with others held fixed",
        _named(frame),
        _PARTIAL,
    )
    return Exhibit("With others held fixed", lines, (), (table,))


def _figures(
    frame: pd.DataFrame, identity: str, draw: Callable[[str, str, pd.DataFrame], Figure]
) -> tuple[Figure, ...]:
    return tuple(
        draw(f"{identity}-{i}", title_of(part), part)
        for i, (_, part) in enumerate(tests_of(frame), 1)
    )


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    who = [str(a or c) for a, c in zip(frame["arm"], frame["contrast"], strict=True)]
    measures = [names.measure_label(str(m)) for m in frame["measure"]]
    return frame.assign(Measure=measures, Arm=who)
