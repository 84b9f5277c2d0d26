"""How long a user waits for the command line to answer at all."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from benchmarks.row import Row, timed


def run() -> Iterator[Row]:
    """Time ``rewire --help`` against a bare start of the interpreter; the goal is 0.5 s."""
    help_page = [sys.executable, "-m", "rewire.cli", "--help"]
    bare = [sys.executable, "-c", "pass"]
    ours, _ = timed(lambda: subprocess.run(help_page, check=True, capture_output=True), 5)
    theirs, _ = timed(lambda: subprocess.run(bare, check=True, capture_output=True), 5)
    verdict = "under 0.5 s" if ours < 0.5 else "over 0.5 s"
    yield Row("rewire --help", ours, "python -c pass", theirs, verdict, "-", "median of 5")
