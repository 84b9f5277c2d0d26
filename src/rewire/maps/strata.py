"""The people of a question about groups, and the groups that they fall into."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rewire.core.types import FloatArray, Timepoint
from rewire.effects.answering import Asking
from rewire.effects.responses import Response
from rewire.maps.contrasts import find_atlas
from rewire.maps.matching import match_maps
from rewire.maps.slopes import map_slopes
from rewire.numerics.cluster_stability import (
    GroupStability,
    stability_of_nulls,
    subsample_groups,
)
from rewire.numerics.cluster_tests import (
    ClusterTest,
    Components,
    assess_groups,
    draw_in,
    normal_nulls,
    reduce_people,
)
from rewire.numerics.clusters import group_people, silhouettes
from rewire.plan.options.stratification import StratificationOptions

IntArray = npt.NDArray[np.int64]

_PRESENT = 0.9
_NULLS_OF_STABILITY = 20
_SUBSAMPLES_OF_NULL = 20


@dataclass(frozen=True, slots=True, eq=False)
class Profiles:
    """What people are grouped by.

    Parameters
    ----------
    response
        The measure, or people's slopes on annotations.
    session, acquisition, arm
        When, and the arm within which people are grouped; empty for all arms together.
    who
        Index into the response's people, shape (people,).
    values
        Shape (people, cells): the change or the baseline of the cells that are used.
    cells
        Index of these cells in the response.
    held
        What is taken out before people are grouped, shape (people, k): the mean, and arms where a
        change is looked at, and covariates.
    """

    response: Response
    session: str
    acquisition: str
    arm: str
    who: IntArray
    values: FloatArray
    cells: IntArray
    held: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Strata:
    """People in groups, and what speaks for them.

    Parameters
    ----------
    profiles
        What people are grouped by.
    components
        People in principal components.
    test
        Groups against one cloud.
    labels
        Group of each person, from 0, for the number of groups that was chosen.
    silhouette
        Shape (people,).
    stability
        Over subsamples, for the number of groups that was chosen.
    rand, rand_null
        Mean adjusted Rand index over subsamples for each number of groups that was tried, of the
        data and (shape (numbers, clouds)) of clouds of the null.
    """

    profiles: Profiles
    components: Components
    test: ClusterTest
    labels: IntArray
    silhouette: FloatArray
    stability: GroupStability
    rand: FloatArray
    rand_null: FloatArray


def gather_profiles(asking: Asking) -> tuple[list[Profiles], list[str]]:
    """Return what people are grouped by, for each measure, visit and group of people.

    In a parallel trial all arms are grouped together, each less its own mean; in a crossover
    each drug by itself.

    Returns
    -------
    tuple
        The profiles, and why parts of the question have none.
    """
    options = asking.options(StratificationOptions)
    found: list[Profiles] = []
    reasons = [
        f"{m} was not measured" for m in asking.question.measures if m not in asking.measurements
    ]
    for measured in asking.measured():
        response = _in_space(asking, measured, options)
        if isinstance(response, str):
            reasons.append(response)
            continue
        for after, arm in _visits(asking, options):
            profiles = _profiles(asking, response, (after, arm))
            held = "nobody" if profiles is None else f"only {len(profiles.who)} people"
            if profiles is None or len(profiles.who) < options.fewest:
                reasons.append(
                    f"{measured.name}{f' in {arm}' if arm else ''}: {held} of whom enough is "
                    f"known; groups are looked for in {options.fewest} or more"
                )
                continue
            found.append(profiles)
    return found, reasons


def find_strata(
    profiles: Profiles, options: StratificationOptions, rng: np.random.Generator
) -> Strata:
    """Group people and hold the groups against one cloud.

    Raises
    ------
    ValueError
        If nothing varies between people.
    """
    components = reduce_people(draw_in(profiles.values, profiles.held), profiles.held)
    most = min(options.k_max, len(profiles.who) // 5)
    test = assess_groups(components, most, options.draws, rng)
    clouds = normal_nulls(components, _NULLS_OF_STABILITY, rng)
    rand, null, held = [], [], []
    for k in test.groups.tolist():
        labels = group_people(components.scores[None], k, rng).labels[0]
        stability = subsample_groups(components.scores, labels, options.subsamples, rng)
        held.append((labels, stability))
        rand.append(stability.rand)
        null.append(stability_of_nulls(clouds, k, _SUBSAMPLES_OF_NULL, rng))
    labels, stability = held[test.chosen - 2]
    return Strata(
        profiles,
        components,
        test,
        labels,
        silhouettes(components.scores, labels),
        stability,
        np.array(rand),
        np.stack(null),
    )


def _in_space(asking: Asking, response: Response, options: StratificationOptions) -> Response | str:
    """Return the response in the space that people are grouped in, or why there is none."""
    if response.change and options.of == "baseline":
        return f"{response.name} is known as a change alone, without its baseline"
    regions = tuple(place.region for place in response.places)
    if not all(regions) or any(place.region2 for place in response.places):
        return f"{response.name} has no value per region"
    if options.space == "regions":
        return response
    maps = asking.trial.maps.annotations
    if len(maps) < 2:
        return "the plan's [maps] names fewer than two annotations"
    atlas = find_atlas(asking, regions)
    if atlas is None:
        return f"{response.name}: no atlas of the trial has all its regions"
    matched = match_maps(maps, atlas, asking.trial.maps.rules.hemisphere)
    if matched.usable.sum() < 2:
        return f"{response.name}: fewer than two annotations have its regions"
    return map_slopes(response, matched, "pearson")


def _visits(asking: Asking, options: StratificationOptions) -> list[tuple[Timepoint, str]]:
    question, cohort = asking.question, asking.cohort
    if options.of == "baseline":
        return [(question.before, "")]
    if not cohort.crossover:
        return [(after, "") for after in question.after]
    return [
        (after, arm)
        for after in question.after
        for arm in cohort.arms_of_change(question.before, after)
    ]


def _profiles(asking: Asking, response: Response, visit: tuple[Timepoint, str]) -> Profiles | None:
    options, cohort = asking.options(StratificationOptions), asking.cohort
    after, arm = visit
    later = cohort.values(response, after, arm) if cohort.crossover else response.at(after)
    change = options.of == "change"
    if change and not response.change:
        later = later - response.at(asking.question.before)
    inside = np.isfinite(cohort.covariates).all(axis=1) & np.isfinite(later).any(axis=1)
    columns = [np.ones((len(later), 1)), cohort.covariates]
    if cohort.design.kind == "parallel":
        members = np.column_stack([cohort.members(name) for name in cohort.arms])
        inside &= members.any(axis=1)
        columns += [members.astype(np.float64)] if change else []
    if not inside.any():
        return None
    cells = np.flatnonzero(np.isfinite(later[inside]).mean(axis=0) >= _PRESENT)
    who = np.flatnonzero(inside & np.isfinite(later[:, cells]).all(axis=1))
    if len(cells) < 2 or not len(who):
        return None
    held = np.column_stack(columns)[who]
    session, acquisition = after.session, after.acquisition
    return Profiles(
        response, session, acquisition, arm, who, later[np.ix_(who, cells)], cells, held
    )
