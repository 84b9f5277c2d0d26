"""What links between a measure and a score can be told."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from rewire.core.options import KindOptions

Method = Literal["pearson", "spearman", "skipped"]


class AssociationOptions(KindOptions):
    """Options of ``change_association`` and ``after_association``.

    Attributes
    ----------
    method
        ``pearson``, ``spearman``, or ``skipped``: Spearman's without bivariate outliers.
    reliability
        ``icc`` puts the correlation corrected for unreliability beside the observed one.
    measure_reliability
        Reliability of the measure as it is related (of its change, where changes are); 0 takes it
        from this run's untreated pairs.
    score_reliability
        The same of the score; 1 leaves it as it is.
    """

    method: Method = "pearson"
    reliability: Literal["none", "icc"] = "none"
    measure_reliability: float = Field(default=0.0, ge=0, le=1)
    score_reliability: float = Field(default=1.0, gt=0, le=1)

    @model_validator(mode="after")
    def _correction_is_of_pearson(self) -> AssociationOptions:
        if self.reliability != "none" and self.method != "pearson":
            raise ValueError("reliability = 'icc' corrects a Pearson correlation")
        if self.reliability == "none" and (self.measure_reliability or self.score_reliability < 1):
            raise ValueError("reliabilities are used with reliability = 'icc'")
        return self


class LaggedOptions(KindOptions):
    """Options of ``lagged_association``.

    Attributes
    ----------
    method
        As in :class:`AssociationOptions`.
    early_score
        Session of the score that goes with the early scan; empty where it is the scan's own.
    """

    method: Method = "pearson"
    early_score: str = ""

    def sessions(self) -> tuple[str, ...]:
        """Return the session of the early score, where it is named."""
        return (self.early_score,) if self.early_score else ()
