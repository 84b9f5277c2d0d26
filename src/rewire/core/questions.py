"""The kinds of question that a plan can ask, and a question bound to a trial."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from rewire.core.options import KindOptions
from rewire.core.schedule import Population
from rewire.core.types import Timepoint

Alternative = Literal["two-sided", "greater", "less"]
Correction = Literal["fdr_bh", "holm", "bonferroni", "max_t", "nbs", "tfnbs", "none"]
NETWORK_CORRECTIONS: tuple[Correction, ...] = ("nbs", "tfnbs")
"""The corrections that look at how edges hang together."""
ComponentSize = Literal["extent", "intensity"]
Standing = Literal["primary", "secondary", "exploratory", "companion"]
DesignKind = Literal["single arm", "parallel", "crossover"]


class Kind(StrEnum):
    """What a question asks.

    ``change``
        after minus before within each arm (paired t).
    ``interaction``
        whether the change differs between arms (arm x session; paired in a crossover).
    ``ancova``
        the arm effect after treatment, adjusted for baseline.
    ``change_association``
        correlation of the change in a measure with the change in a score.
    ``after_association``
        correlation of a measure after treatment with a score.
    ``baseline_group``
        whether the arms (or groups) differ before treatment.
    ``moderation``
        whether what people brought with them (expectancy, suggestibility) decides how they
        change, within arms and between them (mixed model).
    ``mixed``
        a linear mixed model that the plan writes as a formula.
    ``mmrm``
        the arms over all later visits: mixed model for repeated measures.
    ``discrete``
        response, counts or grades by arm: logistic, Poisson or ordinal regression.
    ``harms``
        benefit and harm by arm on one page: risks and their differences.
    ``lagged_association``
        whether an early change in a measure precedes a later change in a score.
    ``slope_difference``
        whether an association differs between the arms.
    ``process``
        drug, context, and whether what one does depends on the other.
    ``blinding``
        whether people knew what they were given, and what that does to the arm effect.
    ``prediction``
        who responds, from what was known at baseline.
    ``annotation``
        whether the map of a change follows maps of receptors or other annotations.
    ``genes``
        which genes and gene sets follow the map of a change.
    ``stratification``
        whether people fall into groups by the regional profile of their change.
    """

    CHANGE = "change"
    INTERACTION = "interaction"
    ANCOVA = "ancova"
    CHANGE_ASSOCIATION = "change_association"
    AFTER_ASSOCIATION = "after_association"
    BASELINE_GROUP = "baseline_group"
    MODERATION = "moderation"
    MIXED = "mixed"
    MMRM = "mmrm"
    DISCRETE = "discrete"
    HARMS = "harms"
    LAGGED_ASSOCIATION = "lagged_association"
    SLOPE_DIFFERENCE = "slope_difference"
    PROCESS = "process"
    BLINDING = "blinding"
    PREDICTION = "prediction"
    ANNOTATION = "annotation"
    GENES = "genes"
    STRATIFICATION = "stratification"


@dataclass(frozen=True, slots=True)
class Design:
    """How people were allotted to what they were given.

    Parameters
    ----------
    kind
        ``single arm``; ``parallel`` (each person in one arm); ``crossover`` (each person in
        every arm, the arm being the drug of the session).
    factor
        The column that holds the arm: one of ``participants`` for a parallel design (``arm``,
        ``group``), ``drug`` of ``sessions`` for a crossover.
    arms
        Arms in use, the reference arm last.
    reference
        The arm that the others are compared with; empty in a single-arm trial.
    randomised
        Whether people were allotted at random.
    """

    kind: DesignKind
    factor: str
    arms: tuple[str, ...]
    reference: str
    randomised: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A question bound to a trial: real sessions, arms, measures and scales.

    Parameters
    ----------
    name
        Unique within the plan; letters, digits, ``-`` and ``_``.
    text
        The question in a plain sentence.
    kind
        What is asked.
    standing
        ``primary`` only if a person wrote it into the plan; ``companion`` where rewire added it
        because a rule of the house asks for it.
    measures
        Quantities, such as ``modularity_q_norm``; empty where scores are the response.
    outcomes
        Scales, as ``rewire.core.scales`` names them.
    before
        Baseline time point (of the measure; of the scores unless they differ).
    after
        One or more later time points of the measure (or of the score as response).
    outcome_before
        Session of the baseline score in an association; empty otherwise.
    outcome_after
        Sessions of the later score in an association.
    arms
        Arms in which it is asked (``change``, associations) or which are compared; empty for all.
        In a two-arm comparison the reference comes last.
    covariates
        Columns of ``participants`` that are adjusted for.
    moderators
        Columns of ``participants`` that may decide how people change (``moderation``).
    where
        Only participants whose column equals the value, as ``(("group", "MDD"),)``.
    alternative
        Side of the test.
    correction
        How p is adjusted over the rows of this question.
    analysis
        Whether people count in the arm they were allotted to or in that which they received.
    repeats
        Name of the question that this one asks again, of people as treated where that was of
        people as randomised; empty for a question of its own.
    options
        What only this kind of question can be told; None where there is nothing to tell.
    """

    name: str
    text: str
    kind: Kind
    standing: Standing
    measures: tuple[str, ...]
    outcomes: tuple[str, ...]
    before: Timepoint
    after: tuple[Timepoint, ...]
    outcome_before: str = ""
    outcome_after: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    where: tuple[tuple[str, str], ...] = ()
    alternative: Alternative = "two-sided"
    correction: Correction = "fdr_bh"
    moderators: tuple[str, ...] = ()
    analysis: Population = "as randomised"
    repeats: str = ""
    options: KindOptions | None = None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question, or a part of one, that the trial cannot answer, and why."""

    question: str
    reason: str


@dataclass(frozen=True, slots=True)
class Inference:
    """How tests are made.

    Parameters
    ----------
    seed
        Seed of every random number in the run.
    permutations
        Relabellings drawn for a permutation p; all of them where there are fewer.
    confidence
        Level of intervals.
    equivalence_smd
        Standardised mean that is held to matter; an effect below it counts as none.
    equivalence_r
        The same for correlations.
    exchange_within
        Column of ``participants`` within whose values people are exchanged; empty for all.
    nbs_threshold, nbs_size
        Distance of t from 0 beyond which edges form components, and what their size is.
    tfnbs_e, tfnbs_h, tfnbs_step
        Exponents of extent and height, and the distance of thresholds in units of t.
    """

    seed: int = 0
    permutations: int = 10_000
    confidence: float = 0.95
    equivalence_smd: float = 0.5
    equivalence_r: float = 0.3
    exchange_within: str = ""
    nbs_threshold: float = 3.0
    nbs_size: ComponentSize = "extent"
    tfnbs_e: float = 0.4
    tfnbs_h: float = 3.0
    tfnbs_step: float = 0.1
