"""Predictors made ready within a fold: everything that is learned is learned from training."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rewire.numerics.estimates import FloatArray, IntArray
from rewire.numerics.site_harmonisation import learn_sites


@dataclass(frozen=True, slots=True, eq=False)
class Predictors:
    """What people are predicted from, as it was recorded.

    Parameters
    ----------
    always
        Predictors that are neither selected nor penalised, shape (people, a); a may be 0.
    penalised
        The others, shape (people, p); p may be 0.
    site
        Site by which ``penalised`` is harmonised, shape (people,); None for no harmonisation.
    """

    always: FloatArray
    penalised: FloatArray
    site: IntArray | None = None

    def without_penalised(self) -> Predictors:
        """Return the predictors that are always in."""
        return Predictors(self.always, np.empty((len(self.always), 0)))

    def without_always(self) -> Predictors:
        """Return the penalised predictors alone."""
        return Predictors(np.empty((len(self.penalised), 0)), self.penalised, self.site)

    def of(self, people: IntArray) -> Predictors:
        """Return some of the people."""
        site = None if self.site is None else self.site[people]
        return Predictors(self.always[people], self.penalised[people], site)


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Predictors of one fold, without NaN, on the scale of the training people.

    The penalised predictors are cleared of those that are always in (regressed on them in
    training), so that a penalised fit of what is left equals the joint fit in which the others
    bear no penalty (Frisch-Waugh-Lovell).

    Parameters
    ----------
    always_train, always_test
        An ``always`` column of ones and the rest, shape (training or test people, 1 + a).
    projection
        Pseudo-inverse of ``always_train``, shape (1 + a, training people).
    train, test
        Penalised predictors, cleared; shape (training or test people, p).
    """

    always_train: FloatArray
    always_test: FloatArray
    projection: FloatArray
    train: FloatArray
    test: FloatArray

    def restricted(self, columns: IntArray) -> Prepared:
        """Return the fold with some of the penalised predictors."""
        return replace(self, train=self.train[:, columns], test=self.test[:, columns])


def prepare_fold(predictors: Predictors, train: IntArray, test: IntArray) -> Prepared:
    """Harmonise, impute, scale and clear the predictors of a fold.

    A missing value becomes the mean of the training people (after harmonisation). A predictor
    that does not vary among them becomes 0 and predicts nothing. People of a site that training
    does not hold are left as they were measured.

    Parameters
    ----------
    predictors
        Of everybody.
    train, test
        Rows of the training and of the test people.

    Examples
    --------
    >>> x = np.array([[1.0], [3.0], [np.nan], [9.0]])
    >>> got = prepare_fold(Predictors(np.empty((4, 0)), x), np.array([0, 1]), np.array([2, 3]))
    >>> np.abs(got.train).ravel().round(9).tolist(), np.abs(got.test).ravel().round(9).tolist()
    ([1.0, 1.0], [0.0, 7.0])
    """
    penalised, unheld = predictors.penalised[train], predictors.penalised[test]
    if predictors.site is not None and penalised.shape[1]:
        learned = learn_sites(penalised, predictors.site[train])
        penalised, _ = learned.applied(penalised, predictors.site[train])
        unheld, _ = learned.applied(unheld, predictors.site[test])
    x_train, x_test = _scaled(penalised, unheld)
    a_train, a_test = _scaled(predictors.always[train], predictors.always[test])
    a_train = np.column_stack([np.ones(len(train)), a_train])
    a_test = np.column_stack([np.ones(len(test)), a_test])
    projection = np.asarray(np.linalg.pinv(a_train, rcond=1e-10), dtype=np.float64)
    slopes = projection @ x_train
    return Prepared(
        a_train, a_test, projection, x_train - a_train @ slopes, x_test - a_test @ slopes
    )


def _scaled(train: FloatArray, test: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return both with the training mean 0 and standard deviation (ddof 0) 1, NaN as 0."""
    known = np.isfinite(train)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, train, 0.0).sum(axis=0) / count
    centred = np.where(known, train - mean, 0.0)
    # imputed people lie at the mean, so the spread is over everybody
    spread = np.sqrt((centred**2).sum(axis=0) / max(len(train), 1))
    still = spread <= 1e-10 * np.maximum(np.abs(mean), np.finfo(np.float64).tiny)
    scale = np.where(still, np.inf, spread)
    held = np.where(np.isfinite(test), test - mean, 0.0)
    return centred / scale, held / scale
