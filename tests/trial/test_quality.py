"""The worth of one scan, counted by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rewire.core.types import Scan, ScanRecord
from rewire.trial.quality import judge_loaded, quality_table
from rewire.trial.synthetic import TrialSpec, simulate_trial

TRIAL = simulate_trial(TrialSpec(per_arm=4, volumes=60, gaps="none"))


def scan(kept: str) -> tuple[ScanRecord, Scan]:
    record = TRIAL.scans[0]
    flags = np.array([c == "1" for c in kept])
    data = np.random.default_rng(0).normal(size=(len(flags), 100))
    facts = {"repetition_time": 30.0}
    return record, replace(TRIAL.load(record), data=data, kept=flags, facts=facts)


@pytest.mark.parametrize(
    ("kept", "retained", "gaps", "unbroken"),
    [
        ("1111", 4, 0, 4),
        ("0110", 2, 0, 2),
        ("1011", 3, 1, 2),
        ("0101110010", 5, 2, 3),
        ("0000", 0, 0, 0),
    ],
)
def test_retained_volumes_and_gaps(kept: str, retained: int, gaps: int, unbroken: int) -> None:
    quality = judge_loaded(*scan(kept), None)
    assert (quality.volumes, quality.retained) == (len(kept), retained)
    assert (quality.gaps, quality.unbroken) == (gaps, unbroken)
    assert quality.minutes == retained * 0.5


def test_censored_volumes_do_not_count_as_missing() -> None:
    record, loaded = scan("1110111111")
    loaded.data[3] = np.nan
    assert judge_loaded(record, loaded, None).faults == ()


def test_a_region_that_is_constant_where_it_was_kept() -> None:
    record, loaded = scan("1110111111")
    loaded.data[:, 7] = 1.0
    loaded.data[3, 7] = 50.0
    quality = judge_loaded(record, loaded, None)
    assert [f.code for f in quality.faults] == ["constant-region"]
    assert quality.silent == 1
    assert quality_table([quality])["regions_without_signal"].tolist() == [1.0]
