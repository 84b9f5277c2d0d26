"""The mixed model for repeated measures: likelihood, derivatives, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.repeated_covariance import STRUCTURES, Structure, StructureName
from rewire.numerics.repeated_inference import (
    estimate_contrasts,
    kenward_roger,
    repeated_satterthwaite,
)
from rewire.numerics.repeated_information import RepeatedInformation
from rewire.numerics.repeated_likelihood import Likelihood, RepeatedData
from rewire.numerics.repeated_model import (
    NOT_CONVERGED,
    SINGULAR,
    UNSEEN,
    fit_first,
    fit_repeated,
)


def trial(seed: int, people: int = 24, visits: int = 3) -> RepeatedData:
    """Two arms, means by arm and visit; a sixth of the visits missed."""
    rng = np.random.default_rng(seed)
    arm = np.arange(people) % 2
    y = rng.standard_normal((people, 1)) + rng.standard_normal((people, visits))
    y[rng.random(y.shape) < 1 / 6] = np.nan
    return RepeatedData(y, _design(arm, visits))


def _design(arm: np.ndarray, visits: int) -> np.ndarray:
    each = np.broadcast_to(np.eye(visits), (len(arm), visits, visits))
    return np.concatenate([each, each * arm[:, None, None]], axis=2)


def _dense(data: RepeatedData, visits: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return y, X and the covariance of all responses, written out."""
    seen = data.seen
    person = np.broadcast_to(np.arange(len(seen))[:, None], seen.shape)[seen]
    when = np.broadcast_to(np.arange(seen.shape[1]), seen.shape)[seen]
    v = visits[when[:, None], when] * (person[:, None] == person)
    return data.response[seen], data.design[seen], v


