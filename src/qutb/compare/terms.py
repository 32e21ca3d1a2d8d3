"""Equal terms: what two appraisals must share before their numbers may stand side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from qutb.core import UsageError, digest_parts, short_code

if TYPE_CHECKING:
    from qutb.appraisal import Appraisal

__all__ = ["EqualTerms", "equal_terms", "values_read"]

# Where the reader must look; a file is named the same in every language.
_FILES = {"brief": "brief.toml", "site": "site.gpkg", "actors": "actors.csv", "commitments": "commitments.csv"}


@dataclass(frozen=True, kw_only=True)
class EqualTerms:
    """What the compared plans share: version, pack at its date, options, and digests of values, brief, site."""

    shared: Mapping[str, str]

    @property
    def digest(self) -> str:
        return digest_parts(self.shared)

    @property
    def code(self) -> str:
        """Short code of the terms, printed on the dossier."""
        return short_code(self.digest)

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "shared": dict(self.shared)}


def equal_terms(appraisals: Sequence[Appraisal]) -> EqualTerms:
    """The terms all share; raises ``UsageError`` naming the files, options and values in which they differ."""
    first = appraisals[0]
    differing = {name for a in appraisals for name, shared in first.terms.items() if a.terms.get(name) != shared}
    if differing:
        named = [_FILES.get(name, name) for name in sorted(differing - {"values"})]
        raise UsageError("CMP-TERMS", differs=[*named, *_differing_values(appraisals, differing)])
    return EqualTerms(shared=MappingProxyType(dict(first.terms)))


def values_read(appraisal: Appraisal) -> tuple[str, ...]:
    """Pack values, groups of values and catalogues that any step of the appraisal read, sorted."""
    return tuple(sorted({key for r in appraisal.results.values() for key in r.provenance.values_read}))


def _differing_values(appraisals: Sequence[Appraisal], differing: set[str]) -> list[str]:
    """Keys of the values that differ among those read; ``"values"`` if only unread ones do."""
    if "values" not in differing:
        return []
    keys = sorted({key for a in appraisals for key in values_read(a)})
    named = [k for k in keys if len({a.pole.values.digest_of(k) for a in appraisals}) > 1]
    return named or ["values"]
