"""Tables from pieces."""

import numpy as np
import pytest

from rewire.effects.tables import stack


def test_pieces_stand_under_one_another_with_fixed_types() -> None:
    pieces = [
        {"name": "a", "n": np.array([1, 2]), "x": np.array([0.5, np.nan])},
        {"name": np.array(["b"], dtype=object)},
    ]
    table = stack(pieces, ("name", "n", "x", "note"), ("name", "note"))
    assert table["name"].tolist() == ["a", "a", "b"]
    assert table["n"].tolist() == [1, 2, 0]
    assert table["n"].dtype == np.int64
    assert table["note"].tolist() == ["", "", ""]
    assert table["x"].isna().tolist() == [False, True, True]


def test_a_stranger_among_the_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="typo"):
        stack([{"typo": np.array([1.0])}], ("x",), ())
