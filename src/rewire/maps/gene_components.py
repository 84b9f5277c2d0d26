"""Components of partial least squares of a map on genes, over participants and over space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rewire.core.types import FloatArray
from rewire.effects.answering import Asking
from rewire.effects.tables import Piece
from rewire.maps.contrasts import Contrast
from rewire.maps.gene_expression import Matched
from rewire.numerics.adjust import adjust_p
from rewire.numerics.linear import TermModel
from rewire.numerics.map_association import standardised
from rewire.numerics.partial_least_squares import explain_nulls, fit_pls
from rewire.numerics.relabelled_maps import relabel_maps

_BINS = 30
_TIE = 1e-9

COMPONENT_COLUMNS: tuple[str, ...] = (
    "question", "measure", "session", "acquisition", "arm", "contrast", "component", "regions",
    "explained", "p_space", "p_participants", "p_adjusted", "null_median", "null_95", "null_99",
)  # fmt: skip
"""One row a component: the share of the map's variance that it explains, p over null maps (of the
share) and over participants (of the variance explained), the larger of both adjusted by Holm over
all components of the question, and quantiles of the share in null maps."""

NULL_COLUMNS: tuple[str, ...] = (
    "question", "measure", "session", "acquisition", "arm", "contrast", "component", "low", "high",
    "null_maps",
)  # fmt: skip
"""How many null maps have a share between ``low`` and ``high``, to be drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """Components of one map; arrays of shape (components,) unless said otherwise.

    Parameters
    ----------
    explained
        Share of the map's variance; NaN for a component that there is not.
    p_space
        Over null maps, each fitted anew.
    p_people
        Over relabelled participants, whose maps are each fitted anew; NaN without permutations.
    null
        Share in each null map, shape (draws, components).
    """

    explained: FloatArray
    p_space: FloatArray
    p_people: FloatArray
    null: FloatArray


def fit_components(
    asking: Asking, contrast: Contrast, matched: Matched, components: int
) -> Components:
    """Fit a map's components and hold each against both nulls.

    Over space the share of variance is compared: does a map as smooth go as well with genes. Over
    participants the variance itself is compared: where everybody changed in the same way, each
    relabelled map has the shape of the observed and so its share, and less of its size.

    Parameters
    ----------
    asking
        Permutations and random numbers.
    contrast
        Whose map.
    matched
        Map, genes and null maps in the regions used.
    components
        How many; fewer where there are not enough regions.
    """
    genes = scaled_genes(matched.genes)
    many = min(components, len(matched.map) - 2)
    explained = fit_pls(genes, matched.map, many).explained
    null = explain_nulls(genes, matched.nulls.maps, many)
    draws = asking.inference.permutations
    over = np.full(many, np.nan)
    model = contrast.regional.model
    if draws and isinstance(model, TermModel):
        maps = relabel_maps(model, draws, asking.rng())[:, matched.nulls.used]
        over = _p_above(explained * matched.map.var(), _variance(genes, maps, many))
    return Components(explained, _p_above(explained, null), over, null)


def scaled_genes(genes: FloatArray) -> FloatArray:
    """Return genes less their mean and of unit length, shape (regions, genes); 0 if they are flat.

    Parameters
    ----------
    genes
        Shape (regions, genes).
    """
    return np.asarray(np.nan_to_num(standardised(genes.T)).T)


def _variance(genes: FloatArray, maps: FloatArray, components: int) -> FloatArray:
    """Return the variance of each map that its components explain, shape (maps, components)."""
    size = maps.var(axis=1)
    varies = size > 0.0  # false for NaN too
    found = np.zeros((len(maps), components))
    if varies.any():
        shares = explain_nulls(genes, maps[varies], components)
        found[varies] = np.nan_to_num(shares) * size[varies, None]
    found[np.isnan(size)] = np.inf  # a map that could not be made counts against the claim
    return found


def _p_above(observed: FloatArray, null: FloatArray) -> FloatArray:
    reached = (null >= observed * (1.0 - _TIE)).sum(axis=0)
    p = (1.0 + reached) / (1.0 + len(null))
    return np.where(np.isfinite(observed), p, np.nan)


def component_piece(
    asking: Asking, contrast: Contrast, matched: Matched, found: Components
) -> Piece:
    """Return the components as rows of the effects table, without adjusted p.

    A claim needs both nulls, so that p over space stands there only beside that over participants.
    """
    labels = contrast.regional.labels
    there = np.isfinite(found.explained)
    asked = np.isfinite(found.p_people)
    untested = np.where(there, "participants not permuted", "no such component")
    return {
        "question": asking.question.name,
        "kind": asking.question.kind.value,
        "measure": contrast.regional.response.measure,
        "term": np.array([f"PLS{a + 1}" for a in range(len(there))], dtype=object),
        "level": np.array([f"component={a + 1}" for a in range(len(there))], dtype=object),
        "session": labels.session,
        "acquisition": labels.acquisition,
        "arm": labels.arm,
        "contrast": labels.contrast,
        "alternative": "two-sided",
        "n": np.full(len(there), float(contrast.regional.model.valid.any(axis=1).sum())),
        "estimate": found.explained,
        "p": np.where(asked, found.p_space, np.nan),
        "p_permutation": found.p_people,
        "method": f"partial least squares; {matched.nulls.method}; relabelled participants",
        "status": np.where(there & asked, "ok", untested).astype(object),
    }


def adjust_components(found: list[Components]) -> list[FloatArray]:
    """Return p over both nulls (the larger) of each test's components, adjusted by Holm over all.

    Parameters
    ----------
    found
        One for each test.

    Returns
    -------
    list of ndarray
        NaN where one of both is not known.
    """
    if not found:
        return []
    larger = [np.maximum(one.p_space, one.p_people) for one in found]
    together = adjust_p(np.concatenate(larger), "holm")
    return np.split(together, np.cumsum([len(p) for p in larger])[:-1])


def component_frame(found: Components, adjusted: FloatArray, matched: Matched) -> pd.DataFrame:
    """Return the rows of ``gene_components`` without what they are of."""
    null = np.where(np.isfinite(found.null), found.null, 0.0)
    median, high, highest = np.quantile(null, (0.5, 0.95, 0.99), axis=0)
    return pd.DataFrame(
        {
            "component": _names(found),
            "regions": len(matched.map),
            "explained": found.explained,
            "p_space": found.p_space,
            "p_participants": found.p_people,
            "p_adjusted": adjusted,
            "null_median": median,
            "null_95": high,
            "null_99": highest,
        }
    )


def null_frame(found: Components) -> pd.DataFrame:
    """Return counts of null maps by share, the rows of ``gene_component_nulls``."""
    rows = []
    for name, null in zip(_names(found), found.null.T, strict=True):
        count, edges = np.histogram(np.where(np.isfinite(null), null, 0.0), bins=_BINS)
        counted = {"component": name, "low": edges[:-1], "high": edges[1:], "null_maps": count}
        rows.append(pd.DataFrame(counted))
    return pd.concat(rows, ignore_index=True)


def _names(found: Components) -> list[str]:
    return [f"PLS{a + 1}" for a in range(len(found.explained))]
