"""Events, counts, grades and times agree with R 4.2.2, logistf, StatXact 11 and SAS 9.4.

R's numbers were made on the data of each test with

    glm(y ~ arm + age, family = binomial)                                      stats 4.2.2
    glm(cnt ~ arm + age + offset(log(days)), family = poisson)                 stats 4.2.2
    glm.nb(cnt ~ arm + age + offset(log(days)),
        control = glm.control(epsilon = 1e-12))                                MASS 7.3-58.2
    polr(factor(lev) ~ arm + age, Hess = TRUE, control = list(reltol = 1e-15)) MASS 7.3-58.2
    survfit(Surv(time, ev) ~ g, conf.type = "log-log"), summary(s, rmean = 20),
    survdiff(Surv(time, ev) ~ g), coxph(Surv(time, ev) ~ g, ties = "efron")    survival 3.5-3

R's glm takes standard errors one step before the last, which is seen in their seventh digit.
"""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.counts import fit_negative_binomial, fit_poisson, overdispersion
from rewire.numerics.exact_difference import Tails, exact_difference
from rewire.numerics.firth import fit_firth
from rewire.numerics.logistic import fit_logistic
from rewire.numerics.ordinal import fit_ordinal
from rewire.numerics.risk import Counts
from rewire.numerics.time_to_event import (
    compare_restricted_means,
    fit_hazard_ratio,
    kaplan_meier,
    log_rank,
    restricted_mean,
)

I = np.arange(60)  # noqa: E741
ARM = I % 2
AGE = (I * 7) % 23 - 11
DESIGN = np.column_stack([np.ones(60), ARM, AGE]).astype(float)


def test_logistic_as_glm() -> None:
    y = ((I * 13 + 5 * ARM + AGE) % 10 < 4 + 2 * ARM).astype(float)
    fit = fit_logistic(DESIGN, y)
    assert fit.estimate == pytest.approx([-0.547190690985, 1.240988076310, -0.001463321614])
    assert fit.se == pytest.approx([0.37930791327, 0.54303079466, 0.04032260464], rel=1e-6)
    assert fit.p == pytest.approx([0.14913236948, 0.02229526439, 0.97105084092], rel=1e-6)
    assert fit.log_likelihood == pytest.approx(-38.8094993974)


COUNT = (((I * I) % 7 + (I * 5) % 3 * ARM) * (I % 4 != 1)).astype(float)
DAYS = (20 + (I * 11) % 17).astype(float)


def test_poisson_as_glm() -> None:
    fit = fit_poisson(DESIGN, COUNT, DAYS)
    assert fit.estimate == pytest.approx([-2.634073766522, -0.301313855819, 0.007088103683])
    assert fit.se == pytest.approx([0.12910048192, 0.19749783799, 0.01437969148], rel=1e-6)
    assert fit.log_likelihood == pytest.approx(-109.976515913)
    assert overdispersion(DESIGN, COUNT, DAYS) == pytest.approx(1.81617603)


def test_negative_binomial_as_glm_nb() -> None:
    fit = fit_negative_binomial(DESIGN, COUNT, DAYS)
    expected = [-2.655481143350, -0.249696383725, 0.008769243624]
    assert fit.estimate == pytest.approx(expected, rel=1e-7)
    assert fit.se == pytest.approx([0.18087008407, 0.26491557043, 0.01952375998], rel=1e-6)
    assert fit.p[1] == pytest.approx(3.459107138e-01, rel=1e-6)
    assert fit.dispersion == pytest.approx(2.16714965991, rel=1e-7)
    assert fit.log_likelihood == pytest.approx(-105.93401353075)


def test_ordinal_as_polr() -> None:
    level = np.minimum((I * 3 + ARM * (I % 5)) % 4 + (AGE > 4), 3).astype(float)
    fit = fit_ordinal(DESIGN[:, 1:], level)
    assert fit.terms.estimate == pytest.approx([0.8244147226, 0.0935838085], rel=1e-6)
    assert fit.terms.se == pytest.approx([0.4854287285, 0.0369261275], rel=1e-5)
    assert fit.cuts == pytest.approx([-0.6722851067, 0.1367663912, 1.7330648892], rel=1e-6)
    assert fit.terms.log_likelihood == pytest.approx(-76.2610348098)


NV = "0000000000000000000001111100000000000000000000011110000000000000000000100011010"
HG = "0000000000000000011111111110000000000000000111111111100000000000000001111111111"
PI = """13 16 8 34 20 5 17 10 26 17 8 7 20 10 18 16 18 8 29 12 20 38 22 7 25 15 7 28 11 19 10 10 18
14 21 11 17 25 16 19 15 33 24 48 12 19 2 22 40 5 0 21 15 29 15 12 3 20 23 12 22 42 15 13 14 19 12
13 10 12 49 6 5 17 11 21 5 19 33"""
EH = """164 226 314 268 128 231 180 168 156 231 201 189 315 123 127 176 200 264 88 127 137 97 114 88
91 58 97 150 133 237 182 313 131 192 164 201 188 193 211 129 172 75 192 184 111 161 118 144 118 93
117 119 106 202 229 233 290 170 141 225 154 197 175 216 257 137 361 204 217 169 27 184 130 96 101
98 35 102 85"""


def endometrial() -> tuple[np.ndarray, np.ndarray]:
    """Return the 79 women of Heinze and Schemper 2002 (10.1002/sim.1047): design and grade."""
    nv, pi = [float(c) for c in NV], [float(v) for v in PI.split()]
    eh = [float(v) / 100 for v in EH.split()]
    return np.column_stack([np.ones(79), nv, pi, eh]), np.array([float(c) for c in HG])