@pytest.mark.parametrize("name", STRUCTURES)
def test_likelihood_and_its_derivatives_are_those_of_the_matrices_written_out(
    name: StructureName,
) -> None:
    data = trial(2)
    likelihood, structure = Likelihood(data), Structure(name, 3)
    at = structure.natural(0.3 * np.random.default_rng(3).standard_normal(structure.size))

    def deviance(parameters: np.ndarray) -> float:
        y, x, v = _dense(data, structure.covariance(parameters))
        inverse = np.linalg.inv(v)
        information = x.T @ inverse @ x
        off = y - x @ np.linalg.solve(information, x.T @ inverse @ y)
        logs = np.linalg.slogdet(v)[1] + np.linalg.slogdet(information)[1]
        return float(logs + off @ inverse @ off + (len(y) - x.shape[1]) * np.log(2 * np.pi))

    solved = likelihood.solve(structure.covariance(at))
    assert solved.deviance == pytest.approx(deviance(at), abs=1e-9)
    gradient = likelihood.gradient(solved, structure.slopes(at))
    hessian = RepeatedInformation(likelihood, structure, at, solved).hessian
    h = 1e-4
    moves = h * np.eye(structure.size)
    slopes = [(deviance(at + m) - deviance(at - m)) / (2 * h) for m in moves]
    np.testing.assert_allclose(gradient, slopes, rtol=1e-5, atol=1e-5)

    def own_gradient(parameters: np.ndarray) -> np.ndarray:
        there = likelihood.solve(structure.covariance(parameters))
        return likelihood.gradient(there, structure.slopes(parameters))

    curved = [(own_gradient(at + m) - own_gradient(at - m)) / (2 * h) for m in moves]
    np.testing.assert_allclose(hessian, curved, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("name", ["heterogeneous ar(1)", "unstructured"])
def test_kenward_roger_is_that_of_the_matrices_written_out(name: StructureName) -> None:
    """Kenward and Roger 1997, equations 4 to 6, over all rows; second derivatives by differences.

    Of one contrast their F has 2 (c'Phi c)^2 / (g'Wg) degrees of freedom.
    """
    data = trial(4)
    fit = fit_repeated(data, name)
    structure, at = fit.structure, fit.parameters
    count = structure.size
    _, x, v = _dense(data, fit.visits)
    w = np.linalg.inv(v)
    first = [_dense(data, s)[2] for s in structure.slopes(at)]
    phi = np.linalg.inv(x.T @ w @ x)
    p = [-x.T @ w @ a @ w @ x for a in first]
    information, inner = np.zeros((count, count)), np.zeros_like(phi)
    for i, a in enumerate(first):
        for j, b in enumerate(first):
            q = x.T @ w @ a @ w @ b @ w @ x
            information[i, j] = (
                np.trace(w @ a @ w @ b) - 2 * np.trace(phi @ q) + np.trace(phi @ p[i] @ phi @ p[j])
            ) / 2
    spread = np.linalg.inv(information)
    h = 1e-5
    for i, a in enumerate(first):
        for j, b in enumerate(first):
            move = h * np.eye(count)[j]
            bent = (structure.slopes(at + move)[i] - structure.slopes(at - move)[i]) / (2 * h)
            r = x.T @ w @ _dense(data, bent)[2] @ w @ x
            q = x.T @ w @ a @ w @ b @ w @ x
            inner += spread[i, j] * (q - p[i] @ phi @ p[j] - r / 4)
    adjusted = kenward_roger(fit)
    np.testing.assert_allclose(fit.covariance, phi, rtol=1e-8)
    np.testing.assert_allclose(adjusted.covariance, phi + 2 * phi @ inner @ phi, rtol=1e-6)
    c = np.eye(6)[5]
    g = np.array([c @ phi @ one @ phi @ c for one in p])
    df = 2 * (c @ phi @ c) ** 2 / (g @ spread @ g)
    assert adjusted.tests(c[None]).df.item() == pytest.approx(df, rel=1e-6)


def test_unstructured_without_missing_visits_is_the_exact_multivariate_test() -> None:
    """Each visit is its own t test, and all together are Hotelling's T2, computed by hand."""
    data = trial(5)
    y = np.random.default_rng(6).standard_normal((24, 3)).cumsum(axis=1)
    arm = np.arange(24) % 2
    fit = fit_repeated(RepeatedData(y, _design(arm, 3)))
    first, second = y[arm == 1], y[arm == 0]
    pooled = (np.cov(first.T) * 11 + np.cov(second.T) * 11) / 22
    off = first.mean(axis=0) - second.mean(axis=0)
    t2 = float(off @ np.linalg.solve(pooled, off)) * 12 * 12 / 24
    np.testing.assert_allclose(fit.visits, pooled, rtol=1e-5)
    contrasts = np.eye(6)[3:]
    joint = kenward_roger(fit).joint(contrasts)
    assert joint.denominator == pytest.approx(20.0, rel=1e-6)  # 24 - 3 - 1
    assert joint.statistic == pytest.approx(t2 * 20 / (22 * 3), rel=1e-5)
    for method in ("kenward-roger", "satterthwaite"):
        alone = estimate_contrasts(fit, contrasts, method)
        np.testing.assert_allclose(alone.df, 22.0, rtol=1e-5)
        np.testing.assert_allclose(alone.se, np.sqrt(np.diagonal(pooled) / 6), rtol=1e-5)
    assert data.response.shape == y.shape


def test_satterthwaite_does_not_depend_on_units() -> None:
    data = trial(7)
    scaled = RepeatedData(1e4 * data.response, data.design)
    one, other = (repeated_satterthwaite(fit_repeated(d), np.eye(6)[3:]) for d in (data, scaled))
    np.testing.assert_allclose(one.df, other.df, rtol=1e-5)
    np.testing.assert_allclose(1e4 * one.se, other.se, rtol=1e-5)


def test_too_few_people_for_the_structure_are_named_and_the_next_is_taken() -> None:
    data = trial(8, people=7, visits=6)
    fit, failures = fit_first(data, ("unstructured", "compound symmetry"))
    assert fit.structure.name == "compound symmetry"
    assert fit.converged
    assert len(failures) == 1
    assert failures[0] in {f"unstructured: {s}" for s in (SINGULAR, NOT_CONVERGED, UNSEEN)}


def test_visits_that_repeat_one_another_are_singular() -> None:
    data = trial(9)
    copied = data.response.copy()
    copied[:, 2] = copied[:, 1]
    fit = fit_repeated(RepeatedData(copied, data.design))
    assert fit.status == SINGULAR
    assert np.isnan(fit.estimate).all()
    assert np.isnan(estimate_contrasts(fit, np.eye(6)).p).all()


@pytest.mark.parametrize(
    "name",
    [
        "unstructured",
        "heterogeneous toeplitz",
        "heterogeneous ar(1)",
        "heterogeneous compound symmetry",
    ],
)
def test_a_visit_that_its_effects_explain_exactly_is_singular(name: StructureName) -> None:
    """The first visit is the covariate itself, as where baseline is listed among the visits."""
    rng = np.random.default_rng(0)
    base, arm = rng.normal(25, 5, 30), np.arange(30) % 2.0
    values = np.column_stack([base, base - 8 + rng.normal(0, 4, 30)])
    own = np.column_stack([np.ones(30), arm, base - base.mean()])
    design = (own[:, None, :, None] * np.eye(2)[None, :, None, :]).reshape(30, 2, 6)
    fit = fit_repeated(RepeatedData(values, design), name)
    assert fit.status == SINGULAR
    assert np.isnan(fit.estimate).all()


def test_visits_that_nobody_has_together_have_no_covariance() -> None:
    data = trial(10)
    apart = data.response.copy()
    apart[:12, 0] = np.nan
    apart[12:, 2] = np.nan
    assert fit_repeated(RepeatedData(apart, data.design)).status == UNSEEN


def test_dependent_effects_are_named() -> None:
    data = trial(11)
    doubled = np.concatenate([data.design, data.design[:, :, :1]], axis=2)
    assert fit_repeated(RepeatedData(data.response, doubled)).status == (
        "effects that depend on one another"
    )
