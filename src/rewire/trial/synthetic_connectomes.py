"""Connectomes of a simulated trial: streamline weights and fibre lengths that treatment spares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rewire.core.atlas import Atlas
from rewire.core.types import FloatArray

DENSITY = 0.25
"""Share of all pairs of regions that streamlines connect."""

_SEED = 6561
_REACH_MM = 20.0
_WITHIN = 0.7
_ANATOMY = 0.5
_PERSON = 0.35
_SESSION = 0.12
_TYPICAL = 3000.0
_DETOUR = (1.1, 1.5)


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the connectome of one session is generated from; no weights are held.

    Parameters
    ----------
    person
        Number of the person; with ``session`` it seeds the noise.
    session
        0 before and 1 after treatment.
    """

    person: int
    session: int


def shared_wiring(atlas: Atlas) -> FloatArray:
    """Return the wiring that everybody shares, the same in every simulated trial.

    Parameters
    ----------
    atlas
        The simulated atlas.

    Returns
    -------
    FloatArray
        Natural logarithm of the weights before anybody's own noise, shape (regions, regions):
        symmetric, falls with the distance between regions, higher within networks, with a part
        that neither explains; minus infinity on the diagonal.

    Examples
    --------
    >>> from rewire.trial.synthetic_atlas import simulated_atlas
    >>> wiring = shared_wiring(simulated_atlas())
    >>> bool(np.array_equal(wiring, wiring.T)), float(wiring[0, 0])
    (True, -inf)
    """
    apart = _distance(atlas)
    network = np.array(atlas.network)
    together = network[:, None] == network[None, :]
    rng = np.random.default_rng([_SEED, 1])
    level = _WITHIN * together - apart / _REACH_MM + _ANATOMY * _noise(len(atlas), rng)
    np.fill_diagonal(level, -np.inf)
    return np.asarray(level)


def simulate_connectome(atlas: Atlas, wiring: Wiring, seed: int) -> tuple[FloatArray, FloatArray]:
    """Return the weights and fibre lengths of one session.

    The noise multiplies: most of it is the person's own, in every session the same; the rest is
    the session's. Nothing differs between before and after treatment, or between arms.

    Parameters
    ----------
    atlas
        The simulated atlas.
    wiring
        Whose connectome.
    seed
        Seed of the trial.

    Returns
    -------
    weights
        Streamline counts, shape (regions, regions): symmetric, whole numbers, 0 on the diagonal and
        where no streamline connects, which is outside the strongest quarter of all pairs.
    lengths
        Mean length of the fibres in mm, same shape; NaN where there is none.

    Examples
    --------
    >>> from rewire.trial.synthetic_atlas import simulated_atlas
    >>> weights, lengths = simulate_connectome(simulated_atlas(), Wiring(1, 0), 4)
    >>> int((weights > 0).sum() / 2), bool(((lengths > 0) == (weights > 0)).all())  # of 4950
    (1238, True)
    """
    n = len(atlas)
    person = np.random.default_rng([seed, 31, wiring.person])
    session = np.random.default_rng([seed, 37, wiring.person, wiring.session])
    own = _PERSON * _noise(n, person)
    level = shared_wiring(atlas) + own + _SESSION * _noise(n, session)
    upper = np.triu_indices(n, 1)
    count = round(DENSITY * len(upper[0]))
    wired = level >= np.sort(level[upper])[-count]
    weights = np.where(wired, np.ceil(_TYPICAL * np.exp(np.where(wired, level, 0.0))), 0.0)
    low, high = _DETOUR
    detour = low + (high - low) * (0.5 + 0.5 * np.tanh(_noise(n, person)))
    return weights, np.where(wired, detour * _distance(atlas), np.nan)


def _distance(atlas: Atlas) -> FloatArray:
    return np.asarray(np.linalg.norm(atlas.centroid[:, None] - atlas.centroid[None], axis=2))


def _noise(n: int, rng: np.random.Generator) -> FloatArray:
    """Draw a symmetric matrix of standard normal numbers."""
    upper = np.triu(rng.standard_normal((n, n)), 1)
    return np.asarray(upper + upper.T)
