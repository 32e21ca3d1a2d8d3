"""``TERMS.toml``: how money that comes in is shared, as the agreement says.

A file in full; all that has a default may be left out::

    currency   = "MAD"
    style      = "european"      # the whole project in one waterfall; "american": deal by deal (column ``deal``)
    day_count  = "actual/365"    # actual/360, actual/365.25, actual/actual, 30/360, 30E/360, months
    minor_digits = 2             # at least the decimals of the flows where left out
    loss_carry_forward = false   # american: capital lost on an ended deal is returned by the next one first

    [[partners]]
    id            = "lp"
    role          = "investor"   # or "sponsor", who gets the promote
    capital_share = "90 %"       # of capital calls that name no partner; all add up to 100 %

    [[partners]]
    id            = "gp"
    role          = "sponsor"
    capital_share = 0.10

    # Tiers are filled in order; the last one is "residual". Capital before return or return before capital is
    # the order in which the two tiers stand.
    [[tiers]]
    kind = "return_of_capital"   # to all who paid in, or to = ["lp"]; by what each has not got back

    [[tiers]]
    kind        = "preferred_return"   # on capital not yet returned
    rate        = "8 %"
    compounding = "annual"       # simple, semiannual, quarterly, monthly, daily, continuous, each_flow

    [[tiers]]
    kind         = "catch_up"
    partner      = "gp"          # the sponsor where there is one only
    share        = "100 %"       # of each amount in this tier; the rest to the others by capital
    target_share = "20 %"        # until the partner's promote is this share of the profit paid out so far
    of           = "profit"      # or "preferred_return": this share of the preferred return paid so far

    [[tiers]]
    kind        = "hurdle"       # until those measured have earned it on all they have paid and received
    irr         = "15 %"         # or rate and compounding; or multiple = 1.5; both given: the later of the two
    measured_on = ["lp"]         # all investors where left out
    promote     = "20 %"         # to the sponsor, the rest by capital paid in; or a split in full:
    # split     = { lp = 0.72, gp = 0.28 }
    excess      = "counted"      # what went beyond the hurdle counts when it is measured again; or "dropped"

    [[tiers]]
    kind  = "residual"
    split = { lp = 0.80, gp = 0.20 }

    [clawback]                   # at the last date, once
    partner  = "gp"
    test     = "carry"           # promote above ``share`` of the whole profit; "return": what investors lack of
    share    = "20 %"            # capital and ``rate``; "greater": the larger of both
    # rate = "8 %", compounding = "annual"
    tax_rate = 0.0               # kept by the partner: at most (1 - tax_rate) x promote is given back

A first ``hurdle`` with ``irr`` and neither promote nor split pays capital and return together, as most
American joint ventures do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qutb.core import Finding
from qutb.finance.counting import COMPOUNDINGS, DAY_COUNTS
from qutb.finance.located import Located, read_toml, share_sum_fault

__all__ = ["Accrual", "Clawback", "Partner", "Terms", "Tier", "read_terms", "terms_from"]

KINDS = ("return_of_capital", "preferred_return", "catch_up", "hurdle", "residual")
_MOST_RATE = 10.0


@dataclass(frozen=True, kw_only=True)
class Partner:
    """One who pays in or is paid. ``capital_share`` [ratio] of calls that name nobody."""

    id: str
    role: str
    capital_share: float


@dataclass(frozen=True, kw_only=True)
class Accrual:
    """A return [ratio/year] and how it compounds."""

    rate: float
    compounding: str = "annual"


@dataclass(frozen=True, kw_only=True)
class Tier:
    """One step of the waterfall. ``split`` by partner, else ``promote`` to ``partner`` and the rest by capital."""

    kind: str
    name: str
    to: tuple[str, ...] = ()
    split: Mapping[str, float] | None = None
    promote: float = 0.0
    partner: str = ""
    accrual: Accrual | None = None
    multiple: float | None = None
    measured_on: tuple[str, ...] = ()
    excess_counted: bool = True
    share: float = 1.0
    target_share: float = 0.0
    of: str = "profit"


@dataclass(frozen=True, kw_only=True)
class Clawback:
    """What ``partner`` gives back at the end of a project that did not earn its promote."""

    partner: str
    test: str
    share: float
    accrual: Accrual | None
    tax_rate: float


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The terms of one waterfall."""

    currency: str
    style: str
    day_count: str
    minor_digits: int | None
    loss_carry_forward: bool
    partners: tuple[Partner, ...]
    tiers: tuple[Tier, ...]
    clawback: Clawback | None

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(p.id for p in self.partners)

    @property
    def investors(self) -> tuple[str, ...]:
        """Partners who are no sponsor; all where everybody is one."""
        return tuple(p.id for p in self.partners if p.role == "investor") or self.ids


