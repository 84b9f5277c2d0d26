"""How far a measure repeats where nobody was treated, and how far it follows edge density."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from rewire.core.questions import Design, Question
from rewire.core.schedule import RunRule
from rewire.core.schema import DENSITY_COLUMNS, RELIABILITY_COLUMNS
from rewire.core.types import FloatArray, Measurement, Measurements, Timepoint, Trial
from rewire.effects.design import Cohort, form_cohort
from rewire.effects.inference import place_columns
from rewire.effects.responses import Response, measure_response
from rewire.effects.tables import Piece, stack
from rewire.numerics.agreement import intraclass

_UNTREATED = ("placebo", "sham", "waitlist", "wait list", "untreated", "no treatment", "healthy")
_MOST_CELLS = 1000
_LEAST_SCANS = 4


@dataclass(frozen=True, slots=True, eq=False)
class RepeatedRuns:
    """Runs of the same people within one session before treatment.

    Parameters
    ----------
    label
        Which scans, in words.
    values
        Shape (people, runs, cells); NaN where a person lacks one.
    """

    label: str
    values: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class RetestPair:
    """Two scans of the same people with no treatment between them.

    Parameters
    ----------
    label
        Which scans, in words.
    first, second
        Values, each of shape (people, cells); NaN where a person lacks one.
    """

    label: str
    first: FloatArray
    second: FloatArray


def untreated_arm(arm: str) -> bool:
    """Return whether an arm's name says that nobody in it was given an active treatment.

    Examples
    --------
    >>> untreated_arm("placebo"), untreated_arm("escitalopram")
    (True, False)
    """
    return any(word in arm.lower() for word in _UNTREATED)


def retest_pairs(
    response: Response, cohort: Cohort, before: Timepoint, after: Sequence[Timepoint]
) -> tuple[RetestPair, ...]:
    """Find scans of the same people between which nobody was treated.

    These are before and after in an arm without active treatment (the first choice, since they
    lie as far apart as the treated ones), in a crossover the scans before each drug, and the scans
    of a repeated baseline.

    Parameters
    ----------
    response
        A measure.
    cohort
        The people.
    before, after
        Time points of the questions.
    """
    pairs = []
    for arm in filter(untreated_arm, cohort.design.arms):
        for point in after:
            if cohort.crossover and (before.session or point.session):
                continue
            first, second = (cohort.values(response, p, arm) for p in (before, point))
            pairs.append(RetestPair(f"{arm}: {before}, {point}", first, second))
    if cohort.crossover and not before.session:
        for one, other in combinations(cohort.design.arms, 2):
            first, second = (cohort.values(response, before, arm) for arm in (one, other))
            pairs.append(RetestPair(f"{before}: before {one}, before {other}", first, second))
    for part, later in combinations(before.parts, 2):
        pairs.append(RetestPair(f"{part}, {later}", response.at(part), response.at(later)))
    return tuple(pair for pair in pairs if _both(pair) >= _LEAST_SCANS)


def repeated_runs(
    measurement: Measurement, response: Response, cohort: Cohort, before: Timepoint
) -> tuple[RepeatedRuns, ...]:
    """Find the runs of each session before treatment, where there are several.

    Parameters
    ----------
    measurement, response
        A measure, and the same as a response of the cohort's people.
    cohort
        The people.
    before
        Time point before treatment; each of its sessions gives runs of its own. A session of a
        crossover that followed an active drug gives none.
    """
    if before.parts:
        each = [repeated_runs(measurement, response, cohort, part) for part in before.parts]
        return tuple(runs for found in each for runs in found)
    names = measurement.data["participant_id"].to_numpy().astype(str)
    run = measurement.data["run"].to_numpy().astype(str)[np.isin(names, list(cohort.people))]
    at = np.ones(len(run), dtype=np.bool_)
    if before.session:
        at &= response.session == before.session
    if before.acquisition:
        at &= response.acquisition == before.acquisition
    found = []
    moments = zip(response.session[at], response.acquisition[at], strict=True)
    for session, acquisition in dict.fromkeys(moments):
        drug = cohort.drug_of_session(str(session))
        if before.session and drug and not untreated_arm(drug):
            continue
        here = at & (response.session == session) & (response.acquisition == acquisition)
        runs = _usual_runs(run[here])
        if len(runs) > 1:
            point = Timepoint(str(session), str(acquisition))
            parts = [response.at(point, here & (run == one)) for one in runs]
            label = f"{point}: runs {', '.join(runs)}"
            found.append(RepeatedRuns(label, np.stack(parts, axis=1)))
    return tuple(r for r in found if _complete(r.values) >= _LEAST_SCANS)


def asked_about(name: str, questions: Sequence[Question]) -> Question | None:
    """Return the question whose time points a measure is judged by: its own, or any."""
    own = next((q for q in questions if name in q.measures and q.after), None)
    return own or next((q for q in questions if q.measures and q.after), None)


def everybody(question: Question) -> Question:
    """Return the question asked of all people in all arms, without covariates."""
    return Question(
        name=question.name,
        text="",
        kind=question.kind,
        standing=question.standing,
        measures=question.measures,
        outcomes=(),
        before=question.before,
        after=question.after,
    )


def few_cells(measurement: Measurement) -> bool:
    """Return whether a measure has so few values a scan that each can be judged by itself.

    Of symmetric pairs hardly more than half the values count; nothing is read to find out.
    """
    return measurement.cells <= 2 * _MOST_CELLS


def reliability_table(
    trial: Trial,
    measurements: Measurements,
    questions: Sequence[Question],
    design: Design,
    confidence: float,
    runs: RunRule | None = None,
) -> pd.DataFrame:
    """Return intraclass correlations and minimal detectable changes on untreated scans.

    Parameters
    ----------
    trial, measurements
        What was recorded and measured.
    questions
        Their time points say which scans are compared; measures with more than 1000 cells are
        left out.
    design
        Arms without active treatment give pairs over time; several runs in a session before
        treatment are compared as well.
    confidence
        Level of the intervals and of the minimal detectable change.
    runs
        What stands for several runs where sessions are compared.

    Returns
    -------
    pandas.DataFrame
        Columns of :data:`rewire.core.schema.RELIABILITY_COLUMNS`; empty where there is no pair.
    """
    pieces: list[Piece] = []
    for name, measurement in measurements.items():
        asked = asked_about(name, questions)
        if asked is None or measurement.change or not few_cells(measurement):
            continue
        cohort = form_cohort(trial, everybody(asked), design)
        response = measure_response(measurement, cohort.people)
        if len(response.places) > _MOST_CELLS:
            continue
        whole = measure_response(measurement, cohort.people, runs) if runs else response
        for pair in retest_pairs(whole, cohort, asked.before, asked.after):
            both = np.stack([pair.first, pair.second], axis=1)
            pieces.append(_agreement(response, pair.label, both, confidence))
        for each in repeated_runs(measurement, response, cohort, asked.before):
            pieces.append(_agreement(response, each.label, each.values, confidence))
    text = ("measure", "region", "network", "network2", "level", "pairs", "status")
    return stack(pieces, RELIABILITY_COLUMNS, text)


def density_table(measurements: Measurements) -> pd.DataFrame:
    """Return how far each normalised measure follows edge density over scans.

    Parameters
    ----------
    measurements
        A quantity ``x_norm`` is held against ``x_density`` of the same measure.

    Returns
    -------
    pandas.DataFrame
        Columns of :data:`rewire.core.schema.DENSITY_COLUMNS`; no p, since scans of one person
        are not independent.
    """
    pieces: list[Piece] = []
    for measurement in measurements.values():
        density = _density_beside(measurement, measurements)
        if density is None:
            continue
        people = sorted(set(measurement.data["participant_id"].to_numpy().astype(str)))
        ours = measure_response(measurement, people)
        x = density.data["value"].to_numpy().reshape(len(density.data["scan"]), -1)[:, 0]
        if len(x) != len(ours.values):
            continue
        found = [_spearman(x, y) for y in ours.values.T]
        pieces.append(
            {
                "measure": measurement.name,
                "against": density.name,
                **place_columns(ours, ("level",)),
                "n": np.array([n for n, _ in found]),
                "spearman": np.array([r for _, r in found]),
                "status": np.array(["ok" if np.isfinite(r) else "no variance" for _, r in found]),
            }
        )
    return stack(pieces, DENSITY_COLUMNS, ("measure", "level", "against", "status"))


def _both(pair: RetestPair) -> int:
    whole = np.isfinite(pair.first) & np.isfinite(pair.second)
    return int(whole.sum(axis=0).max(initial=0))


def _complete(values: FloatArray) -> int:
    whole = np.isfinite(values).all(axis=1)
    return int(whole.sum(axis=0).max(initial=0))


def _usual_runs(run: npt.NDArray[np.str_]) -> list[str]:
    """Return the runs that at least half of those who have the most usual one have."""
    names, count = np.unique(run, return_counts=True)
    return [str(name) for name in names[2 * count >= count.max(initial=0)]]


def _agreement(response: Response, label: str, values: FloatArray, confidence: float) -> Piece:
    found = intraclass(values, confidence)
    return {
        "measure": response.measure,
        "pairs": label,
        **place_columns(response, ("network", "network2", "level")),
        "region": np.array([p.label if p.region else "" for p in response.places], dtype=object),
        "n": found.n,
        "icc21": found.icc21,
        "icc21_low": found.icc21_low,
        "icc21_high": found.icc21_high,
        "icc31": found.icc31,
        "icc31_low": found.icc31_low,
        "icc31_high": found.icc31_high,
        "minimal_detectable_change": found.minimal_detectable_change,
        "status": found.status,
    }


def _density_beside(measurement: Measurement, measurements: Measurements) -> Measurement | None:
    if not measurement.name.endswith("_norm"):
        return None
    return next(
        (
            other
            for other in measurements.values()
            if other.name.endswith("_density")
            and other.provider == measurement.provider
            and not other.dims
        ),
        None,
    )


def _spearman(x: FloatArray, y: FloatArray) -> tuple[int, float]:
    both = np.isfinite(x) & np.isfinite(y)
    n = int(both.sum())
    if n < _LEAST_SCANS or np.ptp(x[both]) == 0 or np.ptp(y[both]) == 0:
        return n, float("nan")
    ranks = stats.rankdata(x[both]), stats.rankdata(y[both])
    return n, float(np.corrcoef(*ranks)[0, 1])
