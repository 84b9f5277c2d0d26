"""Whether definitions of structure-function coupling tell the same story of the same scans."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
import numpy.typing as npt
import pandas as pd

from rewire.core.types import Measurement, Measurements
from rewire.effects.answering import KindTable
from rewire.numerics.structure_coupling import rank_agreement

FloatArray = npt.NDArray[np.float64]

DEFINITIONS: tuple[str, ...] = (
    "coupling_connected",
    "coupling_all",
    "coupling_regression",
    "structural_decoupling",
    "coupling_predictor",
)
"""Regional quantities that all mean to say how far function follows structure. In
``structural_decoupling`` high is little coupling, so that it should go against the others."""

AGREEMENT_COLUMNS: tuple[str, ...] = (
    "definition",
    "other",
    "n",
    "scans",
    "regions",
    "spearman",
    "within",
    "reliability",
    "status",
)
"""Two definitions a row, over ``n`` people. ``spearman``: over regions, of maps averaged over
people (each person's scans first). ``within``: the same in each scan, mean over scans. Where both
are the same definition ``spearman`` is NaN, ``within`` compares the halves of each scan, and
``reliability`` is the median over regions and time points of the split-half reliability between
people."""

NAME = "coupling_definitions"
_ABOUT = (
    "Agreement over regions between definitions of coupling; in rows of one definition with "
    "itself, of the halves of each scan, and split-half reliability."
)


def definition_tables(
    measured: Measurements,
    halves: tuple[Measurements, Measurements],
    split_half: pd.DataFrame,
) -> tuple[KindTable, ...]:
    """Return the table of agreement, none where no coupling was measured.

    Parameters
    ----------
    measured
        Quantities of whole scans.
    halves
        The same of both halves; empty where scans were not halved.
    split_half
        Columns of :data:`rewire.effects.split_half.SPLIT_HALF_COLUMNS`.
    """
    there = [name for name in DEFINITIONS if name in measured]
    if not there:
        return ()
    rows = []
    for one, other in combinations_with_replacement(there, 2):
        if one == other:
            rows.append(_itself(measured[one], halves, split_half))
        else:
            rows.append(_together(measured[one], measured[other]))
    frame = pd.DataFrame(rows, columns=list(AGREEMENT_COLUMNS))
    return (KindTable(NAME, _ABOUT, frame),)


def _together(one: Measurement, other: Measurement) -> tuple[object, ...]:
    a, b, people = _shared(one, other)
    means = [_by_person(values, people) for values in (a, b)]
    known = np.isfinite(means[0]) & np.isfinite(means[1])
    spearman = rank_agreement(means[0], means[1])
    status = "ok" if np.isfinite(spearman) else "fewer than three regions, or no variation"
    counts = (len(set(people.tolist())), len(a), int(known.sum()))
    return (one.name, other.name, *counts, spearman, _mean_agreement(a, b), np.nan, status)


def _itself(
    own: Measurement, halves: tuple[Measurements, Measurements], split_half: pd.DataFrame
) -> tuple[object, ...]:
    people = own.data["participant_id"].to_numpy().astype(str)
    values = own.data["value"].to_numpy()
    known = np.isfinite(values).any(axis=0)
    counts = (len(set(people.tolist())), len(values), int(known.sum()))
    if own.name not in halves[0] or own.name not in halves[1]:
        nothing = "scans were not halved"
        return (own.name, own.name, *counts, np.nan, np.nan, np.nan, nothing)
    a, b, _ = _shared(halves[0][own.name], halves[1][own.name])
    within = _mean_agreement(a, b)
    mine = split_half[split_half["measure"] == own.name]
    found = mine["reliability"].dropna().to_numpy(dtype=np.float64)
    reliability = float(np.median(found)) if len(found) else np.nan
    status = "ok" if len(found) else "too few people for reliability between them"
    return (own.name, own.name, *counts, np.nan, within, reliability, status)


def _shared(
    one: Measurement, other: Measurement
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.str_]]:
    """Return the values of both on the scans that both have, and whose they are."""
    ids = [m.data["scan"].to_numpy().astype(str).tolist() for m in (one, other)]
    at = {scan: i for i, scan in enumerate(ids[1])}
    mine = [i for i, scan in enumerate(ids[0]) if scan in at]
    theirs = [at[ids[0][i]] for i in mine]
    people = one.data["participant_id"].to_numpy().astype(str)[mine]
    return one.data["value"].to_numpy()[mine], other.data["value"].to_numpy()[theirs], people


def _by_person(values: FloatArray, people: npt.NDArray[np.str_]) -> FloatArray:
    """Average each person's scans, then people; NaN for a region that nobody has."""
    own = [_known_mean(values[people == person]) for person in dict.fromkeys(people.tolist())]
    return _known_mean(np.array(own).reshape(len(own), values.shape[1]))


def _known_mean(values: FloatArray) -> FloatArray:
    known = np.isfinite(values)
    mean = np.full(values.shape[1], np.nan)
    total = np.where(known, values, 0.0).sum(axis=0)
    np.divide(total, known.sum(axis=0), out=mean, where=known.any(axis=0))
    return mean


def _mean_agreement(a: FloatArray, b: FloatArray) -> float:
    found = [r for x, y in zip(a, b, strict=True) if np.isfinite(r := rank_agreement(x, y))]
    return float(np.mean(found)) if found else float("nan")
