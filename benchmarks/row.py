"""What a benchmark reports, and how things are timed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison.

    Parameters
    ----------
    case
        What was computed.
    our_seconds, rival_seconds
        Wall-clock time of the whole case, compilation excluded.
    rival
        The other software.
    our_quality, rival_quality
        What each reached, in the same terms.
    note
        What a reader must know: which part the rival was timed on, and how it was scaled.
    """

    case: str
    our_seconds: float
    rival: str
    rival_seconds: float
    our_quality: str | float
    rival_quality: str | float
    note: str = ""

    def __str__(self) -> str:
        """Return one line: case, our seconds, rival, its seconds, ratio, qualities, note."""
        ratio = self.rival_seconds / self.our_seconds
        times = f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.2f}"
        line = (
            f"{self.case} | rewire {self.our_seconds:.4g} s | {self.rival} "
            f"{self.rival_seconds:.4g} s | {times} x | {_shown(self.our_quality)} | "
            f"{self.rival}: {_shown(self.rival_quality)}"
        )
        return f"{line} | {self.note}" if self.note else line


def _shown(quality: str | float) -> str:
    return quality if isinstance(quality, str) else f"{quality:.6g}"


def timed(function: Callable[[], T], repeats: int = 1) -> tuple[float, T]:
    """Return the median time over repeats, in seconds, and the last result."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = function()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), result
