"""What was observed of each person over time: measures and scores as tidy series for figures."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from rewire.core.questions import Design
from rewire.core.schema import LEVEL_DIMS
from rewire.core.types import FloatArray, Measurement, Timepoint, Trial
from rewire.effects.runs import combine_records
from rewire.numerics.repeats import join_occasions
from rewire.report import names
from rewire.report.contents import Contents
from rewire.report.suppression import blank_small_cells

_MOST_LEVELS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One quantity, every person, over time.

    Parameters
    ----------
    name
        Measure or scale.
    level
        Level of the effects table, an empty string where there is none.
    label
        What a reader calls it.
    unit
        Unit, an empty string for a pure number.
    times
        Time points in order, as :class:`~rewire.core.types.Timepoint` writes them; a change
        score has the one time ``change``.
    values
        Columns ``participant``, ``arm``, ``time``, ``value``; one row a person, arm and time.
    change
        Whether the values are after minus before.
    """

    name: str
    level: str
    label: str
    unit: str
    times: tuple[str, ...]
    values: pd.DataFrame
    change: bool = False


def arm_lookup(trial: Trial, design: Design) -> dict[tuple[str, str], str]:
    """Return the arm of each person and session; an empty session for the person as a whole."""
    found: dict[tuple[str, str], str] = {}
    if design.kind == "crossover" and design.factor in trial.sessions:
        rows = trial.sessions[["participant_id", "session_id", design.factor]]
        for person, session, arm in rows.itertuples(index=False):
            found[str(person), str(session)] = _text(arm)
    elif design.kind == "parallel" and design.factor in trial.participants:
        rows = trial.participants[["participant_id", design.factor]]
        for person, arm in rows.itertuples(index=False):
            found[str(person), ""] = _text(arm)
    return found


def measure_series(contents: Contents, name: str) -> tuple[Series, ...]:
    """Return a measure as series: one, or one a level; none where it has values by place."""
    measurement = contents.measurements[name]
    sizes = [measurement.data.sizes[d] for d in measurement.dims]
    if any(d not in LEVEL_DIMS for d in measurement.dims) or np.prod(sizes) > _MOST_LEVELS:
        return ()
    scans = _scans(measurement)
    found = []
    grids = [measurement.data[d].to_numpy() for d in measurement.dims]
    for cell in itertools.product(*(range(size) for size in sizes)):
        level = ";".join(
            f"{dim}={grid[i]}" for dim, grid, i in zip(measurement.dims, grids, cell, strict=True)
        )
        place = dict(zip(measurement.dims, cell, strict=True))
        values = measurement.data["value"].isel(place).to_numpy()
        rows = np.arange(len(values))
        values = combine_records(measurement, rows, values[:, None], contents.runs)[:, 0]
        found.append(_series(contents, measurement, scans.assign(value=values), level))
    return tuple(found)


def score_series(contents: Contents, scale: str) -> Series:
    """Return a scale's scores over all sessions."""
    scores = contents.trial.scores
    mine = scores[scores["scale"] == scale].drop_duplicates(["participant_id", "session_id"])
    arms = arm_lookup(contents.trial, contents.design)
    frame = pd.DataFrame(
        {
            "participant": mine["participant_id"].astype(str),
            "arm": [
                _arm(arms, str(p), str(s), contents.design)
                for p, s in zip(mine["participant_id"], mine["session_id"], strict=True)
            ],
            "time": mine["session_id"].astype(str),
            "value": mine["value"].astype(float),
        }
    )
    label = names.scale_label(scale, contents.trial.scales)
    times = tuple(sorted(set(frame["time"]), key=_session_order(contents.trial)))
    return Series(scale, "", label, "points", times, _shareable(frame, contents))


def arms_in_use(contents: Contents) -> tuple[str, ...]:
    """Return the arms in the order of the design; one empty arm where there are none."""
    return contents.design.arms if contents.design.kind != "single arm" else ("",)


def panel_label(contents: Contents, arm: str) -> str:
    """Return what a panel is called: the arm, the only arm, or everyone."""
    only = contents.design.arms[0] if len(contents.design.arms) == 1 else ""
    return names.arm_label(arm or only)


def time_points(contents: Contents, name: str, scans: pd.DataFrame) -> tuple[Timepoint, ...]:
    """Return the time points at which a measure is looked at, in order.

    They are those of the questions asked of it; where these are sessions, other sessions with
    scans stand between them in order of time.
    """
    asked = [q for q in contents.questions if name in q.measures] or list(contents.questions)
    points = list(dict.fromkeys([q.before for q in asked] + [t for q in asked for t in q.after]))
    sessions = sorted(set(scans["session"]), key=_session_order(contents.trial))
    if all(p.acquisition == "" for p in points) and contents.design.kind != "crossover":
        return _with_joint(tuple(Timepoint(session) for session in sessions), points)
    return tuple(points)


def _with_joint(sessions: tuple[Timepoint, ...], asked: list[Timepoint]) -> tuple[Timepoint, ...]:
    """Put each repeated baseline after the last of its parts."""
    for point in (p for p in asked if p.parts):
        last = max((i for i, s in enumerate(sessions) if s in point.parts), default=-1)
        sessions = (*sessions[: last + 1], point, *sessions[last + 1 :])
    return sessions


def by_person(series: Series, before: str, after: str) -> pd.DataFrame:
    """Return one row a person and arm with the columns ``before``, ``after`` and ``change``.

    A change score has ``change`` alone; the other two are NaN.
    """
    index = ["participant", "arm"]
    if series.change:
        return (
            series.values.rename(columns={"value": "change"})
            .drop(columns="time")
            .assign(before=np.nan, after=np.nan)
        )
    wide = series.values.pivot_table(index=index, columns="time", values="value", sort=True)
    ends = wide.reindex(columns=[before, after]).to_numpy(dtype=float)
    frame = pd.DataFrame(ends, index=wide.index, columns=["before", "after"]).reset_index()
    return frame.assign(change=frame["after"] - frame["before"])


