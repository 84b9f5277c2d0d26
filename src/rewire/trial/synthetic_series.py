"""Series of a simulated scan: shared signals with known correlations and a resting spectrum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rewire.core.atlas import Atlas
from rewire.core.types import FloatArray
from rewire.trial.synthetic_maps import receptor_density

_WITHIN = 0.32
_AXIS = 0.10
_HOMOTOPIC = 0.04
_PERSONAL = 0.12
_PERSONAL_FACTORS = 10
_CORNER_HZ = 0.06
_CUT_HZ = 0.10
_TRANSMODALITY = {
    "Vis": -1.0,
    "SomMot": -0.8,
    "DorsAttn": -0.4,
    "SalVentAttn": 0.0,
    "Limbic": 0.6,
    "Cont": 0.5,
    "Default": 1.0,
}


@dataclass(frozen=True, slots=True, eq=False)
class Blueprint:
    """What the series of one scan are generated from; no series is held.

    Parameters
    ----------
    person
        Number of the person; with ``session`` it seeds the scan.
    session
        0 before and 1 after treatment.
    integration
        Correlation between regions of different networks that the whole-brain signal alone
        gives, on Fisher's z scale.
    motion
        Typical framewise displacement in mm.
    silent
        Index of a region that recorded nothing, or -1.
    receptor
        How much higher integration is in a region for each standard deviation of the planted
        receptor; its mean over regions stays.
    """

    person: int
    session: int
    integration: float
    motion: float
    silent: int = -1
    receptor: float = 0.0


def shared_loadings(atlas: Atlas, integration: float, receptor: float = 0.0) -> FloatArray:
    """Return how strongly each region follows each signal that everybody's brain has.

    The signals are one of the whole brain, one axis from sensory to association networks, one a
    network and one a left-right pair. Raising ``integration`` moves variance from the networks'
    own signals to the whole brain's: correlation between networks rises and that within them
    stays.

    Parameters
    ----------
    atlas
        The simulated atlas: left regions first, right ones mirrored.
    integration, receptor
        As in :class:`Blueprint`.

    Returns
    -------
    FloatArray
        Shape (regions, signals); the correlation of two regions is the product of their rows.
    """
    n = len(atlas)
    level = np.full((n, 1), integration)
    if receptor:
        level = level + receptor * receptor_density(atlas)[:, None]
    between = np.clip(np.tanh(level), 0.0, _WITHIN - 0.02)
    networks = np.array(atlas.network)
    whole = np.sqrt(between)
    axis = _AXIS * np.array([[_TRANSMODALITY[name]] for name in atlas.network])
    own = np.sqrt(_WITHIN - between) * (networks[:, None] == np.array(atlas.networks)[None, :])
    pair = np.sqrt(_HOMOTOPIC) * np.tile(np.eye(n // 2), (2, 1))
    return np.hstack([whole, axis, own, pair])


def between_network_z(atlas: Atlas, integration: FloatArray, receptor: float = 0.0) -> FloatArray:
    """Return the mean Fisher z over pairs of regions in different networks.

    Personal signals, whose loadings have mean zero, are left out.

    Parameters
    ----------
    atlas
        The simulated atlas.
    integration
        Values as in :class:`Blueprint`; shape (k,).
    receptor
        As in :class:`Blueprint`.

    Returns
    -------
    FloatArray
        Shape (k,), Fisher z.
    """
    networks = np.array(atlas.network)
    apart = networks[:, None] != networks[None, :]
    means = []
    for value in integration.ravel().tolist():
        loadings = shared_loadings(atlas, value, receptor)
        means.append(np.arctanh((loadings @ loadings.T)[apart]).mean())
    return np.array(means).reshape(integration.shape)


def regional_z(atlas: Atlas, integration: float, receptor: float = 0.0) -> FloatArray:
    """Return each region's mean Fisher z with all others, personal signals left out.

    Parameters
    ----------
    atlas
        The simulated atlas.
    integration, receptor
        As in :class:`Blueprint`.

    Returns
    -------
    FloatArray
        Shape (regions,).
    """
    loadings = shared_loadings(atlas, integration, receptor)
    r = loadings @ loadings.T
    np.fill_diagonal(r, 0.0)
    return np.asarray(np.arctanh(r).sum(axis=1) / (len(atlas) - 1))


def band_limited(
    volumes: int, signals: int, repetition_time: float, rng: np.random.Generator
) -> FloatArray:
    """Return independent Gaussian signals with the spectrum of a filtered resting scan.

    Power falls above 0.06 Hz as that of a first-order process does, and is cut to a tenth above
    0.1 Hz and to nothing below one cycle in the double length that is generated, of which the
    first half is kept so that the end does not wrap round to the start.

    Parameters
    ----------
    volumes, signals
        Shape of the result.
    repetition_time
        Seconds between volumes.
    rng
        Source of randomness.

    Returns
    -------
    FloatArray
        Shape (volumes, signals), expected mean 0 and variance 1.

    Examples
    --------
    >>> x = band_limited(240, 3, 2.0, np.random.default_rng(0))
    >>> x.shape, bool(abs(x.std() - 1) < 0.1)
    ((240, 3), True)
    """
    length = 2 * volumes
    frequency = np.fft.rfftfreq(length, repetition_time)
    power = 1.0 / (1.0 + (frequency / _CORNER_HZ) ** 2)
    power[frequency > _CUT_HZ] *= 0.1
    power[0] = 0.0
    power /= 2.0 * power.sum()
    shape = (len(frequency), signals)
    phases = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    spectrum = length * np.sqrt(power / 2.0)[:, None] * phases
    return np.asarray(np.fft.irfft(spectrum, length, axis=0)[:volumes])


def simulate_series(
    atlas: Atlas, blueprint: Blueprint, shape: tuple[int, float], seed: int
) -> FloatArray:
    """Return the series of one scan.

    Parameters
    ----------
    atlas
        The simulated atlas.
    blueprint
        What to generate.
    shape
        Number of volumes and seconds between them.
    seed
        Seed of the trial.

    Returns
    -------
    FloatArray
        Shape (volumes, regions), percent signal change; a silent region is 0 throughout.
    """
    person = np.random.default_rng([seed, 3, blueprint.person])
    scan = np.random.default_rng([seed, 5, blueprint.person, blueprint.session])
    personal = _PERSONAL * person.standard_normal((len(atlas), _PERSONAL_FACTORS))
    amplitude = np.exp(0.25 * person.standard_normal(len(atlas)))
    loadings = np.hstack(
        [shared_loadings(atlas, blueprint.integration, blueprint.receptor), personal]
    )
    unique = np.sqrt(np.clip(1.0 - (loadings**2).sum(axis=1), 0.05, None))
    volumes, repetition_time = shape
    signals = band_limited(volumes, loadings.shape[1] + len(atlas), repetition_time, scan)
    shared, own = np.hsplit(signals, [loadings.shape[1]])
    series = amplitude * (shared @ loadings.T + unique * own)
    if blueprint.silent >= 0:
        series[:, blueprint.silent] = 0.0
    return np.asarray(series, dtype=np.float64)


def simulate_motion(blueprint: Blueprint, volumes: int, seed: int) -> FloatArray:
    """Return framewise displacement in mm, shape (volumes,); NaN at the first volume.

    Displacement wanders about the person's typical value and jumps at rare moments. It does not
    touch the series: what a report says about motion in a simulated trial is a description.

    Parameters
    ----------
    blueprint
        What to generate.
    volumes
        Length.
    seed
        Seed of the trial.
    """
    rng = np.random.default_rng([seed, 7, blueprint.person, blueprint.session])
    wander = band_limited(volumes, 1, 2.0, rng)[:, 0]
    jumps = (rng.random(volumes) < 0.01) * rng.exponential(0.6, volumes)
    displacement = blueprint.motion * np.exp(0.35 * wander) + jumps
    displacement[0] = np.nan
    return np.asarray(displacement, dtype=np.float64)
