"""What people of the simulated trial brought, guessed and reported: the truth is recovered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rewire.core.schema import ADVERSE_EVENT_COLUMNS
from rewire.core.types import Trial
from rewire.numerics.blinding_indices import bang_index, guess_weights, james_index
from rewire.trial.synthetic import DEMO, TrialSpec, simulate_population, simulate_trial
from rewire.trial.synthetic_account_truth import guess_shares
from rewire.trial.synthetic_spec import SITES, THERAPIES

PEOPLE = 2000
ARMS = ("psilocybin", "escitalopram")


@pytest.fixture(scope="module")
def crowd() -> Trial:
    return simulate_population(replace(DEMO, seed=77), PEOPLE)


@pytest.fixture(scope="module")
def people(crowd: Trial) -> pd.DataFrame:
    """Everybody with the recorded change in BDI."""
    bdi = crowd.scores[crowd.scores["scale"] == "bdi"]
    wide = bdi.pivot_table(index="participant_id", columns="session_id", values="value")
    change = wide["ses-week6"] - wide["ses-baseline"]
    return crowd.participants.assign(change=crowd.participants["participant_id"].map(change))


def planted(trial: Trial, name: str, arm: str = "") -> float:
    assert trial.truth is not None
    row = trial.truth[(trial.truth["name"] == name) & (trial.truth["arm"] == arm)]
    return float(row["value"].item())


def test_the_therapies_differ_in_one_arm_and_its_mean_stays(
    crowd: Trial, people: pd.DataFrame
) -> None:
    cells = people.groupby(["arm", "therapy"])["change"].agg(["mean", "sem", "size"])
    assert set(cells["size"]) == {PEOPLE // 2}
    gap = {a: cells.loc[(a, "CBT"), "mean"] - cells.loc[(a, "ACT"), "mean"] for a in ARMS}
    error = np.sqrt((cells["sem"] ** 2).sum())
    name = "process:bdi:ses-week6:arm[psilocybin]:therapy[CBT]"
    assert abs(gap["psilocybin"] - gap["escitalopram"] - planted(crowd, name)) < 3.5 * error
    for arm in ARMS:
        mean = people.loc[people["arm"] == arm, "change"]
        expected = planted(crowd, "change:bdi:ses-week6", arm)
        assert abs(mean.mean() - expected) < 3.5 * mean.sem()
        # a change spread of 7 points and two fillings-in with an error of 2, cut off below at 0
        assert mean.std() == pytest.approx(np.sqrt(7.0**2 + 2 * 2.0**2), rel=0.06)


@pytest.mark.parametrize("arm", ARMS)
def test_expectancy_goes_with_change_in_one_arm(
    crowd: Trial, people: pd.DataFrame, arm: str
) -> None:
    mine = people[people["arm"] == arm]
    z = (mine["expectancy"] - mine["expectancy"].mean()) / mine["expectancy"].std()
    slope = np.polyfit(z, mine["change"], 1)[0]
    error = mine["change"].std() / np.sqrt(PEOPLE)
    assert abs(slope - planted(crowd, "moderation:bdi:ses-week6:expectancy", arm)) < 3.5 * error
    r = np.corrcoef(mine["alliance"], mine["change"])[0, 1]
    assert abs(r) < 3.5 / np.sqrt(PEOPLE)


def test_the_experience_carries_part_of_the_arm_effect(crowd: Trial, people: pd.DataFrame) -> None:
    x = np.column_stack([np.ones(2 * PEOPLE), people["arm"] == ARMS[0], people["meq30"]])
    (_, direct, slope), *_ = np.linalg.lstsq(x.astype(float), people["change"], rcond=None)
    means = people.groupby("arm")["meq30"].mean()
    carried = slope * (means[ARMS[0]] - means[ARMS[1]])
    # slope -.125 with an error of 7.5 / (16 sqrt(4000)), times 24 points
    assert carried == pytest.approx(planted(crowd, "process:bdi:mediated by meq30"), abs=0.5)
    assert direct == pytest.approx(-5.0 + 3.0, abs=0.8)


def test_guesses_have_the_planted_indices(crowd: Trial, people: pd.DataFrame) -> None:
    counts = np.stack([
        [((people["arm"] == a) & (people["guess"] == g)).sum() for g in (*ARMS, "don't know")]
        for a in ARMS
    ]).astype(float)  # fmt: skip
    for i, arm in enumerate(ARMS):
        found = bang_index(counts[i], guess_weights(i, 2))
        assert abs(found.index - planted(crowd, "blinding:bang_index", arm)) < 3.5 * found.se
    found = james_index(counts)
    assert abs(found.index - planted(crowd, "blinding:james_index")) < 3.5 * found.se


def test_improvement_and_side_effects_both_move_the_guess(people: pd.DataFrame) -> None:
    for arm in ARMS:
        mine = people[people["arm"] == arm]
        change = mine.groupby("guess")["change"].mean()
        assert change["psilocybin"] < change["don't know"] < change["escitalopram"]
    # with side effects alike, improvement alone would move fewer
    alike = replace(DEMO.arms[0], side_effects=0.0)
    assert guess_shares(DEMO, DEMO.arms[0])[0] > guess_shares(DEMO, alike)[0] + 0.2


@pytest.mark.parametrize("arm", ARMS)
def test_events_happen_as_often_as_planted(crowd: Trial, arm: str) -> None:
    inside = set(crowd.participants.loc[crowd.participants["arm"] == arm, "participant_id"])
    events = crowd.adverse_events[crowd.adverse_events["participant_id"].isin(inside)]
    share = events.groupby("event")["participant_id"].nunique() / PEOPLE
    assert crowd.truth is not None
    names = [n for n in crowd.truth["name"] if n.startswith("harms:")]
    for name in set(names):
        risks = crowd.truth[(crowd.truth["name"] == name) & (crowd.truth["arm"] == arm)]["value"]
        risk = float(risks.iloc[0]) if len(risks) else 0.0
        error = np.sqrt(max(risk * (1 - risk), 1e-9) / PEOPLE)
        assert abs(share.get(name.partition(":")[2], 0.0) - risk) < 3.5 * error


def test_events_are_told_as_the_schema_says() -> None:
    trial = simulate_trial()
    events = trial.adverse_events
    assert tuple(events.columns) == ADVERSE_EVENT_COLUMNS
    assert set(events["severity"]) <= {"mild", "moderate", "severe"}
    assert set(events.loc[events["event"] == "suicidal ideation", "suicidality"]) <= {"yes"}
    assert set(events.loc[events["serious"] == "yes", "event"]) <= {"hospital admission"}
    assert events["days"].between(0, 42).all()
    last = trial.sessions.groupby("participant_id")["days"].max()
    assert (events["days"] <= events["participant_id"].map(last)).all()
    known = set(zip(trial.sessions["participant_id"], trial.sessions["session_id"], strict=True))
    assert set(zip(events["participant_id"], events["session_id"], strict=True)) <= known


def test_those_who_left_were_not_asked() -> None:
    trial = simulate_trial()
    attended = trial.sessions.groupby("participant_id").size()
    table = trial.participants.set_index("participant_id")
    left = attended[attended < 4].index
    assert len(left) == 2
    assert (table.loc[left, "guess"] == "").all()
    assert table.loc[left, "guess_confidence"].isna().all()
    assert (table.drop(index=left)["guess"] != "").all()
    assert set(table["therapy"]) == set(THERAPIES)
    assert set(table["site"]) == set(SITES)


def test_what_was_there_before_accounts_is_as_it_was() -> None:
    """The therapy comes out of what nothing explained: without it the BDI is the same number.

    Escitalopram has no therapy effect, and the WEMWBS none in either arm.
    """
    plain = replace(DEMO, arms=tuple(replace(a, therapy_effect=0.0) for a in DEMO.arms))
    with_it, without = simulate_trial(), simulate_trial(plain)
    differs = with_it.scores["value"] != without.scores["value"]
    arm = with_it.participants.set_index("participant_id")["arm"]
    assert set(with_it.scores.loc[differs, "scale"]) == {"bdi"}
    assert set(with_it.scores.loc[differs, "participant_id"].map(arm)) == {"psilocybin"}


def test_accounts_follow_the_seed() -> None:
    one, two = simulate_trial(), simulate_trial()
    pd.testing.assert_frame_equal(one.participants, two.participants)
    pd.testing.assert_frame_equal(one.adverse_events, two.adverse_events)
    other = simulate_trial(TrialSpec(seed=5))
    assert not one.participants["meq30"].equals(other.participants["meq30"])
