"""Where coordinates are: one projected system in metres, and a change of datum only when it is known.

PROJ answers a missing datum shift with a "ballpark" one and says nothing; at El Argoub that is 256 m. Here
the choice is asked for: ``shift`` uses the parameters PROJ has for these two datums elsewhere, ``as_is``
takes the coordinates as if both datums were one.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import shapely
from pyproj import CRS, Geod, Transformer
from pyproj.aoi import AreaOfInterest
from pyproj.exceptions import CRSError, ProjError
from pyproj.transformer import TransformerGroup

from qutb.core import CrsError, Finding
from qutb.plan import LOCAL_CRS

__all__ = ["Datum", "Reading", "code_of", "metric_crs", "reading_of", "returning", "transformed", "transformer_between"]

Datum = Literal["shift", "as_is"]
Bounds = tuple[float, float, float, float]
_MERCATORS = {"3857", "3785", "900913", "3395", "54004"}
_FAR_DEG = 2.0


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a file's coordinates are read: target ``crs``, a transformer for each layer that moves, notes."""

    crs: str
    transformers: Mapping[str, Transformer] = field(default_factory=dict)
    notes: tuple[Finding, ...] = ()


def metric_crs(code: str) -> CRS:
    """The system named ``"EPSG:n"``, if it is projected in metres and keeps areas near their true size."""
    try:
        crs = CRS.from_user_input(code)
    except CRSError:
        raise CrsError("FILE-CRS-UNKNOWN", code) from None
    _refuse_unmetric(crs, code)
    return crs


def reading_of(
    sources: Mapping[str, str | None],
    bounds: Bounds | None,
    *,
    crs: str | None = None,
    datum: Datum | None = None,
    where: str = "",
) -> Reading:
    """How layers with these source systems are read into one; raises ``CrsError`` where it must be asked."""
    known = {name: _source(text, bounds) for name, text in sources.items()}
    if crs == LOCAL_CRS:
        return _local(known, where)
    distinct = {code_of(c) if c else "" for c in known.values()}
    if crs is None:
        return _own(known, distinct, bounds, where)
    target = metric_crs(crs)
    moves = {name: source for name, source in known.items() if source is not None and not _same(source, target)}
    transformers = {n: transformer_between(s, target, bounds, datum=datum, where=where) for n, s in moves.items()}
    notes = [_note("FILE-CRS-REPROJECTED", where, source=code_of(s), target=crs) for s in _unique(moves)]
    if datum:
        notes += [_shift_note(t, datum, where) for t in {t.definition: t for t in transformers.values()}.values()]
    if any(source is None for source in known.values()):
        notes.append(_note("FILE-CRS-ASSIGNED", where, target=crs))
    if not moves:
        notes += _far(target, bounds, crs, where)
    return Reading(crs=crs, transformers=transformers, notes=tuple(notes))


