"""Download public sets of maps: only when the user typed it, checked, whole or not at all."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rewire.core.errors import DataError, UsageError
from rewire.core.store import digest_file, write_json
from rewire.maps.cache import (
    ABOUT,
    RECORDS,
    Record,
    cache_folder,
    expected_sum,
    file_key,
    is_intact,
    read_records,
    write_records,
)
from rewire.maps.catalogue import PREFIX, PublicSet, SetFile, find_set, read_catalogue

_PAGE = (b"<!doctype html", b"<html")
_SECONDS = 60


def list_sets() -> tuple[str, ...]:
    """Return what can be fetched and what is there already, as lines; nothing is downloaded."""
    cache = cache_folder()
    records = read_records(cache)
    lines = []
    for one in read_catalogue():
        intact = all(is_intact(one, f, cache, records) for f in one.files)
        held = [records[k] for f in one.files if (k := file_key(one, f)) in records]
        there = f"  [fetched {held[0].date}]" if intact and held else ""
        forbids = f"; forbids {one.forbids}" if one.forbids else ""
        lines += [f"{one.name}{there}", f"    {one.about}", f"    {one.licence}{forbids}"]
    return (*lines, f"Fetched sets lie in {cache}; a plan names them as {PREFIX}NAME.")


def introduce_set(name: str) -> tuple[str, ...]:
    """Return what must be known of a set before it is downloaded, as lines.

    Raises
    ------
    UsageError
        If no set has this name.
    """
    one = find_set(name)
    lines = [f"{one.name}: {one.about}.", f"Licence: {one.licence}."]
    if one.forbids:
        lines.append(f"It forbids {one.forbids}.")
    return (*lines, f"Cite: {one.citation}", f"Source: {one.source}")


def fetch_set(name: str, mirror: str = "") -> tuple[str, ...]:
    """Download what is lacking of a set, check it, and record it.

    Parameters
    ----------
    name
        Of the set.
    mirror
        Address below which files lie as ``SET/FILE``, in place of their publishers'; empty for
        none.

    Returns
    -------
    tuple of str
        What was done, as lines. A set that is whole is not downloaded again.

    Raises
    ------
    UsageError
        If no set has this name, or the mirror is no web address.
    DataError
        If a download fails or is not what was recorded; nothing of it is kept.
    """
    wanted, cache = find_set(name), cache_folder()
    _refuse_mirror(mirror)
    records = read_records(cache)
    lacking = [f for f in wanted.files if not is_intact(wanted, f, cache, records)]
    folder = cache / wanted.name
    if not lacking:
        return (f"{name} is there already, as it was recorded: {folder}",)
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=cache) as staging:
        came = {}
        for file in lacking:
            address = _address(wanted, file, mirror)
            path = _download(address, Path(staging) / file.name)
            expected = expected_sum(wanted, file, records)
            came[file_key(wanted, file)] = _checked(path, address, expected, cache / RECORDS)
        folder.mkdir(exist_ok=True)
        for file in lacking:
            (Path(staging) / file.name).replace(folder / file.name)
    first = [key for key in came if key not in records]
    write_json(folder / ABOUT, _about(wanted))
    write_records(cache, records | {key: came[key] for key in first})
    return _told(wanted, folder, came, first)


def _refuse_mirror(mirror: str) -> None:
    if mirror and (urlsplit(mirror).scheme not in ("http", "https") or not urlsplit(mirror).netloc):
        raise UsageError(
            f"--mirror {mirror}: write an address that begins with https:// or http://."
        )


def _address(wanted: PublicSet, file: SetFile, mirror: str) -> str:
    return f"{mirror.rstrip('/')}/{file_key(wanted, file)}" if mirror else file.address


def _download(address: str, path: Path) -> Path:
    """Download one file; what was cut short is an error, not a file."""
    import pooch

    pooch.get_logger().setLevel(logging.WARNING)
    try:
        pooch.retrieve(
            address,
            known_hash=None,
            fname=path.name,
            path=path.parent,
            downloader=pooch.HTTPDownloader(progressbar=False, timeout=_SECONDS),
        )
    except (OSError, ValueError) as error:
        raise DataError(f"{address} cannot be fetched: {_why(error)} Nothing was kept.") from error
    with path.open("rb") as handle:
        start = handle.read(64).lstrip().lower()
    if not start or start.startswith(_PAGE):
        what = "an empty file" if not start else "a page, not a file"
        raise DataError(f"{address} cannot be fetched: the server sent {what}. Nothing was kept.")
    return path


def _why(error: Exception) -> str:
    status: Any = getattr(getattr(error, "response", None), "status_code", None)
    if status == 404:
        return "the server has no such file (404). Another address can be given by --mirror."
    if status is not None:
        return f"the server answered {status}."
    return f"the connection failed or was cut ({type(error).__name__}). Try again, or --mirror."


def _checked(path: Path, address: str, expected: str, records: Path) -> Record:
    found = digest_file(path)
    if expected and found != expected:
        raise DataError(
            f"{address} is not what was recorded: its SHA-256 is {found}, expected {expected}. "
            "Nothing was kept. If its publisher changed it and you want the new file, take its "
            f"entry out of {records} and fetch again; results will differ."
        )
    today = datetime.now(UTC).date().isoformat()
    return Record(found, path.stat().st_size, today, address)


def _about(wanted: PublicSet) -> dict[str, str]:
    return {
        "Description": wanted.about,
        "License": wanted.licence,
        "Forbids": wanted.forbids,
        "HowToAcknowledge": wanted.citation,
        "Source": wanted.source,
    }


def _told(
    wanted: PublicSet, folder: Path, came: Mapping[str, Record], first: list[str]
) -> tuple[str, ...]:
    lines = [f"{key}: {came[key].size} bytes, SHA-256 {came[key].sha256}" for key in came]
    if first:
        lines.append(f"Checksums were recorded and are checked from now on: {len(first)} new.")
    plan = f'{wanted.holds} = ["{PREFIX}{wanted.name}"]'
    if wanted.holds == "expression":
        plan = f'expression = "{PREFIX}{wanted.name}"'
    return (*lines, f"Fetched to {folder}. In a plan, under [maps]: {plan}")
