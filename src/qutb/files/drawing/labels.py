"""Texts and block attributes into the plots that hold them: number, use, storeys, zone, area, block, phase.

A text belongs to the plot it lies in; one that lies outside, or in a plot that has such a text of its own,
goes to the nearest plot that lacks it, within a stated reach.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import shapely
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from qutb.files.drawing.figures import FIGURES, figures_of, metres_of, tagged_figure
from qutb.files.drawing.words import clean_text, meaning_of, storeys_of, tag_meaning

__all__ = ["Labels", "labels_of", "parsed_texts"]

_AREA = re.compile(
    r"(?:\b(?:s|surf(?:ace)?|sup(?:erficie)?|area|cont(?:enance)?)|المساحة|مساحة)?\s*[:=.]?\s*"
    r"(\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?)\s*(m²|m2|م²|م2|ha\b|هكتار)",
    re.IGNORECASE,
)
_AREA_SAID = re.compile(
    r"(?:\b(?:s|surf(?:ace)?|sup(?:erficie)?|area|cont(?:enance)?)\b|المساحة|مساحة)\s*[.:=]\s*[:=]?\s*"
    r"(\d[\d \u00a0\u202f]*(?:[.,]\d+)?)",
    re.IGNORECASE,
)
_STOREYS = re.compile(r"(?<![A-Za-z])(?:R|RDC|ط|RC|G|GF)\s*\+\s*\d{1,2}(?:\s*\+\s*[RTM])?", re.IGNORECASE)
_PREFIX = re.compile(
    r"^(?:lots?|lot\s*n[°ºo.]*|n[°ºo.]\s*|num(?:[ée]ro)?|parcelle|plot|parcel|no\.?|بقعة(?:\s*رقم)?|قطعة(?:\s*رقم)?|رقم|ب\.?)"
    r"(?:\s+|(?<=[°º.])|(?=[°º:.\-]))\s*(?:n[°ºo.]*)?[°º:.\-]?\s*(?=\S*\d)",
    re.IGNORECASE,
)
_ID = re.compile(r"[^\W_][\w\-./~]{0,31}|\d+(?:\s?(?:bis|ter))", re.UNICODE)
_BLOCK = re.compile(
    r"^(?:[iîIÎ]lots?|bloc|block|بلوك|جزيرة)(?:\s+|\s*[:n°.\-]+\s*)([^\W_][\w\-.]{0,15})$", re.IGNORECASE
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_WIDTH = re.compile(
    r"(?:\b(?:emprise|largeur|width|(?:lg|l|e|w)\s*[=:])|عرض|(?P<way>\b(?:voie|rue|street|road)|طريق|شارع))"
    r"\D{0,12}?(?P<metres>\d+(?:[.,]\d+)?)(?(way)\s*m|\s*m?)(?![\w%])",
    re.IGNORECASE,
)
_KINDS = ("plot_id", "use", "facility_type", "storeys", "area", "zone_code", "block_id", "phase")
_ZONE_REPEATS = 0.5
_ZONE = re.compile(r"[A-Za-z]{1,4}[-_ ]?\d{0,2}[a-z]?$")
_AREA_OFF = 0.02
_FAR_COST = 1e6
_ALIKE = 0.5  # text heights by which two offsets may differ and still be one
_LABEL_REACH = 8.0  # text heights between the lines of one label at most, where all labels are alike
_MOST = 0.8  # of the texts must have a number at the usual offset
_STACKED = 3.5  # text heights between the lines of one label


@dataclass(eq=False)
class Labels:
    """``by_plot``: a column a meaning, a row a plot; ``strays``: texts with a meaning and no plot."""

    by_plot: pd.DataFrame
    strays: pd.DataFrame
    moved: int = 0
    notes: dict[str, list[str]] = field(default_factory=dict)


def parsed_texts(texts: pd.DataFrame, words: Mapping[str, str]) -> pd.DataFrame:
    """One row a meaning: kind (plot_id, use, storeys, area, zone_code, block_id, phase, width), value, layer, place.

    ``words`` are the user's own (text to use), stronger than the vocabulary.
    """
    own = {_key(word): use for word, use in words.items()}
    said = {pair: _meanings(*pair, own) for pair in set(zip(texts["text"], texts["tag"], strict=True))}
    rows = []
    for row in texts.itertuples(index=False):
        for kind, value in said[row.text, row.tag]:
            rows.append((kind, value, row.layer, row.x_m, row.y_m, row.insert, row.height_m, row.width_m))
    return pd.DataFrame(rows, columns=["kind", "value", "layer", "x_m", "y_m", "insert", "height_m", "width_m"])


def _key(text: str) -> str:
    return " ".join(clean_text(text).casefold().split())


def _meanings(text: str, tag: str, own: Mapping[str, str]) -> list[tuple[str, object]]:
    plain = clean_text(text)
    kind = tag_meaning(tag) if tag else ""
    if kind:
        return _tagged(kind, plain, own)
    found: list[tuple[str, object]] = []
    for line in (part.strip() for part in plain.split("\n")):
        if line:
            found += _line_meanings(line, own)
    if not any(k == "use" for k, _ in found) and "\n" in plain:
        found += [m for m in _words_of(plain.replace("\n", " "), own) if m[0] in ("use", "facility_type")]
    return found


def _tagged(kind: str, plain: str, own: Mapping[str, str]) -> list[tuple[str, object]]:
    if not plain:
        return []
    if kind == "use":
        return _words_of(plain, own)
    if kind in FIGURES:
        return tagged_figure(kind, plain)
    if kind == "storeys" and (height := metres_of(plain)) is not None:
        return [("height_m", height)]
    if kind == "storeys":
        count = storeys_of(plain)
        number = _NUMBER.search(plain)
        value = count if count is not None else float(number.group().replace(",", ".")) if number else None
        return [] if value is None else [("storeys", float(value))]
    if kind == "area":
        number = _NUMBER.search(plain.replace(" ", "").replace("\u00a0", "").replace("\u202f", ""))
        return [("area", float(number.group().replace(",", ".")))] if number else []
    if kind == "level":
        return []
    return [(kind, _PREFIX.sub("", plain) if kind == "plot_id" else plain)]


def _line_meanings(line: str, own: Mapping[str, str]) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    if _key(line) in own:
        return [("use", own[_key(line)])]
    area = _AREA.search(line) or _AREA_SAID.search(line)
    if area:
        found.append(("area", _square_metres(area)))
        line = (line[: area.start()] + " " + line[area.end() :]).strip(" -:;,")
    storeys = storeys_of(line)
    if storeys is not None:
        found.append(("storeys", float(storeys)))
        line = _STOREYS.sub(" ", line).strip(" -:;,")
    figures, rest = figures_of(line)
    words = _words_of(line if any(kind == "dwellings" for kind, _ in figures) else rest, own)
    return [*found, *figures, *words, *(_named(rest, words) if rest else [])]


def _named(line: str, words: list[tuple[str, object]]) -> list[tuple[str, object]]:
    """The block, number, width or zone that a line names."""
    if (block := _BLOCK.fullmatch(line)) is not None:
        return [("block_id", block.group(1))]
    rest = _PREFIX.sub("", line).strip(" .:;,)")
    if _ID.fullmatch(rest) and any(c.isdigit() for c in rest) and not (words and rest == line and " " in line):
        return [("plot_id", rest)]
    if (width := _WIDTH.search(line)) is not None:
        return [("width", float(width["metres"].replace(",", ".")))]
    told = meaning_of(line)
    is_way = told.street_class or told.role in ("ways", "streets")
    return [("zone_code", rest)] if _ZONE.fullmatch(rest) and not is_way else []


def _square_metres(found: re.Match[str]) -> float:
    number = float(re.sub(r"[ \u00a0\u202f]", "", found.group(1)).replace(",", "."))
    unit = found.group(2).lower() if found.re.groups > 1 else "m2"
    return number * 10_000 if unit in ("ha", "هكتار") else number


def _words_of(line: str, own: Mapping[str, str]) -> list[tuple[str, object]]:
    if _key(line) in own:
        return [("use", own[_key(line)])]
    if not any(c.isalpha() for c in line):
        return []
    told = meaning_of(line)
    if not told.use:
        return []
    return [("use", told.use), *([("facility_type", told.facility_type)] if told.facility_type else [])]


# into plots ----------------------------------------------------------------------------------------------


def labels_of(parsed: pd.DataFrame, plots: pd.DataFrame, reach_m: float) -> Labels:
    """Meanings by plot (rows of ``plots``, in order). Words written with a number go where the number goes."""
    shapes = plots["geometry"].to_numpy()
    parsed = _with_areas_and_zones(parsed, shapes)
    by_plot = pd.DataFrame(index=plots.index)
    strays, moved = [], 0
    numbers, number_owner = parsed.iloc[:0], np.empty(0, dtype=int)
    for kind in (*_KINDS, *FIGURES):
        rows = parsed[parsed["kind"] == kind].reset_index(drop=True)
        alone = kind in ("plot_id", "area", "use")
        owner = np.full(len(rows), -1) if kind == "plot_id" else _beside_numbers(rows, numbers, number_owner)
        owner, hops = _owners(rows, plots, shapes, reach_m, owner, alone=alone)
        if kind == "plot_id":
            moved, numbers, number_owner = hops, rows, owner
        held = owner >= 0
        values = pd.Series(rows["value"].to_numpy()[held], index=owner[held])
        best = values[~values.index.duplicated()]
        by_plot[kind] = best.reindex(range(len(plots))).to_numpy()
        strays.append(rows[~held])
    by_plot["plot_id"] = by_plot["plot_id"].astype(object).where(by_plot["plot_id"].notna(), _lone_codes(by_plot))
    if by_plot["plot_id"].isna().all():  # a plan of blocks: theirs are the numbers
        by_plot["plot_id"] = by_plot["block_id"].where(~by_plot["block_id"].duplicated(keep=False), None)
    known = [s for s in strays if len(s)]
    return Labels(by_plot, pd.concat(known, ignore_index=True) if known else parsed.iloc[:0], moved)


def _lone_codes(by_plot: pd.DataFrame) -> pd.Series:
    """Codes with a number that one plot alone bears, such as EV 12: its name where no other is written."""
    codes = by_plot["zone_code"].astype(object)
    numbered = codes.map(lambda c: isinstance(c, str) and any(x.isdigit() for x in c))
    return codes.where(numbered & ~codes.duplicated(keep=False), None)


def _with_areas_and_zones(parsed: pd.DataFrame, shapes: np.ndarray) -> pd.DataFrame:
    """What looks like a number of a plot but is its area, or a code that many plots share."""
    parsed = parsed.copy()
    ids = parsed[parsed["kind"] == "plot_id"]
    for _, rows in ids.groupby("layer", sort=True):
        plain = rows[rows["value"].astype(str).str.fullmatch(r"\d+(?:[.,]\d+)?")]
        if len(plain) >= 3 and _are_areas(plain, shapes):
            parsed.loc[plain.index, "kind"] = "area"
            parsed.loc[plain.index, "value"] = [float(str(v).replace(",", ".")) for v in plain["value"]]
            continue
        codes = rows[rows["value"].astype(str).str.fullmatch(_ZONE)]
        if len(codes) >= 5 and codes["value"].nunique() < _ZONE_REPEATS * len(codes):
            parsed.loc[codes.index, "kind"] = "zone_code"
    return parsed


def _are_areas(rows: pd.DataFrame, shapes: np.ndarray) -> bool:
    points = shapely.points(rows[["x_m", "y_m"]].to_numpy(dtype=float))
    text, plot = shapely.STRtree(shapes).query(points, predicate="within")
    if not len(text):
        return False
    said = np.array([float(str(v).replace(",", ".")) for v in rows["value"]])[text]
    area = shapely.area(shapes)[plot]
    return bool(np.median(np.abs(said - area) / area) < _AREA_OFF)


def _owners(
    rows: pd.DataFrame, plots: pd.DataFrame, shapes: np.ndarray, reach_m: float, known: np.ndarray, *, alone: bool
) -> tuple[np.ndarray, int]:
    """The plot of each text (-1 for none) and how many texts went to a plot they do not lie in."""
    if not len(rows) or not len(shapes):
        return known, 0
    points = shapely.points(rows[["x_m", "y_m"]].to_numpy(dtype=float))
    owner = _by_insert(rows, plots)
    owner = np.where(owner < 0, known, owner)
    free = np.flatnonzero(owner < 0)
    text, plot = shapely.STRtree(shapes).query(points[free], predicate="intersects")
    order = np.argsort(-shapely.area(shapes[plot]), kind="stable")
    owner[free[text[order]]] = plot[order]
    crowded = _crowded(owner, rows) if alone else np.zeros(len(rows), dtype=bool)
    loose = np.flatnonzero((owner < 0) | crowded)
    if not len(loose):
        return owner, 0
    return _settled(owner, loose, points, shapes, reach_m)


def _beside_numbers(rows: pd.DataFrame, numbers: pd.DataFrame, owner: np.ndarray) -> np.ndarray:
    """The plot of the number a text goes with: of the same insert, at the offset usual in the drawing, or stacked."""
    found = np.full(len(rows), -1)
    numbers, owner = numbers[owner >= 0], owner[owner >= 0]
    of_insert = pd.Series(owner, index=numbers["insert"].to_numpy())
    of_insert = of_insert[(of_insert.index >= 0) & ~of_insert.index.duplicated(keep=False)]
    inserted = rows["insert"].isin(of_insert.index).to_numpy()
    found[inserted] = of_insert.reindex(rows["insert"][inserted]).to_numpy()
    here, there = (np.flatnonzero(t["insert"] < 0) for t in (rows, numbers))
    for pairs in (_stacked, _at_usual_offset):
        text, number = pairs(rows.iloc[here], numbers.iloc[there])
        found[here[text]] = owner[there[number]]
    return found


def _at_usual_offset(rows: pd.DataFrame, numbers: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Pairs at the one offset at which nearly every text has a number: labels written line by line, all alike.

    In narrow plots a second line lies in the next plot, nearer to its number than to its own. Lines of one label
    share their middle or their left end.
    """
    if not len(rows) or not len(numbers):
        return np.empty(0, dtype=int), np.empty(0, dtype=int)
    by_align = [_at_one_offset(_places(rows, align), _places(numbers, align), rows) for align in (0.0, 0.5)]
    return max(by_align, key=lambda pairs: len(pairs[0]))


