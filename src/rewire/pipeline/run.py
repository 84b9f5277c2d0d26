"""One run: a trial's folder in, a folder of results and a report out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from rewire.core import provenance
from rewire.core.errors import Fault, UsageError
from rewire.core.provenance import PlanUse
from rewire.core.schedule import RunRule
from rewire.core.store import ResultStore
from rewire.core.types import Measurements
from rewire.effects.coupling_agreement import definition_tables
from rewire.effects.estimate import EffectsResult, estimate_effects
from rewire.effects.flow import Attendance, participant_flow
from rewire.effects.kinds import REPLIES
from rewire.effects.motion import motion_table
from rewire.effects.runs import refuse_unknown_lengths, scan_minutes
from rewire.effects.split_half import split_half_table
from rewire.effects.visits import counted_stages, substituted
from rewire.maps.account import map_table
from rewire.maps.kinds import MAP_REPLIES
from rewire.pipeline import outputs
from rewire.pipeline.inputs import Digests, derivative_folders, digest_inputs
from rewire.pipeline.outputs import PLAN, PROVENANCE, OutputFolder
from rewire.pipeline.preparing import Prepared, Request, read_and_check
from rewire.pipeline.quality import judge_scans, kept_quality, write_quality
from rewire.pipeline.scanwork import Execution, measure_halves, measure_trial
from rewire.pipeline.tabulated import tabulated_measurements
from rewire.plan.bind import BoundPlan, exclusions
from rewire.plan.model import Plan
from rewire.plan.visits import follow_schedule
from rewire.report.contents import Contents
from rewire.report.page import render_report
from rewire.report.quality_page import QUALITY_PAGE
from rewire.trial.ledger import rule_exclusions


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
    blinding = provenance.read_blinding(out / PROVENANCE)
    if blinding is not None and not blinding.unblinded:
        raise UsageError(
            f"{out} holds a blind run: lock it (rewire lock {out}) and join the arms with "
            f"rewire unblind TRIAL {out}, or give another folder."
        )


def analyse(prepared: Prepared, request: Request) -> Finished:
    """Measure, estimate, write and report a trial that was read and checked."""
    bound, trial = prepared.bound, prepared.bound.trial
    outputs.prepare(request.out, trial.root, derivative_folders(trial))
    folder = OutputFolder(request.out, bound.plan.digest())
    history = _record_plan(request.out, bound.plan)
    digests = digest_inputs(trial)
    contents, effects, measured = estimate_contents(prepared, request, history, digests)
    judged = judge_scans(prepared.everybody, prepared.checked.scans, bound.plan, request.labels)
    write_quality(folder, judged, contents, Execution(request.processes, request.progress))
    for table in effects.tables:
        folder.table(f"effects/{table.name}.tsv", table.frame, {"Description": table.about})
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
    replies = {**REPLIES, **MAP_REPLIES}
    effects = estimate_effects(trial, measurements, *asked, runs, replies=replies)
    split_half = split_half_table(*halves, bound.inference.confidence)
    beside = definition_tables(measured, halves, split_half)
    effects = replace(effects, tables=(*effects.tables, *beside))
    request.progress("Estimating", len(bound.questions), len(bound.questions))
    flow = participant_flow(
        follow_schedule(prepared.everybody, bound.schedule),
        measurements,
        bound.questions,
        bound.design,
        (*exclusions(bound.plan), *rule_exclusions(prepared.checked.scans, bound.plan.quality)),
        Attendance(
            effects.analysed,
            request.labels.participants or None,
            counted_stages(trial, bound.schedule),
        ),
    )
    contents = replace(
        _contents(prepared, measurements, effects, flow, history),
        narrowed=request.labels.sentence,
        blinding=provenance.read_blinding(request.out / PROVENANCE),
        schedule=bound.schedule,
        runs=runs,
        motion=motion_table(measured, prepared.checked.quality, bound.inference.confidence),
        split_half=split_half,
        quality_page=QUALITY_PAGE if prepared.everybody.scans else "",
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
    path = out / PROVENANCE
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
        tables={table.name: table.frame for table in effects.tables},
        denoising=prepared.checked.denoising,
        denoised=bound.plan.images.denoising if bound.plan.images.strategy else None,
        quality=kept_quality(prepared.checked.scans, bound.trial),
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
    folder.text(PLAN, f"# Plan {contents.plan_hash}\n{contents.plan_toml}")
    for measurement in measured.values():
        folder.measurement(measurement)
    folder.table("flow.tsv", contents.flow, {"Description": "Who is in, who is out, and why."})
    if len(contents.denoising):
        removed = {"Description": "What was taken out of each image, and what it left."}
        folder.table("denoising.tsv", contents.denoising, removed)
    maps = map_table(contents.trial.maps, tuple(contents.trial.atlases.values()))
    if len(maps):
        lacking = {"Description": "Maps: where they came from, and which regions they lack."}
        folder.table("maps.tsv", maps, lacking)
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
    path = request.out / PROVENANCE
    blinding = provenance.read_blinding(path)
    provenance.write_provenance(path, history, digests.files, about, blinding)
