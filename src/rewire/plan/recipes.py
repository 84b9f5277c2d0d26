"""The built-in recipes: plans of published analyses."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from rewire.core.errors import UsageError
from rewire.plan.model import Plan, parse_plan, read_plan

_FOLDER = files("rewire") / "recipes"


def list_recipes() -> tuple[str, ...]:
    """Return the names of the built-in recipes, sorted.

    Examples
    --------
    >>> "daws2022" in list_recipes()
    True
    """
    entries = (entry.name for entry in _FOLDER.iterdir())
    return tuple(sorted(n.removesuffix(".toml") for n in entries if n.endswith(".toml")))


def recipe_text(name: str) -> str:
    """Return a recipe as it is written, comments included.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    if name not in list_recipes():
        raise UsageError(
            f"There is no recipe '{name}'. There are: {', '.join(list_recipes())}. "
            "A plan of your own is given as a path to a .toml file."
        )
    return (_FOLDER / f"{name}.toml").read_text(encoding="utf-8")


def find_plan(name_or_path: str) -> Plan:
    """Return the plan that ``--plan`` names: a recipe, or the path of a TOML file.

    Raises
    ------
    UsageError
        If it is neither.
    PlanError
        If the file's content is at fault.
    """
    if name_or_path in list_recipes():
        return parse_plan(recipe_text(name_or_path), f"{name_or_path}.toml")
    path = Path(name_or_path)
    if path.suffix == ".toml" and path.is_file():
        return read_plan(path)
    raise UsageError(
        f"--plan {name_or_path}: neither a recipe ({', '.join(list_recipes())}) nor a TOML file "
        "that exists."
    )
