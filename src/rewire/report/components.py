"""Networks of edges in the report: how they were tested, and the components that were found."""

from __future__ import annotations

from rewire.core.questions import NETWORK_CORRECTIONS, Inference, Question
from rewire.report import numbers
from rewire.report.contents import Contents
from rewire.report.tables import from_frame
from rewire.report.wording import Exhibit

_HEADINGS = {
    "measure": "Measure",
    "outcome": "Score",
    "session": "Time",
    "arm": "Arm",
    "contrast": "Contrast",
    "level": "Level",
    "component": "Component",
    "sign": "Sign of t",
    "edges": "Edges",
    "regions": "Regions",
    "intensity": "Intensity",
    "p": "p",
    "names": "Regions by name",
}
_ABOUT = (
    "The p of the network-based statistic is about a component as a whole: it does not say that "
    "any one edge of it differs from 0, and a component at p < .05 may hold edges that do not."
)


def component_exhibits(question: Question, contents: Contents) -> tuple[Exhibit, ...]:
    """Return the components of a question's edges, where its correction looks at them.

    Parameters
    ----------
    question
        Any question.
    contents
        The report's contents; a shared copy has no tables of components.
    """
    if question.correction != "nbs" or "components" not in contents.tables:
        return ()
    frame = contents.tables["components"]
    mine = frame[frame["question"] == question.name]
    rule = contents.inference
    bound = (
        f"Edges with t above {rule.nbs_threshold:g} or below -{rule.nbs_threshold:g} were joined, "
        f"those of either sign apart; the size of a component is its {_SIZES[rule.nbs_size]}."
    )
    if mine.empty:
        return (Exhibit("Components of edges", (bound, "No edge passed that threshold."), (), ()),)
    below = int((mine["p"] < 0.05).sum())
    found = (
        f"There {'was' if len(mine) == 1 else 'were'} "
        f"{numbers.count(len(mine), 'component')}, {below} with p below .05."
    )
    table = from_frame(f"components-{question.name}", "Components of edges", mine, _HEADINGS)
    return (Exhibit("Components of edges", (bound, found, _ABOUT), (), (table,)),)


_SIZES = {
    "extent": "number of edges",
    "intensity": "t beyond the threshold, added up over its edges",
}


def network_rule(correction: str, inference: Inference) -> str:
    """Return how networks of edges were made, as a sentence that follows another; empty if none.

    Examples
    --------
    >>> network_rule("tfnbs", Inference())
    ' Extent had the exponent 0.4, height 3, and thresholds were 0.1 apart in t.'
    """
    if correction not in NETWORK_CORRECTIONS:
        return ""
    if correction == "tfnbs":
        return (
            f" Extent had the exponent {inference.tfnbs_e:g}, height {inference.tfnbs_h:g}, and "
            f"thresholds were {inference.tfnbs_step:g} apart in t."
        )
    return (
        f" Its threshold was {inference.nbs_threshold:g} from 0 in t, components of either sign "
        f"were apart, and their size was the {_SIZES[inference.nbs_size]}; its p is about a "
        "component and not about any one edge."
    )


def exchanged(inference: Inference) -> list[str]:
    """Return within what people were exchanged, as sentences; none where all were.

    Examples
    --------
    >>> exchanged(Inference(exchange_within="site"))
    ['Labels and values were exchanged only among people of the same site.']
    """
    if not inference.exchange_within or not inference.permutations:
        return []
    column = inference.exchange_within.replace("_", " ")
    return [f"Labels and values were exchanged only among people of the same {column}."]
