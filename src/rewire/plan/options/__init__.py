"""What each kind of question can be told in a plan, under ``[questions.options]``."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from rewire.core.options import KindOptions
from rewire.core.questions import Kind
from rewire.plan.options.annotation import AnnotationOptions
from rewire.plan.options.association import AssociationOptions, LaggedOptions
from rewire.plan.options.blinding import BlindingOptions
from rewire.plan.options.discrete import DiscreteOptions
from rewire.plan.options.genes import GenesOptions
from rewire.plan.options.harms import HarmsOptions
from rewire.plan.options.mixed import MixedOptions
from rewire.plan.options.mmrm import MmrmOptions
from rewire.plan.options.prediction import PredictionOptions
from rewire.plan.options.process import ProcessOptions
from rewire.plan.options.stratification import StratificationOptions

OPTIONS: Mapping[Kind, type[KindOptions]] = MappingProxyType(
    {
        Kind.MMRM: MmrmOptions,
        Kind.PROCESS: ProcessOptions,
        Kind.PREDICTION: PredictionOptions,
        Kind.BLINDING: BlindingOptions,
        Kind.MIXED: MixedOptions,
        Kind.DISCRETE: DiscreteOptions,
        Kind.HARMS: HarmsOptions,
        Kind.CHANGE_ASSOCIATION: AssociationOptions,
        Kind.AFTER_ASSOCIATION: AssociationOptions,
        Kind.LAGGED_ASSOCIATION: LaggedOptions,
        Kind.ANNOTATION: AnnotationOptions,
        Kind.GENES: GenesOptions,
        Kind.STRATIFICATION: StratificationOptions,
    }
)
"""The options of each kind that has any."""
