"""What is looked at over time: a measure, in all its cells, or a score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rewire.core.schedule import RunRule
from rewire.core.schema import LEVEL_DIMS
from rewire.core.types import FloatArray, Measurement, Timepoint, Trial
from rewire.effects.runs import combine_records
from rewire.numerics.repeats import join_occasions

MEAN_OF = "mean of acq-"
"""How the note begins that says which acquisitions were averaged."""

_PLACE_DIMS = ("region", "region2", "network", "network2", "state")
_PAIRS = (("region", "region2"), ("network", "network2"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a measure a cell lies; empty strings for a quantity of the whole brain.

    Parameters
    ----------
    region, region2, network, network2, state
        Coordinates along the dims that have columns of their own.
    level
        The other dims, as ``density=0.1;condition=x``.
    """

    region: str = ""
    region2: str = ""
    network: str = ""
    network2: str = ""
    state: str = ""
    level: str = ""

    @property
    def label(self) -> str:
        """Region or network, ``A - B`` for a pair; empty for the whole brain."""
        ends = (self.region or self.network, self.region2 or self.network2)
        return " - ".join(end for end in ends if end)


@dataclass(frozen=True, slots=True, eq=False)
class Response:
    """Values of one quantity, one row a record (a scan, or a score sheet).

    Parameters
    ----------
    measure, outcome
        Name of the measure, or of the scale; the other is empty.
    people
        Participants of the analysis; rows of every array that :meth:`at` gives.
    person
        Index into ``people`` of each record.
    session, acquisition
        Of each record, as text.
    values
        float64, shape (records, cells); NaN where there is none.
    places
        One for each cell.
    change
        Whether values are already after minus before.
    """

    measure: str
    outcome: str
    people: tuple[str, ...]
    person: npt.NDArray[np.int64]
    session: npt.NDArray[np.str_]
    acquisition: npt.NDArray[np.str_]
    values: FloatArray
    places: tuple[Place, ...]
    change: bool = False

    @property
    def name(self) -> str:
        """The measure or the scale."""
        return self.measure or self.outcome

    def at(self, point: Timepoint, records: npt.NDArray[np.bool_] | None = None) -> FloatArray:
        """Return each person's value at a time point, runs averaged.

        Parameters
        ----------
        point
            Time point; what it leaves open matches everything. Of a repeated baseline each part
            is averaged by itself, and the value is the mean of the parts or the last of them.
        records
            Records to look at, shape (records,); None for all.

        Returns
        -------
        ndarray
            Shape (people, cells); NaN where a person has none.
        """
        if point.parts:
            return join_occasions([self.at(part, records) for part in point.parts], point.take)
        chosen = np.ones(len(self.person), dtype=np.bool_) if records is None else records.copy()
        if point.session:
            chosen &= self.session == point.session
        if point.acquisition:
            chosen &= self.acquisition == point.acquisition
        shape = (len(self.people), len(self.places))
        total, count = np.zeros(shape), np.zeros(shape)
        values = self.values[chosen]
        known = np.isfinite(values)
        np.add.at(total, self.person[chosen], np.where(known, values, 0.0))
        np.add.at(count, self.person[chosen], known)
        return np.where(count > 0, total / np.maximum(count, 1.0), np.nan)

    def averaged(self, points: Sequence[Timepoint]) -> str:
        """Return which acquisitions of a session :meth:`at` averages; empty where it does not.

        Parameters
        ----------
        points
            Time points; one that names no acquisition takes all that its session has.
        """
        points = [part for p in points for part in p.parts or (p,)]
        sessions = {p.session for p in points if p.session and not p.acquisition}
        found: dict[tuple[int, str], set[str]] = {}
        for person, session, acquisition in zip(
            self.person, self.session, self.acquisition, strict=True
        ):
            if session in sessions:
                found.setdefault((int(person), str(session)), set()).add(str(acquisition))
        pooled = sorted({a for held in found.values() if len(held) > 1 for a in held})
        if not pooled:
            return ""
        return MEAN_OF + " and acq-".join(a or "none" for a in pooled)


