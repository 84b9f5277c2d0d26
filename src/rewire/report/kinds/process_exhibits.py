"""What is shown below a question of drug and context."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pandas as pd

from rewire.core.questions import Question
from rewire.effects.process_factors import NOT_CLAIMED
from rewire.effects.process_region import NO_REGION
from rewire.report import names, numbers
from rewire.report.contents import Contents
from rewire.report.figures.process import along_moderator, cell_means, effects_forest
from rewire.report.figures.theme import Figure
from rewire.report.rows import EffectRow
from rewire.report.tables import Table, from_frame
from rewire.report.wording import Exhibit

_MOST_FIGURES = 8
_PLACES = ("region", "region2", "network", "network2", "state", "level")
_VERDICTS = {
    "together": "drug and context act together: what the drug did depended on {context}",
    "pill": "the pill: the drug had an effect, and effects of {context} and of both together "
    "beyond the bound are ruled out",
    "process": "the process: {context} had an effect, and effects of the drug and of both together "
    "beyond the bound are ruled out",
    "both": "both, each by itself: drug and {context} had effects, and an effect of both together "
    "beyond the bound is ruled out",
    "neither": "neither: effects of the drug, of {context} and of both together beyond the bound "
    "are ruled out",
}
_RULES = {
    "fdr": "at a false discovery rate held over the observed values",
    "simultaneous": "with the error held over all values at once",
    "pointwise": "value by value, which claims too much",
}
_NAMED = {"measure": "Measure", "outcome": "Outcome", "region": "Region", "network": "Network"}
_EFFECT = {
    "n": "n", "estimate": "Estimate", "ci_low": "from", "ci_high": "to", "p": "p",
}  # fmt: skip


def exhibits(
    question: Question, rows: tuple[EffectRow, ...], contents: Contents
) -> tuple[Exhibit, ...]:
    """Return verdict, cells, simple effects, moderation and mediation, as far as there are any."""
    held = {
        name: frame[frame["question"] == question.name]
        for name, frame in contents.tables.items()
        if name.startswith("process_")
    }
    made = [*_factors(question, held, contents), *_moderation(question, held, contents)]
    return (*made, *_mediation(question, held, contents))


def _factors(
    question: Question, held: dict[str, pd.DataFrame], contents: Contents
) -> Iterator[Exhibit]:
    if "process_simple" not in held or held["process_simple"].empty:
        return
    simple, cells = held["process_simple"], held["process_cells"]
    figures: list[Figure] = []
    for i, (key, mine) in enumerate(_responses(simple, "context")):
        if len(mine.drop_duplicates(list(_PLACES))) > 1 or len(figures) >= _MOST_FIGURES:
            continue
        label, context = _label(key, contents), str(key[-1]).replace("_", " ")
        own, people = _same(cells, key, "context"), _same(held["process_people"], key, "factor")
        name = f"process-{question.name}-{i}"
        unit = "points" if key[1] else ""
        percent = f"{contents.inference.confidence * 100:g}%"
        figures += [
            cell_means(f"{name}-cells", label, context, own, people),
            effects_forest(f"{name}-effects", label, mine, unit, percent),
        ]
    yield Exhibit(
        "The pill, the process, or both",
        tuple(_verdict_lines(simple, contents)),
        tuple(figures),
        (
            _table(question, "simple", "Main, interaction and simple effects", simple, {
                **_NAMED, "context": "Context", "part": "Part", "contrast": "Contrast",
                "within": "Within", **_EFFECT, "p_adjusted": "p adjusted", "bound": "Bound",
                "p_equivalence": "p equivalence", "standing": "Claim", "status": "Status",
            }),
            _table(question, "cells", "Means of the cells", cells, {
                **_NAMED, "drug_level": "Drug", "context": "Context", "context_level": "Level",
                "n": "n", "mean_before": "Before", "sd_before": "SD", "mean_after": "After",
                "sd_after": "SD after", "adjusted_mean": "Adjusted", "ci_low": "from",
                "ci_high": "to", "status": "Status",
            }),
        ),
    )  # fmt: skip


def _verdict_lines(simple: pd.DataFrame, contents: Contents) -> Iterator[str]:
    """Return a sentence for each response and context; counts where there are many places."""
    asked = simple[simple["part"] == "interaction"]
    for key, mine in _responses(asked, "context"):
        label, context = _label(key, contents), str(key[-1]).replace("_", " ")
        places = mine.drop_duplicates(list(_PLACES))
        if len(places) > 1:
            told = Counter(places["verdict"]).most_common()
            parts = [f"{v} in {numbers.count(n, 'place')}" for v, n in told]
            yield f"{names.sentence_case(label)}, {context}: {', '.join(parts)}."
            continue
        verdict = str(mine["verdict"].iloc[0])
        words = _VERDICTS.get(verdict, "").replace("{context}", context)
        words = words or f"undecided. {_why_undecided(simple, key, contents)}"
        yield f"{names.sentence_case(label)}: {words}{'' if words.endswith('.') else '.'}"
    if (asked["p_equivalence"].notna() & asked["bound"].notna()).any():
        yield (
            "No interaction is claimed unless it is equivalent to none (two one-sided tests). The "
            "bound is in standard deviations of the observed baseline; p is adjusted."
        )
    if len(asked) == 0:
        yield (
            "The context is nested in the drug: its levels are others in each drug, so that no "
            "interaction can be told from a difference between them."
        )


def _why_undecided(simple: pd.DataFrame, key: tuple[str, ...], contents: Contents) -> str:
    """Return what the data show by itself, and what they leave open."""
    mine = _same(simple, key, "context")
    open_parts = []
    alpha = 1.0 - contents.inference.confidence
    context = str(key[-1]).replace("_", " ")
    called = {"drug": "the drug", "context": context, "interaction": "the interaction"}
    for part, name in called.items():
        rows = mine[mine["part"] == part]
        if rows["estimate"].isna().all():
            status = str(rows["status"].iloc[0]) if len(rows) else "not asked"
            open_parts.append(f"{name} could not be estimated ({status})")
            continue
        clear = (rows["p_adjusted"] < alpha).any()
        none = (rows["p_equivalence_adjusted"] < alpha).all()
        if clear:
            open_parts.append(f"an effect of {name} was shown")
        elif none:
            open_parts.append(f"an effect of {name} beyond the bound is ruled out")
        else:
            row = rows.sort_values("p_equivalence", na_position="first").iloc[-1]
            within = numbers.interval(
                row["ci_low"], row["ci_high"], bounded=False,
                decimals=numbers.decimals_for(row["ci_high"] - row["ci_low"]),
            )  # fmt: skip
            bound = row["bound"]
            beyond = f" beyond {numbers.plain(bound)}" if math.isfinite(bound) else ""
            open_parts.append(
                f"an effect of {name}{beyond} is neither shown nor ruled out ({within})"
                if name != "the interaction"
                else f"an interaction{beyond} is neither shown nor ruled out ({within})"
            )
    return names.sentence_case("; ".join(open_parts)) + "."


def _moderation(
    question: Question, held: dict[str, pd.DataFrame], contents: Contents
) -> Iterator[Exhibit]:
    table = held.get("process_moderation")
    if table is None or table.empty:
        return
    figures: list[Figure] = []
    lines: list[str] = []
    for i, (key, mine) in enumerate(_responses(table, "moderator", "contrast")):
        contrast, moderator = str(key[-1]), str(key[-2]).replace("_", " ")
        if not contrast or len(mine.drop_duplicates(list(_PLACES))) > 1:
            continue
        label = _label(key, contents)
        regions = mine[mine["what"] == "region"]
        lines.append(_region_line(regions, (label, moderator, contrast)))
        people = _same(held["process_people"], key[:-1], "factor")
        people = _of_arms(people, contrast)
        curve = held.get("process_curve", table.iloc[:0])
        curve = _same(curve, key[:-1], "moderator") if len(curve) else curve
        curve = curve[curve["contrast"] == contrast]
        if len(curve) and len(figures) < _MOST_FIGURES:
            identity = f"process-{question.name}-along-{i}"
            told = contrast.replace(" - ", f" {numbers.MINUS} ")
            figures.append(
                along_moderator(identity, (label, moderator, told), curve, regions, people)
            )
    slopes = table[table["what"] != "region"]
    yield Exhibit(
        "The drug at stated values of what people brought or went through",
        (
            *lines,
            "What people brought was not allotted to them: the drug was compared at each value, "
            "but a moderator may stand for something else.",
        ),
        tuple(figures),
        (
            _table(question, "moderation", "Slopes, and effects at values", slopes, {
                **_NAMED, "moderator": "Moderator", "what": "What", "arm": "Arm",
                "contrast": "Contrast", "value": "At", **_EFFECT, "rule": "Value is",
 "standing": "Claim",
                "status": "Status",
            }),
        ),
    )  # fmt: skip


def _of_arms(people: pd.DataFrame, contrast: str) -> pd.DataFrame:
    """Return the people of the arms compared, those of the reference last."""
    arms = contrast.split(" - ")
    mine = people[people["drug_level"].isin(arms)]
    return mine.iloc[mine["drug_level"].map(arms.index).argsort(kind="stable")]


def _region_line(regions: pd.DataFrame, labels: tuple[str, str, str]) -> str:
    label, moderator, contrast = labels
    row = regions.iloc[0]
    rule = _RULES.get(str(row["rule"]), str(row["rule"]))
    lead = f"{names.sentence_case(label)}, {contrast.replace(' - ', ' less ')}: "
    if not math.isfinite(row["low"]):
        if row["status"] != NO_REGION:
            return f"{lead}no region could be told: {row['status']}."
        return f"{lead}clear at no observed value of {moderator}, {rule}."
    parts = [
        f"{numbers.plain(r['low'])} to {numbers.plain(r['high'])} "
        f"({numbers.count(int(r['n']), 'participant')})"
        for r in regions.to_dict("records")
    ]
    return (
        f"{lead}different from zero where {moderator} was {numbers.listing(parts)}, {rule} "
        f"(|t| above {numbers.fixed(row['critical'])}); nothing is said beyond the values that "
        f"both arms have{_no_finding(str(row['standing']), moderator)}."
    )


def _no_finding(standing: str, moderator: str) -> str:
    """Return that a region is no finding where the effect does not clearly change along it."""
    if standing != NOT_CLAIMED:
        return ""
    return (
        f". That the effect differs along {moderator} was not shown, so that the region singles "
        "nobody out"
    )


def _mediation(
    question: Question, held: dict[str, pd.DataFrame], contents: Contents
) -> Iterator[Exhibit]:
    table = held.get("process_mediation")
    if table is None or table.empty:
        return
    shown = table[table["status"] == "ok"]
    lines = [_mediation_line(row, contents) for row in shown.head(12).to_dict("records")]
    lines.append(
        f"A mediated effect assumes that {table['assumes'].iloc[0]}. It is told as far as these "
        "hold; rho is the correlation of errors that would explain it away."
    )
    yield Exhibit(
        "What the effect passed through",
        tuple(lines),
        (),
        (
            _table(question, "mediation", "Paths and mediated effects", table, {
                "mediator": "Mediator", **_NAMED, "contrast": "Contrast", "n": "n",
                "a": "drug \N{RIGHTWARDS ARROW} mediator", "a_p": "p",
                "b": "mediator \N{RIGHTWARDS ARROW} outcome", "b_p": "p of b",
                "direct": "Direct", "total": "Total", "mediated": "Mediated",
                "percentile_low": "from", "percentile_high": "to",
                "monte_carlo_low": "from (Monte Carlo)", "monte_carlo_high": "to (Monte Carlo)",
                "p_adjusted": "p adjusted", "rho_at_zero": "rho at zero", "status": "Status",
            }),
        ),
    )  # fmt: skip


def _mediation_line(row: dict[Any, Any], contents: Contents) -> str:
    low, high = row["percentile_low"], row["percentile_high"]
    outcome = _label((row["measure"], row["outcome"]), contents)
    mediator = str(row["mediator"])
    measured = mediator in contents.measurements
    through = names.measure_label(mediator) if measured else mediator.replace("_", " ")
    clear = row["p_adjusted"] < 0.05 and (low > 0.0 or high < 0.0)
    between = numbers.interval(low, high, bounded=False, decimals=numbers.decimals_for(high - low))
    verdict = "passed in part through" if clear else "was not shown to pass through"
    return (
        f"The effect of {row['contrast'].replace(' - ', ' less ')} on {outcome} {verdict} "
        f"{through}: {numbers.plain(row['mediated'])} (bootstrap {between}), zero at rho = "
        f"{numbers.unit_bound(row['rho_at_zero'])}, n = {row['n']:.0f}."
    )


def _responses(frame: pd.DataFrame, *by: str) -> Iterator[tuple[tuple[str, ...], pd.DataFrame]]:
    """Return the rows of each response and factor, in order of appearance."""
    keys = ["measure", "outcome", *by]
    for key, mine in frame.groupby(keys, sort=False):
        yield tuple(str(k) for k in key), mine


def _same(frame: pd.DataFrame, key: tuple[str, ...], factor: str) -> pd.DataFrame:
    chosen = (frame["measure"] == key[0]) & (frame["outcome"] == key[1]) & (frame[factor] == key[2])
    return frame[chosen]


def _label(key: tuple[str, ...], contents: Contents) -> str:
    if key[0]:
        return names.measure_label(key[0])
    return names.scale_label(key[1], contents.trial.scales)


def _table(
    question: Question, name: str, caption: str, frame: pd.DataFrame, headings: dict[str, str]
) -> Table:
    shown = frame.reset_index(drop=True)
    return from_frame(f"process-{question.name}-{name}", caption, shown, headings)
