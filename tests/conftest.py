"""Fixtures shared by all tests."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets; the test skips where it is absent, unless CI demands it."""
    named = os.environ.get("REWIRE_SHARED")
    shared = Path(named) if named else Path(__file__).resolve().parents[2] / "shared"
    if not (shared / "data").is_dir():
        reason = f"no real data in {shared}: set REWIRE_SHARED or put shared/ beside the checkout"
        if os.environ.get("REWIRE_REQUIRE_DATA"):
            pytest.fail(reason)
        pytest.skip(reason)
    return shared / "data"


@pytest.fixture(scope="session")
def bids_validator() -> str:
    """The BIDS validator's program; the test skips where it is absent, unless CI demands it."""
    beside = Path(sys.executable).parent / "bids-validator-deno"
    found = str(beside) if beside.is_file() else shutil.which("bids-validator-deno")
    if found is None:
        reason = "no bids-validator-deno: it comes with the extra 'test'"
        if os.environ.get("REWIRE_REQUIRE_VALIDATOR"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the longest test first, so that the other worker is not left to wait for it."""
    items.sort(key=lambda item: "test_resume" not in item.nodeid)
