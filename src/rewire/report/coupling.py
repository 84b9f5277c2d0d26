"""What the chosen definition of structure-function coupling has in common with the others."""

from __future__ import annotations

import pandas as pd

from rewire.report import names, numbers
from rewire.report.objection import Objection
from rewire.report.tables import from_frame

_LITTLE = 0.5


def coupling(frame: pd.DataFrame | None) -> Objection | None:
    """Return the objection about the choice of definition, None where no coupling was measured.

    Parameters
    ----------
    frame
        Columns of :data:`rewire.effects.coupling_agreement.AGREEMENT_COLUMNS`.
    """
    if frame is None or frame.empty:
        return None
    pairs = frame[frame["definition"] != frame["other"]]
    known = pairs[pairs["spearman"].notna()]
    lines = [
        "Definitions of structure-function coupling are not exchangeable: over regions their maps, "
        "averaged over people, agree as the table shows. In structural decoupling high is little "
        "coupling, so that it should go against the others. Where a definition meets itself, "
        "the halves of each scan are compared: two definitions that agree less than that differ by "
        "more than noise.",
    ]
    if len(known):
        weak = int((known["spearman"].abs() < _LITTLE).sum())
        lines.append(
            f"In {weak} of {numbers.count(len(known), 'pair')} the maps share less than a quarter "
            "of the variance of their ranks (|rho| below .5): what one definition shows need not "
            "hold for the other."
        )
    else:
        lines.append("One definition alone was measured: what the others would say is unknown.")
    shown = frame.assign(
        definition=[names.sentence_case(names.measure_label(str(n))) for n in frame["definition"]],
        other=[
            "itself, halves" if one == other else names.sentence_case(names.measure_label(other))
            for one, other in zip(frame["definition"], frame["other"].astype(str), strict=True)
        ],
    )
    headings = {
        "definition": "Definition",
        "other": "Beside",
        "n": "People",
        "scans": "Scans",
        "regions": "Regions",
        "spearman": "rho, mean maps",
        "within": "rho within scans, mean",
        "reliability": "Split-half reliability, median region",
        "status": "Status",
    }
    caption = "Agreement between definitions of coupling over regions"
    table = from_frame("coupling-definitions", caption, shown, headings)
    return Objection("Does it depend on how coupling is defined?", tuple(lines), table)
