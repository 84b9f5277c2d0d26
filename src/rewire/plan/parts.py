"""The parts of a plan: what each section of the file may hold."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from rewire.core.imaging import ADDITIONS, BASES, Denoising
from rewire.core.questions import ComponentSize, DesignKind
from rewire.core.schedule import Population, RunChoice, Take
from rewire.core.types import Timepoint


class PlanPart(BaseModel):
    """A section of a plan: frozen, and without keys that nobody knows."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Roles(PlanPart):
    """What the words of a recipe mean in this trial; an empty value is inferred from its tables.

    Attributes
    ----------
    baseline, after
        Time points such as ``ses-baseline``, ``acq-pre``; each may be several.
    baseline_combine
        What stands for several baselines of a person: the ``mean`` of those there are (also where
        it is empty), or the ``last``.
    outcome
        Scales, such as ``bdi``; those that the trial has are used.
    outcome_sessions
        Sessions of the later scores.
    reference
        The arm that others are compared with.
    """

    baseline: str | tuple[str, ...] = ""
    baseline_combine: Take | Literal[""] = ""
    after: tuple[str, ...] = ()
    outcome: tuple[str, ...] = ()
    outcome_sessions: tuple[str, ...] = ()
    reference: str = ""

    @property
    def baselines(self) -> tuple[str, ...]:
        """The time points before treatment that are named."""
        return tuple(b for b in _several(self.baseline) if b)

    @field_validator("baseline")
    @classmethod
    def _baseline_is_timepoint(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        named = _several(value)
        for item in named if any(named) else ():
            Timepoint.parse(item)
        if len(set(named)) < len(named):
            raise ValueError(f"a baseline is named twice: {', '.join(named)}")
        return named if len(named) > 1 else "".join(named)

    @field_validator("after")
    @classmethod
    def _after_are_timepoints(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for item in value:
            Timepoint.parse(item)
        return value


class DesignChoice(PlanPart):
    """The design, where the tables cannot say it; empty values are inferred.

    Attributes
    ----------
    kind, factor, arms, randomised
        See :class:`rewire.core.questions.Design`.
    population
        ``as randomised`` (also where it is empty) or ``as treated``: in which arm those count who
        received another treatment. The other analysis stands beside it.
    """

    kind: DesignKind | Literal[""] = ""
    factor: str = ""
    arms: tuple[str, ...] = ()
    randomised: bool | None = None
    population: Population | Literal[""] = ""


class MeasureChoice(PlanPart):
    """A measure to compute from the scans, with its options."""

    name: str
    options: dict[str, Any] = Field(default_factory=dict)


class ExclusionChoice(PlanPart):
    """Who or what is left out, why, and who said so; all of it is printed in the report.

    Labels may be written with or without their BIDS prefix. A scan that was judged blind is named
    by its opaque id alone.
    """

    participant: str = ""
    scan: str = Field(default="", pattern=r"^(scan-[0-9a-f]{12})?$")
    session: str = ""
    acquisition: str = ""
    run: str = ""
    reason: str = Field(min_length=3)
    by: str = ""

    @model_validator(mode="after")
    def _says_which(self) -> ExclusionChoice:
        narrowed = self.session or self.acquisition or self.run
        if not self.participant and (narrowed or not self.scan):
            raise ValueError("name a participant, with a session or run if need be, or a scan")
        return self

    @field_validator("participant")
    @classmethod
    def _with_sub(cls, value: str) -> str:
        return f"sub-{value}" if value.isalnum() else value

    @field_validator("session")
    @classmethod
    def _with_ses(cls, value: str) -> str:
        return f"ses-{value}" if value.isalnum() else value

    @field_validator("acquisition", "run")
    @classmethod
    def _bare(cls, value: str) -> str:
        return value.removeprefix("acq-").removeprefix("run-")


class InferenceChoice(PlanPart):
    """How tests are made; see :class:`rewire.core.questions.Inference`."""

    seed: int = Field(default=20220411, ge=0)
    permutations: int = Field(default=10_000, ge=0, le=10_000_000)
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    equivalence_smd: float = Field(default=0.5, gt=0, le=5)
    equivalence_r: float = Field(default=0.3, gt=0, lt=1)
    exchange_within: str = ""
    nbs_threshold: float = Field(default=3.0, gt=0, le=100)
    nbs_size: ComponentSize = "extent"
    tfnbs_e: float = Field(default=0.4, gt=0, le=10)
    tfnbs_h: float = Field(default=3.0, gt=0, le=10)
    tfnbs_step: float = Field(default=0.1, ge=0.01, le=1)


class RunRules(PlanPart):
    """How several runs of one session and acquisition become one value.

    Attributes
    ----------
    combine
        ``mean``, ``first``, ``last`` or ``longest`` of the runs that gave a value, or
        ``weighted``: their mean, weighted by retained minutes.
    """

    combine: RunChoice = "mean"

    @field_validator("combine", mode="before")
    @classmethod
    def _every_run_is_kept(cls, value: object) -> object:
        if value == "keep":
            raise ValueError(
                "every run is kept in measures/ whatever is chosen here, and a test needs one "
                "value a visit: choose mean, first, last, longest or weighted"
            )
        return value


class VisitRules(PlanPart):
    """Which visits may stand in for scheduled ones that a person missed.

    In a file each scheduled session is a key: ``"ses-week6" = ["ses-early"]``.

    Attributes
    ----------
    instead
        Visits by scheduled session, the first choice first.
    window_days
        Only within so many days of the scheduled session's usual day.
    """

    instead: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    window_days: float | None = Field(default=None, ge=0)

    @model_validator(mode="before")
    @classmethod
    def _sessions_are_keys(cls, content: Any) -> Any:
        if not isinstance(content, dict):
            return content
        sessions = {k: _several(v) for k, v in content.items() if k.startswith("ses-")}
        if not sessions:
            return content
        others = {k: v for k, v in content.items() if k not in sessions}
        return {**others, "instead": {**others.get("instead", {}), **sessions}}


class QualityRules(PlanPart):
    """When a scan is doubted, and when it is left out before anything is measured.

    Attributes
    ----------
    minimum_minutes
        Retained minutes below which a warning is given.
    exclude_minutes_below
        Retained minutes below which a scan is left out; 0 leaves none out.
    exclude_motion_above
        Mean framewise displacement in mm above which a scan is left out; 0 leaves none out.
    exclude_silent_above
        Share of regions without signal above which a scan is left out; 0 leaves none out.
    """

    minimum_minutes: float = Field(default=4.0, ge=0)
    exclude_minutes_below: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    exclude_motion_above: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    exclude_silent_above: float = Field(default=0.0, ge=0, lt=1)


class ImageChoice(PlanPart):
    """Whether scans are read from images, and how their noise is taken out.

    Attributes
    ----------
    strategy
        Empty where parcellated series are read and images are not. Otherwise ``none``, ``6p``,
        ``24p``, ``36p``, ``acompcor`` or ``ica-aroma``, with ``+wmcsf``, ``+gsr``, ``+cosine``
        or ``+scrubbing`` after it, such as ``24p+gsr+scrubbing``.
    space, desc
        Labels of the images to read, where a run has several.
    atlas_image
        Path of the atlas's label image, from the trial's folder; empty where it is in
        ``atlases/``. Its table stands beside it.
    motion_threshold, dvars_threshold, shortest_segment
        What ``scrubbing`` leaves out; mm of framewise displacement, standardised DVARS, volumes.
    components
        CompCor components that ``acompcor`` takes; 0 for all.
    high_pass, low_pass
        Limits of a filter in Hz; 0 for none.
    minimum_coverage
        Share of a region below which it is left out, in parcellated series with a coverage
        table too.
    """

    strategy: str = ""
    space: str = ""
    desc: str = ""
    atlas_image: str = ""
    motion_threshold: float = Field(default=0.5, gt=0)
    dvars_threshold: float = Field(default=1.5, gt=0)
    shortest_segment: int = Field(default=5, ge=0)
    components: int = Field(default=0, ge=0)
    high_pass: float = Field(default=0.0, ge=0)
    low_pass: float = Field(default=0.0, ge=0)
    minimum_coverage: float = Field(default=0.5, ge=0, le=1)

    @field_validator("strategy")
    @classmethod
    def _strategy_is_known(cls, value: str) -> str:
        base, *added = value.split("+")
        unknown = [a for a in added if a not in ADDITIONS or added.count(a) > 1]
        if value and (base not in BASES or unknown):
            raise ValueError(
                f"'{value}' is no strategy: write one of {', '.join(BASES)}, and after it any of "
                f"+{', +'.join(ADDITIONS)}, each once"
            )
        return value

    @model_validator(mode="after")
    def _band_is_a_band(self) -> ImageChoice:
        if self.high_pass and self.low_pass and self.high_pass >= self.low_pass:
            raise ValueError("high_pass must lie below low_pass")
        return self

    @property
    def denoising(self) -> Denoising:
        """What is done to the series of regions."""
        return Denoising(**self.model_dump(exclude={"space", "desc", "atlas_image"}))


class ReliabilityChoice(PlanPart):
    """What is measured for the sake of reliability alone.

    Attributes
    ----------
    split_half
        Measure both halves of every scan as well; most measures then take two to three times as
        long.
    halves
        ``consecutive``: first against second half. ``alternating``: the 1st, 3rd ... of ten
        blocks against the others, so that drift within a scan counts for less.
    """

    split_half: bool = False
    halves: Literal["consecutive", "alternating"] = "consecutive"


def _several(value: Any) -> tuple[Any, ...]:
    """Return what may be written as one text, as a text with commas or as a list."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(","))
    return tuple(value)
