"""Judgements about everybody together: who lacks what, which tables disagree, which scans differ.

Everything here warns. Nothing is chosen, dropped or corrected.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd

from rewire.core.errors import Fault
from rewire.core.types import ScanRecord, Trial
from rewire.trial.quality import ScanQuality
from rewire.trial.tables import listed, shown

_USUAL = 0.5
_EXAMPLES = 3


def judge_cohort(
    trial: Trial, scans: Sequence[ScanRecord], left_out: frozenset[str]
) -> tuple[Fault, ...]:
    """Compare the tables and the scans of a trial with each other.

    Parameters
    ----------
    trial
        The trial.
    scans
        The scans that are looked at.
    left_out
        Participants who are left out altogether.

    Returns
    -------
    tuple of Fault
        Warnings.
    """
    people = [str(p) for p in trial.participants["participant_id"] if p not in left_out]
    scores = trial.scores[~trial.scores["participant_id"].isin(left_out)]
    measures = trial.tabulated[~trial.tabulated["participant_id"].isin(left_out)]
    return (
        *_without_data(people, scans, scores, measures),
        *_missing_scans(scans),
        *_part_of_everybody(people, scans, scores, measures),
        *_missing_values(scores, "scale", "missing-score", list(trial.sessions["session_id"])),
        *disagreements(scores, "scale"),
        *disagreements(measures, "measure"),
    )


def judge_lengths(scans: Sequence[ScanQuality]) -> tuple[Fault, ...]:
    """Warn of scans that differ in length or timing, and of censoring that leaves gaps."""
    groups: dict[str, list[ScanQuality]] = {}
    for q in scans:
        if q.volumes == q.volumes:
            groups.setdefault(q.record.task if q.record.kind == "task" else "", []).append(q)
    return tuple(fault for group in groups.values() for fault in _lengths(group))


def _lengths(bold: Sequence[ScanQuality]) -> list[Fault]:
    faults = []
    lengths = Counter(int(q.volumes) for q in bold)
    if len(lengths) > 1:
        what = f"the scans differ in length: {_counted(lengths, 'volumes')}."
        remedy = "Measures that grow with length are not comparable; cut or adjust."
        faults.append(Fault("warning", "unequal-lengths", "scans", what, remedy))
    timing = Counter(q.repetition_time for q in bold)
    if len(timing) > 1:
        what = f"the scans differ in repetition time: {_counted(timing, 's')}."
        remedy = "Correct the sidecars, or account for it."
        faults.append(Fault("warning", "unequal-timing", "scans", what, remedy))
    broken = [q for q in bold if q.gaps]
    if broken:
        worst = min(broken, key=lambda q: q.unbroken * q.repetition_time)
        what = (
            f"{len(broken)} of {len(bold)} scans have censored volumes between retained ones; the "
            f"longest stretch without a gap is {worst.unbroken * worst.repetition_time:.0f} s in "
            f"{shown(worst.record.label)}, where it is shortest."
        )
        remedy = "A sliding window longer than that joins volumes that were not neighbours."
        faults.append(Fault("warning", "censoring-gaps", "scans", what, remedy))
    return faults


def disagreements(table: pd.DataFrame, quantity: str) -> Iterator[Fault]:
    """Yield a warning for each pair of tables that give different values for the same thing.

    Parameters
    ----------
    table
        Scores or tabulated measures.
    quantity
        The column that names what was measured: ``scale`` or ``measure``.
    """
    change = [c for c in ("change",) if c in table]
    where = ["participant_id", "session_id"]
    for name, rows in table.dropna(subset=["value"]).groupby([quantity, *change], sort=False):
        sources = list(dict.fromkeys(rows["table"]))
        for i, one in enumerate(sources):
            for other in sources[i + 1 :]:
                a, b = (rows[rows["table"] == t] for t in (one, other))
                both = a.merge(b, on=where, suffixes=("_a", "_b"))
                differ = both[~np.isclose(both["value_a"], both["value_b"], rtol=1e-6, atol=1e-9)]
                if len(differ):
                    yield _disagree(str(name[0]), (one, other), len(both), differ)


def _disagree(name: str, tables: tuple[str, str], shared: int, differ: pd.DataFrame) -> Fault:
    counts = Counter(str(s) for s in differ["session_id"])
    at = ", ".join(f"{shown(s)} {n}" for s, n in counts.items() if s)
    examples = []
    for session in counts:
        for _, row in differ[differ["session_id"] == session].head(_EXAMPLES).iterrows():
            place = shown(f"{row['participant_id']} {session}".strip())
            examples.append(f"{place} {row['value_a']:g} and {row['value_b']:g}")
    one, other = (shown(t) for t in tables)
    what = (
        f"they disagree about {shown(name)} in {len(differ)} of {shared} shared values"
        + (f" ({at})" if at else "")
        + f": {'; '.join(examples)}"
        + (", and others" if len(examples) < len(differ) else "")
        + f"; by up to {(differ['value_a'] - differ['value_b']).abs().max():g}."
    )
    remedy = "A question that uses these rows needs to be told which table to take."
    return Fault("warning", "tables-disagree", f"{one}.tsv and {other}.tsv", what, remedy)


def _without_data(
    people: Iterable[str], scans: Sequence[ScanRecord], *tables: pd.DataFrame
) -> Iterator[Fault]:
    seen = {record.participant for record in scans}
    for table in tables:
        seen |= set(table.dropna(subset=["value"])["participant_id"])
    for participant in people:
        if participant not in seen:
            yield Fault(
                "warning",
                "participant-without-data",
                "participants.tsv",
                f"{shown(participant)} has no scan, no score and no measure.",
                "Add what is missing, or exclude the participant.",
                participant,
            )


def _part_of_everybody(
    people: Sequence[str],
    scans: Sequence[ScanRecord],
    scores: pd.DataFrame,
    measures: pd.DataFrame,
) -> Iterator[Fault]:
    held: list[tuple[str, str, set[str]]] = []
    if scans:
        held.append(("scans", "have scans", {r.participant for r in scans}))
    if len(scores):
        scored = scores.dropna(subset=["value"])
        held.append(("phenotype", "have scores", set(scored["participant_id"])))
    for name, rows in measures.dropna(subset=["value"]).groupby("measure", sort=False):
        file = f"measures/{shown(str(rows['table'].iloc[0]))}.tsv"
        held.append((file, f"have {shown(str(name))}", set(rows["participant_id"])))
    for where, have, ids in held:
        without = [p for p in people if p not in ids]
        if without:
            what = f"{len(people) - len(without)} of {len(people)} participants {have}; not "
            remedy = "They drop out of every question that needs it."
            yield Fault("warning", "incomplete", where, f"{what}{listed(without)}.", remedy)


def _missing_scans(scans: Sequence[ScanRecord]) -> Iterator[Fault]:
    cells: dict[tuple[str, str, str], set[str]] = {}
    for r in scans:
        cells.setdefault((r.kind, r.session, r.acquisition), set()).add(r.participant)
    for (kind, session, acquisition), have in cells.items():
        anybody = {r.participant for r in scans if r.kind == kind}
        without = sorted(anybody - have)
        if without and len(have) >= _USUAL * len(anybody):
            place = " ".join(x for x in (session, f"acq-{acquisition}" if acquisition else "") if x)
            what = f"{len(have)} of {len(anybody)} participants have a {kind} scan; not "
            remedy = "Add the scan, or let the participant drop out of questions that need it."
            where = shown(place) or "scans"
            yield Fault("warning", "missing-session", where, f"{what}{listed(without)}.", remedy)


def _missing_values(
    table: pd.DataFrame, quantity: str, code: str, order: Sequence[str]
) -> Iterator[Fault]:
    at = {session: i for i, session in enumerate(dict.fromkeys(order))}
    present = table.dropna(subset=["value"])
    for name, rows in present.groupby(quantity, sort=False):
        anybody = set(rows["participant_id"])
        parts = []
        for session in sorted(set(rows["session_id"]), key=lambda s: at.get(s, len(at))):
            have = set(rows.loc[rows["session_id"] == session, "participant_id"])
            without = sorted(anybody - have)
            if without and session and len(have) >= _USUAL * len(anybody):
                parts.append(f"{shown(session)} {len(have)} of {len(anybody)}")
        if parts:
            what = f"{shown(str(name))} is not there for everybody who has it: {', '.join(parts)}."
            remedy = "Those who lack a session drop out of questions about it."
            yield Fault("warning", code, "phenotype", what, remedy)


def _counted(counts: Counter[int] | Counter[float], unit: str) -> str:
    common = counts.most_common(6)
    text = ", ".join(f"{value:g} {unit} in {n}" for value, n in common)
    return text + (" and others" if len(counts) > len(common) else "")
