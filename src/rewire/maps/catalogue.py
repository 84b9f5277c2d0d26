"""Public sets of maps that ``rewire fetch`` knows: addresses, licences, what is to be cited."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from rewire.core.errors import UsageError

PREFIX = "fetched:"
"""What stands in a plan before the name of a set."""


class SetFile(BaseModel):
    """One file of a set.

    Attributes
    ----------
    name
        What it is called in the cache folder.
    address
        Where it is published.
    sha256
        Its checksum where the publisher states one; empty where none is known.
    columns
        Names of the columns of a table that has no header.
    regions
        Another file of the set: the names of the rows of a table that has none, in its order.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    address: str
    sha256: str = ""
    columns: tuple[str, ...] = ()
    regions: str = ""


class PublicSet(BaseModel):
    """A named set.

    Attributes
    ----------
    name
        What is typed after ``rewire fetch``, and after ``fetched:`` in a plan.
    holds
        Where in the plan's ``[maps]`` it is named.
    about
        What it is.
    licence
        As its publisher words it, or that nobody could confirm one.
    forbids
        What its licence forbids; empty for nothing that is known.
    citation
        What is to be cited.
    source
        The page that describes it.
    files
        The first are what is read; a file that names regions is no map itself.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    holds: str
    about: str
    licence: str
    forbids: str = ""
    citation: str
    source: str
    files: tuple[SetFile, ...]

    @property
    def tables(self) -> tuple[SetFile, ...]:
        """The files that hold values, without those that name regions."""
        named = {f.regions for f in self.files}
        return tuple(f for f in self.files if f.name not in named)


@cache
def read_catalogue() -> tuple[PublicSet, ...]:
    """Return the sets that are known, in the order of the catalogue.

    Examples
    --------
    >>> [one.forbids for one in read_catalogue() if one.name == "receptors"]
    ['commercial use']
    """
    text = (files("rewire.maps") / "catalogue.toml").read_text(encoding="utf-8")
    return tuple(PublicSet.model_validate(one) for one in tomllib.loads(text)["set"])


def find_set(name: str) -> PublicSet:
    """Return the set of this name.

    Raises
    ------
    UsageError
        If there is none; the message lists the names.
    """
    known = {one.name: one for one in read_catalogue()}
    if name not in known:
        raise UsageError(f"No set is called '{name}'; there are {', '.join(known)}.")
    return known[name]
