"""Values = pack + the pole's overrides at one date, remembering what was read.

A parameter file holds one or more keys; each has values by date::

    capacity.household_size:
      description: People in an occupied dwelling
      unit: people/dwelling
      kind: behaviour          # behaviour | engineering | price | threshold | fact
      values:
        2024-09-01:
          value: 3.6           # or low / central / high
          status: confirmed    # confirmed | comparator | assumed
          source: "HCP, RGPH 2024, commune of Dakhla"
          last_checked: 2026-11-23

A ``threshold`` (legal limit) is never stood for by an assumption: :meth:`Values.limit` gives ``None`` then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Literal

from qutb.core import PackError, Standing, digest_json, to_si
from qutb.core import si_unit as unit_in_si

__all__ = ["STATUSES", "CatalogueRow", "Parameter", "Value", "Values"]

ValueStatus = Literal["confirmed", "comparator", "assumed"]
STATUSES: tuple[ValueStatus, ...] = ("confirmed", "comparator", "assumed")
CatalogueRow = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Value:
    """A number at a date, in SI, with its standing. ``low <= central <= high`` where a range is known."""

    key: str
    central: float
    low: float
    high: float
    unit: str
    status: ValueStatus
    source: str
    valid_from: date
    kind: str = "engineering"
    derivation: str = ""
    article: str = ""
    last_checked: str = ""
    origin: str = ""
    given_as: str = ""

    @property
    def reference(self) -> str:
        """``ma:capacity.household_size@2024-09-01``: how findings and pages cite it."""
        return f"{self.origin}:{self.key}@{self.valid_from.isoformat()}"

    @property
    def standing(self) -> Standing:
        return "assumed" if self.status == "assumed" else "given"

    @property
    def digest(self) -> str:
        return digest_json({k: str(v) for k, v in vars(self).items()})

    def __float__(self) -> float:
        return self.central


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One key of a pack: description, unit and its values by date (oldest first)."""

    key: str
    description: str
    unit: str
    kind: str
    values: tuple[Value, ...]

    def at(self, when: date) -> Value | None:
        """The value in force at ``when``, or ``None`` before the first."""
        in_force = [v for v in self.values if v.valid_from <= when]
        return in_force[-1] if in_force else None

    @classmethod
    def from_data(cls, key: str, data: Mapping[str, Any], origin: str) -> Parameter:
        try:
            unit = str(data["unit"])
            kind = str(data.get("kind", "engineering"))
            values = tuple(
                _value(key, unit, kind, when, entry, origin) for when, entry in sorted(data["values"].items(), key=_day)
            )
            return cls(key=key, description=str(data["description"]), unit=unit, kind=kind, values=values)
        except (KeyError, TypeError, ValueError, AttributeError) as fault:
            raise PackError("PACK-PARAMETER", f"{origin}:{key}", fault=str(fault)) from fault


def _day(item: tuple[Any, Any]) -> date:
    return item[0] if isinstance(item[0], date) else date.fromisoformat(str(item[0]))


def _value(key: str, unit: str, kind: str, when: Any, entry: Mapping[str, Any], origin: str) -> Value:
    status = entry["status"]
    if status not in STATUSES:
        raise ValueError(f"status {status!r} is none of {', '.join(STATUSES)}")
    central = float(entry["value"] if "value" in entry else entry["central"])
    low, high = float(entry.get("low", central)), float(entry.get("high", central))
    if not low <= central <= high:
        raise ValueError(f"low {low} <= central {central} <= high {high} does not hold")
    return Value(
        key=key,
        central=to_si(central, unit),
        low=to_si(low, unit),
        high=to_si(high, unit),
        unit=unit_in_si(unit),
        status=status,
        source=str(entry["source"]),
        valid_from=_day((when, entry)),
        kind=kind,
        derivation=str(entry.get("derivation", "")),
        article=str(entry.get("article", "")),
        last_checked=str(entry.get("last_checked", "")),
        origin=origin,
        given_as=f"{central:g} {unit}".strip(),
    )


@dataclass(frozen=True, eq=False)
class Values:
    """Parameters and catalogues in force at ``when``; every look-up is remembered while recording."""

    parameters: Mapping[str, Parameter]
    catalogues: Mapping[str, tuple[CatalogueRow, ...]]
    when: date
    pack: str = ""
    currency: str = ""
    _reads: list[set[str]] = field(default_factory=list)

    def find(self, key: str) -> Value | None:
        """The value of ``key``, or ``None`` where the pack has none: the check then says ``not_evaluated``."""
        self._remember(key)
        parameter = self.parameters.get(key)
        return parameter.at(self.when) if parameter else None

    def get(self, key: str) -> Value:
        """The value of ``key``; raises ``PackError`` naming the key and the date if there is none."""
        value = self.find(key)
        if value is None:
            raise PackError("PACK-NO-VALUE", key, date=self.when.isoformat(), pack=self.pack)
        return value

    def number(self, key: str) -> float:
        """The central value of ``key`` [SI]."""
        return self.get(key).central

    def limit(self, key: str) -> Value | None:
        """The threshold ``key`` if it is confirmed or a comparator; ``None`` if missing or only assumed."""
        value = self.find(key)
        return value if value is not None and value.status != "assumed" else None

    def keys(self, prefix: str) -> tuple[str, ...]:
        """Keys that start with ``prefix``, sorted; the list itself counts as read."""
        self._remember(f"{prefix}*")
        return tuple(sorted(k for k in self.parameters if k.startswith(prefix)))

    def catalogue(self, name: str) -> tuple[CatalogueRow, ...]:
        """Rows of a catalogue as text; raises ``PackError`` if the pack has none of that name."""
        self._remember(f"catalogue:{name}")
        if name not in self.catalogues:
            raise PackError("PACK-NO-CATALOGUE", name, pack=self.pack)
        return self.catalogues[name]

    @contextmanager
    def recording(self) -> Iterator[set[str]]:
        """Collect what is read inside the block."""
        read: set[str] = set()
        self._reads.append(read)
        try:
            yield read
        finally:
            self._reads.remove(read)

    def digest_of(self, read: str) -> str:
        """Digest of one thing read: a key, ``prefix*`` or ``catalogue:name``; absent has a digest too."""
        if read.startswith("catalogue:"):
            return digest_json(self.catalogues.get(read.removeprefix("catalogue:")))
        if read.endswith("*"):
            return digest_json(sorted(k for k in self.parameters if k.startswith(read[:-1])))
        parameter = self.parameters.get(read)
        value = parameter.at(self.when) if parameter else None
        return value.digest if value else digest_json(None)

    @cached_property
    def digest(self) -> str:
        """Digest of everything in force at this date: the terms two plans must share to be compared."""
        in_force = {key: p.at(self.when) for key, p in self.parameters.items()}
        return digest_json(
            {
                "values": {key: value.digest for key, value in in_force.items() if value},
                "catalogues": {name: list(rows) for name, rows in self.catalogues.items()},
                "currency": self.currency,
            }
        )

    def with_overrides(
        self,
        parameters: Mapping[str, Parameter],
        catalogues: Mapping[str, Sequence[CatalogueRow]] | None = None,
    ) -> Values:
        """A copy in which the pole's own terms stand over the pack's."""
        return Values(
            {**self.parameters, **parameters},
            {**self.catalogues, **{k: tuple(v) for k, v in (catalogues or {}).items()}},
            self.when,
            self.pack,
            self.currency,
        )

    def _remember(self, key: str) -> None:
        for read in self._reads:
            read.add(key)
