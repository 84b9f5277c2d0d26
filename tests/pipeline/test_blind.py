"""Blind, locked, unblinded, from the command line: nothing leaks, nothing moves unseen."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from plotly.offline import get_plotlyjs

PLAN = """
name = "mine"
author = "person"
[roles]
baseline = "ses-baseline"
after = ["ses-week6"]
outcome = ["bdi"]
reference = "placebo"
[inference]
permutations = 99
[[measures]]
name = "modularity"
options = { runs = 5, nulls = 3 }
[[measures]]
name = "connectivity"
[[measures]]
name = "substates"
options = { restarts = 5, surrogates = 5 }
[[questions]]
name = "modularity"
text = "Did the change in modularity differ between the arms?"
kind = "interaction"
standing = "primary"
measures = ["modularity_q_norm"]
"""
SECRETS = ("sub-0", "ses-baseline", "week6", "psilocybin", "placebo", "bdi.tsv", "participants.tsv")
PRINTED = (".json", ".tsv", ".md", ".bidsignore")


def rewire(*arguments: str | Path, status: int = 0) -> str:
    command = [sys.executable, "-m", "rewire.cli", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr + done.stdout
    return done.stdout + done.stderr


def measured(out: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted((out / "measures").iterdir())}


def written(path: Path) -> bytes:
    """Return a file's bytes; of a page without the library and the pixels, which spell anything."""
    held = path.read_bytes()
    if path.suffix != ".html":
        return held
    return re.sub(rb"base64,[A-Za-z0-9+/=]+", b"", held.replace(get_plotlyjs().encode(), b""))


def everything(out: Path) -> str:
    """Return all that a snooper could read: names, bytes, and what is packed in archives."""
    parts: list[bytes] = []
    for path in sorted(out.rglob("*")):
        parts.append(str(path.relative_to(out)).encode())
        if path.is_file() and path.name != "plan.toml":
            parts.append(written(path))
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as packed:
                    parts += [packed.read(name) for name in packed.namelist()]
    return b"\n".join(parts).decode("utf-8", errors="replace").replace("\0", "").lower()


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sys.path.insert(0, str(Path(__file__).parent))
    from conftest import write_small_trial

    return write_small_trial(tmp_path_factory.mktemp("blind") / "trial")


@pytest.fixture(scope="module")
def blind(trial: Path) -> Path:
    """A blind run, not locked."""
    (trial.parent / "mine.toml").write_text(PLAN)
    out = trial.parent / "out"
    rewire("run", trial, out, "--blind", "--plan", trial.parent / "mine.toml", "-q")
    return out


@pytest.fixture
def copy(blind: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(blind, tmp_path / "out"))


def test_no_output_cache_or_name_tells_a_person_a_session_an_arm_or_a_score(blind: Path) -> None:
    text = everything(blind)
    assert len(text) > 10_000
    assert [secret for secret in SECRETS if secret in text] == []
    printed = [written(p).decode().lower() for p in blind.rglob("*") if p.name.endswith(PRINTED)]
    assert len(printed) > 5
    assert not any(re.search(r"\bbdi\b", text) for text in printed)
    assert not (blind / "effects").exists()
    assert not (blind / "report.html").exists()


