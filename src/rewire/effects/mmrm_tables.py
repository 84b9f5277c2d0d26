"""The tables beside a mixed model for repeated measures: means, imputations, tipping points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from rewire.core.types import Timepoint
from rewire.effects.answering import KindTable
from rewire.effects.mmrm_imputation import Imputation
from rewire.effects.repeated_visits import CellModel, Visits
from rewire.numerics.estimates import t_quantile
from rewire.numerics.fixed_tests import FixedTests
from rewire.numerics.repeated_model import RepeatedFit
from rewire.numerics.tipping import Tipping

MODEL = "none"
"""What the mixed model without imputation is called among the rules."""

_WHERE = (
    "question", "measure", "outcome", "region", "region2", "network", "network2", "state", "level",
    "session", "acquisition",
)  # fmt: skip
_FOUND = ("estimate", "se", "df", "ci_low", "ci_high")
MEANS_COLUMNS = (*_WHERE, "arm", "n", "seen", *_FOUND, "method", "status")
IMPUTED_COLUMNS = (*_WHERE, "contrast", "rule", "draws", *_FOUND, "p", "missing_share", "status")
TIPPING_COLUMNS = (
    *_WHERE, "contrast", "delta", "estimate", "se", "df", "ci_low", "ci_high", "p", "point",
    "status",
)  # fmt: skip

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True, eq=False)
class CellAnswer:
    """Everything that was estimated for one cell of a response.

    Parameters
    ----------
    visits, cell
        The response and which of its cells.
    model, fit, method
        The people, the mixed model, and the model in words.
    differences, means
        Of the mixed model, in the order of :meth:`CellModel.differences` and of
        :meth:`CellModel.means`.
    imputation
        Differences under rules.
    tipping
        One an active arm; empty where nothing was imputed.
    """

    visits: Visits
    cell: int
    model: CellModel
    fit: RepeatedFit
    method: str
    differences: FixedTests
    means: FixedTests
    imputation: Imputation
    tipping: tuple[Tipping, ...] = ()


def select(tests: FixedTests, start: int, stop: int) -> FixedTests:
    """Return some of the tests."""
    part = slice(start, stop)
    return replace(
        tests,
        estimate=tests.estimate[part],
        se=tests.se[part],
        df=tests.df[part],
        statistic=tests.statistic[part],
        p=tests.p[part],
    )


def mmrm_tables(
    question: str, answers: Sequence[CellAnswer], confidence: float
) -> tuple[KindTable, ...]:
    """Return the tables of a question.

    Parameters
    ----------
    question
        Its name.
    answers
        One a response and cell.
    confidence
        Level of intervals.
    """
    told = (
        ("mmrm_means", "Least-squares means by arm and visit.", _means, MEANS_COLUMNS),
        (
            "mmrm_imputed",
            "Differences between arms under each rule for people who left.",
            _imputed,
            IMPUTED_COLUMNS,
        ),
        (
            "tipping",
            "Differences at the last visit when those who left an arm fared worse by delta.",
            _tipped,
            TIPPING_COLUMNS,
        ),
    )
    return tuple(
        KindTable(
            name,
            about,
            pd.DataFrame(
                [{"question": question, **row} for one in answers for row in rows(one, confidence)],
                columns=list(columns),
            ),
        )
        for name, about, rows, columns in told
    )


def _place(answer: CellAnswer, point: Timepoint) -> dict[str, object]:
    response = answer.visits.response
    place = response.places[answer.cell]
    return {
        "measure": response.measure,
        "outcome": response.outcome,
        **{name: getattr(place, name) for name in _WHERE[3:9]},
        "session": point.session,
        "acquisition": point.acquisition,
    }


def _numbers(tests: FixedTests, at: int, confidence: float) -> dict[str, float]:
    estimate, se, df = (float(a[at]) for a in (tests.estimate, tests.se, tests.df))
    half = float(t_quantile(np.array([df]), confidence).item()) * se
    return {
        "estimate": estimate,
        "se": se,
        "df": df,
        "ci_low": estimate - half,
        "ci_high": estimate + half,
    }


def _means(answer: CellAnswer, confidence: float) -> Iterator[Row]:
    seen = np.isfinite(answer.model.values)
    for a, arm in enumerate(answer.visits.arms):
        inside = answer.model.arm == a
        for t, point in enumerate(answer.visits.points):
            yield {
                **_place(answer, point),
                "arm": arm,
                "n": int(inside.sum()),
                "seen": int(seen[inside, t].sum()),
                **_numbers(answer.means, a * len(answer.visits.points) + t, confidence),
                "method": answer.method,
                "status": answer.fit.status,
            }


def _imputed(answer: CellAnswer, confidence: float) -> Iterator[Row]:
    points, found = answer.visits.points, answer.imputation
    if found.status == "not asked for":
        return
    reference = answer.visits.arms[-1]
    for a, arm in enumerate(answer.visits.arms[:-1]):
        by_rule = {rule: pooled[a] for rule, pooled in found.pooled.items()}
        for t, point in enumerate(points):
            base = {**_place(answer, point), "contrast": f"{arm} - {reference}"}
            yield {
                **base,
                "rule": MODEL,
                "draws": 0,
                **_numbers(answer.differences, a * len(points) + t, confidence),
                "p": float(answer.differences.p[a * len(points) + t]),
                "missing_share": np.nan,
                "status": answer.fit.status,
            }
            for rule, pooled in by_rule.items():
                yield {
                    **base,
                    "rule": rule,
                    "draws": len(found.draws.values) if found.draws else 0,
                    **_numbers(pooled.tests, t, confidence),
                    "p": float(pooled.tests.p[t]),
                    "missing_share": float(pooled.missing_share[t]),
                    "status": found.status,
                }


def _tipped(answer: CellAnswer, confidence: float) -> Iterator[Row]:
    reference = answer.visits.arms[-1]
    for arm, found in zip(answer.visits.arms[:-1], answer.tipping, strict=False):
        tests = FixedTests(found.estimate, found.se, found.df, found.estimate, found.p)
        for i, delta in enumerate(found.delta):
            yield {
                **_place(answer, answer.visits.points[-1]),
                "contrast": f"{arm} - {reference}",
                "delta": float(delta),
                **_numbers(tests, i, confidence),
                "p": float(found.p[i]),
                "point": found.point,
                "status": found.status,
            }
