"""Every fault that a trial can have, each planted in a folder that is otherwise whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rewire.core.errors import TrialError
from rewire.core.exclusion import Exclusion
from rewire.core.schema import QUALITY_COLUMNS
from rewire.plan.parts import QualityRules
from rewire.trial import check
from rewire.trial.check import check_trial
from rewire.trial.reading import Reading, read_trial
from rewire.trial.synthetic import TrialSpec, simulate_trial

PEOPLE = ("sub-01", "sub-02", "sub-03", "sub-04")


def test_a_whole_trial_has_no_fault(whole: Any) -> None:
    result = whole.check()
    assert result.faults == ()
    assert result.files_read == 8
    assert result.bytes_read == sum(p.stat().st_size for p in whole.root.rglob("*_timeseries.tsv"))
    assert tuple(result.quality) == QUALITY_COLUMNS
    assert (result.quality["retained_minutes"] == 5.0).all()
    assert (result.quality["regions_without_signal"] == 0).all()
    result.stop_on_errors()


def only(whole: Any, code: str, severity: str) -> str:
    """Return the text of the one fault there is; fail if there is another."""
    faults = whole.check().faults
    assert [(f.code, f.severity) for f in faults] == [(code, severity)]
    return str(faults[0])


def test_truncated_within_a_row(whole: Any) -> None:
    path = whole.root / whole.scan("sub-02", "ses-week6")
    path.write_bytes(path.read_bytes()[:-14])
    text = only(whole, "unreadable-file", "error")
    assert "sub-02_ses-week6" in text
    assert "line 151" in text
    assert "cut off" in text


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (b"a\tb\n", "no rows"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"a\tb\n1\tx\n", "holds 'x'"),
    ],
)
def test_unreadable_file(whole: Any, content: bytes, what: str) -> None:
    (whole.root / whole.scan("sub-02", "ses-week6")).write_bytes(content)
    faults = [str(f) for f in whole.check().errors if f.code == "unreadable-file"]
    assert len(faults) == 1
    assert what in faults[0]


def test_last_line_without_an_end_warns(whole: Any) -> None:
    path = whole.root / whole.scan("sub-02", "ses-week6")
    path.write_bytes(path.read_bytes()[:-1])
    only(whole, "unfinished-file", "warning")


def test_columns_unlike_the_atlas(whole: Any) -> None:
    path = whole.root / whole.scan("sub-03", "ses-baseline")
    path.write_text(path.read_text().replace("LH_Default_1", "Cat", 1))
    text = only(whole, "columns", "error")
    assert "missing LH_Default_1" in text
    assert "not in it Cat" in text


def test_too_few_columns(whole: Any) -> None:
    whole.series(whole.scan("sub-03", "ses-baseline"), regions=("LH_Vis_1", "RH_Vis_1"))
    text = only(whole, "columns", "error")
    assert "2 regions, the atlas has 4 (missing LH_Default_1, RH_Default_1)" in text


def test_missing_repetition_time(whole: Any) -> None:
    whole.json(whole.scan("sub-03", "ses-baseline").replace(".tsv", ".json"), {"TaskName": "rest"})
    assert "RepetitionTime" in only(whole, "missing-tr", "error")


def test_no_sidecar_at_all(whole: Any) -> None:
    (whole.root / whole.scan("sub-03", "ses-baseline")).with_suffix(".json").unlink()
    only(whole, "missing-tr", "error")


def test_unreadable_sidecar(whole: Any) -> None:
    whole.text(whole.scan("sub-03", "ses-baseline").replace(".tsv", ".json"), "{not json")
    codes = {f.code for f in whole.check().errors}
    assert codes == {"unreadable-sidecar", "missing-tr"}


def test_repetition_time_in_milliseconds_warns(whole: Any) -> None:
    for path in whole.root.rglob("*_timeseries.json"):
        path.write_text('{"RepetitionTime": 2000}')
    assert {f.code for f in whole.check().faults} == {"tr-unit"}


def test_timing_that_contradicts_itself_warns(whole: Any) -> None:
    for path in whole.root.rglob("*_timeseries.json"):
        path.write_text('{"RepetitionTime": 2, "SamplingFrequency": 2}')
    assert {f.code for f in whole.check().faults} == {"tr-disagrees"}


def test_duplicate_scan(whole: Any) -> None:
    name = whole.scan("sub-01", "ses-week6").replace("_seg-", "_space-MNI_seg-")
    whole.series(name)
    text = only(whole, "duplicate-session", "error")
    assert "space-MNI" in text


def test_repeated_row_in_a_table(whole: Any) -> None:
    path = whole.root / "phenotype" / "bdi.tsv"
    path.write_text(path.read_text() + "sub-02\tses-week6\t3\n")
    text = only(whole, "duplicate-session", "error")
    assert "line 5 and again on line 10" in text


def test_participant_listed_twice(whole: Any) -> None:
    path = whole.root / "participants.tsv"
    path.write_text(path.read_text() + "sub-02\tdrug\t41\n")
    only(whole, "duplicate-participant", "error")


@pytest.mark.parametrize("value", ["64", "-1", "1e3"])
def test_score_out_of_range(whole: Any, value: str) -> None:
    path = whole.root / "phenotype" / "bdi.tsv"
    path.write_text(
        path.read_text().replace("sub-02\tses-week6\t21", f"sub-02\tses-week6\t{value}")
    )
    text = only(whole, "score-range", "error")
    assert "bdi.tsv line 5" in text
    assert "0 to 63" in text


@pytest.mark.parametrize("value", ["0", "63"])
def test_ends_of_a_range_are_in_it(whole: Any, value: str) -> None:
    path = whole.root / "phenotype" / "bdi.tsv"
    path.write_text(path.read_text().replace("\t21", f"\t{value}"))
    assert whole.check().faults == ()


def test_score_that_is_no_number(whole: Any) -> None:
    path = whole.root / "phenotype" / "bdi.tsv"
    path.write_text(path.read_text().replace("sub-02\tses-week6\t21", "sub-02\tses-week6\t2,5"))
    assert "'2,5'" in str(whole.faults("score-unreadable")[0])


def test_constant_region(whole: Any) -> None:
    path = whole.root / whole.scan("sub-01", "ses-week6")
    lines = path.read_text().splitlines()
    rows = [line.split("\t") for line in lines]
    path.write_text(
        "\n".join("\t".join([r[0], "7", *r[2:]]) if i else lines[0] for i, r in enumerate(rows))
        + "\n"
    )
    assert "1 region constant: LH_Default_1" in only(whole, "constant-region", "warning")
    quality = whole.check().quality
    assert quality["regions_without_signal"].tolist() == [0, 1, 0, 0, 0, 0, 0, 0]


def test_region_without_values(whole: Any) -> None:
    path = whole.root / whole.scan("sub-01", "ses-week6")
    rows = [line.split("\t") for line in path.read_text().splitlines()]
    for row in rows[1:]:
        row[2] = "n/a"
    rows[5][3] = "n/a"
    path.write_text("\n".join("\t".join(row) for row in rows) + "\n")
    texts = [str(f) for f in whole.faults("nan-region")]
    assert any("without any value: RH_Vis_1" in t for t in texts)
    assert any("some retained volumes: RH_Default_1" in t for t in texts)


def test_missing_session(whole: Any) -> None:
    (whole.root / whole.scan("sub-01", "ses-week6")).unlink()
    assert "3 of 4 participants have a bold scan; not sub-01" in only(
        whole, "missing-session", "warning"
    )


def test_unequal_lengths_and_timing(whole: Any) -> None:
    whole.series(whole.scan("sub-01", "ses-week6"), volumes=200, tr=2.5)
    faults = {f.code: str(f) for f in whole.check().faults}
    assert set(faults) == {"unequal-lengths", "unequal-timing"}
    assert "150 volumes in 7, 200 volumes in 1" in faults["unequal-lengths"]


def test_too_short(whole: Any) -> None:
    for path in list(whole.root.rglob("*_timeseries.tsv")):
        whole.series(str(path.relative_to(whole.root)), volumes=119)
    faults = whole.faults("too-short")
    assert len(faults) == 8
    assert "4.0 minutes" in str(faults[0])
    reading = read_trial(whole.root)
    assert check_trial(reading, n_procs=1, rules=QualityRules(minimum_minutes=3.9)).faults == ()


def test_censoring_gaps(whole: Any) -> None:
    flags = np.zeros(150, dtype=int)
    flags[[0, 40, 41, 100]] = 1
    name = whole.scan("sub-01", "ses-week6").partition("_seg-")[0]
    whole.table(f"{name}_outliers.tsv", [("framewise_displacement",), *((f,) for f in flags)])
    text = only(whole, "censoring-gaps", "warning")
    assert "1 of 8 scans" in text
    assert "116 s in sub-01 ses-week6" in text


def test_motion_that_differs_by_arm_and_session(folder: Any, whole: Any) -> None:
    rng = np.random.default_rng(5)
    people = [f"sub-{i:02d}" for i in range(1, 17)]
    rows = [(p, "drug" if i % 2 else "placebo") for i, p in enumerate(people)]
    whole.table("participants.tsv", [("participant_id", "arm"), *rows])
    for i, p in enumerate(people):
        for session in ("ses-baseline", "ses-week6"):
            moved = 0.3 if i % 2 and session == "ses-week6" else 0.1
            name = whole.scan(p, session)
            whole.series(name)
            fd = (moved + 0.01 * rng.random(150)).round(4)
            whole.table(
                name.partition("_seg-")[0] + "_motion.tsv", [("framewise_displacement",), *zip(fd)]
            )
    texts = [str(f) for f in whole.faults("motion-differs")]
    at_week6 = [t for t in texts if "] ses-week6: " in t]
    assert len(at_week6) == 1
    assert "drug (0.305)" in at_week6[0]
    assert any("ses-week6 minus ses-baseline: " in t for t in texts)
    assert any("ses-week6 and ses-baseline: " in t for t in texts)
    assert not any("] ses-baseline: " in t for t in texts)


def test_tables_that_disagree(whole: Any) -> None:
    path = whole.root / "phenotype" / "bdi.tsv"
    other = path.read_text().replace("sub-02\tses-week6\t21", "sub-02\tses-week6\t25")
    whole.text("phenotype/bdi_other.tsv", other)
    text = only(whole, "tables-disagree", "warning")
    assert "1 of 8 shared values (ses-week6 1): sub-02 ses-week6 21 and 25; by up to 4" in text


def test_measure_tables_that_disagree(whole: Any) -> None:
    rows = [(p, "ses-baseline", i) for i, p in enumerate(PEOPLE)]
    head = ("participant_id", "session_id", "q")
    whole.table("measures/a.tsv", [head, *rows])
    whole.table("measures/b.tsv", [head, *rows[:3], ("sub-04", "ses-baseline", 9)])
    assert "about q in 1 of 4" in only(whole, "tables-disagree", "warning")


def test_half_the_participants_have_a_measure(whole: Any) -> None:
    rows = [(p, "ses-baseline", i) for i, p in enumerate(PEOPLE[:2])]
    whole.table("measures/a.tsv", [("participant_id", "session_id", "q"), *rows])
    assert "2 of 4 participants have q; not sub-03, sub-04" in only(whole, "incomplete", "warning")


def test_missing_score(whole: Any) -> None:
    path = whole.root / "phenotype" / "bdi.tsv"
    path.write_text(path.read_text().replace("sub-02\tses-week6\t21", "sub-02\tses-week6\tn/a"))
    assert "ses-week6 3 of 4" in only(whole, "missing-score", "warning")


def test_unknown_scale(whole: Any) -> None:
    rows = [(p, "ses-baseline", i) for i, p in enumerate(PEOPLE)]
    whole.table("phenotype/x.tsv", [("participant_id", "session_id", "calm"), *rows])
    assert "calm" in only(whole, "unknown-scale", "warning")


def test_hostile_participant_stays_text(whole: Any) -> None:
    path = whole.root / "participants.tsv"
    path.write_text(path.read_text() + "<script>alert(1)</script>\tdrug\t40\n../../etc\tdrug\t4\n")
    codes = {f.code for f in whole.check().faults}
    assert codes == {"participant-name", "participant-without-data", "incomplete"}
    assert "<script>alert(1)</script>" in set(
        read_trial(whole.root).trial.participants["participant_id"]
    )
    names = ("<script>alert(1)</script>", "../../etc")
    assert whole.check([Exclusion(n, reason="no person") for n in names]).faults == ()


def test_control_characters_do_not_reach_messages(whole: Any) -> None:
    path = whole.root / "participants.tsv"
    path.write_text(path.read_text() + "sub-\x1b[31mred\tdrug\t40\n")
    assert all("\x1b" not in str(f) for f in whole.check().faults)


def test_participant_not_listed(whole: Any) -> None:
    whole.table("participants.tsv", [("participant_id", "arm"), *((p, "a") for p in PEOPLE[:3])])
    text = only(whole, "participant-not-listed", "warning")
    assert "sub-04" in text
    assert read_trial(whole.root).trial.participants["arm"].tolist() == ["a", "a", "a", ""]


def test_several_atlases_ask_for_one(whole: Any) -> None:
    for path in list(whole.root.rglob("*_timeseries.*")):
        path.with_name(path.name.replace("Small", "Other")).write_bytes(path.read_bytes())
    errors = whole.check().errors
    assert [f.code for f in errors] == ["atlas-choice"]
    assert "Other, Small" in str(errors[0])
    assert whole.check(atlas="Small").faults == ()
    assert [f.code for f in whole.check(atlas="Other").faults] == ["no-atlas-table"]
    assert "Other, Small" in str(whole.check(atlas="Third").errors[0])


def test_no_atlas_table(whole: Any) -> None:
    (whole.root / "atlases" / "atlas-Small_dseg.tsv").unlink()
    only(whole, "no-atlas-table", "warning")
    atlas = read_trial(whole.root).trial.atlases["Small"]
    assert atlas.networks == ("Vis", "Default")
    assert np.isnan(atlas.centroid).all()


@pytest.mark.parametrize("arms", [("0", "1"), ("Drug", "drug "), ("drug", " Drug")])
def test_doubtful_arm_names(whole: Any, arms: tuple[str, str]) -> None:
    rows = [(p, arms[i % 2]) for i, p in enumerate(PEOPLE)]
    whole.table("participants.tsv", [("participant_id", "arm"), *rows])
    only(whole, "arm-names", "warning")


def test_participant_without_arm(whole: Any) -> None:
    path = whole.root / "participants.tsv"
    path.write_text(path.read_text().replace("sub-02\tdrug", "sub-02\tn/a"))
    assert "sub-02" in only(whole, "missing-arm", "warning")


def test_days_against_names(whole: Any) -> None:
    rows = [("ses-baseline", 50), ("ses-week6", 10)]
    whole.table("sessions.tsv", [("session_id", "days"), *rows])
    text = only(whole, "session-order", "warning")
    assert "ses-baseline comes after ses-week6" in text


def test_one_participant_seen_out_of_order(whole: Any) -> None:
    for p in PEOPLE:
        days = (40, -1) if p == "sub-03" else (-1, 40)
        rows = list(zip(("ses-baseline", "ses-week6"), days, strict=True))
        whole.table(f"{p}/{p}_sessions.tsv", [("session_id", "days"), *rows])
    assert "sub-03" in only(whole, "session-order", "warning")


def test_all_faults_at_once_and_none_when_excluded(whole: Any) -> None:
    first = whole.root / whole.scan("sub-01", "ses-week6")
    first.write_bytes(first.read_bytes()[:-14])
    second = whole.root / whole.scan("sub-02", "ses-week6")
    second.write_text(second.read_text().replace("RH_Vis_1", "Oops"))
    whole.json(whole.scan("sub-03", "ses-week6").replace(".tsv", ".json"), {})
    with pytest.raises(TrialError) as stopped:
        whole.check().stop_on_errors()
    message = str(stopped.value)
    assert "3 errors" in message
    assert all(f"sub-0{i}_ses-week6" in message for i in (1, 2, 3))
    exclusions = [
        Exclusion("sub-01", session="ses-week6"),
        Exclusion("sub-02"),
        Exclusion("sub-03", session="ses-week6"),
    ]
    result = whole.check(exclusions)
    assert result.errors == ()
    assert result.files_read == 4


def test_an_excluded_file_is_not_opened(whole: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    read = Path.read_bytes

    def spy(path: Path) -> bytes:
        opened.append(path.name)
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", spy)
    whole.check([Exclusion("sub-02")])
    assert len(opened) == 6
    assert not any("sub-02" in name for name in opened)


def test_processes_find_the_same(whole: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    whole.series(whole.scan("sub-03", "ses-baseline"), regions=("LH_Vis_1", "RH_Vis_1"))
    reading = read_trial(whole.root)
    alone = check_trial(reading, n_procs=1)
    monkeypatch.setattr(check, "_WORTH_BYTES", 0)
    done: list[tuple[int, int]] = []
    together = check_trial(reading, n_procs=2, progress=lambda i, n: done.append((i, n)))
    assert together.faults == alone.faults
    assert together.quality.equals(alone.quality)
    assert done == [(i, 8) for i in range(1, 9)]


def test_a_simulated_trial_can_be_checked() -> None:
    trial = simulate_trial(TrialSpec(per_arm=4, volumes=240, gaps="none"))
    result = check_trial(Reading(trial, ()), n_procs=1)
    assert result.errors == ()
    assert len(result.quality) == len(trial.scans)


def test_the_only_arm_is_not_compared(whole: Any) -> None:
    assert whole.faults("motion-differs") == []
