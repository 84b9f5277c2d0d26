"""The compiled part of :mod:`rewire.numerics.dynamic_correlation`."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

_FLOOR = 1e-12
_BATCH = 16
_EVALUATIONS = 600


@njit(cache=True)
def _unpack(x, p):  # type: ignore[no-untyped-def]
    """Turn three free numbers into omega, alpha and beta."""
    total = 1.0 / (1.0 + math.exp(-x[0]))
    share = 1.0 / (1.0 + math.exp(-x[1]))
    p[0] = math.exp(x[2])
    p[1] = total * share
    p[2] = total * (1.0 - share)


@njit(cache=True)
def _variance_cost(e, x, p):  # type: ignore[no-untyped-def]
    """Return twice the negative log-likelihood of a series of unit variance."""
    if abs(x[0]) > 30.0 or abs(x[1]) > 30.0 or abs(x[2]) > 60.0:
        return np.inf
    _unpack(x, p)
    h = 1.0
    cost = 0.0
    product = 1.0
    for t in range(e.size):
        squared = e[t] * e[t]
        product *= h
        if product > 1e100 or product < 1e-100:
            cost += math.log(product)
            product = 1.0
        cost += squared / h
        h = p[0] + p[1] * squared + p[2] * h
    return cost + math.log(product)


@njit(cache=True)
def _ordered(simplex, costs):  # type: ignore[no-untyped-def]
    order = np.argsort(costs)
    simplex[:] = simplex[order]
    costs[:] = costs[order]


@njit(cache=True)
def _descend(e, simplex, costs, p):  # type: ignore[no-untyped-def]
    """Move a simplex downhill until it has shrunk (Nelder and Mead 1965)."""
    n = simplex.shape[1]
    for _ in range(_EVALUATIONS):
        _ordered(simplex, costs)
        width = np.abs(simplex[1:] - simplex[0]).max()
        if costs[n] - costs[0] < 1e-9 and (width < 1e-4 or costs[n] == costs[0]):
            break
        middle = np.zeros(n)
        for k in range(n):
            middle += simplex[k] / n
        trial = 2.0 * middle - simplex[n]
        cost = _variance_cost(e, trial, p)
        if cost < costs[0]:
            further = 3.0 * middle - 2.0 * simplex[n]
            beyond = _variance_cost(e, further, p)
            if beyond < cost:
                trial, cost = further, beyond
        elif cost >= costs[n - 1]:
            inside = cost >= costs[n]
            trial = 0.5 * (middle + simplex[n]) if inside else 0.5 * (middle + trial)
            limit = costs[n] if inside else cost
            cost = _variance_cost(e, trial, p)
            if cost >= limit:
                for k in range(1, n + 1):
                    simplex[k] = 0.5 * (simplex[0] + simplex[k])
                    costs[k] = _variance_cost(e, simplex[k], p)
                continue
        simplex[n] = trial
        costs[n] = cost
    _ordered(simplex, costs)


@njit(cache=True)
def _fit_variance(e, p):  # type: ignore[no-untyped-def]
    """Fit one series from the two best of nine starts; leave the parameters in p."""
    starts = np.empty((9, 3))
    values = np.empty(9)
    row = 0
    for alpha in (0.05, 0.2, 0.6):
        for left in (0.1, 0.5, 0.9):
            beta = (1.0 - alpha) * left
            total = alpha + beta
            starts[row, 0] = math.log(total / (1.0 - total))
            starts[row, 1] = math.log(alpha / beta)
            starts[row, 2] = math.log(1.0 - total)
            values[row] = _variance_cost(e, starts[row], p)
            row += 1
    order = np.argsort(values)
    best = np.zeros(3)
    lowest = np.inf
    simplex = np.empty((4, 3))
    costs = np.empty(4)
    for start in order[:2]:
        for k in range(4):
            simplex[k] = starts[start]
            if k > 0:
                simplex[k, k - 1] += 0.5
            costs[k] = _variance_cost(e, simplex[k], p)
        _descend(e, simplex, costs, p)
        if costs[0] < lowest:
            lowest = costs[0]
            best[:] = simplex[0]
    _unpack(best, p)


@njit(cache=True)
def fit_variances(series):  # type: ignore[no-untyped-def]
    """Return omega, alpha and beta of each row and its conditional variances."""
    rows, volumes = series.shape
    parameters = np.empty((rows, 3))
    h = np.empty((rows, volumes))
    for i in range(rows):
        _fit_variance(series[i], parameters[i])
        current = 1.0
        for t in range(volumes):
            h[i, t] = current
            current = (
                parameters[i, 0]
                + parameters[i, 1] * series[i, t] * series[i, t]
                + parameters[i, 2] * current
            )
    return parameters, h


@njit(cache=True)
def _scales(u, target, a, b):  # type: ignore[no-untyped-def]
    """Return 1 / sqrt(q_ii) at every volume."""
    scale = np.empty_like(u)
    q = np.diag(target).copy()
    for t in range(u.shape[0]):
        for i in range(u.shape[1]):
            scale[t, i] = 1.0 / math.sqrt(q[i])
            q[i] = (1.0 - a - b) * target[i, i] + a * u[t, i] * u[t, i] + b * q[i]
    return scale


@njit(cache=True, fastmath={"contract", "reassoc", "nsz", "arcp"})
def composite_cost(u, target, counts, a, b):  # type: ignore[no-untyped-def]
    """Return the sum over pairs of the negative log-likelihood, less that without correlation."""
    volumes, regions = u.shape
    scale = _scales(u, target, a, b)
    q = np.empty(regions)
    product = np.empty(regions)
    cost = np.empty(regions)
    whole = 0.0
    for i in range(regions - 1):
        q[:] = target[i]
        cost[:] = 0.0
        product[:] = 1.0
        for t in range(volumes):
            own, size = u[t, i], scale[t, i]
            for j in range(i + 1, regions):
                other = u[t, j]
                r = q[j] * size * scale[t, j]
                left = max(1.0 - r * r, _FLOOR)
                squares = own * own + other * other
                cross = own * other
                product[j] *= left
                cost[j] += (squares - 2.0 * r * cross) / left - squares
                q[j] = (1.0 - a - b) * target[i, j] + a * cross + b * q[j]
            if (t + 1) % _BATCH == 0 or t == volumes - 1:
                for j in range(i + 1, regions):
                    cost[j] += math.log(product[j])
                    product[j] = 1.0
        for j in range(i + 1, regions):
            whole += cost[j] if counts[i, j] else 0.0
    return 0.5 * whole


@njit(cache=True, fastmath={"contract", "reassoc", "nsz", "arcp"})
def path_moments(u, target, a, b):  # type: ignore[no-untyped-def]
    """Return mean and variance over volumes of every pair's conditional correlation."""
    volumes, regions = u.shape
    scale = _scales(u, target, a, b)
    mean = np.ones((regions, regions))
    variance = np.zeros((regions, regions))
    q = np.empty(regions)
    total = np.empty(regions)
    squares = np.empty(regions)
    for i in range(regions - 1):
        q[:] = target[i]
        total[:] = 0.0
        squares[:] = 0.0
        for t in range(volumes):
            own, size = u[t, i], scale[t, i]
            for j in range(i + 1, regions):
                first = target[i, j] * scale[0, i] * scale[0, j]
                apart = q[j] * size * scale[t, j] - first
                total[j] += apart
                squares[j] += apart * apart
                q[j] = (1.0 - a - b) * target[i, j] + a * own * u[t, j] + b * q[j]
        for j in range(i + 1, regions):
            shift = total[j] / volumes
            mean[i, j] = target[i, j] * scale[0, i] * scale[0, j] + shift
            mean[j, i] = mean[i, j]
            variance[i, j] = max(squares[j] / volumes - shift * shift, 0.0)
            variance[j, i] = variance[i, j]
    return mean, variance
