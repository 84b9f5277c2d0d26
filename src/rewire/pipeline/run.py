"""One run: a trial's folder in, a folder of results and a report out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

import rewire.measures
from rewire.core import provenance, registry
from rewire.core.errors import Fault, TrialError, UsageError
from rewire.core.provenance import PlanUse
from rewire.core.registry import MeasureSpec
from rewire.core.schedule import RunRule
from rewire.core.store import ResultStore
from rewire.core.types import Measurements, Trial
from rewire.effects.estimate import EffectsResult, estimate_effects
from rewire.effects.flow import Attendance, participant_flow
from rewire.effects.motion import motion_table
from rewire.effects.runs import refuse_unknown_lengths, scan_minutes
from rewire.effects.split_half import split_half_table
from rewire.effects.visits import counted_stages, substituted
from rewire.pipeline import outputs
from rewire.pipeline.inputs import Digests, derivative_folders, digest_inputs
from rewire.pipeline.opaque import key_of, named
from rewire.pipeline.outputs import OutputFolder
from rewire.pipeline.scanwork import Execution, Progress, measure_halves, measure_trial
from rewire.pipeline.selection import (
    Labels,
    exclude,
    narrow,
    refuse_unmatched,
    unselected,
)
from rewire.pipeline.tabulated import tabulated_measurements
from rewire.plan.bind import BoundPlan, bind_plan, exclusions, require_single_after
from rewire.plan.draft import Scope, draft_plan
from rewire.plan.model import Plan, apply_settings
from rewire.plan.recipes import find_plan
from rewire.plan.visits import follow_schedule
from rewire.report.contents import Contents
from rewire.report.page import render_report
from rewire.trial.check import CheckResult, check_trial
from rewire.trial.reading import Reading, read_trial

_PROVENANCE = "provenance.json"


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
class Finished:
    """What a run gave.

    Attributes
    ----------
    report
        The page.
    plan
        The plan that was run, bound to the trial.
    effects
        Its estimates.
    faults
        What the check found; all warnings, since errors stop a run.
    """

    report: Path
    plan: BoundPlan
    effects: EffectsResult
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A trial that was read, planned and checked."""

    everybody: Trial
    bound: BoundPlan
    checked: CheckResult


def run(root: Path, request: Request) -> Finished:
    """Analyse a trial's folder.

    Parameters
    ----------
    root
        The trial's folder, which is never written to.
    request
        What was asked for.

    Raises
    ------
    TrialError
        If the folder has errors that stop a run; all are named.
    UsageError
        If the plan or the call is at fault, or only a person can make a choice.
    """
    _refuse_blind(request.out)
    prepared = read_and_check(root, request)
    return analyse(prepared, request)


def _refuse_blind(out: Path) -> None:
    blinding = provenance.read_blinding(out / _PROVENANCE)
    if blinding is not None and not blinding.unblinded:
        raise UsageError(
            f"{out} holds a blind run: lock it (rewire lock {out}) and join the arms with "
            f"rewire unblind TRIAL {out}, or give another folder."
        )


def read_and_check(root: Path, request: Request) -> Prepared:
    """Read a trial, bind its plan and judge the data; see :func:`run` for what is raised."""
    specs = registry.discover(rewire.measures)
    written = written_plan(request.plan, request.settings)
    if written is not None and any(e.scan for e in written.exclude):
        written = named(written, key_of(root, written))
    rules = written or apply_settings(Plan(name="draft"), request.settings)
    if rules.images.strategy:
        outputs.prepare(request.out, root)
    kept = (request.work or request.out / outputs.CACHE) / "images"
    reading, checked = judge(root, written, request, kept=kept)
    if checked.errors:
        raise TrialError(checked.faults)
    return Prepared(reading.trial, plan_for(reading.trial, written, request, specs), checked)


def written_plan(name: str | None, settings: Mapping[str, str]) -> Plan | None:
    """Return the plan that the call names, with its settings; None where it names none."""
    if name is None:
        return None
    plan = find_plan(name)
    return apply_settings(plan, settings) if settings else plan


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
        minimum_minutes=rules.quality.minimum_minutes,
        progress=lambda done, total: request.progress("Checking", done, total),
    )
    return reading, checked


