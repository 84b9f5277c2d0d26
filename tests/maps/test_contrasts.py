"""The map of a contrast is what the test estimates in each region."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest

from rewire.core.atlas import Atlas
from rewire.core.questions import Design
from rewire.effects.answering import Asking
from rewire.effects.responses import Response
from rewire.maps.contrasts import Contrasts, Of, form_contrasts
from rewire.maps.slopes import weigh_regions
from rewire.plan.options.annotation import AnnotationOptions


def drawn(*sessions: tuple[str, str], people: int = 8) -> Mapping[tuple[str, str], np.ndarray]:
    rng = np.random.default_rng(5)
    return {s: rng.standard_normal((people, 12)) for s in sessions}


def formed(asking: Asking, of: Of) -> Contrasts:
    """Ask for the map beside its mean over regions."""

    def mean(response: Response, atlas: Atlas) -> Response:
        everywhere = np.ones(len(atlas), dtype=bool)
        place = (response.places[0],)
        return weigh_regions(response, everywhere, lambda t: np.full((t.sum(), 1), 1 / 12), place)

    return form_contrasts(asking, of, mean)


def test_change_within_arms(
    make_asking: Callable[..., Asking], make_atlas: Callable[..., Atlas], designs: dict[str, Design]
) -> None:
    values = drawn(("ses-a", ""), ("ses-b", ""))
    asking = make_asking({"m": values}, make_atlas(12), (), AnnotationOptions(),
                         designs["parallel"])  # fmt: skip
    found = formed(asking, "change").found
    change = values["ses-b", ""] - values["ses-a", ""]
    assert [c.slopes.labels.arm for c in found] == ["drug", "placebo"]
    np.testing.assert_allclose(found[0].estimates, change[::2].mean(axis=0))
    np.testing.assert_allclose(found[1].estimates, change[1::2].mean(axis=0))


def test_interaction_between_arms(
    make_asking: Callable[..., Asking], make_atlas: Callable[..., Atlas], designs: dict[str, Design]
) -> None:
    values = drawn(("ses-a", ""), ("ses-b", ""))
    asking = make_asking({"m": values}, make_atlas(12), (), AnnotationOptions(),
                         designs["parallel"])  # fmt: skip
    (found,) = formed(asking, "interaction").found
    change = values["ses-b", ""] - values["ses-a", ""]
    expected = change[::2].mean(axis=0) - change[1::2].mean(axis=0)
    np.testing.assert_allclose(found.estimates, expected)
    # the same test of the mean over regions estimates the mean of the map
    ours = found.slopes.model.response.mean(axis=1)
    np.testing.assert_allclose(ours, change.mean(axis=1))


def test_ancova_is_adjusted_for_each_regions_baseline(
    make_asking: Callable[..., Asking], make_atlas: Callable[..., Atlas], designs: dict[str, Design]
) -> None:
    values = drawn(("ses-a", ""), ("ses-b", ""))
    asking = make_asking({"m": values}, make_atlas(12), (), AnnotationOptions(),
                         designs["parallel"])  # fmt: skip
    (found,) = formed(asking, "ancova").found
    arm = np.arange(8) % 2 == 0
    for region in range(12):
        design = np.column_stack([np.ones(8), arm, values["ses-a", ""][:, region]])
        fit = np.linalg.lstsq(design, values["ses-b", ""][:, region], rcond=None)[0]
        assert found.estimates[region] == pytest.approx(fit[1])


def test_a_crossover_compares_people_with_themselves(
    make_asking: Callable[..., Asking], make_atlas: Callable[..., Atlas], designs: dict[str, Design]
) -> None:
    values = drawn(("ses-p", "placebo"), ("ses-d", "drug"))
    asking = make_asking({"m": values}, make_atlas(12), (), AnnotationOptions(),
                         designs["crossover"])  # fmt: skip
    (found,) = formed(asking, "change").found
    change = values["ses-d", "drug"] - values["ses-p", "placebo"]
    np.testing.assert_allclose(found.estimates, change.mean(axis=0))
    assert found.slopes.labels.contrast == "drug - placebo"


def test_what_has_no_map_is_said(
    make_asking: Callable[..., Asking], make_atlas: Callable[..., Atlas]
) -> None:
    values = drawn(("ses-a", ""), ("ses-b", ""))
    asking = make_asking(
        {"m": values}, make_atlas(12), (), AnnotationOptions(), measures=("m", "k")
    )
    asking.trial.atlases.clear()  # type: ignore[attr-defined]
    found = formed(asking, "change")
    assert found.found == ()
    assert found.reasons == ("k was not measured", "m: no atlas of the trial has all its regions")


def test_several_values_per_region_are_no_one_map(
    make_asking: Callable[..., Asking], make_atlas: Callable[..., Atlas]
) -> None:
    """Such as participation among networks and among modules."""
    values = drawn(("ses-a", ""), ("ses-b", ""))
    asking = make_asking({"m": values}, make_atlas(12), (), AnnotationOptions())
    m = asking.measurements["m"]
    twice = m.data.expand_dims(model=["networks", "modules"], axis=1)
    held = {"m": replace(m, data=twice.transpose("scan", "model", "region"))}
    found = formed(replace(asking, measurements=held), "change")
    assert found.found == ()
    assert found.reasons == ("m has several values per region, and so no one map",)


def test_the_smallest_atlas_that_has_all_regions_is_the_one_that_is_meant(
    make_asking: Callable[..., Asking], make_atlas: Callable[..., Atlas]
) -> None:
    """A finer parcellation has the same names, and it may stand first."""
    small = make_atlas(12)
    large = replace(make_atlas(24), name="fine")
    assert set(small.regions) < set(large.regions)
    values = drawn(("ses-a", ""), ("ses-b", ""))
    asking = make_asking({"m": values}, small, (), AnnotationOptions())
    trial = replace(asking.trial, atlases={"fine": large, small.name: small})
    (contrast,) = formed(replace(asking, trial=trial), "change").found
    assert contrast.atlas.name == small.name
    np.testing.assert_array_equal(contrast.atlas.centroid, small.centroid)
