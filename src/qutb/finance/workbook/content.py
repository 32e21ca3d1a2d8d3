"""What stands on each sheet: the same model as :mod:`qutb.finance.engine`, formula by formula."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlsxwriter.utility import xl_rowcol_to_cell

from qutb.finance.engine import ROWS
from qutb.finance.model import FACTORS, NO_FACTORS, PARTNER_COLUMNS, PHASE_COLUMNS, SCALARS, ZONE_COLUMNS, Model
from qutb.finance.workbook.grid import Block, Cell, Grid, Row, TimeSheet
from qutb.text import Lang, label

__all__ = ["SHEETS", "build_grid"]

SHEETS = (
    "inputs", "phases", "zones", "plots", "partners", "subsidies", "time", "works", "sales", "cash", "share",
    "outputs", "checks",
)  # fmt: skip
_TOLERANCE = 0.01
_HEAD = 2  # the heading stands on the third row


def build_grid(model: Model, lang: Lang) -> Grid:
    """All sheets of ``model`` with words in ``lang``."""
    grid = Grid(titles={sheet: label(f"finance.sheet.{sheet}", lang) for sheet in SHEETS})
    builder = _Builder(model, grid, lang)
    for make in (
        builder.inputs, builder.phases, builder.plots, builder.zones, builder.partners, builder.subsidies, builder.time,
        builder.works, builder.sales, builder.cash, builder.share, builder.outputs, builder.checks,
    ):  # fmt: skip
        make()
    grid.blocks.sort(key=lambda block: SHEETS.index(block.sheet))
    return grid


class _Builder:
    def __init__(self, model: Model, grid: Grid, lang: Lang) -> None:
        self.model, self.grid, self.lang = model, grid, lang
        self.phase = [str(p) for p in model.phases.index]
        self.zone = [str(z) for z in model.zones.index]
        self.partner = [str(p) for p in model.partners.index]
        self.tier = [f"tier{n}" for n in range(1, len(model.tiers) + 1)]

    def word(self, key: str) -> str:
        return label(f"finance.{key}", self.lang)

    def scalar(self, name: str) -> str:
        """Words of an input: of its own, of a tier's hurdle, of a factor."""
        if name.startswith("tier"):
            return f"{self.word('scalar.tier_irr')} {name.removeprefix('tier').removesuffix('_irr')}"
        if name.startswith("factor_"):
            return f"{self.word('scalar.factor')} · {self.word('factor.' + name.removeprefix('factor_'))}"
        return self.word(f"scalar.{name}")

    def tier_words(self, name: str) -> str:
        return (
            f"{self.word('tier')} {name.removeprefix('tier')}"
            if name.startswith("tier")
            else self.word(f"column.{name}")
        )

    def table(
        self, sheet: str, keys: Sequence[str], columns: Mapping[str, Sequence[object]], inputs: Sequence[str]
    ) -> None:
        """Records as rows: key in A, then the columns; names ``sheet.column`` (the range) and ``sheet.column.key``."""
        grid = self.grid
        top = _HEAD + 1
        cells = []
        last = top + max(1, len(keys)) - 1
        for n, (name, values) in enumerate(columns.items(), start=1):
            letter = xl_rowcol_to_cell(0, n).rstrip("1")
            grid.names[f"{sheet}.{name}"] = f"{grid.quoted(sheet)}${letter}${top + 1}:${letter}${last + 1}"
            for row, (key, value) in enumerate(zip(keys, values, strict=True), start=top):
                grid.names[f"{sheet}.{name}.{key}"] = f"{grid.quoted(sheet)}${letter}${row + 1}"
                content = value if isinstance(value, str) else float(value)  # type: ignore[arg-type]
                style = "input" if name in inputs else "calc"
                cells.append(Cell(row=row, column=n, content=content, style=style, key=f"{sheet}.{key}.{name}"))
        heads = ("", *(self.tier_words(name) for name in columns))
        named = tuple(Cell(row=top + n, column=0, content=key, style="key") for n, key in enumerate(keys))
        grid.blocks.append(Block(sheet, heads, (*named, *cells)))

    def inputs(self) -> None:
        grid = self.grid
        rates = zip(self.tier, self.model.tiers["irr"], strict=True)
        numbers = [
            *self.model.scalars.items(),
            *((f"{tier}_irr", float(irr)) for tier, irr in rates),
            *((f"factor_{n}", v) for n, v in zip(FACTORS, NO_FACTORS, strict=True)),
            ("tolerance", _TOLERANCE),
        ]
        cells = []
        for row, (name, value) in enumerate(numbers, start=_HEAD + 1):
            grid.names[name] = f"{grid.quoted('inputs')}$D${row + 1}"
            cells += [
                Cell(row=row, column=0, content=name, style="key"),
                Cell(row=row, column=1, content=self.scalar(name), style="label"),
                Cell(row=row, column=2, content=_unit(name, self.model.currency), style="label"),
                Cell(row=row, column=3, content=float(value), style="input", key=f"scalar.{name}"),
            ]
        heads = ("", self.word("measure"), self.word("unit"), self.word("value"))
        grid.blocks.append(Block("inputs", heads, tuple(cells)))

    def phases(self) -> None:
        frame = self.model.phases
        given = {c: frame[c].tolist() for c in PHASE_COLUMNS}
        rows = range(_HEAD + 2, _HEAD + 2 + len(frame))
        start = [f"=B{r}+{self.grid.names['factor_delay_months']}" for r in rows]
        end = [f"=H{r}+C{r}" for r in rows]
        self.table("phases", self.phase, {**given, "start": start, "end": end}, PHASE_COLUMNS)

    def plots(self) -> None:
        frame = self.model.plots
        sold = frame["zone"].where(frame["zone"] != "", "-")
        columns = {"zone": sold.tolist(), "use": frame["use"].tolist(), "area_m2": frame["area_m2"].tolist()}
        self.table("plots", [str(p) for p in frame.index], columns, ("zone", "area_m2"))

    def zones(self) -> None:
        frame, names = self.model.zones, self.grid.names
        rows = range(_HEAD + 2, _HEAD + 2 + len(frame))
        area = [f"=SUMIFS({names['plots.area_m2']},{names['plots.zone']},A{r})" for r in rows]
        columns: dict[str, Sequence[object]] = {"phase": frame["phase"].tolist(), "use": frame["use"].tolist()}
        columns |= {c: area if c == "area_m2" else frame[c].tolist() for c in ZONE_COLUMNS}
        key = f"{self.grid.quoted('phases')}$A${_HEAD + 2}:$A${_HEAD + 1 + len(self.phase)}"
        columns["start"] = [f"=SUMIFS({names['phases.end']},{key},B{r})+G{r}" for r in rows]
        columns["length"] = [f"=H{r}*{names['factor_pace']}" for r in rows]
        columns["sold_share"] = [f"=MAX(0,I{r}-{names['factor_unsold']})" for r in rows]
        columns["price"] = [f"=E{r}*{names['factor_price']}" for r in rows]
        columns["rise"] = [f"=F{r}+{names['factor_growth']}" for r in rows]
        self.table("zones", self.zone, columns, [c for c in ZONE_COLUMNS if c != "area_m2"])

    def partners(self) -> None:
        frame, tiers = self.model.partners, self.model.tiers
        columns = {c: frame[c].tolist() for c in PARTNER_COLUMNS}
        for key, (_, tier) in zip(self.tier, tiers.iterrows(), strict=True):
            columns[key] = [float(tier[p]) for p in self.partner]
        self.table("partners", self.partner, columns, tuple(columns))

    def subsidies(self) -> None:
        frame = self.model.subsidies
        rows = list(frame[["month", "amount"]].itertuples(index=False)) or [(0.0, 0.0)]
        keys = [str(k) for k in frame.get("commitment", range(len(frame)))] or ["-"]
        columns = {"month": [r[0] for r in rows], "amount": [r[1] for r in rows]}
        self.table("subsidies", keys, columns, ("month", "amount"))

    def time(self) -> None:
        word = self.word
        rows = (
            Row(key="month", label=word("month"), unit="month", formula="[month<]+1", total="MAX", opening=-1.0),
            Row(key="index", label=word("row.index"), unit="", formula="(1+{indexation})^([month]/12)", total=""),
            Row(
                key="discount",
                label=word("row.discount"),
                unit="",
                formula="(1+{discount_rate})^(-[month]/12)",
                total="",
            ),
            Row(key="is_last", label=word("row.is_last"), unit="", formula="([month]=MAX([month:]))*1"),
        )
        self.grid.add_time(TimeSheet("time", rows))

    def rows(self, block: str, keys: Sequence[str], unit: str, formula: str, total: str = "SUM") -> list[Row]:
        """The same formula for each key; ``@`` in it is the key."""
        words = self.word(f"row.{block}")
        return [
            Row(key=f"{block}.{k}", label=f"{words} · {k}", unit=unit, formula=formula.replace("@", k), total=total)
            for k in keys
        ]

    def row(self, key: str, formula: str, *, unit: str = "", total: str = "SUM") -> Row:
        known = f"{key}_amount"
        words = self.word(known if key in _ENGINE_ROWS else f"row.{key}")
        return Row(key=key, label=words, unit=unit or self.model.currency, formula=formula, total=total)

    def works(self) -> None:
        first, last = self.phase[0], self.phase[-1]

        def spent(column: str) -> str:
            parts = f"SUMPRODUCT({{phases.{column}}},[part.{first}..part.{last}])"
            return f"{parts}*{{factor_cost}}*(1+{{contingency}})*[index]"

        served = f"SUMPRODUCT({{phases.area_m2}},[served.{first}..served.{last}])"
        before = f"SUMPRODUCT({{phases.area_m2}},[served.{first}..served.{last}<])"
        due = f"SUMPRODUCT({{phases.onsite_amount}},[due.{first}..due.{last}])"
        whole = "(SUM({phases.onsite_amount})+SUM({phases.offsite_amount})+SUM({phases.offsite_in_kind_amount}))"
        rows = [
            *self.rows("done", self.phase, "", "MAX(0,MIN(1,([month]+1-{phases.start.@})/{phases.months.@}))", ""),
            *self.rows("part", self.phase, "", "[done.@]-[done.@<]"),
            *self.rows("permit", self.phase, "", "([month]+1>{phases.start.@})-([month]>{phases.start.@})"),
            *self.rows("accepted", self.phase, "", "([month]+1>={phases.end.@})-([month]>={phases.end.@})"),
            *self.rows(
                "due", self.phase, "", "{subdivision_first_share}*[permit.@]+(1-{subdivision_first_share})*[accepted.@]"
            ),
            *self.rows("served", self.phase, "", "MAX(0,MIN(1,([month]+1-{phases.end.@})/{management_months}))", ""),
            self.row("onsite_works", spent("onsite_amount")),
            self.row("offsite_works", spent("offsite_amount")),
            self.row("offsite_in_kind", spent("offsite_in_kind_amount")),
            self.row("studied", "MAX(0,MIN(1,([month]+1)/{studies_months}))", unit=" ", total=""),
            self.row("studies", f"{{studies_rate}}*{whole}*{{factor_cost}}*([studied]-[studied<])"),
            self.row("fee", "{fee_rate}*([onsite_works]+[offsite_works])"),
            self.row("overhead", "{overhead_rate}*([onsite_works]+[offsite_works])"),
            self.row("subdivision_tax", f"{{subdivision_rate}}*{{factor_cost}}*(1+{{contingency}})*{due}"),
            self.row(
                "management",
                f"{{management_months}}*{{management_per_m2}}/12*({served}-{before})*[index]",
            ),
            self.row("at_land", "([month]=INT({land_month}))*1", unit=" "),
            self.row("land", "{land_amount}*[at_land]"),
            self.row("registration", "{registration_rate}*({land_amount}+{land_in_kind_amount})*[at_land]"),
            self.row("in_kind", "{land_in_kind_amount}*[at_land]+[offsite_in_kind]"),
        ]
        self.grid.add_time(TimeSheet("works", tuple(rows)))

    def sales(self) -> None:
        first, last = self.zone[0], self.zone[-1]
        rows = [
            *self.rows("x", self.zone, "", "MAX(0,MIN(1,([month]+1-{zones.start.@})/{zones.length.@}))", ""),
            *self.rows("gone", self.zone, "", "{zones.sold_share.@}*[x.@]*[x.@]*({curve_a}-{curve_b}*[x.@])", ""),
            *self.rows("sold", self.zone, "m2", "{zones.area_m2.@}*([gone.@]-[gone.@<])"),
            *self.rows(
                "value", self.zone, self.model.currency, "[sold.@]*{zones.price.@}*(1+{zones.rise.@})^([month]/12)"
            ),
            self.row("sold_area", f"SUM([sold.{first}..sold.{last}])", unit="m2"),
            self.row("sales", f"SUM([value.{first}..value.{last}])"),
            self.row("sales_vat", f"SUMPRODUCT({{zones.vat_rate}},[value.{first}..value.{last}])"),
        ]
        self.grid.add_time(TimeSheet("sales", tuple(rows)))

    def cash(self) -> None:
        rest = "(1-{{deposit_share}})/INT({{instalments}})*([{0}_sum<]-[{0}_late])"
        late = 'SUMIFS([{0}:],[month:],"<"&([month]-INT({{instalments}})))'
        owed = "[{0}<]*({{{0}_rate}}+{{factor_rate}})/12"
        balance = "[vat_collected]-[vat_deductible]-[vat_credit<]"
        taxed = "[onsite_works]+[offsite_works]+[studies]+[fee]+[marketing]"
        rows = [
            self.row("sales_sum", "[sales_sum<]+[sales]", total=""),
            self.row("sales_late", late.format("sales"), total=""),
            self.row("sales_vat_sum", "[sales_vat_sum<]+[sales_vat]", total=""),
            self.row("sales_vat_late", late.format("sales_vat"), total=""),
            self.row("receipts", "{deposit_share}*[sales]+" + rest.format("sales")),
            self.row("vat_collected", "{deposit_share}*[sales_vat]+" + rest.format("sales_vat")),
            self.row("subsidies", "{factor_subsidy}*SUMIFS({subsidies.amount},{subsidies.month},[month])"),
            self.row("marketing", "{marketing_rate}*[receipts]"),
            self.row("taxed", taxed),
            self.row("vat_deductible", "{vat_costs_rate}*[taxed]"),
            self.row("vat_paid", f"MAX(0,{balance})"),
            self.row("vat_credit", f"MAX(0,-({balance}))", total=""),
            self.row("other", "[overhead]+[management]+[land]+[registration]+[subdivision_tax]"),
            self.row("margin", "[receipts]+[subsidies]-[taxed]-[other]"),
            self.row("interest", f"{owed.format('revolver')}+{owed.format('term')}"),
            self.row("gained", "[gained<]+[margin]-[in_kind]-[interest]", total=""),
            self.row("peak", "MAX([peak<],[gained],0)", total=""),
            self.row("profit_tax", "{tax_rate}*([peak]-[peak<])"),
            self.row("net_before_finance", "[margin]+[vat_collected]-[vat_deductible]-[vat_paid]-[profit_tax]"),
            self.row("term_draw", "([month]=INT({term_month}))*{term_amount}"),
            self.row(
                "term_repaid",
                "([month]>={term_first_month})*([month]<{term_first_month}+{term_instalments})"
                "*{term_amount}/{term_instalments}",
            ),
            self.row("term", "[term<]+[term_draw]-[term_repaid]", total=""),
            self.row("have", "[cash<]+[net_before_finance]-[interest]+[term_draw]-[term_repaid]", total=""),
            self.row("need", "MAX(0,-[have])"),
            self.row("calls", "MIN([need],{equity_amount}-[called<])"),
            self.row("called", "[called<]+[calls]", total=""),
            self.row("revolver_draw", "MIN([need]-[calls],MAX(0,{revolver_limit_amount}-[revolver<]))"),
            self.row("shortfall", "[need]-[calls]-[revolver_draw]"),
            self.row("revolver_repaid", "MIN([revolver<],{sweep_share}*MAX(0,[have]))"),
            self.row("revolver", "[revolver<]+[revolver_draw]-[revolver_repaid]", total=""),
            self.row("left", "[have]+[calls]+[revolver_draw]+[shortfall]-[revolver_repaid]", total=""),
            self.row(
                "may_share", "MAX([is_last],([month]>={distribute_from_month})*([revolver]=0))", unit=" ", total=""
            ),
            self.row("distribution", "[may_share]*MAX(0,[left]-{reserve_amount}*(1-[is_last]))"),
            self.row("cash", "[left]-[distribution]", total=""),
            self.row("debt", "[revolver]+[term]", total="MAX"),
            self.row("project", "[net_before_finance]-[in_kind]"),
            self.row("running", "[running<]+[project]", total="MIN"),
        ]
        self.grid.add_time(TimeSheet("cash", tuple(rows)))

    def share(self) -> None:
        first, last = self.partner[0], self.partner[-1]
        rows = [
            *self.rows(
                "put",
                self.partner,
                self.model.currency,
                "([calls]+[shortfall])*{partners.cash_share.@}+([in_kind]-[offsite_in_kind])*{partners.land_share.@}"
                "+[offsite_in_kind]*{partners.offsite_share.@}",
            ),
            self.row("measured", f"SUMPRODUCT({{partners.measured}},[put.{first}..put.{last}])"),
        ]
        for n, tier in enumerate(self.tier):
            part = f"SUMPRODUCT({{partners.{tier}}},{{partners.measured}})"
            before = f"[reached.{self.tier[n - 1]}]" if n else "0"
            left = f"[left.{self.tier[n - 1]}]-[paid.{self.tier[n - 1]}]" if n else "[distribution]"
            paid = (
                f"[left.{tier}]"
                if n == len(self.tier) - 1
                else f"MIN([left.{tier}],MAX(0,[owed.{tier}]-{before})/{part})"
            )
            rows += [
                *self.rows(
                    "owed", [tier], self.model.currency, f"[balance.@<]*(1+{{{tier}_irr}})^(1/12)+[measured]", ""
                ),
                *self.rows("left", [tier], self.model.currency, left),
                *self.rows("paid", [tier], self.model.currency, paid),
                *self.rows("reached", [tier], self.model.currency, f"{before}+[paid.@]*{part}", ""),
                *self.rows("balance", [tier], self.model.currency, "MAX(0,[owed.@]-[reached.@])", ""),
            ]
        got = "+".join(f"[paid.{tier}]*{{partners.{tier}.@}}" for tier in self.tier)
        money = self.model.currency
        rows += [
            *self.rows("got", self.partner, money, got),
            *self.rows(
                "own",
                self.partner,
                money,
                "[got.@]-[put.@]+[fee]*{partners.fee_share.@}+[land]*{partners.land_sale_share.@}",
            ),
            *self.rows("gain", self.partner, money, "[gain.@<]+[own.@]", ""),
            *self.rows("high", self.partner, money, "MAX([high.@<],[gain.@],0)", ""),
            *self.rows("net", self.partner, money, "[own.@]-{partners.tax_rate.@}*([high.@]-[high.@<])"),
        ]
        self.grid.add_time(TimeSheet("share", tuple(rows)))

    def outputs(self) -> None:
        costs = "[onsite_works]+[offsite_works]+[studies]+[fee]+[overhead]+[marketing]+[subdivision_tax]+[management]"
        lines = {
            "sales_amount": "[sales]",
            "costs_amount": f"{costs}+[land]+[registration]",
            "subsidies_amount": "[subsidies]",
            "in_kind_amount": "[in_kind]",
            "interest_amount": "[interest]",
            "profit_amount": "[project]-[interest]",
            "npv_amount": "SUMPRODUCT([project:],[discount:])",
            "peak_exposure_amount": "MAX(0,-[running])",
            "peak_debt_amount": "[debt]",
            "shortfall_amount": "[shortfall]",
            "commune_taxes_amount": "[subdivision_tax]",
        }
        rows = [(key, self.word(key), formula) for key, formula in lines.items()]
        for partner in self.partner:
            for key, formula in (
                ("contributed_amount", f"[put.{partner}]"),
                ("distributed_amount", f"[got.{partner}]"),
                ("net_amount", f"[net.{partner}]"),
                ("npv_amount", f"SUMPRODUCT([net.{partner}:],[discount:])"),
            ):
                rows.append((f"{partner}.{key}", f"{self.word(key)} · {partner}", formula))
        self.results("outputs", rows)

    def checks(self) -> None:
        names = self.grid.names
        got, put = ("+".join(f"[{block}.{p}]" for p in self.partner) for block in ("got", "put"))
        pairs = {
            "check_vat": "[vat_collected]-[vat_deductible]-[vat_paid]+SUMPRODUCT([vat_credit:],[is_last:])",
            "check_partners": f"({got})-({put})-([distribution]-[calls]-[shortfall]-[in_kind])",
            "check_loans": "SUMPRODUCT([debt:],[is_last:])",
            "check_cash": "MIN(0,MIN([cash:]))",
            "check_area": f"SUM({names['zones.area_m2']})-SUM({names['plots.area_m2']})"
            f'+SUMIFS({names["plots.area_m2"]},{names["plots.zone"]},"-")',
        }
        rows = [
            (key, self.word(f"row.{key}"), f"IF(ABS({formula})>{{tolerance}},1,0)") for key, formula in pairs.items()
        ]
        self.results("checks", rows)

    def results(self, sheet: str, rows: Sequence[tuple[str, str, str]]) -> None:
        cells = []
        for row, (key, words, formula) in enumerate(rows, start=_HEAD + 1):
            cells += [
                Cell(row=row, column=0, content=key, style="key"),
                Cell(row=row, column=1, content=words, style="label"),
                Cell(row=row, column=2, content=self.model.currency if sheet == "outputs" else "", style="label"),
                Cell(row=row, column=3, content="=" + self.grid.resolved(sheet, formula), style="output"),
            ]
        heads = ("", self.word("measure"), self.word("unit"), self.word("value"))
        self.grid.results.append(Block(sheet, heads, tuple(cells)))


_ENGINE_ROWS = {*ROWS} - {"sold_area"}


def _unit(name: str, currency: str) -> str:
    if name in SCALARS or name.startswith("factor_"):
        if name.endswith("_amount"):
            return currency
        if name.endswith(("_month", "_months", "instalments")):
            return "month"
    return ""
