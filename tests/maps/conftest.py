"""Trials with a map per scan, held in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from rewire.core.atlas import Atlas
from rewire.core.maps import BrainMap, MapLibrary, MapRules, Provenance
from rewire.core.options import KindOptions
from rewire.core.questions import Design, Inference, Kind, Question
from rewire.core.schema import SCORE_COLUMNS, SESSION_COLUMNS, TABULATED_COLUMNS
from rewire.core.types import Measurement, Scan, ScanRecord, Timepoint, Trial
from rewire.effects.answering import Asking
from rewire.effects.design import form_cohort

SINGLE = Design("single arm", "", ("",), "", False)
PARALLEL = Design("parallel", "arm", ("drug", "placebo"), "placebo", True)
CROSSOVER = Design("crossover", "drug", ("drug", "placebo"), "placebo", True)
RULES = MapRules(draws=200)
Values = Mapping[tuple[str, str], np.ndarray]


def _never(record: ScanRecord) -> Scan:
    raise NotImplementedError


def _places(regions: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    points = rng.standard_normal((regions, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return points, 60.0 * points + rng.standard_normal(points.shape)


@pytest.fixture
def make_atlas() -> Callable[..., Atlas]:
    """Return a builder: half of the regions on the left, two networks in turn."""

    def build(regions: int = 40, sphere: bool = True) -> Atlas:
        points, places = _places(regions, 11)
        names = tuple(f"r{i:02d}" for i in range(regions))
        half = regions // 2
        return Atlas(
            "made",
            names,
            np.arange(1, regions + 1),
            tuple("L" if i < half else "R" for i in range(regions)),
            tuple("odd" if i % 2 else "even" for i in range(regions)),
            places,
            points if sphere else None,
        )

    return build


@pytest.fixture
def make_map() -> Callable[..., BrainMap]:
    """Return a builder of maps by name, regions and values."""

    def build(name: str, regions: Sequence[str], values: np.ndarray) -> BrainMap:
        return BrainMap(name, tuple(regions), np.asarray(values, float), "made", Provenance("here"))

    return build


@pytest.fixture
def make_asking() -> Callable[..., Asking]:
    """Return a builder: values by measure and by (session, drug), each (people, regions).

    Arms of a parallel design alternate, the first person being given the drug.
    """

    def build(
        values: Mapping[str, Values],
        atlas: Atlas,
        maps: Sequence[BrainMap],
        options: KindOptions,
        design: Design = SINGLE,
        rules: MapRules = RULES,
        **question: object,
    ) -> Asking:
        first = next(iter(values.values()))
        n = len(next(iter(first.values())))
        people = [f"sub-{i:02d}" for i in range(n)]
        arms = ["drug" if i % 2 == 0 else "placebo" for i in range(n)]
        drugs = dict(first)
        sessions = pd.DataFrame(
            [(p, s, float(k), "", d, np.nan, "", "", np.nan) for p in people
             for k, (s, d) in enumerate(drugs)],
            columns=list(SESSION_COLUMNS),
        )  # fmt: skip
        table = pd.DataFrame({"participant_id": people, "arm": arms, "age": np.arange(n) * 1.0})
        library = MapLibrary(annotations=tuple(maps), rules=rules)
        scores, tabulated = (
            pd.DataFrame(columns=list(c)) for c in (SCORE_COLUMNS, TABULATED_COLUMNS)
        )
        trial = Trial(
            "test", table, sessions, scores, tabulated, (), {atlas.name: atlas}, {}, _never,
            maps=library,
        )  # fmt: skip
        names = [s for s, _ in drugs]
        asked = Question(
            "q", "?", Kind.ANNOTATION, "primary", tuple(values), (), Timepoint(names[0]),
            tuple(Timepoint(s) for s in names[1:]), options=options, correction="none",
        )  # fmt: skip
        asked = replace(asked, **question)  # type: ignore[arg-type]
        held = {name: _measured(name, own, people, atlas) for name, own in values.items()}
        cohort = form_cohort(trial, asked, design)
        return Asking(asked, trial, held, cohort, Inference(3, 500))

    return build


def _measured(name: str, values: Values, people: Sequence[str], atlas: Atlas) -> Measurement:
    stacked = np.concatenate([np.asarray(v, dtype=float) for v in values.values()])
    n = len(people)
    data = xr.Dataset(
        {
            "value": (("scan", "region"), stacked),
            "status": (("scan", "region"), np.where(np.isfinite(stacked), "ok", "undefined")),
        },
        coords={
            "participant_id": ("scan", list(people) * len(values)),
            "session_id": ("scan", np.repeat([s for s, _ in values], n)),
            "acquisition": ("scan", np.full(n * len(values), "")),
            "run": ("scan", np.full(n * len(values), "")),
            "region": list(atlas.regions),
        },
    )
    return Measurement(name, "1", "test", data, provider="test")


@pytest.fixture
def designs() -> dict[str, Design]:
    """The kinds of design."""
    return {"single": SINGLE, "parallel": PARALLEL, "crossover": CROSSOVER}
