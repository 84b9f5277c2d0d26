"""Permutation tests of 4,950 edges beside nilearn, and networks of edges beside bctpy."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator

import bct
import numpy as np
import numpy.typing as npt
from nilearn.mass_univariate import permuted_ols
from threadpoolctl import threadpool_limits

from benchmarks.row import Row, timed
from rewire.numerics.linear import TermModel, group_model, mean_model
from rewire.numerics.networks import Enhanced, Graph, Thresholded, permute_networks
from rewire.numerics.permute import permute_family, permute_largest
from rewire.numerics.relabel import as_t, relabel_blocks
from rewire.numerics.terms import fit_term

FloatArray = npt.NDArray[np.float64]

_PEOPLE, _REGIONS, _DRAWS = 60, 100, 10_000
_NETWORK_DRAWS, _THEIR_DRAWS, _THRESHOLD = 1_000, 3, 3.0
_ENDS = np.stack(np.triu_indices(_REGIONS, 1), axis=1)


def _made() -> tuple[FloatArray, FloatArray, FloatArray]:
    rng = np.random.default_rng(1)
    y = rng.standard_normal((_PEOPLE, len(_ENDS)))
    arm = rng.permutation(np.tile([0.0, 1.0], _PEOPLE // 2))
    y[:, :40] += 0.9 * arm[:, None]
    return y, arm, rng.standard_normal((_PEOPLE, 1))


def _largest(model: TermModel) -> FloatArray:
    return permute_largest([model], _DRAWS, np.random.default_rng(0))[0]


def _nilearn(
    tested: FloatArray, y: FloatArray, covariate: FloatArray | None
) -> dict[str, FloatArray]:
    return permuted_ols(  # type: ignore[no-any-return]
        tested[:, None],
        y,
        confounding_vars=covariate,
        model_intercept=len(np.unique(tested)) > 1,
        n_perm=_DRAWS,
        two_sided_test=True,
        random_state=0,
        n_jobs=1,
        verbose=0,
        output_type="dict",
    )


def _beside_nilearn() -> Iterator[Row]:
    y, arm, age = _made()
    cases = {
        "two arms": (group_model(y, arm), arm, None),
        "two arms and a covariate (Freedman-Lane)": (group_model(y, arm, age), arm, age),
        "mean change (sign flips)": (mean_model(y), np.ones(_PEOPLE), None),
    }
    for name, (model, tested, covariate) in cases.items():

        def quick(model: TermModel = model) -> FloatArray:
            return _largest(model)

        def whole(model: TermModel = model) -> FloatArray:
            return permute_family([model], _DRAWS, np.random.default_rng(0))[0].p_max

        def nilearn(
            tested: FloatArray = tested, covariate: FloatArray | None = covariate
        ) -> dict[str, FloatArray]:
            return _nilearn(tested, y, covariate)

        quick()  # compiles
        ours, p = timed(quick, 7)
        each, exact = timed(whole, 3)
        theirs, found = timed(nilearn, 3)
        t = fit_term(model).statistic
        apart = np.abs(np.abs(t) - np.abs(found["t"][0])).max()
        their_p = 10.0 ** -found["logp_max_t"][0]
        same = "the same" if np.array_equal(p, exact) else "OTHER"
        yield Row(
            f"max-T, {len(_ENDS):,} edges x {_PEOPLE} people x {_DRAWS:,} relabellings, {name}",
            ours,
            "nilearn permuted_ols",
            theirs,
            f"t apart {apart:.1e}, p apart {np.abs(p - their_p).max():.3f}",
            "own draws, n_jobs=1, all relabellings",
            f"with a p for every edge too {each:.3g} s, max-T p {same}",
        )


def _their_null(y: FloatArray, arm: FloatArray) -> FloatArray:
    """Largest components of bctpy, for both signs together as it does."""
    boxes = np.zeros((_REGIONS, _REGIONS, _PEOPLE))
    boxes[_ENDS[:, 0], _ENDS[:, 1]] = y.T
    boxes += boxes.transpose(1, 0, 2)
    first, second = boxes[:, :, arm == 1], boxes[:, :, arm == 0]
    with contextlib.redirect_stdout(io.StringIO()):
        null = bct.nbs_bct(first, second, _THRESHOLD, k=_THEIR_DRAWS, tail="right", seed=5)[2]
    return np.asarray(null, dtype=np.float64)


def _our_null(y: FloatArray, arm: FloatArray) -> FloatArray:
    """The same relabellings as bctpy's, from the same seed, in the order of its columns."""
    source = np.random.RandomState(5)  # what bctpy draws from
    sorted_y = np.vstack([y[arm == 1], y[arm == 0]])
    label = np.sort(arm)[::-1]
    (block,) = relabel_blocks(group_model(sorted_y, label))
    orders = [np.argsort(source.permutation(_PEOPLE)) for _ in range(_THEIR_DRAWS)]
    t = as_t(block.statistics(np.array(orders, dtype=np.int16)), block.df)
    return Thresholded(_THRESHOLD).largest(t, _ENDS, _REGIONS)


def _beside_bctpy() -> Iterator[Row]:
    y, arm, _ = _made()
    graph = Graph(group_model(y, arm), _ENDS)
    theirs, null = timed(lambda: _their_null(y, arm))
    mine = _our_null(y, arm)
    agreed = "the same null sizes" if np.array_equal(mine, null) else f"{mine} against {null}"
    for rule, name in ((Thresholded(_THRESHOLD), "NBS"), (Enhanced(), "TFNBS")):

        def ours(rule: Thresholded | Enhanced = rule) -> object:
            rng = np.random.default_rng(0)
            return permute_networks([graph], rule, _NETWORK_DRAWS, rng)

        ours()  # compiles
        seconds, _ = timed(ours, 3)
        scaled = theirs * (_NETWORK_DRAWS + 1) / (_THEIR_DRAWS + 1)
        yield Row(
            f"{name}, {_REGIONS} regions x {_PEOPLE} people x {_NETWORK_DRAWS:,} relabellings",
            seconds,
            "bctpy nbs_bct" if name == "NBS" else "bctpy nbs_bct (NBS; it has no TFNBS)",
            scaled,
            "both signs",
            f"one sign, {agreed}",
            f"timed on {_THEIR_DRAWS} relabellings and scaled",
        )


def run() -> Iterator[Row]:
    """Yield max-T beside nilearn with and without a covariate, then networks beside bctpy."""
    with threadpool_limits(1):
        yield from _beside_nilearn()
        yield from _beside_bctpy()
