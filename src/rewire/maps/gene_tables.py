"""Genes, gene sets and hubs beside the map of a change, as tables."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from rewire.core.maps import Expression, Interactions
from rewire.core.types import FloatArray
from rewire.effects.answering import Asking
from rewire.maps.contrasts import Contrast
from rewire.maps.gene_collections import Collection
from rewire.maps.gene_components import scaled_genes
from rewire.maps.gene_expression import Matched
from rewire.maps.hubs import hub_genes
from rewire.numerics.adjust import adjust_p
from rewire.numerics.gene_sets import assess_gene_sets, assess_random_genes
from rewire.numerics.linear import TermModel
from rewire.numerics.map_association import assess_maps, correlate_maps
from rewire.numerics.partial_least_squares import bootstrap_weights, fit_pls
from rewire.numerics.permute import permute_family
from rewire.plan.options.genes import GenesOptions

GENE_COLUMNS: tuple[str, ...] = (
    "question", "measure", "session", "acquisition", "arm", "contrast", "gene", "regions", "r",
    "p_space", "p_space_fdr", "p_space_max", "p_participants", "p_participants_max", "weight", "z",
)  # fmt: skip
"""One row a gene: correlation with the map, p over null maps, p over participants (their own
slopes), weight on the first component and how many bootstrap standard errors it is from 0. The
p that end in ``_max`` hold over all genes and all tests of the question; ``z`` takes regions for
independent, which they are not, so that it is too large."""

GENE_SET_COLUMNS: tuple[str, ...] = (
    "question", "measure", "session", "acquisition", "arm", "contrast", "collection", "gene_set",
    "size", "score", "p_space", "p_space_fdr", "p_space_max", "p_participants",
    "p_participants_max", "p_random_genes", "p_random_genes_fdr",
)  # fmt: skip
"""One row a gene set: mean correlation of its genes with the map, p over null maps (the default),
over participants, and against random genes (too small: genes of a set go together). The p that end
in ``_max`` hold over all sets and all tests of the question: over a collection's sets by the most
extreme of them, over collections and tests by Bonferroni, so that a few cell types are not measured
by thousands of other sets."""


@dataclass(frozen=True, slots=True, eq=False)
class PeopleP:
    """p over participants of each set and of each gene, alone and against the most extreme.

    The most extreme is that of the set's collection, times the number of collections, or of all
    genes.
    """

    sets: FloatArray
    sets_max: FloatArray
    genes: FloatArray
    genes_max: FloatArray


def slopes_p(asking: Asking, contrast: Contrast, sets: Collection) -> PeopleP:
    """Test the slopes on sets and on genes over participants, each family by itself.

    Parameters
    ----------
    asking
        Permutations and random numbers.
    contrast
        Its slopes have the sets' cells first.
    sets
        Whose slopes they are.
    """
    model = contrast.slopes.model
    cells = model.response.shape[1]
    found = np.full((2, cells), np.nan)
    families = sets.families()
    for part in (*families, np.arange(len(sets), cells)):
        if not isinstance(model, TermModel):
            break
        own = None if model.own is None else model.own[:, part]
        family = [replace(model, response=model.response[:, part], own=own)]
        tested = permute_family(family, asking.inference.permutations, asking.rng())[0]
        of_sets = len(part) and part[0] < len(sets)
        found[:, part] = tested.p, _over_tests(tested.p_max, len(families) if of_sets else 1)
    p, p_max = found
    return PeopleP(p[: len(sets)], p_max[: len(sets)], p[len(sets) :], p_max[len(sets) :])


def gene_frame(
    matched: Matched,
    genes: tuple[str, ...],
    people: PeopleP,
    options: GenesOptions,
    given: tuple[int, np.random.Generator],
) -> pd.DataFrame:
    """Return one row a gene, without what it is of.

    Parameters
    ----------
    matched
        Map, null maps and expression.
    genes
        Names.
    people
        p over participants.
    options
        Statistic and bootstraps.
    given
        Number of tests of the question, and the source of the bootstrap.
    """
    tests, rng = given
    found = assess_maps(matched.map, matched.nulls.maps, matched.genes, options.statistic)
    scaled = scaled_genes(matched.genes)
    weight = fit_pls(scaled, matched.map, 1).weights[:, 0]
    z = np.full(len(weight), np.nan)
    if options.bootstraps:
        z = bootstrap_weights(scaled, matched.map, 1, options.bootstraps, rng).z[:, 0]
    return pd.DataFrame(
        {
            "gene": genes,
            "regions": len(matched.map),
            "r": found.r,
            "p_space": found.p,
            "p_space_fdr": adjust_p(found.p, "fdr_bh"),
            "p_space_max": _over_tests(found.p_max, tests),
            "p_participants": people.genes,
            "p_participants_max": _over_tests(people.genes_max, tests),
            "weight": weight,
            "z": z,
        }
    )


def set_frame(
    matched: Matched, sets: Collection, people: PeopleP, options: GenesOptions, tests: int
) -> pd.DataFrame:
    """Return one row a gene set, without what it is of.

    Parameters
    ----------
    matched
        Map, null maps and expression.
    sets
        Over the genes of the expression.
    people
        p over participants.
    options
        Statistic.
    tests
        Number of tests of the question.
    """
    families = sets.families()
    found = np.empty((3, len(sets)))
    for part in families:
        given = (matched.map, matched.nulls.maps, matched.genes, sets.membership[part])
        one = assess_gene_sets(*given, options.statistic)
        found[:, part] = one.r, one.p, _over_tests(one.p_max, len(families))
    score, p, p_max = found
    correlations = correlate_maps(matched.map[None], matched.genes, options.statistic)[0]
    random = assess_random_genes(correlations, sets.membership)
    return pd.DataFrame(
        {
            "collection": sets.source,
            "gene_set": sets.names,
            "size": sets.sizes,
            "score": score,
            "p_space": p,
            "p_space_fdr": adjust_p(p, "fdr_bh"),
            "p_space_max": _over_tests(p_max, tests),
            "p_participants": people.sets,
            "p_participants_max": _over_tests(people.sets_max, tests),
            "p_random_genes": random.p,
            "p_random_genes_fdr": adjust_p(random.p, "fdr_bh"),
        }
    )


def hub_frame(
    genes: pd.DataFrame, expression: Expression, interactions: Interactions, beyond: float
) -> pd.DataFrame:
    """Return hubs among the genes whose weight is so many standard errors from 0.

    Parameters
    ----------
    genes
        From :func:`gene_frame`.
    expression
        Whose genes.
    interactions
        The network that the plan names.
    beyond
        Standard errors.
    """
    strong = (genes["z"].abs() > beyond).to_numpy()
    return hub_genes(
        [g for g, far in zip(expression.genes, strong, strict=True) if far], interactions
    )


def _over_tests(p: FloatArray, tests: int) -> FloatArray:
    """Hold the chance of any false positive over several families (Bonferroni)."""
    return np.asarray(np.minimum(1.0, p * tests))
