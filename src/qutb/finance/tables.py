"""The tables of ``qutb.finance``. Amounts in the pack's currency, current prices, without tax unless said."""

from __future__ import annotations

from typing import Any

from qutb.core import Column, Table
from qutb.finance.engine import ROWS

__all__ = [
    "COMMITMENTS",
    "CONFLICT",
    "FIRST_PHASES",
    "MONTHS_TABLE",
    "PARTNERS",
    "PHASES",
    "PLOTS",
    "POLE",
    "SHARES",
    "TABLES",
    "TORNADO",
    "ZONES",
]

_SALES = ("value:finance.sale_price_per_m2.{use}", "value:finance.sale_growth", "value:finance.unsold_share")
_WORKS = ("cost.phases.onsite_cost_amount", "cost.phases.offsite_cost_amount", "value:finance.indexation")


def _number(name: str, unit: str, description: str, formula: str, *reads: str, **more: Any) -> Column:
    return Column(name=name, kind="number", unit=unit, description=description, formula=formula, reads=reads, **more)


def _amount(name: str, description: str, formula: str, *reads: str, **more: Any) -> Column:
    return _number(name, "currency", description, formula, *reads, **more)


def _text(name: str, description: str, **more: Any) -> Column:
    return Column(name=name, kind="text", unit="", description=description, **more)


_ROW_WORDS = {
    "onsite_works": ("Works on site", "bill x contingency x index, evenly over the months of works"),
    "offsite_works": ("Works off site borne by the project", "bill x share of the project x contingency x index"),
    "offsite_in_kind": ("Works off site brought by partners", "bill x share of others x contingency x index"),
    "studies": ("Studies", "rate x works, evenly over the months of studies"),
    "fee": ("Fee of the delegated project owner", "rate x works"),
    "overhead": ("Overheads", "rate x works"),
    "marketing": ("Marketing", "rate x receipts"),
    "subdivision_tax": ("Tax on subdivision", "rate x works on site of the phase, part at the permit, rest at its end"),
    "management": ("City management", "land serviced x yearly cost / 12 x index until taken over"),
    "land": ("Land paid", "value of land x share paid"),
    "registration": ("Registration of land", "rate x value of land"),
    "sales": ("Sales agreed", "sum over zones of land sold x price x growth"),
    "sales_vat": ("VAT on sales agreed", "sales x VAT of the use"),
    "receipts": ("Receipts of sales", "deposit x sales + rest over the months of instalments"),
    "vat_collected": ("VAT collected", "as receipts"),
    "vat_deductible": ("VAT deductible", "rate x works, studies, fee and marketing"),
    "vat_paid": ("VAT paid", "max(0, collected - deductible - credit before)"),
    "vat_credit": ("VAT credit carried", "max(0, credit before + deductible - collected)"),
    "subsidies": ("Subsidies", "amounts committed or voted to the project, when promised"),
    "interest": ("Interest", "opening loans x rate / 12"),
    "profit_tax": ("Tax on profit", "rate x new highs of the running profit"),
    "net_before_finance": ("Net flow before loans and partners, after tax", "all receipts - all payments"),
    "calls": ("Calls agreed", "need for cash, up to what partners agreed"),
    "shortfall": ("Calls beyond the agreement", "need - calls - loan drawn"),
    "revolver_draw": ("Revolving loan drawn", "need - calls, up to the limit"),
    "revolver_repaid": ("Revolving loan paid back", "sweep x surplus, up to the balance"),
    "revolver": ("Revolving loan", "before + drawn - paid back"),
    "term_draw": ("Term loan drawn", "once"),
    "term_repaid": ("Term loan paid back", "equal parts after the grace"),
    "term": ("Term loan", "before + drawn - paid back"),
    "distribution": ("Shared with partners", "surplus above the reserve, once the revolving loan is paid back"),
    "cash": ("Cash", "before + all flows"),
    "in_kind": ("Brought in kind", "land and off-site works of partners"),
    "sold_area": ("Land sold", "area x change of the sales curve"),
}


def _row_column(row: str) -> Column:
    description, formula = _ROW_WORDS[row]
    if row == "sold_area":
        return _number("sold_area_m2", "m2", description, formula, "finance.zones.area_m2")
    reads = _WORKS if row.endswith(("works", "kind")) else _SALES if row.startswith("sales") else ()
    return _amount(f"{row}_amount", description, formula, *reads)


MONTHS_TABLE = Table(
    name="months",
    key="month",
    description="Flows of the project by month from the start; balances at the end of the month.",
    columns=(
        _number("month", "month", "Months from the start", "0 is the first"),
        Column(name="date", kind="date", unit="", description="First day of the month", formula="start + month"),
        *(_row_column(row) for row in ROWS),
    ),
)

