"""Whether people could tell what they were given, and what that does to the arm effect."""

from __future__ import annotations

import pandas as pd

from rewire.core.questions import Question
from rewire.report import names, numbers
from rewire.report.contents import Contents
from rewire.report.figures.guesses import guess_bars, index_marks, rate_curves
from rewire.report.phrases import caveat
from rewire.report.rows import EffectRow, Evidence
from rewire.report.tables import Table, from_frame
from rewire.report.wording import Exhibit, Wording

_NEAR = {"james_index": (0.4, 0.6), "bang_index": (-0.2, 0.2)}
"""What is near enough to chance to say so, once the whole interval lies there; for Bang's index
the limits that its authors use."""
_MOST_CURVES = 6
_JAMES = "James's index, .5 by chance"
_BANG = "Bang's index, 0 by chance"

_WARNING = (
    "Beside the guess: the arm effect at the same guess (least squares). At a rate of right "
    "guesses: strata of arm and right guess reweighted as if that share had guessed right.",
    "Both assume that the guess (what people expected) moved the score. Where people guessed from "
    "how they felt, improvement made the guess, and both take away true effect: in a simulated "
    "trial of that sort an effect of 0.50 comes out as 0.24. These data cannot tell which it was.",
)
_INDEX_NOTE = (
    "Bang's interval and p are those of Bonett and Price, which hold in small arms; the published "
    "interval is in the last columns."
)

_GUESSES = {
    "arm": "Arm",
    "recorded": "As recorded",
    "counts_as": "Counts as",
    "weight": "Weight",
    "n": "n",
    "share": "Share",
    "confidence_mean": "Confidence, mean",
    "confidence_sd": "SD",
}
_INDICES = {
    "who": "Who",
    "answered": "Answered",
    "named_an_arm": "Named an arm",
    "right": "Right",
    "share_right": "Share right",
    "share_low": "from",
    "share_high": "to",
    "which": "Index",
    "value": "Value",
    "low": "from ",
    "high": "to ",
    "published_low": "Published from",
    "published_high": "Published to",
    "published_p": "p, published",
    "p_unblinded": "p, one-sided",
}
_IMPROVEMENT = {
    "outcome": "Score",
    "session": "Time",
    "arm": "Arm",
    "n_named": "Named the treatment",
    "n_reference": "Named the reference",
    "change_named": "Change",
    "change_reference": "Change ",
    "difference": "Difference",
    "low": "from",
    "high": "to",
    "p": "p",
    "status": "Status",
}
_EFFECTS = {
    "outcome": "Score",
    "session": "Time",
    "contrast": "Arms",
    "effect": "Arm effect",
    "rate": "Share who guess right",
    "n": "n",
    "estimate": "Estimate",
    "low": "from",
    "high": "to",
    "p": "p",
    "status": "Status",
}


def finding(row: EffectRow, question: Question, contents: Contents) -> str:
    """Return whether guesses followed the arms."""
    james = row.measure == "james_index"
    low, high = _NEAR.get(row.measure, (0.0, 0.0))
    close = low <= row.ci_low and row.ci_high <= high
    if row.evidence is Evidence.NONE:
        who = f"Over all arms ({_JAMES})" if james else f"In the {row.arm} arm ({_BANG})"
        undecided = "" if close else "; the interval is too wide to say that they did not"
        return f"{who} there was no evidence that guesses differed from chance{undecided}"
    if james:
        way = (
            "people's guesses were right more often than at random"
            if row.estimate < 0.5
            else "people were unsure, or wrong, more often than guesses at random would be"
        )
        return f"Over all arms ({_JAMES}) {way}{caveat(row)}"
    way = "right" if row.estimate > 0 else "wrong"
    where = f"In the {row.arm} arm ({_BANG})"
    return f"{where} people guessed {way} more often than at random{caveat(row)}"


def is_index(row: EffectRow) -> bool:
    """Return whether a row is an index; arm effects are shown below the answer."""
    return bool(row.measure)


def family(row: EffectRow) -> tuple[str, ...]:
    """Return which rows are adjusted together: the indices, and each kind of arm effect."""
    return ("index",) if row.measure else (row.term.partition("]")[2],)


