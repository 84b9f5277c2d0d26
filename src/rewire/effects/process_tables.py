"""The tables that a question of drug and context gives beside the effects table."""

from __future__ import annotations

from dataclasses import dataclass

from rewire.effects.process_factors import PLACES

_RESPONSE = ("question", "measure", "outcome", "session", *PLACES)
_ESTIMATE = ("n", "estimate", "se", "ci_low", "ci_high", "statistic", "df", "p")


@dataclass(frozen=True, slots=True)
class TableLayout:
    """A table: its name, what it holds, its columns, and which of them are text."""

    name: str
    about: str
    columns: tuple[str, ...]
    text: tuple[str, ...]


PROCESS_TABLES: tuple[TableLayout, ...] = (
    TableLayout(
        "process_cells",
        "Means of every cell of drug and context; NaN for cells of fewer than three people.",
        (
            *_RESPONSE, "context", "drug_level", "context_level", "n", "mean_before", "sd_before",
            "mean_after", "sd_after", "adjusted_mean", "se", "ci_low", "ci_high", "status",
        ),
        (*_RESPONSE, "context", "drug_level", "context_level", "status"),
    ),
    TableLayout(
        "process_simple",
        "Main effects, interactions and simple effects at the last session, adjusted for "
        "baseline, each with the bound within which it counts as none and the p of two one-sided "
        "tests; simple effects are claimed only where the interaction is clear.",
        (
            *_RESPONSE, "context", "part", "term", "within", "contrast", *_ESTIMATE, "p_adjusted",
            "bound", "p_equivalence", "p_equivalence_adjusted", "standing", "verdict", "method",
            "status",
        ),
        (
            *_RESPONSE, "context", "part", "term", "within", "contrast", "standing", "verdict",
            "method", "status",
        ),
    ),
    TableLayout(
        "process_joint",
        "F tests of all contrasts of drug, of context and of their interaction together.",
        (*_RESPONSE, "context", "part", "statistic", "df", "df_residual", "p"),
        (*_RESPONSE, "context", "part"),
    ),
    TableLayout(
        "process_moderation",
        "Slopes of the outcome on a moderator by arm, their differences, effects of the drug at "
        "values of the moderator, and the region in which the effect differs from zero.",
        (
            *_RESPONSE, "moderator", "arm", "contrast", "what", "value", "low", "high", *_ESTIMATE,
            "critical", "rule", "standing", "status",
        ),
        (*_RESPONSE, "moderator", "arm", "contrast", "what", "rule", "standing", "status"),
    ),
    TableLayout(
        "process_people",
        "Who is in a model: drug, context or moderator, and the response before and after; "
        "responses with a single cell.",
        (
            "question", "measure", "outcome", "session", "factor", "participant_id", "drug_level",
            "context_level", "value", "before", "after",
        ),
        (
            "question", "measure", "outcome", "session", "factor", "participant_id", "drug_level",
            "context_level",
        ),
    ),
    TableLayout(
        "process_curve",
        "The effect of the drug along a moderator, with its interval at each value (ci) and the "
        "band that holds the error as the region does; responses with a single cell.",
        (
            *_RESPONSE, "moderator", "contrast", "value", "estimate", "ci_low", "ci_high",
            "band_low", "band_high", "rule",
        ),
        (*_RESPONSE, "moderator", "contrast", "rule"),
    ),
    TableLayout(
        "process_mediation",
        "Effects of the drug that passed through a mediator: a is drug on mediator, b is mediator "
        "on outcome; rho_at_zero is the correlation of errors that would explain it away.",
        (
            *_RESPONSE, "mediator", "contrast", "n", "a", "a_se", "a_p", "b", "b_se", "b_p",
            "direct", "direct_se", "direct_p", "total", "total_se", "total_p", "mediated",
            "percentile_low", "percentile_high", "bias_corrected_low", "bias_corrected_high",
            "monte_carlo_low", "monte_carlo_high", "p", "p_adjusted", "rho_at_zero", "assumes",
            "status",
        ),
        (*_RESPONSE, "mediator", "contrast", "assumes", "status"),
    ),
    TableLayout(
        "process_sensitivity",
        "Mediated effects if the errors of mediator and outcome had the correlation rho.",
        (*_RESPONSE, "mediator", "contrast", "rho", "mediated"),
        (*_RESPONSE, "mediator", "contrast"),
    ),
)  # fmt: skip
"""In the order in which they are written."""
