"""Our statistics beside those of scipy, statsmodels and pingouin on the same numbers."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.multitest import multipletests

from rewire.numerics.adjust import adjust_p
from rewire.numerics.agreement import intraclass
from rewire.numerics.association import estimate_association
from rewire.numerics.linear import group_model, mean_model, slope_model
from rewire.numerics.permute import permute_family
from rewire.numerics.terms import estimate_term

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pingouin as pg


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(2024)


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_paired_t_of_scipy(rng: np.random.Generator, alternative: str) -> None:
    before, after = rng.normal(size=(17, 5)), rng.normal(0.5, 1, size=(17, 5))
    ours = estimate_term(mean_model(after - before), alternative)  # type: ignore[arg-type]
    theirs = stats.ttest_rel(after, before, alternative=alternative)
    np.testing.assert_allclose(ours.statistic, theirs.statistic)
    np.testing.assert_allclose(ours.p, theirs.pvalue)
    interval = stats.ttest_rel(after, before).confidence_interval()
    np.testing.assert_allclose(ours.ci_low, interval.low)
    np.testing.assert_allclose(ours.ci_high, interval.high)


def test_interaction_of_pingouins_mixed_anova(rng: np.random.Generator) -> None:
    n = np.array([11, 14])
    arm = np.repeat([0.0, 1.0], n)
    before = rng.normal(size=25)
    after = 0.5 * before + 0.4 * arm + rng.normal(size=25)
    long = pd.DataFrame(
        {
            "y": np.concatenate([before, after]),
            "session": np.repeat(["a", "b"], 25),
            "arm": np.tile(arm.astype(str), 2),
            "id": np.tile(np.arange(25), 2),
        }
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = pg.mixed_anova(long, dv="y", within="session", between="arm", subject="id")
    row = theirs[theirs["Source"] == "Interaction"].iloc[0]
    ours = estimate_term(group_model((after - before)[:, None], arm))
    np.testing.assert_allclose(ours.statistic[0] ** 2, row["F"])
    p = row["p_unc"] if "p_unc" in row else row["p-unc"]
    np.testing.assert_allclose(ours.p[0], p)


def test_hedges_g_of_pingouin(rng: np.random.Generator) -> None:
    x, y = rng.normal(1, 1, 9), rng.normal(0, 1, 13)
    group = np.repeat([1.0, 0.0], [9, 13])
    ours = estimate_term(group_model(np.concatenate([x, y])[:, None], group))
    # pingouin uses the approximation 1 - 3/(4 df - 1) of the correction that we have exactly
    assert ours.effect_size[0] == pytest.approx(pg.compute_effsize(x, y, eftype="hedges"), rel=2e-4)


def test_ancova_of_statsmodels(rng: np.random.Generator) -> None:
    n = 31
    arm, age = rng.integers(0, 2, n).astype(float), rng.normal(40, 10, n)
    baseline = rng.normal(size=(n, 3))
    after = 0.6 * baseline - 0.5 * arm[:, None] + 0.01 * age[:, None] + rng.normal(size=(n, 3))
    after[3, 1] = np.nan
    ours = estimate_term(group_model(after, arm, age[:, None], baseline), confidence=0.9)
    for cell in range(3):
        kept = np.isfinite(after[:, cell])
        design = sm.add_constant(np.column_stack([arm, baseline[:, cell], age])[kept])
        theirs = sm.OLS(after[kept, cell], design).fit()
        np.testing.assert_allclose(ours.estimate[cell], theirs.params[1])
        np.testing.assert_allclose(ours.se[cell], theirs.bse[1])
        np.testing.assert_allclose(ours.statistic[cell], theirs.tvalues[1])
        np.testing.assert_allclose(ours.p[cell], theirs.pvalues[1])
        np.testing.assert_allclose(ours.df[cell], theirs.df_resid)
        np.testing.assert_allclose([ours.ci_low[cell], ours.ci_high[cell]], theirs.conf_int(0.1)[1])


def test_partial_correlation_of_pingouin(rng: np.random.Generator) -> None:
    z = rng.normal(size=(40, 2))
    x = z @ [0.5, -0.2] + rng.normal(size=40)
    y = 0.4 * x + z @ [0.3, 0.3] + rng.normal(size=40)
    frame = pd.DataFrame({"x": x, "y": y, "z1": z[:, 0], "z2": z[:, 1]})
    theirs = pg.partial_corr(frame, x="x", y="y", covar=["z1", "z2"]).iloc[0]
    ours = estimate_association(slope_model(y[:, None], x, z))
    np.testing.assert_allclose(ours.estimate[0], theirs["r"])
    p = theirs["p_val"] if "p_val" in theirs else theirs["p-val"]
    np.testing.assert_allclose(ours.p[0], p)


def test_intraclass_correlations_of_pingouin(rng: np.random.Generator) -> None:
    scans = rng.normal(size=(14, 1)) + 0.6 * rng.normal(size=(14, 3)) + [0.0, 0.4, -0.2]
    long = pd.DataFrame(
        {
            "value": scans.ravel(),
            "person": np.repeat(np.arange(14), 3),
            "scan": np.tile(np.arange(3), 14),
        }
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = pg.intraclass_corr(long, targets="person", raters="scan", ratings="value")
    ours = intraclass(scans[:, :, None])
    interval = "CI95" if "CI95" in theirs else "CI95%"
    # pingouin has called these ICC2/ICC3 and ICC(A,1)/ICC(C,1)
    absolute = theirs[theirs["Type"].isin(["ICC2", "ICC(A,1)"])].iloc[0]
    consistent = theirs[theirs["Type"].isin(["ICC3", "ICC(C,1)"])].iloc[0]
    np.testing.assert_allclose(ours.icc21[0], absolute["ICC"])
    np.testing.assert_allclose(ours.icc31[0], consistent["ICC"])
    # pingouin rounds intervals to two places
    mine = [ours.icc21_low[0], ours.icc21_high[0]]
    np.testing.assert_allclose(mine, absolute[interval], atol=6e-3)
    mine = [ours.icc31_low[0], ours.icc31_high[0]]
    np.testing.assert_allclose(mine, consistent[interval], atol=6e-3)


@pytest.mark.parametrize("method", ["fdr_bh", "holm", "bonferroni"])
def test_adjusted_p_of_statsmodels(rng: np.random.Generator, method: str) -> None:
    p = rng.random(50) ** 3
    theirs = multipletests(p, method=method)[1]
    np.testing.assert_allclose(adjust_p(p, method), theirs)  # type: ignore[arg-type]


@pytest.mark.parametrize("alternative", ["greater", "less"])
def test_permutation_p_of_scipy(rng: np.random.Generator, alternative: str) -> None:
    # on two sides scipy doubles the smaller tail; on one side there is one definition
    x, y = rng.normal(1, 1, 6), rng.normal(0, 1, 5)
    theirs = stats.permutation_test(
        (x, y),
        lambda a, b, axis: a.mean(axis=axis) - b.mean(axis=axis),
        vectorized=True,
        n_resamples=np.inf,
        alternative=alternative,
    )
    model = group_model(np.concatenate([x, y])[:, None], np.repeat([1.0, 0.0], [6, 5]))
    (ours,) = permute_family([model], 1000, rng, alternative)  # type: ignore[arg-type]
    np.testing.assert_allclose(ours.p[0], theirs.pvalue)
