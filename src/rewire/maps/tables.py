"""Tables of regions: values by name of region, whichever way round they lie."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from rewire.core.errors import DataError
from rewire.core.types import FloatArray
from rewire.maps.labels import differing_series, match_regions
from rewire.maps.shelf import Shelf, Source
from rewire.trial.tables import listed, shown

_NAMES = ("name", "region", "label", "roi", "parcel", "regions", "labels")
_GENES = ("gene", "genes", "gene_symbol", "symbol", "gene_name")
_PLACES = frozenset(("x", "y", "z", "sphere_x", "sphere_y", "sphere_z"))
_OF_ATLAS = _PLACES | {"index", "hemisphere", "hemi", "network", "structure", "color", "mapping"}
_MISSING = ["n/a", "N/A", "na", "NA", "nan", "NaN", "NAN", "null", ".", ""]


@dataclass(frozen=True, slots=True, eq=False)
class RegionTable:
    """Values by region.

    Parameters
    ----------
    regions
        Names, as the atlas writes them where it knows them.
    columns
        What the values are of, such as maps or genes.
    values
        Shape (regions, columns); NaN where there is none.
    """

    regions: tuple[str, ...]
    columns: tuple[str, ...]
    values: FloatArray


def read_regions(source: Source, shelf: Shelf) -> RegionTable | None:
    """Read a table of regions.

    Parameters
    ----------
    source
        Tab- or comma-separated text (also compressed), or Parquet: a row a region and a column a
        map, with a column of names. The other way round it is turned where the atlas knows the
        names in the header.
    shelf
        Receives every fault.

    Returns
    -------
    RegionTable or None
        None after a fault. Columns that describe the atlas (index, network, x ...) are no maps.
    """
    try:
        frame = _without_header(source) if source.columns else _frame(source.path)
    except (OSError, ValueError, ImportError, DataError) as error:
        shelf.fault(source, f"cannot be read ({shown(str(error))}).")
        return None
    twice = sorted(set(frame.columns[frame.columns.duplicated()].astype(str)))
    if twice:
        shelf.fault(source, f"has two columns of one name: {listed(twice)}.")
        return None
    turned = _turned(frame, shelf)
    frame = frame if turned is None else turned
    column = _name_column(frame, shelf)
    if column is None:
        shelf.fault(source, _no_names(frame))
        return None
    spare = {c for c in frame.columns if str(c).strip().lower() in _OF_ATLAS | set(_NAMES)}
    values = frame.drop(columns=list(spare | {column}))
    return _checked(frame[column], values, source, shelf)


def read_frame(path: Path) -> pd.DataFrame:
    """Read a table as it stands; text where a column is not all numbers.

    Raises
    ------
    ValueError
        If it is no table: lines of different lengths, or not UTF-8.
    """
    return _frame(path)


def _frame(path: Path) -> pd.DataFrame:
    kind = path.name.removesuffix(".gz").rpartition(".")[2].lower()
    if kind == "parquet":
        frame = pd.read_parquet(path)
        named = not isinstance(frame.index, pd.RangeIndex)
        frame = frame.reset_index() if named else frame
        frame.columns = pd.Index([str(c) for c in frame.columns])
        return frame
    return _text_frame(path, "," if kind == "csv" else "\t")


def _text_frame(path: Path, separator: str) -> pd.DataFrame:
    """Read a table with a header whose names are kept as they stand, twice or not."""
    encoding = "utf-8-sig"
    first = pd.read_csv(
        path, sep=separator, encoding=encoding, header=None, nrows=1, dtype=str, na_filter=False
    )
    header = [str(c).strip() for c in first.iloc[0]]
    frame = pd.read_csv(
        path,
        sep=separator,
        encoding=encoding,
        na_values=_MISSING,
        keep_default_na=False,
        skipinitialspace=True,
        low_memory=False,
    )
    if frame.shape[1] != len(header) or not isinstance(frame.index, pd.RangeIndex):
        raise DataError(f"lines have more fields than the {len(header)} names in the header")
    frame.columns = pd.Index(header)
    return frame


def _without_header(source: Source) -> pd.DataFrame:
    """Read a table whose rows are named in another file, which must be as long."""
    frame = pd.read_csv(source.path, header=None, na_values=_MISSING)
    if source.regions is None:
        raise DataError("nothing names its rows")
    lines = source.regions.read_text(encoding="utf-8-sig").splitlines()
    names = [next((w for w in line.split() if not w.isdigit()), "") for line in lines if line]
    if frame.shape != (len(names), len(source.columns)):
        raise DataError(
            f"it has {frame.shape[0]} rows and {frame.shape[1]} columns, their names are "
            f"{len(names)} and {len(source.columns)}"
        )
    frame = frame.set_axis(list(source.columns), axis=1)
    frame.insert(0, "name", names)
    return frame


def _turned(frame: pd.DataFrame, shelf: Shelf) -> pd.DataFrame | None:
    """Return a table of regions in columns with regions in rows; None where they are there."""
    header = [str(c) for c in frame.columns]
    across = match_regions(header, shelf.atlases)
    down = max((_known(frame[c], shelf) for c in _candidates(frame)), default=0)
    if across.count < 2 or across.count <= down:
        return None
    known = {r for atlas in shelf.atlases for r in atlas.regions}
    regions = [c for c, name in zip(frame.columns, across.names, strict=True) if name in known]
    first = frame.columns[0] if frame.columns[0] not in regions else None
    named = next((c for c in frame.columns if str(c).lower() in (*_GENES, *_NAMES)), first)
    if named is None:
        return None
    turned = frame.set_index(named)[regions].T
    turned = turned.set_axis([str(c) for c in turned.columns], axis=1)
    turned.insert(0, "name", regions, allow_duplicates=True)
    return turned.reset_index(drop=True)


def _candidates(frame: pd.DataFrame) -> list[str]:
    """Return the columns that may name regions, the likeliest first."""
    by_name = {str(c).strip().lower(): c for c in frame.columns}
    told = [by_name[n] for n in _NAMES if n in by_name]
    text = [c for c in frame.columns[:3] if not pd.api.types.is_numeric_dtype(frame[c])]
    return list(dict.fromkeys([*told, *text]))


def _known(values: pd.Series, shelf: Shelf) -> int:
    return match_regions([str(v) for v in values], shelf.atlases).count


def _name_column(frame: pd.DataFrame, shelf: Shelf) -> str | None:
    """Return the column that names regions: the one that the atlas knows, or one called so."""
    candidates = _candidates(frame)
    known = {c: _known(frame[c], shelf) for c in candidates}
    if any(known.values()):
        return max(candidates, key=lambda c: known[c])
    called = [c for c in candidates if str(c).strip().lower() in _NAMES]
    return called[0] if called else None


def _no_names(frame: pd.DataFrame) -> str:
    if any(str(c).strip().lower() in _GENES for c in frame.columns):
        return (
            "has a row a gene and its columns are no regions of the atlas; write a row a region "
            "and a column a gene, with a column name."
        )
    held = listed(map(str, frame.columns))
    return f"has no column name, region or label that names regions; it has {held}."


def _checked(
    names: pd.Series, values: pd.DataFrame, source: Source, shelf: Shelf
) -> RegionTable | None:
    """Return the table, or None with every fault of it noted."""
    before = len(shelf.faults)
    if names.isna().any():
        shelf.fault(source, f"has {int(names.isna().sum())} rows without the name of a region.")
    told = match_regions([str(n).strip() for n in names.dropna()], shelf.atlases)
    twice = sorted(r for r, count in Counter(told.names).items() if count > 1)
    if twice:
        shelf.fault(source, f"names a region twice: {listed(twice)}.")
    if shelf.atlases and not told.count:
        atlas = shelf.atlases[0]
        shelf.fault(
            source,
            f"holds no region of the atlas {shown(atlas.name)}: it has {listed(told.names, 3)}, "
            f"the atlas {listed(atlas.regions, 3)}.",
        )
    others = [differing_series(told.names, atlas.regions) for atlas in shelf.atlases]
    if others and all(others):
        shelf.fault(source, f"is of another parcellation: it has {shown(others[0])}.")
    kinds = zip(values.columns, values.dtypes, strict=True)
    text = [str(c) for c, kind in kinds if not pd.api.types.is_numeric_dtype(kind)]
    if text:
        shelf.fault(source, f"holds text where numbers belong, in {_where(values, text)}.")
    if not len(values.columns):
        shelf.fault(source, "holds no column of values.")
    numbers = values.drop(columns=text).to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isinf(numbers).any():
        shelf.fault(source, f"holds {int(np.isinf(numbers).sum())} infinite values.")
    if len(shelf.faults) > before:
        return None
    return RegionTable(told.names, tuple(str(c) for c in values.columns), numbers)


def _where(values: pd.DataFrame, columns: list[str]) -> str:
    """Return columns with the first cell of each that is no number."""
    told = []
    for column in columns:
        cells = values[column].dropna().astype(str)
        bad = cells[pd.to_numeric(cells, errors="coerce").isna()]
        told.append(f"{column} ('{shown(bad.iloc[0])}')" if len(bad) else column)
    return listed(told)
