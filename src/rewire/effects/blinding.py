"""Whether people could tell what they were given, and what that does to the arm effect."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from rewire.effects.answering import Asking, KindTable, Reply
from rewire.effects.guess_adjustment import adjust_effects
from rewire.effects.guesses import DONT_KNOW, UNSURE, Guesses, read_guesses
from rewire.effects.tables import Piece
from rewire.numerics.adjust import Adjustment, adjust_p
from rewire.numerics.blinding_indices import (
    BlindingIndex,
    bang_index,
    guess_weights,
    james_index,
    share_interval,
)
from rewire.plan.options.blinding import BlindingOptions

JAMES, BANG = "james_index", "bang_index"
_JAMES_METHOD = "James's index, delta method; p against .5 (guesses at random)"
_BANG_METHOD = "Bang's index; interval and p with one answer added for each arm (Bonett and Price)"

_GUESSES = "What people guessed, by arm, as recorded; and how sure they were"
_INDICES = "Shares of right guesses (exact intervals) and the indices of James and Bang, by arm"


def answer_blinding(asking: Asking) -> Reply:
    """Compare what people guessed with what they were given, and adjust the arm effect for it.

    Parameters
    ----------
    asking
        The question's options name the columns of guesses; its outcomes are adjusted.

    Returns
    -------
    Reply
        Rows ``james_index`` (everybody) and ``bang_index`` (each arm), and for each outcome,
        session and pair of arms the arm effect unadjusted, beside the guess and at a rate of
        right guesses of a half. Tables ``blinding_guesses``, ``blinding_indices``,
        ``blinding_improvement`` and ``blinding_cgr``.

    Notes
    -----
    p of the indices is adjusted over all of them; p of each kind of arm effect over outcomes,
    sessions and pairs of arms.
    """
    cohort = asking.cohort
    if cohort.crossover:
        return Reply((), frozenset(), ("guesses are compared in arms of other people",))
    if len(cohort.arms) < 2:
        return Reply((), frozenset(), ("in a single arm there is nothing to guess",))
    correction = asking.question.correction
    if correction == "max_t":
        return Reply(
            (), frozenset(), ("correction = 'max_t' needs permutations; guesses have none",)
        )
    options = asking.options(BlindingOptions)
    guesses = read_guesses(asking.trial, cohort, options)
    reasons = [
        f"{n} in the column {options.guess} answered {word!r}, which names no arm: say what it "
        "means under options.levels"
        for word, n in guesses.strange
    ]
    reasons += [
        f"options.levels: {word!r} means {arm!r}, which is no arm here (there are: "
        f"{', '.join(guesses.arms)}): it counts as no answer"
        for word, arm in guesses.misnamed
    ]
    if not guesses.answered.any():
        return Reply((), frozenset(), (*reasons, f"the column {options.guess} holds no guess"))
    found = adjust_effects(asking, guesses, options, correction)
    indices = list(_indices(guesses, asking.inference.confidence))
    people = {p for p, there in zip(cohort.people, guesses.answered, strict=True) if there}
    return Reply(
        (*_index_pieces(asking, indices, correction), *found.pieces),
        frozenset(people),
        (*reasons, *found.reasons),
        (
            KindTable("blinding_guesses", _GUESSES, _guess_table(asking, guesses)),
            KindTable("blinding_indices", _INDICES, _index_table(asking, guesses, indices)),
            *found.tables,
        ),
    )


def _indices(guesses: Guesses, confidence: float) -> Iterator[tuple[str, BlindingIndex]]:
    """Yield James's index for everybody (an empty name) and Bang's for each arm."""
    counts = guesses.counts()
    yield "", james_index(counts, confidence=confidence)
    k = len(guesses.arms)
    for i, arm in enumerate(guesses.arms):
        weights = guess_weights(i, k)
        half = guesses.weight < 1.0
        if not half.any():
            yield arm, bang_index(counts[i], weights, confidence)
            continue
        inside = guesses.answered & (guesses.given == i)
        answer = np.where(guesses.named == UNSURE, k, guesses.named)
        sure = np.bincount(answer[inside & ~half], minlength=k + 1)
        rather = np.bincount(answer[inside & half], minlength=k + 1)[:k]
        doubled = np.concatenate([weights, weights[:k] / 2.0])
        yield arm, bang_index(np.concatenate([sure, rather]).astype(float), doubled, confidence)


def _index_pieces(
    asking: Asking, indices: list[tuple[str, BlindingIndex]], correction: Adjustment
) -> Iterator[Piece]:
    p = np.array([_p(arm, found) for arm, found in indices])
    adjusted = adjust_p(p, correction)
    for at, (arm, found) in enumerate(indices):
        missing = not np.isfinite(found.index)
        low, high = (found.wide_low, found.wide_high) if arm else (found.low, found.high)
        yield {
            "question": asking.question.name,
            "kind": asking.question.kind.value,
            "measure": BANG if arm else JAMES,
            "term": f"guess in {arm}" if arm else "guess by arm",
            "arm": arm,
            "alternative": "two-sided",
            "n": np.array([0 if missing else found.n]),
            "estimate": found.index,
            "se": found.se if found.se > 0.0 else np.nan,
            "ci_low": low,
            "ci_high": high,
            "statistic": np.nan if arm or not found.se > 0 else (found.index - 0.5) / found.se,
            "p": p[at],
            "p_adjusted": adjusted[at],
            "method": _BANG_METHOD if arm else _JAMES_METHOD,
            "status": found.status if missing or not np.isfinite(low) else "ok",
        }


def _p(arm: str, found: BlindingIndex) -> float:
    return found.wide_p if arm else found.p


def _guess_table(asking: Asking, guesses: Guesses) -> pd.DataFrame:
    """Return a row an arm and word as recorded; the words of each arm's name first."""
    rows = []
    names = (*guesses.arms, DONT_KNOW)
    for i, arm in enumerate(guesses.arms):
        inside = guesses.given == i
        total = int((inside & guesses.answered).sum())
        seen = sorted(
            set(zip(guesses.named[inside].tolist(), guesses.words[inside].tolist(), strict=True)),
            key=lambda pair: (pair[0] < 0, abs(pair[0]), pair[1]),
        )
        for named, word in seen:
            who = inside & (guesses.named == named) & (guesses.words == word)
            sure = guesses.confidence[who & np.isfinite(guesses.confidence)]
            counts = named >= UNSURE
            rows.append(
                {
                    "question": asking.question.name,
                    "arm": arm,
                    "recorded": word or "no answer",
                    "counts_as": names[named] if counts else "no answer",
                    "weight": float(guesses.weight[who][0]) if named >= 0 else np.nan,
                    "n": int(who.sum()),
                    "share": who.sum() / total if counts and total else np.nan,
                    "confidence_n": len(sure),
                    "confidence_mean": float(sure.mean()) if len(sure) else np.nan,
                    "confidence_sd": float(sure.std(ddof=1)) if len(sure) > 1 else np.nan,
                }
            )
    return pd.DataFrame(rows)


def _index_table(
    asking: Asking, guesses: Guesses, indices: list[tuple[str, BlindingIndex]]
) -> pd.DataFrame:
    rows = []
    for arm, found in indices:
        inside = guesses.answered & (guesses.given == guesses.arms.index(arm) if arm else True)
        named = int((inside & (guesses.named >= 0)).sum())
        right = int((inside & guesses.right).sum())
        ends = share_interval(right, named, asking.inference.confidence)
        rows.append(
            {
                "question": asking.question.name,
                "arm": arm,
                "answered": int(inside.sum()),
                "named_an_arm": named,
                "right": right,
                "share_right": right / named if named else np.nan,
                "share_low": ends[0],
                "share_high": ends[1],
                "index": BANG if arm else JAMES,
                "value": found.index,
                "se": found.se,
                "low": found.wide_low if arm else found.low,
                "high": found.wide_high if arm else found.high,
                "published_low": found.low,
                "published_high": found.high,
                "one_sided_low": found.one_sided_low,
                "one_sided_high": found.one_sided_high,
                "published_p": found.p,
                "p_unblinded": found.p_unblinded,
                "status": found.status,
            }
        )
    return pd.DataFrame(rows)
