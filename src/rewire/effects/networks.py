"""Edges that hang together: p of components, or of enhanced scores, and the table of components."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rewire.core.questions import Inference, Question
from rewire.effects.answering import KindTable
from rewire.effects.asked import AskedTest
from rewire.effects.responses import Response
from rewire.numerics.estimates import FloatArray, IntArray
from rewire.numerics.networks import (
    Component,
    Enhanced,
    Graph,
    NetworkP,
    Thresholded,
    permute_networks,
)
from rewire.numerics.skipped_model import SkippedModel

COMPONENT_COLUMNS = (
    "question", "measure", "outcome", "session", "acquisition", "arm", "contrast", "level",
    "component", "sign", "edges", "regions", "intensity", "p", "names",
)  # fmt: skip
"""Columns of ``effects/components.tsv``: one row a component of edges above the threshold."""

_ABOUT = (
    "Components of edges whose t passes the threshold of the network-based statistic: edges, "
    "regions that they join, how far their t pass the threshold added up, and the family-wise p "
    "of the component, which is about no single edge"
)


def network_tests(
    question: Question,
    tests: Sequence[AskedTest],
    inference: Inference,
    rng: np.random.Generator,
    exchange: IntArray | None,
) -> tuple[list[FloatArray], tuple[KindTable, ...]]:
    """Return the family-wise p of every edge, and the components where there are any.

    Parameters
    ----------
    question
        With ``nbs`` or ``tfnbs`` as its correction.
    tests
        Its tests; cells that are no edges have no p.
    inference
        Threshold or exponents, and how many relabellings.
    rng
        Source of the relabellings.
    exchange
        Within what people are exchanged, shape (people,); None for all.
    """
    rule = network_rule(question, inference)
    found = permute_networks(
        [
            Graph(test.model, edge_ends(test.response))
            for test in tests
            if not isinstance(test.model, SkippedModel)  # these are carried out by themselves
        ],
        rule,
        inference.permutations,
        rng,
        question.alternative,
        exchange,
    )
    if isinstance(rule, Enhanced):
        return [one.p for one in found], ()
    frame = pd.DataFrame(_rows(question, tests, found), columns=list(COMPONENT_COLUMNS))
    return [one.p for one in found], (KindTable("components", _ABOUT, frame),)


def network_rule(question: Question, inference: Inference) -> Thresholded | Enhanced:
    """Return what makes the size of a network in a question."""
    if question.correction == "tfnbs":
        return Enhanced(inference.tfnbs_e, inference.tfnbs_h, inference.tfnbs_step)
    return Thresholded(inference.nbs_threshold, inference.nbs_size)


def edge_ends(response: Response) -> IntArray:
    """Return the nodes that each cell joins, shape (cells, 2).

    A node is a region at one level (density, state): edges of different levels never hang
    together.
    """
    names = [((p.state, p.level, p.region), (p.state, p.level, p.region2)) for p in response.places]
    number: dict[tuple[str, str, str], int] = {}
    flat = [number.setdefault(end, len(number)) for pair in names for end in pair]
    return np.array(flat, dtype=np.int64).reshape(-1, 2)


def _rows(
    question: Question, tests: Sequence[AskedTest], found: Sequence[NetworkP]
) -> list[tuple[object, ...]]:
    return [
        (
            question.name,
            test.response.measure,
            test.labels.outcome,
            test.labels.session,
            test.labels.acquisition,
            test.labels.arm,
            test.labels.contrast,
            _level(test.response, component),
            number,
            "positive" if component.sign > 0 else "negative",
            len(component.cells),
            len(component.nodes),
            component.intensity,
            component.p,
            ", ".join(_regions(test.response, component)),
        )
        for test, network in zip(tests, found, strict=True)
        for number, component in enumerate(network.components, 1)
    ]


def _level(response: Response, component: Component) -> str:
    place = response.places[int(component.cells[0])]
    return "; ".join(part for part in (place.level, place.state) if part)


def _regions(response: Response, component: Component) -> list[str]:
    places = [response.places[int(cell)] for cell in component.cells]
    return list(dict.fromkeys(end for place in places for end in (place.region, place.region2)))
