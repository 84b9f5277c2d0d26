"""A shared copy from the command line: nothing in it says who was in the trial."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest
from tests.pipeline.conftest import write_small_trial
from tests.pipeline.test_run import QUICK, rewire

from rewire.core.errors import TrialError, UsageError
from rewire.pipeline.preparing import Request
from rewire.pipeline.sharing import Copy, repeat_report

SECRET = "Fell ill on 2021-03-04"
PEOPLE = [f"sub-{i:02d}" for i in range(1, 9)]


def write_private_trial(root: Path) -> Path:
    """The small trial with three people in one arm, free text, dates and suicidality."""
    write_small_trial(root)
    arms = ["psilocybin"] * 5 + ["placebo"] * 3
    lines = ["participant_id\tarm\tage\tnotes"]
    lines += [f"{p}\t{a}\t40\t{SECRET}" for p, a in zip(PEOPLE, arms, strict=True)]
    (root / "participants.tsv").write_text("\n".join(lines) + "\n")
    scores = ["participant_id\tsession_id\tbss"]
    for i, person in enumerate(PEOPLE):
        scores += [f"{person}\tses-baseline\t{10 + i}", f"{person}\tses-week6\t{3 + i % 4}"]
    (root / "phenotype" / "bss.tsv").write_text("\n".join(scores) + "\n")
    about = {"bss": {"Description": "Beck Scale for Suicide Ideation", "Direction": "lower"}}
    (root / "phenotype" / "bss.json").write_text(json.dumps(about))
    return root


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    root = tmp_path_factory.mktemp("share")
    trial = write_private_trial(root / "trial")
    rewire("run", trial, root / "out", "--n-procs", "2", *QUICK)
    return trial, root / "out"


@pytest.fixture(scope="module")
def shared(finished: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    trial, out = finished
    dest = tmp_path_factory.mktemp("shared") / "copy"
    rewire("report", trial, out, "--share", dest, "--n-procs", "1")
    return dest


def everything(folder: Path) -> bytes:
    """Every byte of every file, and what they hold in base64."""
    held = [p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()]
    for text in re.findall(rb'"bdata":"([^"]+)"', b"\n".join(held)):
        held.append(base64.b64decode(text))
    return b"\n".join(held)


def test_no_file_of_a_shared_copy_names_a_person(finished: tuple[Path, Path], shared: Path) -> None:
    assert sorted(p.name for p in shared.rglob("*")) == ["README.txt", "report.html"]
    held = everything(shared)
    kept = [p.stem for p in (finished[1] / ".rewire").rglob("*.npz")]
    assert kept
    for text in [*PEOPLE, SECRET, "2021-03-04", str(finished[0]), *kept]:
        assert text.encode() not in held, text
    assert re.search(rb"scan-[0-9a-f]{12}", held) is None


def test_the_report_of_the_trial_names_them(finished: tuple[Path, Path]) -> None:
    held = (finished[1] / "report.html").read_text()
    assert all(person in held for person in PEOPLE)


def test_three_people_are_fewer_than_five_and_no_total_gives_them_back(shared: Path) -> None:
    page = (shared / "report.html").read_text()
    text = re.sub(r"<script.*?</script>|<style.*?</style>", "", page, flags=re.DOTALL)
    words = re.sub(r"<[^>]+>", "", text).replace("\N{NO-BREAK SPACE}", " ")
    assert "n = &lt;5" in text
    assert "<dt>Participants</dt><dd>6 to 9</dd>" in text
    for told in (r"n = 3\b", r"n = 8\b", r"\b8 participants", r"t\(6\)"):
        assert not re.search(told, words), told
    assert not re.search(r'data-key="(6|8)\.0"', text)
    assert re.search(r"p = \.\d+.*, n = 5\b", words), "the larger arm is told"


def test_suicidality_is_drawn_as_a_mean_alone(shared: Path) -> None:
    page = (shared / "report.html").read_text()
    found = re.findall(
        r'<h3>([^<]*)</h3>\s*<div class="plot" id="(trajectory-\d+)-plot"',
        page,
        flags=re.IGNORECASE,
    )
    about = [figure for title, figure in found if "bss" in title.lower()]
    assert len(about) == 1
    spec = re.search(rf'id="{about[0]}-spec">(.*?)</script>', page)
    assert spec is not None
    assert {t["name"] for t in json.loads(spec.group(1))["data"]} == {"mean"}
    others = [figure for title, figure in found if "bdi" in title.lower()]
    spec = re.search(rf'id="{others[0]}-spec">(.*?)</script>', page)
    assert spec is not None
    assert "participants" in {t["name"] for t in json.loads(spec.group(1))["data"]}


def test_smaller_groups_can_be_allowed(finished: tuple[Path, Path], tmp_path: Path) -> None:
    trial, out = finished
    rewire("report", trial, out, "--share", tmp_path / "copy", "--smallest", "3")
    page = (tmp_path / "copy" / "report.html").read_text()
    assert "<dt>Participants</dt><dd>8</dd>" in page
    assert not any(person in page for person in PEOPLE)


def test_without_share_the_report_is_rendered_again_to_the_byte(
    finished: tuple[Path, Path],
) -> None:
    trial, out = finished
    page = out / "report.html"
    before = page.read_bytes()
    others = {p: p.read_bytes() for p in out.rglob("*") if p.is_file() and p != page}
    page.unlink()
    rewire("report", trial, out)
    assert page.read_bytes() == before
    assert {p: p.read_bytes() for p in others} == others, "nothing else is written"


def test_the_labels_of_the_run_hold_for_its_report(tmp_path: Path) -> None:
    trial = write_small_trial(tmp_path / "trial")
    labels = ["--participant-label", "01", "--participant-label", "05"]
    rewire("run", trial, tmp_path / "out", *QUICK, *labels)
    before = (tmp_path / "out" / "report.html").read_bytes()
    rewire("report", trial, tmp_path / "out")
    assert (tmp_path / "out" / "report.html").read_bytes() == before
    rewire("report", trial, tmp_path / "out", "--share", tmp_path / "copy")
    assert b"sub-0" not in (tmp_path / "copy" / "report.html").read_bytes()


def test_a_copy_never_goes_where_something_else_is(
    finished: tuple[Path, Path], shared: Path, tmp_path: Path
) -> None:
    trial, out = finished
    (tmp_path / "mine.txt").write_text("mine")
    said = rewire("report", trial, out, "--share", tmp_path, status=2)
    assert "holds other files (mine.txt)" in said
    assert "a folder of its own" in rewire("report", trial, out, "--share", out / "x", status=2)
    assert "no finished run" in rewire("report", trial, tmp_path, status=2)
    rewire("report", trial, out, "--share", shared)  # an earlier copy is replaced


def test_a_copy_that_would_hold_a_label_is_not_written(tmp_path: Path) -> None:
    trial = write_small_trial(tmp_path / "trial")
    (trial / "dataset_description.json").write_text('{"Name": "Trial of sub-03"}')
    rewire("run", trial, tmp_path / "out", *QUICK)
    said = rewire("report", trial, tmp_path / "out", "--share", tmp_path / "copy", status=1)
    assert "would hold labels (sub-03)" in said
    assert not (tmp_path / "copy").exists()


def test_a_copy_may_lie_beside_a_description_but_not_among_derivatives(tmp_path: Path) -> None:
    (tmp_path / "xcpd").mkdir()
    (tmp_path / "trial.toml").write_text(
        'name = "x"\nderivatives = ["xcpd"]\n[sheet]\nfile = "gone.csv"\nid_column = "id"\n'
    )
    out = tmp_path / "out"
    out.mkdir()
    (out / "plan.toml").write_text('name = "x"\n')
    (out / "provenance.json").write_text('{"plans": [], "run": {"state": "finished"}}')
    with pytest.raises(UsageError, match=r"lies in .*xcpd"):
        repeat_report(tmp_path, Request(out), Copy(tmp_path / "xcpd" / "shared"))
    with pytest.raises(TrialError, match=r"gone\.csv"):
        repeat_report(tmp_path, Request(out), Copy(tmp_path / "shared"))
