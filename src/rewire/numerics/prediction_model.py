"""The models that predict, each as one object that predicts and tells its slopes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from rewire.numerics.estimates import FloatArray
from rewire.numerics.fold_preparation import Prepared
from rewire.numerics.penalised_paths import (
    elastic_net_predictions,
    elastic_net_slopes,
    logistic_predictions,
    logistic_slopes,
)
from rewire.numerics.ridge_path import (
    ridge_predictions,
    ridge_slopes,
    select_predictors,
    selected_predictions,
)

ModelName = Literal["ridge", "elastic net", "logistic"]


@dataclass(frozen=True, slots=True)
class PathModel:
    """A penalised model over its grid of penalties.

    Parameters
    ----------
    name
        Which model.
    keep
        Predictors that a filter keeps within the training people first; None for all.
    """

    name: ModelName = "ridge"
    keep: int | None = None

    def __call__(self, prepared: Prepared, outcomes: FloatArray) -> FloatArray:
        """Return predictions, shape (penalties, test people, outcomes).

        Parameters
        ----------
        prepared
            The predictors of a fold.
        outcomes
            Of the training people, shape (training people, outcomes).
        """
        if self.name == "elastic net":
            return elastic_net_predictions(prepared, outcomes, self.keep)
        if self.name == "logistic":
            return logistic_predictions(prepared, outcomes, self.keep)
        if self.keep is None:
            return ridge_predictions(prepared, outcomes)
        return selected_predictions(prepared, outcomes, self.keep)

    def slopes(self, prepared: Prepared, outcome: FloatArray, penalty: int) -> FloatArray:
        """Return the slope of each scaled predictor, 0 where the filter left it out, shape (p,).

        Parameters
        ----------
        prepared
            The predictors of a fold.
        outcome
            Of the training people, shape (training people,).
        penalty
            Place in the grid.
        """
        count = prepared.train.shape[1]
        columns = np.arange(count)
        if self.keep is not None and self.keep < count:
            columns = select_predictors(prepared, outcome[:, None], self.keep)[0]
        fit = {
            "ridge": ridge_slopes,
            "elastic net": elastic_net_slopes,
            "logistic": logistic_slopes,
        }[self.name]
        found = np.zeros(count)
        found[columns] = fit(prepared.restricted(columns), outcome, penalty)
        return found
