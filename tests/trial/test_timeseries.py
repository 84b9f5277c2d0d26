"""Files of numbers, against a plain reader."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rewire.core.errors import DataError
from rewire.trial.timeseries import read_columns, read_header


def test_values_are_those_that_python_reads(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [[f"{v:.10g}" for v in row] for row in rng.normal(0, 1e3, (20, 7))]
    path = tmp_path / "x.tsv"
    path.write_text("\n".join("\t".join(r) for r in [list("abcdefg"), *rows]) + "\n")
    np.testing.assert_array_equal(
        read_columns(path).values, [[float(v) for v in row] for row in rows]
    )


def test_windows_line_ends_and_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_bytes(b"\xef\xbb\xbfa\tb\r\n1\t2\r\n3\t4\r\n")
    read = read_columns(path)
    assert read.names == ("a", "b")
    assert read.values.tolist() == [[1, 2], [3, 4]]
    assert read_header(path) == ("a", "b")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\tb\n1\t2\n3\n", "line 3 has 1 field, the header has 2 .the last line"),
        ("a\tb\n1\n3\t4\n", "line 2 has 1 field, the header has 2[.]"),
        ("a\tb\n1\t2\t3\n4\n", "line 2 has 3 fields"),
        ("a\tb\n1\tx\n", "line 2, column 2 holds 'x'"),
        ("a\tb\n1\t2\n\n3\t4\n", "line 3"),
        ("a\tb\n", "no rows"),
        ("", "empty"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "x.tsv"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        read_columns(path)


def test_missing_file(tmp_path: Path) -> None:
    for read in (read_columns, read_header):
        with pytest.raises(DataError, match="cannot be read"):
            read(tmp_path / "none.tsv")
