"""What a simulated trial plants, and what follows from it without simulation."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd

from rewire.core.atlas import Atlas
from rewire.trial.synthetic_account_truth import TruthRow, account_truth
from rewire.trial.synthetic_maps import RECEPTOR, simulated_library
from rewire.trial.synthetic_series import between_network_z, regional_z
from rewire.trial.synthetic_spec import (
    BDI,
    DEMO,
    LAST_SESSION,
    WEMWBS,
    ArmSpec,
    ScoreModel,
    TrialSpec,
)


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
        Columns ``name``, ``arm``, ``value``, ``note``. ``name`` is a kind
        (:class:`rewire.core.questions.Kind`) and what it is of: a measure or an outcome, then
        the level, session or outcome that narrow it, all joined by colons. ``arm`` is empty
        where arms are compared. Changes are after minus before at the last session. What has no
        formula, as the change in modularity or coupling, stands here for an arm in which it is 0,
        and for :data:`DEMO`'s treatments as it was measured in a simulated population.
    """
    rows: list[TruthRow] = []
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
            rows += [(f"change:{m}", arm.name, 0.0, null) for m in _MODULARITY]
            same = "neither networks nor connectomes change"
            rows += [(f"change:{COUPLING}", arm.name, 0.0, same)]
        if arm.coupling == 0.0:
            unrelated = "symptoms fall without regard to the networks"
            rows += [
                (f"change_association:{m}:bdi", arm.name, 0.0, unrelated)
                for m in (*_MODULARITY, COUPLING)
            ]
    if replace(spec, seed=DEMO.seed, per_arm=DEMO.per_arm, gaps=DEMO.gaps) == DEMO:
        treated = DEMO.arms[0].name
        rows += [(name, treated, value, _MEASURED) for name, value in _IN_POPULATION]
        rows += [(name, treated, value, _WITH_CONNECTOMES) for name, value in _COUPLING_TRUTH]
    rows += [row for arm in spec.arms for row in _map_truth(atlas, arm, spec)]
    rows += _between_arms(rows, spec.arms)
    rows += account_truth(spec)
    rows.sort(key=lambda row: "modularity" not in row[0])
    return pd.DataFrame(rows, columns=["name", "arm", "value", "note"])


COUPLING = "coupling_connected_global"
"""Structure-function coupling, the mean over regions."""

_MODULARITY = ("modularity_q_norm:model=strength", "modularity_q_norm:model=hqs")

_MEASURED = "no formula: measured in 150 simulated people (simulate_population, seed 888)"

# Standard errors: .024 and .023 for the changes, about .06 for the correlations.
_IN_POPULATION = (
    ("change:modularity_q_norm:model=strength", -0.36),
    ("change:modularity_q_norm:model=hqs", -0.375),
    ("change_association:modularity_q_norm:model=strength:bdi", 0.52),
    ("change_association:modularity_q_norm:model=hqs:bdi", 0.58),
)

_WITH_CONNECTOMES = (
    "no formula: measured in 300 simulated people of the arm (simulate_population, seed 888); "
    "connectomes stay, connectivity between networks rises"
)

# Standard errors: .0025 for the change, .05 for the correlation. In as many people of the other
# arm the same were -.0005 (.0019) and -.08 (.06), where 0 is true by construction.
_COUPLING_TRUTH = (
    (f"change:{COUPLING}", -0.0395),
    (f"change_association:{COUPLING}:bdi", 0.38),
)


def _score_changes(arm: ArmSpec) -> list[tuple[ScoreModel, float, str]]:
    changes = ((BDI, arm.bdi_change), (WEMWBS, arm.wemwbs_change))
    note = "points, last session minus baseline, within the ends of the scale"
    return [(m, m.expected(mean, 1.0) - m.expected(0.0, 0.0), note) for m, mean in changes]


def _between_change(atlas: Atlas, arm: ArmSpec, spec: TrialSpec) -> float:
    """Average over people by Gauss-Hermite quadrature."""
    before = spec.baseline_integration
    nodes, weights = np.polynomial.hermite_e.hermegauss(21)
    states = ((before, 0.0), (before + arm.integration_change, arm.receptor_slope))
    levels = [
        weights
        @ between_network_z(atlas, mean + spec.integration_spread * nodes, receptor)
        / weights.sum()
        for mean, receptor in states
    ]
    return float(levels[1] - levels[0])


def _map_truth(atlas: Atlas, arm: ArmSpec, spec: TrialSpec) -> list[TruthRow]:
    """Return the slope on each annotation of the change in regions' mean Fisher z."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(21)
    before = spec.baseline_integration + spec.integration_spread * nodes
    change = sum(
        weight
        * (
            regional_z(atlas, at + arm.integration_change, arm.receptor_slope)
            - regional_z(atlas, at)
        )
        for at, weight in zip(before.tolist(), (weights / weights.sum()).tolist(), strict=True)
    )
    rows: list[TruthRow] = []
    for annotation in simulated_library(atlas).annotations:
        centred = annotation.values - annotation.values.mean()
        slope = float(centred @ np.asarray(change) / (centred @ centred))
        slope *= float(annotation.values.std(ddof=1))
        name = f"annotation:global_brain_connectivity:map={annotation.name}"
        planted = "planted" if annotation.name == RECEPTOR else "not planted"
        rows.append((name, arm.name, slope, f"mean Fisher z per SD of the map, {planted}"))
    return rows


def _between_arms(rows: list[TruthRow], arms: tuple[ArmSpec, ...]) -> list[TruthRow]:
    """Contrast arms: people were allotted at random, so both kinds of question share a value."""
    planted = {(name, arm): value for name, arm, value, _ in rows}
    return [
        (
            f"{kind}:{name}",
            "",
            planted[f"change:{name}", arm] - planted[f"change:{name}", reference],
            f"{arm} minus {reference}",
        )
        for name in (*_MODULARITY, COUPLING, f"bdi:{LAST_SESSION}", f"wemwbs:{LAST_SESSION}")
        for arm, reference in pairwise(a.name for a in arms)
        for kind in ("interaction", "ancova")
        if {(f"change:{name}", arm), (f"change:{name}", reference)} <= set(planted)
    ]
