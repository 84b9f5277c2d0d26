"""What the methods say of maps: which, from where, under which licence, what they lack."""

from __future__ import annotations

import pandas as pd

from rewire.core.types import Trial
from rewire.maps.account import map_table
from rewire.report import numbers


def map_methods(trial: Trial) -> str:
    """Return a paragraph on the maps of a plan; empty where it names none.

    Parameters
    ----------
    trial
        With its maps and atlases.

    Returns
    -------
    str
        One sentence a source: what came from it, its licence, what is to be cited, what was done
        to it and how many regions it lacks.
    """
    table = map_table(trial.maps, tuple(trial.atlases.values()))
    if table.empty:
        return ""
    sources = table.groupby(["source", "licence", "citation"], sort=False)
    return " ".join(["Maps of the brain:", *(_source(rows) for _, rows in sources)])


def _source(rows: pd.DataFrame) -> str:
    first = rows.iloc[0]
    maps = rows[rows["content"] == "annotation"]
    others = rows[rows["content"] != "annotation"]
    told = [_annotations(maps)] if len(maps) else []
    told += [_other(row) for _, row in others.drop_duplicates("map").iterrows()]
    text = f"{numbers.listing(told)} from {first['source']}"
    text += f" (licence: {first['licence']})" if first["licence"] else " (licence not stated)"
    text += "".join(f"; {note}" for note in dict.fromkeys(rows["note"]) if note)
    text += _lacking(rows)
    return f"{text}. {first['citation']}".rstrip() if first["citation"] else f"{text}."


def _annotations(maps: pd.DataFrame) -> str:
    names = list(dict.fromkeys(maps["map"]))
    few = numbers.listing(names) if len(names) <= 6 else f"{', '.join(names[:5])} and others"
    return f"{numbers.count(len(names), 'annotation')} ({few})"


def _other(row: pd.Series) -> str:
    if row["content"] == "expression":
        return f"expression of {row['map']}"
    return (
        str(row["content"]) if row["map"] == "interactions" else f"{row['content']} ({row['map']})"
    )


def _lacking(rows: pd.DataFrame) -> str:
    """Say how many regions of each atlas have no value, in the map that has least."""
    told = []
    for atlas, of_atlas in rows[rows["atlas"] != ""].groupby("atlas", sort=False):
        worst = of_atlas.sort_values("matched", kind="stable").iloc[0]
        regions, lacking = int(worst["regions"]), int(worst["regions"] - worst["matched"])
        if lacking:
            told.append(f"up to {lacking} of {regions} regions of {atlas} have no value there")
    return "".join(f"; {part}" for part in told)
