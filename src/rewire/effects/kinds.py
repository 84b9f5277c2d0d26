"""Who answers which kind of question."""

from __future__ import annotations

from types import MappingProxyType

from rewire.core.questions import Kind
from rewire.effects.answering import Replies
from rewire.effects.blinding import answer_blinding
from rewire.effects.discrete import answer_discrete
from rewire.effects.harms import answer_harms
from rewire.effects.lagged import answer_lagged
from rewire.effects.mixed import answer_mixed
from rewire.effects.mmrm import answer_mmrm
from rewire.effects.moderation import answer_moderation
from rewire.effects.prediction import answer_prediction
from rewire.effects.process import answer_process
from rewire.effects.slope_difference import answer_slope_difference

REPLIES: Replies = MappingProxyType(
    {
        Kind.MODERATION: answer_moderation,
        Kind.MMRM: answer_mmrm,
        Kind.PROCESS: answer_process,
        Kind.PREDICTION: answer_prediction,
        Kind.BLINDING: answer_blinding,
        Kind.MIXED: answer_mixed,
        Kind.DISCRETE: answer_discrete,
        Kind.HARMS: answer_harms,
        Kind.LAGGED_ASSOCIATION: answer_lagged,
        Kind.SLOPE_DIFFERENCE: answer_slope_difference,
    }
)
"""The kinds that answer by themselves; the others come down to tests (``effects/asked.py``)."""
