"""Who received another treatment than that of the arm, by the tables of the trial."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import pandas as pd

from rewire.core.questions import Design, Question
from rewire.core.schedule import RECEIVED, Population, Switch
from rewire.core.types import Trial

COLUMNS: tuple[str, ...] = ("arm_received", "treated_as", "arm_actual")
"""The columns of ``participants.tsv`` that may say what people received."""

NOTHING = "nothing"
_NOTHING = ("none", "nothing", "untreated", "no treatment", "not treated")


@dataclass(frozen=True, slots=True)
class Received:
    """Who switched, and what is wrong with the tables that say so."""

    switches: tuple[Switch, ...] = ()
    faults: tuple[str, ...] = ()


def find_switches(trial: Trial, design: Design) -> Received:
    """Compare what people received with the arm that they were allotted to.

    Parameters
    ----------
    trial
        A column of :data:`COLUMNS` decides, where there is one; an empty cell means as allotted.
        Else the drugs of the session tables do, as far as they are called like arms: whoever was
        given those of several arms, or of another, switched.
    design
        Only a parallel design has arms to switch between.
    """
    if design.kind != "parallel" or design.factor not in trial.participants:
        return Received()
    table = trial.participants
    allotted = dict(
        zip(table["participant_id"].astype(str), table[design.factor].astype(str), strict=True)
    )
    named = [c for c in COLUMNS if c in table and c != design.factor]
    if len(named) > 1:
        return Received(faults=(f"participants.tsv has {' and '.join(named)}: keep one of them.",))
    if named:
        return _by_column(table, named[0], allotted, design)
    return Received(_by_drugs(trial, allotted, design))


def with_received(trial: Trial, design: Design, switches: tuple[Switch, ...]) -> Trial:
    """Return the trial with the arm as treated of each participant; as it is if none switched."""
    if not switches:
        return trial
    received = {s.participant: s.received for s in switches}
    people = trial.participants["participant_id"].astype(str)
    arms = trial.participants[design.factor]
    column = [received.get(p, arm) for p, arm in zip(people, arms, strict=True)]
    return replace(trial, participants=trial.participants.assign(**{RECEIVED: column}))


def both_analyses(
    questions: tuple[Question, ...], switches: tuple[Switch, ...], population: Population
) -> tuple[Question, ...]:
    """Return the questions, and where somebody switched each asked again of the other population.

    Parameters
    ----------
    questions
        As bound.
    switches
        Who switched.
    population
        That of the questions themselves.
    """
    if not switches:
        return questions
    other: Population = "as treated" if population == "as randomised" else "as randomised"
    own = tuple(replace(q, analysis=population) for q in questions)
    again = tuple(
        replace(
            q,
            name=f"{q.name}_{other.replace(' ', '_')}",
            text=f"{other.capitalize()}: {q.text}",
            standing="companion",
            analysis=other,
            repeats=q.name,
        )
        for q in questions
    )
    return (*own, *again)


def switch_sentence(switches: tuple[Switch, ...]) -> str:
    """Return how many people switched from where to where; empty where nobody did.

    Examples
    --------
    >>> switch_sentence((Switch("sub-01", "placebo", "drug", "treated_as"),))
    '1 participant was treated otherwise than allotted (1 from placebo to drug; treated_as).'
    """
    if not switches:
        return ""
    ways = Counter((s.allotted, s.received) for s in switches)
    told = ", ".join(f"{n} from {a} to {b}" for (a, b), n in sorted(ways.items()))
    n = len(switches)
    who = "1 participant was" if n == 1 else f"{n} participants were"
    sources = ", ".join(dict.fromkeys(s.source for s in switches))
    return f"{who} treated otherwise than allotted ({told}; {sources})."


def _by_column(
    table: pd.DataFrame, column: str, allotted: dict[str, str], design: Design
) -> Received:
    levels = dict.fromkeys([*design.arms, *(a for a in allotted.values() if a)])
    arms = {_folded(arm): arm for arm in levels}
    switches, unknown = [], []
    for person, cell in zip(table["participant_id"].astype(str), table[column], strict=True):
        text = _text(cell)
        if not text or _folded(text) == _folded(allotted[person]):
            continue
        received = arms.get(_folded(text), NOTHING if _folded(text) in _NOTHING else "")
        if received:
            source = f"participants.tsv: {column}"
            switches.append(Switch(person, allotted[person] or "no arm", received, source))
        else:
            unknown.append(f"{person} {text}")
    if not unknown:
        return Received(tuple(switches))
    fault = (
        f"participants.tsv: {column} holds what is no arm ({', '.join(unknown)}); the arms are "
        f"{', '.join(levels)}, and who received nothing has 'none'."
    )
    return Received(tuple(switches), (fault,))


def _by_drugs(trial: Trial, allotted: dict[str, str], design: Design) -> tuple[Switch, ...]:
    arms = {_folded(arm): arm for arm in design.arms}
    given: dict[str, dict[str, None]] = {}
    for person, drug in zip(trial.sessions["participant_id"], trial.sessions["drug"], strict=True):
        arm = arms.get(_folded(_text(drug)))
        if arm:
            given.setdefault(str(person), {})[arm] = None
    return tuple(
        Switch(person, arm, " and ".join(given[person]), "session tables: drug")
        for person, arm in allotted.items()
        if arm in design.arms and person in given and list(given[person]) != [arm]
    )


def _text(cell: object) -> str:
    if cell is None or cell is pd.NA or cell != cell:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _folded(text: str) -> str:
    return " ".join(text.lower().split())
