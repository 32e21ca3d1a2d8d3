"""What each plot is for: its layer, else its text, else the hatch on it, the outline around it, its height."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import shapely

from qutb.files.drawing.answers import Answers, LayerAnswer
from qutb.files.drawing.figures import FIGURES
from qutb.files.drawing.labels import Labels
from qutb.files.drawing.plots import Outlines
from qutb.files.drawing.scan import use_of_storeys

__all__ = ["with_uses"]

_GENERIC = ("facility", "sport", "worship")  # a text that names a facility says more exactly what these are
_DEFAULT = "land_reserve"


def with_uses(
    outlines: Outlines, labels: Labels, blocks: pd.DataFrame, parsed: pd.DataFrame, answers: Answers
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Plots with use, facility_type, storeys, zone_code, block_id, phase; how many got their use from what."""
    plots, said = outlines.plots, labels.by_plot
    layers = {name: answers.layers.get(name) for name in plots["layer"].unique()}
    own = _of_layer(plots, layers, "use")
    text = _plain(said["use"])
    hatch, outline = _given(plots, outlines.givers, "hatch"), _given(plots, outlines.givers, "ring")
    around = _zone_texts(plots, outlines.givers, blocks, parsed)
    colour = plots["colour"].map(lambda c: answers.colours.get(str(c), "")).astype(object)
    storeys = pd.to_numeric(said["storeys"], errors="coerce").fillna(_layer_storeys(plots, layers))
    height = storeys.map(lambda n: use_of_storeys(n) if np.isfinite(n) else "").astype(object)
    exact = own.isin(_GENERIC) & (_plain(said["facility_type"]) != "")
    steps = {
        "text": text.where(exact, ""),
        "layer": own,
        "text ": text,
        "legend": plots["use"].astype(object),
        "hatch": hatch,
        "outline": outline,
        "text around": around,
        "colour": colour,
        "storeys": height,
    }
    use, by = pd.Series("", index=plots.index, dtype=object), pd.Series("", index=plots.index, dtype=object)
    for name, offered in steps.items():
        fits = (use == "") & (offered.to_numpy() != "")
        use, by = use.mask(fits, offered.to_numpy()), by.mask(fits, name.strip())
    by = by.where(use != "", "default")
    use = use.where(use != "", answers.default_use or _DEFAULT)
    facility = _plain(said["facility_type"]).where(by == "text", "")
    facility = facility.where(facility != "", _of_layer(plots, layers, "facility_type").where(by == "layer", ""))
    table = pd.DataFrame(
        {
            "detail": answers.detail or _detail(plots),
            "use": use,
            "facility_type": facility.where(facility != "", None),
            "storeys": storeys,
            "zone_code": said["zone_code"].astype(object),
            "block_id": _block_ids(plots, blocks, outlines.givers, said, parsed),
            "phase": said["phase"].astype(object).where(said["phase"].notna(), _phase(plots, layers)),
            "area_said_m2": pd.to_numeric(said["area"], errors="coerce"),
            **{name: pd.to_numeric(said[name], errors="coerce") for name in FIGURES},
            "use_from": by,
            "tags": plots["tags"],
            "layer": plots["layer"],
            "geometry": plots["geometry"].to_numpy(),
        }
    )
    return table, {str(k): int(v) for k, v in by.value_counts().items()}


def _plain(values: pd.Series) -> pd.Series:
    return values.astype(object).where(values.notna(), "").astype(object)


def _of_layer(plots: pd.DataFrame, layers: Mapping[str, LayerAnswer | None], column: str) -> pd.Series:
    told = {name: getattr(answer, column, "") or "" for name, answer in layers.items()}
    return plots["layer"].map(told).astype(object)


def _layer_storeys(plots: pd.DataFrame, layers: Mapping[str, LayerAnswer | None]) -> pd.Series:
    told = {name: getattr(answer, "storeys", None) for name, answer in layers.items()}
    return pd.to_numeric(plots["layer"].map(told), errors="coerce")


