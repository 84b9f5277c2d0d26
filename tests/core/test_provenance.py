"""The history of plans."""

from __future__ import annotations

from pathlib import Path

import pytest

from rewire.core.errors import UsageError
from rewire.core.provenance import (
    plan_changes,
    read_plan_history,
    record_plan,
    write_provenance,
)


def test_a_changed_plan_is_told_key_by_key(tmp_path: Path) -> None:
    path = tmp_path / "provenance.json"
    one = record_plan((), "aa", {"inference": {"seed": 1}, "questions": [{"name": "q", "p": 1}]})
    write_provenance(path, one, {}, {})
    again = record_plan(read_plan_history(path), "aa", {})
    assert len(again) == 1
    two = record_plan(again, "bb", {"inference": {"seed": 2}, "questions": [{"name": "q", "p": 1}]})
    assert plan_changes(two) == ("Change 1: inference.seed was 1, became 2.",)


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "provenance.json"
    path.write_text("[1, 2]")
    with pytest.raises(UsageError, match="another output folder"):
        read_plan_history(path)
