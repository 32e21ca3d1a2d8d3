"""One pole folder for all tests of the sheets, and its files parsed once."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.parsed_once import ParsedOnce
from fixtures.tiny import tiny_pole
from qutb.files import reading
from qutb.pole import write_pole


@pytest.fixture(scope="package", autouse=True)
def parsed_once(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_parse", ParsedOnce(tmp_path_factory.mktemp("parsed")))
        yield


@pytest.fixture(scope="package")
def written(tmp_path_factory, parsed_once) -> Path:
    """``pole_tiny`` as a folder, to copy before anything is written into it."""
    return write_pole(tiny_pole(), tmp_path_factory.mktemp("sheets") / "pole")
