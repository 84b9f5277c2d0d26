"""Links and evidence for no effect beside pingouin, scikit-learn, scipy and statsmodels."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from sklearn.covariance import MinCovDet

from rewire.numerics.association import estimate_association
from rewire.numerics.bayes_factors import bayes_factor_correlation, bayes_factor_t
from rewire.numerics.equivalence import equivalence_raw
from rewire.numerics.linear import slope_model
from rewire.numerics.rank_association import RankModel, estimate_rank_association
from rewire.numerics.skipped_correlation import projection_outliers
from rewire.numerics.slope_contrast import estimate_slope_robust, slope_difference_model

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pingouin as pg
    from pingouin.correlation import skipped


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(2022)


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_partial_correlation_of_pingouin(rng: np.random.Generator, method: str) -> None:
    data = pd.DataFrame(rng.normal(size=(30, 4)), columns=["x", "y", "a", "b"])
    data["y"] += 0.5 * data["x"] + data["a"]
    theirs = pg.partial_corr(data, x="x", y="y", covar=["a", "b"], method=method).iloc[0]
    x, y, covariates = data["x"].to_numpy(), data[["y"]].to_numpy(), data[["a", "b"]].to_numpy()
    if method == "pearson":
        ours = estimate_association(slope_model(y, x, covariates))
    else:
        ours = estimate_rank_association(RankModel(y, x, covariates))
    assert ours.estimate[0] == pytest.approx(theirs["r"])
    assert ours.p[0] == pytest.approx(theirs["p_val"])


@pytest.mark.parametrize("seed", range(4))
def test_outliers_of_pingouin_from_its_centre(seed: int) -> None:
    """pingouin's centre is the minimum covariance determinant of scikit-learn, ours the medians.

    From the same centre the outliers are the same people. pingouin tests those left over as if
    nobody had been left out; we look for outliers again under each relabelling.
    """
    rng = np.random.default_rng(seed)
    x = rng.standard_t(2, 30)
    y = 0.4 * x + rng.standard_t(3, 30)
    with warnings.catch_warnings():
        # pingouin says that its centre differs from LIBRA's
        warnings.simplefilter("ignore")
        _, _, theirs = skipped(x, y)
    centre = MinCovDet(random_state=42).fit(np.column_stack([x, y])).location_
    ours = projection_outliers(x[None], y[None], centre[None])[0]
    np.testing.assert_array_equal(ours, theirs)
    assert ours.any()


def test_bayes_factors_of_pingouin() -> None:
    """pingouin's default prior is .707, ours the root of one half."""
    one = bayes_factor_t(*(np.array([v]) for v in (2.2, 21.0, np.sqrt(22.0))), 0.707)
    assert 1 / one[0] == pytest.approx(float(pg.bayesfactor_ttest(2.2, 22)), rel=1e-6)
    two = bayes_factor_t(*(np.array([v]) for v in (1.65, 41.0, np.sqrt(22 * 21 / 43))), 0.707)
    assert 1 / two[0] == pytest.approx(float(pg.bayesfactor_ttest(1.65, 22, 21)), rel=1e-6)
    for r, n in ((0.422, 22), (-0.1, 43), (0.88, 16)):
        ours = bayes_factor_correlation(np.array([r]), np.array([float(n)]))[0]
        assert 1 / ours == pytest.approx(float(pg.bayesfactor_pearson(r, n)), rel=1e-8)


def test_equivalence_of_pingouin(rng: np.random.Generator) -> None:
    x, y = rng.normal(size=20), rng.normal(size=23)
    for pair, paired in (((x, y[:20]), True), ((x, y), False)):
        theirs = pg.tost(*pair, bound=0.7, paired=paired, correction=not paired).iloc[0]
        test = stats.ttest_rel(*pair) if paired else stats.ttest_ind(*pair, equal_var=False)
        estimate = pair[0].mean() - pair[1].mean()
        three = (estimate, abs(estimate / test.statistic), test.df)
        ours = equivalence_raw(*(np.array([v]) for v in three), np.array([0.7]))
        assert ours[0] == pytest.approx(theirs["pval"])


def test_robust_slope_of_statsmodels(rng: np.random.Generator) -> None:
    x, group, age = rng.normal(size=40), rng.integers(0, 2, 40).astype(float), rng.normal(size=40)
    y = x * group + np.abs(x) * rng.normal(size=40)
    ours = estimate_slope_robust(slope_difference_model(y[:, None], x, group, age[:, None]))
    design = np.column_stack([np.ones(40), x, group, age, x * group])
    theirs = sm.OLS(y, design).fit(cov_type="HC3", use_t=True)
    assert ours.se[0] == pytest.approx(theirs.bse[-1])
    assert ours.p[0] == pytest.approx(theirs.pvalues[-1])
