"""Write ``examples/pole_tiny`` from the fixture that tests and docs work by hand.

Run it from anywhere after a change of ``tests/fixtures/tiny.py``; equal fixtures give equal bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))

from fixtures.tiny import tiny_pole  # noqa: E402
from qutb.pole import write_pole  # noqa: E402

if __name__ == "__main__":
    write_pole(tiny_pole(), HERE / "pole_tiny")
