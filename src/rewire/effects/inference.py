"""A question's tests carried out: estimates, permutation p, adjusted p, influence."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rewire.core.questions import Inference, Question
from rewire.core.schema import EFFECT_COLUMNS, EFFECT_TEXT, INFLUENCE_COLUMNS
from rewire.effects.asked import AskedTest
from rewire.effects.responses import Response
from rewire.effects.tables import Piece, stack
from rewire.numerics.adjust import adjust_p
from rewire.numerics.association import estimate_association
from rewire.numerics.estimates import Estimates, FloatArray, IntArray
from rewire.numerics.influence import Influence, leave_one_out
from rewire.numerics.permute import PermutationP, permute_family
from rewire.numerics.rank_association import RankModel, estimate_rank_association
from rewire.numerics.skipped_model import SkippedModel
from rewire.numerics.terms import estimate_term
from rewire.numerics.welch import WelchModel, estimate_welch

_INFLUENCE_TEXT = (
    "question", "kind", "measure", "outcome", "session", "arm", "region", "network", "network2",
    "level", "participant_id", "verdict",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """Rows of one question in the effects and in the influence table, and who is in a test.

    Parameters
    ----------
    effects, influence
        Pieces of the tables.
    analysed
        Participants in at least one test that gave an estimate.
    """

    effects: tuple[Piece, ...]
    influence: tuple[Piece, ...]
    analysed: frozenset[str]


def carry_out(
    question: Question,
    tests: Sequence[AskedTest],
    inference: Inference,
    exchange: IntArray | None = None,
    networks: Sequence[FloatArray] | None = None,
) -> Answered:
    """Carry out the tests of one question; p is adjusted over all its rows.

    Parameters
    ----------
    question
        Side of the tests and correction.
    tests
        Its tests, all over the same people.
    inference
        Seed, permutations, level of intervals.
    exchange
        Within what people are exchanged, shape (people,); None for all.
    networks
        Adjusted p of each test's cells where the correction looks at networks of edges.
    """
    estimates = [_estimate(test, question, inference.confidence) for test in tests]
    permuted = permute_family(
        [test.model for test in tests if not isinstance(test.model, SkippedModel)],
        inference.permutations,
        generator(inference.seed, question.name),
        question.alternative,
        exchange,
    )
    adjusted = list(networks or ()) or _adjust(question, estimates, permuted)
    left_out = [
        leave_one_out(test.model, question.alternative)
        for test in tests
        if not isinstance(test.model, SkippedModel)
    ]
    return Answered(
        tuple(
            effect_piece(test, found, p, q)
            for test, found, p, q in zip(tests, estimates, permuted, adjusted, strict=True)
        ),
        tuple(_influence(test, found) for test, found in zip(tests, left_out, strict=True)),
        frozenset(
            person
            for test, found in zip(tests, estimates, strict=True)
            for person in _analysed(test, found)
        ),
    )


def generator(seed: int, name: str) -> np.random.Generator:
    """Return a question's own random numbers, so that other questions do not change its p.

    Parameters
    ----------
    seed
        Seed of the plan.
    name
        Name of the question.

    Examples
    --------
    >>> bool(generator(1, "a").random() == generator(1, "a").random())
    True
    """
    digest = hashlib.sha256(name.encode()).digest()
    return np.random.default_rng([seed, int.from_bytes(digest[:8], "big")])


def effects_table(pieces: Sequence[Piece]) -> pd.DataFrame:
    """Return pieces as the effects table."""
    return stack(pieces, EFFECT_COLUMNS, EFFECT_TEXT)


def influence_table(pieces: Sequence[Piece]) -> pd.DataFrame:
    """Return pieces as the influence table."""
    return stack(pieces, INFLUENCE_COLUMNS, _INFLUENCE_TEXT)


def place_columns(response: Response, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Return where the cells of a response lie, one array a column."""
    return {
        name: np.array([getattr(place, name) for place in response.places], dtype=object)
        for name in names
    }


def _estimate(test: AskedTest, question: Question, confidence: float) -> Estimates:
    if isinstance(test.model, WelchModel):
        return estimate_welch(test.model, question.alternative, confidence)
    if isinstance(test.model, RankModel):
        return estimate_rank_association(test.model, question.alternative, confidence)
    if isinstance(test.model, SkippedModel):
        raise TypeError("skipped correlations are carried out by effects/links.py")
    estimate = estimate_association if test.model.role == "slope" else estimate_term
    return estimate(test.model, question.alternative, confidence)


def _adjust(
    question: Question, estimates: Sequence[Estimates], permuted: Sequence[PermutationP]
) -> list[FloatArray]:
    if question.correction == "max_t":
        return [found.p_max for found in permuted]
    joined = adjust_p(np.concatenate([e.p for e in estimates]), question.correction)
    return np.split(joined, np.cumsum([len(e.p) for e in estimates])[:-1])


def effect_piece(
    test: AskedTest, found: Estimates, permuted: PermutationP, adjusted: FloatArray
) -> Piece:
    """Return the rows of one test in the effects table.

    Parameters
    ----------
    test
        What was asked.
    found
        Its estimates.
    permuted
        Its permutation p.
    adjusted
        Its adjusted p, shape (cells,).
    """
    labels = test.labels
    places = ("region", "region2", "network", "network2", "state", "level")
    return {
        "question": test.question.name,
        "kind": test.question.kind.value,
        "measure": test.response.measure,
        "outcome": labels.outcome,
        "term": test.term,
        "session": labels.session,
        "arm": labels.arm,
        "contrast": labels.contrast,
        **place_columns(test.response, places),
        "acquisition": labels.acquisition,
        "alternative": test.question.alternative,
        "n": found.n,
        "estimate": found.estimate,
        "se": found.se,
        "ci_low": found.ci_low,
        "ci_high": found.ci_high,
        "effect_size": found.effect_size,
        "effect_size_kind": test.effect_size_kind,
        "statistic": found.statistic,
        "df": found.df,
        "p": found.p,
        "p_permutation": permuted.p,
        "p_adjusted": adjusted,
        "method": test.method,
        "status": found.status,
    }


def _analysed(test: AskedTest, found: Estimates) -> list[str]:
    """Return who is in at least one cell that gave an estimate."""
    used = test.model.valid[:, np.isfinite(found.estimate)].any(axis=1)
    return [test.response.people[i] for i in np.flatnonzero(used)]


def _influence(test: AskedTest, found: Influence) -> Piece:
    people = np.array([*test.response.people, ""], dtype=object)
    labels = test.labels
    return {
        "question": test.question.name,
        "kind": test.question.kind.value,
        "measure": test.response.measure,
        "outcome": labels.outcome,
        "session": labels.session,
        "arm": labels.arm or labels.contrast,
        **place_columns(test.response, ("network", "network2", "level")),
        "region": np.array(
            [p.label if p.region else "" for p in test.response.places], dtype=object
        ),
        "n": found.n,
        "estimate": found.estimate,
        "p": found.p,
        "participant_id": people[found.who],
        "estimate_without": found.estimate_without,
        "p_without": found.p_without,
        "p_lowest": found.p_lowest,
        "p_highest": found.p_highest,
        "verdict": np.array([_verdict(f, p) for f, p in zip(found.flips, found.p, strict=True)]),
    }


def _verdict(flips: int, p: float) -> str:
    if np.isnan(p):
        return "not tested"
    if flips == 0:
        return "no single participant carries p across .05"
    whose = "one participant's absence carries" if flips == 1 else f"{flips} absences carry"
    return f"{whose} p across .05"