def test_firth_as_logistf() -> None:
    """``logistf(HG ~ NV + PI + EH, data = endometrial)``.

    logistf is not at hand: its estimates and intervals are as other implementations quote them.
    Estimates and standard errors agree with brglm2 0.9 (``type = "AS_mean"``); the chi-squares,
    and a drop of 3.84146 at every end, were found in R 4.2.2 with ``optim`` over the penalised
    log-likelihood itself.
    """
    fit = fit_firth(*endometrial())
    assert fit.estimate == pytest.approx([3.77456, 2.92927, -0.03475, -2.60416], abs=5e-6)
    assert fit.se == pytest.approx([1.488692, 1.550764, 0.039578, 0.776018], abs=1e-6)
    assert fit.statistic**2 == pytest.approx([8.1980136, 6.7984572, 0.7468285, 17.7593175])
    assert fit.p == pytest.approx([4.193628e-3, 9.123668e-3, 0.3874822, 2.506867e-5], rel=1e-5)
    assert fit.ci_low == pytest.approx([1.0825371, 0.6097244, -0.1244587, -4.3651832], abs=1e-6)
    assert fit.ci_high == pytest.approx([7.2092805, 7.8546317, 0.0404555, -1.2327211], abs=1e-6)


def test_the_same_women_are_separated_by_neovascularisation() -> None:
    fit = fit_logistic(*endometrial())
    assert fit.infinite.tolist() == [False, True, False, False]


@pytest.mark.parametrize(
    ("counts", "tails", "p", "low", "high"),
    [
        # StatXact 11 and SAS 9.4 (exact riskdiff(method = score)), as printed in the tests that
        # come with exact2x2 1.6; 0.4063 and 0.0215 are Barnard's p from SAS. StatXact's two-sided
        # interval for 13/13 against 0/7, (0.6088, 0.6101), leaves out all that is above the
        # estimate's neighbourhood and is no interval of confidence: only its lower end is taken.
        (Counts(24, 61, 10, 35), "equal", 0.4284, -0.09922, 0.2949),
        (Counts(9, 11, 4, 12), "equal", 2 * 0.0120, 0.0616, 0.7968),
        (Counts(6, 13, 2, 7), "equal", 0.5569, -0.3108, 0.5787),
        (Counts(13, 13, 0, 7), "equal", 4.758e-06, 0.5904, 1.0),
        (Counts(6, 13, 2, 7), "two-sided", 0.5374, -0.3079, 0.5542),
        (Counts(13, 13, 0, 7), "two-sided", 2.44e-06, 0.6088, 1.0),
        (Counts(24, 61, 10, 35), "two-sided", 0.4063, None, None),
        (Counts(9, 11, 4, 12), "two-sided", 0.0215, None, None),
    ],
)
def test_exact_difference_as_statxact_and_sas(
    counts: Counts, tails: Tails, p: float, low: float | None, high: float | None
) -> None:
    found = exact_difference(counts, 0.95, tails)
    assert found.p == pytest.approx(p, abs=6e-5 if p > 1e-3 else 5e-9)
    if low is not None and high is not None:
        assert found.interval.low == pytest.approx(low, abs=6e-5)
        assert found.interval.high == pytest.approx(high, abs=6e-5)


# Remission times of Freireich et al. 1963, 6-MP first, then placebo (21 each)
MONTHS = """6 6 6 7 10 13 16 22 23 6 9 10 11 17 19 20 25 32 32 34 35
1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"""
TIME = np.array([float(v) for v in MONTHS.split()])
EVENT = np.repeat([True, False, True], [9, 12, 21])
MP = np.repeat([True, False], 21)


def test_curves_as_survfit() -> None:
    curve = kaplan_meier(TIME[MP], EVENT[MP])
    assert curve.free[[0, 3, 6]] == pytest.approx([0.85714286, 0.69019608, 0.44817927])
    assert curve.se[[0, 3, 6]] == pytest.approx([0.076360355, 0.106814708, 0.134591457])
    assert curve.ci_low[[0, 3, 6]] == pytest.approx([0.61971796, 0.43161022, 0.18805201])
    assert curve.ci_high[[0, 3, 6]] == pytest.approx([0.95155175, 0.84906596, 0.68014263])
    placebo = kaplan_meier(TIME[~MP], EVENT[~MP])
    assert (curve.median, placebo.median) == (23.0, 8.0)
    assert np.isnan(placebo.ci_low[-1])
    assert restricted_mean(curve, 20.0) == pytest.approx((16.116526611, 1.251560196))
    assert restricted_mean(placebo, 20.0) == pytest.approx((8.428571429, 1.268082683))
    both = compare_restricted_means(curve, placebo, 20.0)
    assert both.estimate == pytest.approx(16.116526611 - 8.428571429)
    assert both.se == pytest.approx(np.hypot(1.251560196, 1.268082683))


def test_log_rank_as_survdiff_and_ratio_as_coxph() -> None:
    found = log_rank(TIME, EVENT, MP)
    assert found.statistic == pytest.approx(16.7929409892)
    assert found.estimate == pytest.approx(9 - 19.2505009480)
    fit = fit_hazard_ratio(TIME, EVENT, MP)
    assert fit.estimate[0] == pytest.approx(-1.572125149)
    assert fit.se[0] == pytest.approx(0.4123967177)
    assert fit.p[0] == pytest.approx(0.000137753762)
