"""Links carried out: Pearson, Spearman or skipped, with what stands beside them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rewire.core.types import FloatArray
from rewire.effects.answering import Asking, KindTable
from rewire.effects.asked import AskedTest, Labels
from rewire.effects.carrying import carry_out_tests
from rewire.effects.inference import Answered, effect_piece
from rewire.effects.responses import Response
from rewire.effects.unreliability import unreliability_table
from rewire.numerics.adjust import adjust_p
from rewire.numerics.linear import slope_model
from rewire.numerics.permute import PermutationP
from rewire.numerics.rank_association import RankModel
from rewire.numerics.skipped_model import SkippedModel, estimate_skipped
from rewire.plan.options.association import AssociationOptions, Method

MOST_SKIPPED_CELLS = 120
"""Cells of a measure beyond which no skipped correlation is made."""

_RESAMPLES = 2_000


def link_test(
    response: tuple[Response, FloatArray],
    score: FloatArray,
    labels: Labels,
    asking: Asking,
    covariates: FloatArray,
) -> AskedTest:
    """Return the test of a link by the method that the question asks for.

    Parameters
    ----------
    response
        What is looked at, and its values, shape (people, cells).
    score
        What it is related to, shape (people,).
    labels
        What the test is called.
    asking
        The question; its options name the method.
    covariates
        Shape (people, k).
    """
    looked, values = response
    method = link_method(asking)
    question = asking.question
    partial = "partial " if covariates.shape[1] else ""
    if method == "spearman":
        ranked = RankModel(values, score, covariates)
        how = f"{partial}Spearman rho, interval of Bonett and Wright"
        return AskedTest(question, looked, labels, ranked, how, "rho")
    if method == "skipped":
        skipped = SkippedModel(values, score, covariates, asking.exchange())
        how = f"{partial}skipped Spearman rho (projection outliers), bootstrap interval"
        return AskedTest(question, looked, labels, skipped, how, "skipped rho")
    how = "partial Pearson r" if partial else "Pearson r"
    plain = slope_model(values, score, covariates)
    return AskedTest(question, looked, labels, plain, how, "r")


def link_method(asking: Asking) -> Method:
    """Return the method of a question about links; ``pearson`` where it names none."""
    return getattr(asking.question.options, "method", "pearson")


def carry_out_links(
    asking: Asking, tests: Sequence[AskedTest]
) -> tuple[Answered, tuple[KindTable, ...]]:
    """Carry out the tests of a question, with the tables that stand beside them.

    Parameters
    ----------
    asking
        The question.
    tests
        All of one method.

    Returns
    -------
    answered
        Rows of effects and influence. Skipped correlations have no leave-one-out: outliers are
        left out already, and the table ``skipped`` names them.
    tables
        ``skipped`` and ``unreliability``, where the question asks for them.
    """
    if any(isinstance(test.model, SkippedModel) for test in tests):
        return _carry_out_skipped(asking, tests)
    answered, tables = carry_out_tests(asking, tests)
    options = asking.question.options
    if isinstance(options, AssociationOptions) and options.reliability != "none":
        return answered, (*tables, unreliability_table(asking, tests, options))
    return answered, tables


def too_many_cells(asking: Asking, response: Response) -> str:
    """Return why a measure has too many cells for a skipped correlation; empty where it has not."""
    cells = len(response.places)
    if link_method(asking) != "skipped" or cells <= MOST_SKIPPED_CELLS:
        return ""
    return (
        f"{response.name} has {cells:,} cells; skipped correlations are made of at most "
        f"{MOST_SKIPPED_CELLS}"
    )


def _carry_out_skipped(
    asking: Asking, tests: Sequence[AskedTest]
) -> tuple[Answered, tuple[KindTable, ...]]:
    question, inference = asking.question, asking.inference
    rng, how = asking.rng(), question.correction
    if how == "max_t":
        raise ValueError("a skipped correlation has no max_t")
    models = [test.model for test in tests if isinstance(test.model, SkippedModel)]
    found = [
        estimate_skipped(m, rng, _RESAMPLES, question.alternative, inference.confidence)
        for m in models
    ]
    together = adjust_p(np.concatenate([f.estimates.p for f in found]), how)
    parts = np.split(together, np.cumsum([len(f.estimates.p) for f in found])[:-1])
    pieces, left_out, people = [], [], set()
    for test, one, adjusted in zip(tests, found, parts, strict=True):
        permuted = PermutationP(one.estimates.p, np.full(len(adjusted), np.nan))
        pieces.append(effect_piece(test, one.estimates, permuted, adjusted))
        left_out += _left_out(test, one.outlier)
        used = test.model.valid[:, np.isfinite(one.estimates.estimate)].any(axis=1)
        people |= {test.response.people[i] for i in np.flatnonzero(used)}
    columns = ["question", "measure", "outcome", "session", "arm", "place", "left_out", "who"]
    table = KindTable(
        "skipped",
        "Who was left out of each skipped correlation as a bivariate outlier.",
        pd.DataFrame(left_out, columns=columns),
    )
    return Answered(tuple(pieces), (), frozenset(people)), (table,)


def _left_out(test: AskedTest, outlier: np.ndarray) -> list[tuple[object, ...]]:
    labels, response = test.labels, test.response
    rows: list[tuple[object, ...]] = []
    for cell, place in enumerate(response.places):
        who = [response.people[i] for i in np.flatnonzero(outlier[:, cell])]
        told = (test.question.name, response.measure, labels.outcome, labels.session, labels.arm)
        rows.append((*told, place.label, len(who), ", ".join(who)))
    return rows