def read_terms(path: Path) -> tuple[Terms, tuple[Finding, ...]]:
    """The terms of a file and what is wrong with them; a blocking finding means that they must not be run."""
    return terms_from(read_toml(path))


def terms_from(data: Mapping[str, Any]) -> tuple[Terms, tuple[Finding, ...]]:
    """The terms of plain data, as :func:`read_terms`."""
    root = Located(data, "", [])
    partners = _partners(root)
    ids = [p.id for p in partners]
    sponsors = [p.id for p in partners if p.role == "sponsor"]
    terms = Terms(
        currency=root.text("currency"),
        style=root.text("style", "european", ("european", "american")),
        day_count=root.text("day_count", "actual/365", tuple(DAY_COUNTS)),
        minor_digits=int(root.number("minor_digits", 2, 0, 6)) if root.has("minor_digits") else None,
        loss_carry_forward=root.flag("loss_carry_forward"),
        partners=partners,
        tiers=_tiers(root, ids, sponsors),
        clawback=_clawback(root, ids, sponsors) if root.has("clawback") else None,
    )
    root.taken.update(("minor_digits", "clawback"))
    root.finish()
    return terms, tuple(root.findings)


def _partners(root: Located) -> tuple[Partner, ...]:
    rows = root.tables("partners")
    if not rows:
        root.fault("FIN-NO-PARTNERS", "partners")
    partners: list[Partner] = []
    for row in rows:
        partner = Partner(
            id=row.text("id"),
            role=row.text("role", "investor", ("investor", "sponsor")),
            capital_share=row.share("capital_share", 0.0),
        )
        if not partner.id or partner.id in {p.id for p in partners}:
            row.fault("FIN-PARTNER-ID", "id", given=partner.id)
        row.finish()
        partners.append(partner)
    given = [p.capital_share for p in partners]
    if any(given):
        share_sum_fault(root, "partners.capital_share", given)
    return tuple(partners)


def _tiers(root: Located, ids: Sequence[str], sponsors: Sequence[str]) -> tuple[Tier, ...]:
    rows = root.tables("tiers")
    tiers = tuple(_tier(row, ids, sponsors) for row in rows)
    if not tiers or tiers[-1].kind != "residual":
        root.fault("FIN-NO-RESIDUAL", "tiers")
    for row, tier in zip(rows[:-1], tiers[:-1], strict=True):
        if tier.kind == "residual":
            row.fault("FIN-RESIDUAL-EARLY", "kind")
    return tiers


def _tier(row: Located, ids: Sequence[str], sponsors: Sequence[str]) -> Tier:
    kind = row.text("kind", "", KINDS)
    tier = Tier(kind=kind, name=row.text("name", kind), **_MAKERS.get(kind, _no_fields)(row, ids, sponsors))
    row.finish()
    return tier


def _no_fields(row: Located, ids: Sequence[str], sponsors: Sequence[str]) -> dict[str, Any]:
    if not row.has("kind"):
        row.fault("FIN-TERM-MISSING", "kind")
    row.taken.update(row.data)
    return {}


def _capital(row: Located, ids: Sequence[str], sponsors: Sequence[str]) -> dict[str, Any]:
    return {"to": _known(row, "to", ids) or tuple(ids)}


