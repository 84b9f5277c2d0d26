"""Whether people moved more in one arm or at one session than in another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

from rewire.core.errors import Fault
from rewire.core.types import FloatArray, Trial
from rewire.trial.quality import ScanQuality
from rewire.trial.tables import shown

ALPHA = 0.05
"""Two-sided p below which a difference in motion is worth a warning; nothing is corrected."""

_FEWEST = 3


def judge_motion_balance(trial: Trial, scans: Sequence[ScanQuality]) -> tuple[Fault, ...]:
    """Compare framewise displacement between arms at each time and between times within people.

    Arms are compared by the Mann-Whitney test at each session and acquisition and in their
    change, times by the Wilcoxon signed-rank test, all two-sided. Runs are averaged first.

    Parameters
    ----------
    trial
        The trial, for the arms.
    scans
        What the scans are worth.

    Returns
    -------
    tuple of Fault
        A warning with p for every comparison below :data:`ALPHA`.
    """
    known = [q for q in scans if np.isfinite(q.displacement)]
    if not known:
        return ()
    arm = dict(zip(trial.participants["participant_id"], trial.participants["arm"], strict=True))
    order = list(dict.fromkeys(trial.sessions["session_id"]))
    frame = pd.DataFrame(
        {
            "participant": [q.record.participant for q in known],
            "time": [_time(q) for q in known],
            "rank": [
                order.index(q.record.session) if q.record.session in order else -1 for q in known
            ],
            "value": [q.displacement for q in known],
        }
    )
    times = list(dict.fromkeys(frame.sort_values(["rank", "time"])["time"]))
    wide = frame.pivot_table(index="participant", columns="time", values="value")
    arms = pd.Series({p: str(arm.get(p, "")) for p in wide.index})
    return (*_between_arms(wide, arms, times), *_between_times(wide, times))


def _time(quality: ScanQuality) -> str:
    record = quality.record
    parts = (record.session, f"acq-{record.acquisition}" if record.acquisition else "")
    return " ".join(p for p in parts if p) or "the only session"


def _between_arms(wide: pd.DataFrame, arms: pd.Series, times: Sequence[str]) -> Iterator[Fault]:
    columns = {time: wide[time] for time in times}
    for first, second in combinations(times, 2):
        columns[f"{second} minus {first}"] = wide[second] - wide[first]
    for label, values in columns.items():
        for one, other in combinations(sorted(set(arms) - {""}), 2):
            a, b = (_known(values[arms == x]) for x in (one, other))
            if min(len(a), len(b)) < _FEWEST:
                continue
            p = float(stats.mannwhitneyu(a, b, alternative="two-sided").pvalue)
            if p < ALPHA:
                yield _fault(
                    label,
                    f"differs between {shown(one)} ({np.median(a):.3f}) and {shown(other)} "
                    f"({np.median(b):.3f}; Mann-Whitney p = {p:.3g})",
                )


def _between_times(wide: pd.DataFrame, times: Sequence[str]) -> Iterator[Fault]:
    for first, second in combinations(times, 2):
        both = wide[[first, second]].dropna()
        change = _known(both[second] - both[first])
        if len(change) < _FEWEST or not np.any(change):
            continue
        p = float(stats.wilcoxon(change, alternative="two-sided").pvalue)
        if p < ALPHA:
            yield _fault(
                f"{second} and {first}",
                f"changes by {np.median(change):+.3f} mm within people (Wilcoxon p = {p:.3g})",
            )


def _known(values: pd.Series) -> FloatArray:
    array = np.asarray(values.to_numpy(), dtype=np.float64)
    return array[np.isfinite(array)]


def _fault(label: str, what: str) -> Fault:
    return Fault(
        "warning",
        "motion-differs",
        shown(label),
        f"median framewise displacement {what}.",
        "Adjust for motion, or show that the result does not follow it.",
    )
