"""A simulated two-arm trial whose truth is known: one treatment integrates the brain's networks."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from rewire.core.atlas import Atlas
from rewire.core.errors import DataError
from rewire.core.scales import SCALES
from rewire.core.schema import (
    ADVERSE_EVENT_COLUMNS,
    SCORE_COLUMNS,
    SESSION_COLUMNS,
    TABULATED_COLUMNS,
)
from rewire.core.types import FloatArray, Scan, ScanRecord, Trial
from rewire.trial.synthetic_accounts import report_events
from rewire.trial.synthetic_atlas import simulated_atlas
from rewire.trial.synthetic_connectomes import Wiring, simulate_connectome
from rewire.trial.synthetic_maps import simulated_library
from rewire.trial.synthetic_people import Person, enrol
from rewire.trial.synthetic_series import Blueprint, simulate_motion, simulate_series
from rewire.trial.synthetic_spec import DEMO, LAST_SESSION, SESSIONS, ArmSpec, TrialSpec
from rewire.trial.synthetic_truth import planted_truth

__all__ = [
    "CENSORED_ABOVE_MM",
    "DEMO",
    "SESSIONS",
    "ArmSpec",
    "SimulatedScans",
    "TrialSpec",
    "simulate_population",
    "simulate_trial",
]

CENSORED_ABOVE_MM = 0.5
"""Volumes with more framewise displacement than this are censored."""

_DAYS = (-7.0, 14.0, 28.0, 42.0)
_PHASES = ("preparation", "integration", "integration", "follow-up")


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedScans:
    """Generate a scan of a simulated trial when it is asked for; picklable.

    Parameters
    ----------
    atlas
        The simulated atlas.
    shape
        Volumes and seconds between them.
    seed
        Seed of the trial.
    blueprints
        What each functional scan is generated from, by scan id.
    wirings
        What each connectome is generated from, by scan id.
    """

    atlas: Atlas
    shape: tuple[int, float]
    seed: int
    blueprints: dict[str, Blueprint]
    wirings: dict[str, Wiring] = field(default_factory=dict)

    def __call__(self, record: ScanRecord) -> Scan:
        """Return the scan.

        Raises
        ------
        DataError
            If the record belongs to another trial.
        """
        wiring = self.wirings.get(record.id)
        if wiring is not None:
            weights, lengths = simulate_connectome(self.atlas, wiring, self.seed)
            return Scan(record.id, "connectome", weights, self.atlas, lengths=lengths)
        blueprint = self.blueprints.get(record.id)
        if blueprint is None:
            raise DataError(f"{record.label}: no such scan in the simulated trial.")
        series = simulate_series(self.atlas, blueprint, self.shape, self.seed)
        displacement = self._moved(record)
        facts = {
            "repetition_time": self.shape[1],
            "mean_framewise_displacement": float(np.nanmean(displacement)),
        }
        kept = ~(displacement > CENSORED_ABOVE_MM)
        return Scan(record.id, "bold", series, self.atlas, facts, kept)

    def displacement(self, record: ScanRecord) -> FloatArray | None:
        """Return framewise displacement in mm, shape (volumes,); NaN at the first volume.

        None for a connectome, which has no volumes.
        """
        if record.id in self.wirings:
            return None
        return self._moved(record)

    def _moved(self, record: ScanRecord) -> FloatArray:
        return simulate_motion(self.blueprints[record.id], self.shape[0], self.seed)


def simulate_trial(spec: TrialSpec = DEMO) -> Trial:
    """Simulate a trial: scans before and after treatment, symptoms at four times, in two arms.

    One arm's treatment raises the correlation between networks while that within them stays;
    the fall of its symptoms is partly tied to each person's own rise. The other arm improves as
    well, and its networks have the same distribution before and after. The rise is larger where
    one of three receptors is dense. Every session with a scan has a connectome, which treatment
    leaves as it is: coupling of structure and function changes because function does.

    Parameters
    ----------
    spec
        What to simulate.

    Returns
    -------
    Trial
        Held in memory; ``load`` generates a scan from the seed whenever it is called. ``truth``
        holds what was planted, see :func:`rewire.trial.synthetic_truth.planted_truth`.

    Examples
    --------
    >>> trial = simulate_trial(TrialSpec(per_arm=4, volumes=60, gaps="none"))
    >>> len(trial.scans), trial.simulated
    (32, True)
    >>> trial.load(trial.scans[0]).data.shape
    (60, 100)
    """
    atlas = simulated_atlas()
    people = enrol(spec)
    scans = tuple(scan for person in people for scan in _scans(person, atlas.name, spec))
    wired = tuple(pair for person in people for pair in _connectomes(person, atlas.name))
    return Trial(
        name="Simulated trial",
        participants=_participant_table(people),
        sessions=_session_table(people),
        scores=_score_table(people),
        tabulated=pd.DataFrame({column: [] for column in TABULATED_COLUMNS}),
        scans=(*(record for record, _ in scans), *(record for record, _ in wired)),
        atlases={atlas.name: atlas},
        scales={name: SCALES[name] for name in ("bdi", "wemwbs")},
        load=SimulatedScans(
            atlas,
            (spec.volumes, spec.repetition_time),
            spec.seed,
            {record.id: blueprint for record, blueprint in scans},
            {record.id: wiring for record, wiring in wired},
        ),
        simulated=True,
        truth=planted_truth(atlas, spec),
        adverse_events=_event_table(people, spec),
        maps=simulated_library(atlas),
    )


def simulate_population(spec: TrialSpec = DEMO, n: int = 400) -> Trial:
    """Simulate the same trial with many people and nothing missing.

    What the pipeline finds in it is the expected value of quantities that have no formula, such
    as the change in normalised modularity.

    Parameters
    ----------
    spec
        The trial.
    n
        People in each arm.

    Returns
    -------
    Trial
        As :func:`simulate_trial` gives it.

    Examples
    --------
    >>> len(simulate_population(n=50).scans)
    400
    """
    return simulate_trial(replace(spec, per_arm=n, gaps="none"))


def _connectomes(person: Person, atlas: str) -> list[tuple[ScanRecord, Wiring]]:
    """Give each session that was scanned a connectome."""
    made = []
    for number, session in ((0, SESSIONS[0]), (1, LAST_SESSION)):
        if not person.scanned[number]:
            continue
        stem = f"{person.id}_{session}_seg-{atlas}_meas-streamlines_relmat.tsv"
        path = Path(person.id) / session / "dwi" / stem
        record = ScanRecord(_opaque(stem), person.id, session, "", "", "connectome", atlas, path)
        made.append((record, Wiring(person.number, number)))
    return made


def _opaque(stem: str) -> str:
    return f"scan-{hashlib.sha256(stem.encode()).hexdigest()[:12]}"


def _scans(person: Person, atlas: str, spec: TrialSpec) -> list[tuple[ScanRecord, Blueprint]]:
    slopes = {arm.name: arm.receptor_slope for arm in spec.arms}
    made = []
    for number, session in ((0, SESSIONS[0]), (1, LAST_SESSION)):
        if not person.scanned[number]:
            continue
        stem = f"{person.id}_{session}_task-rest_seg-{atlas}_stat-mean_timeseries.tsv"
        path = Path(person.id) / session / "func" / stem
        record = ScanRecord(
            _opaque(stem), person.id, session, "", "", "bold", atlas, path, task="rest"
        )
        blueprint = Blueprint(
            person.number,
            number,
            person.integration[number],
            person.motion[number],
            person.silent[number],
            slopes[person.arm] if number else 0.0,
        )
        made.append((record, blueprint))
    return made


def _participant_table(people: tuple[Person, ...]) -> pd.DataFrame:
    rows = [
        (
            *(p.id, p.arm, p.age, p.sex, p.account.site, p.therapy, p.account.expectancy),
            *(p.account.alliance, p.account.experience, p.account.guess, p.account.confidence),
        )
        for p in people
    ]
    columns = ("participant_id", "arm", "age", "sex", "site", "therapy", "expectancy", "alliance")
    return pd.DataFrame(rows, columns=[*columns, "meq30", "guess", "guess_confidence"])


def _event_table(people: tuple[Person, ...], spec: TrialSpec) -> pd.DataFrame:
    arms = {arm.name: arm for arm in spec.arms}
    reports = [report_events(spec, arms[p.arm], p.id, p.number, p.attended) for p in people]
    return pd.DataFrame(
        [row for report in reports for row in report], columns=list(ADVERSE_EVENT_COLUMNS)
    )


def _session_table(people: tuple[Person, ...]) -> pd.DataFrame:
    rows = [
        (p.id, session, order, _PHASES[order], "", np.nan, "", "", _DAYS[order])
        for p in people
        for order, session in enumerate(SESSIONS[: p.attended])
    ]
    return pd.DataFrame(rows, columns=list(SESSION_COLUMNS))


def _score_table(people: tuple[Person, ...]) -> pd.DataFrame:
    rows = [
        (p.id, SESSIONS[score.session], score.scale, score.value, score.scale)
        for p in people
        for score in p.scores
    ]
    table = pd.DataFrame(rows, columns=list(SCORE_COLUMNS))
    return table.sort_values("table", kind="stable", ignore_index=True)
