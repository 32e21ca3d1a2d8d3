"""Frames brought to the columns and kinds of a table description; what does not fit is named by row."""

from __future__ import annotations

from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd

from qutb.core import Column, FormatError, Table
from qutb.plan import LOCAL_CRS, empty_table, snap

__all__ = ["coerced"]

_YES = {"1", "true", "t", "yes", "oui", "نعم"}
_NO = {"0", "false", "f", "no", "non", "لا"}


def coerced(frame: pd.DataFrame | None, table: Table, crs: str = LOCAL_CRS, *, where: str = "") -> pd.DataFrame:
    """``frame`` with the columns of ``table`` in their kinds, keyed; columns the table does not name are kept.

    Raises ``FormatError`` naming table, column, row and value of the first cell that does not fit, or a
    column that is asked for and absent.
    """
    if frame is None or len(frame) == 0:
        return empty_table(table, crs)
    frame = frame.reset_index() if frame.index.name else frame
    missing = [c.name for c in table if c.name not in frame and c.required and not c.nullable]
    if missing:
        raise FormatError("FILE-COLUMN-MISSING", where or table.name, table=table.name, column=", ".join(missing))
    data = {c.name: _cells(frame, c, table, where) for c in table if c.name != "geometry"}
    data |= {str(c): frame[c] for c in frame.columns if c not in table and c != "geometry"}
    result = pd.DataFrame(data, index=frame.index)
    if "geometry" in table:
        result = gpd.GeoDataFrame(
            result, geometry=snap(frame["geometry"].to_numpy()), crs=None if crs == LOCAL_CRS else crs
        )
        result = result[[c.name for c in table] + [c for c in result.columns if c not in table]]
    if not table.key:
        return result.reset_index(drop=True)
    _unique(result[table.key], table, where)
    return result.set_index(table.key)


def _cells(frame: pd.DataFrame, column: Column, table: Table, where: str) -> pd.Series:
    if column.name not in frame:
        return pd.Series([_blank(column)] * len(frame), index=frame.index, dtype=_dtype(column))
    read = {"number": _number, "integer": _number, "boolean": _truth, "date": _day}.get(column.kind, _text)
    values = []
    for row, value in enumerate(frame[column.name], start=1):
        try:
            values.append(None if _absent(value) else read(value))
        except ValueError:
            params = {"table": table.name, "column": column.name, "row": row, "value": str(value)[:60]}
            raise FormatError("FILE-CELL", where or table.name, kind=column.kind, **params) from None
    return pd.Series(values, index=frame.index, dtype=_dtype(column))


def _blank(column: Column) -> Any:
    return float("nan") if column.kind in ("number", "integer") else None


def _dtype(column: Column) -> str:
    return "float64" if column.kind in ("number", "integer") else "object"


def _absent(value: Any) -> bool:
    return value is None or bool(pd.isna(value)) or (isinstance(value, str) and not value.strip())


def _number(value: Any) -> float:
    return float(value.strip().replace("\u202f", "").replace("\u00a0", "")) if isinstance(value, str) else float(value)


def _truth(value: Any) -> bool:
    word = str(value).strip().lower().removesuffix(".0")
    if word not in _YES | _NO:
        raise ValueError(word)
    return word in _YES


def _day(value: Any) -> str:
    return date.fromisoformat(str(value).strip()[:10]).isoformat()


def _text(value: Any) -> str:
    whole = isinstance(value, float) and value.is_integer()  # an identifier 17 that a table holds as 17.0
    return str(int(value)) if whole else str(value).strip()


def _unique(keys: pd.Series, table: Table, where: str) -> None:
    for fault, rows in (("absent", keys.isna()), ("twice", keys.duplicated())):
        if rows.any():
            row = int(rows.to_numpy().argmax())
            params = {"table": table.name, "column": table.key, "row": row + 1, "value": str(keys.iloc[row])}
            raise FormatError("FILE-KEY", where or table.name, fault=fault, **params)
