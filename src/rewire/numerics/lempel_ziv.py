"""Lempel-Ziv complexity: in how few new words a sequence of symbols can be written."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.signal import hilbert

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Binarisation = Literal["amplitude", "mean"]


def binarise(series: FloatArray, rule: Binarisation = "amplitude") -> IntArray:
    """Turn each region's series into zeros and ones.

    Parameters
    ----------
    series
        Float64, shape (volumes, regions), finite, in any unit.
    rule
        ``amplitude``: 1 where the instantaneous amplitude (modulus of the analytic signal of the
        centred series) is above its mean; ``mean``: 1 where the series is above its mean.

    Returns
    -------
    NDArray of int64
        Shape (volumes, regions).

    Raises
    ------
    ValueError
        If there is no such rule.

    Notes
    -----
    The amplitude as in Schartner et al. 2015 (10.1371/journal.pone.0133532).

    Examples
    --------
    >>> binarise(np.array([[1.0], [2.0], [6.0]]), "mean").ravel().tolist()
    [0, 0, 1]
    """
    values = np.asarray(series, dtype=np.float64)
    values = values - values.mean(axis=0)
    if rule == "amplitude":
        values = np.abs(hilbert(values, axis=0))
        values = values - values.mean(axis=0)
    elif rule != "mean":
        raise ValueError(f"binarisation '{rule}' is unknown; there are 'amplitude' and 'mean'")
    return np.asarray(values > 0.0, dtype=np.int64)


def count_words(sequences: IntArray) -> IntArray:
    """Count the words of each sequence.

    Parameters
    ----------
    sequences
        Symbols from 0, int64, shape (sequences, length).

    Returns
    -------
    NDArray of int64
        Shape (sequences,): components of the exhaustive history, an unfinished last one included.

    Raises
    ------
    ValueError
        If a symbol is negative.

    Notes
    -----
    Lempel and Ziv 1976 (10.1109/TIT.1976.1055501): a word ends with the first symbol that makes
    it differ from everything that began before it; it may overlap what it copies. The longest end
    of the sequence so far that occurred before is read off a suffix automaton (Blumer et al. 1985,
    10.1016/0304-3975(85)90157-4), so that time grows with the length and not with its square.

    Examples
    --------
    >>> text = [[int(s) for s in "0001101001000101"]]  # 0 001 10 100 1000 101
    >>> count_words(np.array(text)).tolist()
    [6]
    """
    symbols = np.ascontiguousarray(sequences, dtype=np.int64)
    if symbols.size and symbols.min() < 0:
        raise ValueError("symbols are numbers from 0")
    counts = np.zeros(len(symbols), dtype=np.int64)
    if symbols.size:
        _count(symbols, int(symbols.max()) + 1, counts)
    return counts


def lempel_ziv_limit(length: int, entropy: float = 1.0) -> float:
    """Return how many words a long random sequence has.

    Parameters
    ----------
    length
        Number of symbols.
    entropy
        Of one symbol, bits.

    Returns
    -------
    float
        ``entropy * length / log2(length)``, which the count over its limit approaches slowly and
        from above; NaN for fewer than two symbols.

    Examples
    --------
    >>> lempel_ziv_limit(16)
    4.0
    """
    return entropy * length / float(np.log2(length)) if length > 1 else float("nan")


@njit(cache=True)
def _extend(symbol, end, used, following, link, longest):  # type: ignore[no-untyped-def]
    """Append a symbol to the automaton; return the state of the whole and the states in use."""
    new = used
    used += 1
    longest[new] = longest[end] + 1
    following[new, :] = -1
    at = end
    while at != -1 and following[at, symbol] == -1:
        following[at, symbol] = new
        at = link[at]
    if at == -1:
        link[new] = 0
        return new, used
    target = following[at, symbol]
    if longest[target] == longest[at] + 1:
        link[new] = target
        return new, used
    clone = used
    used += 1
    longest[clone] = longest[at] + 1
    following[clone, :] = following[target, :]
    link[clone] = link[target]
    while at != -1 and following[at, symbol] == target:
        following[at, symbol] = clone
        at = link[at]
    link[target] = clone
    link[new] = clone
    return new, used


@njit(cache=True)
def _count(sequences, alphabet, counts):  # type: ignore[no-untyped-def]
    length = sequences.shape[1]
    following = np.empty((2 * length + 1, alphabet), np.int32)
    link = np.empty(2 * length + 1, np.int32)
    longest = np.empty(2 * length + 1, np.int32)
    for row in range(sequences.shape[0]):
        following[0, :] = -1
        link[0] = -1
        longest[0] = 0
        end, used, start, words = 0, 1, 0, 0
        for i in range(length):
            end, used = _extend(sequences[row, i], end, used, following, link, longest)
            # the link leads to the longest end of the sequence that also ends earlier
            if longest[link[end]] < i - start + 1:
                words += 1
                start = i + 1
        counts[row] = words + (1 if start < length else 0)
