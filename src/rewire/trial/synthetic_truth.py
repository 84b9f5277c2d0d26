"""What a simulated trial plants, and what follows from it without simulation."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from rewire.core.atlas import Atlas
from rewire.trial.synthetic_series import between_network_z
from rewire.trial.synthetic_spec import BDI, LAST_SESSION, WEMWBS, ArmSpec, ScoreModel, TrialSpec

_Row = tuple[str, str, float, str]


def planted_truth(atlas: Atlas, spec: TrialSpec) -> pd.DataFrame:
    """Return what was planted, in the terms of the effects that estimate it.

    Parameters
    ----------
    atlas
        The simulated atlas.
    spec
        The trial.

    Returns
    -------
    pd.DataFrame
        Columns ``name``, ``arm``, ``value``, ``note``. ``name`` is ``kind:measure``,
        ``kind:outcome:session`` or ``kind:measure:outcome``, the kind being one of
        :class:`rewire.core.questions.Kind`; ``arm`` is empty where arms are compared. Changes
        are after minus before at the last session. A measure whose expected change has no
        formula stands here only for an arm in which it is 0.
    """
    rows: list[_Row] = []
    for arm in spec.arms:
        between = _between_change(atlas, arm, spec)
        rows += [("change:connectivity_between", arm.name, between, "mean Fisher z")]
        rows += [
            (f"change:{m.scale}:{LAST_SESSION}", arm.name, c, note)
            for m, c, note in _score_changes(arm)
        ]
        rows += [
            (
                "change_association:integration:bdi",
                arm.name,
                arm.coupling,
                "r of the true changes; noise in scans and scores brings an estimate nearer to 0",
            )
        ]
        if arm.integration_change == 0.0:
            null = "networks have the same distribution before and after"
            rows += [(f"change:{m}", arm.name, 0.0, null) for m in _NULL_MEASURES]
        if arm.coupling == 0.0:
            unrelated = "symptoms fall without regard to the networks"
            rows += [
                (f"change_association:{m}:bdi", arm.name, 0.0, unrelated) for m in _NULL_MEASURES
            ]
    rows += _between_arms(rows, spec.arms)
    return pd.DataFrame(rows, columns=["name", "arm", "value", "note"])


_NULL_MEASURES = ("modularity_q", "modularity_q_norm", "global_brain_connectivity")


def _score_changes(arm: ArmSpec) -> list[tuple[ScoreModel, float, str]]:
    changes = ((BDI, arm.bdi_change), (WEMWBS, arm.wemwbs_change))
    note = "points, last session minus baseline, within the ends of the scale"
    return [(m, m.expected(mean, 1.0) - m.expected(0.0, 0.0), note) for m, mean in changes]


def _between_change(atlas: Atlas, arm: ArmSpec, spec: TrialSpec) -> float:
    """Average over people by Gauss-Hermite quadrature."""
    before = spec.baseline_integration
    nodes, weights = np.polynomial.hermite_e.hermegauss(21)
    levels = [
        weights @ between_network_z(atlas, mean + spec.integration_spread * nodes) / weights.sum()
        for mean in (before, before + arm.integration_change)
    ]
    return float(levels[1] - levels[0])


def _between_arms(rows: list[_Row], arms: tuple[ArmSpec, ...]) -> list[_Row]:
    """Contrast arms: people were allotted at random, so both kinds of question share a value."""
    planted = {(name, arm): value for name, arm, value, _ in rows}
    return [
        (
            f"{kind}:{name}",
            "",
            planted[f"change:{name}", arm] - planted[f"change:{name}", reference],
            f"{arm} minus {reference}",
        )
        for name in ("connectivity_between", f"bdi:{LAST_SESSION}", f"wemwbs:{LAST_SESSION}")
        for arm, reference in pairwise(a.name for a in arms)
        for kind in ("interaction", "ancova")
    ]
