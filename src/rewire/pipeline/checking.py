"""Judge a trial's folder, or draft its plan, without running anything."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import rewire.measures
from rewire.core import registry
from rewire.core.errors import Fault
from rewire.pipeline.run import Request, judge, written_plan
from rewire.plan.draft import Scope, draft_plan, draft_text
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
    """

    faults: tuple[Fault, ...]
    summary: str


def check_folder(root: Path, request: Request) -> Checked:
    """Read and judge a trial; the exclusions of the request's plan are honoured."""
    reading, result = judge(root, written_plan(request.plan, request.settings), request)
    errors, trial = len(result.errors), reading.trial
    verdict = f"{errors} errors: it cannot be run" if errors else "it can be run"
    speed = f" ({result.megabytes_per_second:.0f} MB/s)" if result.files_read else ""
    summary = (
        f"{trial.name}: {len(trial.participants)} participants, {len(trial.scans)} scans; "
        f"{result.files_read} files read{speed}; "
        f"{len(result.faults) - errors} warnings, {verdict}."
    )
    return Checked(result.faults, summary)


def draft_for(root: Path, scope: Scope, atlas: str | None) -> str:
    """Return a commented plan drafted from a trial's folder."""
    specs = registry.discover(rewire.measures)
    trial = read_trial(root, atlas=atlas).trial
    return draft_text(draft_plan(trial, specs, scope))
