from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.report.conftest import ARMS, build_contents

from rewire.core.blinding import Blinding, Lock
from rewire.core.errors import Fault
from rewire.core.schedule import RunRule, Schedule, Switch
from rewire.core.schema import INFLUENCE_COLUMNS
from rewire.plan.received import switch_sentence
from rewire.report.contents import Contents
from rewire.report.page import lay_out, render_report
from rewire.report.private_words import names_found
from rewire.report.rows import read_rows
from rewire.report.sharing import share_contents
from rewire.report.small_groups import small_tests
from rewire.report.visits import visit_methods, visit_objections

SPEC = re.compile(r'<script type="application/json" id="([\w-]+)-spec">(.*?)</script>')
SECRET = "Fell ill on 2021-03-04"


def specs(page: str) -> dict[str, Any]:
    return {name: json.loads(text) for name, text in SPEC.findall(page)}


def people_drawn(page: str) -> list[Any]:
    """Every trace that draws people one by one."""
    traces = [t for s in specs(page).values() for t in s["data"] if t["type"] == "scatter"]
    return [t for t in traces if t.get("hoverinfo") == "skip" and "markers" in t["mode"]]


def spoken(page: str) -> str:
    """The page's text, without tags and with plain spaces."""
    return re.sub(r"<[^>]+>", "", page).replace("\N{NO-BREAK SPACE}", " ")


def everything(page: str) -> bytes:
    """The page and, decoded, every array that a figure holds in base64."""
    arrays = [base64.b64decode(text) for text in re.findall(r'"bdata":"([^"]+)"', page)]
    return b"\n".join([page.encode(), *arrays])


@pytest.fixture(scope="module")
def whole() -> Contents:
    """The built run with free text, dates and exclusions where a trial has them."""
    made = build_contents()
    trial = replace(
        made.trial,
        participants=made.trial.participants.assign(notes=SECRET, site="Ward 7"),
        sessions=made.trial.sessions.assign(therapist="Dr Doe", acq_time="2021-03-04T10:00:00"),
    )
    plan = (
        'name = "builder"\nnotes = ["sub-07 was scanned twice"]\n\n'
        f'[[exclude]]\nparticipant = "sub-41"\nreason = "{SECRET}"\n'
    )
    fault = Fault("warning", "short", "sub-12 ses-week6", "12 lacks data", "Look.", "sub-12")
    flow = made.flow.assign(reason=made.flow["reason"].where(made.flow["reason"] == "", SECRET))
    return replace(
        made,
        trial=trial,
        plan_toml=plan,
        flow=flow,
        faults=(*made.faults, fault),
        plan_notes=("sub-07 was scanned twice.", "Intervals are exact."),
        plan_changes=("Change 1: exclude '0'.participant was absent, became sub-41.",),
        narrowed="The call narrowed this run to participants 01, 02.",
    )


@pytest.fixture(scope="module")
def page(whole: Contents) -> str:
    return render_report(share_contents(whole, 5))


