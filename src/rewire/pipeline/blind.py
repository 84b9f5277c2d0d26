"""Work blind, lock, unblind: measures first, arms last, and a record of what changed in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

import rewire.measures
from rewire.core import provenance, registry
from rewire.core.blinding import Blinding
from rewire.core.errors import Fault, TrialError, UsageError
from rewire.core.exclusion import Exclusion
from rewire.core.registry import MeasureSpec
from rewire.core.schema import RELIABILITY_COLUMNS, SCAN_COLUMNS
from rewire.core.store import ResultStore, digest
from rewire.core.types import Trial
from rewire.pipeline import outputs
from rewire.pipeline.inputs import Digests, digest_inputs
from rewire.pipeline.locking import record_blinding
from rewire.pipeline.looking import Judged, look_at_scans
from rewire.pipeline.opaque import (
    BY_LABEL,
    files_of,
    named,
    opaque_exclusions,
    without_names,
)
from rewire.pipeline.outputs import PLAN, PROVENANCE, OutputFolder
from rewire.pipeline.preparing import Request, with_maps, written_plan
from rewire.pipeline.quality import opaque_names, quality_contents
from rewire.pipeline.scanwork import Execution, measure_trial
from rewire.pipeline.selection import exclude
from rewire.plan.asking import lacking_scans
from rewire.plan.bind import exclusions
from rewire.plan.blind import draft_blind
from rewire.plan.model import Plan, apply_settings
from rewire.report.quality_page import QUALITY_PAGE, render_quality_page
from rewire.trial.alone import concealed, opaque_key, read_scans
from rewire.trial.check import CheckResult, check_trial
from rewire.trial.described import folders_apart
from rewire.trial.ledger import decide, ledger_table, rule_exclusions
from rewire.trial.quality import quality_table
from rewire.trial.reading import Reading
from rewire.trial.sources import Wanted

_README = """# Measured blind by rewire

Scans carry opaque ids; nothing here names a person, a session, an arm or a score but `plan.toml`.

- `quality.html`: every scan for a rater, and how one is left out.
- `quality.tsv`, `exclusions.tsv`: what each scan is worth; whether it is kept, and why.
- `measures/`: what was measured on every scan that is kept.
- `plan.toml`: the plan that was followed.

