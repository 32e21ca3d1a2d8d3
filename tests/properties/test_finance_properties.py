"""Random waterfalls balance to the centime; random flows keep the identities of returns."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qutb.finance import FlowFile, flow_faults, irr_roots, share_out, sign_changes, terms_from
from qutb.finance.counting import COMPOUNDINGS, DAY_COUNTS


def _structure(random: np.random.Generator) -> tuple[dict, FlowFile]:
    """Terms of any shape and flows that fit them."""
    count = int(random.integers(2, 6))
    ids = [f"p{n}" for n in range(count)]
    shares = random.dirichlet(np.ones(count))
    partners = [
        {"id": p, "role": "sponsor" if n == 0 else "investor", "capital_share": float(s)}
        for n, (p, s) in enumerate(zip(ids, shares / shares.sum(), strict=True))
    ]
    partners[-1]["capital_share"] = 1 - sum(p["capital_share"] for p in partners[:-1])

    def rate() -> float:
        return float(random.uniform(0, 0.3))

    def split() -> dict[str, float]:
        parts = random.dirichlet(np.ones(count))
        return {p: float(s) for p, s in zip(ids[:-1], parts, strict=False)} | {ids[-1]: 1 - float(parts[:-1].sum())}

    makers = {
        "return_of_capital": dict,
        "preferred_return": lambda: {"rate": rate(), "compounding": str(random.choice(COMPOUNDINGS))},
        "catch_up": lambda: {"share": float(random.uniform(0.5, 1)), "target_share": float(random.uniform(0, 0.4))},
        "hurdle": lambda: {"irr": rate(), **({"promote": rate()} if random.random() < 0.5 else {"split": split()})},
    }
    kinds = random.choice([*makers], size=int(random.integers(0, 5)))
    tiers = [{"kind": str(k), **makers[str(k)]()} for k in kinds] + [{"kind": "residual", "split": split()}]
    data = {
        "style": str(random.choice(["european", "american"])),
        "day_count": str(random.choice([*DAY_COUNTS])),
        "loss_carry_forward": bool(random.random() < 0.5),
        "partners": partners,
        "tiers": tiers,
    }
    if random.random() < 0.5:
        data["clawback"] = {"test": "greater", "share": rate(), "rate": rate(), "tax_rate": rate()}
    rows = int(random.integers(1, 16))
    days = [date(2027, 1, 1) + timedelta(days=int(d)) for d in np.cumsum(random.integers(0, 400, rows))]
    amounts = np.round(random.uniform(-1e6, 2e6, rows), 2)
    deals = tuple(str(d) for d in random.choice(["A", "B", "C"], rows))
    flows = FlowFile(
        days=tuple(days), amounts=amounts, partner=("",) * rows, deal=deals, rows=tuple(range(2, rows + 2)), decimals=2,
        currency="", findings=(),
    )  # fmt: skip
    return data, flows


def _check_balance(seed: int) -> None:
    data, flows = _structure(np.random.default_rng(seed))
    terms, faults = terms_from(data)
    assert faults == () and flow_faults(terms, flows) == ()
    shared = share_out(terms, flows)
    whole = sum((Decimal(str(a)) for a in flows.amounts.tolist()), Decimal(0))
    net = sum((p.distributed - p.contributed + p.clawback for p in shared.partners), Decimal(0))
    assert net == whole == shared.total
    for row, amount in enumerate(flows.amounts.tolist()):
        cells = sum((c for tier in shared.paid[row] for c in tier), Decimal(0)) - sum(shared.called[row], Decimal(0))
        assert cells == Decimal(str(amount))
    assert sum(shared.clawback) == 0
    assert all(c >= 0 for row in shared.paid for tier in row for c in tier)


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_random_structures_balance_to_the_centime(seed):
    _check_balance(seed)


@pytest.mark.slow
def test_ten_thousand_random_structures_balance_to_the_centime():
    for seed in range(10_000):
        _check_balance(seed)


@settings(max_examples=100, deadline=None)
@given(amounts=st.lists(st.integers(-1000, 1000), min_size=2, max_size=12))
def test_every_rate_is_a_root_and_there_are_no_more_than_sign_changes(amounts):
    roots = irr_roots(range(len(amounts)), amounts)
    assert len(roots) <= sign_changes(amounts)
    for rate in roots:
        terms = np.array(amounts, dtype="float64") * (1 + rate) ** -np.arange(len(amounts), dtype="float64")
        assert abs(terms.sum()) <= 1e-6 * np.abs(terms).max()
