"""The tests that a question comes down to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rewire.core.questions import Kind, Question
from rewire.core.types import FloatArray, Timepoint
from rewire.effects.responses import Response
from rewire.numerics.linear import TermModel
from rewire.numerics.rank_association import RankModel
from rewire.numerics.skipped_model import SkippedModel
from rewire.numerics.welch import WelchModel


@dataclass(frozen=True, slots=True)
class Labels:
    """What a test is called in the effects table.

    Parameters
    ----------
    session, acquisition
        When; in an association the session of the later score.
    arm
        The arm within which it is made; empty where arms are compared.
    contrast
        ``A - B`` where two arms are compared, else the time points.
    outcome
        The score of an association, or the score that is the response.
    term
        The term that is tested where the kind alone does not tell it.
    """

    session: str = ""
    acquisition: str = ""
    arm: str = ""
    contrast: str = ""
    outcome: str = ""
    term: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class AskedTest:
    """One model over all cells of a response.

    Parameters
    ----------
    question
        The question it belongs to.
    response
        What is looked at.
    labels
        What it is called.
    model
        What is fitted.
    method
        The parametric test in words.
    effect_size_kind
        ``d_z``, ``hedges_g`` or ``r``.
    pair
        Before and after, each of shape (people, cells), where a change within an arm is tested.
    """

    question: Question
    response: Response
    labels: Labels
    model: TermModel | WelchModel | RankModel | SkippedModel
    method: str
    effect_size_kind: str
    pair: tuple[FloatArray, FloatArray] | None = None

    @property
    def term(self) -> str:
        """The term that is tested, as lme4 would name it: ``session[week6]:arm[psilocybin]``."""
        if self.labels.term:
            return self.labels.term
        acquisition = f"acq-{self.labels.acquisition}" if self.labels.acquisition else ""
        when = self.labels.session.removeprefix("ses-") or acquisition
        session = f"session[{when}]" if when else "session"
        arm = f"arm[{self.labels.contrast.partition(' - ')[0]}]"
        terms = {
            Kind.CHANGE: session,
            Kind.INTERACTION: f"{session}:{arm}",
            Kind.ANCOVA: arm,
            Kind.CHANGE_ASSOCIATION: "score change",
            Kind.AFTER_ASSOCIATION: "score",
            Kind.BASELINE_GROUP: arm,
        }
        return terms[self.question.kind]


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """The tests of a question, and why parts of it have none."""

    tests: tuple[AskedTest, ...]
    reasons: tuple[str, ...]


def moment(point: Timepoint) -> tuple[str, str]:
    """Return session and acquisition of a time point, as the effects table writes them."""
    return point.session, point.acquisition


def nobody(values: FloatArray) -> bool:
    """Return whether there is no value at all."""
    return not bool(np.isfinite(values).any())


def absent(response: Response, point: Timepoint) -> str:
    """Return the sentence that says that a response is missing at a time point."""
    verb = "measured" if response.measure else "scored"
    return f"{response.name} was not {verb} at {point}"
