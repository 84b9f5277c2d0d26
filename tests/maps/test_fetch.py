"""Fetching from a server on this machine: checked, recorded, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rewire.core.errors import DataError, UsageError
from rewire.maps.cache import find_fetched
from rewire.maps.catalogue import read_catalogue
from rewire.maps.fetch import fetch_set, introduce_set, list_sets

GMT = b"wnt signalling\t\tWNT1\tFZD1\nsynapse\t\tSYN1\tDLG4\n"
KEY = "genesets/go_biological_process_2021.gmt"


@dataclass
class Served:
    """What the server holds, and what it was asked for."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Served]:
    held = Served()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.lstrip("/")
            held.asked.append(name)
            if name not in held.files:
                self.send_error(404)
                return
            body = held.files[name]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if name in held.cut else body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    held.address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("REWIRE_CACHE", str(tmp_path / "cache"))
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield held
    server.shutdown()
    server.server_close()
    thread.join()


def kept(tmp_path: Path) -> list[str]:
    cache = tmp_path / "cache"
    return sorted(str(p.relative_to(cache)) for p in cache.rglob("*") if p.is_file())


def test_the_first_fetch_records_checksum_size_and_licence(served: Served, tmp_path: Path) -> None:
    served.files[KEY] = GMT
    fetch_set("genesets", served.address)
    assert (tmp_path / "cache" / KEY).read_bytes() == GMT
    record = json.loads((tmp_path / "cache" / "fetched.json").read_text())[KEY]
    assert record["sha256"] == hashlib.sha256(GMT).hexdigest()
    assert record["size"] == len(GMT)
    assert record["address"] == f"{served.address}/{KEY}"
    about = json.loads((tmp_path / "cache" / "genesets" / "about.json").read_text())
    assert "CC BY 4.0" in about["License"]
    assert "10.1093/nar/gkw377" in about["HowToAcknowledge"]


def test_a_second_fetch_asks_nobody(served: Served) -> None:
    served.files[KEY] = GMT
    fetch_set("genesets", served.address)
    lines = fetch_set("genesets", "http://127.0.0.1:9")  # nobody listens there
    assert served.asked == [KEY]
    assert "already" in lines[0]


def test_another_content_is_refused_and_not_kept(served: Served, tmp_path: Path) -> None:
    served.files[KEY] = GMT
    fetch_set("genesets", served.address)
    before = kept(tmp_path)
    (tmp_path / "cache" / KEY).unlink()
    served.files[KEY] = GMT + b"changed\t\tA\tB\n"
    with pytest.raises(DataError, match=hashlib.sha256(GMT).hexdigest()):
        fetch_set("genesets", served.address)
    assert kept(tmp_path) == [name for name in before if name != KEY]
    recorded = json.loads((tmp_path / "cache" / "fetched.json").read_text())[KEY]
    assert recorded["sha256"] == hashlib.sha256(GMT).hexdigest()


def test_a_file_that_was_changed_on_disk_is_named_and_mended(
    served: Served, tmp_path: Path
) -> None:
    served.files[KEY] = GMT
    fetch_set("genesets", served.address)
    (tmp_path / "cache" / KEY).write_bytes(b"x\t\tA\n")
    with pytest.raises(DataError, match=r"changed since\); type: rewire fetch genesets"):
        find_fetched("genesets")
    fetch_set("genesets", served.address)
    assert (tmp_path / "cache" / KEY).read_bytes() == GMT


def test_a_download_that_was_cut_leaves_nothing(served: Served, tmp_path: Path) -> None:
    served.files[KEY] = GMT * 5000
    served.cut.add(KEY)
    with pytest.raises(DataError, match="cut"):
        fetch_set("genesets", served.address)
    assert kept(tmp_path) == []
    served.cut.clear()
    fetch_set("genesets", served.address)
    assert (tmp_path / "cache" / KEY).read_bytes() == GMT * 5000


def test_a_set_of_two_files_comes_whole_or_not_at_all(served: Served, tmp_path: Path) -> None:
    served.files["receptors/receptors.csv"] = b"1,2\n"
    with pytest.raises(DataError, match=r"receptors/regions\.txt cannot be fetched.*404"):
        fetch_set("receptors", served.address)
    assert kept(tmp_path) == []


@pytest.mark.parametrize("body", [b"", b"\n<!DOCTYPE html><p>log in first</p>"])
def test_a_page_in_place_of_a_file_is_refused(served: Served, tmp_path: Path, body: bytes) -> None:
    served.files[KEY] = body
    with pytest.raises(DataError, match="the server sent"):
        fetch_set("genesets", served.address)
    assert kept(tmp_path) == []


def test_nobody_listens(served: Served) -> None:
    with pytest.raises(DataError, match="the connection failed"):
        fetch_set("genesets", "http://127.0.0.1:9")


@pytest.mark.parametrize("mirror", ["file:///etc", "mirror", "ftp://127.0.0.1/x"])
def test_a_mirror_is_a_web_address(served: Served, mirror: str) -> None:
    with pytest.raises(UsageError, match="https"):
        fetch_set("genesets", mirror)


def test_an_unknown_name_lists_the_known(served: Served) -> None:
    with pytest.raises(UsageError, match="receptors, "):
        introduce_set("recptors")


def test_records_that_cannot_be_read_are_not_passed_over(served: Served, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "fetched.json").write_text("{")
    served.files[KEY] = GMT
    with pytest.raises(DataError, match=r"fetched\.json cannot be read"):
        fetch_set("genesets", served.address)


def test_the_list_says_what_is_there(served: Served) -> None:
    served.files[KEY] = GMT
    before = "\n".join(list_sets())
    fetch_set("genesets", served.address)
    after = [line for line in list_sets() if line.startswith("genesets")]
    assert "[fetched" not in before
    assert "[fetched 20" in after[0]
    assert served.asked == [KEY]


def test_what_a_licence_forbids_is_said_before_anything_else(served: Served) -> None:
    assert "It forbids commercial use." in introduce_set("receptors")


def test_the_catalogue_names_files_of_its_own_and_web_addresses() -> None:
    names = [one.name for one in read_catalogue()]
    assert len(set(names)) == len(names)
    for one in read_catalogue():
        held = [f.name for f in one.files]
        assert len(set(held)) == len(held)
        assert all("/" not in name and not name.startswith(".") for name in (one.name, *held))
        assert all(f.address.startswith("https://") for f in one.files)
        assert all(f.regions in held for f in one.files if f.regions)


def test_the_command_shows_the_licence_and_then_fetches(served: Served, tmp_path: Path) -> None:
    served.files[KEY] = GMT
    command = [sys.executable, "-m", "rewire.cli", "fetch", "genesets"]
    done = subprocess.run(
        [*command, "--mirror", served.address], capture_output=True, text=True, check=True
    )
    assert done.stdout.index("Licence:") < done.stdout.index("SHA-256")
    assert 'gene_sets = ["fetched:genesets"]' in done.stdout
    failed = subprocess.run([*command[:-1], "nothing"], capture_output=True, text=True, check=False)
    assert (failed.returncode, failed.stdout) == (2, "")
    assert "No set is called 'nothing'" in failed.stderr
