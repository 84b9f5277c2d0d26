"""Several runs of a session: what stands for them, and how many there are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from rewire.core.errors import UsageError
from rewire.core.schedule import RunRule
from rewire.core.types import FloatArray, Measurement, ScanRecord, Timepoint, Trial
from rewire.numerics.repeats import combine_runs

BY_LENGTH = ("longest", "weighted")
"""The rules that need to know how long runs are."""


def combine_records(
    measurement: Measurement, rows: npt.NDArray[np.int64], values: FloatArray, rule: RunRule
) -> FloatArray:
    """Return the values of scans with one value for the runs of a session and acquisition.

    Parameters
    ----------
    measurement
        Its coordinates say whose scans they are, and of which session, acquisition and run.
    rows
        Which of its scans, shape (scans,).
    values
        Their values, shape (scans, cells).
    rule
        How runs are combined, and which sessions never count.

    Returns
    -------
    ndarray
        Shape (scans, cells). Under ``mean`` the values themselves, over which the mean is taken
        later; else the value at one run of each visit and NaN at the others.
    """
    data = measurement.data
    named = {
        c: data[c].to_numpy().astype(str)[rows]
        for c in ("participant_id", "session_id", "acquisition", "run")
    }
    if rule.left_out:
        out = np.isin(named["session_id"], sorted(rule.left_out))
        values = np.where(out[:, None], np.nan, values)
    if rule.combine == "mean" or not named["run"].astype(bool).any():
        return values
    ids = data["scan"].to_numpy().astype(str)[rows] if "scan" in data.coords else named["run"]
    minutes = np.array([rule.minutes.get(str(i), np.nan) for i in ids], dtype=np.float64)
    keys = list(zip(*(named[c] for c in list(named)[:3]), strict=True))
    number = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    visit = np.array([number[key] for key in keys], dtype=np.int64)
    labels = named["run"].tolist()
    order = sorted(range(len(rows)), key=lambda i: run_order(labels[i]))
    found = np.empty_like(values)
    found[order] = combine_runs(values[order], visit[order], minutes[order], rule.combine)
    return found


def run_order(run: str) -> tuple[tuple[int, int, str], ...]:
    """Return what runs are sorted by: numbers as numbers, no label before any.

    Examples
    --------
    >>> sorted(["10", "2", "", "1b"], key=run_order)
    ['', '1b', '2', '10']
    """
    return tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part)
        for part in re.split(r"(\d+)", run)
        if part
    )


def scan_minutes(scans: Sequence[ScanRecord], quality: pd.DataFrame) -> dict[str, float]:
    """Return the retained minutes of each scan by its id.

    Parameters
    ----------
    scans
        What was recorded.
    quality
        Columns of :data:`rewire.core.schema.QUALITY_COLUMNS`, in the order of the scans; scans
        of several tasks may stand under the same labels.
    """
    columns = ("participant_id", "session_id", "acquisition", "run", "kind", "retained_minutes")
    held: dict[tuple[str, ...], list[float]] = {}
    for *key, minutes in quality[list(columns)].fillna({"retained_minutes": np.nan}).to_numpy():
        held.setdefault(tuple(map(str, key)), []).append(float(minutes))
    found = {}
    for r in scans:
        mine = held.get((r.participant, r.session, r.acquisition, r.run, r.kind), [])
        found[r.id] = mine.pop(0) if mine else float("nan")
    return found


def refuse_unknown_lengths(trial: Trial, rule: RunRule) -> None:
    """Stop where runs are to be weighed by their length and some length is not known.

    Raises
    ------
    UsageError
        Naming every such run.
    """
    if rule.combine not in BY_LENGTH:
        return
    several = Counter(_visit(r) for r in trial.scans)
    unknown = [
        r.label
        for r in trial.scans
        if several[_visit(r)] > 1 and not np.isfinite(rule.minutes.get(r.id, np.nan))
    ]
    if unknown:
        raise UsageError(
            f"[runs] combine = '{rule.combine}' needs the length of every run, which is unknown "
            f"for {', '.join(unknown)}. Give RepetitionTime in their sidecars, or choose mean, "
            "first or last."
        )


def run_counts(trial: Trial) -> pd.DataFrame:
    """Return how many runs each person has of each session, acquisition and task.

    Parameters
    ----------
    trial
        Without the scans that are left out.

    Returns
    -------
    pandas.DataFrame
        Columns ``participant_id``, ``session_id``, ``time`` (as :class:`Timepoint` writes it, with
        the task where there are several) and ``runs``; only time points of which somebody has
        several runs.
    """
    counted = Counter(_visit(r) for r in trial.scans)
    tasks = {task for *_, task in counted}
    rows = []
    for (person, session, acquisition, _, task), n in counted.items():
        time = str(Timepoint(session, acquisition))
        label = f"{time} task-{task}".strip() if task and len(tasks) > 1 else time
        rows.append((person, session, label, n))
    frame = pd.DataFrame(rows, columns=["participant_id", "session_id", "time", "runs"])
    most = frame.groupby("time")["runs"].transform("max") if len(frame) else frame["runs"]
    return frame[most > 1].reset_index(drop=True)


def _visit(record: ScanRecord) -> tuple[str, str, str, str, str]:
    return (record.participant, record.session, record.acquisition, record.kind, record.task)
