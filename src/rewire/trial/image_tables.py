"""What was taken out of each scan, and how much of each region it covers, as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from rewire.core.atlas import Atlas
from rewire.core.schema import COVERAGE_COLUMNS, DENOISING_COLUMNS
from rewire.trial.quality import ScanQuality


def denoising_table(judged: Sequence[ScanQuality]) -> pd.DataFrame:
    """Return what was taken out of each scan that was read from an image.

    Parameters
    ----------
    judged
        Every scan; those that came as series of regions are passed over.

    Returns
    -------
    pandas.DataFrame
        Columns of :data:`rewire.core.schema.DENOISING_COLUMNS`; coverage is NaN where unknown.
    """
    rows = []
    for q in judged:
        if q.denoised is None or q.record.image is None or q.coverage is None:
            continue
        known = q.coverage[np.isfinite(q.coverage)]
        low = known < q.record.image.denoising.minimum_coverage
        rows.append(
            (
                *_place(q),
                q.denoised.strategy,
                len(q.denoised.columns),
                q.retained,
                q.denoised.degrees_of_freedom,
                float(known.min()) if len(known) else np.nan,
                float(np.count_nonzero(low)) if len(known) else np.nan,
                " ".join(q.denoised.columns),
            )
        )
    return pd.DataFrame(rows, columns=list(DENOISING_COLUMNS))


def coverage_table(judged: Sequence[ScanQuality], atlases: Mapping[str, Atlas]) -> pd.DataFrame:
    """Return which share of each region every scan covers.

    Parameters
    ----------
    judged
        Every scan; those of which nothing says it are passed over.
    atlases
        By name.

    Returns
    -------
    pandas.DataFrame
        One row a scan and region, columns of :data:`rewire.core.schema.COVERAGE_COLUMNS`.
    """
    rows = [
        (*_place(q), region, share)
        for q in judged
        if q.coverage is not None and np.isfinite(q.coverage).any()
        for region, share in zip(atlases[q.record.atlas].regions, q.coverage.tolist(), strict=True)
    ]
    return pd.DataFrame(rows, columns=list(COVERAGE_COLUMNS))


def _place(quality: ScanQuality) -> tuple[str, str, str, str]:
    record = quality.record
    return record.participant, record.session, record.acquisition, record.run
