"""The scores in public: reckoned once for a class, kept beside it, shown as a page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from qutb.core import QUIET, Context
from qutb.pack import CatalogueRow
from qutb.uptake.baselines import BASELINES
from qutb.uptake.curve import Curve
from qutb.uptake.replay import replay
from qutb.uptake.scoring import score
from qutb.uptake.towns import Towns

__all__ = ["reckon_scores", "reference_scores", "scores_page"]

_RULES = {
    "plan_is_met": "the plan is met",
    "constant_20_percent": "always 20 %",
    "world_mean": "mean of the world",
    "macro_region_mean": "mean of the macro-region",
    "fill_rate_times_years": "fill rate of the macro-region x years",
}
_REGIMES = {"town": "One town left out", "country": "One whole country left out"}
_BINS = (0.0, 0.25, 0.5, 0.75, 1.01)


def reckon_scores(
    curve: Curve, towns: Towns, promises: Sequence[CatalogueRow] = (), *, region: str = "", ctx: Context = QUIET
) -> dict[str, Any]:
    """Both regimes and the replays, as plain data. Fits the curve once a town and once a country: minutes."""
    found: dict[str, Any] = {"digest": curve.digest}
    for leave in _REGIMES:
        scored = score(curve, towns, leave=leave, ctx=ctx)  # type: ignore[arg-type]
        data = scored.to_json()
        data["reliability"] = [*_reliability(scored.rows, "50"), *_reliability(scored.rows, "20")]
        found[leave] = {k: v for k, v in data.items() if k not in ("findings", "towns_in_fit")}
    found["replay"] = replay(promises, curve, region=region)
    return _rounded(found)


def _reliability(rows: Any, event: str) -> Iterator[dict[str, Any]]:
    limit = float(event) / 100
    last = rows.groupby("town", sort=True).tail(1)
    for low, high in pairwise(_BINS):
        inside = last[(last[f"chance_{event}"] >= low) & (last[f"chance_{event}"] < high)]
        if len(inside):
            told, was = inside[f"chance_{event}"].mean(), (inside["share"] < limit).mean()
            yield {"event": event, "from": low, "to": min(high, 1.0), "towns": len(inside), "told": told, "was": was}


def _rounded(data: Any) -> Any:
    """Three digits: what two machines share."""
    if isinstance(data, Mapping):
        return {str(k): _rounded(v) for k, v in data.items()}
    if isinstance(data, list):
        return [_rounded(v) for v in data]
    return round(float(data), 3) if isinstance(data, float) else data.item() if hasattr(data, "item") else data


@cache
def reference_scores() -> Mapping[str, Any]:
    """The scores of the shipped curve."""
    found: Mapping[str, Any] = json.loads((files("qutb.uptake") / "reference" / "scores.json").read_text("utf-8"))
    return found


def scores_page(scores: Mapping[str, Any] | None = None) -> str:
    """The public page, in Markdown, of the shipped scores or of those given."""
    found = reference_scores() if scores is None else scores
    return "\n".join(_lines(found)) + "\n"


def _lines(scores: Mapping[str, Any]) -> Iterator[str]:
    yield "# What the take-up forecast is worth"
    yield ""
    yield "Made by `python docs/uptake_scores.py` from the shipped list of towns"
    yield f"(digest `{scores['digest'][:15]}`). Every forecast here is of a town that its fit did not see."
    yield ""
    yield "The class is one of remote new towns; a pole beside a growing town may do better. All towns of the MENA"
    yield "region in the list stayed under half of their target, so an alarm that always rings there is right each"
    yield "time and says nothing: what counts is the order inside a region, and that is weak. Hence the statement"
    yield "for approval asks for answers and no waiver."
    for regime, title in _REGIMES.items():
        yield from _regime(title, scores[regime])
    yield from _one_count(scores["town"]["after_one_observation"])
    yield from _reliable(scores["town"]["reliability"])
    yield from _towns(scores["town"]["by_town"])
    if scores["replay"]:
        yield from _replayed(scores["replay"])


def _regime(title: str, data: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", f"## {title}", "")
    yield f"{data['towns']} towns, {data['observations']} counts; each town weighs the same."
    yield ""
    yield "| forecast by | mean abs. log error | Brier, under 50 % | Brier, under 20 % | pairs of a region in order |"
    yield "| --- | --- | --- | --- | --- |"
    yield _row("**the take-up curve**", data, data)
    for name in BASELINES:
        yield _row(_RULES[name], data["baselines"][name], data)
    spread, inside, width = _span(data["mae_log_interval"]), data["coverage_80"], data["width_80"]
    order, pairs = data["auc_within_region"], data["auc_within_region_pairs"]
    yield ""
    yield f"80 % range of its error over towns: {spread}. Its 80 % band held {inside:.2f} of the counts (0.70 to 0.90"
    yield f"is sound with so few towns) and spans a factor {width:.1f}. Inside a region, at ages at most 5 years apart,"
    yield f"it ordered {order:.2f} of {pairs} pairs as they came (0.5 is chance),"
    yield f"80 % range over towns {_span(data['auc_within_region_interval'])}."
    wins = [name for name in BASELINES if data["baselines"][name]["mae_log"] < data["mae_log"]]
    yield ""
    yield "Rules with a smaller error here: " + (", ".join(_RULES[n] for n in wins) or "none") + "."
    gains = (f"{_RULES[n]} {_span(data['baselines'][n]['mae_log_gain_interval'])}" for n in BASELINES)
    yield "Error saved against each (80 % range over towns): " + "; ".join(gains) + "."


def _row(name: str, found: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    def shown(key: str, better: str) -> str:
        value, others = found[key], [data[key], *(data["baselines"][n][key] for n in BASELINES)]
        if value is None:
            return "–"
        best = (min if better == "less" else max)(v for v in others if v is not None)
        return f"**{value:.3f}**" if value == best else f"{value:.3f}"

    keys = (("mae_log", "less"), ("brier_50", "less"), ("brier_20", "less"), ("auc_within_region", "more"))
    return f"| {name} | " + " | ".join(shown(*key) for key in keys) + " |"


def _span(pair: Sequence[float]) -> str:
    return f"{pair[0]:.2f} to {pair[1]:.2f}"


def _one_count(data: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", "## After the first count of the town itself", "")
    spread, gain = _span(data["mae_log_interval"]), _span(data["linear_gain_interval"])
    yield f"{data['towns']} towns counted again at least 3 years later: mean abs. log error {data['mae_log']:.3f}"
    yield f"(80 % range {spread}), a straight line through the first count {data['linear']:.3f}, no change"
    yield f"{data['persistence']:.3f}. Saved against the line: {gain}. The 80 % band held {data['coverage_80']:.2f}."


def _reliable(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from ("", "## Chances told and what came, last count of each town, one town left out", "")
    yield "| event | chance told | towns | mean chance | it came |"
    yield "| --- | --- | --- | --- | --- |"
    for row in rows:
        band = f"{row['from']:.2f} to {row['to']:.2f}"
        yield f"| under {row['event']} % | {band} | {row['towns']} | {row['told']:.2f} | {row['was']:.2f} |"


def _towns(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from ("", "## Town by town, last count, one town left out", "")
    yield "| town | region | year | age | share reached | forecast | 80 % band | chance under 50 % |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for r in rows:
        band = f"{r['low']:.2f} to {r['high']:.2f}"
        yield (
            f"| {r['town']} | {r['region']} | {r['year']:.0f} | {r['age_years']:.0f} | {r['share']:.2f} "
            f"| {r['median']:.2f} | {band} | {r['chance_50']:.2f} |"
        )


def _replayed(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from ("", "## Promises replayed: what the first page would have said at launch", "")
    yield "Fitted to counts up to the launch year alone; no town of the country is in any fit. Shares of the target."
    yield ""
    heads = ("promise", "launch", "target", "towns known", "year 10, 80 % band", "chance under 50 % at year 10")
    yield f"| {' | '.join(heads)} | counted since | forecast for that age, 80 % band |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for r in rows:
        for when, said in (("at launch", r["at_launch"]), ("with today's list", r["today"])):
            known = r["towns_known"] if when == "at launch" else "all"
            counted = "no count found" if r["share"] is None else f"{r['share']:.2f} at age {r['age_years']:.0f}"
            later = "–" if r["share"] is None else _band(said, 1)
            promised = f"{r['launch_year']:.0f} | {r['target_people']:,.0f} | {known}"
            chance = f"{said['chance_50'][0]:.2f}"
            yield f"| {r['name']}, {when} | {promised} | {_band(said, 0)} | {chance} | {counted} | {later} |"


def _band(said: Mapping[str, Any], at: int) -> str:
    return f"{said['median'][at]:.2f} ({said['low'][at]:.2f} to {said['high'][at]:.2f})"
