"""``python -m examples.make_dakhla [FOLDER]``."""

from __future__ import annotations

import sys
from pathlib import Path

from . import FOLDER, make

if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
