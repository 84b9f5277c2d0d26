"""What a question about annotations can be told."""

from __future__ import annotations

from typing import Literal

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
    """

    of: Literal["change", "interaction", "ancova"] = "change"
    statistic: Literal["pearson", "spearman"] = "pearson"
    maps: tuple[str, ...] = ()
