"""The command line: arguments in, calls to the pipeline out; no logic of its own."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rewire import __version__
from rewire.core.errors import RewireError, UsageError

if TYPE_CHECKING:
    from rewire.core.errors import Fault
    from rewire.pipeline.run import Finished
    from rewire.pipeline.scanwork import Progress

app = typer.Typer(
    help="What a treatment for depression changed in the brain, and how far the data say so. "
    "For research; it gives no advice to patients.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
plan_app = typer.Typer(
    help="Write a plan, or look at the built-in ones.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(plan_app, name="plan")


class Log(StrEnum):
    """How a run tells what it does."""

    BAR = "bar"
    QUIET = "quiet"
    JSON = "json"


class Scope(StrEnum):
    """Measures of a drafted plan."""

    USUAL = "usual"
    ALL = "all"


TrialFolder = Annotated[Path, typer.Argument(metavar="TRIAL", help="The trial's folder.")]
PlanOption = Annotated[
    str | None, typer.Option("--plan", help="A recipe's name or the path of a TOML plan.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change one key of the plan; repeatable."),
]
ProcessesOption = Annotated[
    int | None,
    typer.Option("--n-procs", "--nprocs", min=1, help="Worker processes; default: every core."),
]
ParticipantOption = Annotated[
    list[str] | None,
    typer.Option("--participant-label", help="Only these participants; repeatable."),
]
SessionOption = Annotated[
    list[str] | None, typer.Option("--session-label", help="Only these sessions; repeatable.")
]
WorkOption = Annotated[
    Path | None,
    typer.Option("--work-dir", "-w", help="Where results of single scans are kept."),
]
LogOption = Annotated[Log, typer.Option("--log", help="Progress bar, nothing, or JSON lines.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="The same as --log quiet.")]
ScopeOption = Annotated[
    Scope, typer.Option("--measures", help="Measures of a drafted plan: usual, or all.")
]


@app.command()
def run(
    trial: TrialFolder,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the results.")],
    plan: PlanOption = None,
    settings: SetOption = None,
    measures: ScopeOption = Scope.USUAL,
    participant_label: ParticipantOption = None,
    session_label: SessionOption = None,
    n_procs: ProcessesOption = None,
    work_dir: WorkOption = None,
    log: LogOption = Log.BAR,
    quiet: QuietOption = False,
) -> None:
    """Analyse a trial: from its folder to a folder of results with a report."""
    from rewire.pipeline.run import Request
    from rewire.pipeline.run import run as run_trial
    from rewire.pipeline.selection import Labels

    mode = Log.QUIET if quiet else log
    with _progress(mode) as progress:
        request = Request(
            out=out,
            plan=plan,
            settings=_settings(settings),
            scope=measures.value,
            labels=Labels(tuple(participant_label or ()), tuple(session_label or ())),
            processes=n_procs or _cores(),
            work=work_dir,
            progress=progress,
        )
        finished = run_trial(trial, request)
    _tell(finished, mode)


@app.command()
def demo(
    out: Annotated[Path, typer.Argument(metavar="[OUT]")] = Path("rewire-demo"),
    n_procs: ProcessesOption = None,
    log: LogOption = Log.BAR,
    quiet: QuietOption = False,
) -> None:
    """Analyse an embedded simulated trial whose truth is known."""
    from rewire.pipeline.demo import run_demo
    from rewire.pipeline.run import Request

    mode = Log.QUIET if quiet else log
    with _progress(mode) as progress:
        request = Request(out=out, processes=n_procs or _cores(), progress=progress)
        finished = run_demo(request)
    _tell(finished, mode)


@app.command()
def check(
    trial: TrialFolder,
    plan: PlanOption = None,
    settings: SetOption = None,
    n_procs: ProcessesOption = None,
    log: LogOption = Log.BAR,
    quiet: QuietOption = False,
) -> None:
    """Read a trial and list every fault at once; exit status 0 only if it can be run."""
    from rewire.pipeline.checking import check_folder
    from rewire.pipeline.run import Request

    mode = Log.QUIET if quiet else log
    with _progress(mode) as progress:
        request = Request(
            out=Path(),
            plan=plan,
            settings=_settings(settings),
            processes=n_procs or _cores(),
            progress=progress,
        )
        result = check_folder(trial, request)
    _print_faults(result.faults, mode)
    errors = sum(f.severity == "error" for f in result.faults)
    if mode is Log.BAR:
        typer.echo(result.summary)
    if errors:
        raise typer.Exit(1)
    if result.plan_fault:
        raise UsageError(result.plan_fault)


@app.command("measures")
def list_measures() -> None:
    """List the measures: what each needs, gives and cites."""
    import rewire.measures
    from rewire.core import registry

    for spec in registry.discover(rewire.measures).values():
        note = "" if spec.availability == "general" else f"  [{spec.availability}]"
        typer.echo(f"{spec.name}{note}\n    {spec.summary}\n    needs: {', '.join(spec.needs)}")
        for quantity in spec.gives:
            dims = " x ".join(quantity.dims) or "one value a scan"
            typer.echo(f"    {quantity.name}  [{quantity.unit}; {dims}]  {quantity.description}")
        typer.echo(f"    source: {spec.source}\n")


@plan_app.command("new")
def plan_new(
    trial: TrialFolder,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write the plan there; default: print it.")
    ] = None,
    measures: ScopeOption = Scope.USUAL,
    atlas: Annotated[
        str | None, typer.Option(help="Which parcellation, where the trial holds several.")
    ] = None,
) -> None:
    """Draft a commented plan from what is in a trial's folder."""
    from rewire.pipeline.checking import draft_for

    text = draft_for(trial, measures.value, atlas)
    if out is None:
        typer.echo(text, nl=False)
        return
    if out.exists():
        raise UsageError(f"{out} exists; a plan is never overwritten. Give another name.")
    from rewire.core.store import write_text

    write_text(out, text)
    typer.echo(f"Plan written to {out}. Edit it, then: rewire run {trial} OUT --plan {out}")