def mean_over_people(
    contents: Contents, measurement: Measurement, arm: str, point: Timepoint
) -> FloatArray:
    """Return the mean of a measure over an arm's people at a time point.

    Runs become one value within a person first; NaN where nobody has a value, or where the group
    is too small to be shared.
    """
    scans = _scans(measurement)
    mine = scans[_arms_of(contents, scans) == arm]
    parts = [mine[_at(mine, part)] for part in point.parts or (point,)]
    people = dict.fromkeys(p for part in parts for p in part["participant"])
    if contents.shared is not None and len(people) < contents.shared.smallest:
        people = {}
    values = measurement.data["value"].to_numpy()
    total, n = np.zeros(values.shape[1:]), np.zeros(values.shape[1:])
    for one in people:  # one person in memory at a time: the scans may lie on disk
        rows = [part.index[part["participant"] == one].to_numpy() for part in parts]
        means = [_mean(_counted(contents, measurement, r, values[r])) for r in rows]
        mean = join_occasions(means, point.take)
        known = np.isfinite(mean)
        total[known] += mean[known]
        n += known
    return np.where(n > 0, total / np.maximum(n, 1), np.nan)


def _counted(
    contents: Contents, measurement: Measurement, rows: npt.NDArray[np.int64], values: FloatArray
) -> FloatArray:
    """Return what counts of some scans' values, under the rule for several runs."""
    flat = values.reshape(len(values), math.prod(values.shape[1:]))
    return combine_records(measurement, rows, flat, contents.runs).reshape(values.shape)


def _mean(stack: FloatArray) -> FloatArray:
    finite = np.isfinite(stack)
    total = np.where(finite, stack, 0.0).sum(axis=0)
    n = finite.sum(axis=0)
    return np.where(n > 0, total / np.maximum(n, 1), np.nan)


def _series(
    contents: Contents, measurement: Measurement, scans: pd.DataFrame, level: str
) -> Series:
    unit = "" if measurement.unit in ("1", "") else measurement.unit
    label = names.measure_label(measurement.name)
    label += f" ({names.level_label(level)})" if level else ""
    scans = scans.assign(arm=_arms_of(contents, scans))
    if measurement.change:
        frame = scans.assign(time="change")[["participant", "arm", "time", "value"]]
        frame = _shareable(frame.reset_index(drop=True), contents)
        return Series(measurement.name, level, label, unit, ("change",), frame, True)
    points = time_points(contents, measurement.name, scans)
    parts = [_values_at(scans, point) for point in points]
    long = pd.concat(parts) if parts else scans.assign(time="").iloc[:0]
    frame = long.groupby(["participant", "arm", "time"], sort=True)["value"].mean().reset_index()
    frame = _shareable(frame, contents)
    return Series(measurement.name, level, label, unit, tuple(map(str, points)), frame)


def _values_at(scans: pd.DataFrame, point: Timepoint) -> pd.DataFrame:
    """Return the scans at a time point; of a repeated baseline one row a person."""
    if not point.parts:
        return scans[_at(scans, point)].assign(time=str(point))
    own = ["participant", "arm"]
    each = [
        scans[_at(scans, part)].groupby(own, sort=False)["value"].mean() for part in point.parts
    ]
    wide = pd.concat(each, axis=1)
    columns = [wide.iloc[:, i].to_numpy(dtype=float) for i in range(len(each))]
    joint = wide.index.to_frame(index=False)
    return joint.assign(value=join_occasions(columns, point.take), time=str(point))


def _shareable(values: pd.DataFrame, contents: Contents) -> pd.DataFrame:
    """Leave small groups out of a shared copy."""
    if contents.shared is None:
        return values
    return blank_small_cells(values, contents.shared.smallest)


def _scans(measurement: Measurement) -> pd.DataFrame:
    coordinates = {"participant": "participant_id", "session": "session_id"}
    coordinates |= {"acquisition": "acquisition", "run": "run"}
    columns = {}
    for short, long in coordinates.items():
        known = long in measurement.data.coords
        columns[short] = (
            measurement.data[long].to_numpy().astype(str)
            if known
            else np.full(measurement.data.sizes["scan"], "")
        )
    return pd.DataFrame(columns, dtype=object)


def _at(scans: pd.DataFrame, point: Timepoint) -> pd.Series[bool]:
    everywhere = pd.Series(True, index=scans.index)
    session = scans["session"] == point.session if point.session else everywhere
    return session & (scans["acquisition"] == point.acquisition if point.acquisition else session)


def _arms_of(contents: Contents, scans: pd.DataFrame) -> pd.Series[str]:
    arms = arm_lookup(contents.trial, contents.design)
    pairs = zip(scans["participant"], scans["session"], strict=True)
    return pd.Series(
        [_arm(arms, p, s, contents.design) for p, s in pairs], index=scans.index, dtype=object
    )


def _arm(arms: dict[tuple[str, str], str], person: str, session: str, design: Design) -> str:
    return arms.get((person, session if design.kind == "crossover" else ""), "")


def _session_order(trial: Trial) -> _Order:
    return _Order(tuple(map(str, trial.sessions.sort_values("order")["session_id"].unique())))


@dataclass(frozen=True, slots=True)
class _Order:
    sessions: tuple[str, ...]

    def __call__(self, session: str) -> tuple[int, str]:
        known = session in self.sessions
        return (self.sessions.index(session) if known else len(self.sessions), session)


def _text(value: object) -> str:
    return "" if value is None or value != value else str(value)
