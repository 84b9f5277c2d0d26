"""Two trials that look alike: in one the improvement made the guess, in the other the guess it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rewire.numerics.estimates import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class GuessedTrial:
    """A simulated trial of two arms in which everybody guessed; arrays have shape (people,).

    Parameters
    ----------
    gain
        Improvement, in standard deviations of its noise.
    treated
        Whether a person was given the drug.
    named
        Whether the person thinks so.
    """

    gain: FloatArray
    treated: npt.NDArray[np.bool_]
    named: npt.NDArray[np.bool_]

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        """Who guessed right."""
        return np.asarray(self.treated == self.named, dtype=np.bool_)


def simulate_gain_first(people: int, rng: np.random.Generator, effect: float = 0.5) -> GuessedTrial:
    """Simulate people who guess from how they feel: those who improved think it was the drug.

    gain = effect x drug + N(0, 1); the guess is the drug if gain + N(0, .5^2) > .25. The guess
    moves nothing, and the drug's effect is ``effect``.

    Parameters
    ----------
    people
        In both arms together; an even number.
    rng
        Random numbers.
    effect
        What the drug does.

    Examples
    --------
    >>> made = simulate_gain_first(1000, np.random.default_rng(1))
    >>> bool(made.gain[made.named].mean() > made.gain[~made.named].mean())
    True
    """
    treated = np.arange(people) < people // 2
    gain = effect * treated + rng.standard_normal(people)
    named = gain + 0.5 * rng.standard_normal(people) > 0.25
    return GuessedTrial(gain, treated, named)


def simulate_guess_first(
    people: int, rng: np.random.Generator, effect: float = 0.5, expectancy: float = 0.5
) -> GuessedTrial:
    """Simulate people who guess from side effects, and improve because of what they think.

    Side effects are drug + N(0, 1); the guess is the drug if side effects + N(0, .5^2) > .5;
    gain = effect x drug + expectancy x guess + N(0, 1). The drug's effect on people whose guess
    is held fixed is ``effect``.

    Parameters
    ----------
    people
        In both arms together; an even number.
    rng
        Random numbers.
    effect
        What the drug does by itself.
    expectancy
        What thinking that it was the drug does.

    Examples
    --------
    >>> made = simulate_guess_first(1000, np.random.default_rng(1), expectancy=0.0)
    >>> bool(made.right.mean() > 0.6)
    True
    """
    treated = np.arange(people) < people // 2
    side = treated + rng.standard_normal(people)
    named = side + 0.5 * rng.standard_normal(people) > 0.5
    gain = effect * treated + expectancy * named + rng.standard_normal(people)
    return GuessedTrial(gain, treated, named)