def _phase(plots: pd.DataFrame, layers: Mapping[str, LayerAnswer | None]) -> pd.Series:
    phase = _of_layer(plots, layers, "phase")
    return phase.where(phase != "", None)


def _detail(plots: pd.DataFrame) -> str:
    """The grain by the size of plots: lots, else blocks, else zones."""
    median = float(np.median(shapely.area(plots["geometry"].to_numpy())))
    return "lot" if median < 3_000 else "block" if median < 40_000 else "zone"


def _given(plots: pd.DataFrame, givers: pd.DataFrame, kind: str) -> pd.Series:
    """The use of the smallest shape of a kind that lies over a plot's middle."""
    found = np.full(len(plots), "", dtype=object)
    some = givers[(givers["kind"] == kind) & (givers["use"] != "")]
    if len(some):
        shapes = some["geometry"].to_numpy()
        middles = shapely.point_on_surface(plots["geometry"].to_numpy())
        plot, giver = shapely.STRtree(shapes).query(middles, predicate="within")
        order = np.argsort(-shapely.area(shapes[giver]), kind="stable")
        found[plot[order]] = some["use"].to_numpy()[giver[order]]
    return pd.Series(found, dtype=object)


def _zone_texts(plots: pd.DataFrame, givers: pd.DataFrame, blocks: pd.DataFrame, parsed: pd.DataFrame) -> pd.Series:
    """The use written once in an outline or block, outside any plot that it could mean alone."""
    zones = pd.concat([givers[givers["kind"] == "ring"], blocks], ignore_index=True)
    words = parsed[parsed["kind"] == "use"]
    found = np.full(len(plots), "", dtype=object)
    if not len(zones) or not len(words):
        return pd.Series(found, dtype=object)
    shapes = zones["geometry"].to_numpy()
    points = shapely.points(words[["x_m", "y_m"]].to_numpy(dtype=float))
    word, zone = shapely.STRtree(shapes).query(points, predicate="within")
    told = pd.DataFrame({"zone": zone, "use": words["value"].to_numpy()[word]})
    only = told.groupby("zone")["use"].agg(["nunique", "first"])
    only = only[only["nunique"] == 1]["first"]
    middles = shapely.point_on_surface(plots["geometry"].to_numpy())
    plot, around = shapely.STRtree(shapes).query(middles, predicate="within")
    known = np.isin(around, only.index)
    plot, around = plot[known], around[known]
    order = np.argsort(-shapely.area(shapes[around]), kind="stable")
    found[plot[order]] = only.reindex(around[order]).to_numpy()
    return pd.Series(found, dtype=object)


def _block_ids(
    plots: pd.DataFrame, blocks: pd.DataFrame, givers: pd.DataFrame, said: pd.DataFrame, parsed: pd.DataFrame
) -> pd.Series:
    """The block each plot lies in: by its own text, else by the outline on the layer of blocks."""
    ids = said["block_id"].astype(object)
    if not len(blocks):
        return ids.where(ids.notna(), None)
    shapes = blocks["geometry"].to_numpy()
    names = _names_of(shapes, parsed)
    middles = shapely.point_on_surface(plots["geometry"].to_numpy())
    plot, block = shapely.STRtree(shapes).query(middles, predicate="within")
    order = np.argsort(-shapely.area(shapes[block]), kind="stable")
    found = np.full(len(plots), None, dtype=object)
    found[plot[order]] = names[block[order]]
    return ids.where(ids.notna(), pd.Series(found, index=ids.index))


def _names_of(blocks: np.ndarray, parsed: pd.DataFrame) -> np.ndarray:
    """The name written in each block, else its number in the drawing."""
    names = np.array([f"B{n + 1}" for n in range(len(blocks))], dtype=object)
    words = parsed[parsed["kind"] == "block_id"]
    if len(words):
        points = shapely.points(words[["x_m", "y_m"]].to_numpy(dtype=float))
        word, block = shapely.STRtree(blocks).query(points, predicate="within")
        names[block[::-1]] = words["value"].to_numpy()[word[::-1]]
    return names
