"""Contrasts with therapists as a random effect, against lmerTest."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.clustered_contrasts import fit_clustered
from rewire.numerics.contrasts import cell_means_model, fit_contrasts

# fmt: off
BEFORE = np.array([
    22, 19, 25, 30, 17, 21, 24, 20, 28, 26, 18, 23, 27, 29, 20,
    24, 22, 26, 19, 31, 20, 25, 23, 18, 27, 21, 28, 22, 24, 26,
], dtype=float)
AFTER = np.array([
    9, 8, 14, 17, 5, 12, 13, 9, 20, 15, 14, 15, 21, 20, 13,
    20, 18, 19, 15, 27, 17, 22, 19, 13, 21, 19, 24, 20, 19, 23,
], dtype=float)
# fmt: on
GROUP, THERAPIST = np.repeat(np.arange(6), 5), np.arange(30) % 5
SHIFTED = AFTER + np.array([-4.0, 3.0, 0.0, 5.0, -2.0])[THERAPIST]
DRUG = np.array([1, 1, 1, -1, -1, -1]) / 3
INTERACTION = np.array([1.0, 0, -1, -1, 0, 1])
NONE = np.empty((30, 0))


def test_as_lmertest_has_them() -> None:
    """lmerTest 3.1.3: ``lmer(y ~ 0 + cell + I(b - mean(b)) + (1 | th))``, ``contest``."""
    model = cell_means_model(SHIFTED[:, None], GROUP, NONE, BEFORE[:, None])
    found = fit_clustered(model, THERAPIST, np.stack([DRUG, INTERACTION]))
    assert found.fit.estimate[:, 0] == pytest.approx([-5.6265437, -3.8568793], rel=1e-6)
    assert found.fit.se[:, 0] == pytest.approx([0.51826839, 1.26880420], rel=1e-6)
    assert found.fit.df[:, 0] == pytest.approx([18.998588, 18.998402], rel=1e-3)
    assert found.fit.p[1, 0] == pytest.approx(6.7407594e-03, rel=1e-4)
    assert found.spread[0] == pytest.approx(3.2665614, rel=1e-5)
    assert found.clusters.tolist() == [5]
    assert not found.singular[0]


def test_clusters_that_do_not_differ_are_named_singular_and_change_nothing() -> None:
    even = AFTER.copy()
    for therapist in range(5):
        even[therapist == THERAPIST] -= even[therapist == THERAPIST].mean()
    model = cell_means_model(even[:, None], GROUP, NONE, None)
    found = fit_clustered(model, THERAPIST, DRUG[None])
    assert found.singular[0]
    plain = fit_contrasts(model, DRUG[None])
    assert found.fit.estimate[0, 0] == pytest.approx(plain.estimate[0, 0])
    assert found.fit.se[0, 0] == pytest.approx(plain.se[0, 0], rel=1e-6)


def test_what_cannot_be_fitted_says_why() -> None:
    model = cell_means_model(AFTER[:, None], GROUP, NONE, None)
    two = fit_clustered(model, THERAPIST % 2, DRUG[None])
    assert two.fit.status.tolist() == [["too few participants"]]
    small = np.where(np.arange(30) < 3, -1, GROUP)
    model = cell_means_model(AFTER[:, None], small, NONE, None)
    some = fit_clustered(model, THERAPIST, np.stack([DRUG, [0.0, 1, -1, 0, 0, 0]]))
    assert np.isnan(some.fit.estimate[0, 0])
    assert np.isfinite(some.fit.estimate[1, 0])
    assert some.fit.counts[:, 0].tolist() == [2, 5, 5, 5, 5, 5]
