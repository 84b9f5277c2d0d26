"""Whether an effect passed through the acute experience, or through the brain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rewire.core.types import FloatArray
from rewire.effects.answering import Asking
from rewire.effects.process_design import Factor, Panel
from rewire.effects.process_factors import PLACES
from rewire.effects.responses import Place
from rewire.effects.tables import Piece
from rewire.numerics.adjust import adjust_p
from rewire.numerics.mediation import Mediation, MediationData, estimate_mediation, mediated_at

RHO = np.round(np.arange(-0.9, 0.91, 0.1), 1)
"""Correlations of the errors at which a mediated effect is told."""

ASSUMES = (
    "nothing unmeasured drives both mediator and outcome; the mediator was not randomised; "
    "treatment and mediator do not interact"
)


@dataclass(frozen=True, slots=True, eq=False)
class Through:
    """A mediated effect, and of what.

    Parameters
    ----------
    mediator
        Name of what lies in between.
    panel
        What is affected.
    contrast
        The level of the drug less the reference.
    place
        Where in the brain the mediator or the response lies.
    found
        The estimate.
    """

    mediator: str
    panel: Panel
    contrast: str
    place: Place
    found: Mediation


def through_experience(
    asking: Asking,
    found: Sequence[Panel],
    drug: Factor,
    experience: tuple[str, FloatArray],
    draws: int,
) -> Iterator[Through]:
    """Ask of every response whether the effect of the drug passed through the experience.

    Parameters
    ----------
    asking
        The question.
    found
        Responses.
    drug
        Levels in both of which the experience was measured are compared.
    experience
        Its name and values, shape (people,).
    draws
        Resamples.
    """
    name, x = experience
    rng = asking.rng()
    for panel in found:
        for level, treatment in _pairs(drug):
            for cell, place in enumerate(panel.response.places):
                covariates = [asking.cohort.covariates, *_baseline(panel, cell)]
                data = MediationData(
                    treatment, x, panel.after[:, cell], np.column_stack(covariates)
                )
                made = estimate_mediation(data, draws, rng, asking.inference.confidence)
                yield Through(name, panel, drug.against(level), place, made)


def through_brain(
    asking: Asking, found: Sequence[Panel], drug: Factor, draws: int
) -> Iterator[Through]:
    """Ask of every score whether the effect of the drug passed through each measure.

    Mediator and outcome are the values at their last sessions; both models are adjusted for the
    baseline of both.
    """
    rng = asking.rng()
    brain = [p for p in found if p.response.measure]
    scores = [p for p in found if p.response.outcome]
    for panel in scores:
        for one in brain:
            for level, treatment in _pairs(drug):
                for cell, place in enumerate(one.response.places):
                    covariates = [
                        asking.cohort.covariates, *_baseline(panel, 0), *_baseline(one, cell),
                    ]  # fmt: skip
                    data = MediationData(
                        treatment,
                        one.after[:, cell],
                        panel.after[:, 0],
                        np.column_stack(covariates),
                    )
                    made = estimate_mediation(data, draws, rng, asking.inference.confidence)
                    yield Through(one.response.measure, panel, drug.against(level), place, made)


def mediation_pieces(asking: Asking, all_found: Sequence[Through]) -> Iterator[Piece]:
    """Return one row a mediated effect, p adjusted over all of them."""
    how = asking.question.correction
    p = np.array([t.found.p for t in all_found])
    adjusted = adjust_p(p, how) if how != "max_t" else np.full_like(p, np.nan)
    for through, q in zip(all_found, adjusted, strict=True):
        m = through.found
        paths = {"a": m.to_mediator, "b": m.to_outcome, "direct": m.direct, "total": m.total}
        numbers = {
            **{k: v.estimate for k, v in paths.items()},
            **{f"{k}_se": v.se for k, v in paths.items()},
            **{f"{k}_p": v.p for k, v in paths.items()},
            "mediated": m.mediated,
            "percentile_low": m.percentile[0],
            "percentile_high": m.percentile[1],
            "bias_corrected_low": m.bias_corrected[0],
            "bias_corrected_high": m.bias_corrected[1],
            "monte_carlo_low": m.monte_carlo[0],
            "monte_carlo_high": m.monte_carlo[1],
            "p": m.p,
            "p_adjusted": float(q),
            "rho_at_zero": m.rho_at_zero,
        }
        yield {
            **_named(asking, through),
            "n": np.array([m.n]),
            **numbers,
            "assumes": ASSUMES,
            "status": m.status,
        }


def sensitivity_pieces(asking: Asking, all_found: Sequence[Through]) -> Iterator[Piece]:
    """Return mediated effects if the errors of mediator and outcome were correlated."""
    for through in all_found:
        if np.isfinite(through.found.mediated):
            yield {
                **_named(asking, through),
                "rho": RHO,
                "mediated": mediated_at(through.found, RHO),
            }


def _pairs(drug: Factor) -> Iterator[tuple[int, FloatArray]]:
    """Return each level with 1 for its people, 0 for those of the reference, NaN for others."""
    for level in range(len(drug.levels)):
        if level != drug.reference:
            treated, reference = drug.codes == level, drug.codes == drug.reference
            yield level, np.where(treated, 1.0, np.where(reference, 0.0, np.nan))


def _baseline(panel: Panel, cell: int) -> list[FloatArray]:
    return [] if panel.before is None else [panel.before[:, cell]]


def _named(asking: Asking, through: Through) -> dict[str, str]:
    return {
        "question": asking.question.name,
        "mediator": through.mediator,
        "measure": through.panel.response.measure,
        "outcome": through.panel.response.outcome,
        "session": through.panel.session,
        "contrast": through.contrast,
        **{name: getattr(through.place, name) for name in PLACES},
    }
