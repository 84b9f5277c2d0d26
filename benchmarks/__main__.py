"""Run the benchmarks: ``python -m benchmarks [case ...]``, one line a case.

Each module of this package with a function ``run() -> Iterable[Row]`` is a case.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from pathlib import Path

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def main(wanted: list[str]) -> int:
    """Print the rows of the cases asked for, or of all; return the exit status."""
    found = [m.name for m in pkgutil.iter_modules([str(Path(__file__).parent)])]
    cases = [name for name in found if name not in ("__main__", "elsewhere", "row")]
    unknown = sorted(set(wanted) - set(cases))
    if unknown:
        print(f"No case called {', '.join(unknown)}. There are: {', '.join(cases)}.")
        return 2
    print("One thread, one process; compilation excluded. Ratio: rival's seconds over ours.")
    os.environ.update(dict.fromkeys(_THREADS, "1"))  # before a case imports numpy and numba
    for name in wanted or cases:
        for row in importlib.import_module(f"benchmarks.{name}").run():
            print(f"{name}: {row}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
