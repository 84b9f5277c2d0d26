"""Contrasts of groups where people share a therapist, a site or a therapy group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rewire.numerics.contrasts import (
    LEAST_IN_GROUP,
    ContrastFit,
    GroupModel,
    blank_fit,
    centred_basis,
)
from rewire.numerics.estimates import OK, SINGULAR, TOO_FEW, BoolArray, FloatArray, IntArray
from rewire.numerics.mixed_criterion import MixedData, RandomTerm
from rewire.numerics.mixed_inference import satterthwaite
from rewire.numerics.mixed_model import fit_mixed

NOT_CONVERGED = "did not converge"
LEAST_CLUSTERS = 3
"""Clusters below which their variance is not estimated."""


@dataclass(frozen=True, slots=True, eq=False)
class ClusteredFit:
    """Contrasts with a random intercept for each cluster.

    Parameters
    ----------
    fit
        The contrasts; degrees of freedom are Satterthwaite's and differ between contrasts.
    clusters
        Clusters with people in the model, int64, shape (cells,).
    spread
        Standard deviation of the clusters, shape (cells,).
    singular
        Whether clusters differ no more than their people explain, shape (cells,).
    """

    fit: ContrastFit
    clusters: IntArray
    spread: FloatArray
    singular: BoolArray


def fit_clustered(model: GroupModel, cluster: IntArray, contrasts: FloatArray) -> ClusteredFit:
    """Fit a model with a random intercept for each cluster by REML in every cell.

    Parameters
    ----------
    model
        As for :func:`~rewire.numerics.contrasts.fit_contrasts`.
    cluster
        Cluster of each participant from 0, int64, shape (participants,); -1 for none, who is left
        out.
    contrasts
        Weights of the columns, shape (contrasts, columns).

    Returns
    -------
    ClusteredFit
        NaN with a status where a group has fewer than three people, there are fewer than three
        clusters, or the model does not converge.

    Examples
    --------
    >>> from rewire.numerics.contrasts import cell_means_model
    >>> rng = np.random.default_rng(0)
    >>> group, therapist = np.repeat([0, 1], 30), np.arange(60) % 6
    >>> y = rng.standard_normal(6)[therapist] + rng.standard_normal(60)
    >>> found = fit_clustered(
    ...     cell_means_model(y[:, None], group, np.empty((60, 0)), None),
    ...     therapist,
    ...     np.array([[-1.0, 1.0]]),
    ... )
    >>> round(found.fit.df[0, 0].item(), 1)  # 60 people less 6 therapists less the contrast
    53.0
    """
    cells = model.response.shape[1]
    found = blank_fit(model, len(contrasts))
    made = ClusteredFit(
        found,
        np.zeros(cells, dtype=np.int64),
        np.full(cells, np.nan),
        np.zeros(cells, dtype=np.bool_),
    )
    valid = model.valid & (cluster >= 0)[:, None]
    for cell in range(cells):
        _fit_cell(model, cluster, contrasts, (cell, np.flatnonzero(valid[:, cell])), made)
    return made


def _fit_cell(
    model: GroupModel,
    cluster: IntArray,
    contrasts: FloatArray,
    where: tuple[int, IntArray],
    made: ClusteredFit,
) -> None:
    cell, rows = where
    found = made.fit
    counts = (model.group[rows][:, None] == np.arange(len(found.counts))).sum(axis=0)
    found.counts[:, cell] = counts
    large = counts >= LEAST_IN_GROUP
    rows = rows[large[model.group[rows]]]
    there = large[model.owner]
    askable = np.flatnonzero(~(contrasts[:, ~there] != 0.0).any(axis=1))
    labels, groups = np.unique(cluster[rows], return_inverse=True)
    made.clusters[cell] = len(labels)
    if len(rows) == 0 or len(labels) < LEAST_CLUSTERS:
        return
    columns = model.columns[rows][:, there]
    basis = [columns, centred_basis(model.covariates[rows])]
    if model.own is not None:
        basis.append(centred_basis(model.own[rows][:, [cell]]))
    fixed = np.column_stack(basis)
    response = model.response[rows, cell]
    status, weights = OK, np.zeros((len(askable), fixed.shape[1]))
    weights[:, : columns.shape[1]] = contrasts[askable][:, there]
    term = RandomTerm("cluster", groups.astype(np.int64), np.ones((len(rows), 1)))
    if len(rows) <= fixed.shape[1] + 2 or not np.ptp(response) > 0.0:
        status = TOO_FEW
    elif np.linalg.matrix_rank(fixed) < fixed.shape[1]:
        status = SINGULAR
    else:
        fit = fit_mixed(MixedData(response, fixed, (term,)))
        status = OK if fit.converged else NOT_CONVERGED
    found.status[askable, cell] = status
    if status != OK:
        return
    tests = satterthwaite(fit, weights)
    found.estimate[askable, cell], found.se[askable, cell] = tests.estimate, tests.se
    found.df[askable, cell] = tests.df
    covariance = found.covariance[cell]
    covariance[np.ix_(askable, askable)] = weights @ fit.covariance @ weights.T
    found.sigma[cell], found.n[cell] = fit.sigma, len(rows)
    found.used[rows, cell] = True
    made.spread[cell] = np.sqrt(fit.random[0][0, 0])
    made.singular[cell] = fit.singular
