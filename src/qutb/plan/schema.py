"""The pandera schema of a table, made from its description in :mod:`qutb.core`.

Geometry is judged by the door itself: pandera sees the other columns, already coerced.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pandas as pd

from qutb.core import Column, Table

if TYPE_CHECKING:
    import pandera.pandas as pa

__all__ = ["failures", "pandera_schema"]

_DTYPES = {"number": float, "integer": float}


def pandera_schema(table: Table) -> pa.DataFrameSchema:
    """The schema of ``table`` without its key and geometry, for frames indexed 0..n-1."""
    return _schema(table.name, table.columns, table.key)


@cache
def _schema(name: str, columns: tuple[Column, ...], key: str) -> pa.DataFrameSchema:
    import pandera.pandas as pa  # takes a second: only who reads a plan pays it

    fields = {c.name: _column(c) for c in columns if c.kind != "geometry" and c.name != key}
    return pa.DataFrameSchema(fields, name=name, strict=False)


def _column(column: Column) -> pa.Column:
    import pandera.pandas as pa

    checks = []
    if column.choices:
        checks.append(pa.Check.isin(column.choices, error="choice"))
    if column.minimum is not None:
        checks.append(pa.Check.ge(column.minimum, error="minimum"))
    if column.maximum is not None:
        checks.append(pa.Check.le(column.maximum, error="maximum"))
    must = column.required and not column.nullable
    return pa.Column(
        _DTYPES.get(column.kind, object), checks, nullable=column.nullable or not must, required=must, name=column.name
    )


def failures(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Where ``frame`` breaks the schema: column, check (``choice``, ``minimum``, ``maximum``, ``not_nullable``,
    ``column_in_dataframe``), failure_case, index. Empty when it does not.
    """
    import pandera.errors

    try:
        pandera_schema(table).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as broken:
        return pd.DataFrame(broken.failure_cases)[["column", "check", "failure_case", "index"]]
    return pd.DataFrame(columns=["column", "check", "failure_case", "index"])