_CROSS = _amount(
    "cross_subsidy_amount",
    "What the land pays towards other land (below zero: what it gets)",
    "sales - share of costs by area sold or given",
    "finance.plots.sales_amount",
    "finance.plots.cost_amount",
)
_COST = _amount(
    "cost_amount", "Share of all costs", "costs of the project x area / area of all plots that are sold or given"
)

PLOTS = Table(
    name="plots",
    key="plot_id",
    description="What each plot brings and costs, at prices of the start.",
    columns=(
        _text("plot_id", "Plot"),
        _text("zone", "Zone of the model: phase and use; empty where land is not sold"),
        _number("area_m2", "m2", "Area", "capacity", "capacity.plots.area_m2"),
        _amount("sales_amount", "Sale at the price of its use", "area x price", *_SALES[:1], "capacity.plots.area_m2"),
        _COST,
        _CROSS,
    ),
)

ZONES = Table(
    name="zones",
    key="zone",
    description="Sales by phase and use over the whole time.",
    columns=(
        _text("zone", "Phase and use"),
        _text("phase", "Phase"),
        _text("use", "Use"),
        _number("plots", "plots", "Plots", "count", "plots.use"),
        _number("area_m2", "m2", "Area", "sum over plots", "finance.plots.area_m2"),
        _number("price_per_m2", "currency/m2", "Price at the start", "pack or pole", _SALES[0], standing="given"),
        _number(
            "sold_area_m2", "m2", "Land sold within the time", "area x (1 - never sold) x sales curve", *_SALES[2:]
        ),
        _amount("sales_amount", "Sales, current prices", "sum over months", *_SALES),
        _COST,
        _CROSS,
    ),
)

PHASES = Table(
    name="phases",
    key="phase",
    description="Works and sales by phase.",
    columns=(
        _text("phase", "Phase"),
        _number("start_month", "month", "Works start", "phases follow each other", "value:finance.works_months"),
        _number("end_month", "month", "Works end", "start + months of works", "value:finance.works_months"),
        _amount("works_amount", "Works borne by the project, indexed", "sum over months", *_WORKS),
        _amount("sales_amount", "Sales, current prices", "sum over zones", "finance.zones.sales_amount"),
        _amount(
            "margin_amount",
            "Sales less works",
            "sales - works",
            "finance.phases.sales_amount",
            "finance.phases.works_amount",
        ),
    ),
)

_IRR = _number(
    "irr",
    "ratio",
    "Internal rate of return a year: smallest root not below zero, else the largest below",
    "root of the net present value of monthly flows",
    nullable=True,
)
_CHANGES = _number("sign_changes", "changes", "Sign changes of the flows: they bound the number of rates", "count")
_MIRR = _number(
    "mirr", "ratio", "Modified rate of return a year", "financed at the loan's rate, reinvested at the discount rate",
    "value:finance.revolver_rate", "value:finance.discount_rate", nullable=True,
)  # fmt: skip
_MULTIPLE = _number("multiple", "index", "Received over paid", "sum of receipts / sum of payments", nullable=True)
_NPV = _amount(
    "npv_amount", "Net present value", "sum of flow / (1 + rate) ** (month / 12)", "value:finance.discount_rate"
)
_PEAK = _amount("peak_exposure_amount", "Deepest running sum of the flows", "- min of the running sum")

PARTNERS = Table(
    name="partners",
    key="partner",
    description="What each partner pays, earns and risks.",
    columns=(
        _text("partner", "Partner"),
        _text("group", "Group whose members are jointly liable", nullable=True),
        _amount("contributed_amount", "Calls and what is brought in kind", "shares of calls, land and works in kind"),
        _amount("distributed_amount", "Shared with the partner", "sum over tiers"),
        _amount("fees_amount", "Fees and land sold to the project", "fee + land paid"),
        _amount("tax_amount", "The partner's own tax", "rate x new highs of its running gain"),
        _amount("net_amount", "Left in hand", "distributed + fees - contributed - tax"),
        _NPV,
        _MIRR,
        _IRR,
        _CHANGES,
        _MULTIPLE,
        _PEAK,
        _amount(
            "default_exposure_amount",
            "What the partner may have to pay for others of its group",
            "highest sum of the others' calls still to come",
        ),
    ),
)

SHARES = Table(
    name="shares",
    key="share",
    description="Money shared, by tier and partner, to the smallest coin.",
    columns=(
        _text("share", "Tier and partner"),
        _text("tier", "Tier"),
        _text("partner", "Partner"),
        _amount("amount", "Amount", "sum over months"),
    ),
)