def transformer_between(
    source: CRS, target: CRS, bounds: Bounds | None, *, datum: Datum | None = None, where: str = ""
) -> Transformer:
    """The best transformation at the place of ``bounds`` (in ``source``); asks where PROJ would only guess."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a finer grid is not installed: the next best is taken
        group = TransformerGroup(source, target, always_xy=True, area_of_interest=_interest(source, bounds))
    sure = [t for t in group.transformers if t.accuracy >= 0 and _covers(t, source, bounds)]
    if sure:
        return sure[0]
    beyond = [t for t in group.transformers if t.accuracy >= 0] or _elsewhere(source, target)
    if datum is None:
        params = {
            "source": code_of(source),
            "target": code_of(target),
            "metres": _between(source, target, beyond, bounds),
        }
        raise CrsError("FILE-DATUM-CHOICE" if beyond else "FILE-DATUM-UNKNOWN", where, **params)
    if datum == "shift" and beyond:
        return beyond[0]
    if datum == "as_is":
        return _as_is(source, target)
    raise CrsError("FILE-DATUM-UNKNOWN", where, source=code_of(source), target=code_of(target), metres=0.0)


def transformed(shapes: np.ndarray, transformer: Transformer | None) -> np.ndarray:
    """Shapes moved by ``transformer``; a point it cannot place raises ``CrsError``."""
    if transformer is None:
        return shapes
    try:
        moved: np.ndarray = shapely.transform(
            shapes, lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1], errcheck=True))
        )
    except ProjError as fault:
        raise CrsError("FILE-CRS-OUTSIDE", "", fault=str(fault)) from fault
    return moved


def returning(shapes: np.ndarray, transformer: Transformer) -> np.ndarray:
    """Shapes moved so that the way back gives them again.

    A shift of datum in the plane drops the height and so loses some millimetres each way; one correction by
    what the way back misses leaves less than a micrometre, at no cost beside the shift's accuracy of metres.
    """

    def there(xy: np.ndarray) -> np.ndarray:
        back = transformer.transform(*transformer.transform(*xy.T), direction="INVERSE")
        return np.column_stack(transformer.transform(*(2 * xy.T - np.array(back)), errcheck=True))

    try:
        moved: np.ndarray = shapely.transform(shapes, there)
    except ProjError as fault:
        raise CrsError("FILE-CRS-OUTSIDE", "", fault=str(fault)) from fault
    return moved


def code_of(crs: CRS) -> str:
    """``"EPSG:n"`` where the system has a code, else its name."""
    authority = crs.to_authority(min_confidence=70)
    return ":".join(authority) if authority else str(crs.name)


def _source(text: str | None, bounds: Bounds | None) -> CRS | None:
    """The file's system; ``None`` where it has none, is a bare plane, or says degrees and holds metres."""
    if not text:
        return None
    try:
        crs = CRS.from_user_input(text)
    except CRSError:
        raise CrsError("FILE-CRS-UNKNOWN", text[:60]) from None
    if crs.is_engineering or crs.name.lower().startswith(("undefined", "unknown")):
        return None
    beyond = bounds is not None and (max(map(abs, bounds[::2])) > 361 or max(map(abs, bounds[1::2])) > 91)
    return None if crs.is_geographic and beyond else crs


def _local(known: Mapping[str, CRS | None], where: str) -> Reading:
    for crs in known.values():
        if crs is not None and crs.is_geographic:
            raise CrsError("FILE-CRS-GEOGRAPHIC", where, source=code_of(crs), suggestion="EPSG:n")
    dropped = [_note("FILE-CRS-DROPPED", where, source=code_of(c)) for c in _unique(known) if c is not None]
    return Reading(crs=LOCAL_CRS, notes=tuple(dropped))


def _own(known: Mapping[str, CRS | None], distinct: set[str], bounds: Bounds | None, where: str) -> Reading:
    if "" in distinct or not distinct:
        raise CrsError("FILE-CRS-MISSING", where)
    if len(distinct) > 1:
        raise CrsError("FILE-CRS-MIXED", where, found=", ".join(sorted(distinct)))
    crs = next(c for c in known.values() if c is not None)
    if crs.is_geographic:
        raise CrsError("FILE-CRS-GEOGRAPHIC", where, source=code_of(crs), suggestion=_utm(bounds))
    _refuse_unmetric(crs, where)
    code = code_of(crs)
    if not code.startswith("EPSG:"):
        raise CrsError("FILE-CRS-NO-CODE", where, source=code)
    return Reading(crs=code, notes=tuple(_far(crs, bounds, code, where)))


def _refuse_unmetric(crs: CRS, where: str) -> None:
    if crs.is_geographic:
        raise CrsError("FILE-CRS-GEOGRAPHIC", where, source=code_of(crs), suggestion="EPSG:n")
    axes = crs.axis_info
    if not crs.is_projected or not axes or any(abs(a.unit_conversion_factor - 1) > 1e-12 for a in axes[:2]):
        raise CrsError("FILE-CRS-NOT-METRIC", where, source=code_of(crs))
    if code_of(crs).rpartition(":")[2] in _MERCATORS:
        raise CrsError("FILE-CRS-MERCATOR", where, source=code_of(crs))


def _same(one: CRS, other: CRS) -> bool:
    return one.equals(other, ignore_axis_order=True) or code_of(one) == code_of(other)


