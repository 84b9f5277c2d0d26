"""The methods paragraph, made from what was done, and the references that it cites."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rewire.core.questions import Kind, Question
from rewire.report import names, numbers
from rewire.report.components import exchanged, network_rule
from rewire.report.contents import RANDOMISATION_ASSUMED, Contents, told_people, told_scans
from rewire.report.kinds import WORDINGS
from rewire.report.maps import map_methods
from rewire.report.rows import EffectRow
from rewire.report.visits import visit_methods

_REFERENCES = {
    "fdr_bh": (
        "Benjamini Y, Hochberg Y. Controlling the false discovery rate: a practical and "
        "powerful approach to multiple testing. J R Stat Soc B 57:289-300 (1995). "
        "doi:10.1111/j.2517-6161.1995.tb02031.x"
    ),
    "holm": (
        "Holm S. A simple sequentially rejective multiple test procedure. Scand J Stat "
        "6:65-70 (1979)."
    ),
    "max_t": "Westfall PH, Young SS. Resampling-based multiple testing. Wiley (1993).",
    "nbs": (
        "Zalesky A, Fornito A, Bullmore ET. Network-based statistic: identifying differences "
        "in brain networks. NeuroImage 53:1197-1207 (2010). "
        "doi:10.1016/j.neuroimage.2010.06.041"
    ),
    "tfnbs": (
        "Baggio HC, Abos A, Segura B, et al. Statistical inference in brain graphs using "
        "threshold-free network-based statistics. Hum Brain Mapp 39:2289-2302 (2018). "
        "doi:10.1002/hbm.24007"
    ),
    "permutation": (
        "Phipson B, Smyth GK. Permutation p-values should never be zero. Stat Appl Genet "
        "Mol Biol 9:39 (2010). doi:10.2202/1544-6115.1585"
    ),
    "oldham": (
        "Oldham PD. A note on the analysis of repeated measurements of the same "
        "subjects. J Chronic Dis 15:969-977 (1962). doi:10.1016/0021-9681(62)90116-9"
    ),
    "coupling": (
        "Tu YK, Gilthorpe MS. Revisiting the relation between change and initial value: "
        "a review and evaluation. Stat Med 26:443-457 (2007). doi:10.1002/sim.2538"
    ),
    "icc": (
        "Shrout PE, Fleiss JL. Intraclass correlations: uses in assessing rater "
        "reliability. Psychol Bull 86:420-428 (1979). doi:10.1037/0033-2909.86.2.420"
    ),
    "consort": (
        "Schulz KF, Altman DG, Moher D. CONSORT 2010 statement. BMJ 340:c332 (2010). "
        "doi:10.1136/bmj.c332"
    ),
}


@dataclass(frozen=True, slots=True)
class Methods:
    """Paragraphs ready to paste, and their references in the order of citation."""

    paragraphs: tuple[str, ...]
    references: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return all of it as plain text."""
        numbered = [f"{i}. {reference}" for i, reference in enumerate(self.references, 1)]
        return "\n\n".join([*self.paragraphs, "References\n" + "\n".join(numbered)])


def write_methods(contents: Contents, rows: tuple[EffectRow, ...]) -> Methods:
    """Return the methods of this run, generated from what was done in it.

    Parameters
    ----------
    contents
        The report's contents.
    rows
        The effects table.
    """
    cited: list[str] = []
    paragraphs = (
        _data(contents),
        _measures(contents, cited),
        map_methods(contents.trial),
        visit_methods(contents),
        _tests(contents, rows, cited),
        _checks(contents, rows, cited),
    )
    return Methods(tuple(p for p in paragraphs if p), tuple(cited))


def _cite(cited: list[str], reference: str) -> str:
    if reference not in cited:
        cited.append(reference)
    return f" [{cited.index(reference) + 1}]"


def _data(contents: Contents) -> str:
    trial, design = contents.trial, contents.design
    arms = f" ({numbers.listing(list(design.arms))})" if design.kind != "single arm" else ""
    people = f"{told_people(contents)} participant{'' if len(trial.participants) == 1 else 's'}"
    lines = [f"We analysed {trial.name}, a {_kind(contents)}{arms} with {people}."]
    if trial.simulated:
        lines = [f"We analysed {trial.name}, a simulated {design.kind} trial{arms} with {people}."]
    if trial.scans:
        atlases = numbers.listing([f"{a.name} ({len(a)} regions)" for a in trial.atlases.values()])
        scans = f"{told_scans(contents)} scan{'' if len(trial.scans) == 1 else 's'}"
        scans = scans if contents.shared is None or contents.shared.scans else "Scans"
        lines.append(f"{scans} were read as averages over the regions of {atlases}.")
    lines += _denoising(contents)
    scales = [s.label for s in trial.scales.values()]
    if scales:
        lines.append(f"Symptoms were scored on {numbers.listing(scales)}.")
    return " ".join(lines)


def _denoising(contents: Contents) -> list[str]:
    """Return how the noise was taken out of images, and what that left."""
    if contents.denoised is None or contents.denoising.empty:
        return []
    degrees = contents.denoising["degrees_of_freedom"]
    low, middle, high = degrees.min(), degrees.median(), degrees.max()
    lines = [
        "The images were averaged over each region's voxels with a signal in the brain mask. "
        f"{contents.denoised.sentence}",
        f"This left {middle:.0f} degrees of freedom (median; {low:.0f} to {high:.0f}) in "
        f"{numbers.count(len(degrees), 'image')} (strategy {contents.denoised.strategy}).",
    ]
    covered = contents.denoising["regions_below_coverage"]
    share = f"{contents.denoised.minimum_coverage:.0%}"
    if covered.sum() > 0:
        lines.append(
            f"Regions with less than {share} of their volume in an image were left out of it: "
            f"{int(covered.sum())} in {numbers.count(int((covered > 0).sum()), 'image')}."
        )
    elif covered.notna().any():
        lines.append(f"No region had less than {share} of its volume in an image.")
    return lines


