"""Mixed models agree with R 4.2.2: lme4 1.1-31, lmerTest 3.1-3 and pbkrtest 0.5.2.

The tables below were made by writing the data of each test to CSV and fitting, with REML and
``coef(summary(fit))``, ``coef(summary(fit, ddf = "Kenward-Roger"))`` and ``KRmodcomp``:

    slopes    lmer(y ~ t * g + (1 + t | id))
    crossed   lmer(y ~ x + (1 | s) + (1 | item))
    singular  lmer(y ~ t + (1 | id))
    spines    lmer(density ~ after * psi + (1 | mouse_id) + (1 | cell) + (1 | branch))

lme4 stops its search early (about 1e-6 of the deviance); our deviance is never above its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from rewire.numerics.mixed_criterion import MixedData, RandomTerm
from rewire.numerics.mixed_inference import KenwardRoger, satterthwaite
from rewire.numerics.mixed_model import MixedFit, fit_mixed


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Small matrices: threads wait for one another, the more so on a busy machine."""
    with threadpool_limits(1):
        yield


def _term(name: str, groups: pd.Series, design: np.ndarray | None = None) -> RandomTerm:
    codes = pd.factorize(groups)[0].astype(np.int64)
    return RandomTerm(name, codes, np.ones((len(codes), 1)) if design is None else design)


def slopes() -> MixedData:
    rng = np.random.default_rng(5)
    rows = []
    for i in range(30):
        level, slope = rng.multivariate_normal([0, 0], [[4, 1], [1, 1]])
        for t in range(rng.integers(2, 6)):
            y = 10 + level + (0.5 + slope + 0.4 * (i % 2)) * t + rng.normal()
            rows.append((i, t, i % 2, y))
    d = pd.DataFrame(rows, columns=["id", "t", "g", "y"])
    one = np.ones(len(d))
    fixed = np.column_stack([one, d.t, d.g, d.t * d.g])
    random = _term("id", d["id"], np.column_stack([one, d.t]))
    return MixedData(d["y"].to_numpy(), fixed, (random,))


@pytest.fixture(scope="module")
def fitted() -> MixedFit:
    return fit_mixed(slopes())


def test_random_slopes_satterthwaite(fitted: MixedFit) -> None:
    theirs = np.array(
        [
            [10.1361778, 0.6024943, 28.20492],
            [1.0232291, 0.2742469, 22.33625],
            [0.2928883, 0.8506623, 28.02204],
            [0.4362813, 0.3868075, 20.85790],
        ]
    )
    found = satterthwaite(fitted)
    ours = np.column_stack([found.estimate, found.se, found.df])
    np.testing.assert_allclose(ours, theirs, rtol=3e-6)
    assert fitted.deviance <= 402.672651831 + 1e-8
    assert not fitted.singular


def test_random_slopes_kenward_roger(fitted: MixedFit) -> None:
    theirs = [[0.6029366, 28.15090], [0.2774831, 25.80529], [0.8513113, 27.96531]]
    theirs.append([0.3924108, 24.17173])
    adjusted = KenwardRoger(fitted)
    found = adjusted.tests()
    np.testing.assert_allclose(np.column_stack([found.se, found.df]), theirs, rtol=2e-6)
    joint = adjusted.joint(np.eye(4)[2:])
    assert joint.statistic == pytest.approx(0.6436, abs=5e-5)
    assert joint.denominator == pytest.approx(25.2093, abs=5e-5)
    assert joint.p == pytest.approx(0.5338, abs=5e-5)


def test_crossed_groupings() -> None:
    rng = np.random.default_rng(7)
    a, b = 1.5 * rng.normal(size=12), rng.normal(size=8)
    rows = [
        (i, j, j % 2, a[i] + b[j] + 0.5 * (j % 2) + rng.normal())
        for i in range(12)
        for j in range(8)
        if (i * j) % 7 != 3
    ]
    d = pd.DataFrame(rows, columns=["s", "item", "x", "y"])
    terms = (_term("s", d["s"]), _term("item", d["item"]))
    fit = fit_mixed(MixedData(d["y"].to_numpy(), np.column_stack([np.ones(len(d)), d.x]), terms))
    found, adjusted = satterthwaite(fit), KenwardRoger(fit).tests()
    ours = np.column_stack([found.estimate, found.se, found.df])
    theirs = [[-1.229433, 0.5763477, 8.612780], [1.156841, 0.7376732, 5.980243]]
    np.testing.assert_allclose(ours, theirs, rtol=3e-3)
    theirs = [[0.5763611, 8.627452], [0.7377098, 5.999911]]
    np.testing.assert_allclose(np.column_stack([adjusted.se, adjusted.df]), theirs, rtol=3e-3)
    assert fit.deviance <= 267.191300754 + 1e-8
    np.testing.assert_allclose(fit.theta, [0.94129023, 1.10850788], rtol=1e-4)


