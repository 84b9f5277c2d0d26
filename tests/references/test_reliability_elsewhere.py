"""Reliability against pingouin (GPL, a rival in tests alone), called on the same numbers."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from rewire.numerics.agreement import intraclass
from rewire.numerics.repeated_correlation import correlate_within

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pingouin = pytest.importorskip("pingouin")


@pytest.mark.filterwarnings("ignore")
def test_correlation_within_people_is_rm_corr() -> None:
    rng = np.random.default_rng(7)
    person = np.repeat(np.arange(11), [2, 3, 4, 2, 2, 5, 3, 2, 2, 3, 4])
    x = rng.normal(size=len(person))
    y = 0.4 * x + rng.normal(size=len(person)) + rng.normal(size=11)[person]
    frame = pd.DataFrame({"x": x, "y": y, "person": person})
    theirs = pingouin.rm_corr(frame, "x", "y", "person").iloc[0]
    ours = correlate_within(x, y[:, None], person)
    np.testing.assert_allclose(ours.estimate[0], theirs["r"], rtol=1e-10)
    assert ours.df[0] == theirs["dof"]
    p = theirs["pval"] if "pval" in theirs else theirs["p_val"]
    np.testing.assert_allclose(ours.p[0], p, rtol=1e-8)


@pytest.mark.filterwarnings("ignore")
def test_three_runs_of_a_session() -> None:
    rng = np.random.default_rng(8)
    runs = rng.normal(size=(14, 1)) + rng.normal(0, 0.7, (14, 3)) + [0.0, 0.2, 0.5]
    long = pd.DataFrame(
        {
            "person": np.repeat(np.arange(14), 3),
            "run": np.tile(np.arange(3), 14),
            "value": runs.ravel(),
        }
    )
    table = pingouin.intraclass_corr(long, "person", "run", "value")
    theirs = {str(row.iloc[0]): row for _, row in table.iterrows()}
    names = [
        next(k for k in theirs if k in n) for n in (("ICC2", "ICC(A,1)"), ("ICC3", "ICC(C,1)"))
    ]
    ours = intraclass(runs[:, :, None])
    np.testing.assert_allclose(ours.icc21[0], theirs[names[0]]["ICC"], rtol=1e-8)
    np.testing.assert_allclose(ours.icc31[0], theirs[names[1]]["ICC"], rtol=1e-8)
    # pingouin rounds its intervals to two decimals
    for found, name in (
        ((ours.icc21_low[0], ours.icc21_high[0]), names[0]),
        ((ours.icc31_low[0], ours.icc31_high[0]), names[1]),
    ):
        interval = next(theirs[name][c] for c in ("CI95%", "CI95") if c in theirs[name])
        np.testing.assert_allclose(found, interval, atol=0.0051)
