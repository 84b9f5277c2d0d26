"""How far the order of a sequence of states can be foreseen, next to sequences made from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rewire.numerics.entropy import transition_entropy
from rewire.numerics.lempel_ziv import count_words
from rewire.numerics.state_sequence import MISSING, state_transitions

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class StateComplexity:
    """Words and transition entropy of a sequence, with what its length does to them.

    Parameters
    ----------
    words
        Lempel-Ziv words over their mean in the same states in random order: near 1 for tosses of
        a die, lower the more the order can be foreseen.
    words_markov
        The same of sequences in which the next state depends on the present one alone. ``words``
        below it means order beyond one step.
    transition_entropy
        Bits a step.
    bias
        Transition entropy of sequences drawn with the sequence's own transitions, on average,
        less its own: what a sequence of this length misses, negative.
    """

    words: float = _NAN
    words_markov: float = _NAN
    transition_entropy: float = _NAN
    bias: float = _NAN


def state_complexity(
    labels: IntArray, states: int, surrogates: int, rng: np.random.Generator
) -> StateComplexity:
    """Measure the complexity of a sequence of states.

    Parameters
    ----------
    labels
        State of each volume from 0, or :data:`rewire.numerics.state_sequence.MISSING`; int64,
        shape (volumes,). For words missing volumes are cut out; no step is counted across them.
    states
        How many there are.
    surrogates
        Shuffled and Markov sequences made of it, each as long as it is.
    rng
        Source of these.

    Returns
    -------
    StateComplexity
        NaN with fewer than two volumes in a row that have a state.

    Raises
    ------
    ValueError
        If no surrogate is asked for.

    Notes
    -----
    Words of Lempel and Ziv 1976 (10.1109/TIT.1976.1055501); the entropy rate of a Markov chain
    (Shannon 1948), its bias by the parametric bootstrap (Efron and Tibshirani 1993, chapter 10).

    Examples
    --------
    >>> made = state_complexity(np.tile([0, 1, 2], 40), 3, 20, np.random.default_rng(0))
    >>> made.transition_entropy, made.words < 0.2, made.bias
    (0.0, True, 0.0)
    """
    if surrogates < 1:
        raise ValueError("the complexity of a sequence needs at least one surrogate")
    own = transition_entropy(labels, states)
    if np.isnan(own):
        return StateComplexity()
    known = np.ascontiguousarray(labels[labels != MISSING])
    shuffled = rng.permuted(np.repeat(known[None], surrogates, axis=0), axis=1)
    drawn = _markov(labels, known, states, surrogates, rng)
    reference = float(count_words(shuffled).mean())
    entropies = [transition_entropy(sequence, states) for sequence in drawn]
    return StateComplexity(
        float(count_words(known[None])[0]) / reference,
        float(count_words(drawn).mean()) / reference,
        own,
        float(np.mean(entropies)) - own,
    )


def _markov(
    labels: IntArray, known: IntArray, states: int, count: int, rng: np.random.Generator
) -> IntArray:
    """Draw sequences, as long as the known one, with the transitions of the whole one."""
    share = np.bincount(known, minlength=states) / len(known)
    chances = state_transitions(labels, states)
    chances = np.where(np.isnan(chances), share, chances)
    steps = np.cumsum(chances, axis=1)
    steps[:, -1] = np.inf
    drawn = np.empty((count, len(known)), dtype=np.int64)
    drawn[:, 0] = rng.choice(known, size=count)
    dice = rng.random(drawn.shape)
    for t in range(1, drawn.shape[1]):
        drawn[:, t] = (dice[:, t, None] >= steps[drawn[:, t - 1]]).sum(axis=1)
    return drawn
