"""The dossier as JSON: what programs and the web read. Its schema is published beside this file."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd

from qutb.appraisal import Appraisal
from qutb.compare import comparison_json
from qutb.core import Finding
from qutb.dossier.edition import Edition, dossier_code
from qutb.dossier.pages import read_values
from qutb.remedies import Remedies
from qutb.text import LANGUAGES, hint, message

__all__ = ["SCHEMA_ID", "dossier_json", "dossier_schema", "remedies_json"]

SCHEMA_ID = "urn:qutb:schema:dossier-1"


@cache
def dossier_schema() -> dict[str, Any]:
    """The published JSON schema of :func:`dossier_json`."""
    schema: dict[str, Any] = json.loads(files("qutb.dossier").joinpath("schema/dossier-1.json").read_text("utf-8"))
    return schema


def dossier_json(edition: Edition) -> dict[str, Any]:
    """Comparison, and each plan's figures, findings, checks and sources; words of findings in each language."""
    pole = edition.first.pole
    return {
        "$schema": SCHEMA_ID,
        "run_date": edition.run_date.isoformat(),
        "code": dossier_code(edition),
        "pole": {"name": dict(pole.name), "crs": pole.crs, "currency": edition.currency},
        "comparison": comparison_json(edition.comparison),
        "plans": {
            plan: {**_plan(edition.appraisals[plan]), "remedies": remedies_json(edition.remedies.get(plan))}
            for plan in edition.comparison.plans
        },
        "values": [
            {
                "key": v.key,
                "low": v.low,
                "central": v.central,
                "high": v.high,
                "unit": v.unit,
                "status": v.status,
                "source": v.source,
                "derivation": v.derivation,
                "valid_from": v.valid_from.isoformat(),
            }
            for v in read_values(edition)
        ],
    }


def _plan(appraisal: Appraisal) -> dict[str, Any]:
    return {
        "title": dict(appraisal.plan.title),
        "digest": appraisal.digest,
        "plan_digest": appraisal.plan.digest,
        "code": appraisal.code,
        "status": {name: result.status for name, result in appraisal.results.items()},
        "findings": [_finding(f) for f in appraisal.findings],
        "checks": [c.to_json() for c in appraisal.checks],
        "figures": {name: _pole_row(result) for name, result in appraisal.results.items() if "pole" in result.TABLES},
    }


def remedies_json(found: Remedies | None) -> list[dict[str, Any]] | None:
    """Every shortfall with its remedies, the cheapest first; null where they were not looked for."""
    if found is None:
        return None
    tables = {name: pd.DataFrame(t).drop(columns="geometry", errors="ignore") for name, t in found.tables().items()}
    rows = {
        name: json.loads(t.reset_index().to_json(orient="records", double_precision=15)) for name, t in tables.items()
    }
    return [
        {**short, "remedies": [r for r in rows["remedies"] if r["shortfall_id"] == short["shortfall_id"]]}
        for short in rows["shortfalls"]
    ]


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        **finding.to_json(),
        "message": {lang: message(finding, lang) for lang in LANGUAGES},
        "hint": {lang: hint(finding, lang) for lang in LANGUAGES},
    }


def _pole_row(result: Any) -> dict[str, Any]:
    """The pole's figures by column; what is absent is null."""
    row: dict[str, Any] = json.loads(result.pole.to_json(orient="records", double_precision=15))[0]
    return row
