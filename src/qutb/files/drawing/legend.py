"""The legend drawn on a plan: small equal boxes in a column, each with a word beside it, tell what colours mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely

__all__ = ["Legend", "legend_of"]

_BESIDE = (4.0, 12.0)  # from a box to the middle of its word: widths of the box, and heights of the word
_TALL = 12.0  # a box in heights of its word
_CLEAR = 0.25  # heights of a box to the next shape of another size
_EQUAL = 0.01
_LEAST = 2


@dataclass(frozen=True, eq=False)
class Legend:
    """``boxes`` marks the rows that are boxes; ``colours`` and ``layers`` are what they say, to uses."""

    boxes: np.ndarray
    colours: Mapping[int, str] = field(default_factory=dict)
    layers: Mapping[str, str] = field(default_factory=dict)

    def uses(self, rows: pd.DataFrame) -> np.ndarray:
        """The use of each row: by its layer where the legend tells layers apart, else by its colour."""
        layer = rows["layer"].map(self.layers)
        return np.array(layer.where(layer.notna(), rows["colour"].map(self.colours)).fillna(""), dtype=object)


def legend_of(rows: pd.DataFrame, parsed: pd.DataFrame) -> Legend:
    """The legend among closed ``rows``; empty unless boxes of one size tell two uses or more.

    A box stands clear of shapes of other sizes, holds no number and has a word of use beside it, which no plot holds.
    """
    boxes = np.zeros(len(rows), dtype=bool)
    words = parsed[parsed["kind"] == "use"].reset_index(drop=True)
    if len(rows) < _LEAST or len(words) < _LEAST:
        return Legend(boxes)
    shapes = rows["geometry"].to_numpy()
    pairs = _pairs(shapes, words)
    together = rows["insert"].to_numpy()[pairs["box"]] == words["insert"].to_numpy()[pairs["word"]]
    pairs = pairs[together & ~pairs["box"].isin(_numbered(shapes, parsed))]
    pairs = pairs[pairs.groupby("size")["use"].transform("nunique") >= _LEAST]
    if pairs.empty:
        return Legend(boxes)
    told = pairs[pairs["size"] == pairs["size"].value_counts().index[0]]
    told = told.assign(**{c: rows[c].to_numpy()[told["box"]] for c in ("layer", "colour")})
    colours, layers = _sole(told, "colour"), _sole(told, "layer")
    boxes[told["box"]] = bool(colours or layers)
    return Legend(boxes, colours, layers)


def _numbered(shapes: np.ndarray, parsed: pd.DataFrame) -> np.ndarray:
    """Shapes that hold the number of a plot."""
    numbers = parsed[parsed["kind"] == "plot_id"]
    points = shapely.points(numbers[["x_m", "y_m"]].to_numpy(dtype=float))
    return np.unique(shapely.STRtree(shapes).query(points, predicate="within")[1])


def _sole(told: pd.DataFrame, key: str) -> dict[Any, str]:
    """The keys that stand for one use alone, if several uses are told apart by them."""
    by = told.groupby(key)["use"].agg(["nunique", "first"])
    sole = by.loc[by["nunique"] == 1, "first"]
    return dict(sole) if sole.nunique() >= _LEAST else {}


def _pairs(shapes: np.ndarray, words: pd.DataFrame) -> pd.DataFrame:
    """Boxes with the word on their row: box, word, use, and the size they share with others."""
    low_x, low_y, high_x, high_y = shapely.bounds(shapes).T
    sides = np.column_stack([high_x - low_x, high_y - low_y])
    x, y, text = (words[c].to_numpy(dtype=float) for c in ("x_m", "y_m", "height_m"))
    small = np.flatnonzero(high_y - low_y <= _TALL * text.max())
    places = shapely.points(x, y)
    reach = float(_BESIDE[0] * (high_x - low_x)[small].max(initial=0.0) + _BESIDE[1] * text.max())
    word, near = shapely.STRtree(shapes[small]).query(places, predicate="dwithin", distance=reach)
    box = small[near]
    aside = np.maximum(low_x[box] - x[word], x[word] - high_x[box])
    level = np.abs(y[word] - (low_y + high_y)[box] / 2) <= (high_y - low_y)[box] / 2
    wide = aside <= _BESIDE[0] * (high_x - low_x)[box] + _BESIDE[1] * text[word]
    fits = level & wide & (aside > 0) & ((high_y - low_y)[box] <= _TALL * text[word])
    pairs = pd.DataFrame({"box": box, "word": word, "aside": aside.round(6)})[fits]
    nearest = pairs["aside"] == pairs.groupby("word")["aside"].transform("min")  # outline and fill of one box
    pairs = pairs[nearest]
    pairs = pairs[~_in_another(places, shapes, pairs) & _clear(shapes, sides, pairs["box"].to_numpy())]
    return pairs.assign(use=words["value"].to_numpy()[pairs["word"]], size=_sizes(sides[pairs["box"]]))


def _sizes(sides: np.ndarray) -> np.ndarray:
    """The number of the group of equal boxes that each is of."""
    groups = np.empty(sides.shape, dtype=int)
    for axis in (0, 1):
        order = np.argsort(sides[:, axis], kind="stable")
        inorder = sides[order, axis]
        groups[order, axis] = np.cumsum(np.diff(inorder, prepend=inorder[:1]) > _EQUAL * inorder)
    return np.array(groups[:, 0] * (len(sides) + 1) + groups[:, 1])


def _in_another(places: np.ndarray, shapes: np.ndarray, pairs: pd.DataFrame) -> np.ndarray:
    """Words that lie in a shape which does not hold the box as well: they belong to that shape."""
    row, holder = shapely.STRtree(shapes).query(places[pairs["word"]], predicate="within")
    own = shapely.contains(shapes[holder], shapes[pairs["box"].to_numpy()[row]])
    held = np.zeros(len(pairs), dtype=bool)
    held[row[~own]] = True
    return held


def _clear(shapes: np.ndarray, sides: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Boxes that no shape of another size comes near, other than a frame around them."""
    bounds = shapely.bounds(shapes[boxes])
    reach = _CLEAR * (bounds[:, 3] - bounds[:, 1])
    row, other = shapely.STRtree(shapes).query(shapes[boxes], predicate="dwithin", distance=reach)
    equal = (np.abs(sides[other] - sides[boxes[row]]) <= _EQUAL * sides[boxes[row]]).all(axis=1)
    close = ~equal & ~shapely.contains(shapes[other], shapes[boxes[row]])
    clear = np.ones(len(boxes), dtype=bool)
    clear[row[close]] = False
    return clear
