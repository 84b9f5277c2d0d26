"""The mixed model for repeated measures agrees with R 4.2.2: nlme 3.1-162, pbkrtest 0.5.2.

The data of :func:`trial` were written to CSV, one row a visit that was not missed, and fitted with
``gls(y ~ 0 + v + v:arm + v:base, d, correlation = ..., weights = ..., control =
glsControl(tolerance = 1e-10, msTol = 1e-12, maxIter = 500, msMaxIter = 500))`` by REML, ``v`` the
visit as a factor:

    unstructured                      corSymm(form = ~visit | id), varIdent(form = ~1 | v)
    compound symmetry                 corCompSymm(form = ~visit | id)
    ar(1)                             corAR1(form = ~visit | id)
    heterogeneous ...                 the same with varIdent(form = ~1 | v)

Compound symmetry is also ``lmer(y ~ ... + (1 | id))`` of lme4 1.1-31, whose tests are lmerTest's
(3.1-3) and those of ``KRmodcomp``. nlme stops its search at about 1e-6 of its parameters; our
likelihood is never below its own. nlme's ``sigma`` is the standard deviation at the first visit.
"""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.repeated_covariance import StructureName
from rewire.numerics.repeated_inference import kenward_roger, repeated_satterthwaite
from rewire.numerics.repeated_likelihood import RepeatedData
from rewire.numerics.repeated_model import fit_repeated

ARMS = np.eye(12)[4:8]


def trial() -> RepeatedData:
    """36 people in two arms at four visits, 119 of 144 seen, in no monotone pattern."""
    rng = np.random.default_rng(11)
    arm = np.arange(36) % 2
    base = rng.normal(20, 4, 36)
    spread = np.array([[9, 6, 5, 4], [6, 16, 10, 8], [5, 10, 20, 14], [4, 8, 14, 30]], float)
    noise = rng.standard_normal((36, 4)) @ np.linalg.cholesky(spread).T
    fall = np.arange(4) + arm[:, None] * np.array([0, 1, 2, 4])
    y = 15 + 0.5 * (base - 20)[:, None] - fall + noise
    y[rng.random((36, 4)) < 0.12] = np.nan
    y[:6, 3] = np.nan
    y[3, 2] = np.nan
    y, base = np.round(y, 3), np.round(base, 2)
    each = np.broadcast_to(np.eye(4), (36, 4, 4))
    columns = [each, each * arm[:, None, None], each * base[:, None, None]]
    return RepeatedData(y, np.concatenate(columns, axis=2))


NLME = {
    "unstructured": (
        -304.528697461,
        [0.276618218, -1.339210913, -3.032107156, -4.137847060],
        [0.974512367, 1.389731668, 1.758474881, 1.993782208],
        2.65695348,
        [1.479679220, 1.895186017, 1.986618846],
        [0.474205991, 0.387986804, 0.109315236, 0.619082537, 0.321477422, 0.759607211],
    ),
    "compound symmetry": (
        -318.600626777,
        [0.335649033, -1.165213371, -3.026417402, -4.370357760],
        [1.555886990, 1.515451449, 1.521425951, 1.708150919],
        4.25687878,
        [1.0, 1.0, 1.0],
        [0.447170938] * 6,
    ),
    "ar(1)": (
        -312.839330803,
        [0.476537389, -1.325141303, -2.997067733, -4.225126516],
        [1.543760535, 1.492123994, 1.496711307, 1.685682018],
        4.23082985,
        [1.0, 1.0, 1.0],
        [0.59936281 ** k for k in (1, 2, 3, 1, 2, 1)],
    ),
    "heterogeneous ar(1)": (
        -307.111683637,
        [0.465555509, -1.350386059, -3.003979856, -4.231876974],
        [1.019661925, 1.425454836, 1.739069776, 1.930132630],
        2.79636184,
        [1.446068528, 1.758916679, 1.734993323],
        [0.605739295 ** k for k in (1, 2, 3, 1, 2, 1)],
    ),
    "heterogeneous compound symmetry": (
        -311.870072018,
        [0.368447838, -1.177964968, -3.035659738, -4.144221096],
        [1.011986720, 1.384717834, 1.760940802, 2.046581239],
        2.77188881,
        [1.404201605, 1.778869363, 1.844457422],
        [0.458598073] * 6,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NLME)
def test_nlme(name: StructureName) -> None:
    log_likelihood, estimate, se, sigma, ratios, correlations = NLME[name]
    fit = fit_repeated(trial(), name)
    assert fit.status == "ok"
    assert -fit.deviance / 2 == pytest.approx(log_likelihood, abs=2e-8)
    assert -fit.deviance / 2 > log_likelihood - 1e-9
    np.testing.assert_allclose(fit.estimate[4:8], estimate, atol=1e-5)
    np.testing.assert_allclose(np.sqrt(np.diagonal(fit.covariance))[4:8], se, rtol=2e-5)
    sd = np.sqrt(np.diagonal(fit.visits))
    assert sd[0] == pytest.approx(sigma, rel=1e-5)
    np.testing.assert_allclose(sd[1:] / sd[0], ratios, rtol=2e-5)
    found = (fit.visits / np.outer(sd, sd))[np.triu_indices(4, 1)]
    np.testing.assert_allclose(found, correlations, atol=1e-5)


def test_lmertest_and_pbkrtest_for_compound_symmetry() -> None:
    """Columns: standard error and degrees of freedom of the arms at each visit."""
    fit = fit_repeated(trial(), "compound symmetry")
    satterthwaite = np.array(
        [
            [1.5558869561, 83.9355356459],
            [1.5154514562, 80.0185830922],
            [1.5214259051, 80.8530866115],
            [1.7081509223, 94.6572442689],
        ]
    )
    adjusted = np.array(
        [
            [1.5575388489, 82.9474811761],
            [1.5166689161, 78.9188686592],
            [1.5225744639, 79.7758130940],
            [1.7119700016, 94.0576732546],
        ]
    )
    found = repeated_satterthwaite(fit, ARMS)
    np.testing.assert_allclose(np.column_stack([found.se, found.df]), satterthwaite, rtol=1e-6)
    corrected = kenward_roger(fit)
    found = corrected.tests(ARMS)
    np.testing.assert_allclose(np.column_stack([found.se, found.df]), adjusted, rtol=1e-6)
    np.testing.assert_allclose(found.p[3], 0.0122949032, rtol=1e-6)
    joint = corrected.joint(ARMS)
    assert joint.statistic == pytest.approx(2.60190445, rel=1e-6)
    assert joint.denominator == pytest.approx(81.9257076, rel=1e-6)
    assert joint.p == pytest.approx(0.0418777636, rel=1e-6)
