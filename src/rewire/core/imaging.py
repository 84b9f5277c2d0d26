"""What a scan that is still an image needs to become series of regions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_WORDS = {
    "none": "no regressors",
    "6p": "6 head-motion parameters",
    "24p": "24 head-motion parameters (6, their derivatives, and the squares of both)",
    "36p": (
        "36 parameters (head motion, white matter, cerebrospinal fluid and global signal, their "
        "derivatives, and the squares of both)"
    ),
    "acompcor": "24 head-motion parameters, anatomical CompCor components and cosine drifts",
    "ica-aroma": (
        "white matter, cerebrospinal fluid and cosine drifts, after non-aggressive ICA-AROMA"
    ),
    "wmcsf": "the mean signals of white matter and cerebrospinal fluid",
    "gsr": "the global signal",
    "cosine": "cosine drifts",
}

BASES: tuple[str, ...] = ("none", "6p", "24p", "36p", "acompcor", "ica-aroma")
"""Strategies that can stand alone."""

ADDITIONS: tuple[str, ...] = ("wmcsf", "gsr", "cosine", "scrubbing")
"""What may be added to a strategy, after a plus sign each."""


@dataclass(frozen=True, slots=True)
class Denoising:
    """How the noise is taken out of series of regions.

    Parameters
    ----------
    strategy
        One of :data:`BASES`, then any of :data:`ADDITIONS`, with plus signs between them.
    motion_threshold, dvars_threshold
        With ``scrubbing``: framewise displacement (mm) and standardised DVARS above which a
        volume is left out.
    shortest_segment
        With ``scrubbing``: stretches of fewer retained volumes are left out as well.
    components
        CompCor components; 0 for all that fMRIPrep kept.
    high_pass, low_pass
        Limits of a Butterworth filter in Hz; 0 for none.
    minimum_coverage
        Share of a region that has to lie in the brain and have a signal.

    Examples
    --------
    >>> Denoising("24p+gsr").sentence
    'Removed: 24 head-motion parameters (6, their derivatives, and the squares of both) and the
    global signal, with linear trends.'
    """

    strategy: str
    motion_threshold: float = 0.5
    dvars_threshold: float = 1.5
    shortest_segment: int = 5
    components: int = 0
    high_pass: float = 0.0
    low_pass: float = 0.0
    minimum_coverage: float = 0.5

    @property
    def steps(self) -> tuple[str, ...]:
        """The parts of the strategy."""
        return tuple(self.strategy.split("+"))

    @property
    def filtered(self) -> bool:
        """Whether frequencies are filtered."""
        return self.high_pass > 0 or self.low_pass > 0

    @property
    def untouched(self) -> bool:
        """Whether the series are used as the images hold them."""
        return self.strategy == "none" and not self.filtered

    @property
    def sentence(self) -> str:
        """What is done, for a methods section."""
        if self.untouched:
            return "Nothing was removed from them."
        removed = [_WORDS[s] for s in self.steps if s in _WORDS and s != "none"]
        text = (
            f"Removed: {' and '.join(removed)}, with linear trends"
            if removed
            else ("Linear trends were removed")
        )
        if self.filtered:
            low = f"above {self.high_pass:g} Hz" if self.high_pass else ""
            high = f"below {self.low_pass:g} Hz" if self.low_pass else ""
            kept = " and ".join(part for part in (low, high) if part)
            text += f"; frequencies {kept} were kept in series and regressors alike"
        if "scrubbing" in self.steps:
            text += (
                f"; volumes with a framewise displacement above {self.motion_threshold:g} mm or "
                f"standardised DVARS above {self.dvars_threshold:g} were left out, and stretches "
                f"of fewer than {self.shortest_segment} volumes between them"
            )
        return f"{text}."


@dataclass(frozen=True, slots=True)
class ImageSource:
    """What stands beside an image.

    Parameters
    ----------
    denoising
        What the plan asks for.
    labels
        Image of the atlas, or None for an image that was parcellated already.
    mask
        Brain mask in the space of the image, or None.
    confounds
        Table of nuisance regressors, or None.
    kept
        Folder in which averages over regions are kept between runs, or None.
    """

    denoising: Denoising
    labels: Path | None = None
    mask: Path | None = None
    confounds: Path | None = None
    kept: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """The files beside the image that its series depend on."""
        about = self.confounds.with_suffix(".json") if self.confounds else None
        return tuple(p for p in (self.labels, self.mask, self.confounds, about) if p is not None)


@dataclass(frozen=True, slots=True)
class CoverageTable:
    """A table that says which share of each region was covered.

    Parameters
    ----------
    path
        The table: region names in its header, one row of shares from 0 to 1.
    minimum
        Share below which a region is left out.
    """

    path: Path
    minimum: float