When every scan is judged: `rewire lock`, then `rewire unblind`.
"""


@dataclass(frozen=True, slots=True)
class BlindRun:
    """What a blind run gave.

    Attributes
    ----------
    out
        The folder with measures and quality.
    scans
        How many were measured.
    warnings
        What the check found doubtful.
    """

    out: Path
    scans: int
    warnings: int


@dataclass(frozen=True, slots=True, eq=False)
class _Concealed:
    """The scans of a trial under opaque names, and what leads back."""

    trial: Trial
    digests: Digests
    plan: Plan
    excluded: tuple[Exclusion, ...]
    faults: tuple[Fault, ...]

    @property
    def reading(self) -> Reading:
        return Reading(self.trial, self.faults)


def run_blind(root: Path, request: Request) -> BlindRun:
    """Measure a trial's scans without reading an arm, a score or a table of people.

    Parameters
    ----------
    root
        The trial's folder.
    request
        What was asked for; a blind run takes every participant and session.

    Returns
    -------
    BlindRun
        Its measures and quality name scans by opaque ids.

    Raises
    ------
    TrialError
        If the scans have errors; all are named.
    UsageError
        If the plan or the call is at fault, or the output is unblinded already.
    """
    if request.labels.participants or request.labels.sessions:
        raise UsageError("A blind run takes everybody: leave scans out in the plan, by 'exclude'.")
    before = provenance.read_blinding(request.out / PROVENANCE)
    _refuse_seen(request.out, before)
    specs = registry.discover(rewire.measures)
    hidden = _conceal(root, request, specs)
    rules = hidden.plan.quality
    checked = check_trial(
        hidden.reading,
        n_procs=request.processes,
        exclusions=hidden.excluded,
        rules=rules,
        progress=lambda done, total: request.progress("Checking", done, total),
    )
    if checked.errors:
        raise TrialError(_told_errors(checked.faults))
    outputs.prepare(request.out, hidden.trial.root, folders_apart(root))
    folder = OutputFolder(request.out, hidden.plan.digest())
    by_rule = rule_exclusions(checked.scans, rules)
    kept = exclude(hidden.trial, (*hidden.excluded, *by_rule))
    _measure(hidden, kept, folder, specs, request)
    _write_quality(hidden, checked, folder, request)
    folder.finish()
    scans = digest(*sorted(hidden.digests.scans[r.id] for r in kept.scans))
    blinding = Blinding(scans, hidden.plan.digest(), before.locks if before else ())
    record_blinding(request.out, blinding, (), {"state": "blind", "scans": len(kept.scans)})
    return BlindRun(request.out, len(kept.scans), len(checked.faults))


def _conceal(root: Path, request: Request, specs: Mapping[str, MeasureSpec]) -> _Concealed:
    """Read the scans, leave out what the plan leaves out, and hide the names."""
    written = written_plan(request.plan, request.settings)
    rules = written or apply_settings(Plan(name="draft"), request.settings)
    kept = (request.work or request.out / outputs.CACHE) / "images"
    wanted = Wanted((), rules.atlas or None, rules.images, kept)
    everything = read_scans(root, wanted).trial
    with_maps(everything, rules)  # maps hold no arms: what is wrong with them is told before a lock
    digests = digest_inputs(everything)
    names = files_of(everything, digests)
    plan = written or apply_settings(
        draft_blind(everything, specs, request.scope), request.settings
    )
    key = opaque_key(everything.scans, names)
    wanted = replace(wanted, exclusions=exclusions(named(plan, key)))
    trial = concealed(everything, key, names)
    return _Concealed(
        trial,
        Digests({row.scan: digests.scans[row.record.id] for row in key}, {}),
        plan,
        opaque_exclusions(plan, key, trial.scans),
        read_scans(root, wanted).faults,
    )


def _measure(
    hidden: _Concealed,
    kept: Trial,
    folder: OutputFolder,
    specs: Mapping[str, MeasureSpec],
    request: Request,
) -> None:
    plan = hidden.plan
    choices = [m for m in plan.measures if not lacking_scans(specs[m.name], kept)]
    results = ResultStore((request.work or request.out / outputs.CACHE) / "scans")
    execution = Execution(request.processes, request.progress)
    seed = plan.inference.seed
    measured = measure_trial(kept, choices, hidden.digests, seed, results, execution)
    folder.description(kept)
    folder.text("README.md", _README)
    folder.text(PLAN, f"# Plan {plan.digest()}\n{plan.to_toml()}")
    for measurement in measured.values():
        folder.measurement(without_names(measurement))


def _write_quality(
    hidden: _Concealed, checked: CheckResult, folder: OutputFolder, request: Request
) -> None:
    """Write quality, ledger and the page for raters under opaque names."""
    rules, scans = hidden.plan.quality, checked.scans
    untold = [e for e in hidden.excluded if e.reason == BY_LABEL]  # plan.toml says whose they are
    trial = exclude(hidden.trial, untold)
    decisions = decide(trial.scans, scans, rules, hidden.excluded)
    judged = Judged(trial, scans, decisions, rules)
    table = quality_table(scans).drop(columns=list(SCAN_COLUMNS))
    table.insert(0, "scan", [one.record.id for one in scans])
    folder.table("quality.tsv", table, {"Description": "Quality, one row a scan, blind."})
    ledger = ledger_table(trial.scans, decisions).drop(columns=list(SCAN_COLUMNS))
    folder.table("exclusions.tsv", ledger, {"Description": "Every scan: kept or excluded."})
    for name, images in (("denoising", checked.denoising), ("coverage", checked.coverage)):
        if len(images):
            told = images.drop(columns=list(SCAN_COLUMNS))
            told.insert(0, "scan", "scan-" + images["run"])
            folder.table(f"{name}.tsv", told, {"Description": f"{name.capitalize()}, blind."})
    looked = look_at_scans(judged, request.processes, request.progress)
    nothing = pd.DataFrame(columns=list(RELIABILITY_COLUMNS))
    page = quality_contents(judged, looked, opaque_names, nothing)
    folder.text(QUALITY_PAGE, render_quality_page(page))


def _told_errors(faults: Sequence[Fault]) -> list[Fault]:
    """Return the errors by file: the order of opaque ids, or numbers in warnings, would tell."""
    errors = (f for f in faults if f.severity == "error")
    return sorted(errors, key=lambda f: (f.where, f.code, f.what))


def _refuse_seen(out: Path, blinding: Blinding | None) -> None:
    if blinding is not None and blinding.unblinded:
        raise UsageError(f"{out} is unblinded; a blind run needs another folder.")
    if blinding is None and provenance.read_plan_history(out / PROVENANCE):
        raise UsageError(f"{out} holds results with arms; a blind run needs another folder.")
