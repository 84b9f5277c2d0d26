"""Before anything is measured: a trial read, planned and judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import rewire.measures
from rewire.core import registry
from rewire.core.errors import TrialError
from rewire.core.registry import MeasureSpec
from rewire.core.types import Trial
from rewire.maps.reading import read_library
from rewire.pipeline import outputs
from rewire.pipeline.opaque import key_of, named
from rewire.pipeline.scanwork import Progress
from rewire.pipeline.selection import (
    Labels,
    exclude,
    narrow,
    refuse_unmatched,
    unselected,
)
from rewire.plan.bind import BoundPlan, bind_plan, exclusions, require_single_after
from rewire.plan.draft import Scope, draft_plan
from rewire.plan.model import Plan, apply_settings
from rewire.plan.recipes import find_plan
from rewire.trial.check import CheckResult, check_trial
from rewire.trial.described import folders_apart
from rewire.trial.ledger import rule_exclusions
from rewire.trial.reading import Reading, read_trial


def silent(stage: str, done: int, total: int) -> None:
    """Tell nobody about progress."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asked for.

    Attributes
    ----------
    out
        Output folder.
    plan
        Recipe name or path of a TOML file; None drafts one.
    settings
        ``--set`` values by key.
    scope
        Measures of a drafted plan.
    labels
        Participants and sessions that the run is narrowed to.
    processes
        Worker processes.
    work
        Where results of single scans are kept; None keeps them in the output folder.
    progress
        Whom to tell.
    """

    out: Path
    plan: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    scope: Scope = "usual"
    labels: Labels = field(default_factory=Labels)
    processes: int = 1
    work: Path | None = None
    progress: Progress = silent


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A trial that was read, planned and checked."""

    everybody: Trial
    bound: BoundPlan
    checked: CheckResult


def read_and_check(root: Path, request: Request) -> Prepared:
    """Read a trial, bind its plan and judge the data; see :func:`run` for what is raised."""
    specs = registry.discover(rewire.measures)
    written = named_plan(root, request)
    rules = written or apply_settings(Plan(name="draft"), request.settings)
    if rules.images.strategy:
        outputs.prepare(request.out, root, folders_apart(root))
    kept = (request.work or request.out / outputs.CACHE) / "images"
    reading, checked = judge(root, written, request, kept=kept)
    if checked.errors:
        raise TrialError(checked.faults)
    trial = reading.trial
    trial = with_maps(trial, rules)
    bound = plan_for(trial, written, request, specs, checked)
    return Prepared(trial, bound, checked)


def with_maps(trial: Trial, rules: Plan) -> Trial:
    """Return the trial with the maps that a plan names.

    Raises
    ------
    PlanError
        Naming every file of maps that is missing or cannot be used.
    """
    atlases = tuple(trial.atlases.values())
    return replace(trial, maps=read_library(rules.maps, trial.root, atlases, rules.images))


def written_plan(name: str | None, settings: Mapping[str, str]) -> Plan | None:
    """Return the plan that the call names, with its settings; None where it names none."""
    if name is None:
        return None
    plan = find_plan(name)
    return apply_settings(plan, settings) if settings else plan


def named_plan(root: Path, request: Request) -> Plan | None:
    """Return the plan that the call names, with the labels of scans that were judged blind."""
    written = written_plan(request.plan, request.settings)
    if written is not None and any(not e.participant for e in written.exclude):
        return named(written, key_of(root, written))
    return written


def judge(
    root: Path, written: Plan | None, request: Request, *, kept: Path | None = None
) -> tuple[Reading, CheckResult]:
    """Read a trial and judge it, leaving out what a written plan or the labels leave out."""
    rules = written or apply_settings(Plan(name="draft"), request.settings)
    left_out = exclusions(rules)
    how: dict[str, Any] = {"atlas": rules.atlas or None, "images": rules.images, "kept": kept}
    reading = read_trial(root, left_out, **how)
    refuse_unmatched(reading.trial, left_out)
    others = unselected(reading.trial, request.labels)
    if others:
        left_out = (*left_out, *others)
        reading = read_trial(root, left_out, **how)
    checked = check_trial(
        reading,
        n_procs=request.processes,
        exclusions=left_out,
        rules=rules.quality,
        progress=lambda done, total: request.progress("Checking", done, total),
    )
    return reading, checked


def plan_for(
    trial: Trial,
    written: Plan | None,
    request: Request,
    specs: Mapping[str, MeasureSpec],
    checked: CheckResult,
) -> BoundPlan:
    """Return the plan of a run, written or drafted, bound to what it keeps of the trial."""
    narrowed = narrow(trial, request.labels)
    if written is None:
        drafted = draft_plan(narrowed, specs, request.scope).plan
        plan = apply_settings(drafted, request.settings) if request.settings else drafted
    else:
        plan = written
    left = exclude(narrowed, (*exclusions(plan), *rule_exclusions(checked.scans, plan.quality)))
    require_single_after(plan, left)
    return bind_plan(plan, left, specs)
