"""Whether no effect could be the truth: equivalence tests and Bayes factors of every test."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rewire.core.questions import Inference
from rewire.core.types import FloatArray
from rewire.numerics.bayes_factors import (
    CAUCHY_SCALE,
    bayes_factor_correlation,
    bayes_factor_t,
)
from rewire.numerics.equivalence import (
    equivalence_correlation,
    equivalence_ranked,
    equivalence_raw,
    equivalence_standardised,
)
from rewire.numerics.estimates import BoolArray, hedges_correction

ABOUT = "Whether no effect could be the truth: equivalence to 0 within a bound, and Bayes factors."

_LABELS = (
    "question", "kind", "measure", "outcome", "term", "session", "arm", "contrast", "region",
    "region2", "network", "network2", "state", "acquisition", "level",
)  # fmt: skip
NULL_COLUMNS: tuple[str, ...] = (
    *_LABELS,
    "n",
    "estimate",
    "effect_size",
    "effect_size_kind",
    "p",
    "bound",
    "bound_raw",
    "p_equivalence",
    "p_equivalence_raw",
    "bf01",
    "prior",
    "reading",
    "status",
)
"""Evidence for no effect, one row a test with a standardised effect: ``p`` is two-sided; ``bound``
is in standard deviations (d_z, hedges_g) or a correlation, ``bound_raw`` the same in the unit of
the estimate, its standard deviation taken as known; ``bf01`` above 1 speaks for no effect; p is
not adjusted for the number of tests."""

NO_EFFECT, SMALL, EFFECT, UNDECIDED = (
    "evidence for no effect",
    "small effect",
    "effect",
    "undecided",
)
"""First words of a reading."""

_MEANS = ("d_z", "hedges_g")
_RANKS = ("rho", "skipped rho")
_LINKS = ("r", "partial r")
_LEVEL = 0.05
_AT_ONCE = 4096
_BF_CLEAR = 3.0


def nulls_table(effects: pd.DataFrame, inference: Inference) -> pd.DataFrame:
    """Ask of every test whether an effect as large as a stated bound can be ruled out.

    Parameters
    ----------
    effects
        Columns of :data:`rewire.core.schema.EFFECT_COLUMNS`.
    inference
        ``equivalence_smd`` and ``equivalence_r`` are the bounds.

    Returns
    -------
    pandas.DataFrame
        Columns of :data:`NULL_COLUMNS`, one row a test of a mean, a difference between arms or a
        correlation, in the order of the effects table. What the row does not tell is NaN, and
        ``status`` says why.

    Notes
    -----
    A mean or difference is standardised as its effect size is: by the standard deviation of the
    change, or within arms. Priors: Cauchy with scale sqrt(1/2) on the standardised effect (JZS),
    uniform from -1 to 1 on a correlation. Ranks have no Bayes factor.
    """
    kinds = _MEANS + _RANKS + _LINKS
    known = effects["effect_size_kind"].isin(kinds) & effects["estimate"].notna()
    rows = effects[known & effects["df"].notna()].reset_index(drop=True)
    parts = [
        _judged(rows.iloc[at : at + _AT_ONCE], inference) for at in range(0, len(rows), _AT_ONCE)
    ]
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in NULL_COLUMNS})
    return pd.concat(parts, ignore_index=True)[list(NULL_COLUMNS)]


def _judged(rows: pd.DataFrame, inference: Inference) -> pd.DataFrame:
    kind = rows["effect_size_kind"].to_numpy(dtype=object)
    means, ranked = np.isin(kind, _MEANS), np.isin(kind, _RANKS)
    size, t, df, se, estimate = (
        rows[name].to_numpy(dtype=np.float64)
        for name in ("effect_size", "statistic", "df", "se", "estimate")
    )
    found = rows[[*_LABELS, "n", "estimate", "effect_size", "effect_size_kind"]].copy()
    found["p"] = _two_sided(rows)
    bound = np.where(means, inference.equivalence_smd, inference.equivalence_r)
    found["bound"] = bound
    blank = np.full(len(rows), np.nan)
    equal, raw, bf, bound_raw = blank.copy(), blank.copy(), blank.copy(), blank.copy()
    if means.any():
        scale = _scale(rows[means], size[means], t[means])
        equal[means] = equivalence_standardised(
            t[means], df[means], scale, inference.equivalence_smd
        )
        bound_raw[means] = inference.equivalence_smd * scale * se[means]
        raw[means] = equivalence_raw(estimate[means], se[means], df[means], bound_raw[means])
        bf[means] = bayes_factor_t(t[means], df[means], scale)
    links = ~means & ~ranked
    limit = inference.equivalence_r
    equal[links] = equivalence_correlation(size[links], df[links] + 2.0, limit)
    bf[links] = bayes_factor_correlation(size[links], df[links] + 2.0)
    equal[ranked] = equivalence_ranked(size[ranked], df[ranked] + 2.0, limit)
    found["bound_raw"], found["p_equivalence"], found["p_equivalence_raw"] = bound_raw, equal, raw
    found["bf01"] = bf
    cauchy = f"Cauchy(0, {CAUCHY_SCALE:.3f}) on the standardised effect"
    found["prior"] = np.where(means, cauchy, np.where(ranked, "", "uniform on the correlation"))
    found["reading"] = [
        _reading(*row) for row in zip(found["p"], equal, bf, bound, means, strict=True)
    ]
    found["status"] = _status(equal, bf, ranked)
    return found


def _two_sided(rows: pd.DataFrame) -> FloatArray:
    p = rows["p"].to_numpy(dtype=np.float64)
    one = rows["alternative"].isin(("greater", "less")).to_numpy()
    return np.where(one, np.minimum(1.0, 2.0 * np.minimum(p, 1.0 - p)), p)


def _scale(rows: pd.DataFrame, size: FloatArray, t: FloatArray) -> FloatArray:
    """Return what turns the standardised effect into t; NaN where both are 0."""
    n = rows["n"].to_numpy(dtype=np.float64)
    groups = (rows["effect_size_kind"] == "hedges_g").to_numpy()
    standardised = size / np.where(groups, hedges_correction(n - 2.0), 1.0)
    usable = standardised != 0.0
    return np.where(usable, np.abs(t / np.where(usable, standardised, 1.0)), np.nan)


def _reading(p: float, equal: float, bf: float, bound: float, of_means: bool) -> str:
    if np.isnan(equal) or np.isnan(p):
        return "not known"
    limit = f"{bound:g} SD" if of_means else f"|r| = {bound:g}"
    if equal < _LEVEL:
        if p < _LEVEL:
            return f"{SMALL}: not 0, and smaller than {limit}"
        return f"{NO_EFFECT} as large as {limit}"
    if p < _LEVEL:
        return f"{EFFECT}: not 0, and {limit} or more is not ruled out"
    lean = "; the data do not tell which" if np.isfinite(bf) else ""
    if bf >= _BF_CLEAR:
        lean = "; the Bayes factor leans to none"
    elif bf <= 1.0 / _BF_CLEAR:
        lean = "; the Bayes factor leans to an effect"
    return f"{UNDECIDED}: neither 0 nor {limit} is ruled out{lean}"


def _status(equal: FloatArray, bf: FloatArray, ranked: BoolArray) -> list[str]:
    said = np.where(ranked, "ok; no Bayes factor for ranks", "ok")
    unknown = np.isnan(equal) | (np.isnan(bf) & ~ranked)
    return [str(s) for s in np.where(unknown, "effect of exactly 0 or too few people", said)]
