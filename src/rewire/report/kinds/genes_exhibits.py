"""What is shown below a question about genes: components, gene sets, genes and hubs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from rewire.core.questions import Question
from rewire.report import names, numbers
from rewire.report.contents import Contents
from rewire.report.figures.genes import null_figure
from rewire.report.rows import ALPHA, EffectRow
from rewire.report.tables import MOST_ROWS, from_frame
from rewire.report.wording import Exhibit

OF = ("measure", "session", "acquisition", "arm", "contrast")
_MOST_FIGURES = 6
_MOST_GENES = 100
_WHAT = {"measure": "Measure", "session": "Time", "arm": "Arm", "contrast": "Contrast"}
_P = {
    "p_space_max": "p, space",
    "p_participants_max": "p, participants",
}
_ALONE = {"p_space": "p, space, alone", "p_participants": "p, participants, alone"}


def exhibits(
    question: Question, rows: tuple[EffectRow, ...], contents: Contents
) -> tuple[Exhibit, ...]:
    """Return what stands below the answer; parts without a table are left out."""
    mine = {
        name: frame[frame["question"] == question.name]
        for name, frame in contents.tables.items()
        if name.startswith("gene") and "question" in frame
    }
    held = {name: frame for name, frame in mine.items() if len(frame)}
    made = (
        _components(question, held),
        _sets(question, held),
        _genes(question, held),
        _hubs(question, held),
    )
    return tuple(one for one in made if one is not None)


def _components(question: Question, held: Mapping[str, pd.DataFrame]) -> Exhibit | None:
    frame = held.get("gene_components")
    if frame is None:
        return None
    nulls = held.get("gene_component_nulls", pd.DataFrame(columns=[*frame]))
    figures = tuple(
        null_figure(f"{question.name}-{i + 1}", _told(part), part, _same(nulls, part))
        for i, (_, part) in enumerate(frame.groupby(list(OF), sort=False))
        if i < _MOST_FIGURES
    )
    headings = {
        **_which(frame),
        "component": "Component",
        "regions": "Regions",
        "explained": "Share of variance",
        "null_median": "Half of null maps",
        "null_95": "1 in 20 null maps",
        "p_space": "p, space",
        "p_participants": "p, participants",
        "p_adjusted": "p adjusted",
    }
    table = from_frame(
        f"gene-components-table-{question.name}", "Components", _labelled(frame), headings
    )
    lines = (
        *_coverage(held.get("gene_coverage")),
        "A claim needs both p: over null maps, which asks whether it is this map rather than any "
        "as smooth, and over participants, which asks whether more was explained than when each "
        "person's change could as well have gone the other way or been another arm's. The "
        "adjusted p is that of the larger of both.",
        "Expression was measured in brains of other, healthy people, not in those of the trial. "
        "That a change lies where genes are expressed does not show that these genes had a part "
        "in it.",
    )
    return Exhibit("Components of gene expression", lines, figures, (table,))


def _coverage(frame: pd.DataFrame | None) -> tuple[str, ...]:
    if frame is None:
        return ()
    lines = []
    for _, row in frame.drop(columns=[*OF]).drop_duplicates().iterrows():
        lost = row["genes"] - row["genes_used"]
        lines.append(
            f"{row['source']}: {row['regions_used']:,.0f} of {row['regions']:,.0f} regions have "
            f"an estimate and expression and were used; {row['genes_used']:,.0f} of "
            f"{row['genes']:,.0f} genes"
            + (f" ({lost:,.0f} lack values or do not vary)" if lost else "")
            + f"; {row['gene_sets_used']:,.0f} of {row['gene_sets']:,.0f} gene sets have a size "
            f"asked about. {_donors(row)} Null maps: {row['nulls']}."
        )
    return tuple(lines)


def _donors(row: pd.Series) -> str:
    fewest, most = row["donors_fewest"], row["donors_most"]
    if fewest != fewest:
        return "The file does not say how many donors each region has."
    same = f"{fewest:.0f}" if fewest == most else f"{fewest:.0f} to {most:.0f}"
    return f"Donors in a region: {same}."


def _sets(question: Question, held: Mapping[str, pd.DataFrame]) -> Exhibit | None:
    frame = held.get("gene_sets")
    if frame is None:
        return None
    lines = [
        "A gene set's score is the mean correlation of its genes with the map. p over space and "
        "over participants hold over all sets of the question (the most extreme of a "
        "collection, times the number of collections and tests); a set is claimed where both are "
        "below .05."
    ]
    lines += [_counted(part) for _, part in frame.groupby(list(OF), sort=False)]
    ordered = _most_first(_labelled(frame))
    headings = {
        **_which(frame),
        "gene_set": "Gene set",
        "size": "Genes",
        "score": "Score",
        **_P,
        **_ALONE,
        "p_random_genes_fdr": "FDR, random genes (too small)",
    }
    tables = tuple(
        from_frame(f"gene-sets-{question.name}-{i + 1}", _collection(str(name)), part, headings)
        for i, (name, part) in enumerate(ordered.groupby("collection", sort=True))
    )
    return Exhibit("Gene sets", tuple(lines), (), tables)


def _counted(part: pd.DataFrame) -> str:
    """Return how many sets random genes would have given, and how many hold."""
    space = part["p_space_max"] < ALPHA
    people = part["p_participants_max"] < ALPHA
    found = int((part["p_random_genes_fdr"] < ALPHA).sum())
    return (
        f"{names.sentence_case(_told(part))}: a test against random genes would have found "
        f"{found:,} of {numbers.count(len(part), 'set')} (false discovery rate below .05); its p "
        "is too small, since genes of a set go together over the brain whatever the map (Fulcher "
        f"et al. 2021). Sets that hold: {int(space.sum()):,} over space, {int(people.sum()):,} "
        f"over participants, {int((space & people).sum()):,} over both."
    )


def _genes(question: Question, held: Mapping[str, pd.DataFrame]) -> Exhibit | None:
    frame = held.get("genes")
    if frame is None:
        return None
    both = (frame["p_space_max"] < ALPHA) & (frame["p_participants_max"] < ALPHA)
    headings = {
        **_which(frame),
        "gene": "Gene",
        "r": "r over regions",
        **_P,
        **_ALONE,
        "weight": "Weight on PLS1",
        "z": "Weight / SE",
    }
    lines = (
        f"{int(both.sum()):,} of {numbers.count(len(frame), 'gene')} (counted for each test) "
        "hold over space and over participants. The table has those with the smallest p; all are "
        "in effects/genes.tsv.",
        "The standard errors of weights take regions for independent. Neighbours are alike, so "
        "that a weight over its standard error is too large and only orders genes.",
    )
    table = from_frame(
        f"genes-{question.name}",
        "Genes",
        _most_first(_labelled(frame)).head(_MOST_GENES),
        headings,
    )
    return Exhibit("Genes", lines, (), (table,))


def _hubs(question: Question, held: Mapping[str, pd.DataFrame]) -> Exhibit | None:
    frame = held.get("gene_hubs")
    if frame is None:
        return None
    headings = {
        **_which(frame),
        "gene": "Gene",
        "degree": "Partners",
        "betweenness": "Share of shortest paths",
    }
    lines = (
        "Hubs in the network of interactions that the plan names, among the genes that weigh most "
        "on the first component. Well-studied genes have more known partners, so that a hub says "
        "as much of what was studied as of what changed.",
    )
    table = from_frame(
        f"gene-hubs-{question.name}", "Hub genes", _labelled(frame).head(MOST_ROWS), headings
    )
    return Exhibit("Hub genes", lines, (), (table,))


def _which(frame: pd.DataFrame) -> dict[str, str]:
    """Return the columns that tell the tests of a question apart."""
    return {name: head for name, head in _WHAT.items() if frame[name].nunique() > 1}


def _collection(name: str) -> str:
    return f"Gene sets: {name.replace('_', ' ')}"


def _most_first(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows with the smallest p over both nulls first; those without one of them last."""
    order = pd.DataFrame(
        {
            "most": frame[["p_space_max", "p_participants_max"]].max(axis=1, skipna=False),
            "alone": frame[["p_space", "p_participants"]].max(axis=1, skipna=False),
            "space": frame["p_space"],
        }
    )
    return frame.loc[order.sort_values(["most", "alone", "space"], kind="stable").index]


def _labelled(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(measure=[names.measure_label(m) for m in frame["measure"]])


def _told(part: pd.DataFrame) -> str:
    """Return measure, arm and time of a test."""
    row = part.iloc[0]
    parts = (
        names.measure_label(str(row["measure"])),
        str(row["arm"] or row["contrast"]),
        names.time_label(str(row["session"])) if row["session"] else str(row["acquisition"]),
    )
    return ", ".join(one for one in parts if one)


def _same(frame: pd.DataFrame, part: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the same test."""
    row = part.iloc[0]
    same = np.ones(len(frame), dtype=np.bool_)
    for name in OF:
        same &= (frame[name] == row[name]).to_numpy()
    return frame[same]
