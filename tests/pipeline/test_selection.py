"""Narrowing and excluding."""

from __future__ import annotations

import pytest

from rewire.core.errors import UsageError
from rewire.core.types import Exclusion
from rewire.pipeline.selection import Labels, exclude, narrow
from rewire.trial.synthetic import simulate_trial


def test_a_whole_person_loses_everything_and_a_scan_only_itself() -> None:
    trial = simulate_trial()
    first, second = (
        trial.scans[0],
        next(s for s in trial.scans if s.participant != trial.scans[0].participant),
    )
    left = exclude(
        trial,
        [
            Exclusion(first.participant, reason="withdrew"),
            Exclusion(second.participant, second.session, reason="moved"),
        ],
    )
    assert first.participant not in set(left.scores["participant_id"])
    assert first.participant not in set(left.participants["participant_id"])
    assert second not in left.scans
    assert second.participant in set(left.scores["participant_id"])


def test_labels_work_with_and_without_prefix_and_unknown_ones_are_refused() -> None:
    trial = simulate_trial()
    person = trial.scans[0].participant
    bare = narrow(trial, Labels((person.removeprefix("sub-"),)))
    assert {s.participant for s in bare.scans} == {person}
    assert bare.scans == narrow(trial, Labels((person,))).scans
    with pytest.raises(UsageError, match="sub-nobody"):
        narrow(trial, Labels(("nobody",)))
