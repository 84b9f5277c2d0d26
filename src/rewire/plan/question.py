"""A question as a plan writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, SerializeAsAny, ValidationError, field_validator, model_validator

from rewire.core.options import KindOptions
from rewire.core.questions import (
    NETWORK_CORRECTIONS,
    Alternative,
    Correction,
    DesignKind,
    Kind,
    Standing,
)
from rewire.core.types import Timepoint
from rewire.plan.options import OPTIONS
from rewire.plan.parts import PlanPart

_OF_TESTS = (
    Kind.CHANGE,
    Kind.INTERACTION,
    Kind.ANCOVA,
    Kind.BASELINE_GROUP,
    Kind.CHANGE_ASSOCIATION,
    Kind.AFTER_ASSOCIATION,
)
_NOT_HEEDED: Mapping[Kind, tuple[str, ...]] = {
    Kind.HARMS: ("measures", "covariates", "alternative"),
    Kind.DISCRETE: ("measures", "alternative"),
    Kind.BLINDING: ("measures", "covariates", "alternative"),
    Kind.PREDICTION: ("covariates", "alternative"),
}
"""What a kind has no use for; a plan that says it means something else than what is done."""
_OF_ONE_RESPONSE = (
    Kind.CHANGE,
    Kind.INTERACTION,
    Kind.ANCOVA,
    Kind.BASELINE_GROUP,
    Kind.MODERATION,
    Kind.MIXED,
    Kind.MMRM,
)
NAME = r"^[A-Za-z0-9][A-Za-z0-9_\-]*$"


class QuestionDraft(PlanPart):
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
    moderators: tuple[str, ...] = ()
    where: dict[str, str] = Field(default_factory=dict)
    alternative: Alternative = "two-sided"
    correction: Correction = "fdr_bh"
    designs: tuple[DesignKind, ...] = ("single arm", "parallel", "crossover")
    options: SerializeAsAny[KindOptions] | None = None

    @model_validator(mode="before")
    @classmethod
    def _options_are_of_the_kind(cls, content: Any) -> Any:
        if not isinstance(content, dict):
            return content
        return {**content, "options": _options(content.get("kind"), content.get("options"))}

    @model_validator(mode="after")
    def _moderation_has_moderators(self) -> QuestionDraft:
        moderation = self.kind is Kind.MODERATION
        if moderation != bool(self.moderators):
            raise ValueError("moderators belong to kind = 'moderation', which needs at least one")
        plain = self.correction != "max_t" and self.alternative == "two-sided"
        if moderation and (self.covariates or not plain):
            raise ValueError("a moderation is two-sided, without covariates, permutations (max_t)")
        if getattr(self.options, "method", "") == "skipped" and self.correction == "max_t":
            raise ValueError("a skipped correlation has no max_t: its outliers differ by cell")
        return self

    @model_validator(mode="after")
    def _networks_are_of_tests(self) -> QuestionDraft:
        if self.correction in NETWORK_CORRECTIONS and self.kind not in _OF_TESTS:
            known = ", ".join(kind.value for kind in _OF_TESTS)
            raise ValueError(f"correction = '{self.correction}' belongs to kinds {known}")
        return self

    @model_validator(mode="after")
    def _what_is_said_is_heeded(self) -> QuestionDraft:
        fields = type(self).model_fields
        said = [
            key
            for key in _NOT_HEEDED.get(self.kind, ())
            if getattr(self, key) != fields[key].get_default()
        ]
        faults = [f"kind = '{self.kind}' takes no {', '.join(said)}"] if said else []
        if self.kind in _OF_ONE_RESPONSE:
            if self.measures and self.outcomes:
                faults.append(
                    f"kind = '{self.kind}' asks of measures or of outcomes: write two questions"
                )
            if self.outcome_sessions != fields["outcome_sessions"].get_default():
                faults.append(f"kind = '{self.kind}' has its sessions under after")
        if faults:
            raise ValueError("; ".join(faults))
        return self

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


def _options(kind: object, given: object) -> KindOptions | None:
    """Return the options of a kind from what a plan holds; a kind without options takes none."""
    wanted = OPTIONS.get(Kind(str(kind))) if str(kind) in {k.value for k in Kind} else None
    if isinstance(given, KindOptions):
        given = given.model_dump()
    if wanted is None:
        if given:
            raise ValueError(f"kind = '{kind}' has no options")
        return None
    try:
        return wanted.model_validate(given or {})
    except ValidationError as error:
        told = [
            f"options.{'.'.join(map(str, e['loc']))}: {e['msg'].removeprefix('Value error, ')}"
            for e in error.errors()
        ]
        raise ValueError("; ".join(told)) from error


def _check_timepoint(text: str) -> None:
    if text in ("@baseline", "@after", "@outcome_sessions"):
        return
    try:
        Timepoint.parse(text)
    except ValueError as error:
        raise ValueError(f"{error}, or one of the roles @baseline, @after") from None
