"""One kit and one set of papers of ``pole_tiny`` for all tests of this room."""

from __future__ import annotations

from datetime import date

import pytest

from fixtures.parsed_once import ParsedOnce
from fixtures.tiny import tiny_pole
from qutb.appraisal import appraise
from qutb.dossier import write_papers
from qutb.files import reading
from qutb.kit import write_kit

RUN_DATE = date(2026, 11, 23)


@pytest.fixture(scope="package", autouse=True)
def parsed_once(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_parse", ParsedOnce(tmp_path_factory.mktemp("parsed")))
        yield


@pytest.fixture(scope="package")
def kit(tmp_path_factory):
    """The kit's folder, written into a path with a space and Arabic letters."""
    folder = tmp_path_factory.mktemp("kit") / "kit عدة 1"
    write_kit(tiny_pole(), folder, run_date=RUN_DATE)
    return folder


@pytest.fixture(scope="package")
def appraisal():
    return appraise(tiny_pole(), "plan")


@pytest.fixture(scope="package")
def papers(appraisal, tmp_path_factory):
    return write_papers(appraisal, tmp_path_factory.mktemp("papers") / "papers", run_date=RUN_DATE)
