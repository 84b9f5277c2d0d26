"""What docs/maps.md shows can be run as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

from rewire.core.questions import Kind
from rewire.plan.model import read_plan

PAGE = Path(__file__).parents[2] / "docs" / "maps.md"


def test_the_plan_at_the_top_is_whole(tmp_path: Path) -> None:
    shown = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "plan.toml"
    path.write_text(shown[0], encoding="utf-8")
    (question,) = read_plan(path).questions
    assert question.kind is Kind.ANNOTATION