def test_the_search_would_find_a_leak(blind: Path, trial: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    rewire("run", trial, seen, "--plan", trial.parent / "mine.toml", "-q")
    text = everything(seen)
    assert [secret for secret in SECRETS[:-2] if secret not in text] == []


def test_quality_and_measures_name_the_same_opaque_scans_in_an_order_of_their_own(
    blind: Path,
) -> None:
    quality = pd.read_csv(blind / "quality.tsv", sep="\t")
    values = pd.read_csv(blind / "measures" / "modularity_q.tsv", sep="\t")
    assert len(quality) == 16
    assert quality["scan"].tolist() == sorted(quality["scan"])
    assert values["scan"].tolist() == quality["scan"].tolist()
    assert values["scan"].str.fullmatch("scan-[0-9a-f]{12}").all()


def _scrambled(root: Path) -> None:
    for table in [root / "participants.tsv", *(root / "phenotype").iterdir()]:
        table.write_bytes(os.urandom(500))


def _shuffled(root: Path) -> None:
    table = pd.read_csv(root / "participants.tsv", sep="\t")
    table["arm"] = table["arm"].to_numpy()[::-1]
    table.to_csv(root / "participants.tsv", sep="\t", index=False)


def _removed(root: Path) -> None:
    (root / "participants.tsv").unlink()
    shutil.rmtree(root / "phenotype")


@pytest.mark.parametrize(
    "change", [_scrambled, _removed, pytest.param(_shuffled, marks=pytest.mark.slow)]
)
def test_measures_are_the_same_bytes_whatever_the_tables_say(
    change, trial: Path, blind: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(trial, tmp_path / "trial"))
    change(other)
    plan = trial.parent / "mine.toml"
    rewire("run", other, tmp_path / "other", "--blind", "--plan", plan, "-q")
    assert measured(tmp_path / "other") == measured(blind)


def test_locked_and_unblinded_it_equals_a_run_that_was_never_blind(
    copy: Path, trial: Path, tmp_path: Path
) -> None:
    plan = trial.parent / "mine.toml"
    rewire("lock", copy, "--registry", "NCT01234567")
    rewire("unblind", trial, copy, "-q")
    rewire("run", trial, tmp_path / "open", "--plan", plan, "-q")
    for name in ("effects/effects.tsv", "flow.tsv", "plan.toml", "quality.tsv"):
        assert (copy / name).read_bytes() == (tmp_path / "open" / name).read_bytes(), name
    assert measured(copy) == measured(tmp_path / "open")
    key = pd.read_csv(copy / "key.tsv", sep="\t")
    assert sorted(key["participant_id"].unique()) == [f"sub-{i:02d}" for i in range(1, 9)]
    page = (copy / "report.html").read_text()
    assert "NCT01234567" in page
    assert "Nothing was changed after unblinding" in page


def test_the_key_leads_every_blind_value_back_to_its_scan(copy: Path, trial: Path) -> None:
    before = pd.read_csv(copy / "measures" / "modularity_q.tsv", sep="\t")
    rewire("lock", copy)
    rewire("unblind", trial, copy, "-q")
    after = pd.read_csv(copy / "measures" / "modularity_q.tsv", sep="\t")
    key = pd.read_csv(copy / "key.tsv", sep="\t")
    joined = before.merge(key, on="scan").merge(after, on=["participant_id", "session_id"])
    assert len(joined) == 16
    assert (joined["value_x"] == joined["value_y"]).all()


def test_every_change_after_unblinding_stands_on_the_first_page(
    copy: Path, trial: Path, tmp_path: Path
) -> None:
    rewire("lock", copy)
    changed = tmp_path / "changed.toml"
    changed.write_text(
        PLAN.replace("permutations = 99", "permutations = 199").replace("primary", "secondary")
        + '[[exclude]]\nparticipant = "sub-03"\nreason = "moved a lot"\n'
    )
    rewire("unblind", trial, copy, "--plan", changed, "-q")
    rewire("run", trial, copy, "--plan", changed, "--set", "inference.seed=7", "-q")
    page = (copy / "report.html").read_text()
    first = page[page.index("Measured blind") : page.index('aria-label="Contents"')]
    for change in ("permutations was 99, became 199", "standing", "sub-03", "seed was"):
        assert change in first, change


def test_a_scan_left_out_blind_is_left_out_after_unblinding(
    trial: Path, blind: Path, tmp_path: Path
) -> None:
    bad = pd.read_csv(blind / "quality.tsv", sep="\t")["scan"][4]
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN + f'[[exclude]]\nscan = "{bad}"\nreason = "carpet shows spikes"\n')
    out = tmp_path / "out"
    rewire("run", trial, out, "--blind", "--plan", plan, "-q")
    assert bad not in (out / "quality.tsv").read_text()
    rewire("lock", out)
    rewire("unblind", trial, out, "-q")
    key = pd.read_csv(blind.parent / "out" / "quality.tsv", sep="\t")
    assert len(pd.read_csv(out / "quality.tsv", sep="\t")) == len(key) - 1
    flow = (out / "flow.tsv").read_text()
    assert "carpet shows spikes" in flow
    assert bad in flow
    assert "Nothing was changed after unblinding" in (out / "report.html").read_text()


