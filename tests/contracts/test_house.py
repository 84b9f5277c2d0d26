"""The rules of the house, executed: what a module may be called, hold, import and touch."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "rewire"
MODULES = sorted(SOURCE.rglob("*.py"))
LONGEST_MODULE = 350
LONGEST_BODY = 60
MOST_PARAMETERS = 6
VAGUE = {"utils", "util", "helpers", "helper", "misc", "common", "tools", "useful_functions"}
NETWORK = {
    "aiohttp",
    "ftplib",
    "http",
    "httpx",
    "pooch",
    "requests",
    "smtplib",
    "socket",
    "urllib",
    "urllib3",
}
COPYLEFT = {"bct", "igraph", "leidenalg", "metafor", "pingouin"}
READERS = {"trial", "maps", "evidence"}
WRITERS = {"report", "cli"}
SEEDED = {"Generator", "BitGenerator", "SeedSequence", "default_rng", "PCG64", "Philox", "SFC64"}

Rule = Callable[[Path, ast.Module], Iterator[str]]


def _room(path: Path) -> str:
    parts = path.relative_to(SOURCE).parts if path.is_relative_to(SOURCE) else path.parts[-2:]
    return parts[0].removesuffix(".py")


def _dotted(node: ast.AST) -> str:
    """Return ``a.b.c`` for an attribute chain, an empty string for anything else."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *names[::-1]]) if isinstance(node, ast.Name) else ""


