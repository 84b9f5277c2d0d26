"""Commands around a run: the report again, a shared copy, an export; public maps fetched."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

publish_app = typer.Typer(rich_markup_mode=None)

FinishedFolder = Annotated[Path, typer.Argument(metavar="OUT", help="Folder of a finished run.")]


@publish_app.command()
def report(
    trial: Annotated[Path, typer.Argument(metavar="TRIAL", help="The trial's folder.")],
    out: FinishedFolder,
    share: Annotated[
        Path | None,
        typer.Option("--share", metavar="DEST", help="Write a copy without labels there instead."),
    ] = None,
    smallest: Annotated[
        int, typer.Option("--smallest", min=2, help="Smallest group that a shared copy shows.")
    ] = 5,
    n_procs: Annotated[
        int | None, typer.Option("--n-procs", "--nprocs", min=1, help="Worker processes.")
    ] = None,
    work_dir: Annotated[
        Path | None,
        typer.Option("--work-dir", "-w", help="Where the run kept results of single scans."),
    ] = None,
) -> None:
    """Render a finished run's report again, or a copy of it that can be shared."""
    from rewire.pipeline.preparing import Request
    from rewire.pipeline.sharing import Copy, repeat_report

    request = Request(out=out, processes=n_procs or os.cpu_count() or 1, work=work_dir)
    copy = Copy(share, smallest) if share is not None else None
    typer.echo(f"Report: {repeat_report(trial, request, copy)}")


@publish_app.command()
def export(
    out: FinishedFolder,
    dest: Annotated[Path, typer.Argument(metavar="DEST", help="A new or empty folder.")],
) -> None:
    """Write the plan as a document, the tables as CSV, and the results as a BIDS derivative."""
    from rewire.pipeline.export import export_results

    for path in export_results(out, dest):
        typer.echo(path)


@publish_app.command()
def fetch(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A set; none lists what there is.")
    ] = None,
    mirror: Annotated[
        str,
        typer.Option("--mirror", envvar="REWIRE_MIRROR", help="Fetch SET/FILE below this address."),
    ] = "",
) -> None:
    """Download a public set of maps (receptors, expression, gene sets), or list them."""
    from rewire.maps.fetch import fetch_set, introduce_set, list_sets

    for line in introduce_set(name) if name else list_sets():
        typer.echo(line)
    for line in fetch_set(name, mirror) if name else ():
        typer.echo(line)