@plan_app.command("list")
def plan_list() -> None:
    """List the built-in recipes."""
    from rewire.plan.recipes import find_plan, list_recipes

    for name in list_recipes():
        typer.echo(f"{name}\n    {find_plan(name).citation}")


@plan_app.command("show")
def plan_show(name: Annotated[str, typer.Argument(help="A recipe's name.")]) -> None:
    """Print a built-in recipe."""
    from rewire.plan.recipes import recipe_text

    typer.echo(recipe_text(name), nl=False)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"rewire {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; faults of the data exit with 1, of the call with 2."""
    try:
        app()
    except RewireError as error:
        status = 2 if isinstance(error, UsageError) else 1
        plain = "json" not in sys.argv
        message = {"stage": "Stopped", "status": status, "message": str(error)}
        typer.echo(str(error) if plain else json.dumps(message), err=True)
        sys.exit(status)


def _settings(pairs: list[str] | None) -> dict[str, str]:
    bad = [p for p in pairs or () if "=" not in p]
    if bad:
        raise UsageError(f"--set {bad[0]}: write KEY=VALUE.")
    return {key.strip(): value.strip() for key, _, value in (p.partition("=") for p in pairs or ())}


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _progress(mode: Log) -> Iterator[Progress]:
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


def _print_faults(faults: tuple[Fault, ...], mode: Log) -> None:
    for fault in sorted(faults, key=lambda f: f.severity):
        if mode is Log.JSON:
            keys = ("severity", "code", "where", "what", "remedy", "participant", "session")
            typer.echo(json.dumps({key: getattr(fault, key) for key in keys}))
        else:
            typer.echo(str(fault), err=fault.severity == "error")


def _tell(finished: Finished, mode: Log) -> None:
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


if __name__ == "__main__":
    main()
