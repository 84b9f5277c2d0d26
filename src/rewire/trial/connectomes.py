"""Connectomes: which of several weightings is read, with which fibre lengths, and its faults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rewire.core.atlas import Atlas
from rewire.core.errors import DataError, Fault
from rewire.core.types import FloatArray, ScanRecord
from rewire.trial.bids import parse_name
from rewire.trial.faults import ScanFaults
from rewire.trial.tables import listed, shown
from rewire.trial.timeseries import read_columns

PREFERENCE: tuple[str, ...] = ("streamline", "sift", "count", "fa")
"""Parts of ``meas-`` labels in the order in which weights are preferred: streamline counts, counts
after SIFT, other counts, fractional anisotropy; then anything else by name. ``length`` is none."""

_LENGTH = "length"


@dataclass(frozen=True, slots=True)
class Connectomes:
    """The scans of a trial with one connectome a session, and what stood in the way."""

    scans: tuple[ScanRecord, ...]
    faults: tuple[Fault, ...]


def choose_connectomes(scans: Sequence[ScanRecord]) -> Connectomes:
    """Keep one connectome of each session and give it the fibre lengths that stand beside it.

    Parameters
    ----------
    scans
        Everything that was found: each ``relmat`` file is a record of kind ``connectome``.

    Returns
    -------
    Connectomes
        One record for each person, session, acquisition and atlas: the weights that
        :data:`PREFERENCE` names first, with ``lengths`` from the same folder. A warning where
        several are equally preferred (as several runs), of which the first by name is taken.
        Lengths without weights are no connectome.
    """
    groups: dict[tuple[str, ...], list[ScanRecord]] = {}
    for record in scans:
        if record.kind == "connectome":
            groups.setdefault(_place(record), []).append(record)
    faults: list[Fault] = []
    chosen = {place: _choose(members, faults) for place, members in groups.items()}
    kept: list[ScanRecord] = []
    for record in scans:
        if record.kind != "connectome":
            kept.append(record)
        elif (own := chosen.pop(_place(record), None)) is not None:
            kept.append(own)
    return Connectomes(tuple(kept), tuple(faults))


def read_lengths(record: ScanRecord, atlas: Atlas, faults: ScanFaults) -> FloatArray | None:
    """Read the lengths of a connectome's fibres.

    Parameters
    ----------
    record
        The connectome; its ``lengths`` names the file.
    atlas
        The regions wanted, by name.
    faults
        Receives a warning for a file that cannot be used.

    Returns
    -------
    FloatArray or None
        Mean length in mm, shape (regions, regions), NaN on the diagonal and where no fibre is; None
        where there is no file that can be used.
    """
    if record.lengths is None:
        return None
    name = shown(record.lengths.name)
    remedy = "The lengths of its fibres count as unknown."
    try:
        table = read_columns(record.lengths)
    except DataError as error:
        faults.add("warning", "fibre-lengths", f"{name} {error}", remedy)
        return None
    at = {region: i for i, region in enumerate(table.names)}
    square = table.values.shape == (len(atlas), len(atlas))
    if not square or any(region not in at for region in atlas.regions):
        what = f"{name} does not have one row and column for every region."
        faults.add("warning", "fibre-lengths", what, remedy)
        return None
    order = [at[region] for region in atlas.regions]
    lengths = table.values[np.ix_(order, order)]
    return np.where((lengths > 0.0) & ~np.eye(len(atlas), dtype=bool), lengths, np.nan)


def judge_connectome(weights: FloatArray, atlas: Atlas, faults: ScanFaults) -> None:
    """Note what is wrong with the weights of a connectome.

    Parameters
    ----------
    weights
        Shape (regions, regions), in the order of the atlas.
    atlas
        Names the regions.
    faults
        Receives an error for negative weights, and warnings for weights that differ with the
        direction, that connect a region with itself, or that are missing.
    """
    off = ~np.eye(len(weights), dtype=bool)
    negative = np.flatnonzero((weights < 0.0).any(axis=1))
    if len(negative):
        names = listed([atlas.regions[i] for i in negative])
        what = f"weights below 0 in {len(negative)} of {len(weights)} regions ({names})."
        faults.add("error", "connectome", what, "A connectome holds counts or shares of fibres.")
    with np.errstate(invalid="ignore"):
        differ = (np.abs(weights - weights.T) > 1e-6 * np.fmax(weights, weights.T)) & off
    if differ.any():
        what = f"{np.count_nonzero(differ) // 2} pairs of regions differ with the direction."
        faults.add("warning", "connectome", what, "Measures take the mean of both directions.")
    if (np.nan_to_num(np.diag(weights)) != 0.0).any():
        count = np.count_nonzero(np.nan_to_num(np.diag(weights)))
        what = f"{count} regions are connected with themselves."
        faults.add("warning", "connectome", what, "Measures leave the diagonal out.")
    missing = np.flatnonzero((~np.isfinite(weights) & off).any(axis=1))
    if len(missing):
        names = listed([atlas.regions[i] for i in missing])
        what = f"weights are missing in {len(missing)} of {len(weights)} regions ({names})."
        faults.add("warning", "connectome", what, "These regions become NaN in its measures.")


def _place(record: ScanRecord) -> tuple[str, ...]:
    return (record.participant, record.session, record.acquisition, record.atlas)


def _meas(record: ScanRecord) -> str:
    return parse_name(record.path.name).get("meas").lower()


def _rank(record: ScanRecord) -> tuple[int, str]:
    meas = _meas(record)
    found = [i for i, part in enumerate(PREFERENCE) if part in meas]
    return min(found, default=len(PREFERENCE)), record.path.name


def _choose(members: Sequence[ScanRecord], faults: list[Fault]) -> ScanRecord | None:
    weights = sorted((r for r in members if _LENGTH not in _meas(r)), key=_rank)
    if not weights:
        return None
    first = weights[0]
    equals = [r for r in weights[1:] if _rank(r)[0] == _rank(first)[0]]
    if equals:
        names = listed([shown(r.path.name) for r in equals])
        what = f"stands beside equally good connectomes of the same session ({names})."
        remedy = "The first by name is taken; leave the wrong ones out of the folder."
        faults.append(
            Fault(
                "warning",
                "several-connectomes",
                shown(first.path.name),
                what,
                remedy,
                first.participant,
                first.session or None,
            )
        )
    beside = (r for r in members if _LENGTH in _meas(r) and r.path.parent == first.path.parent)
    lengths = sorted(beside, key=lambda r: (r.run != first.run, len(r.path.name), r.path.name))
    return replace(first, lengths=lengths[0].path if lengths else None)
