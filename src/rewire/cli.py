"""The command line: arguments in, calls to the pipeline out; no logic of its own."""

from __future__ import annotations

import json
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from rewire import __version__
from rewire.cli_publish import publish_app
from rewire.console import Log, print_faults, show_progress, tell, tell_blind
from rewire.core.errors import RewireError, UsageError

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
app.add_typer(publish_app)


class Scope(StrEnum):
    """Measures of a drafted plan."""

    USUAL = "usual"
    ALL = "all"


TrialFolder = Annotated[Path, typer.Argument(metavar="TRIAL", help="Its folder or trial.toml.")]
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
    blind: Annotated[
        bool,
        typer.Option("--blind", help="Measure only: read no arm and no score, name no person."),
    ] = False,
    log: LogOption = Log.BAR,
    quiet: QuietOption = False,
) -> None:
    """Analyse a trial: from its folder to a folder of results with a report."""
    from rewire.pipeline.blind import run_blind
    from rewire.pipeline.preparing import Request
    from rewire.pipeline.run import run as run_trial
    from rewire.pipeline.selection import Labels

    mode = Log.QUIET if quiet else log
    with show_progress(mode) as progress:
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
        if blind:
            done = run_blind(trial, request)
        else:
            finished = run_trial(trial, request)
    if blind:
        tell_blind(done, mode)
    else:
        tell(finished, mode)


@app.command()
def lock(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Output of a blind run.")],
    registry: Annotated[
        str, typer.Option("--registry", help="Where the plan is registered, such as NCT03429075.")
    ] = "",
    reason: Annotated[str, typer.Option(help="Why it is locked again.")] = "",
) -> None:
    """Freeze plan and exclusions of a blind run, before arms and scores are joined."""
    from rewire.pipeline.locking import lock as lock_run

    made = lock_run(out, registry, reason)
    typer.echo(f"Locked plan {made.plan}.")
    if not made.registry:
        typer.echo("A hash alone proves no date: register the plan and say --registry ID.")


@app.command()
def unblind(
    trial: TrialFolder,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Output of a locked blind run.")],
    plan: PlanOption = None,
    settings: SetOption = None,
    n_procs: ProcessesOption = None,
    work_dir: WorkOption = None,
    log: LogOption = Log.BAR,
    quiet: QuietOption = False,
) -> None:
    """Join arms and scores to a locked blind run; every change of plan is listed."""
    from rewire.pipeline.locking import unblind as unblind_run
    from rewire.pipeline.preparing import Request

    mode = Log.QUIET if quiet else log
    with show_progress(mode) as progress:
        request = Request(
            out=out,
            plan=plan,
            settings=_settings(settings),
            processes=n_procs or _cores(),
            work=work_dir,
            progress=progress,
        )
        finished = unblind_run(trial, request)
    tell(finished, mode)


@app.command()
def demo(
    out: Annotated[Path, typer.Argument(metavar="[OUT]")] = Path("rewire-demo"),
    n_procs: ProcessesOption = None,
    log: LogOption = Log.BAR,
    quiet: QuietOption = False,
) -> None:
    """Analyse an embedded simulated trial whose truth is known."""
    from rewire.pipeline.demo import run_demo
    from rewire.pipeline.preparing import Request

    mode = Log.QUIET if quiet else log
    with show_progress(mode) as progress:
        request = Request(out=out, processes=n_procs or _cores(), progress=progress)
        finished = run_demo(request)
    tell(finished, mode)


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
    from rewire.pipeline.preparing import Request

    mode = Log.QUIET if quiet else log
    with show_progress(mode) as progress:
        request = Request(
            out=Path(),
            plan=plan,
            settings=_settings(settings),
            processes=n_procs or _cores(),
            progress=progress,
        )
        result = check_folder(trial, request)
    print_faults(result.faults, mode)
    errors = sum(f.severity == "error" for f in result.faults)
    if mode is Log.BAR:
        typer.echo(result.summary)
    if errors:
        raise typer.Exit(1)
    if result.plan_fault:
        raise UsageError(result.plan_fault)


@app.command()
def init(
    derivatives: Annotated[
        list[Path], typer.Argument(metavar="DERIVATIVES...", help="Folders that XCP-D wrote.")
    ],
    scores: Annotated[Path, typer.Option(help="The spreadsheet: xlsx, csv or tsv.")],
    atlas: Annotated[str | None, typer.Option(help="Which parcellation, of several.")] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The file.")] = Path("trial.toml"),
) -> None:
    """Write a trial.toml: how derivatives and a spreadsheet of scores fit together."""
    from rewire.pipeline.init import write_description

    for sentence in write_description(derivatives, scores, out, atlas):
        typer.echo(sentence)


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
    settings: SetOption = None,
) -> None:
    """Draft a commented plan from what is in a trial's folder."""
    from rewire.pipeline.checking import draft_for

    text = draft_for(trial, measures.value, atlas, _settings(settings))
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


if __name__ == "__main__":
    main()
