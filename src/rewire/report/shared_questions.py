"""Which questions a shared copy tells."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from rewire.core.questions import Kind
from rewire.report.contents import Contents

_TOLD = frozenset(
    {
        Kind.CHANGE,
        Kind.INTERACTION,
        Kind.ANCOVA,
        Kind.CHANGE_ASSOCIATION,
        Kind.AFTER_ASSOCIATION,
        Kind.BASELINE_GROUP,
        Kind.MODERATION,
    }
)
"""Kinds whose rows the rules for small groups know how to withhold."""


def told_questions(contents: Contents) -> Contents:
    """Return contents without the questions that a shared copy cannot tell.

    Parameters
    ----------
    contents
        What the run measured and estimated.

    Returns
    -------
    Contents
        Without what was answered as treated where somebody switched, and without kinds that
        count few people by nature, such as adverse events and guesses.
    """
    gone = {q.name for q in contents.questions if q.kind not in _TOLD}
    return _without(_as_randomised(contents), gone)


def left_out_sentences(contents: Contents) -> tuple[str, ...]:
    """Return that some questions are not told, for the first page; empty where all are."""
    kinds = sorted({q.kind.value for q in contents.questions if q.kind not in _TOLD})
    if not kinds:
        return ()
    return (
        f"Questions of these kinds are left out, since they count few people or show single ones: "
        f"{', '.join(kind.replace('_', ' ') for kind in kinds)}.",
    )


def _without(contents: Contents, gone: set[str]) -> Contents:
    if not gone:
        return contents
    return replace(
        contents,
        questions=tuple(q for q in contents.questions if q.name not in gone),
        unanswered=tuple(u for u in contents.unanswered if u.question not in gone),
        effects=_not_of(contents.effects, gone),
        baseline_change=_not_of(contents.baseline_change, gone),
        influence=_not_of(contents.influence, gone),
    )


def _as_randomised(contents: Contents) -> Contents:
    """Leave out what was answered as treated, where somebody switched.

    The same test stands beside it as randomised, and the difference of the two is that of the few
    who switched: it would give them back, to the number where one did.
    """
    if not contents.schedule.switches:
        return contents
    asked = {q.name: q for q in contents.questions}
    told = tuple(q for q in contents.questions if q.analysis == "as randomised")
    gone = set(asked) - {q.name for q in told}
    questions = (
        replace(q, repeats="", text=asked[q.repeats].text, standing=asked[q.repeats].standing)
        if q.repeats
        else q
        for q in told
    )
    return replace(
        contents,
        questions=tuple(questions),
        unanswered=tuple(u for u in contents.unanswered if u.question not in gone),
        effects=_not_of(contents.effects, gone),
        baseline_change=_not_of(contents.baseline_change, gone),
        influence=_not_of(contents.influence, gone),
    )


def _not_of(frame: pd.DataFrame, questions: set[str]) -> pd.DataFrame:
    if "question" not in frame:
        return frame
    return frame[~frame["question"].isin(questions)].reset_index(drop=True)
