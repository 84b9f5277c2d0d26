"""The published moderation by expectancy in the second psilocybin trial, from the command line.

Szigeti et al. 2024 (10.1017/S0033291723003653). HAMD and expectancy are the published numbers; the
others were computed with lme4 1.1-31 and lmerTest 3.1-3 (R 4.2.2) from the same rows, with x scaled
as published: ``lmer(score ~ tp * x + (1 | id))`` within an arm, ``lmer(score ~ tp * arm * x +
(1 | id))`` between arms.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

LMERTEST = (
    ("hamd", "expectancy_received", "escitalopram", -3.910, 0.901, 26.0, False),
    ("hamd", "expectancy_received", "psilocybin", 1.162, 1.052, 25.9, False),
    ("hamd", "expectancy_received", "", 6.022, 1.634, 51.9, False),
    ("hamd", "suggestibility_sss", "escitalopram", 0.899, 1.075, 25.0, False),
    ("hamd", "suggestibility_sss", "psilocybin", -3.463, 0.920, 25.7, False),
    ("hamd", "suggestibility_sss", "", -4.342, 1.420, 50.7, False),
    ("hamd", "absorption_modtas", "escitalopram", 0.158, 1.143, 27.0, False),
    ("hamd", "absorption_modtas", "psilocybin", -2.023, 1.016, 27.6, False),
    ("hamd", "absorption_modtas", "", -2.028, 1.581, 54.5, False),
    ("bdi", "expectancy_received", "escitalopram", -5.475, 1.609, 26.0, False),
    ("bdi", "expectancy_received", "psilocybin", 1.135, 2.399, 25.0, False),
    ("bdi", "expectancy_received", "", 7.882, 3.394, 51.0, False),
    ("bdi", "suggestibility_sss", "escitalopram", 1.029, 1.829, 25.0, False),
    ("bdi", "suggestibility_sss", "psilocybin", -7.155, 1.938, 26.0, False),
    ("bdi", "suggestibility_sss", "", -8.123, 2.680, 51.0, False),
    ("bdi", "absorption_modtas", "escitalopram", -1.050, 1.864, 27.0, False),
    ("bdi", "absorption_modtas", "psilocybin", -5.187, 2.078, 28.0, False),
    ("bdi", "absorption_modtas", "", -3.538, 2.897, 55.0, False),
    ("madrs", "expectancy_received", "escitalopram", -4.866, 1.521, 26.0, False),
    ("madrs", "expectancy_received", "psilocybin", 1.690, 1.807, 25.9, False),
    ("madrs", "expectancy_received", "", 7.790, 2.783, 51.9, False),
    ("madrs", "suggestibility_sss", "escitalopram", 2.778, 1.531, 25.0, False),
    ("madrs", "suggestibility_sss", "psilocybin", -6.360, 1.368, 24.6, False),
    ("madrs", "suggestibility_sss", "", -9.116, 2.063, 49.7, False),
    ("madrs", "absorption_modtas", "escitalopram", 0.405, 1.754, 27.0, False),
    ("madrs", "absorption_modtas", "psilocybin", -3.449, 1.646, 26.8, False),
    ("madrs", "absorption_modtas", "", -3.618, 2.488, 53.7, False),
    ("qids", "expectancy_received", "escitalopram", -2.459, 0.984, 26.0, False),
    ("qids", "expectancy_received", "psilocybin", 0.561, 1.247, 25.0, False),
    ("qids", "expectancy_received", "", 3.599, 1.872, 51.0, False),
    ("qids", "suggestibility_sss", "escitalopram", 1.081, 1.007, 25.0, False),
    ("qids", "suggestibility_sss", "psilocybin", -3.307, 1.038, 26.0, False),
    ("qids", "suggestibility_sss", "", -4.371, 1.453, 51.0, False),
    ("qids", "absorption_modtas", "escitalopram", -0.988, 1.039, 27.0, False),
    ("qids", "absorption_modtas", "psilocybin", -1.688, 1.107, 28.0, False),
    ("qids", "absorption_modtas", "", -0.414, 1.575, 55.0, False),
    ("stait", "expectancy_received", "escitalopram", -5.196, 1.676, 26.0, False),
    ("stait", "expectancy_received", "psilocybin", 0.637, 2.663, 50.0, True),
    ("stait", "expectancy_received", "", 6.965, 3.812, 51.0, False),
    ("stait", "suggestibility_sss", "escitalopram", 1.102, 1.710, 25.0, False),
    ("stait", "suggestibility_sss", "psilocybin", -9.643, 2.096, 26.0, False),
    ("stait", "suggestibility_sss", "", -10.658, 2.728, 51.0, False),
    ("stait", "absorption_modtas", "escitalopram", -0.032, 1.891, 27.0, False),
    ("stait", "absorption_modtas", "psilocybin", -4.818, 2.554, 56.0, True),
    ("stait", "absorption_modtas", "", -4.362, 3.321, 55.0, False),
    ("wemwbs", "expectancy_received", "escitalopram", 2.948, 1.763, 25.2, False),
    ("wemwbs", "expectancy_received", "psilocybin", -2.960, 2.440, 23.5, False),
    ("wemwbs", "expectancy_received", "", -6.817, 3.542, 48.6, False),
    ("wemwbs", "suggestibility_sss", "escitalopram", -2.778, 1.555, 25.0, False),
    ("wemwbs", "suggestibility_sss", "psilocybin", 6.442, 2.015, 26.0, False),
    ("wemwbs", "suggestibility_sss", "", 9.201, 2.569, 51.0, False),
    ("wemwbs", "absorption_modtas", "escitalopram", 0.492, 1.755, 26.0, False),
    ("wemwbs", "absorption_modtas", "psilocybin", 4.098, 2.198, 26.3, False),
    ("wemwbs", "absorption_modtas", "", 3.169, 2.914, 52.1, False),
)
"""Scale, moderator, arm (empty: between arms); of the last term estimate, SE, df; singular."""


@pytest.fixture(scope="module")
def effects(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    out = tmp_path_factory.mktemp("szigeti") / "out"
    arguments = ["run", shared_data / "psilodep2", out, "--plan", "szigeti2024", "-q"]
    command = [sys.executable, "-m", "rewire.cli", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(out / "effects" / "effects.tsv", sep="\t", na_values="n/a")
    assert "singular fit" in (out / "report.html").read_text()
    return table[table["kind"] == "moderation"].fillna({"arm": "", "contrast": ""})


def _one(effects: pd.DataFrame, outcome: str, moderator: str, arm: str, term: str) -> pd.Series:
    rows = effects[
        (effects["outcome"] == outcome)
        & (effects["moderator"] == moderator)
        & (effects["arm"] == arm)
        & (effects["term"] == term)
    ]
    assert len(rows) == 1
    return rows.iloc[0]


def test_every_term_of_18_moderators_by_scale_is_there(effects: pd.DataFrame) -> None:
    assert len(effects) == 6 * 3 * (4 + 4 + 8)


@pytest.mark.parametrize(
    ("arm", "term", "estimate", "se", "statistic", "p"),
    [
        ("escitalopram", "session[week6]:x", -3.91, 0.90, -4.34, None),
        ("psilocybin", "session[week6]:x", 1.16, 1.05, None, 0.28),
        ("", "session[week6]:arm[psilocybin]:x", 6.02, 1.63, None, None),
    ],
)
def test_published_expectancy(effects, arm, term, estimate, se, statistic, p) -> None:
    row = _one(effects, "hamd", "expectancy_received", arm, term)
    assert round(row["estimate"], 2) == estimate
    assert round(row["se"], 2) == se
    if statistic is not None:
        assert round(row["statistic"], 2) == statistic
        assert round(row["df"]) == 26
    if p is not None:
        assert round(row["p"], 2) == p


@pytest.mark.parametrize(
    ("scale", "moderator", "arm", "estimate", "se", "df", "singular"), LMERTEST
)
def test_all_scales_and_moderators(
    effects, scale, moderator, arm, estimate, se, df, singular
) -> None:
    term = "session[week6]:x" if arm else "session[week6]:arm[psilocybin]:x"
    row = _one(effects, scale, moderator, arm, term)
    assert row["estimate"] == pytest.approx(estimate, abs=0.002)
    assert row["se"] == pytest.approx(se, abs=0.002)
    assert row["df"] == pytest.approx(df, abs=0.11)
    assert row["method"].endswith("singular") == singular


def test_p_is_bonferroni_adjusted_over_six_scales(effects: pd.DataFrame) -> None:
    expected = (6 * effects["p"]).clip(upper=1.0)
    pd.testing.assert_series_equal(effects["p_adjusted"], expected, check_names=False, rtol=1e-6)