def small_arm(whole: Contents, n: int = 3) -> Contents:
    """The same run with ``n`` people in the second arm, as its tables would then stand."""
    people = whole.trial.participants
    other = people.loc[people["arm"] == ARMS[1], "participant_id"]
    gone = set(other[n:])

    def keep(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[~frame["participant_id"].isin(gone)].reset_index(drop=True)

    measurements = {}
    for name, one in whole.measurements.items():
        left = ~np.isin(one.data["participant_id"].to_numpy(), list(gone))
        measurements[name] = replace(one, data=one.data.isel(scan=np.flatnonzero(left)))
    effects = whole.effects.copy()
    effects.loc[effects["arm"] == ARMS[1], ["n", "df"]] = [float(n), float(n - 1)]
    pooled = (effects["arm"] == "") | (effects["contrast"] != "")
    effects.loc[pooled, ["n", "df"]] = [20.0 + n, 18.0 + n]
    trial = replace(
        whole.trial,
        participants=keep(people),
        sessions=keep(whole.trial.sessions),
        scores=keep(whole.trial.scores),
        scans=tuple(r for r in whole.trial.scans if r.participant not in gone),
    )
    return replace(
        whole,
        trial=trial,
        measurements=measurements,
        effects=effects,
        quality=keep(whole.quality),
        flow=keep(whole.flow),
    )


def test_no_label_date_or_free_text_is_anywhere(whole: Contents, page: str) -> None:
    held = everything(page)
    for record in whole.trial.scans:
        assert record.id.encode() not in held or len(record.id) < 4
    for person in [*whole.trial.participants["participant_id"], "sub-41"]:
        assert person.encode() not in held, person
    for text in (SECRET, "Ward 7", "Dr Doe", "2021-03-04", "unnamed-", "scanned twice", "12 lacks"):
        assert text.encode() not in held, text
    assert "sub-07" in render_report(whole), "the search finds what there is to find"


def test_what_names_nobody_stays(page: str) -> None:
    assert "Intervals are exact." in page
    assert "Shared copy." in page
    assert "without labels" in page


def test_labels_that_slip_through_are_found(whole: Contents, page: str) -> None:
    assert names_found(page, whole) == ()
    assert names_found(page + "<td>sub-07</td>", whole) == ("sub-07",)
    assert names_found(page + "unnamed-00003", whole) == ("unnamed-00003",)


def test_everybody_is_drawn_in_the_order_of_values(whole: Contents, page: str) -> None:
    drawn = specs(page)["trajectory-1"]["data"]
    for trace in (t for t in drawn if t["name"] == "participants"):
        assert trace.get("hovertext") is None
        assert trace["hoverinfo"] == "skip"
        starts = [
            y for y, before in zip(trace["y"], [None, *trace["y"]], strict=False) if before is None
        ]
        assert len([s for s in starts if s is not None]) == 20
        assert starts == sorted(s for s in starts if s is not None) + [
            s for s in starts if s is None
        ]


def test_the_order_does_not_follow_the_participants_table(whole: Contents, page: str) -> None:
    back = whole.trial.participants["participant_id"].tolist()
    swap = dict(zip(back, back[::-1], strict=True))

    def renamed(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(participant_id=[swap[p] for p in frame["participant_id"]])

    measurements = {}
    for name, one in whole.measurements.items():
        who = [swap[p] for p in one.data["participant_id"].to_numpy()]
        data = one.data.assign_coords(participant_id=("scan", who))
        measurements[name] = replace(one, data=data)
    trial = replace(
        whole.trial,
        participants=renamed(whole.trial.participants),
        sessions=renamed(whole.trial.sessions),
        scores=renamed(whole.trial.scores),
    )
    other = replace(
        whole,
        trial=trial,
        measurements=measurements,
        quality=renamed(whole.quality),
        flow=renamed(whole.flow),
    )
    first, second = people_drawn(page), people_drawn(render_report(share_contents(other, 5)))
    assert first == second
    assert len(first) > 8


def test_no_table_has_a_row_a_person(whole: Contents) -> None:
    laid = lay_out(share_contents(whole, 5))
    assert [t.id for t in laid.quality] == ["quality-summary"]
    assert laid.flow is not None
    assert laid.flow.table is None
    tables = [o.table.id for o in laid.objections if o.table]
    assert "influence" not in tables
    assert "reliable-change" not in tables


def test_influence_keeps_counts_and_nothing_of_a_person(whole: Contents) -> None:
    left = share_contents(whole, 5).influence
    assert tuple(left.columns) == INFLUENCE_COLUMNS
    assert (left["participant_id"] == "").all()
    assert left[["estimate", "estimate_without", "p_without", "n"]].isna().all().all()


def test_an_arm_of_three_is_told_nowhere(whole: Contents) -> None:
    made = small_arm(whole)
    shared = share_contents(made, 5)
    rows = shared.effects
    mine = (rows["arm"] == ARMS[1]) | (rows["contrast"] != "") | (rows["arm"] == "")
    numbers = ["n", "estimate", "se", "ci_low", "ci_high", "effect_size", "statistic", "df"]
    assert mine.any()
    assert rows.loc[mine, [*numbers, "p_permutation"]].isna().all().all()
    assert rows.loc[~mine, "estimate"].notna().all(), "the large arm is still told"
    laid = lay_out(shared)
    facts = dict(laid.facts)
    assert facts["Participants"] == "21 to 24"
    assert facts["Scans"] == "not told"
    assert laid.flow is not None
    told = {box.arm: box.count for box in laid.flow.stages[0].boxes}
    assert told == {ARMS[0]: "20", ARMS[1]: "<5"}
    counts = [row[2].text for row in laid.quality[0].rows if row[0].text == ARMS[1]]
    assert counts == ["<5", "<5"]


def test_a_test_that_gave_nothing_tells_no_small_group_either(whole: Contents) -> None:
    made = small_arm(whole)
    effects = made.effects.copy()
    mine = effects["arm"] == ARMS[1]
    effects.loc[mine, ["estimate", "p"]] = np.nan
    effects.loc[mine, "status"] = "too few participants"
    words = spoken(render_report(share_contents(replace(made, effects=effects), 5)))
    assert not re.search(r"n = 3\b", words)
    assert not re.search(r"n = 23\b", words)


def test_the_total_gives_the_small_arm_back_nowhere(whole: Contents) -> None:
    made = small_arm(whole)
    page = render_report(share_contents(made, 5))
    text = re.sub(r"<script.*?</script>|<style.*?</style>", "", page, flags=re.DOTALL)
    words = spoken(text)
    for total in (r"\b23 participants", r"n = 23\b", r"n = 3\b", r"t\(2\)", r"t\(21\)"):
        assert not re.search(total, words), total
    for number in (2, 3, 21, 23):
        assert f'data-key="{number}.0"' not in text, number
    assert ">&lt;5</td>" in text
    whole_text = spoken(render_report(made))
    assert re.search(r"n = 23\b", whole_text)
    assert re.search(r"n = 3\b", whole_text)


def test_points_of_a_small_arm_are_not_drawn(whole: Contents) -> None:
    page = render_report(share_contents(small_arm(whole), 5))
    titles = [a["text"] for s in specs(page).values() for a in s["layout"].get("annotations", [])]
    assert any(ARMS[0] in t for t in titles)
    assert not any(ARMS[1] in t for t in titles)
    names = {t.get("name") for s in specs(page).values() for t in s["data"]}
    assert ARMS[1] not in names


def test_a_larger_group_is_told_where_the_call_allows_it(whole: Contents) -> None:
    shared = share_contents(small_arm(whole, 4), 4)
    assert not shared.effects["status"].str.startswith("withheld").any()


def test_people_who_may_lack_data_in_one_arm_make_a_comparison_small(whole: Contents) -> None:
    made = small_arm(whole, 6)
    effects = made.effects.copy()
    between = effects["kind"] == "interaction"
    effects.loc[effects["arm"] == ARMS[1], "n"] = 6.0
    # 18 and 5 people have both values; the table does not say in which arm two more lack something
    effects.loc[between, "n"] = 21.0
    found = small_tests(replace(made, effects=effects), 5)
    assert found[between.to_numpy()].all()


def test_suicidality_is_never_drawn_by_person(whole: Contents) -> None:
    scale = replace(whole.trial.scales["bdi"], name="bss", label="BSS")
    trial = replace(
        whole.trial,
        scores=whole.trial.scores.assign(scale="bss"),
        scales={"bss": scale},
    )
    questions = tuple(
        replace(q, outcomes=tuple("bss" for _ in q.outcomes)) for q in whole.questions
    )
    effects = whole.effects.assign(outcome=whole.effects["outcome"].replace("bdi", "bss"))
    made = replace(whole, trial=trial, questions=questions, effects=effects)
    shared = share_contents(made, 5)
    laid = lay_out(shared)
    drawn = specs(render_report(shared))
    about = [f for f in laid.trajectories if "BSS" in f.title]
    assert about
    for figure in about:
        assert {t["name"] for t in drawn[figure.id]["data"]} == {"mean"}
        assert "Only means are drawn" in figure.caption
    assert laid.associations == ()
    assert lay_out(made).associations, "the trial's team sees them"


def test_text_in_the_arm_column_that_is_no_arm_is_not_told(whole: Contents) -> None:
    people = whole.trial.participants.copy()
    people.loc[people.index[:6], "arm"] = SECRET
    made = replace(whole, trial=replace(whole.trial, participants=people))
    assert SECRET.encode() not in everything(render_report(share_contents(made, 5)))


def test_words_of_a_draft_tell_no_group_size_and_no_free_text(whole: Contents) -> None:
    doubt = "The tables hold several groups (group: MDD 33, HC 22, BP 3); the questions keep MDD."
    reason = "nobody has site = x; it holds Ward 7"
    made = replace(
        whole,
        doubts=(doubt,),
        plan_notes=(doubt,),
        plan_toml=f'name = "builder"\nnotes = ["{doubt}"]\n',
        unanswered=(replace(whole.unanswered[0], reason=reason),),
    )
    shared = share_contents(made, 5)
    held = render_report(shared)
    assert "BP 3" not in held
    assert "MDD 33" not in held
    assert "Ward 7" not in held
    assert shared.doubts == ("The tables hold several groups; the questions keep MDD.",)


def test_the_plan_keeps_its_roles(whole: Contents) -> None:
    sessions = whole.trial.sessions.assign(phase="baseline", drug=ARMS[0])
    plan = f'name = "builder"\n\n[roles]\nbaseline = "ses-baseline"\nreference = "{ARMS[1]}"\n'
    made = replace(whole, trial=replace(whole.trial, sessions=sessions), plan_toml=plan)
    told = share_contents(made, 5).plan_toml
    assert 'baseline = "ses-baseline"' in told
    assert f'reference = "{ARMS[1]}"' in told


def test_the_contents_that_were_shared_are_left_as_they_were(whole: Contents) -> None:
    before = whole.effects.copy(), whole.trial.participants.copy()
    share_contents(whole, 30)
    pd.testing.assert_frame_equal(whole.effects, before[0])
    pd.testing.assert_frame_equal(whole.trial.participants, before[1])


def test_what_was_answered_as_treated_stays_with_the_team(whole: Contents) -> None:
    switch = Switch("sub-01", ARMS[0], ARMS[1], "participants.tsv: treated_as")
    again = tuple(
        replace(q, name=f"{q.name}_too", standing="companion", analysis="as treated",
                repeats=q.name)
        for q in whole.questions
    )  # fmt: skip
    copy = whole.effects.assign(question=whole.effects["question"] + "_too", n=19.0)
    switched = replace(
        whole,
        questions=(*whole.questions, *again),
        effects=pd.concat([whole.effects, copy], ignore_index=True),
        schedule=Schedule(switches=(switch,)),
        plan_notes=(switch_sentence((switch,)),),
    )
    shared = share_contents(switched, 5)
    assert shared.questions == whole.questions
    pd.testing.assert_frame_equal(shared.effects, share_contents(whole, 5).effects)
    words = spoken(render_report(shared))
    assert "1 participant" not in words
    assert f"from {ARMS[0]} to" not in words
    assert "answered as randomised here" in words

    first = replace(switched, questions=(
        *(replace(q, analysis="as treated") for q in whole.questions),
        *(replace(q, analysis="as randomised") for q in again),
    ))  # fmt: skip
    told = share_contents(first, 5)
    assert {q.name for q in told.questions} == set(copy["question"])
    assert [q.standing for q in told.questions] == [q.standing for q in whole.questions]
    assert set(told.effects["question"]) == set(copy["question"])


def test_runs_are_combined_as_in_the_analysis_and_counted_for_nobody(whole: Contents) -> None:
    assert visit_methods(share_contents(whole, 5)) == "", "one run each is not several"
    scans = whole.trial.scans
    second = tuple(replace(r, id=f"{r.id}-2", run="2") for r in scans[:2])
    trial = replace(whole.trial, scans=(*(replace(r, run="1") for r in scans), *second))
    rule = RunRule("longest", {scans[3].id: 7.0}, frozenset({"ses-early"}))
    schedule = Schedule(unscheduled=("ses-early",), combine="longest")
    name, one = next(iter(whole.measurements.items()))
    ids = [scans[3].id, *(f"x{i}" for i in range(one.data.sizes["scan"] - 1))]
    held = {**whole.measurements, name: replace(one, data=one.data.assign_coords(scan=ids))}
    made = replace(whole, trial=trial, runs=rule, schedule=schedule, measurements=held)
    shared = share_contents(made, 5)
    assert shared.measurements[name].data["scan"].to_numpy()[:2].tolist() == ["3", "row-1"]
    assert shared.runs == RunRule("longest", {"3": 7.0}, frozenset({"ses-early"}))
    assert "value of the longest run" in visit_methods(shared)
    assert visit_objections(shared, read_rows(shared.effects)) == ()


def test_a_shared_copy_tells_that_the_run_was_blind_and_not_what_people_wrote(
    whole: Contents,
) -> None:
    lock = Lock("2026-01-01T00:00:00+00:00", "ab" * 32, "cd" * 32, "NCT01234567", "sub-01 asked")
    held = Blinding("ef" * 32, lock.plan, (lock, lock), "2026-01-02T00:00:00+00:00", ("x was y",))
    page = render_report(share_contents(replace(whole, blinding=held), 5))
    assert "Measured blind" in page
    assert "NCT01234567" in page
    assert "sub-01 asked" not in page
    assert "x was y" not in page
