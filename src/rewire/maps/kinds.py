"""Who answers the questions about maps."""

from __future__ import annotations

from types import MappingProxyType

from rewire.effects.answering import Replies

MAP_REPLIES: Replies = MappingProxyType({})
"""The kinds that hold a change against maps of the brain."""
