"""Lock a blind run, and unblind it: the plan frozen, the arms joined, what changed recorded."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rewire.core import provenance
from rewire.core.blinding import Blinding, Lock
from rewire.core.errors import UsageError
from rewire.core.provenance import PlanUse
from rewire.core.store import digest
from rewire.pipeline.inputs import digest_inputs
from rewire.pipeline.opaque import (
    key_of,
    key_table,
    named,
)
from rewire.pipeline.outputs import PLAN, PROVENANCE, OutputFolder
from rewire.pipeline.preparing import Prepared, Request, read_and_check
from rewire.pipeline.run import Finished, analyse
from rewire.plan.model import Plan, read_plan


def lock(out: Path, registry_id: str = "", reason: str = "") -> Lock:
    """Freeze the plan and the exclusions of a blind run.

    Parameters
    ----------
    out
        The output of a blind run.
    registry_id
        Where the plan is registered; a hash alone proves no date.
    reason
        Why it is locked again; needed from the second time on.

    Raises
    ------
    UsageError
        If there is nothing blind to lock, or the plan is not the one that was measured under.
    """
    blinding = _blinding(out)
    if blinding.unblinded:
        raise UsageError(f"{out} is unblinded already; what changes now is listed as a change.")
    plan = read_plan(out / PLAN).digest()
    if plan != blinding.plan:
        raise UsageError(
            f"{out / PLAN} was edited after the measures were made. Run again with it: "
            f"rewire run --blind TRIAL {out} --plan {out / PLAN}."
        )
    if blinding.locks and not reason:
        raise UsageError("The plan was locked before; say --reason why it is locked again.")
    made = Lock(provenance.now(), plan, _measures_digest(out), registry_id, reason)
    record_blinding(out, blinding.lock(made), (), {"state": "locked"})
    return made


def unblind(root: Path, request: Request) -> Finished:
    """Join arms and scores to what was measured blind, and finish the analysis.

    Parameters
    ----------
    root
        The trial's folder; its scans rebuild the key.
    request
        Its ``plan`` and ``settings`` change the locked plan, and each change is listed.

    Returns
    -------
    Finished
        As a run that was never blind.

    Raises
    ------
    TrialError
        If the tables have errors.
    UsageError
        If the output was not locked, or plan or measures were changed since.
    """
    blinding = _blinding(request.out)
    if blinding.unblinded:
        again = f"rewire run TRIAL {request.out} --plan {request.out / PLAN}"
        raise UsageError(f"{request.out} is unblinded already; to go on: {again}")
    locked = _locked_plan(request.out, blinding)
    key = key_of(root, locked)
    path = request.out / PLAN
    under_lock = read_and_check(root, replace(request, plan=str(path), settings={}))
    prepared = under_lock
    if request.plan is not None or request.settings:
        changed = request if request.plan is not None else replace(request, plan=str(path))
        prepared = read_and_check(root, changed)
    bound = under_lock.bound.plan
    joined = replace(
        blinding,
        unblinded=provenance.now(),
        filled=_filled(named(locked, key), bound),
        rescanned=_content(under_lock) != blinding.scans,
    )
    history = (PlanUse(bound.digest(), blinding.locks[-1].locked, bound.content()),)
    OutputFolder(request.out, blinding.plan).table(
        "key.tsv", key_table(key), {"Description": "Whose scan each opaque id stands for."}
    )
    record_blinding(request.out, joined, history, {"state": "unblinding"})
    return analyse(prepared, request)


def _blinding(out: Path) -> Blinding:
    blinding = provenance.read_blinding(out / PROVENANCE)
    if blinding is None:
        raise UsageError(f"{out} holds no blind run; make one with rewire run --blind TRIAL {out}.")
    return blinding


def _locked_plan(out: Path, blinding: Blinding) -> Plan:
    """Return the plan under lock, after making sure that nothing moved since."""
    if blinding.stage != "locked":
        raise UsageError(f"The plan in {out} is not locked; lock it first: rewire lock {out}.")
    plan = read_plan(out / PLAN)
    last = blinding.locks[-1]
    faults = []
    if plan.digest() != last.plan:
        faults.append(f"{PLAN} is not the plan that was locked ({last.plan[:8]})")
    if _measures_digest(out) != last.measures:
        faults.append("the files in measures/ are not those that were locked")
    if faults:
        raise UsageError(
            f"{out}: {' and '.join(faults)}. Put the locked ones back; a changed plan is given "
            "to rewire unblind by --plan, and is listed."
        )
    return plan


def _measures_digest(out: Path) -> str:
    found = hashlib.sha256()
    for path in sorted((out / "measures").glob("*")):
        found.update(path.name.encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def _content(prepared: Prepared) -> str:
    """Return the digest of the scans that the locked plan keeps."""
    return digest(*sorted(digest_inputs(prepared.bound.trial).scans.values()))


def _filled(locked: Plan, bound: Plan) -> tuple[str, ...]:
    """Say what the tables filled in where the locked plan was silent."""
    history = [PlanUse("", "", locked.content()), PlanUse("", "", bound.content())]
    return tuple(change.partition(": ")[2] for change in provenance.plan_changes(tuple(history)))


def record_blinding(
    out: Path, blinding: Blinding, history: Sequence[PlanUse], about: dict[str, Any]
) -> None:
    """Write how far an output is blind, with the plans that may be told by then."""
    provenance.write_provenance(out / PROVENANCE, tuple(history), {}, about, blinding)
