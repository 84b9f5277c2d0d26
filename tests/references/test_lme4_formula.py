"""Formulas and intervals agree with R 4.2.2: lme4 1.1-31 (lmerTest 3.1-3 for the spines).

``slopes``, ``crossed`` and ``singular`` are the data of ``test_lmertest``; the models were fitted
with ``lmerControl("bobyqa", optCtrl = list(rhobeg = 1e-2, rhoend = 1e-9))`` and

    confint(lmer(y ~ t * g + (1 + t | id), slopes), oldNames = FALSE)
    confint(lmer(y ~ x + (1 | s) + (1 | item), crossed), oldNames = FALSE)
    confint(lmer(y ~ t + (1 | id), singular), oldNames = FALSE)
    set.seed(1); confint(lmer(y ~ x + (1 | s) + (1 | item), crossed), method = "boot",
                         nsim = 2000, boot.type = "perc", oldNames = FALSE)

lme4 draws splines through the profile, we look for its ends themselves: they differ by up to
2e-5 of a standard error. Two bootstraps differ by the error of their draws.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from rewire.effects.formula import FormulaFit, MixedChoices, fit_formula
from rewire.numerics.mixed_variances import random_modes, random_part

PROFILE = MixedChoices(intervals="profile")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Small matrices: threads wait for one another, the more so on a busy machine."""
    with threadpool_limits(1):
        yield


def slopes() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    rows = []
    for i in range(30):
        level, slope = rng.multivariate_normal([0, 0], [[4, 1], [1, 1]])
        for t in range(rng.integers(2, 6)):
            y = 10 + level + (0.5 + slope + 0.4 * (i % 2)) * t + rng.normal()
            rows.append((str(i), t, i % 2, y))
    return pd.DataFrame(rows, columns=["id", "t", "g", "y"])


def crossed() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    a, b = 1.5 * rng.normal(size=12), rng.normal(size=8)
    rows = [
        (f"s{i}", f"i{j}", j % 2, a[i] + b[j] + 0.5 * (j % 2) + rng.normal())
        for i in range(12)
        for j in range(8)
        if (i * j) % 7 != 3
    ]
    return pd.DataFrame(rows, columns=["s", "item", "x", "y"])


def singular() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    y = rng.normal(size=(20, 3)) + 0.3 * np.arange(3)
    y -= 0.9 * y.mean(axis=1, keepdims=True)
    people = [f"p{i}" for i in np.repeat(np.arange(20), 3)]
    return pd.DataFrame({"id": people, "t": np.tile(np.arange(3.0), 20), "y": y.ravel()})


def _limits(fit: FormulaFit) -> np.ndarray:
    ends = ["ci_low", "ci_high"]
    return np.vstack([fit.variances[ends].to_numpy(), fit.coefficients[ends].to_numpy()])


@pytest.fixture(scope="module")
def with_slopes() -> FormulaFit:
    return fit_formula("y ~ t * g + (1 + t | id)", slopes(), PROFILE)


def test_a_profile_with_slopes_and_a_correlation(with_slopes: FormulaFit) -> None:
    theirs = [
        [1.57983899, 2.85481035], [-0.24112273, 0.70660293], [0.48660663, 1.21141258],
        [0.77699628, 1.18215272], [8.95042914, 11.30938536], [0.47366374, 1.55510281],
        [-1.36842483, 1.96065442], [-0.31870196, 1.19723629],
    ]  # fmt: skip
    np.testing.assert_allclose(_limits(with_slopes), theirs, atol=5e-5)


def test_the_fit_and_its_predictions(with_slopes: FormulaFit) -> None:
    values = with_slopes.variances.estimate
    np.testing.assert_allclose(values, [2.18342436, 0.23365137, 0.84501719, 0.94405465], rtol=2e-5)
    assert with_slopes.aic == pytest.approx(418.67265, abs=1e-5)
    assert with_slopes.log_likelihood == pytest.approx(-201.33633, abs=1e-5)
    modes = random_modes(with_slopes.fit)[0][:3]
    theirs = [[1.67426934, -0.57534007], [1.50849796, -1.12304948], [0.68519314, 0.87212032]]
    np.testing.assert_allclose(modes, theirs, rtol=1e-4)
    data = with_slopes.fit.data
    left = data.response - data.fixed @ with_slopes.fit.estimate - random_part(with_slopes.fit)
    np.testing.assert_allclose(left[:3], [0.52253403, 0.71390013, -0.83667519], rtol=1e-4)


