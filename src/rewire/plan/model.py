"""The plan as it stands in a TOML file: read, validated with every fault at once, hashed."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import tomlkit
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from rewire.core.errors import PlanError, UsageError
from rewire.core.questions import Alternative, Correction, DesignKind, Kind, Standing
from rewire.core.types import Timepoint

NAME = r"^[A-Za-z0-9][A-Za-z0-9_\-]*$"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Roles(_Part):
    """What the words of a recipe mean in this trial; an empty value is inferred from its tables.

    Attributes
    ----------
    baseline, after
        Time points such as ``ses-baseline``, ``acq-pre``; ``after`` may be several.
    outcome
        Scales, such as ``bdi``; the first that the trial has is used unless ``outcome_rule`` of
        the recipe says all.
    outcome_sessions
        Sessions of the later scores.
    reference
        The arm that others are compared with.
    """

    baseline: str = ""
    after: tuple[str, ...] = ()
    outcome: tuple[str, ...] = ()
    outcome_sessions: tuple[str, ...] = ()
    reference: str = ""

    @field_validator("baseline")
    @classmethod
    def _baseline_is_timepoint(cls, value: str) -> str:
        if value:
            Timepoint.parse(value)
        return value

    @field_validator("after")
    @classmethod
    def _after_are_timepoints(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for item in value:
            Timepoint.parse(item)
        return value


class DesignChoice(_Part):
    """The design, where the tables cannot say it; empty values are inferred."""

    kind: DesignKind | Literal[""] = ""
    factor: str = ""
    arms: tuple[str, ...] = ()
    randomised: bool | None = None


class MeasureChoice(_Part):
    """A measure to compute from the scans, with its options."""

    name: str
    options: dict[str, Any] = Field(default_factory=dict)


class ExclusionChoice(_Part):
    """Who or what is left out, and why; the reason is printed in the report."""

    participant: str
    session: str = ""
    acquisition: str = ""
    run: str = ""
    reason: str = Field(min_length=3)


class InferenceChoice(_Part):
    """How tests are made."""

    seed: int = Field(default=20220411, ge=0)
    permutations: int = Field(default=10_000, ge=0, le=10_000_000)
    confidence: float = Field(default=0.95, gt=0.5, lt=1)


class QualityRules(_Part):
    """When a scan is doubted: retained minutes below which a warning is given."""

    minimum_minutes: float = Field(default=4.0, ge=0)


class QuestionDraft(_Part):
    """A question as written; words beginning with ``@`` are roles."""

    name: str = Field(pattern=NAME)
    text: str
    kind: Kind
    standing: Standing = "exploratory"
    measures: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    before: str = "@baseline"
    after: tuple[str, ...] = ("@after",)
    outcome_sessions: tuple[str, ...] = ("@outcome_sessions",)
    arms: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    where: dict[str, str] = Field(default_factory=dict)
    alternative: Alternative = "two-sided"
    correction: Correction = "fdr_bh"
    designs: tuple[DesignKind, ...] = ("single arm", "parallel", "crossover")

    @field_validator("before")
    @classmethod
    def _before_is_timepoint_or_role(cls, value: str) -> str:
        _check_timepoint(value)
        return value

    @field_validator("after")
    @classmethod
    def _after_are_timepoints_or_roles(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for item in value:
            _check_timepoint(item)
        return value


class Plan(_Part):
    """An analysis plan or a recipe.

    Attributes
    ----------
    format
        Version of this file format.
    name
        What the plan is called in the report.
    author
        ``draft`` where rewire wrote it and nobody has, ``recipe`` for a built-in published
        analysis, ``person`` where somebody did.
    citation
        Reference of the analysis that a recipe repeats.
    notes
        Departures from the source and other remarks that the report prints.
    atlas
        Which parcellation to use where a trial holds several; empty where it holds one.
    """

    format: Literal[1] = 1
    name: str
    author: Literal["draft", "recipe", "person"] = "person"
    citation: str = ""
    notes: tuple[str, ...] = ()
    atlas: str = ""
    roles: Roles = Roles()
    design: DesignChoice = DesignChoice()
    inference: InferenceChoice = InferenceChoice()
    quality: QualityRules = QualityRules()
    scores: dict[str, str] = Field(default_factory=dict)
    measures: tuple[MeasureChoice, ...] = ()
    exclude: tuple[ExclusionChoice, ...] = ()
    questions: tuple[QuestionDraft, ...] = ()

    @field_validator("questions")
    @classmethod
    def _names_are_unique(cls, value: tuple[QuestionDraft, ...]) -> tuple[QuestionDraft, ...]:
        names = [q.name for q in value]
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise ValueError(f"question names must differ; twice: {', '.join(twice)}")
        return value

    def digest(self) -> str:
        """Return the SHA-256 of the plan's content; comments and layout do not count."""
        content = json.dumps(self.content(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()

    def content(self) -> dict[str, Any]:
        """Return what the plan says beyond the defaults, so that a new key changes no old plan."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def to_toml(self) -> str:
        """Return the plan as TOML, without what is empty."""
        return tomlkit.dumps(_without_empty(self.model_dump(mode="json")))


def parse_plan(text: str, origin: str) -> Plan:
    """Read a plan from TOML.

    Parameters
    ----------
    text
        The file's content.
    origin
        Its name, for messages.

    Raises
    ------
    PlanError
        Listing every fault with the values allowed there.

    Examples
    --------
    >>> parse_plan('name = "mine"', "mine.toml").author
    'person'
    """
    try:
        return validate_plan(tomllib.loads(text), origin)
    except tomllib.TOMLDecodeError as error:
        raise PlanError([f"{origin}: this is not TOML: {error}."]) from error


def validate_plan(content: Mapping[str, Any], origin: str) -> Plan:
    """Validate a plan's content; see :func:`parse_plan`."""
    try:
        return Plan.model_validate(content)
    except ValidationError as error:
        raise PlanError([_sentence(e, content, origin) for e in error.errors()]) from error


def read_plan(path: Path) -> Plan:
    """Read a plan from a TOML file.

    Raises
    ------
    UsageError
        If the file cannot be read.
    PlanError
        If its content is at fault.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The plan {path} cannot be read: {error}.") from error
    return parse_plan(text, path.name)


def apply_settings(plan: Plan, settings: Mapping[str, str]) -> Plan:
    """Return the plan with ``--set KEY=VALUE`` applied.

    Parameters
    ----------
    settings
        Dotted keys (``inference.seed``, ``scores.bdi``); a role may be named alone
        (``baseline``). Values are TOML, or plain text; commas make a list.

    Raises
    ------
    PlanError
        If a key or value is not allowed.
    """
    content = plan.model_dump(mode="json")
    for key, value in settings.items():
        path = key.split(".") if "." in key else _full_key(key)
        if path[0] in ("questions", "measures", "exclude"):
            raise PlanError([f"--set {key}: only a plan file can hold {path[0]}."])
        node = content
        for step in path[:-1]:
            node = node.get(step, {})
            if not isinstance(node, dict):
                raise PlanError([f"--set {key}: a plan has no such key."])
        lists = isinstance(node.get(path[-1]), list)
        node[path[-1]] = _setting(value, as_list=lists)
    return validate_plan(content, "--set")


def _full_key(key: str) -> list[str]:
    for section in (Roles, InferenceChoice, DesignChoice):
        if key in section.model_fields:
            names = {Roles: "roles", InferenceChoice: "inference", DesignChoice: "design"}
            return [names[section], key]
    return [key]


def _setting(text: str, *, as_list: bool) -> Any:
    if as_list:
        return [part.strip() for part in text.split(",") if part.strip()]
    try:
        return tomllib.loads(f"v = {text}")["v"]
    except tomllib.TOMLDecodeError:
        return text


def _check_timepoint(text: str) -> None:
    if text in ("@baseline", "@after", "@outcome_sessions"):
        return
    try:
        Timepoint.parse(text)
    except ValueError as error:
        raise ValueError(f"{error}, or one of the roles @baseline, @after") from None


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {k: _without_empty(v) for k, v in value.items()}
        return {k: v for k, v in kept.items() if v not in (None, "", [], {})}
    if isinstance(value, list):
        return [_without_empty(v) for v in value]
    return value


def _sentence(error: Any, content: Mapping[str, Any], origin: str) -> str:
    where: list[str] = []
    node: Any = content
    for step in error["loc"]:
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            node = None
        named = isinstance(node, dict) and isinstance(step, int) and node.get("name")
        where.append(f"'{node['name']}'" if named else str(step))
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        message = "there is no such key"
    return f"{origin}: {' / '.join(where)}: {message}."
