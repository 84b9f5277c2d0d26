"""A trial read through its trial.toml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rewire.core.errors import TrialError
from rewire.trial.described import folders_apart, locate, read_described_scans
from rewire.trial.reading import read_trial
from rewire.trial.sources import Wanted

TOML = """
name = "Small"
derivatives = ["xcp"]
not_in_trial = ["test"]

[sheet]
file = "scores.csv"
id_column = "id"

[arm]
column = "group"
labels = { A = "drug", B = "placebo" }

[factors]
site = "Centre"

[[sessions]]
label = "ses-two"
in_sheet = ["BL"]
phase = "baseline"

[[sessions]]
label = "ses-one"
in_sheet = ["W6"]

[scales.mood]
label = "Mood"
direction = "higher is better"
high = 50
columns = { BL = "m1", W6 = "m2" }

[scales.calm]
direction = "unknown"
columns = { W6 = "c2" }

[rename.sub-2]
ses-2 = "ses-two"

[participants]
sub-1 = "P1"
sub-2 = "P2"
sub-3 = ""
"""
ROWS = [
    ("id", "group", "Centre", "m1", "m2", "c2"),
    ("P1", "a", "N", 10, 20, 3),
    ("P2", "B", "S", 11, "", ""),
    ("P9", "B", "S", 12, 13, 4),
    ("test", "Z", "S", 99, 99, 9),
]


@pytest.fixture
def described(folder: Any) -> Any:
    for person, session in (("1", "two"), ("1", "one"), ("2", "2"), ("3", "two")):
        stem = f"sub-{person}_ses-{session}_task-rest_seg-Small_stat-mean_timeseries.tsv"
        folder.series(f"xcp/sub-{person}/ses-{session}/func/{stem}")
    folder.text("scores.csv", "\n".join(",".join(map(str, row)) for row in ROWS) + "\n")
    folder.text("trial.toml", TOML)
    return folder


def test_people_arms_and_factors(described: Any) -> None:
    people = read_trial(described.root).trial.participants.set_index("participant_id")
    assert people["arm"].to_dict() == {
        "sub-1": "drug",
        "sub-2": "placebo",
        "sub-3": "",
        "sub-P9": "placebo",
    }
    assert people.loc["sub-P9", "site"] == "S"


def test_sessions_are_in_the_order_that_was_written(described: Any) -> None:
    sessions = read_trial(described.root).trial.sessions
    order = sessions.drop_duplicates("session_id").set_index("session_id")
    assert order["order"].to_dict() == {"ses-two": 0, "ses-one": 1}
    assert order["phase"].to_dict() == {"ses-two": "baseline", "ses-one": ""}


def test_drugs_come_from_a_table_of_sessions_beside_the_description(described: Any) -> None:
    rows = [("participant_id", "session_id", "drug"), ("sub-1", "two", "ketamine")]
    rows += [("sub-1", "one", "placebo"), ("sub-2", "2", "placebo"), ("sub-2", "three", "ketamine")]
    described.table("sessions.tsv", rows)
    sessions = read_trial(described.root).trial.sessions
    held = sessions.set_index(["participant_id", "session_id"])
    assert held.loc[("sub-1", "ses-two"), ["phase", "drug"]].tolist() == ["baseline", "ketamine"]
    assert held.loc[("sub-2", "ses-two"), ["phase", "drug"]].tolist() == ["baseline", "placebo"]
    assert held.loc[("sub-2", "ses-three"), "drug"] == "ketamine"


def test_a_measure_at_a_session_that_nobody_described(described: Any) -> None:
    described.table("measures/pet.tsv", [("participant_id", "session_id", "bp"), ("sub-1", "x", 2)])
    trial = read_trial(described.root).trial
    assert trial.tabulated["value"].tolist() == [2]
    assert trial.sessions["session_id"].tolist()[-1] == "ses-x"
    assert {p.name for p in trial.files} == {"trial.toml", "scores.csv", "pet.tsv"}


def test_scores_and_what_they_are(described: Any) -> None:
    trial = read_trial(described.root / "trial.toml").trial
    held = trial.scores.dropna(subset=["value"])
    values = {(r.participant_id, r.session_id, r.scale): r.value for r in held.itertuples()}
    assert values == {
        ("sub-1", "ses-two", "mood"): 10,
        ("sub-1", "ses-one", "mood"): 20,
        ("sub-1", "ses-one", "calm"): 3,
        ("sub-2", "ses-two", "mood"): 11,
        ("sub-P9", "ses-two", "mood"): 12,
        ("sub-P9", "ses-one", "mood"): 13,
        ("sub-P9", "ses-one", "calm"): 4,
    }
    assert trial.scales["mood"].direction == "higher is better"
    assert trial.scales["mood"].high == 50
    assert "calm" not in trial.scales


def test_a_renamed_session_and_its_repetition_time(described: Any) -> None:
    trial = read_trial(described.root).trial
    (record,) = (r for r in trial.scans if r.participant == "sub-2")
    assert record.session == "ses-two"
    assert trial.load(record).facts["repetition_time"] == 2


def test_scans_are_found_without_the_sheet(described: Any) -> None:
    (described.root / "scores.csv").unlink()
    found = read_described_scans(locate(described.root / "trial.toml"), Wanted())
    assert len(found.selection.scans) == 4
    assert set(found.atlases.found) == {"Small"}


def test_a_score_out_of_range_names_the_line(described: Any) -> None:
    path = described.root / "scores.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("P9,B,S,12", "P9,B,S,77"))
    (fault,) = (f for f in read_trial(described.root).faults if f.code == "score-range")
    assert (fault.where, fault.participant) == ("scores.csv line 4", "sub-P9")


def test_a_row_long_sheet(described: Any) -> None:
    rows = ["id,group,Centre,visit,m", "P1,A,N,bl,10", "P1,A,N,W6,20", "P2,B,S,BL,11"]
    described.text("scores.csv", "\n".join(rows) + "\n")
    toml = TOML.replace('id_column = "id"', 'id_column = "id"\nsession_column = "visit"')
    toml = toml.replace('{ BL = "m1", W6 = "m2" }\n', '{}\ncolumn = "m"\n')
    described.text("trial.toml", toml.replace('{ W6 = "c2" }\n', '{}\ncolumn = "m"\n'))
    scores = read_trial(described.root).trial.scores
    mood = scores[scores["scale"] == "mood"]
    assert mood[["participant_id", "session_id", "value"]].to_numpy().tolist() == [
        ["sub-1", "ses-two", 10],
        ["sub-1", "ses-one", 20],
        ["sub-2", "ses-two", 11],
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('sub-2 = "P2"', 'sub-2 = "P1"', "'P1' is given to sub-1, sub-2"),
        ('sub-2 = "P2"', 'sub-2 = "Q2"', "sub-2 is 'Q2', an id that the sheet lacks"),
        ('sub-3 = ""', 'sub-4 = ""', "there is no folder sub-4"),
        ('"Centre"', '"Center"', "factors.site is 'Center'"),
        ('B = "placebo"', 'C = "placebo"', "does not say what 'B' means"),
        ('in_sheet = ["W6"]', 'in_sheet = ["BL"]', "two are called 'bl'"),
        ('in_sheet = ["W6"]', "in_sheet = []", "no session is called 'W6'"),
        ('label = "ses-one"', 'label = "ses-two"', "ses-two is there twice"),
        ('["xcp"]', '["xcp", "gone"]', "there is no folder gone"),
        ('"scores.csv"', '"gone.csv"', "is no file"),
        ('not_in_trial = ["test"]', 'not_in_trial = ["test", "P1"]', "is sub-1 as well"),
    ],
)
def test_what_does_not_fit_together(described: Any, old: str, new: str, said: str) -> None:
    assert old in TOML
    described.text("trial.toml", TOML.replace(old, new))
    with pytest.raises(TrialError) as caught:
        read_trial(described.root)
    assert said in str(caught.value)


def test_all_faults_at_once(described: Any) -> None:
    toml = TOML.replace('sub-2 = "P2"', 'sub-2 = "Q2"').replace('B = "placebo"', 'C = "placebo"')
    described.text("trial.toml", toml)
    path = described.root / "scores.csv"
    path.write_text(path.read_text(encoding="utf-8") + "P9,B,S,1,1,1\n")
    with pytest.raises(TrialError) as caught:
        read_trial(described.root)
    said = str(caught.value)
    assert all(word in said for word in ("Q2", "'B'", "P9 stands on line 4 and again on line 6"))


def test_several_derivatives_beside_the_description(described: Any, tmp_path: Path) -> None:
    stem = "sub-5_ses-one_task-rest_seg-Small_stat-mean_timeseries.tsv"
    described.series(f"../elsewhere/sub-5/ses-one/func/{stem}")
    described.table(
        "../elsewhere/atlases/atlas-Small_dseg.tsv",
        [("index", "name"), *((i, r) for i, r in enumerate(described_regions(), 1))],
    )
    described.text("trial.toml", TOML.replace('["xcp"]', '["xcp", "../elsewhere"]'))
    reading = read_trial(described.root)
    assert len(reading.trial.scans) == 5
    assert reading.trial.root == tmp_path.resolve()
    assert {"participant-not-listed"} <= {f.code for f in reading.faults}
    assert "no-atlas-table" not in {f.code for f in reading.faults}


def described_regions() -> tuple[str, ...]:
    return ("LH_Vis_1", "LH_Default_1", "RH_Vis_1", "RH_Default_1")


def test_only_a_described_trial_has_folders_apart(tmp_path: Path) -> None:
    assert folders_apart(tmp_path) == ()
    (tmp_path / "xcp").mkdir()
    file = tmp_path / "trial.toml"
    file.write_text(TOML)
    assert folders_apart(tmp_path) == folders_apart(file) == ((tmp_path / "xcp").resolve(),)