def _centre(bounds: Bounds | None) -> tuple[float, float] | None:
    return None if bounds is None else ((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2)


def _degrees(crs: CRS, bounds: Bounds | None) -> tuple[float, float] | None:
    """Longitude and latitude of the centre on the system's own datum, which needs no shift."""
    centre, base = _centre(bounds), crs.geodetic_crs
    if centre is None or base is None:
        return None
    x, y = Transformer.from_crs(crs, base, always_xy=True).transform(*centre)
    return (x, y) if np.isfinite([x, y]).all() else None


def _interest(crs: CRS, bounds: Bounds | None) -> AreaOfInterest | None:
    place = _degrees(crs, bounds)
    if place is None or not (-180 <= place[0] <= 180 and -90 <= place[1] <= 90):
        return None
    return AreaOfInterest(place[0], place[1], place[0], place[1])


def _covers(transformer: Transformer, crs: CRS, bounds: Bounds | None) -> bool:
    place, area = _degrees(crs, bounds), transformer.area_of_use
    return place is None or area is None or _inside(place, area.bounds, 0.0)


def _inside(place: tuple[float, float], area: Bounds, margin: float) -> bool:
    west, south, east, north = area
    across = west - margin <= place[0] <= east + margin if west <= east else place[0] >= west or place[0] <= east
    return across and south - margin <= place[1] <= north + margin


def _elsewhere(source: CRS, target: CRS) -> list[Transformer]:
    """The shift PROJ has between the two datums in any area, put between the two projections."""
    one, other = source.geodetic_crs, target.geodetic_crs
    if one is None or other is None:
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        group = TransformerGroup(one, other, always_xy=True)
    sure = [t for t in group.transformers if t.accuracy >= 0]
    return [_chained(source, sure[0], target)] if sure else []


def _chained(source: CRS, shift: Transformer, target: CRS) -> Transformer:
    return Transformer.from_pipeline(_pipeline(source, shift.definition, target))


def _as_is(source: CRS, target: CRS) -> Transformer:
    return Transformer.from_pipeline(_pipeline(source, "", target))


def _pipeline(source: CRS, shift: str, target: CRS) -> str:
    """Unproject, shift, project: metres east and north in and out."""
    middle = _steps(shift)
    return "+proj=pipeline " + " ".join(
        [*_steps(_projection(source, inverse=True)), *middle, *_steps(_projection(target))]
    )


def _steps(definition: str) -> list[str]:
    body = definition.strip()
    if not body:
        return []
    words = [w if w.startswith("+") else f"+{w}" for w in body.split()]
    text = " ".join(w for w in words if w != "+proj=pipeline")
    if not text.startswith("+step"):
        text = f"+step {text}"
    return [f"+step {part.strip()}" for part in text.split("+step") if part.strip()]


def _projection(crs: CRS, *, inverse: bool = False) -> str:
    one, other = (crs, crs.geodetic_crs) if inverse else (crs.geodetic_crs, crs)
    return str(Transformer.from_crs(one, other, always_xy=True).definition)


def _between(source: CRS, target: CRS, beyond: list[Transformer], bounds: Bounds | None) -> float:
    """Metres between the two readings at the centre."""
    centre = _centre(bounds)
    if centre is None or not beyond:
        return 0.0
    one, other = (t.transform(*centre) for t in (beyond[0], _as_is(source, target)))
    if target.is_geographic:
        return round(Geod(ellps="WGS84").inv(*one, *other)[2], 1)
    return round(float(np.hypot(one[0] - other[0], one[1] - other[1])), 1)


def _far(crs: CRS, bounds: Bounds | None, code: str, where: str) -> list[Finding]:
    place, area = _degrees(crs, bounds), crs.area_of_use
    if bounds is None or area is None or (place is not None and _inside(place, area.bounds, _FAR_DEG)):
        return []
    x, y = _centre(bounds) or (0.0, 0.0)
    return [
        Finding(
            code="FILE-CRS-FAR",
            severity="warning",
            where=(f"xy:{x:.1f},{y:.1f}",),
            params={"file": where, "crs": code, "degrees": [round(side, 1) for side in area.bounds]},
        )
    ]


def _utm(bounds: Bounds | None) -> str:
    centre = _centre(bounds)
    if centre is None:
        return "EPSG:n"
    zone = int((centre[0] + 180) // 6) % 60 + 1
    return f"EPSG:{(32600 if centre[1] >= 0 else 32700) + zone}"


def _unique(crs: Mapping[str, CRS | None]) -> list[CRS]:
    return list({code_of(c): c for c in crs.values() if c is not None}.values())


def _shift_note(transformer: Transformer, datum: Datum, where: str) -> Finding:
    """The choice made, with the parameters of the shift where there is one."""
    steps = [part.strip() for part in transformer.definition.split("step") if "proj=helmert" in part]
    words = [w for step in steps for w in step.split() if w[:2] in ("x=", "y=", "z=")]
    return _note("FILE-DATUM-USED", where, datum=datum, operation=" ".join(words) or "0")


def _note(code: str, where: str, **params: object) -> Finding:
    return Finding(code=code, severity="note", params={"file": where, **params})
