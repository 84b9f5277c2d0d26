"""Results carried to where other people work: the plan in words, CSV, a BIDS derivative."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import rewire.measures
from rewire.core import provenance, registry, store
from rewire.core.columns import COLUMN_MEANINGS
from rewire.core.errors import UsageError
from rewire.pipeline.outputs import CACHE, PLAN, PROVENANCE
from rewire.plan.model import Plan, read_plan
from rewire.report.plan_document import plan_html, plan_markdown, write_plan_document

_TABLES_README = """\
These tables hold what the .tsv files of the results hold: a comma between cells, and an empty cell
where a value does not exist or could not be computed (the column `status` says which).
`columns.csv` says what each column of each table means, and its unit.

Text that begins with one of = + - @ has an apostrophe in front of it, so that spreadsheets do not
take it for a formula. Estimates are after minus before. The tables name single participants.
"""
_FORMULA = ("=", "+", "-", "@", "\t")


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table as it stands in the results.

    Attributes
    ----------
    name
        What its CSV is called, without the ending.
    rows
        Headings first; cells as written, ``n/a`` where there is no value.
    about
        What its JSON file says of it.
    """

    name: str
    rows: tuple[tuple[str, ...], ...]
    about: dict[str, object]


def export_results(out: Path, dest: Path) -> tuple[Path, ...]:
    """Export a finished run.

    Parameters
    ----------
    out
        The folder of the run.
    dest
        A new or empty folder.

    Returns
    -------
    tuple of pathlib.Path
        ``analysis-plan.html``, ``analysis-plan.md``, ``tables`` and ``derivatives``.

    Raises
    ------
    UsageError
        If ``out`` holds no finished run of rewire or ``dest`` is not empty.
    """
    if not (out / PLAN).is_file() or not (out / "effects" / "effects.tsv").is_file():
        raise UsageError(f"{out} holds no finished run; give the OUT of `rewire run TRIAL OUT`.")
    state = provenance.read_state(out / PROVENANCE)
    if state != "finished":
        what = f"it is '{state}'" if state else "there is no record of one"
        raise UsageError(f"The last run on {out} did not finish ({what}); run it again first.")
    if dest.exists() and (not dest.is_dir() or any(dest.iterdir())):
        raise UsageError(f"{dest} is not an empty folder; give a new one.")
    if dest.resolve().is_relative_to(out.resolve()):
        raise UsageError(f"{dest} lies in {out}; an export needs a folder of its own.")
    plan = read_plan(out / PLAN)
    document = write_plan_document(plan, registry.discover(rewire.measures), _first_used(out, plan))
    store.write_text(dest / "analysis-plan.html", plan_html(document))
    store.write_text(dest / "analysis-plan.md", plan_markdown(document))
    _write_tables(tuple(_tables(out)), dest / "tables")
    for path in _files(out):
        store.write_bytes(dest / "derivatives" / path.relative_to(out), path.read_bytes())
    return tuple(
        dest / n for n in ("analysis-plan.html", "analysis-plan.md", "tables", "derivatives")
    )


def _first_used(out: Path, plan: Plan) -> str:
    history = provenance.read_plan_history(out / PROVENANCE)
    return next((use.first_used for use in history if use.digest == plan.digest()), "")


def _files(out: Path) -> Iterator[Path]:
    """Yield every output, without links and without what is kept for the next run."""
    for path in sorted(out.rglob("*")):
        parts = path.relative_to(out).parts
        hidden = parts[0] == CACHE or path.name.startswith(".part-")
        if path.is_file() and not path.is_symlink() and not hidden:
            yield path


def _tables(out: Path) -> Iterator[TableFile]:
    for path in _files(out):
        if path.suffix == ".tsv":
            parts = path.relative_to(out).with_suffix("").parts
            name = "-".join(parts) if parts != ("effects", "effects") else "effects"
            yield TableFile(name, _cells(path), _about(path.with_suffix(".json")))


def _cells(path: Path) -> tuple[tuple[str, ...], ...]:
    """Return a table's cells; rewire writes no tab or line break inside a cell."""
    reader = csv.reader(io.StringIO(path.read_text(encoding="utf-8")), delimiter="\t")
    return tuple(tuple(row) for row in reader)


def _about(path: Path) -> dict[str, object]:
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def _write_tables(tables: Sequence[TableFile], folder: Path) -> None:
    described: list[tuple[str, ...]] = [("table", "column", "meaning", "unit")]
    for table in tables:
        rows = [tuple(map(_csv_cell, row)) for row in table.rows]
        store.write_text(folder / f"{table.name}.csv", _csv(rows))
        unit = str(table.about.get("Units", ""))
        for column in table.rows[0]:
            own = unit if column in ("value", "se", "ci_low", "ci_high") else ""
            described.append((table.name, column, _meaning(table, column), own))
    store.write_text(folder / "columns.csv", _csv(described))
    store.write_text(folder / "README.md", _TABLES_README)


def _meaning(table: TableFile, column: str) -> str:
    known = COLUMN_MEANINGS.get(column, "")
    if column == "value" and table.about.get("Description"):
        return str(table.about["Description"])
    return known or "Not described."


def _csv_cell(text: str) -> str:
    if text == "n/a":
        return ""
    return f"'{text}" if text.startswith(_FORMULA) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _csv(rows: Sequence[tuple[str, ...]]) -> str:
    held = io.StringIO()
    csv.writer(held, lineterminator="\n").writerows(rows)
    return held.getvalue()
