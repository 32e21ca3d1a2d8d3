"""``qutb finance``: rates of return, waterfalls, the workbook of a plan's business model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qutb.core import Finding
    from qutb.finance import FlowFile, Returns, Waterfall

__all__ = ["finance_app"]

finance_app = typer.Typer(help="Money: returns, waterfalls, the workbook of a plan.", no_args_is_help=True)

FlowsArg = Annotated[Path, typer.Argument(metavar="FLOWS", help="CSV with the columns date and amount.")]
TermsArg = Annotated[Path, typer.Argument(metavar="TERMS", help="TOML with partners and tiers.")]
RateOpt = Annotated[float | None, typer.Option("--rate", min=-0.999999, help="Discount rate of XNPV, 0.09 for 9%.")]
FinanceOpt = Annotated[float, typer.Option("--finance-rate", help="MIRR: rate at which money paid is financed.")]
ReinvestOpt = Annotated[float, typer.Option("--reinvest-rate", help="MIRR: rate at which receipts are reinvested.")]
SortOpt = Annotated[bool, typer.Option("--sort", help="Take rows in any order of dates.")]
JsonOpt = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]

_PROFILE = tuple(n / 100 for n in range(21))


@finance_app.callback()
def _finance() -> None:
    """Money: returns, waterfalls, the workbook of a plan."""


@finance_app.command("irr")
def irr(
    flows: FlowsArg,
    rate: RateOpt = None,
    finance_rate: FinanceOpt = 0.1,
    reinvest_rate: ReinvestOpt = 0.1,
    sort: SortOpt = False,
    as_json: JsonOpt = False,
) -> None:
    """qutb finance irr flows.csv --rate 0.09 --json: XIRR with its rule and all its roots, XNPV, MIRR, multiple."""
    _checked(lambda: _irr(flows, rate, finance_rate, reinvest_rate, sort, as_json))


@finance_app.command("waterfall")
def waterfall(terms: TermsArg, flows: FlowsArg, sort: SortOpt = False, as_json: JsonOpt = False) -> None:
    """qutb finance waterfall terms.toml flows.csv --json: what each partner gets of each tier, to the centime."""
    _checked(lambda: _waterfall(terms, flows, sort, as_json))


def _checked(run: Any) -> None:
    """Run; blocking findings end with 3."""
    from qutb.cli.output import guarded

    if not guarded(run):
        raise typer.Exit(3)


def _refused(findings: Sequence[Finding], as_json: bool) -> bool:
    """Whether findings block; if so they are printed."""
    import sys

    from qutb import text
    from qutb.cli.output import chosen_language, print_json
    from qutb.core import blocking

    stops = blocking(findings)
    lang = chosen_language()
    for f in stops:
        sys.stderr.buffer.write(f"qutb: {text.message(f, lang)} {text.hint(f, lang)} [{f.code}]\n".encode())
    if stops and as_json:
        print_json({"findings": _said(findings)})
    return bool(stops)


def _said(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Findings with their words, so that a program that reads the JSON can show them."""
    from qutb import text
    from qutb.cli.output import chosen_language

    lang = chosen_language()
    return [{**f.to_json(), "message": text.message(f, lang), "hint": text.hint(f, lang)} for f in findings]


def _irr(path: Path, rate: float | None, financed: float, reinvested: float, sort: bool, as_json: bool) -> bool:
    from qutb.cli.output import chosen_language, print_findings, print_json
    from qutb.finance import read_flows

    flows = read_flows(path, sort=sort)
    if _refused(flows.findings, as_json):
        return False
    figures, findings = _irr_figures(flows, rate, financed, reinvested)
    if as_json:
        print_json({**figures, "findings": _said(findings)})
    else:
        _print_figures(figures)
        print_findings(findings, chosen_language())
    return True


def _irr_figures(
    flows: FlowFile, rate: float | None, financed: float, reinvested: float
) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    from qutb.finance import ROOT_RULE, irr_roots, mirr, reported_root, returns_of, xnpv, years_365

    days, amounts = flows.days, flows.amounts
    years = years_365(days)
    found = returns_of(years, amounts)
    equal = irr_roots(range(len(amounts)), amounts)
    figures = {
        "xirr": found.irr,
        "rule": ROOT_RULE,
        "roots": list(found.roots),
        "sign_changes": found.sign_changes,
        "irr_per_row": reported_root(equal),
        "irr_per_row_roots": list(equal),
        "mirr": mirr(years, amounts, financed, reinvested),
        "finance_rate": financed,
        "reinvest_rate": reinvested,
        "xnpv_rate": rate,
        "xnpv": None if rate is None else xnpv(rate, days, amounts),
        "npv_profile": [{"rate": r, "xnpv": xnpv(r, days, amounts)} for r in _PROFILE],
        "sum": float(amounts.sum()),
        "multiple": found.multiple,
        "peak_exposure": found.peak_exposure,
        "flows": len(days),
        "first_date": days[0].isoformat(),
        "last_date": days[-1].isoformat(),
        "currency": flows.currency or None,
    }
    return figures, (*flows.findings, *_irr_findings(found))


def _irr_findings(found: Returns) -> tuple[Finding, ...]:
    from qutb.core import Finding

    if found.irr is None:
        return (Finding(code="FIN-IRR-NONE", severity="warning", params={"changes": found.sign_changes}),)
    if len(found.roots) > 1:
        roots = ", ".join(f"{100 * r:.4g} %" for r in found.roots)
        params = {"roots": roots, "changes": found.sign_changes, "shown": 100 * found.irr}
        return (Finding(code="FIN-IRR-MANY", severity="warning", params=params),)
    return ()


