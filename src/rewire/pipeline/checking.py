"""Judge a trial's folder, or draft its plan, without running anything."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import rewire.measures
from rewire.core import registry
from rewire.core.errors import Fault, UsageError
from rewire.core.types import Trial
from rewire.pipeline.preparing import Request, judge, plan_for, written_plan
from rewire.plan.draft import Scope, draft_plan, draft_text
from rewire.plan.model import Plan
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
    written = written_plan(request.plan, request.settings)
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
    try:
        plan_for(trial, written, request, registry.discover(rewire.measures), checked)
    except UsageError as error:
        return str(error)
    return ""


def draft_for(root: Path, scope: Scope, atlas: str | None) -> str:
    """Return a commented plan drafted from a trial's folder."""
    specs = registry.discover(rewire.measures)
    trial = read_trial(root, atlas=atlas).trial
    return draft_text(draft_plan(trial, specs, scope))
