"""Runs, repeated baselines, visits in place of others, and people who switched: in words."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pandas as pd

from rewire.effects.runs import run_counts
from rewire.plan.received import switch_sentence
from rewire.report import names, numbers
from rewire.report.contents import Contents
from rewire.report.objection import Objection
from rewire.report.observed import arm_lookup
from rewire.report.rows import EffectRow
from rewire.report.sentences import family_of, sentence
from rewire.report.tables import from_frame

_RULES = {
    "mean": "the mean over the runs that gave a value",
    "first": "the value of the first run that gave one",
    "last": "the value of the last run that gave one",
    "longest": "the value of the longest run that gave one",
    "weighted": "the mean over the runs that gave a value, weighted by retained minutes",
}
_MOST_SENTENCES = 12


def asked_first(contents: Contents) -> Contents:
    """Return the contents without the questions that repeat others in the other population.

    Figures and critics speak of the analysis that the plan asks for; the other stands beside it
    in the answers, in the table of effects and under an objection of its own.
    """
    again = {q.name for q in contents.questions if q.repeats}
    if not again:
        return contents
    return replace(
        contents,
        questions=tuple(q for q in contents.questions if not q.repeats),
        baseline_change=_without(contents.baseline_change, again),
        influence=_without(contents.influence, again),
    )


def visit_methods(contents: Contents) -> str:
    """Return the methods sentences about runs, visits and arms; empty where there is nothing."""
    schedule = contents.schedule
    lines = []
    if len(run_counts(contents.trial)):
        lines.append(
            "Where a session held several runs of one acquisition, its value is "
            f"{_RULES[contents.runs.combine]}."
        )
    if schedule.baseline is not None:
        parts = numbers.listing([names.time_label(str(p)) for p in schedule.baseline.parts])
        how = "mean of those" if schedule.baseline.take == "mean" else "last of those"
        lines.append(f"Baseline is the {how} of {parts} that a participant has.")
    lines += _substituted(contents)
    if schedule.unscheduled:
        left = numbers.listing([names.time_label(s) for s in schedule.unscheduled])
        lines.append(f"Sessions that were not scheduled ({left}) entered no analysis of their own.")
    if schedule.switches:
        lines.append(
            f"{switch_sentence(schedule.switches)} Questions were answered "
            f"{_population(contents)} and again {_other(contents)}."
        )
    return " ".join(lines)


def visit_objections(contents: Contents, rows: tuple[EffectRow, ...]) -> tuple[Objection, ...]:
    """Return what a critic would ask about runs and about people who switched.

    Parameters
    ----------
    contents
        The report's contents, every question included.
    rows
        The whole effects table.
    """
    found = (_uneven_runs(contents), _switches(contents, rows))
    return tuple(one for one in found if one is not None)


def _uneven_runs(contents: Contents) -> Objection | None:
    counts = run_counts(contents.trial)
    if counts.empty or contents.shared is not None:  # fewest and most are single people's
        return None
    arms = arm_lookup(contents.trial, contents.design)
    crossover = contents.design.kind == "crossover"
    pairs = zip(counts["participant_id"], counts["session_id"], strict=True)
    named = [arms.get((str(p), str(s) if crossover else ""), "") for p, s in pairs]
    counts = counts.assign(arm=[names.arm_label(a) for a in named])
    grouped = counts.groupby(["arm", "time"], sort=False)["runs"]
    table = grouped.agg(people="size", mean="mean", least="min", most="max").reset_index()
    table = table.assign(time=[names.time_label(t) or "all" for t in table["time"]])
    if table["mean"].nunique() < 2 and (table["least"] == table["most"]).all():
        return None
    line = (
        "Numbers of runs differ between arms, sessions or participants. A value that rests on "
        f"more data varies less, and some measures shift with the amount of data; here it is "
        f"{_RULES[contents.runs.combine]}. A difference in runs that goes with arm or session can "
        "pass for an effect of treatment."
    )
    headings = {
        "arm": "Arm",
        "time": "Time",
        "people": "Participants",
        "mean": "Runs, mean",
        "least": "Fewest",
        "most": "Most",
    }
    shown = from_frame("run-counts", "Runs by arm and time", table, headings)
    return Objection("Does everybody have as many runs?", (line,), shown)


def _switches(contents: Contents, rows: tuple[EffectRow, ...]) -> Objection | None:
    if not contents.schedule.switches:
        return None
    lines = [
        switch_sentence(contents.schedule.switches),
        (
            "As randomised, everybody counts in the arm that chance gave them, so the arms differ "
            "by chance alone; as treated, they count in the arm whose treatment they received, and "
            "what made them switch may also be what made them recover."
        ),
    ]
    asked = {q.name: q for q in contents.questions}
    again = [r for r in rows if asked[r.question].repeats and not r.place and r.sides is not None]
    for row in again[:_MOST_SENTENCES]:
        question = asked[row.question]
        family = family_of(question, tuple(r for r in rows if r.question == row.question))
        lines.append(sentence(row, question, contents, family))
    if len(again) > _MOST_SENTENCES:
        lines.append(f"{len(again) - _MOST_SENTENCES:,} more are in effects/effects.tsv.")
    return Objection("Did people receive what they were allotted to?", tuple(lines))


def _substituted(contents: Contents) -> list[str]:
    ways = Counter((s.scheduled, s.visit) for s in contents.schedule.substitutions)
    return [
        f"{numbers.count(n, 'participant')} who missed {names.time_label(scheduled)} counted with "
        f"{names.time_label(visit)} in its place."
        for (scheduled, visit), n in ways.items()
    ]


def _population(contents: Contents) -> str:
    own = [q.analysis for q in contents.questions if not q.repeats]
    return own[0] if own else "as randomised"


def _other(contents: Contents) -> str:
    return "as treated" if _population(contents) == "as randomised" else "as randomised"


def _without(frame: pd.DataFrame, again: set[str]) -> pd.DataFrame:
    return frame[~frame["question"].isin(again)] if "question" in frame else frame
