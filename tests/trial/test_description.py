"""Reading a trial.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from rewire.core.errors import TrialError
from rewire.trial.description import description_at, read_description

WHOLE = """
name = "x"
derivatives = ["xcp_d"]

[sheet]
file = "scores.csv"
id_column = "id"
"""


def refused(tmp_path: Path, text: str) -> TrialError:
    path = tmp_path / "trial.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TrialError) as caught:
        read_description(path)
    return caught.value


def test_every_open_question_is_listed_with_its_comment(tmp_path: Path) -> None:
    asked = '# Which atlas? One of: A, B.\natlas = "?"\n'
    more = '[[sessions]]\nlabel = "ses-a"\n# What does the sheet\n# call it?\nin_sheet = ["?"]\n'
    error = refused(tmp_path, asked + WHOLE + more)
    assert [f.code for f in error.faults] == ["open-question", "open-question"]
    assert "atlas is still open: Which atlas? One of: A, B." in error.faults[0].what
    assert "sessions ses-a.in_sheet" in error.faults[1].what
    assert "What does the sheet call it?" in error.faults[1].what


def test_every_wrong_key_is_named(tmp_path: Path) -> None:
    wrong = '[scales.bdi]\ndirection = "up"\n[rename.sub-1]\nx = "ses-a"\n[armz]\n'
    error = refused(tmp_path, WHOLE + wrong)
    text = str(error)
    assert len(error.faults) >= 3
    assert all(word in text for word in ("scales.bdi.direction", "rename.sub-1", "armz"))


@pytest.mark.parametrize("text", ["name = ", "derivatives = [", "\x00"])
def test_what_is_no_toml(tmp_path: Path, text: str) -> None:
    assert refused(tmp_path, text).faults[0].code == "trial-description"


def test_where_a_description_lies(tmp_path: Path) -> None:
    assert description_at(tmp_path) is None
    (tmp_path / "trial.toml").write_text(WHOLE, encoding="utf-8")
    (tmp_path / "other.toml").write_text(WHOLE, encoding="utf-8")
    assert description_at(tmp_path) == tmp_path / "trial.toml"
    assert description_at(tmp_path / "other.toml") == tmp_path / "other.toml"
    assert description_at(tmp_path / "nothing.toml") is None


def test_one_wrong_word_is_one_fault_in_plain_words(tmp_path: Path) -> None:
    path = tmp_path / "trial.toml"
    path.write_text(
        'name = "x"\nnmae = "x"\nderivatives = ["x"]\n'
        '[sheet]\nfile = "x.csv"\nid_column = "id"\n'
        '[scales.calm]\ndirection = "sideways"\n'
    )
    with pytest.raises(TrialError) as caught:
        read_description(path)
    calm, key = sorted(fault.what for fault in caught.value.faults)[::-1]
    assert calm.startswith("scales.calm.direction: Input should be 'lower is better'")
    assert key == "nmae: there is no such key (it is 'x')."
