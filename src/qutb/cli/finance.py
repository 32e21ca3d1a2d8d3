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

finance_app = typer.Typer(
    help="Money: returns, waterfalls, the workbook of a plan.", no_args_is_help=True, rich_markup_mode=None
)

FlowsArg = Annotated[Path, typer.Argument(metavar="FLOWS", help="CSV with the columns date and amount.")]
TermsArg = Annotated[Path, typer.Argument(metavar="TERMS", help="TOML with partners and tiers.")]
RateOpt = Annotated[float | None, typer.Option("--rate", min=-0.999999, help="Discount rate of XNPV, 0.09 for 9%.")]
FinanceOpt = Annotated[float, typer.Option("--finance-rate", help="MIRR: rate at which money paid is financed.")]
ReinvestOpt = Annotated[float, typer.Option("--reinvest-rate", help="MIRR: rate at which receipts are reinvested.")]
SortOpt = Annotated[bool, typer.Option("--sort", help="Take rows in any order of dates.")]
JsonOpt = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]

PoleArg = Annotated[Path, typer.Argument(help="The pole's folder, with pole.toml.")]
PlanOpt = Annotated[str, typer.Option("--plan", help="A plan of the pole, by name.")]

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


@finance_app.command("workbook")
def workbook(
    pole: PoleArg,
    plan: PlanOpt,
    out: Annotated[Path | None, typer.Option("--out", help="Workbook to write, .xlsx.")] = None,
    read: Annotated[Path | None, typer.Option("--read", help="Workbook to compare with the present model.")] = None,
    accept: Annotated[str, typer.Option("--accept", help="Numbers of the differences to take over: 1,3.")] = "",
    lang: Annotated[str | None, typer.Option("--lang", help="ar, fr or en.")] = None,
    as_json: JsonOpt = False,
) -> None:
    """qutb finance workbook my-pole --plan bay --out model.xlsx: live formulas; --read to take changes back."""
    if (out is None) == (read is None):
        raise typer.BadParameter("give either --out or --read")
    _checked(lambda: _write(pole, plan, out, lang) if out else _read(pole, plan, read, accept, as_json))


@finance_app.command("actuals")
def actuals(
    pole: PoleArg,
    plan: PlanOpt,
    contracts: Annotated[Path | None, typer.Option("--contracts", help="Contracts, .csv or .xlsx.")] = None,
    register: Annotated[Path | None, typer.Option("--register", help="States of plots, .csv or .xlsx.")] = None,
    observations: Annotated[
        bool, typer.Option("--observations", help="Write residents counted to catalogues/uptake_counts.csv.")
    ] = False,
    as_json: JsonOpt = False,
) -> None:
    """qutb finance actuals my-pole --plan bay --contracts c.csv --register r.csv: what was done against the model."""
    if observations and register is None:
        raise typer.BadParameter("--observations needs --register")
    _checked(lambda: _actuals(pole, plan, contracts, register, observations, as_json))


def _modelled(folder: Path, plan: str) -> Any:
    """The pole, the appraisal and its finances; ``None`` where the terms block, the findings being printed."""
    import qutb

    pole = qutb.open_pole(folder)
    appraisal = qutb.appraise(pole, plan, to="finance", effort="draft")
    return pole, appraisal, appraisal.results["finance"]


def _write(folder: Path, name: str, out: Path, lang: str | None) -> bool:
    from datetime import date

    from qutb.cli.output import chosen_language, print_findings, print_line
    from qutb.finance.workbook import write_workbook

    _, appraisal, result = _modelled(folder, name)
    words = chosen_language(lang)
    if result.model is None:
        print_findings(result.findings, words)
        return False
    title = appraisal.plan.title.get(words) or appraisal.plan.name
    write_workbook(result.model, out, title=title, lang=words, run_date=date.today())
    print_line(str(out))
    return True


