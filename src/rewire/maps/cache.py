"""Where fetched sets lie, and what was recorded of them when they came."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from rewire.core.errors import DataError
from rewire.core.maps import Provenance
from rewire.core.store import digest_file, write_json
from rewire.maps.catalogue import PublicSet, SetFile, find_set

RECORDS = "fetched.json"
ABOUT = "about.json"


@dataclass(frozen=True, slots=True)
class Record:
    """What was recorded of a file when it was first fetched.

    Attributes
    ----------
    sha256
        Of its content.
    size
        In bytes.
    date
        Day of the fetch (UTC).
    address
        Where it came from.
    """

    sha256: str
    size: int
    date: str
    address: str


def cache_folder() -> Path:
    """Return the folder of fetched sets: ``REWIRE_CACHE``, or the user's cache folder."""
    named = os.environ.get("REWIRE_CACHE", "")
    if named:
        return Path(named).expanduser()
    import pooch

    return Path(pooch.os_cache("rewire"))


def read_records(cache: Path) -> dict[str, Record]:
    """Return what was recorded, by ``SET/FILE``; empty where nothing was fetched yet.

    Raises
    ------
    DataError
        If the file cannot be understood; checksums that cannot be read are not passed over.
    """
    path = cache / RECORDS
    if not path.is_file():
        return {}
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): Record(**told) for name, told in held.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise DataError(
            f"{path} cannot be read ({error}). Put it back, or remove it and what lies beside it."
        ) from error


def write_records(cache: Path, records: Mapping[str, Record]) -> None:
    """Write what is recorded of every file."""
    write_json(cache / RECORDS, {name: asdict(records[name]) for name in sorted(records)})


def file_key(wanted: PublicSet, file: SetFile) -> str:
    """Return the name of a file among the records."""
    return f"{wanted.name}/{file.name}"


def expected_sum(wanted: PublicSet, file: SetFile, records: Mapping[str, Record]) -> str:
    """Return the checksum that a file must have: the publisher's, or that of the first fetch."""
    record = records.get(file_key(wanted, file))
    return file.sha256 or (record.sha256 if record else "")


def is_intact(wanted: PublicSet, file: SetFile, cache: Path, records: Mapping[str, Record]) -> bool:
    """Say whether a file is there and is what was recorded."""
    path = cache / wanted.name / file.name
    expected = expected_sum(wanted, file, records)
    return bool(expected) and path.is_file() and digest_file(path) == expected


@dataclass(frozen=True, slots=True)
class Fetched:
    """A set that lies in the cache, as it was recorded.

    Attributes
    ----------
    about
        The set.
    folder
        Where its files lie.
    """

    about: PublicSet
    folder: Path

    @property
    def provenance(self) -> Provenance:
        """Where it came from, and what its licence says."""
        licence = self.about.licence
        if self.about.forbids:
            licence += f" (forbids {self.about.forbids})"
        return Provenance(self.about.source, licence, self.about.citation)


def find_fetched(name: str) -> Fetched:
    """Return a fetched set after a look at its checksums.

    Raises
    ------
    UsageError
        If no set has this name.
    DataError
        If it was not fetched yet, or a file is not what was recorded.
    """
    wanted, cache = find_set(name), cache_folder()
    records = read_records(cache)
    absent = [f.name for f in wanted.files if not (cache / wanted.name / f.name).is_file()]
    if absent:
        raise DataError(f"the set {name} is not there; type: rewire fetch {name}")
    spoilt = [f.name for f in wanted.files if not is_intact(wanted, f, cache, records)]
    if spoilt:
        raise DataError(
            f"the set {name} is not what was fetched ({', '.join(spoilt)} changed since); "
            f"type: rewire fetch {name}"
        )
    return Fetched(wanted, cache / wanted.name)
