"""Whether a measure repeats within a scan, who changed reliably, and what follows motion."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from rewire.report import names, numbers
from rewire.report.objection import Objection
from rewire.report.tables import from_frame

_PLACES = ("region", "network", "network2", "state")
_MOST_SENTENCES = 8
_MOST_CELLS = 60


def split_half(frame: pd.DataFrame) -> Objection | None:
    """Return the objection about repeatability within a scan, None where nothing was halved.

    Parameters
    ----------
    frame
        Columns of :data:`rewire.effects.split_half.SPLIT_HALF_COLUMNS`.
    """
    if frame.empty:
        return None
    known = frame[frame["reliability"].notna()]
    poor = int((known["reliability"] < 0.5).sum())
    line = (
        "Every scan was halved and each half measured by itself. Reliability is that of the whole "
        "scan, stepped up from the correlation of the halves (Spearman and Brown); the ICC is "
        "that of single halves. "
        f"In {poor:,} of {numbers.count(len(known), 'estimate')} reliability is below .5: noise "
        "then hides more than half of what differs between people. Both halves are of one "
        "day: what varies from day to day is not in these numbers."
    )
    headings = {
        "label": "Measure",
        "place": "Where",
        "level": "Level",
        "time": "Time",
        "n": "n",
        "reliability": "Reliability",
        "reliability_low": "CI low",
        "reliability_high": "CI high",
        "r": "r of the halves",
        "icc21": "ICC(2,1)",
        "icc21_low": "CI low ",
        "icc21_high": "CI high ",
        "status": "Status",
    }
    caption = "Split-half reliability; every region is in effects/split_half.tsv"
    table = from_frame("split-half", caption, _shown(frame), headings)
    return Objection("Does the measure repeat within a scan?", (line,), table)


def reliable_change(frame: pd.DataFrame) -> Objection | None:
    """Return the objection about single people, None where no retest error is known.

    Parameters
    ----------
    frame
        Columns of :data:`rewire.effects.reliable_change.RELIABLE_CHANGE_COLUMNS`.
    """
    known = frame[frame["rose"].notna()]
    if known.empty:
        return None
    shown = _shown(known)
    whole = shown[shown["place"] == ""]
    lines = [
        "A minimal detectable change is about one person, never about the mean of a group: people "
        "are counted who changed by more than retest error explains, and beside them how many "
        "would by that error alone.",
        *(_sentence(row) for row in whole.head(_MOST_SENTENCES).to_dict("records")),
    ]
    if known["pairs"].str.contains(": runs ").any():
        lines.append(
            "Where the error is from runs of one session it lacks what varies from day to day, "
            "and too many people seem to change."
        )
    headings = {
        "label": "Measure",
        "place": "Where",
        "level": "Level",
        "time": "Time",
        "arm": "Arm",
        "n": "n",
        "rose": "Rose",
        "fell": "Fell",
        "expected": "By error alone",
        "minimal_detectable_change": "Minimal detectable change",
        "pairs": "Error from",
    }
    caption = "People with reliable change; every region is in effects/reliable_change.tsv"
    table = from_frame("reliable-change", caption, shown, headings)
    return Objection("Who changed by more than measurement error?", tuple(lines), table)


def motion(frame: pd.DataFrame) -> Objection | None:
    """Return the objection about head motion, None where no motion is known.

    Parameters
    ----------
    frame
        Columns of :data:`rewire.effects.motion.MOTION_COLUMNS`.
    """
    if frame.empty:
        return None
    within = frame[(frame["over"] == "within people") & frame["ci_low"].notna()]
    follows = int(((within["ci_low"] > 0) | (within["ci_high"] < 0)).sum())
    lines = (
        "Correlation with mean framewise displacement. Within people is what matters for change: "
        "it says whether a person's measure differs between scans as that person's motion does. "
        f"There the interval leaves out 0 in {follows:,} of "
        f"{numbers.count(len(within), 'estimate')}; about {0.05 * len(within):,.0f} would by "
        "chance. Over single scans there is no interval where people have several, since those "
        "are not independent.",
    )
    headings = {
        "label": "Measure",
        "place": "Where",
        "level": "Level",
        "over": "Over",
        "n": "n",
        "r": "r",
        "ci_low": "CI low",
        "ci_high": "CI high",
        "status": "Status",
    }
    caption = "Measures against motion; every region is in effects/motion.tsv"
    table = from_frame("motion-sensitivity", caption, _shown(frame), headings)
    return Objection("Is it motion?", lines, table)


def _sentence(row: Mapping[Hashable, Any]) -> str:
    arm = names.arm_label(str(row["arm"]))
    level = names.level_label(str(row["level"] or ""))
    what = f"{row['label']}{f' ({level})' if level else ''}"
    rose, fell, n = (int(float(str(row[key]))) for key in ("rose", "fell", "n"))
    chance = numbers.fixed(float(str(row["expected"])), 1)
    return (
        f"{names.sentence_case(str(what))}, {row['time']}, {arm}: of {n} people {rose} rose and "
        f"{fell} fell reliably; about {chance} would by retest error alone."
    )


def _shown(frame: pd.DataFrame) -> pd.DataFrame:
    """Label rows and keep those of whole-brain quantities and of those with few cells."""
    places = frame[[p for p in _PLACES if p in frame]].fillna("").astype(str)
    cells = frame.groupby("measure")["status"].transform("size")
    few = (cells <= _MOST_CELLS) | (places == "").all(axis=1)
    shown = frame.assign(
        label=[names.measure_label(str(m)) for m in frame["measure"]],
        place=["\N{EN DASH}".join(p for p in row if p) for row in places.itertuples(index=False)],
    )
    if "session" in frame:
        shown["time"] = _times(frame)
    return shown[few.to_numpy(dtype=np.bool_)]


def _times(frame: pd.DataFrame) -> list[str]:
    pairs = zip(frame["session"].fillna(""), frame["acquisition"].fillna(""), strict=True)
    texts = ["_".join(p for p in (s, f"acq-{a}" if a else "") if p) for s, a in pairs]
    return [names.time_label(text) if text else "" for text in texts]
