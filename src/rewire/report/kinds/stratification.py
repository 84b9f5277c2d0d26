"""Whether people fall into groups by how their brains changed."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from rewire.core.questions import Question
from rewire.maps.stratification import GROUPS
from rewire.report import names
from rewire.report.contents import Contents
from rewire.report.figures.strata import people_figure, stability_figure
from rewire.report.figures.theme import Figure
from rewire.report.phrases import caveat, where
from rewire.report.rows import EffectRow, Evidence
from rewire.report.tables import Table, from_frame
from rewire.report.wording import Exhibit, Wording

_KEYS = ["measure", "session", "acquisition", "arm"]


def finding(row: EffectRow, question: Question, contents: Contents) -> str:
    """Return whether people fall into groups; groups that do not come back are none."""
    what = names.measure_label(row.measure)
    if row.evidence is Evidence.NONE:
        return (
            f"{where(row)}there was no evidence that people fall into groups by {what}: one cloud "
            "of people explains it as well"
        )
    if row.term != GROUPS:
        return (
            f"{where(row)}people did not lie as one cloud by {what}{caveat(row)}, but there was "
            "no evidence of groups that come back"
        )
    return f"{where(row)}people fell into groups by {what}, beyond one cloud of the same shape"


def exhibits(
    question: Question, rows: tuple[EffectRow, ...], contents: Contents
) -> tuple[Exhibit, ...]:
    """Return, for each measure, the verdict with its numbers, and groups where there are any."""
    verdicts = _own(contents, "stratification", question)
    return tuple(
        _exhibit(question, at, verdict, contents)
        for at, verdict in enumerate(_records(verdicts), 1)
    )


def _exhibit(
    question: Question, at: int, verdict: dict[str, object], contents: Contents
) -> Exhibit:
    identity = f"{question.name}-{at}"
    what = names.measure_label(str(verdict["measure"]))
    parts = {
        name: _same(_own(contents, f"stratification_{name}", question), verdict)
        for name in ("numbers", "people", "profiles", "scores")
    }
    held = verdict["held"] == "yes"
    figures: list[Figure] = []
    if held and not parts["people"].empty:
        figures.append(people_figure(identity, what, parts["people"]))
    if not parts["numbers"].empty:
        figures.append(stability_figure(identity, what, parts["numbers"]))
    return Exhibit(
        f"Groups by {what}", tuple(_lines(verdict, held)), tuple(figures),
        tuple(_tables(identity, verdict, parts)),
    )  # fmt: skip


def _lines(verdict: dict[str, object], held: bool) -> Iterator[str]:
    yield (
        f"{verdict['n']} people, {verdict['cells']} values each, in {verdict['components']} "
        f"principal components that hold {float(str(verdict['variance'])):.0%} of what they differ "
        f"in. The gap statistic chose {verdict['groups']} groups."
    )
    if not held:
        yield f"No groups are claimed and none were written: {verdict['reason']}."
    yield (
        "People are held against one normal cloud of exactly their covariance, and against one "
        "that leans to one side as they do; the larger p counts. A strongly skewed cloud can "
        "still pass for groups: look at the drawing."
    )
    if held:
        yield (
            "Regions decided who is in which group, so that no test says where groups differ in "
            "them: that they do is how they were made. Symptoms took no part in it and are tested; "
            "the test takes the groups as known, which they are not quite, and a relation with a "
            "continuous profile would show in it as well."
        )


def _tables(
    identity: str, verdict: dict[str, object], parts: dict[str, pd.DataFrame]
) -> Iterator[Table]:
    frame = pd.DataFrame([verdict])
    yield from_frame(f"strata-verdict-{identity}", "The test", frame, _VERDICT)
    for name, caption, headings in _SHOWN:
        if not parts[name].empty:
            yield from_frame(f"strata-{name}-{identity}", caption, parts[name], headings)


_VERDICT = {
    "n": "n",
    "groups": "Groups",
    "gap": "Gap",
    "p_gaussian": "p, normal cloud",
    "p_skewed": "p, leaning cloud",
    "p_adjusted": "Adjusted p",
    "rand": "Adjusted Rand",
    "lowest_jaccard": "Lowest Jaccard",
    "smallest_group": "Smallest group",
    "silhouette": "Mean silhouette",
}
_SHOWN: tuple[tuple[str, str, dict[str, str]], ...] = (
    (
        "scores",
        "Whether groups differ in how symptoms changed",
        {
            "outcome": "Score",
            "outcome_session": "Session",
            "people": "People",
            "f": "F",
            "df": "df",
            "df_residual": "Residual df",
            "eta_squared": "Share explained",
            "p": "p",
        },
    ),
    (
        "profiles",
        "Mean of each group",
        {
            "group": "Group",
            "people": "People",
            "region": "Region",
            "map": "Map",
            "mean": "Mean",
            "sd": "SD",
            "mean_of_others": "Mean of the others",
        },
    ),
    (
        "people",
        "Who is in which group",
        {
            "participant_id": "Person",
            "in_arm": "Arm",
            "group": "Group",
            "silhouette": "Silhouette",
            "membership": "Same group in subsamples",
        },
    ),
)


def _own(contents: Contents, name: str, question: Question) -> pd.DataFrame:
    table = contents.tables.get(name)
    return pd.DataFrame() if table is None else table[table["question"] == question.name]


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]


def _same(frame: pd.DataFrame, verdict: dict[str, object]) -> pd.DataFrame:
    if frame.empty:
        return frame
    alike = pd.Series(True, index=frame.index)
    for key in _KEYS:
        alike &= frame[key].fillna("").astype(str) == str(verdict[key] or "")
    return frame[alike]


WORDING = Wording(
    label="gap of groups",
    noun="groups of people by {what}",
    symbol="gap",
    planned="k-means of people in principal components; number of groups by the gap statistic; "
    "tested against rotated normal clouds and leaning ones; groups are written only if p, "
    "stability (Jaccard .75) and size allow",
    method="People were grouped by k-means in as many principal components as hold 80% of the "
    "variance, those far out drawn in; the number of groups was chosen by the gap statistic with "
    "the rule of one standard error, and the largest gap held against single normal clouds of "
    "the same covariance (rotation test) and single clouds of the same skewness; groups were "
    "claimed only where the larger p was below .05, each group came back in subsamples of four "
    "fifths with a Jaccard index of .75, and none held fewer than a tenth of the people",
    finding=finding,
    exhibits=exhibits,
)
