"""Lempel-Ziv complexity against counts made by hand and by searching the text."""

from __future__ import annotations

import numpy as np
import pytest

from rewire.numerics.lempel_ziv import binarise, count_words, lempel_ziv_limit


def _by_search(symbols: list[int]) -> int:
    """Count words as the definition reads: extend one while it occurs in what precedes its end."""
    text = "".join(chr(97 + s) for s in symbols)
    words, start = 0, 0
    while start < len(text):
        end = start + 1
        while end <= len(text) and text[start:end] in text[: end - 1]:
            end += 1
        words += 1
        start = end
    return words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0001101001000101", 6),  # Lempel and Ziv's own example: 0.001.10.100.1000.101
        ("0000000000", 2),
        ("0101010101", 3),
        ("0", 1),
        ("01", 2),
        ("012012012", 4),
    ],
)
def test_words_by_hand(text: str, words: int) -> None:
    assert count_words(np.array([[int(s) for s in text]])).tolist() == [words]


@pytest.mark.parametrize("alphabet", [1, 2, 3, 7])
def test_words_by_searching(alphabet: int) -> None:
    rng = np.random.default_rng(alphabet)
    for length in (1, 2, 3, 10, 57, 200):
        symbols = rng.integers(0, alphabet, size=(20, length))
        assert count_words(symbols).tolist() == [_by_search(row.tolist()) for row in symbols]


def test_random_sequences_approach_their_limit_from_above() -> None:
    rng = np.random.default_rng(0)
    ratios = [
        count_words(rng.integers(0, 2, size=(4, n))).mean() / lempel_ziv_limit(n)
        for n in (100, 1000, 10_000, 100_000)
    ]
    assert ratios == sorted(ratios, reverse=True)
    assert 1.0 < ratios[-1] < 1.1


def test_no_symbols_have_no_words() -> None:
    assert count_words(np.zeros((3, 0), dtype=int)).tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="from 0"):
        count_words(np.array([[0, -1]]))


def test_amplitude_marks_the_loud_half() -> None:
    t = np.arange(400)
    wave = np.cos(2 * np.pi * t / 10) * np.where(t < 200, 1.0, 5.0)
    marked = binarise(wave[:, None])[:, 0]
    assert marked[20:180].max() == 0
    assert marked[220:380].min() == 1
    with pytest.raises(ValueError, match="'amplitude' and 'mean'"):
        binarise(wave[:, None], "median")  # type: ignore[arg-type]


def test_binarised_series_do_not_depend_on_unit_or_offset() -> None:
    series = np.random.default_rng(0).standard_normal((100, 3))
    for rule in ("amplitude", "mean"):
        np.testing.assert_array_equal(binarise(series, rule), binarise(1000 + 4 * series, rule))
