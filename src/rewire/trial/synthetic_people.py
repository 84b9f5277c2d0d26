"""The people of a simulated trial: their networks, their symptoms and what was not recorded."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rewire.core.scales import SCALES
from rewire.core.types import FloatArray
from rewire.trial.synthetic_accounts import Account, give_account
from rewire.trial.synthetic_spec import BDI, THERAPIES, WEMWBS, ArmSpec, ScoreModel, TrialSpec

_MOTION_MM = 0.13
_RESTLESS_MM = 0.55


@dataclass(frozen=True, slots=True)
class Score:
    """One filled-in questionnaire: ``session`` counts the trial's sessions from 0."""

    scale: str
    session: int
    value: float


@dataclass(frozen=True, slots=True)
class Person:
    """A person as the simulation knows them; pairs are before and after treatment.

    Parameters
    ----------
    number, id, arm, age, sex
        Who they are; ``number`` seeds their scans.
    integration
        Network integration, Fisher z.
    motion
        Typical framewise displacement, mm.
    scores
        What they filled in.
    attended
        How many of the trial's sessions they came to.
    scanned
        Whether a scan was made.
    therapy
        Which psychotherapy they had beside the drug.
    account
        What they brought, went through and guessed.
    silent
        A region that recorded nothing, or -1.
    """

    number: int
    id: str
    arm: str
    age: float
    sex: str
    integration: tuple[float, float]
    motion: tuple[float, float]
    scores: tuple[Score, ...]
    therapy: str
    account: Account
    attended: int = 4
    scanned: tuple[bool, bool] = (True, True)
    silent: tuple[int, int] = (-1, -1)


def enrol(spec: TrialSpec) -> tuple[Person, ...]:
    """Draw everybody in a trial.

    Parameters
    ----------
    spec
        The trial.

    Returns
    -------
    tuple of Person
        In the order of their identifiers; arms are in random order.

    Examples
    --------
    >>> people = enrol(TrialSpec(per_arm=2, gaps="none"))
    >>> sorted(p.arm for p in people)
    ['escitalopram', 'escitalopram', 'psilocybin', 'psilocybin']
    """
    order = np.random.default_rng([spec.seed, 11]).permutation(len(spec.arms) * spec.per_arm)
    width = max(2, len(str(len(order))))
    slots = order.tolist()
    therapies = _allot_therapies(spec, slots)
    people = tuple(
        _draw(spec, spec.arms[slot % len(spec.arms)], number, width, therapies[number])
        for number, slot in enumerate(slots, start=1)
    )
    return _with_gaps(spec, people) if spec.gaps == "some" else people


def _allot_therapies(spec: TrialSpec, slots: list[int]) -> dict[int, int]:
    """Give each half of each arm one of the therapies, by number of the person."""
    rng = np.random.default_rng([spec.seed, 19])
    found: dict[int, int] = {}
    for arm in range(len(spec.arms)):
        members = [n for n, slot in enumerate(slots, start=1) if slot % len(spec.arms) == arm]
        for place, n in enumerate(rng.permutation(members).tolist()):
            found[n] = place % len(THERAPIES)
    return found


def _draw(spec: TrialSpec, arm: ArmSpec, number: int, width: int, therapy: int) -> Person:
    rng = np.random.default_rng([spec.seed, 13, number])
    trait, state, symptom = rng.standard_normal(3)
    spread = spec.integration_spread
    # The same distribution before and after, apart from the planted shift of the mean.
    before = spread * trait
    after = arm.integration_change + spread * (
        arm.retest * trait + np.sqrt(1.0 - arm.retest**2) * state
    )
    shift = after - before - arm.integration_change
    rise = shift / (spread * np.sqrt(2.0 * (1.0 - arm.retest)))
    fall = arm.coupling * rise + np.sqrt(1.0 - arm.coupling**2) * symptom
    added = arm.therapy_effect * (1.0 if therapy == 0 else -1.0)
    # What the therapy explains comes out of what nothing explained: spread and coupling stay.
    change = arm.bdi_change + BDI.change_spread * (arm.coupling * rise + arm.left * symptom) + added
    well = -0.7 * fall + np.sqrt(1.0 - 0.7**2) * rng.standard_normal()
    motion = _MOTION_MM * np.exp(0.3 * rng.standard_normal() + 0.15 * rng.standard_normal(2))
    level = spec.baseline_integration
    return Person(
        number,
        f"sub-{number:0{width}d}",
        arm.name,
        float(np.clip(np.round(rng.normal(41.0, 11.0)), 21, 64)),
        str(rng.choice(["F", "M"])),
        (float(level + before), float(level + after)),
        (float(motion[0]), float(motion[1])),
        (
            *_fill_in(BDI, change, (*arm.early, 1.0), rng),
            *_fill_in(WEMWBS, arm.wemwbs_change + WEMWBS.change_spread * well, (1.0,), rng),
        ),
        THERAPIES[therapy],
        give_account(spec, arm, number, symptom, float(change)),
    )


def _fill_in(
    model: ScoreModel, change: float, shares: tuple[float, ...], rng: np.random.Generator
) -> tuple[Score, ...]:
    """Record a true score at the first session and at the last ones, as many as there are."""
    scale = SCALES[model.scale]
    course: FloatArray = np.array([0.0, *shares]) * change
    true = rng.normal(model.mean, model.spread) + course
    recorded = np.clip(np.round(rng.normal(true, model.error)), scale.low, scale.high)
    sessions = (0, *range(4 - len(shares), 4))
    return tuple(
        Score(model.scale, session, value)
        for session, value in zip(sessions, recorded.tolist(), strict=True)
    )


def _with_gaps(spec: TrialSpec, people: tuple[Person, ...]) -> tuple[Person, ...]:
    """Let each of seven mishaps, arms taking turns, befall somebody else."""
    rng = np.random.default_rng([spec.seed, 17])
    arms = [[p.number for p in people if p.arm == arm.name] for arm in spec.arms]
    queue = [
        n for pair in zip(*(rng.permutation(a).tolist() for a in arms), strict=True) for n in pair
    ]
    befallen = dict(zip(queue, _MISHAPS, strict=False))
    return tuple(_befall(p, befallen.get(p.number, "")) for p in people)


_MISHAPS = (
    "dropped out",
    "dropped out",
    "last scan lost",
    "first scan lost",
    "region silent",
    "moved",
    "questionnaire lost",
)


def _befall(person: Person, mishap: str) -> Person:
    match mishap:
        case "dropped out":
            kept = tuple(s for s in person.scores if s.session < 2)
            unasked = replace(person.account, guess="", confidence=np.nan)
            return replace(person, attended=2, scanned=(True, False), scores=kept, account=unasked)
        case "last scan lost":
            return replace(person, scanned=(True, False))
        case "first scan lost":
            return replace(person, scanned=(False, True))
        case "region silent":
            return replace(person, silent=(-1, 17))
        case "moved":
            return replace(person, motion=(person.motion[0], _RESTLESS_MM))
        case "questionnaire lost":
            kept = tuple(s for s in person.scores if s.session != 2)
            return replace(person, scores=kept)
        case _:
            return person
