"""The plan as it stands in a TOML file: read, validated with every fault at once, hashed."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import tomlkit
from pydantic import Field, ValidationError, field_validator, model_validator

from rewire.core.errors import PlanError, UsageError
from rewire.core.questions import NETWORK_CORRECTIONS
from rewire.plan.maps import MapsChoice
from rewire.plan.parts import (
    DesignChoice,
    ExclusionChoice,
    ImageChoice,
    InferenceChoice,
    MeasureChoice,
    PlanPart,
    QualityRules,
    ReliabilityChoice,
    Roles,
    RunRules,
    VisitRules,
)
from rewire.plan.question import QuestionDraft


class Plan(PlanPart):
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
    reliability: ReliabilityChoice = ReliabilityChoice()
    runs: RunRules = RunRules()
    visits: VisitRules = VisitRules()
    images: ImageChoice = ImageChoice()
    maps: MapsChoice = MapsChoice()
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

    @model_validator(mode="after")
    def _relabelling_needs_permutations(self) -> Plan:
        by_relabelling = ("max_t", *NETWORK_CORRECTIONS)
        asked = [q for q in self.questions if q.correction in by_relabelling]
        if asked and self.inference.permutations == 0:
            which = " or ".join(f"'{c}'" for c in dict.fromkeys(q.correction for q in asked))
            named = ", ".join(q.name for q in asked)
            raise ValueError(f"correction = {which} in {named} needs permutations above 0")
        return self

    def digest(self) -> str:
        """Return the SHA-256 of the plan's content; comments and layout do not count."""
        content = json.dumps(self.content(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()

    def content(self) -> dict[str, Any]:
        """Return what the plan says beyond the defaults, so that a new key changes no old plan."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def to_toml(self) -> str:
        """Return the plan as TOML, without what is empty."""
        content = self.model_dump(mode="json")
        if self.images == ImageChoice():
            del content["images"]
        if self.maps == MapsChoice():
            del content["maps"]
        return tomlkit.dumps(_without_empty(content))


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
        node: Any = content
        for step in path[:-1]:
            node = node.get(step)
            if not isinstance(node, dict):
                held = ", ".join(k for k, v in content.items() if isinstance(v, dict))
                raise PlanError([f"--set {key}: a plan has no such key; sections are {held}."])
        lists = isinstance(node.get(path[-1]), list)
        node[path[-1]] = _setting(value, as_list=lists)
    return validate_plan(content, "--set")


def _full_key(key: str) -> list[str]:
    sections: dict[str, type[PlanPart]] = {
        "roles": Roles,
        "inference": InferenceChoice,
        "design": DesignChoice,
        "reliability": ReliabilityChoice,
        "quality": QualityRules,
    }
    for name, section in sections.items():
        if key in section.model_fields:
            return [name, key]
    return [key]


def _setting(text: str, *, as_list: bool) -> Any:
    if as_list:
        return [part.strip() for part in text.split(",") if part.strip()]
    try:
        return tomllib.loads(f"v = {text}")["v"]
    except tomllib.TOMLDecodeError:
        return text


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
