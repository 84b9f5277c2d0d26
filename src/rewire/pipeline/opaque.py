"""Opaque scan ids: made when a run is blind, and led back to people when it no longer is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from rewire.core.errors import PlanError
from rewire.core.types import Exclusion, Measurement
from rewire.pipeline.inputs import digest_inputs
from rewire.plan.model import Plan
from rewire.plan.parts import ExclusionChoice
from rewire.trial.alone import KeyRow, opaque_key, read_scans
from rewire.trial.sources import Wanted

KEY_COLUMNS: tuple[str, ...] = ("scan", "participant_id", "session_id", "acquisition", "run")
"""The key: whose scan an opaque id stands for."""

_NAMES = KEY_COLUMNS[1:]


def key_of(root: Path, plan: Plan) -> tuple[KeyRow, ...]:
    """Rebuild the key of a trial from its scans."""
    wanted = Wanted(atlas=plan.atlas or None, images=plan.images)
    trial = read_scans(root, wanted).trial
    return opaque_key(trial.scans, digest_inputs(trial).scans)


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
    unknown = sorted(e.scan for e in plan.exclude if e.scan and e.scan not in by_id)
    if unknown:
        raise PlanError([f"exclude: no scan is {scan}; see quality.tsv." for scan in unknown])
    told = tuple(
        ExclusionChoice(
            participant=(r := by_id[e.scan]).participant,
            session=r.session,
            acquisition=r.acquisition,
            run=r.run,
            reason=f"{e.reason} (judged blind as {e.scan})",
        )
        if e.scan
        else e
        for e in plan.exclude
    )
    return plan.model_copy(update={"exclude": told})


def scan_exclusions(plan: Plan, key: Sequence[KeyRow]) -> tuple[Exclusion, ...]:
    """Return every exclusion of a plan, those of opaque scans led back to their labels.

    Raises
    ------
    PlanError
        Naming the ids that no scan has.
    """
    return tuple(
        Exclusion(e.participant, e.session, e.acquisition, e.run, e.reason)
        for e in named(plan, key).exclude
    )


def without_names(measurement: Measurement) -> Measurement:
    """Return a measurement of a concealed trial with nothing beside the values but scan ids."""
    return replace(measurement, data=measurement.data.drop_vars(_NAMES, errors="ignore"))
