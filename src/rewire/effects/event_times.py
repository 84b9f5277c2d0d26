"""Days to the first adverse event, by arm."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rewire.core.types import FloatArray
from rewire.effects.answering import Asking, KindTable
from rewire.effects.occurrences import emergent_events
from rewire.numerics.estimates import BoolArray
from rewire.numerics.time_to_event import (
    compare_restricted_means,
    fit_hazard_ratio,
    kaplan_meier,
    log_rank,
)
from rewire.plan.options.harms import HarmsOptions

_CURVES = (
    "Share of people without any adverse event over the days after the first dose (Kaplan-Meier, "
    "intervals by log-log of Greenwood's variance), one row a day on which events began; at_risk "
    "and events are counts of people."
)
_TESTS = (
    "Days to the first adverse event compared between arms: log-rank test, difference of the mean "
    "days without an event up to the horizon (arm less reference), hazard ratio (Cox, Efron)."
)


@dataclass(frozen=True, slots=True, eq=False)
class FirstEvents:
    """Days to the first adverse event or to the end of follow-up.

    Parameters
    ----------
    days
        Shape (people,); NaN where the day of the first event or of the end is not known.
    event
        Whether it ended in an event, shape (people,).
    reasons
        What was assumed, and who is left out.
    """

    days: FloatArray
    event: BoolArray
    reasons: tuple[str, ...]


def first_events(asking: Asking, options: HarmsOptions) -> FirstEvents | None:
    """Return everybody's days to the first adverse event, None where no day is recorded.

    A person of whose events one has no day is left out: it may have been the first. An event
    after the end of follow-up does not count.
    """
    rows, _ = emergent_events(asking)
    if rows.empty or not rows["days"].notna().any():
        return None
    n = len(asking.cohort.people)
    person, day = rows["person"].to_numpy(dtype=np.int64), rows["days"].to_numpy(dtype=np.float64)
    first = np.full(n, np.inf)
    np.minimum.at(first, person, np.where(np.isfinite(day), day, np.inf))
    end, reasons = _followed(asking, options, float(np.nanmax(day)))
    undated = np.zeros(n, dtype=np.bool_)
    undated[person[~np.isfinite(day)]] = True
    if undated.any():
        reasons = (*reasons, f"{int(undated.sum())} with an event of unknown day are left out of "
                   "the times to the first event")  # fmt: skip
    event = first <= end
    days = np.where(undated, np.nan, np.where(event, first, end))
    return FirstEvents(days, event & ~undated, reasons)


def _followed(
    asking: Asking, options: HarmsOptions, latest: float
) -> tuple[FloatArray, tuple[str, ...]]:
    people = list(asking.cohort.people)
    if options.followed:
        table = asking.trial.participants.set_index("participant_id")[options.followed]
        end = pd.to_numeric(table.reindex(people), errors="coerce").to_numpy(dtype=np.float64)
        lost = int((~np.isfinite(end)).sum())
        return end, (f"{lost} have no days of follow-up in {options.followed}",) if lost else ()
    if options.follow_up is not None:
        return np.full(len(people), options.follow_up), ()
    sessions = asking.trial.sessions["days"].to_numpy(dtype=np.float64)
    last = float(np.max(np.append(sessions[np.isfinite(sessions)], latest)))
    why = f"nobody's follow-up is known: times to the first event take {last:g} days for everybody"
    return np.full(len(people), last), (why,)


def time_tables(asking: Asking, found: FirstEvents) -> tuple[KindTable, ...]:
    """Return the curves of the arms, and the arms compared."""
    cohort, confidence = asking.cohort, asking.inference.confidence
    members = {arm: cohort.members(arm) & np.isfinite(found.days) for arm in cohort.arms}
    curves = {
        arm: kaplan_meier(found.days[who], found.event[who], confidence)
        for arm, who in members.items()
    }
    rows = []
    for arm, curve in curves.items():
        steps = [(0.0, float(curve.n), 0.0, 1.0, math.nan, math.nan)]
        columns = (curve.time, curve.at_risk, curve.events, curve.free, curve.ci_low, curve.ci_high)
        steps += zip(*(column.tolist() for column in columns), strict=True)
        steps += [(curve.last, math.nan, 0.0, *steps[-1][3:])]
        rows += [(asking.question.name, arm, *step) for step in steps]
    named = ["question", "arm", "days", "at_risk", "events", "free", "ci_low", "ci_high"]
    frame = pd.DataFrame(rows, columns=named)
    tests = [_compared(asking, found, (a, b)) for a, b in cohort.contrasts()]
    return (
        KindTable("time_to_event", _CURVES, frame),
        KindTable("time_to_event_tests", _TESTS, pd.DataFrame(tests, columns=list(_TEST_COLUMNS))),
    )


_TEST_COLUMNS = (
    "question", "contrast", "n", "events", "log_rank_chi_square", "log_rank_p", "horizon_days",
    "mean_difference", "ci_low", "ci_high", "mean_p", "hazard_ratio", "hazard_ratio_low",
    "hazard_ratio_high", "hazard_ratio_p", "status",
)  # fmt: skip


def _compared(asking: Asking, found: FirstEvents, arms: tuple[str, str]) -> tuple[object, ...]:
    cohort, confidence = asking.cohort, asking.inference.confidence
    known = np.isfinite(found.days)
    own, other = (cohort.members(arm) & known for arm in arms)
    both = own | other
    days, event = found.days[both], found.event[both]
    ranked = log_rank(days, event, own[both])
    curves = [kaplan_meier(found.days[m], found.event[m], confidence) for m in (own, other)]
    horizon = float(np.nanmin([c.last for c in curves])) if known.any() else math.nan
    means = compare_restricted_means(curves[0], curves[1], horizon, confidence)
    cox = fit_hazard_ratio(days, event, own[both], confidence)
    ratio, low, high = (float(np.exp(v[0])) for v in (cox.estimate, cox.ci_low, cox.ci_high))
    return (
        asking.question.name, f"{arms[0]} - {arms[1]}", len(days), int(event.sum()),
        ranked.statistic, ranked.p, horizon, means.estimate, means.ci_low, means.ci_high, means.p,
        ratio, low, high, float(cox.p[0]), f"hazard ratio: {cox.status}",
    )  # fmt: skip
