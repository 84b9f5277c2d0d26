"""Narrowing and excluding."""

from __future__ import annotations

import pytest

from rewire.core.errors import PlanError, UsageError
from rewire.core.exclusion import Exclusion
from rewire.pipeline.selection import Labels, exclude, narrow, refuse_unmatched, unselected
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


def test_an_excluded_session_loses_its_scores_too() -> None:
    trial = simulate_trial()
    person, session = trial.scans[0].participant, trial.scans[0].session
    left = exclude(trial, [Exclusion(person, session, reason="relapsed")])
    kept = left.scores[left.scores["participant_id"] == person]
    assert session not in set(kept["session_id"])
    assert len(kept) > 0


def test_exclusions_that_match_nothing_are_all_named() -> None:
    trial = simulate_trial()
    person = trial.scans[0].participant
    with pytest.raises(PlanError) as caught:
        refuse_unmatched(
            trial,
            [
                Exclusion("sub-nobody", reason="none"),
                Exclusion(person, "ses-never", reason="none"),
                Exclusion(person, run="9", reason="none"),
            ],
        )
    assert len(caught.value.faults) == 3


def test_what_the_labels_leave_out_is_told_as_exclusions() -> None:
    trial = simulate_trial()
    person, session = trial.scans[0].participant, trial.scans[0].session
    out = unselected(trial, Labels((person,), (session,)))
    assert person not in {e.participant for e in out if e.whole_participant}
    assert (person, session) not in {(e.participant, e.session) for e in out}
    left = exclude(trial, out)
    assert {r.participant for r in left.scans} == {person}
    assert {r.session for r in left.scans} == {session}
