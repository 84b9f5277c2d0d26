"""Mixed models on null data: false positives within their band, intervals that cover."""

from __future__ import annotations

import numpy as np
from scipy import stats

from rewire.numerics.mixed_many import fit_many_mixed

TRIALS = 4000


def test_arm_by_session_on_skewed_data_with_missing_sessions() -> None:
    rng = np.random.default_rng(12)
    groups = np.repeat(np.arange(40), 3)
    t, arm = np.tile(np.arange(3), 40), (groups % 2).astype(float)
    kept = rng.random(120) > 0.2
    groups, t, arm = groups[kept], t[kept], arm[kept]
    columns = [np.ones(len(t)), arm, t == 1, t == 2, (t == 1) * arm, (t == 2) * arm]
    x = np.column_stack(columns).astype(float)
    level = rng.gamma(2.0, 1.0, size=(40, TRIALS))[groups]
    y = level + rng.gamma(3.0, 0.6, size=(len(t), TRIALS))
    fit = fit_many_mixed(y, x, groups)
    low, high = stats.binom.ppf([0.0005, 0.9995], TRIALS, 0.05) / TRIALS
    rates = (fit.p[4:] < 0.05).mean(axis=1)
    assert ((rates >= low) & (rates <= high)).all(), rates
    half = stats.t.ppf(0.975, fit.df[4]) * fit.se[4]
    missed = (np.abs(fit.estimate[4]) > half).mean()
    assert low <= missed <= high