def test_slopes_without_correlations_and_without_intercepts() -> None:
    """``lmer(y ~ t * g + (1 + t || id))`` and ``lmer(y ~ t + (0 + t | id))``."""
    fit = fit_formula("y ~ t*g + (1 + t || id)", slopes())
    theirs = [[10.13020044, 0.61673383], [1.04079611, 0.27880482], [0.30317831, 0.87088308]]
    theirs.append([0.41163128, 0.39380166])
    np.testing.assert_allclose(fit.coefficients[["estimate", "se"]], theirs, rtol=1e-5)
    values = fit.variances.estimate
    np.testing.assert_allclose(values, [2.24365816, 0.86447220, 0.93754851], rtol=2e-5)
    assert fit.aic == pytest.approx(417.50883, abs=1e-5)
    fit = fit_formula("y ~ t + (0 + t | id)", slopes())
    theirs = [[10.2698159, 0.29226012], [1.2970397, 0.32331545]]
    np.testing.assert_allclose(fit.coefficients[["estimate", "se"]], theirs, rtol=1e-5)
    np.testing.assert_allclose(fit.variances.estimate, [1.3027547, 1.8764060], rtol=2e-5)


def test_a_profile_of_crossed_groupings() -> None:
    fit = fit_formula("y ~ x + (1 | s) + (1 | item)", crossed(), PROFILE)
    theirs = [
        [0.53124426, 1.39627092], [0.53268698, 1.64104901], [0.77281839, 1.08520467],
        [-2.34558210, -0.11457979], [-0.29493231, 2.61195910],
    ]  # fmt: skip
    np.testing.assert_allclose(_limits(fit), theirs, atol=5e-5)
    assert fit.aic == pytest.approx(277.1913, abs=1e-4)


def test_a_profile_of_a_singular_fit() -> None:
    fit = fit_formula("y ~ t + (1 | id)", singular(), PROFILE)
    theirs = [[0.0, 0.23649664], [0.733121057, 1.04987280], [-0.560299785, 0.14548167]]
    theirs.append([-0.045542262, 0.50115370])
    np.testing.assert_allclose(_limits(fit), theirs, atol=5e-5)
    assert fit.singular


def test_a_bootstrap_of_crossed_groupings() -> None:
    """An end of 200 draws has a standard error of about 0.19 of the spread (0.06 with 2000)."""
    choices = MixedChoices(intervals="bootstrap", draws=200)
    rng = np.random.default_rng(3)
    fit = fit_formula("y ~ x + (1 | s) + (1 | item)", crossed(), choices, rng=rng)
    theirs = np.array(
        [
            [0.41978836, 1.24098591], [0.39856684, 1.64400796], [0.75617479, 1.07032985],
            [-2.37751406, -0.09094719], [-0.28780596, 2.57924187],
        ]
    )  # fmt: skip
    spread = (theirs[:, 1] - theirs[:, 0])[:, None] / 3.92
    assert (np.abs(_limits(fit) - theirs) < 0.6 * spread).all()
    assert fit.failed_draws == 0


def test_spines_of_mice_cells_and_branches_through_a_formula(shared_data: Path) -> None:
    """``lmer(density ~ after * psi + (1 | mouse_id) + (1 | cell) + (1 | branch))``."""
    table = pd.read_csv(
        shared_data / "spines-psilocybin" / "density.tsv", sep="\t", na_values="n/a"
    )
    table["cell"] = np.where(table.cell_id.isna(), table.fov, table.cell_id.astype(str))
    days = ["day_-3", "day_-1", "day_1", "day_3", "day_5", "day_7"]
    labels = ["mouse_id", "cell", "fov", "treatment"]
    table = table.melt(labels, days, "day", "density")
    table["after"] = np.where(table.day.isin(days[:2]), "no", "yes")
    fit = fit_formula(
        "density ~ after*treatment + (1 | mouse_id/cell) + (1 | mouse_id:fov)",
        table,
        reference={"treatment": "saline"},
    )
    drug = "treatment[psilocybin]"
    assert list(fit.coefficients.index) == ["(Intercept)", "after[yes]", drug, f"after[yes]:{drug}"]
    theirs = [
        [0.63498571, 0.040947519, 30.63578],
        [-0.02944399, 0.004823647, 1506.02943],
        [-0.02565829, 0.057484274, 31.49706],
        [0.12968340, 0.006888194, 1506.01482],
    ]
    np.testing.assert_allclose(fit.coefficients[["estimate", "se", "df"]], theirs, rtol=2e-5)
    assert fit.fit.deviance <= -3553.10076145 + 1e-7
    assert [(one.column, one.rows) for one in fit.left_out] == [("density", 2)]
