"""Gradients of scans in which regions lie along a line that is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from rewire.core.atlas import Atlas
from rewire.core.types import Scan
from rewire.measures.gradients import fit_gradients, gradients

REGIONS = 40
PLACE = np.linspace(0.0, 1.0, REGIONS)


def _scan(data: np.ndarray, networks: tuple[str, ...] = ()) -> Scan:
    n = data.shape[1]
    names = tuple(f"r{i}" for i in range(n))
    own = networks or ("",) * n
    atlas = Atlas("A", names, np.arange(n), ("",) * n, own, np.full((n, 3), np.nan))
    return Scan("scan-1", "bold", data, atlas)


def _line(seed: int, volumes: int = 300) -> np.ndarray:
    """Return regions that share more signal the nearer they lie to each other."""
    rng = np.random.default_rng(seed)
    centres = np.linspace(-0.2, 1.2, 60)
    mixing = np.exp(-((PLACE[:, None] - centres) ** 2) / (2 * 0.1**2))
    return rng.standard_normal((volumes, 60)) @ mixing.T + 0.3 * rng.standard_normal(
        (volumes, REGIONS)
    )


def _run(data: np.ndarray, cohort: list[Scan], networks: tuple[str, ...] = ()) -> xr.Dataset:
    options = {"rng": np.random.default_rng(0)}
    learned = fit_gradients(cohort, **options)
    return gradients(_scan(data, networks), learned=learned, **options)


COHORT = [_scan(_line(seed)) for seed in range(4)]


def test_a_planted_line_is_found_in_every_scan_with_the_same_sign() -> None:
    fits = []
    for seed in range(10, 14):
        found = _run(_line(seed), COHORT)
        fits.append(np.corrcoef(found["gradient_place"].sel(gradient="1"), PLACE)[0, 1])
        assert (found["gradient_agreement"] > 0.9).all()
    assert np.abs(fits).min() > 0.97
    assert len(set(np.sign(fits))) == 1


def test_range_and_dispersion_are_those_of_the_gradients() -> None:
    networks = ("A",) * 10 + ("B",) * 29 + ("C",)
    found = _run(_line(20), COHORT, networks)
    places = found["gradient_place"].to_numpy()
    np.testing.assert_allclose(found["gradient_range"], np.ptp(places, axis=1))
    a = places[:, :10]
    pairs = [((a[:, i] - a[:, j]) ** 2).sum() for i in range(10) for j in range(10)]
    dispersion = found["gradient_dispersion"]
    # the mean squared distance from the centre is half of that between two drawn at random
    assert float(dispersion.sel(network="A")) == pytest.approx(np.mean(pairs) / 2)
    assert dispersion.sel(network="B") > dispersion.sel(network="A")
    assert np.isnan(dispersion.sel(network="C"))
    by_network = found["gradient_range_network"].sel(network="A")
    np.testing.assert_allclose(by_network, np.ptp(a, axis=1))
    status = found["gradient_dispersion_status"].sel(network="C")
    assert status == "fewer than two regions with a gradient"


def test_noise_does_not_agree_with_the_template() -> None:
    noise = np.random.default_rng(5).standard_normal((300, REGIONS))
    assert float(_run(noise, COHORT)["gradient_agreement"][0]) < 0.7


def test_a_scan_may_lack_regions_of_the_template() -> None:
    data = _line(21)
    data[:, 7] = 1.0
    found = _run(data, COHORT)
    assert found["gradient_place_status"].sel(region="r7").to_numpy().tolist() == ["no signal"] * 3
    assert int(np.isnan(found["gradient_place"]).sum()) == 3
    full = _run(_line(21), COHORT)["gradient_place"].drop_sel(region="r7")
    assert np.corrcoef(full[0], found["gradient_place"].drop_sel(region="r7")[0])[0, 1] > 0.99


def test_a_region_silent_in_one_scan_of_the_cohort_stays_in_the_template() -> None:
    silent = _line(1)
    silent[:, 3] = 0.0
    learned = fit_gradients([_scan(silent), *COHORT], rng=np.random.default_rng(0))
    assert np.isfinite(learned["template"]).all()
    everywhere = fit_gradients([_scan(silent)], rng=np.random.default_rng(0))["template"]
    assert np.isnan(everywhere.sel(region="r3")).all()
    assert np.isfinite(everywhere.drop_sel(region="r3")).all()


def test_why_there_are_none() -> None:
    rng = np.random.default_rng(0)
    data = _line(3)

    def status(made: np.ndarray, cohort: list[Scan]) -> set[str]:
        found = _run(made, cohort)
        assert np.isnan(found["gradient_place"]).all()
        return set(found["gradient_range_status"].to_numpy().tolist())

    assert status(data, []) == {"no template"}
    assert status(np.zeros((50, REGIONS)), COHORT) == {"fewer than half of the template's regions"}
    few = [_scan(rng.standard_normal((50, 11)))]
    assert status(few[0].data, few) == {"no template"}
    half = data.copy()
    half[:, 10:] = 0.0
    assert status(half, COHORT) == {"fewer than half of the template's regions"}
    lone = gradients(_scan(data), learned=None, rng=rng)
    assert (lone["gradient_place_status"] == "no template").all()


def test_scans_of_other_regions_do_not_count() -> None:
    other = _scan(np.random.default_rng(0).standard_normal((50, 20)))
    learned = fit_gradients([*COHORT, other], rng=np.random.default_rng(0))
    assert int(learned["scans"]) == len(COHORT)


@pytest.mark.real
def test_the_first_gradient_of_real_scans_is_shared(shared_data: Path) -> None:
    paths = sorted((shared_data / "psilocybin-acute").glob("sub-*/ses-*/func/*timeseries.tsv"))[:8]
    scans = [_scan(pd.read_csv(path, sep="\t").to_numpy(dtype=float)) for path in paths]
    learned = fit_gradients(scans[:4], rng=np.random.default_rng(0))
    for scan in scans[4:]:
        found = gradients(scan, learned=learned, rng=np.random.default_rng(0))
        assert float(found["gradient_agreement"][0]) > 0.6
