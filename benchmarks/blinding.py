"""What adjusting for guesses does to a known effect, when guesses follow improvement and not.

No rival: ``python -m benchmarks blinding`` prints the numbers of ``docs/blinding.md`` and draws
``docs/blinding.svg``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from rewire.numerics.guess_rate import ArmEffect, adjust_for_guess, reweight_guesses
from rewire.numerics.guess_simulation import (
    GuessedTrial,
    simulate_gain_first,
    simulate_guess_first,
)

EFFECT = 0.5
_PEOPLE, _TRIALS, _SIZE = 1_000_000, 2000, 100
_STORIES: tuple[tuple[str, Callable[[int, np.random.Generator], GuessedTrial]], ...] = (
    ("improvement made the guess", simulate_gain_first),
    ("the guess made improvement", simulate_guess_first),
)
_INK, _BLUE, _RED, _QUIET = "#1f2328", "#0072B2", "#D55E00", "#59636e"


def run() -> Iterable[str]:
    """Yield a line a story, and draw both."""
    panels = []
    for seed, (story, simulate) in enumerate(_STORIES, start=1):
        whole = simulate(_PEOPLE, np.random.default_rng(seed))
        crude, beside, at_half = estimates(whole)
        rng = np.random.default_rng([seed, 2])
        trials = [estimates(simulate(_SIZE, rng)) for _ in range(_TRIALS)]
        held = [np.mean([t[i].low <= EFFECT <= t[i].high for t in trials]) for i in range(3)]
        rate = float(whole.right.mean())
        yield (
            f"{story} | true effect {EFFECT} | right guesses {rate:.3f} | "
            f"as it was {crude.estimate:.3f} | beside the guess {beside.estimate:.3f} | "
            f"at a rate of .5 {at_half.estimate:.3f} | 95% intervals of {_TRIALS:,} trials of "
            f"{_SIZE} that hold it: {held[0]:.3f}, {held[1]:.3f}, {held[2]:.3f}"
        )
        rates = np.linspace(rate, 0.5, 21)
        curve = [
            reweight_guesses(whole.gain, whole.treated, whole.right, float(r)).estimate
            for r in rates
        ]
        panels.append(_panel(story, rates.tolist(), curve, beside.estimate, 400 * (seed - 1)))
    size = 'viewBox="0 0 800 290" font-family="sans-serif" font-size="12"'
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n{"".join(panels)}</svg>\n'
    path = Path(__file__).parents[1] / "docs" / "blinding.svg"
    path.write_text(drawing, encoding="utf-8")
    yield f"drawn: {path.relative_to(path.parents[1])}"


def estimates(made: GuessedTrial) -> tuple[ArmEffect, ArmEffect, ArmEffect]:
    """Return the arm effect as it was, beside the guess, and at a rate of .5."""
    y, treated = made.gain, made.treated
    return (
        adjust_for_guess(y, treated, np.empty((len(y), 0))),
        adjust_for_guess(y, treated, made.named.astype(np.float64)[:, None]),
        reweight_guesses(y, treated, made.right, 0.5),
    )


def _panel(
    title: str, rates: Sequence[float], curve: Sequence[float], beside: float, left: int
) -> str:
    """Draw the effect over the rate of right guesses, from .7 on the left to .5."""

    def place(rate: float, effect: float) -> tuple[float, float]:
        return left + 60 + 300 * (0.7 - rate) / 0.2, 240 - 250 * effect

    parts = [f'<text x="{left + 60}" y="24" font-weight="bold" fill="{_INK}">When {title}</text>']
    for effect in (0.0, 0.2, 0.4, 0.6, 0.8):
        x, y = place(0.7, effect)
        parts.append(f'<path d="M{x:.0f} {y:.1f}h300" stroke="#ddd"/>')
        parts.append(f'<text x="{x - 8:.0f}" y="{y + 4:.1f}" text-anchor="end">{effect:g}</text>')
    for rate in (0.7, 0.6, 0.5):
        x, y = place(rate, 0.0)
        parts.append(f'<text x="{x:.0f}" y="{y + 18:.0f}" text-anchor="middle">{rate:g}</text>')
    x, y = place(0.7, EFFECT)
    parts.append(f'<path d="M{x:.0f} {y:.1f}h300" stroke="{_INK}" stroke-dasharray="5 4"/>')
    parts.append(f'<text x="{x + 4:.0f}" y="{y - 5:.1f}" fill="{_INK}">true effect</text>')
    points = [place(r, e) for r, e in zip(rates, curve, strict=True)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    parts.append(f'<polyline points="{line}" fill="none" stroke="{_BLUE}" stroke-width="2.5"/>')
    for (x, y), name in ((points[0], "as it was"), (points[-1], "reweighted to .5")):
        anchor = "start" if name == "as it was" else "end"
        shift = 21 if name != "as it was" else -8
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{_BLUE}"/>')
        text = f'x="{x:.1f}" y="{y + shift:.1f}" text-anchor="{anchor}" fill="{_BLUE}"'
        parts.append(f"<text {text}>{name}</text>")
    x, y = place(0.5, beside)
    parts.append(
        f'<rect x="{x - 7:.1f}" y="{y - 7:.1f}" width="14" height="14" fill="none" '
        f'stroke="{_RED}" stroke-width="2"/>'
    )
    text = f'x="{x:.1f}" y="{y + 36:.1f}" text-anchor="end" fill="{_RED}"'
    parts.append(f"<text {text}>regression beside the guess</text>")
    across = f'transform="rotate(-90 {left + 18} 140)" x="{left + 18}" y="140"'
    parts.append(f'<text {across} text-anchor="middle" fill="{_QUIET}">arm effect (SD)</text>')
    x, y = place(0.6, 0.0)
    label = f'x="{x:.0f}" y="{y + 36:.0f}" text-anchor="middle" fill="{_QUIET}"'
    parts.append(f"<text {label}>share of people who guess right</text>")
    return "\n".join(parts) + "\n"
