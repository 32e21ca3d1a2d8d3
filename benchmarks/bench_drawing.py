"""A drawing of 6,000 lots and 50 MB, read whole: at most 20 s and 1.5 GB.

``python benchmarks/bench_drawing.py [MB]`` writes the drawing once and prints size, seconds and peak memory.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from plans import synthetic_plan

from qutb.files import read_drawing, write_dxf


def heavy_drawing(path: Path, plots: int = 6_000, megabytes: float = 50.0) -> None:
    """A plan as DXF, then details until the file is large: lines, hatches, texts, as offices leave them in."""
    plan, _ = synthetic_plan(plots)
    write_dxf(plan, path)
    text = path.read_text("utf-8")
    cut = text.index("ENDSEC", text.index("ENTITIES")) - len("  0\n")
    rng = np.random.default_rng(0)
    west, south, east, north = plan.plots.total_bounds
    parts, size = [], float(len(text))
    handle = 0x100000
    kinds = {"LINE": "AcDbLine", "TEXT": "AcDbText"}
    while size < megabytes * 1e6:
        x, y = rng.uniform(west, east), rng.uniform(south, north)
        kind = "LINE" if rng.random() < 0.8 else "TEXT"
        body = f"  0\n{kind}\n  5\n{handle:X}\n100\nAcDbEntity\n  8\nDETAILS_{handle % 7}\n100\n{kinds[kind]}\n"
        body += f" 10\n{x}\n 20\n{y}\n 30\n0.0\n"
        if kind == "LINE":
            body += f" 11\n{x + rng.normal()}\n 21\n{y + rng.normal()}\n 31\n0.0\n"
        else:
            body += " 40\n0.5\n  1\narbre projeté\n100\nAcDbText\n"
        parts.append(body)
        size += len(body)
        handle += 1
    path.write_text(text[:cut] + "".join(parts) + text[cut:], "utf-8")


def peaks_mb() -> tuple[float, float]:
    """Peak memory of this process and of its children."""
    usage = (resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    own, children = usage
    return own, children


def main() -> None:
    megabytes = float(sys.argv[1]) if len(sys.argv) > 1 else 50.0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "heavy.dxf"
        heavy_drawing(path, megabytes=megabytes)
        began = time.perf_counter()
        result = read_drawing(path, crs="EPSG:32628")
        seconds = time.perf_counter() - began
        own, child = peaks_mb()
        size = path.stat().st_size / 1e6
    plots = result.plan.plots
    print(f"{size:.0f} MB, {len(plots)} plots: {seconds:.1f} s, {own:.0f} MB here, {child:.0f} MB in the child")
    print(f"{plots.area.sum():.0f} m2 of plots, {result.unexplained_m2:.3f} m2 unexplained")


if __name__ == "__main__":
    main()