def test_a_singular_fit_is_least_squares_and_says_so() -> None:
    rng = np.random.default_rng(8)
    y = rng.normal(size=(20, 3)) + 0.3 * np.arange(3)
    y -= 0.9 * y.mean(axis=1, keepdims=True)
    groups, t = pd.Series(np.repeat(np.arange(20), 3)), np.tile(np.arange(3.0), 20)
    fixed = np.column_stack([np.ones(60), t])
    fit = fit_mixed(MixedData(y.ravel(), fixed, (_term("id", groups),)))
    assert fit.singular
    found, adjusted = satterthwaite(fit), KenwardRoger(fit).tests()
    np.testing.assert_allclose(found.estimate, [-0.2074091, 0.2278057], rtol=1e-6)
    np.testing.assert_allclose(found.se, [0.1802041, 0.1395855], rtol=1e-6)
    np.testing.assert_allclose(found.df, [58, 58], rtol=1e-6)
    np.testing.assert_allclose(adjusted.df, [56.65138, 39.0], rtol=1e-6)
    assert fit.deviance == pytest.approx(157.922087019, abs=1e-8)


def test_spines_of_mice_cells_and_branches(shared_data: Path) -> None:
    d = pd.read_csv(shared_data / "spines-psilocybin" / "density.tsv", sep="\t", na_values="n/a")
    d["branch"] = d.mouse_id + ":" + d.fov
    d["cell"] = np.where(d.cell_id.isna(), d.branch, d.mouse_id + ":" + d.cell_id.astype(str))
    days = ["day_-3", "day_-1", "day_1", "day_3", "day_5", "day_7"]
    names = ["mouse_id", "cell", "branch", "treatment"]
    d = d.melt(names, days, "day", "density").dropna(subset=["density"])
    after = (~d.day.isin(days[:2])).to_numpy(float)
    drug = (d.treatment == "psilocybin").to_numpy(float)
    fixed = np.column_stack([np.ones(len(d)), after, drug, after * drug])
    terms = tuple(_term(name, d[name]) for name in ("mouse_id", "cell", "branch"))
    fit = fit_mixed(MixedData(d["density"].to_numpy(), fixed, terms))
    found, adjusted = satterthwaite(fit), KenwardRoger(fit).tests()
    theirs = np.array(
        [
            [0.63498571, 0.040947519, 30.63578],
            [-0.02944399, 0.004823647, 1506.02943],
            [-0.02565829, 0.057484274, 31.49706],
            [0.12968340, 0.006888194, 1506.01482],
        ]
    )
    ours = np.column_stack([found.estimate, found.se, found.df])
    np.testing.assert_allclose(ours, theirs, rtol=2e-5)
    theirs = [[0.040954384, 30.43132], [0.004823648, 1506.02880], [0.057502366, 31.28643]]
    theirs.append([0.006888194, 1506.01420])
    np.testing.assert_allclose(np.column_stack([adjusted.se, adjusted.df]), theirs, rtol=2e-5)
    assert fit.deviance <= -3553.10076145 + 1e-7


@pytest.mark.parametrize(
    ("arm", "estimate", "se", "df", "p"),
    [("escitalopram", -3.91, 0.90, 26.0, None), ("psilocybin", 1.16, 1.05, None, 0.28)],
)
def test_published_expectancy_within_arms(
    shared_data: Path, arm: str, estimate: float, se: float, df: float | None, p: float | None
) -> None:
    """Szigeti et al. 2024: x over all rows that have it, also those whose score is missing."""
    root = shared_data / "psilodep2"
    people = pd.read_csv(root / "participants.tsv", sep="\t", na_values="n/a")
    scores = pd.read_csv(root / "phenotype" / "hamd.tsv", sep="\t", na_values="n/a")
    rows = scores[scores.session_id.isin(["ses-baseline", "ses-week6"])].merge(people)
    rows = rows[rows.arm == arm].dropna(subset=["expectancy_received"])
    x = rows["expectancy_received"]
    rows = rows.assign(x=(x - x.median()) / x.std(ddof=1)).dropna(subset=["hamd"])
    t = (rows.session_id == "ses-week6").to_numpy(float)
    fixed = np.column_stack([np.ones(len(rows)), t, rows.x, t * rows.x])
    fit = fit_mixed(
        MixedData(rows["hamd"].to_numpy(float), fixed, (_term("id", rows.participant_id),))
    )
    found = satterthwaite(fit)
    assert round(found.estimate[3], 2) == estimate
    assert round(found.se[3], 2) == se
    if df is not None:
        assert found.df[3] == pytest.approx(df, abs=0.05)
        assert round(found.statistic[3], 2) == -4.34
    if p is not None:
        assert round(found.p[3], 2) == p


def test_ketamine_crossover_with_period_and_order(shared_data: Path) -> None:
    root = shared_data / "ketamine-crossover"
    people = pd.read_csv(root / "participants.tsv", sep="\t", na_values="n/a")
    table = root / "phenotype" / "madrs_total.tsv"
    rows = pd.read_csv(table, sep="\t", na_values="n/a").merge(people)
    rows = rows[(rows.group == "MDD") & rows.session_id.isin(["ses-d2", "ses-p2"])]
    rows = rows.dropna(subset=["madrs_total", "infusion_1"])
    drug = (rows.session_id == "ses-d2").to_numpy(float)
    first = (rows.infusion_1 == "d").to_numpy(float)
    period = np.where(drug == first, 0.0, 1.0)
    fixed = np.column_stack([np.ones(len(rows)), drug, period, first])
    fit = fit_mixed(
        MixedData(rows["madrs_total"].to_numpy(float), fixed, (_term("id", rows.participant_id),))
    )
    found = satterthwaite(fit)
    assert len(rows) == 53
    assert round(found.estimate[1], 2) == -7.31
    assert round(found.se[1], 2) == 1.98
    assert round(found.df[1], 1) == 22.9
