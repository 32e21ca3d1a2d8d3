"""Results as files: ``<digest>/<step>/result.json`` and one Parquet a table (geometry as WKB).

The web and ``--json`` read these with pyarrow alone. A folder is written beside its place and moved in one
step, so that nothing half-written is ever seen.
"""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import qutb
from qutb.core import FormatError, StepResult

if TYPE_CHECKING:
    from qutb.appraisal.engine import Appraisal

__all__ = ["appraisal_json", "read_table", "result_json", "write_appraisal"]

RESULT_FORMAT = 1


def write_appraisal(appraisal: Appraisal, folder: Path) -> Path:
    """Write every step of ``appraisal`` under ``folder``/<digest>; an equal folder already there is kept."""
    target = folder / appraisal.digest.replace(":", "-")
    if (target / "appraisal.json").is_file():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder))
    try:
        for name, result in appraisal.results.items():
            _write_result(result, fresh / name)
        _write_json(fresh / "appraisal.json", appraisal_json(appraisal))
        if target.exists():
            shutil.rmtree(target)
        fresh.replace(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return target


def appraisal_json(appraisal: Appraisal) -> dict[str, Any]:
    """The head of an appraisal: names, digests, terms, findings, checks, and the one row of each ``pole`` table."""
    return {
        "format": RESULT_FORMAT,
        "version": qutb.__version__,
        "pole": dict(appraisal.pole.name),
        "plan": {
            "name": appraisal.plan.name,
            "title": dict(appraisal.plan.title),
            "crs": appraisal.plan.crs,
            "digest": appraisal.plan.digest,
            "layers": dict(appraisal.plan.table_digests),
        },
        "digest": appraisal.digest,
        "code": appraisal.code,
        "terms": dict(appraisal.terms),
        "steps": {name: _headline(result) for name, result in appraisal.results.items()},
        "findings": [f.to_json() for f in appraisal.findings],
        "checks": [c.to_json() for c in appraisal.checks],
    }


def result_json(result: StepResult) -> dict[str, Any]:
    """A step's result without its rows: status, findings, checks, provenance and each table's description."""
    return {
        "format": RESULT_FORMAT,
        "status": result.status,
        "findings": [f.to_json() for f in result.findings],
        "checks": [c.to_json() for c in result.checks],
        "not_seen": list(result.not_seen),
        "provenance": result.provenance.to_json(),
        "tables": {name: table.to_json() for name, table in result.TABLES.items()},
    }


def read_table(folder: Path, step: str, table: str) -> pa.Table:
    """One table of a written appraisal. Raises ``FormatError`` if it is not there or damaged."""
    file = folder / step / f"{table}.parquet"
    try:
        return pq.read_table(file)
    except (OSError, pa.ArrowInvalid) as fault:
        raise FormatError("RESULT-UNREADABLE", str(file), fault=str(fault)) from fault


def _headline(result: StepResult) -> dict[str, Any]:
    pole = result.tables().get("pole")
    row = {} if pole is None or not len(pole) else pole.iloc[0].to_dict()
    return {"status": result.status, "not_seen": list(result.not_seen), "pole": {k: _json(v) for k, v in row.items()}}


def _write_result(result: StepResult, folder: Path) -> None:
    folder.mkdir()
    for name, frame in result.tables().items():
        pq.write_table(_arrow(frame), folder / f"{name}.parquet", compression="zstd")
    _write_json(folder / "result.json", result_json(result))


def _arrow(frame: pd.DataFrame) -> pa.Table:
    plain = pd.DataFrame(frame)
    if isinstance(frame, gpd.GeoDataFrame):
        name = str(frame.geometry.name)
        plain = pd.DataFrame(frame.drop(columns=name)).assign(**{name: frame.geometry.to_wkb()})
    keep_index = plain.index.name is not None
    return pa.Table.from_pandas(plain, preserve_index=keep_index).replace_schema_metadata(None)


def _json(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value.item() if hasattr(value, "item") else value


def _write_json(file: Path, data: Any) -> None:
    file.write_text(json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True, default=_json) + "\n", "utf-8")
