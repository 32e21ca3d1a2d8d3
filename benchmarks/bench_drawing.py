"""A drawing of 6,000 lots and 50 MB, read whole: at most 20 s and 1.5 GB; twelve families of dirty drawings.

``python benchmarks/bench_drawing.py`` writes the heavy drawing and prints size, seconds and peak memory;
with ``--families [SEED ...]`` the share of plots right by family and source, as a table.
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


def used() -> tuple[float, float]:
    """Processor seconds of this process with its children, and the larger peak memory of both [MB]."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in both), sum(u.ru_maxrss for u in both) / 1024


def heavy(megabytes: float = 50.0) -> None:
    """Read the heavy drawing once and print what it took; the peaks of reader and child are added up."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "heavy.dxf"
        heavy_drawing(path, megabytes=megabytes)
        before, began = used()[0], time.perf_counter()
        result = read_drawing(path, crs="EPSG:32628")
        seconds, (after, peak_mb) = time.perf_counter() - began, used()
        size = path.stat().st_size / 1e6
    print(f"{size:.0f} MB, {len(result.plan.plots)} plots: {seconds:.1f} s, {after - before:.1f} s of processor")
    print(f"peak {peak_mb:.0f} MB; {result.unexplained_m2:.3f} m2 of {result.area_in_m2:.0f} unexplained")


def families(seeds: list[int], plots: int = 200) -> None:
    """The share of plots right in use and area [%], the worst of the seeds, by family and source."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from fixtures.dirty import FAMILIES
    from fixtures.drawing_scores import ENTRIES, SITES, read_dirty

    sources = (*ENTRIES, *SITES)
    print("| family | " + " | ".join(sources) + " | answers | ids kept |")
    print("| --- " * (len(sources) + 3) + "|")
    with tempfile.TemporaryDirectory() as folder:
        for family in FAMILIES:
            scores = {
                name: [read_dirty(name, family, Path(folder), plots=plots, seed=seed)[0] for seed in seeds]
                for name in sources
            }
            every = [s for several in scores.values() for s in several]
            shares = " | ".join(f"{100 * min(s.right for s in several):.1f}" for several in scores.values())
            kept = 100 * min(s.ids_kept for s in every)
            print(
                f"| {family.replace('_', ' ')} | {shares} | {max(s.answers for s in every)} | {kept:.1f} |", flush=True
            )


def main() -> None:
    asked = sys.argv[1:]
    if asked[:1] == ["--families"]:
        families([int(seed) for seed in asked[1:]] or [0])
    else:
        heavy(*map(float, asked))


if __name__ == "__main__":
    main()
