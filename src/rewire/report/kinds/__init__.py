"""How each kind of question is told: one module a kind, listed here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from rewire.core.questions import Kind
from rewire.report.kinds import (
    ancova,
    annotation,
    association,
    baseline,
    blinding,
    change,
    discrete,
    genes,
    harms,
    interaction,
    lagged,
    mixed,
    mmrm,
    moderation,
    prediction,
    process,
    slope_difference,
    stratification,
)
from rewire.report.rows import EffectRow
from rewire.report.wording import Wording

WORDINGS: Mapping[Kind, Wording] = MappingProxyType(
    {
        Kind.CHANGE: change.WORDING,
        Kind.INTERACTION: interaction.WORDING,
        Kind.ANCOVA: ancova.WORDING,
        Kind.CHANGE_ASSOCIATION: association.CHANGE,
        Kind.AFTER_ASSOCIATION: association.AFTER,
        Kind.BASELINE_GROUP: baseline.WORDING,
        Kind.MODERATION: moderation.WORDING,
        Kind.MIXED: mixed.WORDING,
        Kind.DISCRETE: discrete.WORDING,
        Kind.HARMS: harms.WORDING,
        Kind.MMRM: mmrm.WORDING,
        Kind.PROCESS: process.WORDING,
        Kind.PREDICTION: prediction.WORDING,
        Kind.BLINDING: blinding.WORDING,
        Kind.LAGGED_ASSOCIATION: lagged.WORDING,
        Kind.SLOPE_DIFFERENCE: slope_difference.WORDING,
        Kind.ANNOTATION: annotation.WORDING,
        Kind.GENES: genes.WORDING,
        Kind.STRATIFICATION: stratification.WORDING,
    }
)
"""How each kind is told."""


def wording(kind: str) -> Wording:
    """Return how a kind is told, by the name that it has in the effects table."""
    return WORDINGS[Kind(kind)]


def is_answer(row: EffectRow) -> bool:
    """Return whether a row answers its question and is no lower term of a model."""
    return wording(row.kind).answers(row)
