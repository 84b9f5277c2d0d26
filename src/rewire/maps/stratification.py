"""Whether people fall into groups by the regional profile of their change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from rewire.core.types import FloatArray, Timepoint
from rewire.effects.answering import Asking, KindTable, Reply
from rewire.effects.responses import score_response
from rewire.effects.tables import Piece
from rewire.maps.strata import Strata, find_strata, gather_profiles
from rewire.numerics.adjust import adjust_p
from rewire.numerics.group_differences import GroupDifference, assess_difference
from rewire.plan.options.stratification import StratificationOptions

GROUPS, UNHELD = "groups", "groups (none claimed)"
"""The term of a row whose groups are claimed, and of one whose groups are not."""
LEVEL = 0.05
"""Groups are claimed below this adjusted p alone."""
STABLE = 0.75
"""The lowest mean Jaccard index of a group that counts as stable (Hennig 2007)."""
_SMALLEST, _SMALLEST_SHARE = 5, 0.1

_WHAT = ("question", "measure", "session", "acquisition", "arm")

_TABLES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "stratification",
        "Whether people fall into groups: one row a measure.",
        (
            "n", "cells", "components", "variance", "groups", "gap", "gap_se", "statistic",
            "p_gaussian", "p_skewed", "p_adjusted", "rand", "lowest_jaccard", "smallest_group",
            "silhouette", "held", "reason",
        ),
    ),
    (
        "stratification_numbers",
        "Each number of groups that was tried: gap, and agreement over subsamples with its null.",
        ("groups", "gap", "gap_se", "rand", "null_rand", "null_low", "null_high"),
    ),
    (
        "stratification_people",
        "Each person's group; written where there are groups.",
        (
            "participant_id", "in_arm", "group", "silhouette", "membership",
            "component_1", "component_2",
        ),
    ),
    (
        "stratification_profiles",
        "Mean of each group in each region or on each map; written where there are groups.",
        ("group", "people", "region", "map", "mean", "sd", "mean_of_others"),
    ),
    (
        "stratification_scores",
        "Whether groups differ in how symptoms changed; written where there are groups.",
        ("outcome", "outcome_session", "people", "f", "df", "df_residual", "eta_squared", "p"),
    ),
)  # fmt: skip


def answer_stratification(asking: Asking) -> Reply:
    """Group people by the regional profile of their change or baseline, if there are groups.

    Parameters
    ----------
    asking
        Its measures have a value per region.

    Returns
    -------
    Reply
        One row a measure and visit: the largest gap and its p, which is the larger of that
        against one normal cloud and that against one cloud as skewed as the data. Groups are
        written only where the adjusted p is below .05, each group comes back in subsamples
        (Jaccard .75) and none is smaller than five people or a tenth; where they are not, table
        ``stratification`` says why.
    """
    options = asking.options(StratificationOptions)
    gathered, reasons = gather_profiles(asking)
    rng = asking.rng()
    found: list[Strata] = []
    for profiles in gathered:
        try:
            found.append(find_strata(profiles, options, rng))
        except ValueError as error:
            reasons.append(f"{profiles.response.name}: {error}")
    if not found:
        return Reply((), frozenset(), tuple(reasons))
    how = asking.question.correction
    p = np.array([one.test.p for one in found])
    adjusted = adjust_p(p, "holm" if how == "max_t" else how)
    refusals = [_refusal(one, q) for one, q in zip(found, adjusted.tolist(), strict=True)]
    rows: dict[str, list[tuple[object, ...]]] = {name: [] for name, _, _ in _TABLES}
    for one, q, refusal in zip(found, adjusted.tolist(), refusals, strict=True):
        told = _told(asking, one)
        rows["stratification"].append((*told, *_summary(one, q, refusal)))
        rows["stratification_numbers"] += [(*told, *row) for row in _numbers(one)]
        if not refusal:
            rows["stratification_people"] += [(*told, *row) for row in _people(asking, one)]
            rows["stratification_profiles"] += [(*told, *row) for row in _profile_rows(one)]
            rows["stratification_scores"] += [(*told, *row) for row in _scores(asking, one, rng)]
    pieces = [
        _piece(asking, one, q, refusal)
        for one, q, refusal in zip(found, adjusted.tolist(), refusals, strict=True)
    ]
    people = {asking.cohort.people[i] for one in found for i in one.profiles.who}
    tables = tuple(
        KindTable(name, about, pd.DataFrame(rows[name], columns=[*_WHAT, *columns]))
        for name, about, columns in _TABLES
    )
    return Reply(tuple(pieces), frozenset(people), tuple(reasons), tables)


def _refusal(one: Strata, adjusted: float) -> str:
    """Return why no groups are claimed, with numbers; empty where they are."""
    sizes = np.bincount(one.labels)
    fewest = max(_SMALLEST, int(np.ceil(_SMALLEST_SHARE * len(one.labels))))
    faults = []
    if not adjusted < LEVEL:
        faults.append(
            f"one cloud of people would look at least as grouped (adjusted p {adjusted:.3f})"
        )
    lowest = float(one.stability.jaccard.min())
    if lowest < STABLE:
        faults.append(
            f"a group does not come back in subsamples (Jaccard {lowest:.2f}, {STABLE} wanted)"
        )
    if sizes.min() < fewest:
        faults.append(f"a group has {sizes.min()} people, {fewest} wanted")
    return "; ".join(faults)


def _told(asking: Asking, one: Strata) -> tuple[str, ...]:
    p = one.profiles
    return asking.question.name, p.response.name, p.session, p.acquisition, p.arm


def _piece(asking: Asking, one: Strata, adjusted: float, refusal: str) -> Piece:
    options, at = asking.options(StratificationOptions), one.test.chosen - 2
    return {
        "question": asking.question.name,
        "kind": asking.question.kind.value,
        "measure": one.profiles.response.name,
        "term": UNHELD if refusal else GROUPS,
        "session": one.profiles.session,
        "acquisition": one.profiles.acquisition,
        "arm": one.profiles.arm,
        "alternative": "greater",
        "n": np.array([len(one.labels)]),
        "estimate": float(one.test.gap[at]),
        "p": one.test.p,
        "p_permutation": one.test.p,
        "p_adjusted": adjusted,
        "method": f"gap of k-means, {options.draws:,} rotated clouds, k = 2 to {options.k_max}",
        "status": "ok",
    }


def _summary(one: Strata, adjusted: float, refusal: str) -> tuple[object, ...]:
    at = one.test.chosen - 2
    return (
        len(one.labels), one.profiles.values.shape[1], one.components.scores.shape[1],
        float(one.components.share.sum()), one.test.chosen, one.test.gap[at],
        one.test.gap_se[at], one.test.statistic, one.test.p_gaussian, one.test.p_skewed, adjusted,
        one.stability.rand, float(one.stability.jaccard.min()), int(np.bincount(one.labels).min()),
        float(one.silhouette.mean()), "no" if refusal else "yes", refusal,
    )  # fmt: skip


def _numbers(one: Strata) -> Iterator[tuple[object, ...]]:
    test = one.test
    for i, k in enumerate(test.groups.tolist()):
        null = one.rand_null[i]
        low, high = np.quantile(null, [0.05, 0.95]).tolist()
        yield k, test.gap[i], test.gap_se[i], one.rand[i], float(null.mean()), low, high


def _people(asking: Asking, one: Strata) -> Iterator[tuple[object, ...]]:
    cohort, scores = asking.cohort, one.components.scores
    second = scores[:, 1] if scores.shape[1] > 1 else np.zeros(len(scores))
    for row, i in enumerate(one.profiles.who.tolist()):
        yield (
            cohort.people[i], one.profiles.arm or str(cohort.arm[i]), int(one.labels[row]) + 1,
            one.silhouette[row], one.stability.membership[row], scores[row, 0], second[row],
        )  # fmt: skip


def _profile_rows(one: Strata) -> Iterator[tuple[object, ...]]:
    values = one.profiles.values
    places = [one.profiles.response.places[c] for c in one.profiles.cells]
    for g in range(int(one.labels.max()) + 1):
        own = one.labels == g
        means, others = values[own].mean(axis=0), values[~own].mean(axis=0)
        spread = values[own].std(axis=0, ddof=1)
        for j, place in enumerate(places):
            name = place.level.partition("map=")[2]
            yield g + 1, int(own.sum()), place.region, name, means[j], spread[j], others[j]


def _scores(asking: Asking, one: Strata, rng: np.random.Generator) -> Iterator[tuple[object, ...]]:
    """Hold groups against the change in each score, less what was taken out of the profiles."""
    question = asking.question
    before = question.outcome_before or question.before.session
    visits: Sequence[str] = question.outcome_after or tuple(p.session for p in question.after)
    for scale in question.outcomes:
        response = score_response(asking.trial, scale, asking.cohort.people)
        for after in visits:
            change: FloatArray = (
                response.at(Timepoint(session=after)) - response.at(Timepoint(session=before))
            )[one.profiles.who, 0]
            there = np.isfinite(change)
            found: GroupDifference = assess_difference(
                change[there], one.labels[there], one.profiles.held[there],
                max(asking.inference.permutations, 999), rng,
            )  # fmt: skip
            yield (
                scale, after, int(there.sum()), found.f, found.df, found.df_residual,
                found.eta_squared, found.p,
            )  # fmt: skip