def _preferred(row: Located, ids: Sequence[str], sponsors: Sequence[str]) -> dict[str, Any]:
    return {**_capital(row, ids, sponsors), "accrual": _accrual(row)}


def _catch_up(row: Located, ids: Sequence[str], sponsors: Sequence[str]) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "partner": _partner(row, "partner", ids, sponsors),
        "share": row.share("share", 1.0),
        "target_share": row.share("target_share"),
        "of": row.text("of", "profit", ("profit", "preferred_return")),
    }
    if fields["of"] == "profit" and fields["share"] <= fields["target_share"]:
        row.fault("FIN-CATCH-UP-NEVER", "share", share=100 * fields["share"], target=100 * fields["target_share"])
    return fields


def _hurdle(row: Located, ids: Sequence[str], sponsors: Sequence[str]) -> dict[str, Any]:
    fields = _split(row, ids, sponsors)
    if row.has("irr"):
        fields["accrual"] = Accrual(rate=row.number("irr", None, 0.0, _MOST_RATE))
    elif row.has("rate"):
        fields["accrual"] = _accrual(row)
    if row.has("multiple"):
        fields["multiple"] = row.number("multiple", None, 0.0, 1000.0)
    if not fields.keys() & {"accrual", "multiple"}:
        row.fault("FIN-TERM-MISSING", "irr")
    investors = tuple(i for i in ids if i not in sponsors) or tuple(ids)
    fields["measured_on"] = _known(row, "measured_on", ids) or investors
    fields["excess_counted"] = row.text("excess", "counted", ("counted", "dropped")) == "counted"
    split = fields.get("split")
    if split and not any(split.get(p, 0.0) for p in fields["measured_on"]):
        row.fault("FIN-HURDLE-NEVER", "split", partner=", ".join(fields["measured_on"]))
    return fields


def _split(row: Located, ids: Sequence[str], sponsors: Sequence[str]) -> dict[str, Any]:
    """``split`` in full, or ``promote`` to one partner, or nothing: by capital paid in."""
    if row.has("split"):
        if row.has("promote"):
            row.fault("FIN-SPLIT-TWICE", "promote")
        row.taken.add("promote")
        return {"split": row.shares("split", ids)}
    if row.has("promote"):
        return {"promote": row.share("promote"), "partner": _partner(row, "partner", ids, sponsors)}
    return {}


def _clawback(root: Located, ids: Sequence[str], sponsors: Sequence[str]) -> Clawback:
    row = root.table("clawback")
    test = row.text("test", "carry", ("carry", "return", "greater"))
    clawback = Clawback(
        partner=_partner(row, "partner", ids, sponsors),
        test=test,
        share=row.share("share") if test != "return" else row.share("share", 0.0),
        accrual=_accrual(row) if test != "carry" else None,
        tax_rate=row.share("tax_rate", 0.0),
    )
    row.finish()
    return clawback


def _accrual(row: Located) -> Accrual:
    return Accrual(
        rate=row.number("rate", None, 0.0, _MOST_RATE), compounding=row.text("compounding", "annual", COMPOUNDINGS)
    )


def _known(row: Located, key: str, ids: Sequence[str]) -> tuple[str, ...]:
    names = row.words(key)
    for name in names:
        if name not in ids:
            row.fault("FIN-PARTNER-UNKNOWN", key, partner=name, known=", ".join(ids))
    return tuple(n for n in names if n in ids)


def _partner(row: Located, key: str, ids: Sequence[str], sponsors: Sequence[str]) -> str:
    """The partner named, else the only sponsor."""
    if row.has(key):
        name = row.text(key)
        if name not in ids:
            row.fault("FIN-PARTNER-UNKNOWN", key, partner=name, known=", ".join(ids))
        return name
    row.taken.add(key)
    if len(sponsors) != 1:
        row.fault("FIN-SPONSOR", key, found=len(sponsors))
        return ""
    return sponsors[0]


_MAKERS = {
    "return_of_capital": _capital,
    "preferred_return": _preferred,
    "catch_up": _catch_up,
    "hurdle": _hurdle,
    "residual": _split,
}
