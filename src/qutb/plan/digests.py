"""Digests of tables: rows by id, columns by name, text in NFC, coordinates in whole millimetres."""

from __future__ import annotations

import unicodedata

import numpy as np
import pandas as pd
import shapely

from qutb.core import digest_bytes, digest_parts

__all__ = ["column_digests", "digest_geometry", "digest_table", "snap"]


def snap(geometry: np.ndarray) -> np.ndarray:
    """Geometries with coordinates on whole millimetres and rings normalised: what a plan holds.

    Heights are dropped. Lines keep their direction: a one-way street runs along its line. A ring that loses
    its area by snapping is kept as it is, for the checks to name.
    """
    flat = shapely.force_2d(np.asarray(geometry, dtype=object))
    snapped: np.ndarray = shapely.transform(flat, lambda xy: np.round(xy, 3))
    areal = shapely.get_dimensions(snapped) == 2
    snapped[areal] = shapely.normalize(snapped[areal])
    return snapped


def digest_geometry(geometry: np.ndarray) -> bytes:
    """Bytes that stand for an array of snapped geometries."""
    return b"".join(wkb or b"-" for wkb in shapely.to_wkb(geometry, byte_order=1, output_dimension=2))


def digest_table(frame: pd.DataFrame) -> str:
    """Versioned digest of a table: same rows and columns in any order, same digest."""
    return digest_parts(column_digests(frame))


def column_digests(frame: pd.DataFrame) -> dict[str, str]:
    """Digest of the index and of each column, rows in the order of the index; without a key, in order of content."""
    rows = (
        frame.sort_index(kind="stable") if frame.index.name else frame.sort_values(list(frame.columns), kind="stable")
    )
    parts = {"@index": digest_bytes(_column_bytes(pd.Series(rows.index)))}
    return parts | {str(name): digest_bytes(_column_bytes(rows[name])) for name in sorted(rows.columns)}


def _column_bytes(column: pd.Series) -> bytes:
    if column.dtype == "geometry":
        return digest_geometry(column.to_numpy())
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        numbers = column.to_numpy(dtype="float64", na_value=np.nan)
        return (np.round(numbers, 9) + 0.0).astype(">f8").tobytes()
    text = "\x1f".join(map(str, column.astype(object).where(column.notna(), "\x00")))
    return unicodedata.normalize("NFC", text).encode()