def measure_response(
    measurement: Measurement, people: Sequence[str], runs: RunRule | None = None
) -> Response:
    """Return a measure as a response.

    Of a symmetric matrix over pairs the upper triangle is kept, and of pairs of regions nothing
    on the diagonal.

    Parameters
    ----------
    measurement
        Over all scans.
    people
        Participants of the analysis; scans of others are left out.
    runs
        What stands for several runs of a session; None keeps each.
    """
    data = measurement.data
    values = data["value"].to_numpy()
    places, keep = _cells(measurement, values)
    index = {person: i for i, person in enumerate(people)}
    names = data["participant_id"].to_numpy().astype(str)
    person = np.array([index.get(name, -1) for name in names], dtype=np.int64)
    known = person >= 0
    kept = _chosen(values, known, keep)
    if runs is not None:
        kept = combine_records(measurement, np.flatnonzero(known), kept, runs)
    return Response(
        measurement.name,
        "",
        tuple(people),
        person[known],
        data["session_id"].to_numpy().astype(str)[known],
        data["acquisition"].to_numpy().astype(str)[known],
        kept,
        places,
        measurement.change,
    )


def _chosen(
    values: FloatArray, known: npt.NDArray[np.bool_], keep: npt.NDArray[np.int64]
) -> FloatArray:
    """Take the cells that are kept, scan by scan: the values of many scans may lie on disk."""
    chosen = np.empty((int(known.sum()), len(keep)))
    for row, scan in enumerate(np.flatnonzero(known)):
        chosen[row] = values[scan].reshape(-1)[keep]
    return chosen


def score_response(trial: Trial, scale: str, people: Sequence[str]) -> Response:
    """Return the scores on a scale as a response with one cell."""
    rows = trial.scores[(trial.scores["scale"] == scale).to_numpy(dtype=bool)]
    rows = rows[rows["participant_id"].isin(list(people)).to_numpy(dtype=bool)]
    index = {person: i for i, person in enumerate(people)}
    return Response(
        "",
        scale,
        tuple(people),
        np.array([index[str(p)] for p in rows["participant_id"]], dtype=np.int64),
        rows["session_id"].to_numpy(dtype=str),
        np.full(len(rows), "", dtype="U1"),
        rows["value"].to_numpy(dtype=np.float64)[:, None],
        (Place(),),
    )


def _cells(
    measurement: Measurement, values: FloatArray
) -> tuple[tuple[Place, ...], npt.NDArray[np.int64]]:
    dims = measurement.dims
    shape = tuple(values.shape[1:])
    labels = {
        d: [str(v) for v in measurement.data[d].to_numpy().tolist()]
        if d in measurement.data.coords
        else [str(i) for i in range(size)]
        for d, size in zip(dims, shape, strict=True)
    }
    keep = np.flatnonzero(_wanted(dims, labels, values).reshape(-1))
    at = np.unravel_index(keep, shape) if dims else ()
    return tuple(
        _place({d: labels[d][column[i]] for d, column in zip(dims, at, strict=True)})
        for i in range(len(keep))
    ), keep


def _wanted(
    dims: tuple[str, ...], labels: Mapping[str, list[str]], values: FloatArray
) -> npt.NDArray[np.bool_]:
    wanted = np.ones(values.shape[1:], dtype=np.bool_)
    for first, second in _PAIRS:
        if first not in dims or second not in dims or labels[first] != labels[second]:
            continue
        a, b = dims.index(first), dims.index(second)
        grid = np.indices(wanted.shape)
        if all(_symmetric(one, a, b) for one in values):
            wanted &= grid[a] <= grid[b]
        if first == "region":
            wanted &= grid[a] != grid[b]
    return wanted


def _symmetric(scan: FloatArray, a: int, b: int) -> bool:
    swapped = np.swapaxes(scan, a, b)
    return bool(np.allclose(scan, swapped, rtol=1e-12, atol=0.0, equal_nan=True))


def _place(coordinates: Mapping[str, str]) -> Place:
    level = ";".join(f"{d}={coordinates[d]}" for d in LEVEL_DIMS if d in coordinates)
    own = {d: coordinates.get(d, "") for d in _PLACE_DIMS}
    return Place(**own, level=level)
