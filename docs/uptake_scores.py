"""Fits the shipped class of new towns again, scores it in public and writes the page; takes a few minutes.

Run after a change of ``src/qutb/uptake/reference/new_towns.csv`` or of the curve. ``make docs`` then only renders.
"""

from __future__ import annotations

import json
from pathlib import Path

from qutb.pack import load_pack
from qutb.uptake import fit_towns, read_towns, reckon_scores, scores_page, write_model

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "src" / "qutb" / "uptake" / "reference"


def main() -> None:
    towns = read_towns(REFERENCE / "new_towns.csv")
    curve = fit_towns(towns)
    write_model(curve, REFERENCE / "model.json")
    catalogues = load_pack("ma").catalogues
    scores = reckon_scores(curve, towns, catalogues["promises"], region=catalogues["uptake_class"][0]["region"])
    (REFERENCE / "scores.json").write_text(json.dumps(scores, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (ROOT / "docs" / "uptake-scores.md").write_text(scores_page(scores), "utf-8")
    print(scores_page(scores))


if __name__ == "__main__":
    main()
