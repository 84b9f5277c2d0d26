"""Opaque scan ids: made when a run is blind, and led back to people when it no longer is."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from rewire.core.errors import PlanError
from rewire.core.exclusion import Exclusion
from rewire.core.types import Measurement, ScanRecord, Trial
from rewire.pipeline.inputs import Digests, digest_inputs
from rewire.plan.bind import exclusions
from rewire.plan.model import Plan
from rewire.plan.parts import ExclusionChoice
from rewire.trial.alone import KeyRow, opaque_key, read_scans
from rewire.trial.sources import Wanted

KEY_COLUMNS: tuple[str, ...] = ("scan", "participant_id", "session_id", "acquisition", "run")
"""The key: whose scan an opaque id stands for."""

BY_LABEL = "the plan leaves it out"
"""Reason of what a plan leaves out by a label, which would lead from the id to the person."""

_NAMES = KEY_COLUMNS[1:]


def key_of(root: Path, plan: Plan) -> tuple[KeyRow, ...]:
    """Rebuild the key of a trial from its scans."""
    wanted = Wanted(atlas=plan.atlas or None, images=plan.images)
    trial = read_scans(root, wanted).trial
    return opaque_key(trial.scans, files_of(trial, digest_inputs(trial)))


def files_of(trial: Trial, digests: Digests) -> dict[str, str]:
    """Return by scan id the digest of what the scan's own file holds.

    Opaque ids are made of it and not of what a plan makes of the file, so that an id which a rater
    wrote down still means the same scan under another denoising.
    """
    root = f"{trial.root}{os.sep}" if trial.root else ""
    return {r.id: digests.files[str(r.path).removeprefix(root)] for r in trial.scans}


def key_table(key: Sequence[KeyRow]) -> pd.DataFrame:
    """Return the key with columns :data:`KEY_COLUMNS`."""
    rows = [
        (
            row.scan,
            row.record.participant,
            row.record.session,
            row.record.acquisition,
            row.record.run,
        )
        for row in key
    ]
    return pd.DataFrame(rows, columns=list(KEY_COLUMNS))


def named(plan: Plan, key: Sequence[KeyRow]) -> Plan:
    """Return the plan with every exclusion of an opaque scan written with that scan's labels.

    Raises
    ------
    PlanError
        Naming the ids that no scan has.
    """
    by_id = {row.scan: row.record for row in key}
    opaque = [e.scan for e in plan.exclude if not e.participant]
    unknown = sorted(set(opaque) - set(by_id))
    if unknown:
        raise PlanError([f"exclude: no scan is {scan}; see quality.tsv." for scan in unknown])
    told = tuple(e if e.participant else _named(e, by_id[e.scan]) for e in plan.exclude)
    return plan.model_copy(update={"exclude": told})


def _named(choice: ExclusionChoice, record: ScanRecord) -> ExclusionChoice:
    return ExclusionChoice(
        participant=record.participant,
        session=record.session,
        acquisition=record.acquisition,
        run=record.run,
        scan=record.id,
        reason=f"{choice.reason} (judged blind as {choice.scan})",
        by=choice.by,
    )


def opaque_exclusions(
    plan: Plan, key: Sequence[KeyRow], hidden: Sequence[ScanRecord]
) -> tuple[Exclusion, ...]:
    """Return what a plan leaves out, in opaque names.

    Parameters
    ----------
    plan
        Its exclusions name scans by opaque ids, or people and sessions by their labels.
    key, hidden
        The scans under their names and, in the same order, concealed.

    Returns
    -------
    tuple of Exclusion
        One a scan. A reason is told only where the entry names a scan, since who wrote it was
        blind; others may name anybody.

    Raises
    ------
    PlanError
        Naming the ids that no scan has.
    """
    by_label = exclusions(named(plan, key))
    out = []
    for row, record in zip(key, hidden, strict=True):
        covering = [
            choice
            for choice, exclusion in zip(plan.exclude, by_label, strict=True)
            if exclusion.covers(row.record)
        ]
        if covering:
            blind = next((choice for choice in covering if not choice.participant), None)
            reason, by = (blind.reason, blind.by) if blind else (BY_LABEL, "")
            labels = (record.participant, record.session, record.acquisition, record.run)
            out.append(Exclusion(*labels, reason, by, record.id))
    return tuple(out)


def without_names(measurement: Measurement) -> Measurement:
    """Return a measurement of a concealed trial with nothing beside the values but scan ids."""
    return replace(measurement, data=measurement.data.drop_vars(_NAMES, errors="ignore"))