def _places(texts: pd.DataFrame, align: float) -> np.ndarray:
    """Middles of texts moved to the left by a share of their width."""
    left = align * texts["width_m"].to_numpy(dtype=float)
    return np.column_stack([texts["x_m"].to_numpy(dtype=float) - left, texts["y_m"].to_numpy(dtype=float)])


def _at_one_offset(here: np.ndarray, there: np.ndarray, rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    height = float(np.median(rows["height_m"]))
    text, number = shapely.STRtree(shapely.points(there)).query(
        shapely.points(here), predicate="dwithin", distance=_LABEL_REACH * height
    )
    offset = here[text] - there[number]
    cells = pd.DataFrame(np.round(offset / (_ALIKE * height)), columns=["x", "y"])
    counts = cells.groupby(["x", "y"]).size()
    if not len(counts):
        return text, number
    usual = offset[(cells[["x", "y"]] == counts.idxmax()).all(axis=1)].mean(axis=0)
    alike = np.flatnonzero(np.hypot(*(offset - usual).T) <= _ALIKE * height)
    once = alike[~pd.Series(text[alike]).duplicated(keep=False).to_numpy()]
    once = once if len(once) >= _MOST * len(rows) else once[:0]
    return text[once], number[once]


def _stacked(rows: pd.DataFrame, numbers: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of texts and numbers that are each other's nearest, a few lines apart."""
    if not len(rows) or not len(numbers):
        return np.empty(0, dtype=int), np.empty(0, dtype=int)
    here, there = (shapely.points(t[["x_m", "y_m"]].to_numpy(dtype=float)) for t in (rows, numbers))
    (text, number), distance = shapely.STRtree(there).query_nearest(here, return_distance=True, all_matches=False)
    back = shapely.STRtree(here).nearest(there)
    apart = shapely.distance(here[back[number]], there[number])  # as near counts: a label may say two things at once
    height = np.maximum(rows["height_m"].to_numpy()[text], numbers["height_m"].to_numpy()[number])
    close = (distance <= _STACKED * height) & (distance <= apart + 1e-9)
    return text[close], number[close]


def _by_insert(rows: pd.DataFrame, plots: pd.DataFrame) -> np.ndarray:
    """Attributes of an insert whose block draws one plot belong to that plot."""
    inserts = plots["insert"].to_numpy()
    numbers, count = np.unique(inserts[inserts >= 0], return_counts=True)
    single = numbers[count == 1]
    of_insert = pd.Series(np.arange(len(plots)), index=inserts)
    of_insert = of_insert[of_insert.index.isin(single)]
    return of_insert.reindex(rows["insert"]).fillna(-1).to_numpy().astype(int)


def _crowded(owner: np.ndarray, rows: pd.DataFrame) -> np.ndarray:
    """Texts in a plot that holds several different ones."""
    table = pd.DataFrame({"owner": owner, "value": rows["value"].astype(str)})
    held = table[table["owner"] >= 0].drop_duplicates()
    many = held["owner"].value_counts()
    crowded: np.ndarray = table["owner"].isin(many[many > 1].index).to_numpy()
    return crowded


def _settled(
    owner: np.ndarray, loose: np.ndarray, points: np.ndarray, shapes: np.ndarray, reach_m: float
) -> tuple[np.ndarray, int]:
    """Loose texts to plots that have none, so that the sum of distances is least, group by group."""
    before = owner.copy()
    owner[loose] = -1
    taken = np.zeros(len(shapes), dtype=bool)
    taken[owner[owner >= 0]] = True
    text, plot = shapely.STRtree(shapes).query(points[loose], predicate="dwithin", distance=max(reach_m, 0.001))
    open_plots = ~taken[plot]
    text, plot = text[open_plots], plot[open_plots]
    middle = shapely.centroid(shapes[plot])
    size = np.sqrt(shapely.area(shapes[plot]))
    cost = shapely.distance(points[loose[text]], shapes[plot]) + 0.2 * np.minimum(
        shapely.distance(points[loose[text]], middle) / np.maximum(size, 1e-6), 5.0
    )
    for texts, plots, prices in _groups(text, plot, cost):
        grid = np.full((texts.max() + 1, plots.max() + 1), _FAR_COST)
        grid[texts, plots] = prices[0]
        rows, columns = linear_sum_assignment(grid)
        good = grid[rows, columns] < _FAR_COST
        owner[loose[prices[1][rows[good]]]] = prices[2][columns[good]]
    lost = loose[(owner[loose] < 0) & (before[loose] >= 0)]
    owner[lost] = before[lost]
    return owner, int((owner[loose] != before[loose]).sum())


def _groups(
    text: np.ndarray, plot: np.ndarray, cost: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray, np.ndarray]]]:
    """Pairs by connected group, with small numbers of their own."""
    if not len(text):
        return []
    width = int(text.max()) + 1
    size = width + int(plot.max()) + 1
    _, label = connected_components(coo_array((np.ones(len(text)), (text, width + plot)), shape=(size, size)), False)
    found = []
    order = np.argsort(label[text], kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(label[text][order])) + 1):
        texts, rows = np.unique(text[part], return_inverse=True)
        plots, columns = np.unique(plot[part], return_inverse=True)
        found.append((rows, columns, (cost[part], texts, plots)))
    return found
