"""A run that is killed at any moment resumes, and ends with the same bytes."""

from __future__ import annotations

import os
import random
import runpy
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import tomlkit

from rewire.trial.synthetic import TrialSpec, simulate_trial

trees = runpy.run_path(str(Path(__file__).parent / "trial" / "trees.py"))

ATTEMPTS = 80
PATIENCE_S = 300.0
SOURCE = Path(__file__).resolve().parents[1] / "src"
# What may differ: times and host stand here alone, and the cache is not an output.
FREE = ("provenance.json", ".rewire")


@dataclass(frozen=True, slots=True)
class Run:
    """One command line, and where it tells what it does."""

    trial: Path
    plan: Path
    out: Path
    log: Path

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "rewire.cli", "run", str(self.trial), str(self.out)]
        command += ["--plan", str(self.plan), "--n-procs", "2", "--log", "json"]
        with self.log.open("wb") as log:
            return subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                env=_environment(),
                start_new_session=True,
            )

    def wait_for_first_word(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until the run has begun to work: imports are no interesting moment."""
        until = time.monotonic() + PATIENCE_S
        while process.poll() is None and self.log.stat().st_size == 0:
            if time.monotonic() > until:
                _kill(process)
                pytest.fail("the run said nothing")
            time.sleep(0.01)

    def finish(self) -> float:
        """Run to the end and return the seconds from its first word."""
        process = self.start()
        self.wait_for_first_word(process)
        began = time.monotonic()
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            _kill(process)
            pytest.fail("the run did not end")
        assert process.returncode == 0, self.log.read_text(encoding="utf-8")[-3000:]
        return time.monotonic() - began

    def killed_after(self, seconds: float) -> bool:
        """Kill a run so long after its first word; return whether it was still at work."""
        process = self.start()
        self.wait_for_first_word(process)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            _kill(process)
            return True
        assert process.returncode == 0, self.log.read_text(encoding="utf-8")[-3000:]
        return False


def _environment() -> dict[str, str]:
    path = os.pathsep.join(filter(None, [str(SOURCE), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path}


def _kill(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _content(out: Path) -> dict[str, bytes]:
    """Every file that is an output, by its path."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.relative_to(out).parts[0] not in FREE
    }


def _assert_same(out: Path, reference: dict[str, bytes]) -> None:
    found = _content(out)
    assert sorted(found) == sorted(reference)
    different = [name for name, content in found.items() if content != reference[name]]
    assert not different, f"bytes differ in {different}"


@pytest.fixture(scope="module")
def small_trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    trial = simulate_trial(TrialSpec(per_arm=6, volumes=120))
    folder: Path = trees["write_tree"](trial, tmp_path_factory.mktemp("resume") / "trial")
    return folder


@pytest.fixture(scope="module")
def quick_plan(small_trial: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plan that rewire drafts, with less to compute."""
    command = [sys.executable, "-m", "rewire.cli", "plan", "new", str(small_trial)]
    drafted = subprocess.run(
        command, env=_environment(), check=True, capture_output=True, text=True
    ).stdout
    plan = tomlkit.parse(drafted)
    plan["inference"]["permutations"] = 200
    kept = [q for q in plan["questions"] if q["kind"] in ("change", "change_association")]
    regional = {"global_brain_connectivity", "coupling_connected"}
    plan["questions"] = [q for q in kept if regional.isdisjoint(q.get("measures", ()))]
    for measure in plan["measures"]:
        if measure["name"] == "modularity":
            measure["options"] = {"runs": 10, "nulls": 10}
    assert len(plan["questions"]) > 3
    path = tmp_path_factory.mktemp("plan") / "quick.toml"
    path.write_text(tomlkit.dumps(plan), encoding="utf-8")
    return path


@pytest.mark.parametrize("wanted", [4, pytest.param(20, marks=pytest.mark.slow)])
def test_killed_runs_end_with_the_same_bytes(
    small_trial: Path, quick_plan: Path, tmp_path: Path, wanted: int
) -> None:
    def into(name: str) -> Run:
        return Run(small_trial, quick_plan, tmp_path / name, tmp_path / "log")

    into("warm").finish()
    reference = into("reference")
    length = reference.finish()
    expected = _content(reference.out)
    assert {"report.html", "effects/effects.tsv", "flow.tsv", "plan.toml"} <= set(expected)
    _assert_same(tmp_path / "warm", expected)

    moments = random.Random(7)
    kills, attempt = 0, 0
    run = into("out-0")
    while kills < wanted and attempt < ATTEMPTS:
        attempt += 1
        killed = run.killed_after(moments.uniform(0.0, length))
        kills += killed
        if killed and moments.random() < 0.7:
            continue  # the next kill falls on what this one left
        if killed:
            run.finish()
        _assert_same(run.out, expected)
        run = into(f"out-{attempt}")
    if run.out.exists():
        run.finish()
        _assert_same(run.out, expected)
    assert kills == wanted