def plan_for(
    trial: Trial, written: Plan | None, request: Request, specs: Mapping[str, MeasureSpec]
) -> BoundPlan:
    """Return the plan of a run, written or drafted, with its settings, bound to the trial."""
    narrowed = narrow(trial, request.labels)
    if written is None:
        drafted = draft_plan(narrowed, specs, request.scope).plan
        plan = apply_settings(drafted, request.settings) if request.settings else drafted
    else:
        plan = written
    left = exclude(narrowed, exclusions(plan))
    require_single_after(plan, left)
    return bind_plan(plan, left, specs)


def analyse(prepared: Prepared, request: Request) -> Finished:
    """Measure, estimate, write and report a trial that was read and checked."""
    bound, trial = prepared.bound, prepared.bound.trial
    outputs.prepare(request.out, trial.root, derivative_folders(trial))
    folder = OutputFolder(request.out, bound.plan.digest())
    history = _record_plan(request.out, bound.plan)
    digests = digest_inputs(trial)
    contents, effects, measured = estimate_contents(prepared, request, history, digests)
    _write(folder, contents, measured, prepared.checked.coverage)
    _write_provenance(request, history, digests, bound)
    return Finished(request.out / "report.html", bound, effects, prepared.checked.faults)


def estimate_contents(
    prepared: Prepared, request: Request, history: tuple[PlanUse, ...], digests: Digests
) -> tuple[Contents, EffectsResult, Measurements]:
    """Measure and estimate; what is kept of single scans is not measured again.

    Parameters
    ----------
    prepared
        A trial that was read and checked.
    request
        What was asked for.
    history
        Every plan that was used on this output.
    digests
        Of the inputs.
    """
    bound, trial = prepared.bound, prepared.bound.trial
    runs = _run_rule(prepared)
    measured, halves = _measure(bound, digests, request)
    measurements = substituted(measured, bound.schedule.substitutions)
    request.progress("Estimating", 0, len(bound.questions))
    asked = (bound.questions, bound.design, bound.inference)
    effects = estimate_effects(trial, measurements, *asked, runs)
    request.progress("Estimating", len(bound.questions), len(bound.questions))
    flow = participant_flow(
        follow_schedule(prepared.everybody, bound.schedule),
        measurements,
        bound.questions,
        bound.design,
        exclusions(bound.plan),
        Attendance(
            effects.analysed,
            request.labels.participants or None,
            counted_stages(trial, bound.schedule),
        ),
    )
    contents = replace(
        _contents(prepared, measurements, effects, flow, history),
        narrowed=request.labels.sentence,
        blinding=provenance.read_blinding(request.out / _PROVENANCE),
        schedule=bound.schedule,
        runs=runs,
        motion=motion_table(measured, prepared.checked.quality, bound.inference.confidence),
        split_half=split_half_table(*halves, bound.inference.confidence),
    )
    return contents, effects, measured


def _measure(
    bound: BoundPlan, digests: Digests, request: Request
) -> tuple[Measurements, tuple[Measurements, Measurements]]:
    """Return what was measured on whole scans, and on their halves where the plan asks for it."""
    results = ResultStore((request.work or request.out / outputs.CACHE) / "scans")
    what = (bound.trial, bound.measures, digests, bound.inference.seed, results)
    asked = bound.plan.reliability
    split = asked.halves if asked.split_half else None
    execution = Execution(request.processes, request.progress)
    computed = measure_trial(*what, execution, halves=split)
    halves = measure_halves(*what, halves=split) if split else ({}, {})
    return {**tabulated_measurements(bound.trial), **computed}, halves


def _run_rule(prepared: Prepared) -> RunRule:
    """Return what stands for several runs; refused before anything is measured."""
    bound = prepared.bound
    minutes = scan_minutes(bound.trial.scans, prepared.checked.quality)
    rule = RunRule(bound.schedule.combine, minutes, frozenset(bound.schedule.unscheduled))
    refuse_unknown_lengths(bound.trial, rule)
    return rule


