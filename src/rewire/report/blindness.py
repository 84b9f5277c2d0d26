"""What a reader must know of a run that was measured blind: what was locked, what changed since."""

from __future__ import annotations

from dataclasses import dataclass

from rewire.report import numbers
from rewire.report.contents import Contents


@dataclass(frozen=True, slots=True)
class Blindness:
    """The box on the first page.

    Attributes
    ----------
    sentences
        How it was measured and locked.
    changes
        Every change of plan, exclusions or scans after unblinding.
    filled
        What the locked plan left open and the tables filled in.
    """

    sentences: tuple[str, ...]
    changes: tuple[str, ...]
    filled: tuple[str, ...]


def blindness(contents: Contents) -> Blindness | None:
    """Return what the first page says of blinding; None where nothing was blind.

    Parameters
    ----------
    contents
        The report's contents.
    """
    held = contents.blinding
    if held is None or not held.locks:
        return None
    last = held.locks[-1]
    where = f", registered as {last.registry}" if last.registry else ""
    sentences = [
        "The scans were measured and judged under opaque ids, without arms, sessions or scores. "
        f"Plan and exclusions were then locked ({last.plan[:12]}{where}), and arms and scores "
        "were joined afterwards."
    ]
    if not last.registry:
        sentences.append(
            "No registration was named: the hash shows what was locked, and nothing shows when."
        )
    if len(held.locks) > 1:
        n = numbers.count(len(held.locks), "lock")
        reasons = "; ".join(one.reason for one in held.locks[1:] if one.reason)
        why = f"; the later ones because: {reasons}" if reasons else ""
        sentences.append(f"There were {n} before unblinding{why}.")
    changes = list(contents.plan_changes)
    if held.rescanned:
        changes.append("The scans are not those that were measured blind: files were changed.")
    return Blindness(tuple(sentences), tuple(changes), held.filled)
