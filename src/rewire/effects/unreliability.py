"""Correlations beside what they would be if both variables were measured without error."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rewire.core.questions import Kind
from rewire.core.types import FloatArray
from rewire.effects.answering import Asking, KindTable
from rewire.effects.asked import AskedTest
from rewire.effects.reliability import RetestPair, retest_pairs
from rewire.numerics.agreement import intraclass
from rewire.numerics.association import estimate_association
from rewire.numerics.linear import TermModel
from rewire.numerics.unreliability import (
    Reliability,
    change_reliability,
    disattenuate,
    known_reliability,
    retest_reliability,
)
from rewire.plan.options.association import AssociationOptions

ABOUT = "Correlations corrected for unreliability, and where the reliabilities are from."
_DRAWS = 4_000
_COLUMNS = (
    "question", "measure", "outcome", "session", "arm", "place", "level", "n", "r",
    "reliability_measure", "reliability_score", "source", "r_corrected", "ci_low", "ci_high",
    "status",
)  # fmt: skip


def unreliability_table(
    asking: Asking, tests: Sequence[AskedTest], options: AssociationOptions
) -> KindTable:
    """Return each correlation corrected for unreliability.

    Parameters
    ----------
    asking
        The question.
    tests
        Its Pearson correlations.
    options
        Reliabilities that are given.

    Returns
    -------
    KindTable
        One row a cell. The reliability of a change is the share of its variance among the people
        of the test that is no retest error; that of a value after treatment is ICC(3,1); both
        from untreated pairs of people who are not those of the test. NaN with a status where
        there are none.
    """
    rng = asking.rng()
    rows = [
        row
        for test in tests
        if isinstance(test.model, TermModel)
        for row in _rows(asking, test, options, rng)
    ]
    return KindTable("unreliability", ABOUT, pd.DataFrame(rows, columns=list(_COLUMNS)))


def _rows(
    asking: Asking, test: AskedTest, options: AssociationOptions, rng: np.random.Generator
) -> list[tuple[object, ...]]:
    model = test.model
    if not isinstance(model, TermModel):
        return []
    found = estimate_association(model)
    pair = None if options.measure_reliability else _untreated(asking, test)
    source = pair.label if pair else "given" if options.measure_reliability else "no untreated pair"
    score = known_reliability(options.score_reliability, _DRAWS)
    rows: list[tuple[object, ...]] = []
    for cell, place in enumerate(test.response.places):
        there = model.valid[:, cell]
        if options.measure_reliability:
            measure = known_reliability(options.measure_reliability, _DRAWS)
        else:
            measure = _reliability(asking, pair, model.response[there, cell], cell, rng)
        pairs = float(found.df[cell]) + 2.0
        fixed = disattenuate(
            float(found.estimate[cell]), pairs, (measure, score), rng, asking.inference.confidence
        )
        labels = test.labels
        told = (test.question.name, test.response.measure, labels.outcome, labels.session)
        numbers = (int(found.n[cell]), float(found.estimate[cell]), measure.value, score.value)
        corrected = (fixed.r, fixed.ci_low, fixed.ci_high, fixed.status)
        rows.append((*told, labels.arm, place.label, place.level, *numbers, source, *corrected))
    return rows


def _untreated(asking: Asking, test: AskedTest) -> RetestPair | None:
    question = asking.question
    pairs = retest_pairs(test.response, asking.cohort, question.before, question.after)
    own = f"{test.labels.arm}: "
    return next((pair for pair in pairs if not pair.label.startswith(own)), None)


def _reliability(
    asking: Asking,
    pair: RetestPair | None,
    values: FloatArray,
    cell: int,
    rng: np.random.Generator,
) -> Reliability:
    if pair is None:
        return known_reliability(float("nan"), _DRAWS)
    first, second = pair.first[:, cell], pair.second[:, cell]
    both = np.isfinite(first) & np.isfinite(second)
    n = int(both.sum())
    if n < 3 or len(values) < 3:
        return known_reliability(float("nan"), _DRAWS)
    if asking.question.kind is Kind.AFTER_ASSOCIATION:
        scans = np.stack([first[both], second[both]], axis=1)[:, :, None]
        return retest_reliability(float(intraclass(scans).icc31[0]), n, rng, _DRAWS)
    error = float((second - first)[both].var(ddof=1))
    change = float(values.var(ddof=1))
    return change_reliability((error, n - 1), (change, len(values) - 1), rng, _DRAWS)