def test_what_is_refused(copy: Path, trial: Path, tmp_path: Path) -> None:
    assert "not locked" in rewire("unblind", trial, copy, status=2)
    assert "blind run" in rewire("run", trial, copy, "-q", status=2)
    assert "takes everybody" in rewire(
        "run", trial, tmp_path / "x", "--blind", "--participant-label", "01", status=2
    )
    assert "no blind run" in rewire("lock", tmp_path, status=2)
    (copy / "plan.toml").write_text(PLAN.replace("99", "98"))
    assert "edited after the measures" in rewire("lock", copy, status=2)


def test_a_lock_notices_what_was_moved_under_it(copy: Path, trial: Path) -> None:
    rewire("lock", copy)
    assert "say --reason" in rewire("lock", copy, status=2)
    table = copy / "measures" / "modularity_q.tsv"
    table.write_text(table.read_text().replace("0.", "0.9", 1))
    (copy / "plan.toml").write_text(PLAN.replace("99", "98"))
    message = rewire("unblind", trial, copy, status=2)
    assert "plan.toml is not the plan that was locked" in message
    assert "measures/ are not those" in message
    assert json.loads((copy / "provenance.json").read_text())["blinding"]["unblinded"] == ""


def test_a_later_lock_and_changed_scans_are_told(copy: Path, trial: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(trial, tmp_path / "trial"))
    rewire("lock", copy)
    rewire("lock", copy, "--reason", "the board asked for it")
    scan = next(other.glob("sub-05/ses-week6/func/*_timeseries.tsv"))
    lines = scan.read_text().splitlines()
    scan.write_text("\n".join([lines[0], *lines[2:], lines[1]]) + "\n")
    rewire("unblind", other, copy, "-q")
    page = (copy / "report.html").read_text()
    assert "the board asked for it" in page
    assert "not those that were measured blind" in page


