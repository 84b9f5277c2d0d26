"""Speed and quality beside other software, in one process and on one thread."""

from benchmarks.row import Row, timed

__all__ = ["Row", "timed"]
