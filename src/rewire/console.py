"""What the terminal shows: progress, faults, and where the results are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rewire.core.errors import Fault
    from rewire.pipeline.blind import BlindRun
    from rewire.pipeline.run import Finished
    from rewire.pipeline.scanwork import Progress


class Log(StrEnum):
    """How a run tells what it does."""

    BAR = "bar"
    QUIET = "quiet"
    JSON = "json"


@contextmanager
def show_progress(mode: Log) -> Iterator[Progress]:
    """Yield what to call with progress: it draws bars, prints JSON lines, or is silent."""
    if mode is Log.QUIET:
        yield lambda stage, done, total: None
    elif mode is Log.JSON:
        yield _json_line
    else:
        with _bars() as progress:
            yield progress


def _json_line(stage: str, done: int, total: int) -> None:
    typer.echo(json.dumps({"stage": stage, "done": done, "total": total}), err=True)


@contextmanager
def _bars() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description:<11}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks = {}

        def progress(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield progress


def print_faults(faults: tuple[Fault, ...], mode: Log) -> None:
    """Print every fault, errors to standard error."""
    for fault in sorted(faults, key=lambda f: f.severity):
        if mode is Log.JSON:
            keys = ("severity", "code", "where", "what", "remedy", "participant", "session")
            typer.echo(json.dumps({key: getattr(fault, key) for key in keys}))
        else:
            typer.echo(str(fault), err=fault.severity == "error")


def tell_blind(done: BlindRun, mode: Log) -> None:
    """Say what a blind run gave and what comes next."""
    if mode is Log.JSON:
        about = {"stage": "Finished", "out": str(done.out), "warnings": done.warnings}
        typer.echo(json.dumps(about))
    elif mode is Log.BAR:
        typer.echo(f"{done.scans} scans measured blind, {done.warnings} warnings: {done.out}")
        typer.echo(f"Next: judge the scans, then rewire lock {done.out}")


def tell(finished: Finished, mode: Log) -> None:
    """Say where the report is and what was not answered."""
    warnings = len(finished.faults)
    if mode is Log.JSON:
        done = {"stage": "Finished", "report": str(finished.report), "warnings": warnings}
        typer.echo(json.dumps(done))
    elif mode is Log.BAR:
        if warnings:
            typer.echo(f"{warnings} warning{'' if warnings == 1 else 's'} (see the report).")
        for missing in (*finished.plan.unanswered, *finished.effects.unanswered):
            typer.echo(f"Not answered: {missing.question}: {missing.reason}.")
        typer.echo(f"Report: {finished.report}")
