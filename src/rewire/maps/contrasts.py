"""The map of a contrast: what a test estimates, region by region."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from rewire.core.atlas import Atlas
from rewire.core.questions import Correction, Kind, Question
from rewire.core.types import FloatArray
from rewire.effects.answering import Asking
from rewire.effects.asked import Asked, AskedTest
from rewire.effects.longitudinal import LONGITUDINAL
from rewire.effects.responses import Response
from rewire.numerics.linear import TermModel
from rewire.numerics.terms import estimate_term
from rewire.numerics.welch import WelchModel, estimate_welch

Of = Literal["change", "interaction", "ancova"]


@dataclass(frozen=True, slots=True, eq=False)
class Contrast:
    """The map that a test estimates, and the same test of people's own slopes.

    Parameters
    ----------
    estimates
        Shape (regions,); NaN where nothing could be estimated.
    atlas
        The regions, in the order of the estimates.
    slopes
        The same test of slopes on other maps, one cell a map.
    regional
        The test that gave the estimates, one cell a region.
    """

    estimates: FloatArray
    atlas: Atlas
    slopes: AskedTest
    regional: AskedTest


@dataclass(frozen=True, slots=True, eq=False)
class Contrasts:
    """The contrasts of a question, and why parts of it have none."""

    found: tuple[Contrast, ...]
    reasons: tuple[str, ...]


def form_contrasts(
    asking: Asking, of: Of, slopes: Callable[[Response, Atlas], Response]
) -> Contrasts:
    """Return the map of every test that a question comes down to.

    Parameters
    ----------
    asking
        Its measures have a value per region.
    of
        What is estimated in each region.
    slopes
        Makes of a measure a response with one cell for each map that it is held against.
    """
    found: list[Contrast] = []
    reasons = [
        f"{m} was not measured" for m in asking.question.measures if m not in asking.measurements
    ]
    for response in asking.measured():
        regions = tuple(place.region for place in response.places)
        if not all(regions) or any(place.region2 for place in response.places):
            reasons.append(f"{response.name} has no value per region")
            continue
        if len(set(regions)) < len(regions):
            reasons.append(f"{response.name} has several values per region, and so no one map")
            continue
        atlas = find_atlas(asking, regions)
        if atlas is None:
            reasons.append(f"{response.name}: no atlas of the trial has all its regions")
            continue
        of_map = _ask(asking, response, of)
        own = slopes(response, atlas)
        along = {test.labels: test for test in _ask(asking, own, of).tests}
        found += [
            Contrast(_estimates(one), atlas, along.get(one.labels) or _without(one, own), one)
            for one in of_map.tests
        ]
        reasons += of_map.reasons
    return Contrasts(tuple(found), tuple(reasons))


def _ask(asking: Asking, response: Response, of: Of) -> Asked:
    question = inner_question(asking, of)
    return LONGITUDINAL[question.kind](question, response, asking.cohort)


def _without(test: AskedTest, slopes: Response) -> AskedTest:
    """Return a test of slopes that nobody has, so that it has rows, and these a status."""
    nothing = np.full((len(slopes.people), len(slopes.places)), np.nan)
    model = replace(test.model, response=nothing)
    if isinstance(model, TermModel) and model.own is not None:
        model = replace(model, own=nothing)
    return replace(test, response=slopes, model=model, pair=None)


def inner_question(asking: Asking, of: Of) -> Question:
    """Return the question about slopes, adjusted by the largest statistic of all maps.

    Without permutations Holm's adjustment stands in its place.
    """
    correction: Correction = "max_t" if asking.inference.permutations else "holm"
    return replace(asking.question, kind=Kind(of), correction=correction)


def find_atlas(asking: Asking, regions: tuple[str, ...]) -> Atlas | None:
    """Return the atlas of these regions, in their order; None where no atlas has all of them.

    Atlases of one family name their regions alike: every name of Schaefer-100 stands in
    Schaefer-200 too, for another place. The smallest atlas that has all is the one that is meant.

    Parameters
    ----------
    asking
        Its trial holds the atlases.
    regions
        Names.
    """
    held = asking.trial.atlases.values()
    fitting = [atlas for atlas in held if set(regions) <= set(atlas.regions)]
    return min(fitting, key=len).take(regions) if fitting else None


def _estimates(test: AskedTest) -> FloatArray:
    if isinstance(test.model, WelchModel):
        return estimate_welch(test.model, "two-sided", 0.95).estimate
    if not isinstance(test.model, TermModel):
        raise TypeError(f"{test.method} estimates no map")
    return estimate_term(test.model, "two-sided", 0.95).estimate
