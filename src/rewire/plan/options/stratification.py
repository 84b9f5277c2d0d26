"""What a question about groups of people can be told."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rewire.core.options import KindOptions


class StratificationOptions(KindOptions):
    """Options of ``kind = "stratification"``.

    Attributes
    ----------
    of
        Whether people are grouped by how they ``change`` or by their ``baseline``.
    space
        ``regions``: by the values of all regions. ``annotations``: by each person's slopes on the
        annotations of the plan's ``[maps]``.
    k_max
        The largest number of groups that is tried.
    draws
        Clouds drawn from each null.
    subsamples
        Subsamples of four fifths of the people.
    fewest
        With fewer people nobody is grouped.
    """

    of: Literal["change", "baseline"] = "change"
    space: Literal["regions", "annotations"] = "regions"
    k_max: int = Field(default=5, ge=2, le=10)
    draws: int = Field(default=500, ge=100, le=100_000)
    subsamples: int = Field(default=100, ge=20, le=10_000)
    fewest: int = Field(default=40, ge=20)
