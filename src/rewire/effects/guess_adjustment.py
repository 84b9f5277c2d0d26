"""The arm effect on a score beside what people guessed, and as if they had guessed at random."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from rewire.core.types import FloatArray, Timepoint
from rewire.effects.answering import Asking, KindTable
from rewire.effects.guesses import Guesses
from rewire.effects.responses import Response
from rewire.effects.tables import Piece
from rewire.numerics.adjust import Adjustment, adjust_p
from rewire.numerics.guess_rate import ArmEffect, adjust_for_guess, reweight_guesses
from rewire.plan.options.blinding import BlindingOptions

CHANCE = 0.5
AS_IT_WAS, BESIDE, AT_RATE = "as it was", "beside the guess", "at a rate of right guesses"
_POINTS = 11
_AT_CHANCE = " at guess rate 0.5"
_METHODS = {
    AS_IT_WAS: "change ~ arm, least squares, among those who named one of the two arms",
    BESIDE: "change ~ arm + guess, least squares; right only if the guess moved the score",
    AT_RATE: "strata of arm and right guess reweighted to a rate of .5 (Szigeti 2023); right only "
    "if the guess moved the score",
}
_CGR = "The arm effect on the change, as it was, beside the guess, and at rates of right guesses"
_IMPROVEMENT = "Change of those who named the treatment less that of those who named the reference"


@dataclass(frozen=True, slots=True, eq=False)
class Adjusted:
    """The part of an answer that is about arm effects."""

    pieces: tuple[Piece, ...] = ()
    tables: tuple[KindTable, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """One outcome at one session in two arms: those who named one of the two.

    Parameters
    ----------
    outcome, session, arm, reference
        What is compared.
    y
        Change since baseline, shape (people,).
    treated, named_arm
        Whether a person is in the first arm, and whether they named it; shape (people,).
    """

    outcome: str
    session: str
    arm: str
    reference: str
    y: FloatArray
    treated: npt.NDArray[np.bool_]
    named_arm: npt.NDArray[np.bool_]

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        """Who guessed right."""
        return np.asarray(self.treated == self.named_arm, dtype=np.bool_)


_Found = tuple[_Pair, tuple[tuple[str, ArmEffect], ...]]


def adjust_effects(
    asking: Asking, guesses: Guesses, options: BlindingOptions, correction: Adjustment
) -> Adjusted:
    """Estimate each arm effect unadjusted, beside the guess, and at rates of right guesses.

    The outcome is the change since baseline, as in Szigeti et al. 2023
    (10.1038/s41598-023-34938-7); the same people are in all three, those who named one of the
    two arms compared.

    Parameters
    ----------
    asking
        The question; without outcomes nothing is adjusted.
    guesses
        What people guessed.
    options
        How right guesses are split over arms at another rate.
    correction
        How p is adjusted over outcomes, sessions and pairs of arms.

    Returns
    -------
    Adjusted
        Rows of the effects table with the rate .5, tables with the whole curve.
    """
    question = asking.question
    if not question.outcomes:
        return Adjusted()
    if not question.outcome_before or not question.outcome_after:
        return Adjusted(reasons=("no score before and after treatment to adjust the effect on",))
    confidence = asking.inference.confidence
    found: list[_Found] = []
    reasons: list[str] = []
    for response in asking.scored():
        for session in question.outcome_after:
            pairs = list(_pairs(asking, guesses, response, session))
            found += [(pair, tuple(_effects(pair, options, confidence))) for pair in pairs]
            if not pairs:
                reasons.append(
                    f"{response.outcome}: nobody who guessed was scored at baseline and {session}"
                )
    pieces = tuple(_pieces(asking, found, correction)) if found else ()
    tables = (
        KindTable("blinding_improvement", _IMPROVEMENT, _improvement(asking, found)),
        KindTable("blinding_cgr", _CGR, _curves(asking, found)),
    )
    return Adjusted(pieces, tables if found else (), tuple(reasons))


def _pairs(asking: Asking, guesses: Guesses, response: Response, session: str) -> Iterator[_Pair]:
    before = response.at(Timepoint(session=asking.question.outcome_before))[:, 0]
    change = response.at(Timepoint(session=session))[:, 0] - before
    last = len(guesses.arms) - 1
    for i, arm in enumerate(guesses.arms[:-1]):
        inside = np.isin(guesses.given, (i, last)) & np.isin(guesses.named, (i, last))
        inside &= np.isfinite(change)
        if inside.any():
            yield _Pair(
                response.outcome,
                session,
                arm,
                guesses.arms[last],
                change[inside],
                guesses.given[inside] == i,
                guesses.named[inside] == i,
            )


def _effects(
    pair: _Pair, options: BlindingOptions, confidence: float
) -> Iterator[tuple[str, ArmEffect]]:
    y, treated, right = pair.y, pair.treated, pair.right
    nothing = np.empty((len(y), 0))
    yield AS_IT_WAS, adjust_for_guess(y, treated, nothing, confidence)
    guess = pair.named_arm.astype(np.float64)[:, None]
    yield BESIDE, adjust_for_guess(y, treated, guess, confidence)
    observed = float(np.clip(right.mean(), 0.01, 0.99))
    for rate in np.linspace(observed, CHANCE, _POINTS):
        found = reweight_guesses(y, treated, right, float(rate), options.keeping, confidence)
        yield AT_RATE, found


def _pieces(asking: Asking, all_found: list[_Found], correction: Adjustment) -> Iterator[Piece]:
    question = asking.question
    places = {AS_IT_WAS: (0, ""), BESIDE: (1, " beside the guess"), AT_RATE: (-1, _AT_CHANCE)}
    for how, (place, ending) in places.items():
        effects = [effects[place][1] for _, effects in all_found]
        adjusted = adjust_p(np.array([e.p for e in effects]), correction)
        for (pair, _), found, q in zip(all_found, effects, adjusted, strict=True):
            yield {
                "question": question.name,
                "kind": question.kind.value,
                "outcome": pair.outcome,
                "term": f"arm[{pair.arm}]{ending}",
                "session": pair.session,
                "contrast": f"{pair.arm} - {pair.reference}",
                "alternative": "two-sided",
                "n": np.array([found.n if np.isfinite(found.estimate) else 0]),
                "estimate": found.estimate,
                "se": found.se,
                "ci_low": found.low,
                "ci_high": found.high,
                "statistic": found.estimate / found.se,
                "df": found.df,
                "p": found.p,
                "p_adjusted": float(q),
                "method": _METHODS[how],
                "status": found.status,
            }


def _curves(asking: Asking, all_found: list[_Found]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "question": asking.question.name,
            "outcome": pair.outcome,
            "session": pair.session,
            "contrast": f"{pair.arm} - {pair.reference}",
            "effect": how,
            "rate": float(pair.right.mean()) if how == AS_IT_WAS else found.rate,
            "n": found.n,
            "estimate": found.estimate,
            "se": found.se,
            "low": found.low,
            "high": found.high,
            "p": found.p,
            "status": found.status,
        }
        for pair, effects in all_found
        for how, found in effects
    )


def _improvement(asking: Asking, all_found: list[_Found]) -> pd.DataFrame:
    """Return, within each arm, how the change went with the guess (equal variances)."""
    rows = []
    confidence = asking.inference.confidence
    for pair, _ in all_found:
        for arm, inside in ((pair.arm, pair.treated), (pair.reference, ~pair.treated)):
            y, named = pair.y[inside], pair.named_arm[inside]
            found = adjust_for_guess(y, named, np.empty((len(y), 0)), confidence)
            rows.append(
                {
                    "question": asking.question.name,
                    "outcome": pair.outcome,
                    "session": pair.session,
                    "arm": arm,
                    "named": pair.arm,
                    "n_named": int(named.sum()),
                    "n_reference": int((~named).sum()),
                    "change_named": float(y[named].mean()) if named.any() else np.nan,
                    "change_reference": float(y[~named].mean()) if (~named).any() else np.nan,
                    "difference": found.estimate,
                    "low": found.low,
                    "high": found.high,
                    "p": found.p,
                    "status": found.status,
                }
            )
    return pd.DataFrame(rows)
