"""Tests carried out as the question's correction and the plan's blocks want it."""

from __future__ import annotations

from collections.abc import Sequence

from rewire.core.questions import NETWORK_CORRECTIONS
from rewire.effects.answering import Asking, KindTable
from rewire.effects.asked import AskedTest
from rewire.effects.inference import Answered, carry_out
from rewire.effects.networks import network_tests


def carry_out_tests(
    asking: Asking, tests: Sequence[AskedTest]
) -> tuple[Answered, tuple[KindTable, ...]]:
    """Carry out tests, with the networks of their edges where the correction looks at them.

    Parameters
    ----------
    asking
        The question; people are exchanged within the blocks that the plan names.
    tests
        All of one question.

    Returns
    -------
    answered
        Rows of effects and influence.
    tables
        ``components``, where the correction looks at networks.
    """
    question, inference = asking.question, asking.inference
    exchange = asking.exchange()
    if question.correction not in NETWORK_CORRECTIONS:
        return carry_out(question, tests, inference, exchange), ()
    adjusted, tables = network_tests(question, tests, inference, asking.rng(), exchange)
    return carry_out(question, tests, inference, exchange, adjusted), tables
