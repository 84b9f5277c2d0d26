"""Genes on maps that follow nothing: how often sets, genes and components are found.

Maps are Gaussian fields over the regions of the Schaefer-100 atlas, and expression is that of the
Allen Human Brain Atlas. Tests of random genes find sets in nearly every such map (Fulcher et al.
2021, 10.1038/s41467-021-22862-1). What spins take for granted holds where correlation falls with
distance on each hemisphere's sphere alone: in 250 such maps 4.8% of the components' p are below .05
and p is uniform, spins find a gene in 4.4% and a set in 5.6%, random genes a set in 97%. Where
correlation falls with distance through the brain (1 / e at 40 mm), so that the inner sides of both
hemispheres are alike, spins find 7.0% of components (Vasa's 15%), and variogram-matched surrogates
none.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, kstest

from rewire.core.atlas import Atlas
from rewire.core.maps import Expression, GeneSet, GeneSets, MapRules, Provenance
from rewire.maps.gene_collections import Collection, gather_sets
from rewire.maps.gene_components import scaled_genes
from rewire.maps.gene_expression import complete_expression
from rewire.maps.nulls import null_maps
from rewire.numerics.adjust import adjust_p
from rewire.numerics.gene_sets import assess_gene_sets, assess_random_genes
from rewire.numerics.map_association import assess_maps, correlate_maps
from rewire.numerics.partial_least_squares import explain_nulls, fit_pls

LEVEL = 0.05
RADIUS, LENGTH = 60.0, 40.0  # mm: of the sphere, and over which correlation falls to 1 / e


@dataclass(frozen=True, slots=True, eq=False)
class Brain:
    """The atlas in the regions with samples, genes, sets and the root of the covariance."""

    atlas: Atlas
    genes: np.ndarray
    sets: Collection
    root: np.ndarray


@pytest.fixture(scope="module")
def brain(shared_data: Path) -> Brain:
    folder = shared_data / "maps-schaefer100"
    table = pd.read_csv(folder / "atlas-Schaefer100_dseg.tsv", sep="\t")
    frame = pd.read_parquet(folder / "expression_ahba.parquet")
    names = tuple(frame.pop("name").astype(str)) if "name" in frame else tuple(frame.index)
    read = Expression(names, tuple(frame.columns), frame.to_numpy(float), Provenance("AHBA"))
    held = complete_expression(read)
    whole = Atlas(
        "Schaefer100",
        tuple(table["name"]),
        table["index"].to_numpy(),
        tuple(table["hemisphere"]),
        tuple(table["network"]),
        table[["x", "y", "z"]].to_numpy(float),
        table[["sphere_x", "sphere_y", "sphere_z"]].to_numpy(float),
    )
    atlas = whole.take(held.regions)
    lines = (folder / "go_biological_process_2021.gmt").read_text().splitlines()
    rows = [line.split("\t") for line in lines]
    ontology = GeneSets("go", tuple(GeneSet(r[0], tuple(r[2:])) for r in rows), Provenance("go"))
    return Brain(atlas, held.values, gather_sets([ontology], held.genes, 10, 500), _root(atlas))


def _root(atlas: Atlas) -> np.ndarray:
    """Return a root of the covariance of fields that are independent between hemispheres."""
    sphere = np.asarray(atlas.sphere)
    apart = RADIUS * np.arccos(np.clip(sphere @ sphere.T, -1.0, 1.0))
    side = np.array(atlas.hemisphere)
    near = np.exp(-apart / LENGTH) * (side[:, None] == side[None])
    return np.linalg.cholesky(near + 1e-8 * np.eye(len(atlas)))


def _found(brain: Brain, maps: int, draws: int) -> np.ndarray:
    """Whether random genes and null maps find a set, null maps a gene; p of the first component."""
    rng = np.random.default_rng(2021)
    scaled = scaled_genes(brain.genes)
    found = np.empty((maps, 4))
    for row in found:
        values = brain.root @ rng.standard_normal(len(brain.root))
        nulls = null_maps(values, brain.atlas, MapRules("spin", draws), rng).maps
        r = correlate_maps(values[None], brain.genes)[0]
        random = assess_random_genes(r, brain.sets.membership).p
        sets = assess_gene_sets(values, nulls, brain.genes, brain.sets.membership)
        genes = assess_maps(values, nulls, brain.genes)
        share = fit_pls(scaled, values, 1).explained[0]
        reached = (explain_nulls(scaled, nulls, 1)[:, 0] >= share - 1e-9).sum()
        row[:] = (
            np.nanmin(adjust_p(random, "fdr_bh")) < LEVEL,
            np.nanmin(sets.p_max) < LEVEL,
            np.nanmin(genes.p_max) < LEVEL,
            (1 + reached) / (1 + draws),
        )
    return found


def _check(found: np.ndarray) -> None:
    maps = len(found)
    random, space, genes = found[:, :3].mean(axis=0)
    allowed = binom.ppf(0.999, maps, LEVEL) / maps  # what chance allows of a rate of 5%
    assert random > 0.9
    assert space <= allowed
    assert genes <= allowed
    assert kstest(found[:, 3], "uniform").pvalue > 0.001


def test_smooth_maps_that_follow_no_gene(brain: Brain) -> None:
    _check(_found(brain, 20, 120))


@pytest.mark.slow
def test_many_smooth_maps_that_follow_no_gene(brain: Brain) -> None:
    found = _found(brain, 400, 1000)
    _check(found)
    assert found[:, 1].mean() < 0.08
