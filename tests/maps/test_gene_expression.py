"""Slopes of scans on genes, worked out by hand."""

from __future__ import annotations

import numpy as np

from rewire.core.atlas import Atlas
from rewire.core.maps import Expression, MapRules, Provenance
from rewire.effects.responses import Place, Response
from rewire.maps.gene_collections import gather_sets
from rewire.maps.gene_expression import gene_slopes

REGIONS = 24
NAMES = tuple(f"r{i}" for i in range(REGIONS))
SIDES = ("L",) * 12 + ("R",) * 12
ATLAS = Atlas("A", NAMES, np.arange(REGIONS), SIDES, ("",) * REGIONS, np.zeros((REGIONS, 3)))


def test_scans_of_a_person_are_looked_at_over_the_same_regions() -> None:
    """The second scan lacks a region; a profile that did not change has no slope of change."""
    rng = np.random.default_rng(0)
    genes = rng.standard_normal((REGIONS, 3))
    profile = 50.0 * rng.standard_normal(REGIONS)
    before, after = profile.copy(), profile + 1.0
    after[3] = np.nan
    scans = Response(
        "m", "", ("sub-0",), np.array([0, 0]), np.array(["ses-a", "ses-b"]), np.full(2, ""),
        np.stack([before, after]), tuple(Place(region=name) for name in NAMES),
    )  # fmt: skip
    expression = Expression(NAMES, ("A", "B", "C"), genes, Provenance("made"))
    given = (expression, gather_sets((), expression.genes, 2, 10))
    found = gene_slopes(scans, ATLAS, given, MapRules()).values
    np.testing.assert_allclose(found[1] - found[0], 0.0, atol=1e-12)
    kept = np.arange(REGIONS) != 3
    slope = np.polyfit(genes[kept, 0], before[kept], 1)[0] * genes[kept, 0].std()
    np.testing.assert_allclose(found[0, 0], slope)


def test_a_scan_with_too_few_regions_takes_none_from_the_others() -> None:
    rng = np.random.default_rng(1)
    values = rng.standard_normal((2, REGIONS))
    values[1, 5:] = np.nan
    scans = Response(
        "m", "", ("sub-0",), np.array([0, 0]), np.array(["ses-a", "ses-b"]), np.full(2, ""),
        values, tuple(Place(region=name) for name in NAMES),
    )  # fmt: skip
    expression = Expression(NAMES, ("A",), rng.standard_normal((REGIONS, 1)), Provenance("made"))
    given = (expression, gather_sets((), expression.genes, 2, 10))
    found = gene_slopes(scans, ATLAS, given, MapRules()).values
    assert np.isfinite(found).all(axis=1).tolist() == [True, False]