def _kind(contents: Contents) -> str:
    kind = contents.design.kind
    if kind == "single arm":
        return "single-arm trial"
    if contents.allotment == RANDOMISATION_ASSUMED:
        return f"{kind} trial ({RANDOMISATION_ASSUMED})"
    return f"{contents.allotment} {kind} trial"


def _measures(contents: Contents, cited: list[str]) -> str:
    asked = dict.fromkeys(name for q in contents.questions for name in q.measures)
    lines = []
    for name in asked:
        if name not in contents.measurements:
            continue
        measurement = contents.measurements[name]
        source = measurement.source
        mark = _cite(cited, source) if source and "doi" in source.lower() else ""
        origin = "" if mark else f" (from {source})" if source else ""
        lines.append(f"{names.measure_label(name)}{mark}{origin}")
    if not lines:
        return ""
    text = f"The measures were {numbers.listing(lines)}."
    if contents.plan_citation:
        mark = _cite(cited, contents.plan_citation)
        text += f" The plan repeats a published analysis{mark}."
    return text


def _tests(contents: Contents, rows: tuple[EffectRow, ...], cited: list[str]) -> str:
    kinds = list(dict.fromkeys(q.kind for q in contents.questions))
    lines = [WORDINGS[kind].method + _covariates(contents.questions, kind) + "." for kind in kinds]
    percent = f"{contents.inference.confidence * 100:g}%"
    lines += _ranked(rows)
    lines.append(f"Intervals are at {percent}; {_sides(contents.questions)}.")
    if any(not math.isnan(row.p_permutation) for row in rows):
        mark = _cite(cited, _REFERENCES["permutation"])
        lines.append(
            f"Permutation p values{mark} rest on {contents.inference.permutations:,} "
            "relabellings, or on all of them where there are fewer."
        )
    lines += exchanged(contents.inference)
    for correction in dict.fromkeys(q.correction for q in contents.questions):
        known = _REFERENCES.get(correction)
        mark = _cite(cited, known) if known else ""
        lines.append(_correction(correction, mark) + network_rule(correction, contents.inference))
    tested = sum(not math.isnan(row.p) for row in rows)
    lines.append(
        f"{numbers.count(tested, 'test was', 'tests were')} made in "
        f"{numbers.count(len(contents.questions), 'question')}."
    )
    return " ".join(lines)


def _ranked(rows: tuple[EffectRow, ...]) -> list[str]:
    """Return in which questions another correlation stood in the place of Pearson's."""
    told = {
        "rho": "Spearman's correlation with the interval of Bonett and Wright "
        "(doi:10.1007/BF02294183)",
        "skipped rho": "Spearman's correlation without bivariate outliers (projection method; p by "
        "permutation and interval by bootstrap, outliers sought anew each time)",
    }
    lines = []
    for kind, how in told.items():
        asked = list(dict.fromkeys(r.question for r in rows if r.effect_size_kind == kind))
        if asked:
            lines.append(f"In {numbers.listing(asked)} the correlation was {how}.")
    return lines


def _correction(correction: str, mark: str) -> str:
    if correction == "none":
        return "Some p values were not adjusted."
    label = names.correction_label(correction)
    return (
        f"p values were adjusted by {label}{mark} over each question's measures, "
        "outcomes, time points and places."
    )


def _covariates(questions: tuple[Question, ...], kind: Kind) -> str:
    mine = dict.fromkeys(c for q in questions if q.kind is kind for c in q.covariates)
    return f", adjusted for {numbers.listing(list(mine))}" if mine else ""


def _sides(questions: tuple[Question, ...]) -> str:
    one = [q.name for q in questions if q.alternative != "two-sided"]
    if not one:
        return "tests are two-sided"
    return f"tests are two-sided except in {numbers.listing(one)}"


def _checks(contents: Contents, rows: tuple[EffectRow, ...], cited: list[str]) -> str:
    lines = []
    if len(contents.baseline_change):
        coupling = _cite(cited, _REFERENCES["coupling"])
        oldham = _cite(cited, _REFERENCES["oldham"])
        lines.append(
            "Baseline was set against change beside the correlation that "
            f"mathematical coupling alone predicts{coupling} and Oldham's correlation "
            f"of change with the mean of both{oldham}."
        )
    if len(contents.influence):
        lines.append("Every test was repeated leaving out one participant at a time.")
    if len(contents.reliability):
        mark = _cite(cited, _REFERENCES["icc"])
        lines.append(
            "Test-retest reliability was estimated from untreated pairs as ICC(2,1) "
            f"and ICC(3,1){mark}."
        )
    if "nulls" in contents.tables:
        lines.append(
            "Whether no effect could be the truth was tested with two one-sided tests against "
            f"{contents.inference.equivalence_smd:g} standard deviations or |r| = "
            f"{contents.inference.equivalence_r:g}, and with Bayes factors (Cauchy prior of scale "
            "0.707 on a standardised mean, uniform prior on a correlation)."
        )
    if len(contents.flow):
        mark = _cite(cited, _REFERENCES["consort"])
        lines.append(f"Participant flow follows CONSORT{mark}.")
    version = contents.versions.get("rewire", "")
    lines.append(
        f"Analyses were made with rewire {version} (seed {contents.inference.seed}; "
        f"plan {contents.plan_name}, SHA-256 {contents.plan_hash[:12]})."
    )
    return " ".join(lines)
