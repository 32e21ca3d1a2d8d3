"""Three variants of ``pole_tiny``, appraised once for all tests of the dossier."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from fixtures.tiny import tiny_plan, tiny_pole
from qutb.appraisal import Cache, appraise
from qutb.compare import compare
from qutb.dossier import Edition

RUN_DATE = date(2026, 11, 23)


def _titled(plan, name, en, fr, ar):
    return replace(plan, name=name, title={"en": en, "fr": fr, "ar": ar})


@pytest.fixture(scope="package")
def appraisals():
    base = tiny_plan()
    plans = (
        _titled(base, "grid", "Grid on the bay", "Grille sur la baie", "شبكة على الخليج"),
        _titled(base.with_plot("A-17", storeys=8.0, floor_area_ratio=4.0), "tower", "Tower", "Tour", "برج"),
        _titled(base.with_plot("C-2", use="parking"), "paved", 'Paved <over> & "so"', "Tout en béton", "إسمنت"),
    )
    pole, cache = tiny_pole(), Cache()
    return {plan.name: appraise(pole, plan, effort="draft", cache=cache) for plan in plans}


@pytest.fixture(scope="package")
def comparison(appraisals):
    return compare(appraisals)


@pytest.fixture(scope="package")
def edition(appraisals, comparison):
    def of(lang):
        return Edition(lang=lang, appraisals=appraisals, comparison=comparison, run_date=RUN_DATE)

    return of
