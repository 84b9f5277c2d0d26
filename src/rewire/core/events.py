"""What a person was asked to do during a task run, and when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """The events of one task run, in order of onset.

    Parameters
    ----------
    onset
        Seconds from the first volume of the file; float64, shape (events,).
    duration
        Seconds; float64, shape (events,), 0 for an event without extent.
    condition
        What each event was (``trial_type``), shape (events,).
    task
        BIDS task label, an empty string where there is none.

    Examples
    --------
    >>> events = Events(np.array([0.0, 9.0]), np.array([3.0, 3.0]), ("hard", "easy"), "nback")
    >>> events.conditions
    ('nback/easy', 'nback/hard')
    >>> events.member.tolist()
    [1, 0]
    """

    onset: FloatArray
    duration: FloatArray
    condition: tuple[str, ...]
    task: str = ""

    def __post_init__(self) -> None:
        """Refuse columns of unequal length, times that are no numbers and negative durations."""
        shape = (len(self.condition),)
        if self.onset.shape != shape or self.duration.shape != shape:
            raise ValueError(
                f"{self.onset.shape} onsets and {self.duration.shape} durations for {shape} events"
            )
        if not (np.isfinite(self.onset).all() and np.isfinite(self.duration).all()):
            raise ValueError("an onset or a duration is no number")
        if (self.duration < 0).any():
            raise ValueError("a duration is negative")

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.condition)

    @property
    def conditions(self) -> tuple[str, ...]:
        """Each condition once, in alphabetical order, named with its task.

        The task belongs to the name because two tasks of one session may share a label.
        """
        prefix = f"{self.task}/" if self.task else ""
        return tuple(prefix + name for name in sorted(set(self.condition)))

    @property
    def member(self) -> npt.NDArray[np.intp]:
        """Which of :attr:`conditions` each event belongs to; shape (events,)."""
        at = {name: i for i, name in enumerate(sorted(set(self.condition)))}
        return np.array([at[name] for name in self.condition], dtype=np.intp)

    @property
    def arrays(self) -> tuple[FloatArray, FloatArray, npt.NDArray[np.intp]]:
        """Onset, duration and :attr:`member`, for models that know no names."""
        return self.onset, self.duration, self.member
