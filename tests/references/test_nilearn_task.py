"""Task measures against nilearn's own first-level model, and against one model an event.

nilearn 0.14.1. Regions become the voxels of an image of n x 1 x 1, so that ``FirstLevelModel``
reads the same numbers. Real scans were recorded at rest: the events are invented, which changes
nothing about whether two programs fit the same model.

Where we differ: single responses use exact onsets and durations, while nilearn rounds both to a
fiftieth of the repetition time. With its sampling made eight times finer the sizes of single
responses come within 2% of their spread (8% as it comes; correlations above .9997 and .9999).
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rewire.core.events import Events
from rewire.core.types import Scan
from rewire.measures.task_activation import task_activation
from rewire.measures.task_connectivity import background_connectivity, task_connectivity
from rewire.numerics.beta_series import beta_series
from rewire.numerics.task_design import TaskRun, prepare_run
from rewire.trial.reading import read_trial

pytestmark = pytest.mark.real
HIGH_PASS = 0.01


@pytest.fixture(scope="module")
def scan(shared_data: Path) -> Scan:
    """A real scan with 24 invented events of two conditions."""
    trial = read_trial(shared_data / "psilocybin-acute").trial
    made = trial.load(next(r for r in trial.scans if r.kind == "bold"))
    step = made.facts["repetition_time"]
    rng = np.random.default_rng(0)
    last = len(made.data) * step - 30.0
    onset = np.linspace(5.0, last, 24) + rng.uniform(0.0, 3.0, 24)
    duration = rng.uniform(1.0, 4.0, 24)
    return replace(made, kind="task", events=Events(onset, duration, ("a", "b") * 12, "t"))


def table(events: Events, names: tuple[str, ...] | None = None) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "onset": events.onset,
            "duration": events.duration,
            "trial_type": names or events.condition,
        }
    )


def design(
    scan: Scan, names: tuple[str, ...] | None = None, hrf: str = "glover", oversampling: int = 50
) -> pd.DataFrame:
    from nilearn.glm.first_level import make_first_level_design_matrix

    times = np.arange(len(scan.data)) * scan.facts["repetition_time"]
    return make_first_level_design_matrix(
        times,
        table(scan.events, names),
        hrf_model=hrf,
        high_pass=HIGH_PASS,
        oversampling=oversampling,
    )


def drift_free_spread(scan: Scan) -> np.ndarray:
    drift = design(scan).filter(regex="drift|constant").to_numpy()
    weights = np.linalg.lstsq(drift, scan.data, rcond=None)[0]
    return (scan.data - drift @ weights).std(axis=0)


@pytest.mark.parametrize("noise", ["ar1", "ols"])
def test_first_level_model(scan: Scan, noise: str) -> None:
    import nibabel as nib
    from nilearn.glm.first_level import FirstLevelModel

    assert scan.kept is None or scan.kept.all()
    shape = (len(scan.atlas), 1, 1)
    image = nib.Nifti1Image(scan.data.T.reshape(*shape, -1), np.eye(4))
    mask = nib.Nifti1Image(np.ones(shape, dtype=np.uint8), np.eye(4))
    model = FirstLevelModel(
        t_r=scan.facts["repetition_time"],
        mask_img=mask,
        noise_model=noise,
        signal_scaling=False,
        high_pass=HIGH_PASS,
        minimize_memory=False,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(image, events=table(scan.events))
        effects, variances = (
            np.array(
                [model.compute_contrast(c, output_type=kind).get_fdata().ravel() for c in "ab"]
            )
            for kind in ("effect_size", "effect_variance")
        )
    found = task_activation(scan, rng=np.random.default_rng(0), noise=noise)
    spread = drift_free_spread(scan)
    ours = found["task_activation"].to_numpy() * spread
    np.testing.assert_allclose(ours, effects, rtol=1e-5, atol=1e-7 * np.abs(effects).max())
    error = found["task_activation_se"].to_numpy() * spread
    np.testing.assert_allclose(error, np.sqrt(variances), rtol=1e-5)


@pytest.mark.parametrize(("oversampling", "share", "r"), [(50, 0.1, 0.03), (400, 0.03, 0.01)])
def test_beta_series_against_one_nilearn_model_an_event(
    scan: Scan, oversampling: int, share: float, r: float
) -> None:
    events = scan.events
    timing = (scan.facts["repetition_time"], 0.0)
    prepared = prepare_run(scan.data, None, timing, events.arrays, HIGH_PASS)
    assert isinstance(prepared, TaskRun)
    series = beta_series(prepared, "glover")
    assert series is not None
    theirs = []
    for e in range(len(events)):
        names = tuple("one" if j == e else c for j, c in enumerate(events.condition))
        matrix = design(scan, names, oversampling=oversampling)
        weights = np.linalg.lstsq(matrix.to_numpy(), scan.data, rcond=None)[0]
        theirs.append(weights[list(matrix.columns).index("one")])
    apart = np.abs(series.weights - np.array(theirs)).max(axis=0) / np.std(theirs, axis=0)
    assert apart.max() < share
    found = task_connectivity(scan, rng=np.random.default_rng(0))["task_connectivity"].to_numpy()
    upper = np.triu_indices(len(scan.atlas), 1)
    for c, name in enumerate("ab"):
        chosen = np.array([label == name for label in events.condition])
        expected = np.corrcoef(np.array(theirs)[chosen].T)[upper]
        np.testing.assert_allclose(np.tanh(found[c][upper]), expected, atol=r)


def test_background_against_nilearns_design(scan: Scan) -> None:
    matrix = design(scan, hrf="glover + derivative + dispersion").to_numpy()
    left = scan.data - matrix @ np.linalg.lstsq(matrix, scan.data, rcond=None)[0]
    found = background_connectivity(scan, rng=np.random.default_rng(0))["background_connectivity"]
    upper = np.triu_indices(len(scan.atlas), 1)
    expected = np.corrcoef(left.T)[upper]
    np.testing.assert_allclose(np.tanh(found.to_numpy()[0][upper]), expected, atol=1e-9)
