"""What was done against the model: contracts and the register of plots."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

from qutb.core import FormatError
from qutb.finance import compare_actuals, read_contracts, read_register, residents_counted


def _file(tmp_path, name, *rows):
    path = tmp_path / name
    path.write_bytes("\n".join(rows).encode("cp1252"))
    return path


def test_contracts_in_french_are_compared_with_the_works_of_the_model(tmp_path):
    path = _file(
        tmp_path, "m.csv", "marché;titulaire;montant;avenants;décomptes;payé",
        "M1;Alpha;1 000,00;100,00;400,00;300,00", "M2;Beta;500,00;0;600,00;650,00",
    )  # fmt: skip
    contracts, faults = read_contracts(path)
    assert [(f.code, f.where) for f in faults] == [("FIN-ACT-OVERPAID", ("row:3",))]
    model = SimpleNamespace(phases=pd.DataFrame({"works_amount": [1500.0, 700.0]}))
    figures = compare_actuals(model, contracts, None)
    # By hand: 1,600 contracted with amendments; 2,200 of works less 1,500 contracted leave 700 to contract.
    assert figures["contracted_amount"] == 1600 and figures["estimate_at_completion_amount"] == 2300
    assert figures["owed_amount"] == 50


def test_a_register_counts_plots_that_went_further(tmp_path):
    path = _file(
        tmp_path, "r.csv", "lot,état,date,prix", "A-1,vendu,2028-02-10,1000", "A-2,occupé,2028-03-01,2000",
        "A-3,réservé,,", "X-9,vendu,,", "A-4,rêvé,,",
    )  # fmt: skip
    register, faults = read_register(path, {"A-1", "A-2", "A-3", "A-4"})
    assert [(f.code, f.where) for f in faults] == [("FIN-ACT-PLOT", ("row:5",)), ("FIN-ACT-STATE", ("row:6",))]
    model = SimpleNamespace(
        phases=pd.DataFrame({"works_amount": [0.0]}),
        plots=pd.DataFrame({"sales_amount": [900.0, 2500.0]}, index=["A-1", "A-2"]),
    )
    figures = compare_actuals(model, None, register)
    assert (figures["plots_reserved"], figures["plots_sold"], figures["plots_occupied"]) == (3, 2, 1)
    assert (figures["sold_amount"], figures["sold_planned_amount"]) == (3000, 3400)
    assert figures["uptake_observations"] == [
        {"month": "2028-02", "plots_sold": 1},
        {"month": "2028-03", "plots_sold": 2},
    ]


def test_a_file_without_its_columns_is_refused(tmp_path):
    with pytest.raises(FormatError, match="amendments"):
        read_contracts(_file(tmp_path, "m.csv", "contract,holder,amount", "M1,Alpha,1"))


def test_people_on_occupied_plots_become_counts_of_uptake():
    register = pd.DataFrame(
        {
            "state": ["occupied", "occupied", "built", "occupied", "occupied"],
            "date": [date(2029, 3, 1), date(2029, 9, 1), date(2029, 9, 1), date(2031, 1, 1), None],
        },
        index=["A-1", "A-2", "A-3", "A-4", "A-5"],
    )
    people = pd.Series({"A-1": 10.0, "A-2": 20.0, "A-3": 40.0, "A-4": 5.0, "A-5": 3.0})
    counted = residents_counted(register, people, date(2027, 1, 1))
    # By hand: 974 days to 1 September 2029 are 2.667 years, 1,461 days to 1 January 2031 are 4.
    assert counted.to_dict("records") == [
        {"id": "register-2029-09-01", "age_years": 2.667, "people": 33},
        {"id": "register-2031-01-01", "age_years": 4.0, "people": 38},
    ]
