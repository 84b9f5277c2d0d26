"""Adverse events: what is read, what is refused, and that a blind run never looks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rewire.trial.adverse_events import read_adverse_events
from rewire.trial.alone import read_scans
from rewire.trial.participants import read_participants
from rewire.trial.reading import read_trial
from rewire.trial.sources import Wanted

HEAD = ("participant_id", "event", "days", "severity", "serious", "suicidality")


def _people(folder: Any) -> None:
    folder.table(
        "participants.tsv",
        [("participant_id", "arm"), ("sub-01", "drug"), ("sub-02", "placebo"), ("sub-03", "drug")],
    )


def _read(folder: Any) -> Any:
    return read_adverse_events(folder.root, read_participants(folder.root))


def test_what_is_written_is_what_is_read(folder: Any) -> None:
    _people(folder)
    folder.table(
        "adverse_events.tsv",
        [
            HEAD,
            ("sub-01", "headache", 2, "Mild", "no", "no"),
            ("sub-01", "suicidal  ideation", "n/a", "severe", "YES", "yes"),
            ("sub-03", "nausea", 0.5, "", "", ""),
        ],
    )
    read = _read(folder)
    assert read.faults == ()
    assert read.recorded
    assert read.frame["event"].tolist() == ["headache", "suicidal ideation", "nausea"]
    np.testing.assert_array_equal(read.frame["days"], [2.0, np.nan, 0.5])
    assert read.frame["severity"].tolist() == ["mild", "severe", ""]
    assert read.frame["serious"].tolist() == ["no", "yes", ""]
    assert read.frame["session_id"].tolist() == ["", "", ""]


def test_every_fault_is_named_at_once(folder: Any) -> None:
    _people(folder)
    folder.table(
        "adverse_events.tsv",
        [
            HEAD,
            ("sub-01", "", 2, "mild", "no", "no"),
            ("sub-09", "nausea", "soon", "bad", "maybe", "no"),
            ("n/a", "nausea", 1, "mild", "no", "1"),
        ],
    )
    read = _read(folder)
    told = [f.what for f in read.faults]
    assert told == [
        "line 2 names no event.",
        "line 3: days is 'soon', which is no number.",
        "line 4 names nobody.",
        "line 3: severity is 'bad'.",
        "line 3: serious is 'maybe'.",
        "line 4: suicidality is '1'.",
        "sub-09 on line 3 is not in participants.tsv.",
    ]
    assert {f.severity for f in read.faults} == {"error"}
    assert read.faults[-1].participant == "sub-09"


@pytest.mark.parametrize("rows", [[("participant_id", "what")], [("event",), ("nausea",)]])
def test_a_table_without_its_columns(folder: Any, rows: list[tuple[str, ...]]) -> None:
    _people(folder)
    folder.table("adverse_events.tsv", rows)
    read = _read(folder)
    assert not read.recorded
    assert [f.code for f in read.faults] == ["unreadable-table"]


def test_nobody_is_known_to_have_had_none_without_a_list_of_people(folder: Any) -> None:
    folder.table("adverse_events.tsv", [HEAD, ("sub-01", "nausea", 1, "mild", "no", "no")])
    (fault,) = _read(folder).faults
    assert "participants.tsv is not" in fault.what


def test_no_table_is_not_a_table_without_events(folder: Any) -> None:
    _people(folder)
    assert not _read(folder).recorded
    folder.table("adverse_events.tsv", [HEAD])
    read = _read(folder)
    assert read.recorded
    assert read.frame.empty


def test_a_trial_holds_its_events_and_a_blind_run_never_opens_them(
    folder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _people(folder)
    folder.series(folder.scan("sub-01", "ses-baseline"))
    path = folder.table("adverse_events.tsv", [HEAD, ("sub-01", "nausea", 1, "mild", "no", "no")])
    assert read_trial(folder.root).trial.adverse_events["event"].tolist() == ["nausea"]
    opened: list[Path] = []
    read_text, read_bytes, plain = Path.read_text, Path.read_bytes, Path.open
    for name, real in (("read_text", read_text), ("read_bytes", read_bytes), ("open", plain)):

        def noted(self: Path, *args: Any, _real: Any = real, **more: Any) -> Any:
            opened.append(self)
            return _real(self, *args, **more)

        monkeypatch.setattr(Path, name, noted)
    blind = read_scans(folder.root, Wanted())
    assert opened
    assert path not in {p.resolve() for p in opened}
    assert blind.trial.adverse_events.empty
