"""What each kind of question can be told in a plan, under ``[questions.options]``."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from rewire.core.options import KindOptions
from rewire.core.questions import Kind

OPTIONS: Mapping[Kind, type[KindOptions]] = MappingProxyType({})
"""The options of each kind that has any."""
