"""The columns of every table that rewire holds or writes, in order."""

from __future__ import annotations

SESSION_COLUMNS: tuple[str, ...] = (
    "participant_id",
    "session_id",
    "order",
    "phase",
    "drug",
    "dose_mg",
    "setting",
    "therapist",
    "days",
)
"""Sessions: ``order`` counts from 0 within the trial; ``days`` are relative to dosing; text columns
are empty and numbers NaN where the tables do not say."""

SCORE_COLUMNS: tuple[str, ...] = ("participant_id", "session_id", "scale", "value", "table")
"""Scores: ``table`` is the stem of the file that holds the row."""

TABULATED_COLUMNS: tuple[str, ...] = (
    "participant_id",
    "session_id",
    "measure",
    "value",
    "table",
    "change",
)
"""Measure tables: ``change`` is True where the value is after minus before; ``session_id`` is then
empty and ``measure`` has lost its ``_change``."""

ADVERSE_EVENT_COLUMNS: tuple[str, ...] = (
    "participant_id",
    "session_id",
    "event",
    "days",
    "severity",
    "serious",
    "suicidality",
)
"""Adverse events, one row an event of a person: ``days`` after the first dose, NaN where unknown;
``severity`` is ``mild``, ``moderate``, ``severe`` or empty; ``serious`` and ``suicidality`` are
``yes``, ``no`` or empty."""

EFFECT_COLUMNS: tuple[str, ...] = (
    "question",
    "kind",
    "measure",
    "outcome",
    "term",
    "moderator",
    "session",
    "arm",
    "contrast",
    "region",
    "region2",
    "network",
    "network2",
    "state",
    "acquisition",
    "level",
    "alternative",
    "n",
    "estimate",
    "se",
    "ci_low",
    "ci_high",
    "effect_size",
    "effect_size_kind",
    "statistic",
    "df",
    "p",
    "p_permutation",
    "p_adjusted",
    "method",
    "status",
)
"""Effects: one schema for every kind of question; estimates are after minus before and the
statistic carries the estimate's sign. Text that does not apply is an empty string (``n/a`` in the
file), numbers that do not apply or could not be computed are NaN."""

EFFECT_TEXT: tuple[str, ...] = (
    *EFFECT_COLUMNS[:17],
    "effect_size_kind",
    "method",
    "status",
)
"""The columns of the effects table that hold text."""

LEVEL_DIMS: tuple[str, ...] = (
    "window",
    "density",
    "resolution",
    "scale",
    "condition",
    "gradient",
    "parameter",
    "model",
    "cell",
    "branch",
    "ensemble",
)
"""Dims that have no column of their own and are written into ``level``, as
``density=0.1;condition=x``."""

SCAN_COLUMNS: tuple[str, ...] = ("participant_id", "session_id", "acquisition", "run")
"""What identifies a scan in a written table."""

VALUE_COLUMNS: tuple[str, ...] = ("value", "se", "ci_low", "ci_high", "status")
"""What a written measure table holds after its dims."""

QUALITY_COLUMNS: tuple[str, ...] = (
    "participant_id",
    "session_id",
    "acquisition",
    "run",
    "kind",
    "volumes",
    "retained",
    "retained_minutes",
    "mean_framewise_displacement",
    "regions_without_signal",
)
"""Quality, one row a scan; NaN where unknown."""

DENOISING_COLUMNS: tuple[str, ...] = (
    "participant_id",
    "session_id",
    "acquisition",
    "run",
    "strategy",
    "regressors",
    "retained",
    "degrees_of_freedom",
    "lowest_coverage",
    "regions_below_coverage",
    "columns",
)
"""What was taken out of each image: ``columns`` are those of the table of confounds, with spaces
between them; ``regressors`` is how many; coverage is a share from 0 to 1, NaN where unknown."""

COVERAGE_COLUMNS: tuple[str, ...] = (
    "participant_id",
    "session_id",
    "acquisition",
    "run",
    "region",
    "coverage",
)
"""Share of each region that a scan covers, from 0 to 1; one row a scan and region."""

EXCLUSION_COLUMNS: tuple[str, ...] = (
    "scan",
    *SCAN_COLUMNS,
    "decision",
    "by",
    "rule",
    "value",
    "limit",
    "reason",
)
"""The exclusion ledger, one row a scan: ``decision`` is ``kept`` or ``excluded``; ``by`` is
``rule``, who decided, or empty where nobody had to; ``rule`` is the key of the plan's ``[quality]``
whose ``limit`` the scan's ``value`` breaks."""

FLOW_COLUMNS: tuple[str, ...] = ("participant_id", "arm", "stage", "status", "reason")
"""Participant flow, one row a person and stage; ``status`` is ``in`` or ``out``."""

BASELINE_CHANGE_COLUMNS: tuple[str, ...] = (
    "question",
    "measure",
    "outcome",
    "session",
    "arm",
    "region",
    "level",
    "n",
    "r",
    "ci_low",
    "ci_high",
    "p",
    "retest_r",
    "retest_source",
    "expected_r",
    "oldham_r",
    "oldham_p",
    "status",
)
"""Regression to the mean, one row an arm and response: ``r`` is baseline against change,
``expected_r`` what mathematical coupling alone predicts from ``retest_r``, and ``oldham_r`` change
against the mean of both."""

INFLUENCE_COLUMNS: tuple[str, ...] = (
    "question",
    "kind",
    "measure",
    "outcome",
    "session",
    "arm",
    "region",
    "network",
    "network2",
    "level",
    "n",
    "estimate",
    "p",
    "participant_id",
    "estimate_without",
    "p_without",
    "p_lowest",
    "p_highest",
    "verdict",
)
"""Leave-one-participant-out, one row a test: the person whose absence moves the estimate most, the
range of p over all omissions, and whether anybody's absence carries p across .05."""

RELIABILITY_COLUMNS: tuple[str, ...] = (
    "measure",
    "region",
    "network",
    "network2",
    "level",
    "pairs",
    "n",
    "icc21",
    "icc21_low",
    "icc21_high",
    "icc31",
    "icc31_low",
    "icc31_high",
    "minimal_detectable_change",
    "status",
)
"""Test-retest reliability on untreated pairs alone; ``pairs`` says which scans were paired."""

DENSITY_COLUMNS: tuple[str, ...] = ("measure", "level", "against", "n", "spearman", "status")
"""How far a normalised measure follows edge density over scans, one row a null model."""
