"""The compiled passes over many relabelled statistics, in one file as numba's cache needs it."""

from __future__ import annotations

import numpy as np
from numba import njit

_LANES = 32
_GROUPS = 12
_FULL = 32_000.0

SUM_UNIT = 1 / _FULL
"""The fixed point of :func:`largest_sums`."""

MOST_PEOPLE = 96
"""People above which :func:`largest_sums` would need tables that no cache holds."""

SUM_ERROR = (_GROUPS + 1) / 2 / _FULL
"""How far :func:`largest_sums` is from the true largest at most: half a unit a table."""


@njit(cache=True)
def pack_orders(orders, high, size, codes):  # type: ignore[no-untyped-def]
    """Write who of each group is handed the high level, as the place of their sum in the tables."""
    count, people = orders.shape
    for b in range(count):
        for g in range(_GROUPS):
            code = 0
            for i in range(min(size, people - g * size)):
                code |= high[orders[b, g * size + i]] << i
            codes[b, g] = ((g << size) + code) * _LANES


@njit(cache=True)
def pack_flips(flips, size, codes):  # type: ignore[no-untyped-def]
    """Write who of each group keeps the sign, as the place of their sum in the tables."""
    count, people = flips.shape
    for b in range(count):
        for g in range(_GROUPS):
            code = 0
            for i in range(min(size, people - g * size)):
                code |= (flips[b, g * size + i] > 0) << i
            codes[b, g] = ((g << size) + code) * _LANES


@njit(cache=True)
def _fill_tables(columns, levels, size, sums, table):  # type: ignore[no-untyped-def]
    """Write the sum of every choice among the people of a group, as 16-bit fixed point."""
    people, lanes = columns.shape
    low, step = levels[0] * _FULL, (levels[1] - levels[0]) * _FULL
    for g in range(_GROUPS):
        inside = max(0, min(size, people - g * size))
        for j in range(_LANES):
            sums[j] = 0.0
        for i in range(g * size, g * size + inside):
            for j in range(lanes):
                sums[j] += low * columns[i, j]
        for i in range(inside):
            half = 1 << i
            for p in range(half):
                for j in range(lanes):
                    more = step * columns[g * size + i, j]
                    sums[(half + p) * _LANES + j] = sums[p * _LANES + j] + more
        base = (g << size) * _LANES
        for q in range((1 << inside) * _LANES):
            table[base + q] = np.int16(np.int32(np.floor(sums[q] + 0.5)))


@njit(cache=True)
def _largest_of_tile(t, codes, out):  # type: ignore[no-untyped-def]
    """Add up twelve tables for each relabelling and keep the largest size.

    Written out, with no store inside the loop over lanes, so that a processor does all lanes
    at once.
    """
    short = np.int16
    for b in range(codes.shape[0]):
        c = codes[b]
        c0, c1, c2, c3 = np.intp(c[0]), np.intp(c[1]), np.intp(c[2]), np.intp(c[3])
        c4, c5, c6, c7 = np.intp(c[4]), np.intp(c[5]), np.intp(c[6]), np.intp(c[7])
        c8, c9, ca, cb = np.intp(c[8]), np.intp(c[9]), np.intp(c[10]), np.intp(c[11])
        most = short(0)
        for j in range(_LANES):
            s = short(short(t[c0 + j] + t[c1 + j]) + short(t[c2 + j] + t[c3 + j]))
            u = short(short(t[c4 + j] + t[c5 + j]) + short(t[c6 + j] + t[c7 + j]))
            v = short(short(t[c8 + j] + t[c9 + j]) + short(t[ca + j] + t[cb + j]))
            s = short(short(s + u) + v)
            most = max(most, max(s, short(-s)))
        out[b] = most


@njit(cache=True)
def largest_sums(columns, levels, codes, size, table):  # type: ignore[no-untyped-def]
    """Return the largest size, of each 32 columns, of sums in which people have one of two levels.

    The sums of all choices among ``size`` people are tabulated for twelve groups of people, so
    that a relabelling costs twelve additions a cell and not one multiplication a person (the
    method of Arlazarov, Dinic, Kronrod and Faradzev 1970). Columns and levels are such that no
    sum passes 1 in size; the result, of shape (columns / 32, relabellings) and in units of
    ``SUM_UNIT``, is within ``SUM_ERROR``.
    """
    cells = columns.shape[1]
    sums = np.zeros((1 << size) * _LANES)
    most = np.empty(((cells + _LANES - 1) // _LANES, codes.shape[0]), dtype=np.int16)
    for start in range(0, cells, _LANES):
        lanes = min(_LANES, cells - start)
        if lanes < _LANES:
            sums[:] = 0.0
        _fill_tables(columns[:, start : start + lanes], levels, size, sums, table)
        _largest_of_tile(table, codes, most[start // _LANES])
    return most


@njit(cache=True)
def settle_sums(columns, given, most, found):  # type: ignore[no-untyped-def]
    """Write the largest sums in double precision, from the columns that may hold them.

    ``given`` is what each person counts, shape (relabellings, people), and ``most`` is from
    :func:`largest_sums`; no other columns can hold the largest than those within twice its error.
    """
    sums = np.empty(_LANES)
    for b in range(given.shape[0]):
        least = most[:, b].max() - 2 * np.int64(np.ceil(SUM_ERROR * _FULL))
        found[b] = 0.0
        for tile in range(most.shape[0]):
            if most[tile, b] < least:
                continue
            start = tile * _LANES
            lanes = min(_LANES, columns.shape[1] - start)
            sums[:] = 0.0
            for i in range(given.shape[1]):
                for j in range(lanes):
                    sums[j] += given[b, i] * columns[i, start + j]
            for j in range(lanes):
                found[b] = max(found[b], abs(sums[j]))


@njit(cache=True)
def largest_sizes(products, out, left):  # type: ignore[no-untyped-def]
    """Write the largest size of each row of the first product over the root of what is left.

    ``products`` has shape (1 + covariates, rows, cells); what is left is 1 less the squares of
    the products with the covariates, and the smallest of it in each row goes to ``left``.
    """
    one, tiny = np.float32(1.0), np.float32(1e-6)
    count, cells = products.shape[1], products.shape[2]
    rest = np.empty(cells, dtype=np.float32)
    for b in range(count):
        for c in range(cells):
            rest[c] = one
        for k in range(1, products.shape[0]):
            for c in range(cells):
                rest[c] -= products[k, b, c] * products[k, b, c]
        least, most = one, np.float32(0.0)
        for c in range(cells):
            least = min(least, rest[c])
            most = max(most, products[0, b, c] * products[0, b, c] / max(rest[c], tiny))
        out[b] = np.sqrt(most)
        left[b] = least


@njit(cache=True)
def count_sizes(r, bound, beyond, out):  # type: ignore[no-untyped-def]
    """Count where |r| reaches the bound of its cell, and write the largest |r| of each row."""
    for b in range(r.shape[0]):
        for c in range(r.shape[1]):
            beyond[c] += abs(r[b, c]) >= bound[c]
        most = 0.0
        for c in range(r.shape[1]):
            most = max(most, abs(r[b, c]))
        out[b] = most


@njit(cache=True)
def scale_products(product, lost):  # type: ignore[no-untyped-def]
    """Divide products by the root of what is left, in place; 0 where nothing is."""
    for b in range(product.shape[0]):
        for c in range(product.shape[1]):
            left = 1.0 - lost[b, c]
            scaled = product[b, c] / np.sqrt(max(left, 1e-12))
            product[b, c] = min(max(scaled, -1.0), 1.0) if left > 1e-12 else 0.0
