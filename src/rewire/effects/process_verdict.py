"""What drug, context and their interaction may be called together: the pill, the process, both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BoolArray = npt.NDArray[np.bool_]

TOGETHER = "together"
PILL = "pill"
PROCESS = "process"
BOTH = "both"
NEITHER = "neither"
UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What the data show of an effect in each cell; both may be False, and then it is open.

    Parameters
    ----------
    present
        Whether any of its contrasts differs from zero, p adjusted, shape (cells,).
    absent
        Whether all of its contrasts are equivalent to zero and none differs from it.
    """

    present: BoolArray
    absent: BoolArray


def show(
    p_adjusted: npt.NDArray[np.float64], p_equivalence: npt.NDArray[np.float64], alpha: float
) -> Shown:
    """Return what contrasts of one kind show.

    Parameters
    ----------
    p_adjusted, p_equivalence
        Shape (contrasts, cells); NaN shows nothing.
    alpha
        The error rate.
    """
    present = (p_adjusted < alpha).any(axis=0)
    absent = (p_equivalence < alpha).all(axis=0) & ~present & bool(len(p_equivalence))
    return Shown(np.asarray(present), np.asarray(absent))


def verdicts(drug: Shown, context: Shown, interaction: Shown) -> npt.NDArray[np.object_]:
    """Return a verdict for each cell; undecided unless the data say otherwise.

    Returns
    -------
    ndarray
        ``together``: the effect of the drug depends on the context. The others need an
        interaction that is equivalent to none. ``pill``: the drug, and a context equivalent to
        none; ``process``: the reverse; ``both``: each by itself; ``neither``: both equivalent to
        none. Else ``undecided``: a p above .05 is no evidence that there is no interaction.

    Examples
    --------
    >>> yes, no = np.array([True]), np.array([False])
    >>> verdicts(Shown(yes, no), Shown(no, yes), Shown(no, yes)).tolist()
    ['pill']
    >>> verdicts(Shown(yes, no), Shown(no, yes), Shown(no, no)).tolist()
    ['undecided']
    """
    alone = interaction.absent
    found = np.full(len(alone), UNDECIDED, dtype=object)
    found[alone & drug.present & context.absent] = PILL
    found[alone & drug.absent & context.present] = PROCESS
    found[alone & drug.present & context.present] = BOTH
    found[alone & drug.absent & context.absent] = NEITHER
    found[interaction.present] = TOGETHER
    return found
