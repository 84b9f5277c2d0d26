"""Values of many sites brought to one location and scale, as learned from some people alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rewire.numerics.estimates import BoolArray, FloatArray, IntArray

LEAST_PEOPLE = 3
"""Known values of a feature that a site needs in training for a location and scale of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class SiteScaling:
    """What training people say of their sites.

    Parameters
    ----------
    sites
        Sites that were seen, shape (sites,).
    location, scale
        Mean and standard deviation of each site, shape (sites, features); where a site is too
        small, those of everybody.
    mean, spread
        Mean over training people, and standard deviation within sites, shape (features,).
    """

    sites: IntArray
    location: FloatArray
    scale: FloatArray
    mean: FloatArray
    spread: FloatArray

    def applied(self, values: FloatArray, site: IntArray) -> tuple[FloatArray, BoolArray]:
        """Return harmonised values, and whose site was unknown and who is left as measured.

        Parameters
        ----------
        values
            Shape (people, features); NaN stays NaN.
        site
            Shape (people,).
        """
        harmonised = values.copy()
        unseen = ~np.isin(site, self.sites)
        for s, location, scale in zip(self.sites, self.location, self.scale, strict=True):
            rows = site == s
            harmonised[rows] = (values[rows] - location) / scale * self.spread + self.mean
        return harmonised, np.asarray(unseen, dtype=np.bool_)


def learn_sites(values: FloatArray, site: IntArray) -> SiteScaling:
    """Learn each site's location and scale.

    This is the location-and-scale adjustment that ComBat starts from (Johnson 2007,
    10.1093/biostatistics/kxj037), without its empirical Bayes step and without covariates: the
    outcome of a person to be predicted is not known, so it must not be protected either.

    Parameters
    ----------
    values
        Training people, shape (people, features); NaN where there is none.
    site
        Shape (people,).

    Examples
    --------
    >>> values = np.array([[0.0], [1.0], [2.0], [10.0], [11.0], [12.0]])
    >>> site = np.repeat([0, 1], 3)
    >>> learn_sites(values, site).applied(values, site)[0].ravel().tolist()
    [5.0, 6.0, 7.0, 5.0, 6.0, 7.0]
    """
    sites = np.unique(site)
    known = np.isfinite(values)
    count = known.sum(axis=0)
    mean = np.where(known, values, 0.0).sum(axis=0) / np.maximum(count, 1)
    location = np.tile(mean, (len(sites), 1))
    own = np.full((len(sites), values.shape[1]), np.nan)
    squares, freedom = np.zeros(values.shape[1]), np.zeros(values.shape[1])
    for i, s in enumerate(sites):
        rows, there = values[site == s], known[site == s]
        n = there.sum(axis=0)
        enough = n >= LEAST_PEOPLE
        centre = np.where(there, rows, 0.0).sum(axis=0) / np.maximum(n, 1)
        location[i] = np.where(enough, centre, mean)
        spread = np.where(there, (rows - centre) ** 2, 0.0).sum(axis=0)
        squares += spread
        freedom += np.maximum(n - 1, 0)
        own[i] = np.where(enough, np.sqrt(spread / np.maximum(n - 1, 1)), np.nan)
    within = np.sqrt(squares / np.maximum(freedom, 1))
    scale = np.where(np.isfinite(own) & (own > 1e-12 * np.abs(location)), own, within)
    return SiteScaling(sites, location, np.where(scale > 0.0, scale, 1.0), mean, within)