def test_a_plan_in_roles_is_filled_in_and_what_was_filled_in_is_told(
    trial: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    quick = ["--set", "permutations=99", "-q"]
    rewire("run", trial, out, "--blind", "--plan", _open_plan(tmp_path), *quick[2:])
    assert [s for s in SECRETS if s in everything(out)] == []
    rewire("lock", out)
    rewire("unblind", trial, out, "-q")
    page = (out / "report.html").read_text()
    assert "left to the trial" in page
    assert "ses-baseline" in page
    assert "Nothing was changed after unblinding" in page


def _open_plan(folder: Path) -> Path:
    plan = folder / "open.toml"
    roles = PLAN[PLAN.index("[roles]") : PLAN.index("[inference]")]
    plan.write_text(PLAN.replace(roles, '[roles]\nreference = "placebo"\n'))
    return plan


def test_without_a_plan_a_blind_run_drafts_one_that_any_trial_can_bind(
    trial: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    rewire("run", trial, out, "--blind", "--set", "permutations=99", "-q", status=0)
    plan = (out / "plan.toml").read_text()
    assert "@baseline" in plan
    assert "permutations = 99" in plan
    assert "psilocybin" not in plan


def test_the_acute_psilocybin_trial_blind_locked_and_unblinded(
    shared_data: Path, tmp_path: Path
) -> None:
    root, out = shared_data / "psilocybin-acute", tmp_path / "out"
    plan = tmp_path / "plan.toml"
    plan.write_text(
        'name = "acute"\n[inference]\npermutations = 99\n'
        '[[measures]]\nname = "modularity"\noptions = { runs = 5, nulls = 3 }\n'
        '[[questions]]\nname = "modularity"\nkind = "interaction"\nstanding = "primary"\n'
        'text = "Did modularity change more after psilocybin?"\n'
        'measures = ["modularity_q_norm"]\n'
    )
    rewire("run", root, out, "--blind", "--plan", plan, "-q")
    text = everything(out)
    labels = ("sub-0", "ses-p", "placebo", "psilocybin", "acq-", "participants.tsv")
    assert [label for label in labels if label in text] == []
    assert len(pd.read_csv(out / "quality.tsv", sep="\t")) == 36
    rewire("lock", out, "--registry", "NCT00000000")
    rewire("unblind", root, out, "-q")
    effects = pd.read_csv(out / "effects" / "effects.tsv", sep="\t", keep_default_na=False)
    assert {"psilocybin", "placebo"} <= set(" ".join(effects["contrast"]).replace("-", " ").split())
    assert "NCT00000000" in (out / "report.html").read_text()


def test_errors_of_a_blind_run_stand_in_the_order_of_files_without_numbers_of_others(
    trial: Path, blind: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(trial, tmp_path / "trial"))
    broken = sorted(other.glob("sub-*/ses-*/func/*_timeseries.tsv"))[1::2]
    for path in broken:
        path.write_bytes(path.read_bytes()[:500])
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN.replace("[inference]", "[quality]\nminimum_minutes = 6.0\n[inference]"))
    said = rewire("run", other, tmp_path / "out", "--blind", "--plan", plan, "-q", status=1)
    assert "too-short" not in said
    places = [said.index(path.name) for path in broken]
    assert places == sorted(places)


def test_an_unblinding_that_was_cut_off_says_how_to_go_on(copy: Path, trial: Path) -> None:
    rewire("lock", copy)
    rewire("unblind", trial, copy, "-q")
    about = json.loads((copy / "provenance.json").read_text())
    about["run"] = {"state": "unblinding"}
    (copy / "provenance.json").write_text(json.dumps(about))
    said = rewire("unblind", trial, copy, status=2)
    assert f"rewire run TRIAL {copy} --plan {copy / 'plan.toml'}" in said
    assert "did not finish" in rewire("export", copy, copy.parent / "x", status=2)
    rewire("run", trial, copy, "--plan", copy / "plan.toml", "-q")
    assert "Nothing was changed after unblinding" in (copy / "report.html").read_text()
    rewire("export", copy, copy.parent / "x")


def described(trial: Path, folder: Path) -> Path:
    """The same scans beside a trial.toml, whose sheet is not there."""
    scans = Path(shutil.copytree(trial, folder / "xcp"))
    (scans / "participants.tsv").unlink()
    shutil.rmtree(scans / "phenotype")
    (folder / "trial.toml").write_text(
        'name = "Small"\nderivatives = ["xcp"]\natlas = "Toy12"\n'
        '[sheet]\nfile = "scores.csv"\nid_column = "id"\n'
        '[arm]\ncolumn = "group"\nlabels = { A = "psilocybin", B = "placebo" }\n'
        '[[sessions]]\nlabel = "ses-baseline"\nin_sheet = ["BL"]\nphase = "baseline"\n'
        '[[sessions]]\nlabel = "ses-week6"\nin_sheet = ["W6"]\n'
        '[scales.bdi]\ndirection = "lower is better"\ncolumns = { BL = "b1", W6 = "b2" }\n'
        "[participants]\n" + "".join(f'sub-{i:02d} = "P{i}"\n' for i in range(1, 9))
    )
    return folder


def test_a_described_trial_is_blind_without_its_sheet_and_writes_nothing_beside_the_scans(
    trial: Path, blind: Path, tmp_path: Path
) -> None:
    root, out = described(trial, tmp_path / "study"), tmp_path / "out"
    plan = trial.parent / "mine.toml"
    inside = root / "xcp" / "out"
    for form in (root, root / "trial.toml"):
        said = rewire("run", form, inside, "--blind", "--plan", plan, "-q", status=2)
        assert "never written to" in said
        assert not inside.exists()
    rewire("run", root, out, "--blind", "--plan", plan, "-q")
    told = (*SECRETS, "scores.csv", "trial.toml")
    assert [secret for secret in told if secret in everything(out)] == []
    assert measured(out) == measured(blind)


def test_a_label_in_the_plan_leads_to_no_id(trial: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN + '[[exclude]]\nparticipant = "sub-03"\nreason = "withdrew consent"\n')
    out = tmp_path / "out"
    rewire("run", trial, out, "--blind", "--plan", plan, "-q")
    assert len(pd.read_csv(out / "exclusions.tsv", sep="\t")) == 14
    assert "the plan leaves it out" not in everything(out)
