"""What a report is made from: everything that a run knows, already computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from rewire.core.blinding import Blinding
from rewire.core.errors import Fault
from rewire.core.imaging import Denoising
from rewire.core.questions import Design, Inference, Question, Unanswered
from rewire.core.schedule import RunRule, Schedule
from rewire.core.schema import DENOISING_COLUMNS
from rewire.core.types import Measurements, Trial
from rewire.effects.motion import MOTION_COLUMNS
from rewire.effects.reliable_change import RELIABLE_CHANGE_COLUMNS
from rewire.effects.split_half import SPLIT_HALF_COLUMNS
from rewire.report.suppression import Sharing

RANDOMISATION_ASSUMED = "randomisation assumed, not recorded"


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """Everything that a report shows; the report computes no test of its own.

    Parameters
    ----------
    trial
        What was recorded. ``trial.simulated`` puts a banner on the page and ``trial.truth`` a
        table of what was planted beside what was estimated.
    design
        How people were allotted.
    questions
        The questions asked, in the order of the plan.
    unanswered
        The questions, or parts of them, that the trial cannot answer.
    measurements
        Measured quantities by name, computed from scans or read from tables.
    effects
        Columns of :data:`rewire.core.schema.EFFECT_COLUMNS`.
    baseline_change
        Columns of :data:`rewire.core.schema.BASELINE_CHANGE_COLUMNS`.
    influence
        Columns of :data:`rewire.core.schema.INFLUENCE_COLUMNS`.
    reliability
        Columns of :data:`rewire.core.schema.RELIABILITY_COLUMNS`.
    density
        Columns of :data:`rewire.core.schema.DENSITY_COLUMNS`.
    quality
        Columns of :data:`rewire.core.schema.QUALITY_COLUMNS`.
    flow
        Columns of :data:`rewire.core.schema.FLOW_COLUMNS`, stages in order of appearance.
    faults
        What the check of the trial found doubtful.
    inference
        Seed, permutations and level of intervals.
    plan_name, plan_toml, plan_hash
        The plan: what it is called, its text, and the SHA-256 of its content.
    plan_citation
        The published analysis that the plan repeats; empty where there is none.
    plan_notes
        Departures and remarks that the plan carries.
    plan_changes
        Every change of the plan after data were first read; empty where there was none.
    versions
        Software versions by name.
    split_half
        Columns of :data:`rewire.effects.split_half.SPLIT_HALF_COLUMNS`.
    reliable_change
        Columns of :data:`rewire.effects.reliable_change.RELIABLE_CHANGE_COLUMNS`.
    motion
        Columns of :data:`rewire.effects.motion.MOTION_COLUMNS`.
    plan_author
        ``person``, ``recipe`` or ``draft``; only a person knows whether people were randomised.
    doubts
        What a drafted plan assumed, as sentences; they stand on the first page.
    quality_page
        Where the page for raters lies, as a link from the report; empty for none.
    narrowed
        A sentence that says to whom or to what the call narrowed the run; empty where it did not.
    blinding
        What was locked before arms and scores were joined; None where nothing was blind.
    schedule
        Which visits, runs and arms count as what.
    runs
        What stands for several runs of a session.
    denoising
        Columns of :data:`rewire.core.schema.DENOISING_COLUMNS`; no rows where no image was read.
    denoised
        How noise was taken out of images; None where no image was read.
    shared
        What a shared copy does not tell; None where the report stays with the trial's team.
    tables
        What kinds of question give beside the effects, by name; none in a shared copy.
    """

    trial: Trial
    design: Design
    questions: tuple[Question, ...]
    unanswered: tuple[Unanswered, ...]
    measurements: Measurements
    effects: pd.DataFrame
    baseline_change: pd.DataFrame
    influence: pd.DataFrame
    reliability: pd.DataFrame
    density: pd.DataFrame
    quality: pd.DataFrame
    flow: pd.DataFrame
    faults: tuple[Fault, ...]
    inference: Inference
    plan_name: str
    plan_toml: str
    plan_hash: str
    versions: Mapping[str, str]
    plan_citation: str = ""
    plan_notes: tuple[str, ...] = ()
    plan_changes: tuple[str, ...] = ()
    split_half: pd.DataFrame = field(default_factory=lambda: _without_rows(SPLIT_HALF_COLUMNS))
    reliable_change: pd.DataFrame = field(
        default_factory=lambda: _without_rows(RELIABLE_CHANGE_COLUMNS)
    )
    motion: pd.DataFrame = field(default_factory=lambda: _without_rows(MOTION_COLUMNS))
    plan_author: str = "person"
    doubts: tuple[str, ...] = ()
    narrowed: str = ""
    blinding: Blinding | None = None
    schedule: Schedule = field(default_factory=Schedule)
    runs: RunRule = field(default_factory=RunRule)
    denoising: pd.DataFrame = field(default_factory=lambda: _without_rows(DENOISING_COLUMNS))
    denoised: Denoising | None = None
    shared: Sharing | None = None
    quality_page: str = ""
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def allotment(self) -> str:
        """How people were allotted, in words that claim no more than is known."""
        if not self.design.randomised:
            return "not randomised"
        return "randomised" if self.plan_author == "person" else RANDOMISATION_ASSUMED


def told_people(contents: Contents) -> str:
    """Return the number of participants, as far as this copy of the report tells it."""
    shared = contents.shared
    return str(shared.people) if shared else f"{len(contents.trial.participants):,}"


def told_scans(contents: Contents) -> str:
    """Return the number of scans, as far as this copy of the report tells it."""
    shared = contents.shared
    if shared is None:
        return f"{len(contents.trial.scans):,}"
    return str(shared.scans) if shared.scans else "not told"


def _without_rows(columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(columns=list(columns))