def _imported(tree: ast.Module) -> Iterator[tuple[ast.stmt, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node, node.module


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _is_public(name: str) -> bool:
    return not name.startswith("_")


def has_a_telling_name(path: Path, tree: ast.Module) -> Iterator[str]:
    """No ``utils``."""
    if VAGUE & {part.removesuffix(".py") for part in path.parts[-3:]}:
        yield f"{path.name} says nothing about what it holds"


def is_short(path: Path, tree: ast.Module) -> Iterator[str]:
    """A module can be read in one sitting."""
    lines = len(path.read_text(encoding="utf-8").splitlines())
    if lines > LONGEST_MODULE:
        yield f"{lines} lines"


def has_short_functions(path: Path, tree: ast.Module) -> Iterator[str]:
    """A body, its docstring aside, fits on a screen; a signature on a line or two."""
    for function in _functions(tree):
        first = function.body[1:] if ast.get_docstring(function) else function.body
        length = (first[-1].end_lineno or 0) - first[0].lineno + 1 if first else 0
        if length > LONGEST_BODY:
            yield f"{function.name} has {length} lines"
        if any(".command" in ast.unparse(d) for d in function.decorator_list):
            continue  # each option of a command is a parameter
        count = len(function.args.posonlyargs + function.args.args)
        bound = count and function.args.args[:1] and function.args.args[0].arg in ("self", "cls")
        if count - bool(bound) > MOST_PARAMETERS:
            yield f"{function.name} takes {count} positional parameters"


def does_not_assert(path: Path, tree: ast.Module) -> Iterator[str]:
    """User input is refused with words, and ``python -O`` changes nothing."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            yield f"assert in line {node.lineno}"
        if isinstance(node, ast.Raise) and node.exc is not None:
            raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            if _dotted(raised) in ("Exception", "BaseException"):
                yield f"bare {_dotted(raised)} in line {node.lineno}"


def has_docstrings(path: Path, tree: ast.Module) -> Iterator[str]:
    """Everything public says what it is."""
    if not ast.get_docstring(tree):
        yield "no module docstring"
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or not _is_public(node.name):
            continue
        if not ast.get_docstring(node):
            yield f"{node.name} has no docstring"
        if isinstance(node, ast.ClassDef):
            for member in node.body:
                if (
                    isinstance(member, ast.FunctionDef)
                    and _is_public(member.name)
                    and not ast.get_docstring(member)
                ):
                    yield f"{node.name}.{member.name} has no docstring"


def draws_from_generators_alone(path: Path, tree: ast.Module) -> Iterator[str]:
    """No shared generator, and none that seeds itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            head, _, last = _dotted(node).rpartition(".")
            if head in ("np.random", "numpy.random") and last not in SEEDED:
                yield f"np.random.{last} in line {node.lineno}"
        if (
            isinstance(node, ast.Call)
            and _dotted(node.func).endswith("default_rng")
            and not (node.args or node.keywords)
        ):
            yield f"default_rng() without a seed in line {node.lineno}"
    for node, module in _imported(tree):
        if module == "random" or (isinstance(node, ast.ImportFrom) and module == "secrets"):
            yield f"import of {module} in line {node.lineno}"


def stays_off_the_network(path: Path, tree: ast.Module) -> Iterator[str]:
    """Nothing is fetched, but by ``rewire fetch``; the cache folder's place is asked of pooch."""
    allowed = {"pooch"} if path.match("maps/fetch.py") or path.match("maps/cache.py") else set()
    for node, module in _imported(tree):
        if module in allowed:
            continue
        if module.partition(".")[0] in NETWORK and not module.startswith("urllib.parse"):
            yield f"import of {module} in line {node.lineno}"


def keeps_its_licence(path: Path, tree: ast.Module) -> Iterator[str]:
    """GPL packages are rivals and oracles, never run-time dependencies."""
    for node, module in _imported(tree):
        if module.partition(".")[0] in COPYLEFT:
            yield f"import of {module} in line {node.lineno}"


_WRITES = re.compile(r"\.(write_text|write_bytes|to_csv|to_netcdf|to_parquet|savetxt)$|^open$")


def writes_only_where_writing_belongs(path: Path, tree: ast.Module) -> Iterator[str]:
    """Output is written by ``core.store``, ``report`` and ``cli``."""
    if _room(path) in WRITERS or path.match("core/store.py"):
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else _dotted(node.func)
        called = f".{name}" if isinstance(node.func, ast.Attribute) else name
        mode = [a.value for a in node.args[1:2] if isinstance(a, ast.Constant)]
        mode += [
            k.value.value
            for k in node.keywords
            if k.arg == "mode" and isinstance(k.value, ast.Constant)
        ]
        reading = called == "open" and not any(set(str(m)) & set("wax+") for m in mode)
        if _dotted(node.func).startswith("store."):
            continue
        if _WRITES.search(called) and not reading:
            yield f"{name} in line {node.lineno}"


_READS = ("read_csv", "read_table", "read_parquet", "loadtxt", "genfromtxt", "open_dataset")
_NO_FILES = {"numerics", "measures", "effects", "report", "model"}


def reads_only_where_reading_belongs(path: Path, tree: ast.Module) -> Iterator[str]:
    """Measures, numerics and effects see no path at all; tables are read where input is."""
    room = _room(path)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and room not in READERS and not path.match("core/store.py"):
            name = _dotted(node.func).rpartition(".")[2]
            if name in _READS:
                yield f"{name} in line {node.lineno}"
    if room in _NO_FILES - {"report"}:
        for statement, module in _imported(tree):
            if module in ("pathlib", "os", "io", "glob"):
                yield f"import of {module} in line {statement.lineno}"


def keeps_numerics_unlabelled(path: Path, tree: ast.Module) -> Iterator[str]:
    """Arrays in, arrays out."""
    if _room(path) == "numerics":
        for node, module in _imported(tree):
            if module.partition(".")[0] in ("pandas", "xarray"):
                yield f"import of {module} in line {node.lineno}"


def _jit(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(
        "njit" in ast.unparse(d) or "jit(" in ast.unparse(d) for d in function.decorator_list
    )


def keeps_kernels_whole(path: Path, tree: ast.Module) -> Iterator[str]:
    """A kernel calls nothing of rewire's from another file: numba's cache would not notice."""
    foreign = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rewire")
        for alias in node.names
    }
    for function in filter(_jit, _functions(tree)):
        called = {_dotted(n.func) for n in ast.walk(function) if isinstance(n, ast.Call)}
        if called & foreign:
            yield f"{function.name} calls {', '.join(sorted(called & foreign))}"


RULES: tuple[Rule, ...] = (
    has_a_telling_name,
    is_short,
    has_short_functions,
    does_not_assert,
    has_docstrings,
    draws_from_generators_alone,
    stays_off_the_network,
    keeps_its_licence,
    writes_only_where_writing_belongs,
    reads_only_where_reading_belongs,
    keeps_numerics_unlabelled,
    keeps_kernels_whole,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_module(rule: Rule) -> None:
    faults = [
        f"{path.relative_to(SOURCE)}: {fault}"
        for path in MODULES
        for fault in rule(path, ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not faults, "\n".join(faults)


_LONG = "def f():\n" + "\n".join(f"    x = {i}" for i in range(LONGEST_BODY + 1))


@pytest.mark.parametrize(
    ("rule", "where", "code"),
    [
        (has_a_telling_name, "measures/helpers.py", "x = 1"),
        (is_short, "measures/long.py", "x = 1\n" * (LONGEST_MODULE + 1)),
        (has_short_functions, "measures/long.py", _LONG),
        (has_short_functions, "measures/wide.py", "def f(a, b, c, d, e, f, g): ..."),
        (does_not_assert, "trial/a.py", "assert x"),
        (does_not_assert, "trial/a.py", "raise Exception('no')"),
        (has_docstrings, "trial/a.py", '"""A."""\ndef f(): ...'),
        (has_docstrings, "trial/a.py", '"""A."""\nclass A:\n    """A."""\n    def f(self): ...'),
        (draws_from_generators_alone, "effects/a.py", "np.random.normal()"),
        (draws_from_generators_alone, "effects/a.py", "rng = np.random.default_rng()"),
        (draws_from_generators_alone, "effects/a.py", "import random"),
        (stays_off_the_network, "maps/a.py", "from urllib.request import urlopen"),
        (stays_off_the_network, "maps/reading.py", "import pooch"),
        (stays_off_the_network, "maps/fetch.py", "import requests"),
        (keeps_its_licence, "numerics/a.py", "import bct"),
        (writes_only_where_writing_belongs, "effects/a.py", "frame.to_csv(path)"),
        (writes_only_where_writing_belongs, "trial/a.py", "open(path, 'w')"),
        (reads_only_where_reading_belongs, "effects/a.py", "pd.read_csv(path)"),
        (reads_only_where_reading_belongs, "measures/a.py", "from pathlib import Path"),
        (keeps_numerics_unlabelled, "numerics/a.py", "import pandas as pd"),
        (
            keeps_kernels_whole,
            "numerics/a.py",
            "from rewire.numerics.b import g\n@njit(cache=True)\ndef f(x):\n    return g(x)",
        ),
    ],
)
def test_a_broken_rule_is_seen(rule: Rule, where: str, code: str, tmp_path: Path) -> None:
    path = tmp_path / where
    path.parent.mkdir(parents=True)
    path.write_text(code, encoding="utf-8")
    assert list(rule(path, ast.parse(code)))


def test_importing_the_command_line_loads_no_heavy_package() -> None:
    heavy = ("numba", "pandas", "plotly", "scipy", "sklearn", "xarray", "matplotlib")
    code = f"import sys, rewire.cli; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