def _record_plan(out: Path, plan: Plan) -> tuple[PlanUse, ...]:
    """Record the plan before anything is measured, so that a later change cannot hide."""
    path = out / _PROVENANCE
    before = provenance.read_plan_history(path)
    history = provenance.record_plan(before, plan.digest(), plan.content())
    if history != before:
        blinding = provenance.read_blinding(path)
        provenance.write_provenance(path, history, {}, {"state": "started"}, blinding)
    return history


def _contents(
    prepared: Prepared,
    measurements: Measurements,
    effects: EffectsResult,
    flow: pd.DataFrame,
    history: tuple[PlanUse, ...],
) -> Contents:
    bound = prepared.bound
    return Contents(
        trial=bound.trial,
        design=bound.design,
        questions=bound.questions,
        unanswered=(*bound.unanswered, *effects.unanswered),
        measurements=measurements,
        effects=effects.effects,
        baseline_change=effects.baseline_change,
        influence=effects.influence,
        reliability=effects.reliability,
        density=effects.density,
        reliable_change=effects.reliable_change,
        quality=prepared.checked.quality,
        denoising=prepared.checked.denoising,
        denoised=bound.plan.images.denoising if bound.plan.images.strategy else None,
        flow=flow,
        faults=prepared.checked.faults,
        plan_name=bound.plan.name,
        plan_toml=bound.plan.to_toml(),
        plan_hash=bound.plan.digest(),
        plan_notes=(*bound.plan.notes, *bound.notes),
        plan_citation=bound.plan.citation,
        plan_changes=provenance.plan_changes(history),
        plan_author=bound.plan.author,
        doubts=bound.plan.notes if bound.plan.author == "draft" else (),
        inference=bound.inference,
        versions=provenance.versions(),
    )


def _write(
    folder: OutputFolder, contents: Contents, measured: Measurements, coverage: pd.DataFrame
) -> None:
    folder.description(contents.trial)
    folder.text("plan.toml", f"# Plan {contents.plan_hash}\n{contents.plan_toml}")
    for measurement in measured.values():
        folder.measurement(measurement)
    folder.table("flow.tsv", contents.flow, {"Description": "Who is in, who is out, and why."})
    folder.table("quality.tsv", contents.quality, {"Description": "Quality, one row a scan."})
    if len(contents.denoising):
        removed = {"Description": "What was taken out of each image, and what it left."}
        folder.table("denoising.tsv", contents.denoising, removed)
    if len(coverage):
        shares = {"Description": "Share of each region that a scan covers, from 0 to 1."}
        folder.table("coverage.tsv", coverage, shares)
    effects = {"Description": "Estimates are after minus before; p_adjusted within a question."}
    folder.table("effects/effects.tsv", contents.effects, effects)
    for name, about in (
        ("baseline_change", "Baseline against change, and what coupling alone predicts."),
        ("influence", "Each test with one participant left out at a time."),
        ("reliability", "Test-retest reliability on untreated scans."),
        ("reliable_change", "People who changed by more than retest error explains."),
        ("split_half", "Reliability within scans: both halves measured by themselves."),
        ("motion", "Correlation of measures with mean framewise displacement."),
        ("density", "Spearman correlation of normalised measures with edge density."),
    ):
        folder.table(f"effects/{name}.tsv", getattr(contents, name), {"Description": about})
    folder.text("report.html", render_report(contents))
    folder.finish()


def _write_provenance(
    request: Request, history: tuple[PlanUse, ...], digests: Digests, bound: BoundPlan
) -> None:
    about = {
        "state": "finished",
        "plan_hash": bound.plan.digest(),
        "seed": bound.inference.seed,
        "permutations": bound.inference.permutations,
        "participants": len(bound.trial.participants),
        "scans": len(bound.trial.scans),
        "participant_label": list(request.labels.participants),
        "session_label": list(request.labels.sessions),
        "processes": request.processes,
    }
    path = request.out / _PROVENANCE
    blinding = provenance.read_blinding(path)
    provenance.write_provenance(path, history, digests.files, about, blinding)
