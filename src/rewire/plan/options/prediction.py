"""What a prediction can be told in a plan."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from rewire.core.options import KindOptions

Target = Literal["after", "change", "response", "remission"]
FeatureSet = Literal["clinic", "brain", "both"]
Model = Literal["ridge", "elastic net", "logistic"]


class PredictionOptions(KindOptions):
    """Who or what is predicted, from what, and how.

    Attributes
    ----------
    target
        ``after``: the score at the last session. ``change``: that less the score at baseline.
        ``response``: a fall of at least half of what the baseline had above the
        scale's lowest score. ``remission``: a last score at or beyond the scale's cut-off.
    features
        ``clinic``: what is known without a scan. ``brain``: the measures at baseline. ``both``.
    clinic
        Columns of participants that count as clinic beside the baseline score and the arm;
        ``age`` and ``sex``, where there are such columns, if it is left out.
    model
        ``ridge``, also of two classes (1 and 0); ``elastic net`` for values; ``logistic`` (ridge)
        for two classes.
    select
        How many brain predictors a filter keeps within each fold; all if it is left out.
    harmonise
        Column of participants (a site) by which brain predictors are harmonised within folds.
    leave_out
        Column of participants whose values are left out one at a time (a site); people are left
        out at random if it is empty.
    folds, repeats
        Of the outer cross-validation; one repeat where ``leave_out`` is given.
    permutations
        Of the outcome, for p; at most 49 of one repeat with ``elastic net`` and ``logistic``.
    refuse_below
        People below whom nothing is predicted; by Riley's criteria if it is left out.
    """

    target: Target = "after"
    features: tuple[FeatureSet, ...] = Field(("clinic", "brain", "both"), min_length=1)
    clinic: tuple[str, ...] | None = None
    model: Model = "ridge"
    select: int | None = Field(None, ge=1, le=50)
    harmonise: str = ""
    leave_out: str = ""
    folds: int = Field(5, ge=2, le=20)
    repeats: int = Field(20, ge=1, le=100)
    permutations: int = Field(1000, ge=0, le=10_000)
    refuse_below: int | None = Field(None, ge=20)

    @property
    def of_classes(self) -> bool:
        """Whether two classes are predicted and not a value."""
        return self.target in ("response", "remission")

    @model_validator(mode="after")
    def _model_fits_target(self) -> PredictionOptions:
        if self.model == "logistic" and not self.of_classes:
            raise ValueError("model = 'logistic' needs target = 'response' or 'remission'")
        if self.model == "elastic net" and self.of_classes:
            raise ValueError("model = 'elastic net' needs target = 'after' or 'change'")
        if len(set(self.features)) < len(self.features):
            raise ValueError("features name a set twice")
        return self

    def columns(self) -> tuple[str, ...]:
        """Return the columns of ``participants.tsv`` that the options name."""
        named = (*(self.clinic or ()), self.harmonise, self.leave_out)
        return tuple(dict.fromkeys(c for c in named if c))