def exhibits(
    question: Question, rows: tuple[EffectRow, ...], contents: Contents
) -> tuple[Exhibit, ...]:
    """Return guesses by arm, the indices, and the arm effects beside them."""
    held = {
        name: frame[frame["question"] == question.name]
        for name, frame in contents.tables.items()
        if name.startswith("blinding_")
    }
    shown = []
    guesses = held.get("blinding_guesses", pd.DataFrame())
    if not guesses.empty:
        shown.append(_guessed(question, guesses, contents))
    indices = held.get("blinding_indices", pd.DataFrame())
    if not indices.empty:
        shown.append(_indices(question, rows, indices, contents))
    curves = held.get("blinding_cgr", pd.DataFrame())
    if not curves.empty:
        shown.append(_adjusted(question, curves, held["blinding_improvement"], contents))
    return tuple(shown)


def _guessed(question: Question, guesses: pd.DataFrame, contents: Contents) -> Exhibit:
    bars = guess_bars(f"{question.name}-bars", guesses, contents.design.arms)
    table = from_frame(f"{question.name}-guesses", "Guesses by arm", guesses, _GUESSES)
    return Exhibit("What people guessed", (), (bars,), (table,))


def _indices(
    question: Question, rows: tuple[EffectRow, ...], indices: pd.DataFrame, contents: Contents
) -> Exhibit:
    named = indices.assign(
        who=[str(arm) or "everybody" for arm in indices["arm"].fillna("")],
        which=[names.sentence_case(names.measure_label(str(i))) for i in indices["index"]],
    )
    marks = index_marks(
        f"{question.name}-marks", [row for row in rows if is_index(row)], _percent(contents)
    )
    caption = "Shares of right guesses among those who named an arm (exact intervals) and indices"
    table = from_frame(f"{question.name}-indices", caption, named, _INDICES)
    return Exhibit("How far guesses followed the arms", (_INDEX_NOTE,), (marks,), (table,))


def _adjusted(
    question: Question, curves: pd.DataFrame, improvement: pd.DataFrame, contents: Contents
) -> Exhibit:
    figures = [
        rate_curves(
            f"{question.name}-rate-{i}",
            mine,
            names.scale_label(str(outcome), contents.trial.scales),
            _percent(contents),
        )
        for i, ((outcome, _), mine) in enumerate(
            curves.groupby(["outcome", "contrast"], sort=False), start=1
        )
        if mine["estimate"].notna().any()
    ]
    ends = curves[(curves["effect"] != "at a rate of right guesses") | (curves["rate"] == 0.5)]
    # where half had guessed right already, every point of the curve is the same
    ends = ends.drop_duplicates(["outcome", "session", "contrast", "effect"])
    tables = (
        _labelled(f"{question.name}-effects", "Arm effects on the change", ends, contents),
        _labelled(
            f"{question.name}-improvement",
            "Change of those who named the treatment and of those who named the reference",
            improvement,
            contents,
        ),
    )
    return Exhibit("The arm effect and the guess", _WARNING, tuple(figures[:_MOST_CURVES]), tables)


def _labelled(identity: str, caption: str, frame: pd.DataFrame, contents: Contents) -> Table:
    scales = contents.trial.scales
    told = frame.assign(
        outcome=[names.scale_label(str(o), scales) for o in frame["outcome"]],
        status=["" if s == "ok" else s for s in frame["status"]],
    )
    if "contrast" in told:
        told["contrast"] = [str(c).replace(" - ", f" {numbers.MINUS} ") for c in told["contrast"]]
    return from_frame(identity, caption, told, _EFFECTS if "effect" in frame else _IMPROVEMENT)


def _percent(contents: Contents) -> str:
    return f"{contents.inference.confidence * 100:g}%"


WORDING = Wording(
    label="index of blinding",
    noun="guesses that follow what people were given",
    symbol="index",
    planned="indices of James and of Bang for guesses of the treatment; the arm effect on the "
    "change beside the guess, and with right guesses reweighted to a half",
    method="Blinding was assessed with James's index (delta-method interval) and, within arms, "
    "Bang's index (interval and p of Bonett and Price); arm effects on the change are given as "
    "they were, beside the guess (least squares) and with the strata of arm and right guess "
    "reweighted to a rate of one half (Szigeti et al. 2023), which is valid only if the guess "
    "moved the outcome",
    finding=finding,
    answers=is_index,
    family=family,
    estimate="bounded",
    exhibits=exhibits,
)
