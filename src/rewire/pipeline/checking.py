"""Judge a trial's folder, or draft its plan, without running anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import rewire.measures
from rewire.core import registry
from rewire.core.errors import Fault, PlanError, TrialError, UsageError
from rewire.core.types import Trial
from rewire.pipeline.preparing import Request, judge, named_plan, plan_for, with_maps
from rewire.plan.draft import Scope, draft_plan, draft_text
from rewire.plan.model import Plan, apply_settings
from rewire.trial.check import CheckResult
from rewire.trial.reading import read_trial


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found.

    Attributes
    ----------
    faults
        Errors and warnings.
    summary
        One line: what was read, how fast, and whether the trial can be run.
    plan_fault
        Why the plan cannot be run on this trial; empty where it can.
    """

    faults: tuple[Fault, ...]
    summary: str
    plan_fault: str


def check_folder(root: Path, request: Request) -> Checked:
    """Read and judge a trial, and see whether the request's plan can be run on it."""
    written = named_plan(root, request)
    reading, result = judge(root, written, request)
    trial, errors = reading.trial, len(result.errors)
    plan_fault = "" if errors else _plan_fault(trial, written, request, result)
    verdict = "it can be run"
    if errors or plan_fault:
        verdict = f"{errors} errors: it cannot be run" if errors else "its plan cannot be run"
    speed = f" ({result.megabytes_per_second:.0f} MB/s)" if result.files_read else ""
    summary = (
        f"{trial.name}: {len(trial.participants)} participants, {len(trial.scans)} scans; "
        f"{result.files_read} files read{speed}; "
        f"{len(result.faults) - errors} warnings, {verdict}."
    )
    return Checked(result.faults, summary, plan_fault)


def _plan_fault(trial: Trial, written: Plan | None, request: Request, checked: CheckResult) -> str:
    rules = written or apply_settings(Plan(name="draft"), request.settings)
    faults: list[str] = []
    other = ""
    try:
        with_maps(trial, rules)
    except PlanError as error:
        faults += error.faults
    try:
        plan_for(trial, written, request, registry.discover(rewire.measures), checked)
    except PlanError as error:
        faults += error.faults
    except UsageError as error:
        other = str(error)
    told = str(PlanError(faults)) if faults else ""
    return "\n".join(part for part in (other, told) if part)


def draft_for(
    root: Path, scope: Scope, atlas: str | None, settings: Mapping[str, str] | None = None
) -> str:
    """Return a commented plan drafted from a trial's folder.

    Parameters
    ----------
    root
        The trial's folder.
    scope
        Which measures.
    atlas
        Which parcellation, of several.
    settings
        ``--set`` values by key; those of ``images`` decide how images are read.

    Raises
    ------
    TrialError
        If it cannot be told which atlas is meant, so that a plan would lack every measure.
    """
    given = {**(settings or {}), **({"atlas": atlas} if atlas else {})}
    rules = apply_settings(Plan(name="draft"), given)
    reading = read_trial(root, atlas=rules.atlas or None, images=rules.images)
    unclear = [f for f in reading.faults if f.code in ("atlas-choice", "image-choice")]
    if any(f.severity == "error" for f in unclear):
        raise TrialError(unclear)
    drafted = draft_plan(reading.trial, registry.discover(rewire.measures), scope)
    unread = tuple(f"{f.what} {f.remedy}" for f in unclear)
    plan = apply_settings(drafted.plan, given) if given else drafted.plan
    drafted = replace(drafted, plan=plan, doubts=(*drafted.doubts, *unread))
    return draft_text(drafted)
