"""Maps against thousands of null maps: spins, genes, partial least squares, gene sets."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from dataclasses import dataclass

import gseapy
import numpy as np
import numpy.typing as npt
import pandas as pd
from neuromaps.nulls.spins import gen_spinsamples
from neuromaps.stats import permtest_metric
from scipy.sparse import csr_array
from sklearn.cross_decomposition import PLSRegression

from benchmarks.row import Row, timed
from rewire.numerics.gene_sets import assess_gene_sets
from rewire.numerics.map_association import MapTest, assess_maps, standardised
from rewire.numerics.partial_least_squares import (
    BootstrapWeights,
    bootstrap_weights,
    explain_nulls,
    fit_pls,
)
from rewire.numerics.spins import draw_rotations, spin_regions

FloatArray = npt.NDArray[np.float64]

_REGIONS, _GENES, _SETS, _NULLS, _COMPONENTS, _BOOTSTRAPS = 100, 15_633, 5_000, 10_000, 5, 1_000
_THEIR_GENES, _THEIR_FITS, _THEIR_RANKINGS, _THEIR_SPINS = 5, 10, 2, 500


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """A smooth map on two spheres, genes of which some go together, and sets of 10 to 200."""

    sphere: FloatArray
    left: npt.NDArray[np.bool_]
    values: FloatArray
    genes: FloatArray
    sets: csr_array


def _made() -> _Made:
    rng = np.random.default_rng(0)
    half = _REGIONS // 2
    angle, height = 2.4 * np.arange(half), np.linspace(-0.98, 0.98, half)
    ring = np.sqrt(1 - height**2)
    one = np.column_stack([ring * np.cos(angle), ring * np.sin(angle), height])
    sphere, left = np.vstack([one, one]), np.arange(_REGIONS) < half
    near = np.exp(-2.0 * np.arccos(np.clip(sphere @ sphere.T, -1, 1))) * (left[:, None] == left)
    root = np.linalg.cholesky(near + 1e-8 * np.eye(_REGIONS))
    genes = root @ rng.standard_normal((_REGIONS, _GENES))
    genes += root @ rng.standard_normal((_REGIONS, 10)) @ rng.standard_normal((10, _GENES))
    sizes = rng.integers(10, 201, _SETS)
    columns = np.concatenate([rng.choice(_GENES, size, replace=False) for size in sizes])
    rows = np.repeat(np.arange(_SETS), sizes)
    sets = csr_array((np.ones(len(rows)), (rows, columns)), shape=(_SETS, _GENES))
    return _Made(sphere, left, root @ rng.standard_normal(_REGIONS), genes, sets)


def _spun(made: _Made) -> FloatArray:
    turns = draw_rotations(_NULLS, np.random.default_rng(1))
    return np.asarray(made.values[spin_regions(made.sphere, made.left, turns)])


def _chain(made: _Made) -> MapTest:
    nulls = _spun(made)
    assess_maps(made.values, nulls, made.genes)
    columns = standardised(made.genes.T).T
    fit_pls(columns, made.values, _COMPONENTS)
    explain_nulls(columns, nulls, _COMPONENTS)
    bootstrap_weights(columns, made.values, 1, _BOOTSTRAPS, np.random.default_rng(2))
    return assess_gene_sets(made.values, nulls, made.genes, made.sets)


def run() -> Iterator[Row]:
    """Yield the parts, and the whole chain with the memory that it took."""
    made = _made()
    _chain(made)  # compiles
    seconds, _ = timed(lambda: _chain(made), 3)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    nulls = _spun(made)
    parts = [_spins(made), _genes(made, nulls), _components(made, nulls)]
    parts += [_weights(made), _gene_sets(made, nulls)]
    yield from parts
    yield Row(
        "the whole chain: spins, genes, components, bootstrap, gene sets",
        seconds,
        "the five above",
        sum(part.rival_seconds for part in parts),
        f"peak {peak:.2f} GB of the process",
        "not measured",
        "the rivals' times as scaled above",
    )


def _spins(made: _Made) -> Row:
    ours, orders = timed(
        lambda: spin_regions(
            made.sphere, made.left, draw_rotations(_NULLS, np.random.default_rng(1))
        ),
        3,
    )
    theirs, drawn = timed(
        lambda: gen_spinsamples(
            made.sphere, ~made.left, n_rotate=_THEIR_SPINS, method="original", seed=1
        )
    )
    return Row(
        f"{_NULLS:,} spins of {_REGIONS} regions",
        ours,
        "neuromaps gen_spinsamples",
        theirs * _NULLS / _THEIR_SPINS,
        f"{_used(orders):.1%} of regions used in a spin",
        f"{_used(np.asarray(drawn).T):.1%}",
        f"the same method; timed on {_THEIR_SPINS} and scaled",
    )


def _used(orders: npt.NDArray[np.int64]) -> float:
    """Return the mean share of regions whose value lands anywhere in a spin."""
    return float(np.mean([len(np.unique(order)) / len(order) for order in orders[:500]]))


def _genes(made: _Made, nulls: FloatArray) -> Row:
    ours, found = timed(lambda: assess_maps(made.values, nulls, made.genes), 3)
    columns = np.ascontiguousarray(nulls.T)

    def gene_by_gene() -> list[tuple[float, float]]:
        return [
            permtest_metric(made.values, made.genes[:, g], nulls=columns)
            for g in range(_THEIR_GENES)
        ]

    theirs, tested = timed(gene_by_gene)
    r, p = np.array(tested, dtype=np.float64).T
    apart = max(
        float(np.abs(found.r[:_THEIR_GENES] - r).max()),
        float(np.abs(found.p[:_THEIR_GENES] - p).max()),
    )
    return Row(
        f"{_GENES:,} genes x {_NULLS:,} null maps",
        ours,
        "neuromaps permtest_metric",
        theirs * _GENES / _THEIR_GENES,
        "with max-T over genes",
        f"largest difference of r and p {apart:.1e}",
        f"timed on {_THEIR_GENES} genes and scaled; it has no max-T",
    )


def _refit(columns: FloatArray, values: FloatArray, components: int) -> PLSRegression:
    return PLSRegression(components, scale=False).fit(columns, values)


def _components(made: _Made, nulls: FloatArray) -> Row:
    columns = np.ascontiguousarray(standardised(made.genes.T).T)
    ours, found = timed(lambda: explain_nulls(columns, nulls, _COMPONENTS), 3)

    def refits() -> list[float]:
        few = nulls[:_THEIR_FITS]
        return [float(_refit(columns, null, _COMPONENTS).score(columns, null)) for null in few]

    theirs, shares = timed(refits)
    apart = float(np.abs(found[:_THEIR_FITS].sum(axis=1) - shares).max())
    return Row(
        f"PLS, {_COMPONENTS} components x {_NULLS:,} null maps x {_GENES:,} genes",
        ours,
        "scikit-learn PLSRegression",
        theirs * _NULLS / _THEIR_FITS,
        "each null map refitted",
        f"largest difference of explained {apart:.1e}",
        f"timed on {_THEIR_FITS} refits and scaled",
    )


def _weights(made: _Made) -> Row:
    columns = np.ascontiguousarray(standardised(made.genes.T).T)

    def boot(draws: int) -> BootstrapWeights:
        rng = np.random.default_rng(2)
        return bootstrap_weights(columns, made.values, _COMPONENTS, draws, rng)

    ours, _ = timed(lambda: boot(_BOOTSTRAPS), 3)
    observed = fit_pls(columns, made.values, _COMPONENTS).weights
    drawn = np.random.default_rng(2).integers(0, _REGIONS, (_THEIR_FITS, _REGIONS))

    def refits() -> FloatArray:
        weights = [
            _refit(columns[rows], made.values[rows], _COMPONENTS).x_weights_ for rows in drawn
        ]
        turned = [w * np.sign((w * observed).sum(axis=0)) for w in weights]
        return np.asarray(np.std(turned, axis=0, ddof=1))

    theirs, se = timed(refits)
    apart = float(np.abs(boot(_THEIR_FITS).se - se).max())
    return Row(
        f"PLS, {_COMPONENTS} components, {_BOOTSTRAPS:,} bootstraps",
        ours,
        "scikit-learn, a loop",
        theirs * _BOOTSTRAPS / _THEIR_FITS,
        "standard error of every weight",
        f"largest difference of SE {apart:.1e}",
        f"timed on {_THEIR_FITS} refits and scaled",
    )


def _gene_sets(made: _Made, nulls: FloatArray) -> Row:
    ours, found = timed(lambda: assess_gene_sets(made.values, nulls, made.genes, made.sets), 3)
    names = np.array([f"G{g}" for g in range(_GENES)])
    starts = made.sets.indptr
    sets = {
        f"S{s}": names[made.sets.indices[starts[s] : starts[s + 1]]].tolist() for s in range(_SETS)
    }
    unit = standardised(made.genes.T)
    r = standardised(nulls[:_THEIR_RANKINGS]) @ unit.T

    def rankings() -> None:
        for null in r:
            ranked = pd.Series(null, index=names).sort_values(ascending=False)
            gseapy.prerank(
                ranked, sets, outdir=None, min_size=10, max_size=500, permutation_num=1, threads=1
            )

    theirs, _ = timed(rankings)
    own = standardised(made.values[None])[0] @ unit.T
    by_hand = (made.sets @ own) / made.sets.sum(axis=1)
    return Row(
        f"{_SETS:,} gene sets x {_NULLS:,} null maps",
        ours,
        "gseapy prerank",
        theirs * _NULLS / _THEIR_RANKINGS,
        f"off the mean of correlations by {np.abs(found.r - by_hand).max():.1e}",
        "a running-sum score",
        f"one ranking a null map, {_THEIR_RANKINGS} timed and scaled; another score",
    )