def _print_figures(figures: dict[str, Any]) -> None:
    from qutb import text
    from qutb.cli.output import chosen_language, print_table

    lang = chosen_language()
    shown = {name: value for name, value in figures.items() if not name.endswith("profile")}
    rows = [[text.label(f"finance.irr.{name}", lang), _shown(name, value)] for name, value in shown.items()]
    print_table([[text.label("finance.measure", lang), text.label("finance.value", lang)], *rows])


def _shown(name: str, value: Any) -> str:
    from qutb import text
    from qutb.cli.output import chosen_language

    lang = chosen_language()
    if value is None:
        return "–"
    if name == "rule":
        return text.label("finance.root_rule", lang)
    if isinstance(value, list):
        return "; ".join(_shown("root", v) for v in value) or "–"
    if name in ("xirr", "root", "irr_per_row", "mirr") or name.endswith("rate"):
        return text.quantity(value, "ratio", lang, 4)
    if isinstance(value, str):
        return value
    return text.number(value, lang, 0 if isinstance(value, int) else 2)


def _waterfall(terms_path: Path, flows_path: Path, sort: bool, as_json: bool) -> bool:
    from qutb.cli.output import print_json
    from qutb.finance import flow_faults, read_flows, read_terms, share_out

    terms, faults = read_terms(terms_path)
    if _refused(faults, as_json):
        return False
    flows = read_flows(flows_path, sort=sort)
    faults = (*flows.findings, *flow_faults(terms, flows))
    if _refused(faults, as_json):
        return False
    shared = share_out(terms, flows)
    if as_json:
        print_json(_waterfall_figures(shared))
    else:
        _print_waterfall(shared)
    return True


def _waterfall_figures(shared: Waterfall) -> dict[str, Any]:
    ids = shared.terms.ids
    net = sum(p.distributed - p.contributed + p.clawback for p in shared.partners)
    return {
        "currency": shared.terms.currency or None,
        "style": shared.terms.style,
        "day_count": shared.terms.day_count,
        "partners": {p.partner: _partner_figures(shared, n) for n, p in enumerate(shared.partners)},
        "tiers": [_tier_figures(shared, n) for n in range(len(shared.terms.tiers))],
        "clawback": {p: float(b) for p, b in zip(ids, shared.clawback, strict=True)},
        "rows": [_row_figures(shared, n) for n in range(len(shared.days))],
        "project": float(shared.total),
        "sum_of_partners": float(net),
        "difference": float(net - shared.total),
        "findings": _said(shared.findings),
    }


def _partner_figures(shared: Waterfall, n: int) -> dict[str, Any]:
    from qutb.finance import ROOT_RULE

    p = shared.partners[n]
    return {
        "contributed": float(p.contributed),
        "distributed": float(p.distributed),
        "clawback": float(p.clawback),
        "promote": p.promote,
        "profit": float(p.distributed - p.contributed + p.clawback),
        "multiple": p.returns.multiple,
        "irr": p.returns.irr,
        "irr_rule": ROOT_RULE,
        "irr_roots": list(p.returns.roots),
        "sign_changes": p.returns.sign_changes,
        "distributed_exact": float(shared.paid_exact[:, :, n].sum()),
    }


def _tier_figures(shared: Waterfall, n: int) -> dict[str, Any]:
    tier, ids = shared.terms.tiers[n], shared.terms.ids
    by_partner = {p: float(shared.tier_total(n, i)) for i, p in enumerate(ids)}
    exact = shared.paid_exact[:, n, :].sum(axis=0)
    return {
        "tier": n + 1,
        "name": tier.name,
        "kind": tier.kind,
        "amount": float(sum(shared.tier_total(n, i) for i in range(len(ids)))),
        "by_partner": by_partner,
        "by_partner_exact": {p: float(v) for p, v in zip(ids, exact, strict=True)},
    }


def _row_figures(shared: Waterfall, n: int) -> dict[str, Any]:
    ids = shared.terms.ids
    return {
        "date": shared.days[n].isoformat(),
        "called": {p: float(v) for p, v in zip(ids, shared.called[n], strict=True)},
        "tiers": [{p: float(v) for p, v in zip(ids, tier, strict=True)} for tier in shared.paid[n]],
    }


def _print_waterfall(shared: Waterfall) -> None:
    from qutb import text
    from qutb.cli.output import chosen_language, print_table

    lang = chosen_language()
    digits = shared.terms.minor_digits if shared.terms.minor_digits is not None else 2

    def words(key: str) -> str:
        return text.label(f"finance.{key}", lang)

    def money(value: Any) -> str:
        return text.number(float(value), lang, digits)

    ids = shared.terms.ids
    tiers = [
        [_tier_name(shared, n), *(money(shared.tier_total(n, i)) for i in range(len(ids)))]
        for n in range(len(shared.terms.tiers))
    ]
    sums = [
        [words("distributed"), *(money(p.distributed) for p in shared.partners)],
        [words("contributed"), *(money(p.contributed) for p in shared.partners)],
        [words("clawback"), *(money(p.clawback) for p in shared.partners)],
        [words("profit"), *(money(p.distributed - p.contributed + p.clawback) for p in shared.partners)],
        [words("irr"), *(_shown("xirr", p.returns.irr) for p in shared.partners)],
    ]
    print_table([[words("tier"), *ids], *tiers, *sums])


def _tier_name(shared: Waterfall, n: int) -> str:
    from qutb import text
    from qutb.cli.output import chosen_language

    tier = shared.terms.tiers[n]
    kind = text.label(f"finance.tier.{tier.kind}", chosen_language())
    return f"{n + 1} {kind}" if tier.name == tier.kind else f"{n + 1} {tier.name}"
