"""What a question about annotations can be told."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator

from rewire.core.options import KindOptions


class AnnotationOptions(KindOptions):
    """Options of ``kind = "annotation"``.

    Attributes
    ----------
    of
        Which map is held against the annotations: that of the ``change`` within each arm, of the
        ``interaction`` (difference in change between arms) or of the ``ancova`` (arms afterwards,
        adjusted for baseline).
    statistic
        ``spearman`` ranks the annotation, the group's map and each null map.
    maps
        Names of the annotations; empty for all of the plan's ``[maps]``.
    beside
        What is told beside: ``dominance``, what all annotations explain together, what each adds,
        and how well they predict far away; ``networks``, which networks hold the change;
        ``partial``, each annotation with others held fixed.
    given
        What ``partial`` holds fixed: names of maps, or ``place``, the distance from the midline
        and the two other coordinates of a region.
    """

    of: Literal["change", "interaction", "ancova"] = "change"
    statistic: Literal["pearson", "spearman"] = "pearson"
    maps: tuple[str, ...] = ()
    beside: tuple[Literal["dominance", "networks", "partial"], ...] = ()
    given: tuple[str, ...] = ("place",)

    @field_validator("given")
    @classmethod
    def _something(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse a partial correlation that holds nothing fixed."""
        if not given:
            raise ValueError('name maps, or "place"')
        return given