def _read(folder: Path, name: str, path: Path | None, accepted: str, as_json: bool) -> bool:
    from qutb.cli.output import chosen_language, print_findings, print_json, print_table
    from qutb.core import blocking
    from qutb.finance.workbook import read_workbook
    from qutb.text import label

    pole, _, result = _modelled(folder, name)
    if result.model is None or path is None:
        print_findings(result.findings, chosen_language())
        return False
    back = read_workbook(path, result.model)
    taken = _take(folder, pole, back, accepted, path) if accepted else []
    if as_json:
        told = [dict(vars(d)) for d in back.differences]
        print_json({"code": back.code, "differences": told, "taken": taken, "findings": _said(back.findings)})
    else:
        lang = chosen_language()
        heads = [label(f"finance.difference.{h}", lang) for h in ("number", "cell", "before", "after", "value_key")]
        rows = [[str(d.number), d.cell, str(d.before), str(d.after), d.value_key] for d in back.differences]
        print_table([heads, *rows])
        print_findings(back.findings, lang)
    return not blocking(back.findings)


def _take(folder: Path, pole: Any, back: Any, accepted: str, path: Path) -> list[str]:
    """Write the accepted differences to ``values.yaml`` of the pole; the keys written."""
    from datetime import date

    import yaml

    from qutb.core import InputError, blocking
    from qutb.finance.workbook import accept

    chosen = {int(n) for n in accepted.split(",") if n.strip().isdigit()}
    differences = [d for d in back.differences if d.number in chosen]
    entries, without = accept(differences, pole.values, source=f"{path.name} [{back.code}]", when=date.today())
    if blocking(back.findings) or without or len(differences) != len(chosen):
        cells = ", ".join(d.cell for d in without) or accepted
        raise InputError("FIN-WB-NOT-TAKEN", cells)
    file = folder / "values.yaml"
    own = (yaml.safe_load(file.read_text("utf-8-sig")) or {}) if file.is_file() else {}
    text = yaml.safe_dump({**own, **entries}, allow_unicode=True, sort_keys=True)
    draft = file.with_suffix(".draft")
    draft.write_text(text, "utf-8", newline="\n")
    draft.replace(file)
    return sorted(entries)


def _actuals(
    folder: Path, name: str, contracts: Path | None, register: Path | None, observations: bool, as_json: bool
) -> bool:
    from qutb.cli.output import chosen_language, print_findings, print_json, print_table
    from qutb.core import blocking
    from qutb.finance import compare_actuals, read_contracts, read_register, residents_counted
    from qutb.text import label

    _, appraisal, result = _modelled(folder, name)
    plan = appraisal.plan
    held, faults = read_contracts(contracts) if contracts else (None, ())
    states, more = read_register(register, set(map(str, plan.plots.index))) if register else (None, ())
    figures = compare_actuals(result, held, states)
    findings = (*faults, *more)
    if observations and result.model is not None and not blocking(findings):
        counted = residents_counted(states, appraisal.results["capacity"].plots["population"], result.model.start_date)
        _write_counts(folder / "catalogues" / "uptake_counts.csv", counted)
    if as_json:
        print_json({**figures, "findings": _said(findings)})
    else:
        lang = chosen_language()
        told = {k: v for k, v in figures.items() if not isinstance(v, list)}
        rows = [[label(f"finance.actual.{k}", lang), _shown(k, v)] for k, v in told.items()]
        print_table([[label("finance.measure", lang), label("finance.value", lang)], *rows])
        print_findings(findings, lang)
    return not blocking(findings)


def _write_counts(path: Path, counted: Any) -> None:
    """Replace the rows that an earlier register gave; counts from elsewhere stay."""
    import pandas as pd

    kept = pd.read_csv(path, dtype=str) if path.is_file() else pd.DataFrame(columns=list(counted.columns))
    kept = kept[~kept["id"].fillna("").str.startswith("register-")]
    path.parent.mkdir(exist_ok=True)
    draft = path.with_suffix(".draft")
    pd.concat([kept, counted.astype(str)]).to_csv(draft, index=False, lineterminator="\n")
    draft.replace(path)


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
