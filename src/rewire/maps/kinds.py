"""Who answers the questions about maps."""

from __future__ import annotations

from types import MappingProxyType

from rewire.core.questions import Kind
from rewire.effects.answering import Replies
from rewire.maps.annotation import answer_annotation
from rewire.maps.genes import answer_genes
from rewire.maps.stratification import answer_stratification

MAP_REPLIES: Replies = MappingProxyType(
    {
        Kind.ANNOTATION: answer_annotation,
        Kind.GENES: answer_genes,
        Kind.STRATIFICATION: answer_stratification,
    }
)
"""The kinds that hold a change against maps of the brain."""
