"""Drafted questions about what people brought, were given beside the drug, guessed and suffered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from rewire.core.questions import Design, Kind
from rewire.core.types import Trial
from rewire.plan.question import QuestionDraft
from rewire.plan.roles import session_order

_GUESSES = ("guess", "arm_guess", "treatment_guess")
_CONFIDENCE = ("guess_confidence", "confidence")
_CONTEXTS = ("therapy", "psychotherapy", "support", "setting", "music", "context")
_BROUGHT = ("expectancy", "suggestibility", "alliance", "therapeutic_alliance")
_EXPERIENCES = ("meq30", "5dasc", "11dasc", "cadss", "ebi")
_FEWEST = 3


def context_questions(
    trial: Trial, design: Design, before: str, sessions: tuple[str, ...]
) -> tuple[QuestionDraft, ...]:
    """Return the questions that certain columns and tables of a parallel trial suggest.

    Parameters
    ----------
    trial
        Columns of its participants are known by name: ``guess``, ``therapy``, ``expectancy``,
        ``alliance``, ``meq30`` and the like.
    design
        Only where people are in one arm each is anything asked.
    before
        Session of the scores before treatment.
    sessions
        Sessions of the later scores that other questions are about, in order.

    Returns
    -------
    tuple of QuestionDraft
        None where a score is told twice for a person and session: somebody has to choose first.
    """
    if design.kind != "parallel" or not sessions or _told_twice(trial):
        return ()
    return tuple(
        QuestionDraft(outcomes=("@outcome",), **question)
        for question in (
            *_visits(trial, design, before),
            *_context(trial, sessions),
            *_guesses(trial, sessions),
            *_harms(trial, sessions),
        )
    )


def _told_twice(trial: Trial) -> bool:
    held = trial.scores.dropna(subset=["value"])
    return bool(held.duplicated(["participant_id", "session_id", "scale"]).any())


def _visits(trial: Trial, design: Design, before: str) -> Iterator[dict[str, Any]]:
    order = [*session_order(trial)]
    scored = set(trial.scores.dropna(subset=["value"])["session_id"])
    later = order[order.index(before) + 1 :] if before in order else []
    sessions = tuple(s for s in later if s in scored)
    if len(sessions) > 1 and design.randomised:
        yield {
            "name": "scores_visits",
            "text": "Did the arms differ at each visit, missing visits allowed for?",
            "kind": Kind.MMRM,
            "after": sessions,
            "options": {
                "strategy": "treatment policy",
                "intercurrent_events": "none stated: every score that was recorded is used",
            },
        }


def _context(trial: Trial, sessions: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    people = trial.participants
    context = [c for c in _CONTEXTS if c in people and _is_factor(people[c])]
    brought = [c for c in _BROUGHT if c in people and _is_number(people[c])]
    experience = next((c for c in _EXPERIENCES if c in people and _is_number(people[c])), "")
    if not (context or experience):
        return
    yield {
        "name": "pill_or_process",
        "text": "Was it the drug, what happened around it, or both together?",
        "kind": Kind.PROCESS,
        "after": sessions[-1:],
        "options": {"context": context, "moderators": brought, "experience": experience},
    }


def _guesses(trial: Trial, sessions: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    guess = next((c for c in _GUESSES if c in trial.participants), "")
    if not guess:
        return
    sure = next((c for c in _CONFIDENCE if c in trial.participants), "")
    yield {
        "name": "guesses",
        "text": "Did people know what they were given, and does that account for the difference?",
        "kind": Kind.BLINDING,
        "after": sessions[-1:],
        "outcome_sessions": sessions[-1:],
        "options": {"guess": guess, "confidence": sure},
    }


def _harms(trial: Trial, sessions: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    if trial.adverse_events.empty:
        return
    yield {
        "name": "benefit_and_harm",
        "text": "How many got better and how many were harmed, by arm?",
        "kind": Kind.HARMS,
        "after": sessions[-1:],
        "outcome_sessions": sessions[-1:],
    }


def _is_factor(column: pd.Series[Any]) -> bool:
    """Return whether a column has two to four levels with some people each."""
    sizes = column.dropna().astype(str).value_counts()
    sizes = sizes[[level not in ("", "n/a") for level in sizes.index]]
    return 2 <= len(sizes) <= 4 and int(sizes.min()) >= _FEWEST


def _is_number(column: pd.Series[Any]) -> bool:
    return pd.api.types.is_numeric_dtype(column) and bool(column.notna().any())
