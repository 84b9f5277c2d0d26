"""Participant flow: how many are in at each stage, who is out, and why."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import pandas as pd

from rewire.report import names, numbers
from rewire.report.contents import Contents
from rewire.report.suppression import Sharing, tell_counts
from rewire.report.tables import Table, from_frame

_TIME_POINT = re.compile(r"\b(?:ses|acq)-[A-Za-z0-9]+(?:_acq-[A-Za-z0-9]+)?")


@dataclass(frozen=True, slots=True)
class Box:
    """One arm at one stage: how many are in, and the reasons of those who are out."""

    arm: str
    n: int
    out: tuple[str, ...]
    told: str = ""

    @property
    def count(self) -> str:
        """How many are in, as far as this copy of the report tells it."""
        return self.told or str(self.n)

    @property
    def out_total(self) -> str:
        """How many are out, in words; empty where nobody is."""
        return self.out[0] if self.out else ""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the flow, a box an arm.

    Parameters
    ----------
    name
        What is asked for.
    boxes
        One an arm.
    narrows
        Whether everybody at later stages passed this one; False where the stage says who has
        some data, which others may lack and still be analysed.
    counts
        Whether it only counts those whom it concerns: runs, visits in place of others.
    """

    name: str
    boxes: tuple[Box, ...]
    narrows: bool
    counts: bool = False


@dataclass(frozen=True, slots=True)
class Flow:
    """The stages in order, a description in words, those who are out, and remarks on others."""

    arms: tuple[str, ...]
    stages: tuple[Stage, ...]
    description: str
    table: Table | None
    remarks: Table | None = None


def participant_flow(contents: Contents) -> Flow | None:
    """Return the flow of participants, None where there is no flow table.

    Parameters
    ----------
    contents
        The report's contents.
    """
    frame = contents.flow.fillna("")
    if frame.empty:
        return None
    present = list(dict.fromkeys(frame["arm"].astype(str)))
    ordered = [arm for arm in contents.design.arms if arm in present]
    arms = tuple(ordered + [arm for arm in present if arm not in ordered])
    order = _order(frame)
    stages = []
    for i, name in enumerate(order):
        rows = frame[frame["stage"] == name]
        boxes = tuple(_box(rows, arm) for arm in arms)
        later = _present(frame[frame["stage"].isin(order[i + 1 :])])
        followed = set(frame.loc[frame["stage"].isin(order[i + 1 :]), "participant_id"])
        counts = not followed <= set(rows["participant_id"])
        narrows = later <= _present(rows) and not counts
        stages.append(Stage(_readable(name), boxes, narrows, counts))
    if contents.shared is not None:
        told = _told(tuple(stages), frame, order, contents.shared)
        return Flow(arms, told, _describe(told), None)
    out = frame[frame["status"] == "out"]
    out = out.assign(stage=out["stage"].map(_readable), reason=out["reason"].map(_readable))
    table = None
    if len(out):
        together = {"stage": _join, "reason": _join}
        out = out.groupby(["participant_id", "arm"], sort=False).agg(together).reset_index()
        headings = {
            "participant_id": "Participant",
            "arm": "Arm",
            "stage": "Stage",
            "reason": "Reason",
        }
        table = from_frame("flow-out", "Who is out, where, and why", out, headings)
    return Flow(arms, tuple(stages), _describe(tuple(stages)), table, _remarks(frame))


def _order(frame: pd.DataFrame) -> list[str]:
    """Return the stages in order, though some concern few people: each after what precedes it."""
    order: list[str] = []
    for _, mine in frame.groupby("participant_id", sort=False):
        last = -1
        for stage in mine["stage"].astype(str):
            last = order.index(stage) if stage in order else last + 1
            if last == len(order) or order[last] != stage:
                order.insert(last, stage)
    return order


def _remarks(frame: pd.DataFrame) -> Table | None:
    rows = frame[(frame["status"] == "in") & (frame["reason"] != "")]
    if rows.empty:
        return None
    rows = rows.assign(stage=rows["stage"].map(_readable), reason=rows["reason"].map(_readable))
    headings = {"participant_id": "Participant", "arm": "Arm", "stage": "What", "reason": "How"}
    caption = "Visits taken in place of others, and people treated otherwise than allotted"
    return from_frame("flow-remarks", caption, rows, headings)


def _told(
    stages: tuple[Stage, ...], frame: pd.DataFrame, order: list[str], shared: Sharing
) -> tuple[Stage, ...]:
    """Return the stages without small groups, and so that no difference gives them back."""
    boxes: list[list[Box]] = [[] for _ in stages]
    for lane, arm in enumerate(box.arm for box in stages[0].boxes):
        known = tell_counts([stage.boxes[lane].n for stage in stages], shared.smallest)
        for i, (stage, told) in enumerate(zip(stages, known, strict=True)):
            rows = frame[(frame["stage"] == order[i]) & (frame["arm"] == arm)]
            out = int((rows["status"] == "out").sum())
            gone = shared.count(out) if told.exact else "some"
            few = shared.count(1) if 0 < out < shared.smallest else gone
            box = stage.boxes[lane]
            boxes[i].append(Box(arm, box.n, (f"{few} out",) if out else (), str(told)))
    return tuple(
        Stage(stage.name, tuple(row), stage.narrows, stage.counts)
        for stage, row in zip(stages, boxes, strict=True)
    )


def _join(texts: pd.Series[str]) -> str:
    return "; ".join(dict.fromkeys(texts))


def _present(rows: pd.DataFrame) -> set[str]:
    return set(rows.loc[rows["status"] == "in", "participant_id"].astype(str))


def _readable(text: str) -> str:
    return _TIME_POINT.sub(lambda found: names.time_label(found.group()), str(text))


def _box(rows: pd.DataFrame, arm: str) -> Box:
    mine = rows[rows["arm"] == arm]
    kept = mine.loc[mine["status"] == "in", "participant_id"].nunique()
    gone = mine[mine["status"] == "out"]
    reasons = Counter(str(reason) or "no reason given" for reason in gone["reason"])
    lines = [
        f"{n} {_readable(reason)}"
        for reason, n in sorted(reasons.items(), key=lambda x: (-x[1], x[0]))
    ]
    return Box(arm, int(kept), (f"{len(gone)} out", *lines) if lines else ())


def _describe(stages: tuple[Stage, ...]) -> str:
    lines = []
    for stage in stages:
        parts = [
            f"{box.arm or 'all'} {box.count} in" + (f", {box.out_total}" if box.out else "")
            for box in stage.boxes
        ]
        lines.append(f"{stage.name}: {numbers.listing(parts)}.")
    return " ".join(lines)
