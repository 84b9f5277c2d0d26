"""A headless Chromium that opens a page from disk and says what happened."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pytest

_WATCH = """<script>
window.seen = {errors: [], alerts: 0, blocked: []};
window.alert = function () { window.seen.alerts += 1; };
window.addEventListener("error", function (e) { window.seen.errors.push(String(e.message)); });
console.error = function () { window.seen.errors.push([].join.call(arguments, " ")); };
console.warn = console.error;
document.addEventListener("securitypolicyviolation", function (e) {
  window.seen.blocked.push(e.blockedURI + " " + e.violatedDirective);
});
</script>"""

_REPORT = """<script>
window.setTimeout(function () {
  var answer = {};
  try { answer = (function () { %s })(); } catch (e) { window.seen.errors.push(String(e)); }
  window.seen.loaded = performance.getEntriesByType("resource").map(function (r) {
    return r.name.slice(0, 200);
  });
  window.seen.answer = answer;
  var pre = document.createElement("pre");
  pre.id = "seen";
  pre.textContent = JSON.stringify(window.seen);
  document.body.appendChild(pre);
}, 300);
</script>"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page did: errors, alerts, blocked and finished loads, and the script's answer."""

    errors: list[str]
    alerts: int
    blocked: list[str]
    loaded: list[str]
    answer: Any


@pytest.fixture(scope="session")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    found = found or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("REWIRE_REQUIRE_BROWSER"):
            pytest.fail("REWIRE_REQUIRE_BROWSER is set and there is no chromium")
        pytest.skip("no chromium on this machine")
    return found


def run_chromium(program: str, profile: Path, arguments: list[str]) -> str:
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    flags += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    flags += [f"--user-data-dir={profile}", "--virtual-time-budget=20000"]
    done = subprocess.run(
        [program, *flags, *arguments], capture_output=True, text=True, timeout=180, check=True
    )
    return done.stdout


@pytest.fixture
def visit(chromium: str, tmp_path: Path) -> Callable[[str, str], Seen]:
    """Open a page with a script that runs once it has settled; the script returns an answer."""

    def go(page: str, script: str = "return null;") -> Seen:
        watched = page.replace("<head>", "<head>" + _WATCH, 1)
        end = watched.rindex("</body>")
        watched = watched[:end] + _REPORT % script + watched[end:]
        path = tmp_path / "report.html"
        path.write_text(watched, encoding="utf-8")
        dom = run_chromium(chromium, tmp_path / "profile", ["--dump-dom", path.as_uri()])
        found = re.search(r'<pre id="seen">(.*?)</pre>', dom, re.DOTALL)
        assert found is not None, "the page never settled"
        seen = json.loads(unescape(found.group(1)))
        return Seen(*(seen[k] for k in ("errors", "alerts", "blocked", "loaded", "answer")))

    return go