TORNADO = Table(
    name="tornado",
    key="factor",
    description="Value to the partners with one factor at each end of its range.",
    columns=(
        _text("factor", "Factor"),
        _number("at_worse", "by row", "Unfavourable end", "low or high value of the pack over the central one"),
        _number("at_better", "by row", "Favourable end", "high or low value of the pack over the central one"),
        _amount("npv_worse", "Present value at the unfavourable end", "run with this factor alone"),
        _amount("npv_better", "Present value at the favourable end", "run with this factor alone"),
        _amount("swing", "Difference", "between both ends"),
    ),
)

FIRST_PHASES = Table(
    name="first_phases",
    key="phases_built",
    description="Value when only the first phases are built; land and off-site works stay whole.",
    columns=(
        _number("phases_built", "phases", "Phases built", "1, 2 ... all"),
        _text("phase", "Last phase built"),
        _amount("npv", "Present value of the project", "run with these phases"),
        Column(name="viable", kind="boolean", unit="", description="Not below zero", formula="present value >= 0"),
    ),
)

CONFLICT = Table(
    name="conflict",
    key="price_ratio",
    description="What a higher price brings the developer and costs in occupation.",
    columns=(
        _number("price_ratio", "ratio", "Price over the one assumed", "steps"),
        _amount("npv", "Present value of the project", "run", "value:finance.pace_price_elasticity"),
        _number("years_to_occupied", "year", "Years until 80 % of the saleable land is sold", "run", nullable=True),
        _number("sold_in_time_share", "ratio", "Share of the land sold within 15 years", "run"),
    ),
)

COMMITMENTS = Table(
    name="commitments",
    key="id",
    description="Who owes what, when, by this model: to be entered in commitments.csv once agreed.",
    columns=(
        _text("id", "Identifier"),
        _text("object", "What"),
        _text("debtor", "Who owes it"),
        _text("creditor", "To whom"),
        _amount("amount", "Amount of the year", "sum over months"),
        Column(name="promised_date", kind="date", unit="", description="Last day by which", formula="end of the year"),
        _text("status", "computed until somebody commits"),
    ),
)

POLE = Table(
    name="pole",
    key="pole",
    description="The business model of the whole plan.",
    columns=(
        _text("pole", "pole"),
        _amount("sales_amount", "Sales, current prices", "sum over zones", "finance.zones.sales_amount"),
        _amount("costs_amount", "Costs borne by the project, interest left out", "sum over months", *_WORKS),
        _amount("subsidies_amount", "Subsidies", "sum over months"),
        _amount("in_kind_amount", "Brought in kind", "land and off-site works of partners"),
        _amount("interest_amount", "Interest", "sum over months"),
        _amount("profit_amount", "Left after all", "flows before loans - interest - in kind"),
        _NPV,
        _MIRR,
        _IRR,
        _CHANGES,
        _MULTIPLE,
        _PEAK,
        _amount("peak_debt_amount", "Highest loans", "max of revolving + term loan"),
        _amount("loans_left_amount", "Loans not paid back in 30 years", "loans of the last month"),
        _amount("shortfall_amount", "Cash called beyond what partners and bank agreed", "sum over months"),
        _number(
            "dscr_min", "ratio", "Lowest debt service cover, by year of the term loan", "money / service", nullable=True
        ),
        _number("llcr", "ratio", "Loan life cover", "present value of money / loan", nullable=True),
        _amount(
            "debt_capacity_amount",
            "Loan that the flows after the works carry at the cover asked",
            "sculpted debt",
            "value:finance.dscr_asked",
        ),
        _number(
            "break_even_price_ratio", "ratio", "Factor on all prices at which the value is zero", "root", nullable=True
        ),
        _number("viable_phases", "phases", "Fewest first phases that stand alone", "first viable", nullable=True),
        _amount("cross_subsidy_amount", "Moved from land that pays to land that gets", "sum of what land pays"),
        _amount("commune_taxes_amount", "Taxes to the commune", "tax on subdivision"),
        _amount(
            "state_taxes_amount", "Taxes to the State", "VAT paid + registration + tax on profit, partners' included"
        ),
        _amount("vat_credit_left_amount", "VAT credit never used", "credit of the last month"),
        _number("unsold_area_m2", "m2", "Land never sold", "area - sold"),
    ),
)

TABLES = {
    t.name: t
    for t in (
        POLE,
        PHASES,
        ZONES,
        PLOTS,
        PARTNERS,
        SHARES,
        MONTHS_TABLE,
        TORNADO,
        FIRST_PHASES,
        CONFLICT,
        COMMITMENTS,
    )
}
