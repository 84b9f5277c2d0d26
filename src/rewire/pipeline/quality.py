"""What the page for raters shows of a trial: who looks at which scan, and what it is called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from rewire.core.questions import Design, Question
from rewire.core.types import ScanRecord, Timepoint, Trial
from rewire.pipeline.looking import Judged, Looked, look_at_scans
from rewire.pipeline.outputs import OutputFolder
from rewire.pipeline.scanwork import Execution
from rewire.pipeline.selection import Labels, unselected
from rewire.plan.bind import exclusions
from rewire.plan.model import Plan
from rewire.report import names
from rewire.report.contents import Contents
from rewire.report.observed import arm_lookup
from rewire.report.quality_contents import QualityContents, Retest, ScanPage
from rewire.report.quality_page import QUALITY_PAGE, render_quality_page
from rewire.trial.doubts import list_doubts, order_by_doubt
from rewire.trial.ledger import Decision, decide, ledger_table, rules_in_words
from rewire.trial.portrait import Portrait
from rewire.trial.quality import ScanQuality, quality_table

_MOST_RETEST = 60


@dataclass(frozen=True, slots=True)
class ScanName:
    """What the page calls a scan; arm and time empty, and place 0, where raters stay blind."""

    label: str
    arm: str = ""
    time: str = ""
    place: int = 0


Naming = Callable[[ScanRecord], ScanName]


def judge_scans(trial: Trial, scans: tuple[ScanQuality, ...], plan: Plan, labels: Labels) -> Judged:
    """Decide on every scan of a trial.

    Parameters
    ----------
    trial
        Everybody, those who are left out too.
    scans
        What the scans that were read are worth.
    plan
        Its list of exclusions and its rules.
    labels
        What the call narrows the run to.
    """
    by_people = (*exclusions(plan), *unselected(trial, labels))
    decisions = decide(trial.scans, scans, plan.quality, by_people)
    return Judged(trial, scans, decisions, plan.quality)


def kept_quality(scans: Sequence[ScanQuality], kept: Trial) -> pd.DataFrame:
    """Return the quality of the scans that are analysed, one row a scan."""
    ids = {record.id for record in kept.scans}
    return quality_table([q for q in scans if q.record.id in ids])


def write_quality(
    folder: OutputFolder, judged: Judged, contents: Contents, execution: Execution
) -> None:
    """Write the exclusion ledger and the page on which raters see every scan.

    Parameters
    ----------
    folder
        Receives ``quality.tsv``, and where the trial has scans ``exclusions.tsv`` and
        ``quality.html``.
    judged
        From :func:`judge_scans`.
    contents
        Of the report; its design and reliability are shown.
    execution
        How many processes, and whom to tell.
    """
    trial = judged.trial
    every = {"Description": "Quality, one row for each scan that was read."}
    folder.table("quality.tsv", quality_table(judged.scans), every)
    if not trial.scans:
        return
    about = {"Description": "Every scan: kept or excluded, by whom or what, and why."}
    ledger = ledger_table(trial.scans, judged.decisions).drop(columns="scan")
    folder.table("exclusions.tsv", ledger, about)
    looked = look_at_scans(judged, execution.processes, execution.progress)
    naming = full_names(trial, contents.design, contents.questions)
    arms = contents.design.arms
    page = quality_contents(
        judged, looked, naming, contents.reliability, arms=arms, report="report.html"
    )
    folder.text(QUALITY_PAGE, render_quality_page(page))


def quality_contents(
    judged: Judged,
    looked: Looked,
    naming: Naming,
    reliability: pd.DataFrame,
    *,
    arms: tuple[str, ...] = (),
    report: str = "",
) -> QualityContents:
    """Return everything that the page for raters shows.

    Parameters
    ----------
    judged
        The scans and the decisions.
    looked
        From :func:`look_at_scans`.
    naming
        What each scan is called; see :func:`full_names` and :func:`opaque_names`.
    reliability
        Columns of :data:`rewire.core.schema.RELIABILITY_COLUMNS`; without rows where its pairs
        would say which arm a scan is of.
    arms
        In the order of the design; empty where raters stay blind.
    report
        Link to the report, empty for none.
    """
    doubts = list_doubts(judged.scans, judged.rules.minimum_minutes)
    order = order_by_doubt(judged.scans, doubts)
    about = {q.record.id: (q, doubts[i]) for i, q in enumerate(judged.scans)}
    rank = {judged.scans[i].record.id: place for place, i in enumerate(order)}
    named = [(r, d, naming(r)) for r, d in zip(judged.trial.scans, judged.decisions, strict=True)]
    named.sort(key=lambda item: (rank.get(item[0].id, len(rank)), item[2].label))
    pages = []
    for record, decision, name in named:
        quality, own = about.get(record.id, (ScanQuality(record, (), 0), ()))
        pages.append(_page(quality, own, decision, name, looked.portraits.get(record.id)))
    return QualityContents(
        title=judged.trial.name,
        scans=tuple(pages),
        rules=rules_in_words(judged.rules),
        motion=looked.motion,
        retest=_retest(reliability),
        simulated=judged.trial.simulated,
        arms=arms,
        report=report,
    )


def full_names(trial: Trial, design: Design, questions: Sequence[Question]) -> Naming:
    """Return names with participant, session and arm, for raters who need not be blind."""
    arms = arm_lookup(trial, design)
    ranked = trial.sessions.sort_values("order")["session_id"].astype(str)
    order = {session: i for i, session in enumerate(dict.fromkeys(ranked))}
    later = {t.acquisition for q in questions for t in q.after} - {""}

    def name(record: ScanRecord) -> ScanName:
        session = record.session if design.kind == "crossover" else ""
        time = names.time_label(str(Timepoint(record.session, record.acquisition)))
        place = 2 * order.get(record.session, len(order)) + (record.acquisition in later)
        # A connectome stands beside the series of the same session.
        label = f"{record.label} connectome" if record.kind == "connectome" else record.label
        return ScanName(label, arms.get((record.participant, session), ""), time, place)

    return name


def opaque_names(record: ScanRecord) -> ScanName:
    """Return the opaque id of a scan as its name, without arm and time."""
    return ScanName(record.id)


def _page(
    quality: ScanQuality,
    doubts: tuple[str, ...],
    decision: Decision,
    name: ScanName,
    portrait: Portrait | None,
) -> ScanPage:
    return ScanPage(
        label=name.label,
        decision=decision.decision,
        by=decision.by,
        reason=decision.reason,
        rule=decision.rule,
        value=decision.value,
        limit=decision.limit,
        minutes=quality.minutes,
        displacement=quality.displacement,
        volumes=quality.volumes,
        retained=quality.retained,
        regions=quality.regions,
        silent=quality.silent,
        doubts=doubts,
        portrait=portrait,
        arm=name.arm,
        time=name.time,
        place=name.place,
    )


def _retest(reliability: pd.DataFrame) -> tuple[Retest, ...]:
    """Return the measures of the whole brain; those by region are in the table of the effects."""
    whole = reliability[(reliability[["region", "network", "network2"]] == "").all(axis=1)]
    rows = whole[whole["icc21"].notna()].head(_MOST_RETEST)
    columns = ("measure", "level", "pairs", "n", "icc21", "icc21_low", "icc21_high")
    return tuple(
        Retest(
            ", ".join(
                part for part in (names.measure_label(measure), names.level_label(level)) if part
            ),
            *(str(pairs), int(n), float(icc), float(low), float(high)),
        )
        for measure, level, pairs, n, icc, low, high in zip(
            *(rows[column].tolist() for column in columns), strict=True
        )
    )
