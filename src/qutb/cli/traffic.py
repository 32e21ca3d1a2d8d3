"""``qutb traffic assign``: user equilibrium on a network in the TNTP format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from qutb.core import Finding
    from qutb.mobility import Assignment, Demand, TntpNetwork

__all__ = ["traffic_app"]

traffic_app = typer.Typer(
    help="Traffic on its own: assign trips to a network.", no_args_is_help=True, rich_markup_mode=None
)

NetArg = Annotated[Path, typer.Argument(metavar="NET", help="Network, *_net.tntp.")]
TripsArg = Annotated[Path, typer.Argument(metavar="TRIPS", help="Trip table, *_trips.tntp.")]
GapOpt = Annotated[float, typer.Option("--gap", min=0.0, help="Relative gap to reach.")]
IterOpt = Annotated[int, typer.Option("--iterations", min=0, help="Iterations at most.")]
OutOpt = Annotated[Path | None, typer.Option("--out", help="CSV to write the link flows to.")]
TollOpt = Annotated[float | None, typer.Option("--toll-factor", min=0.0, help="Cost of a unit of toll.")]
LengthOpt = Annotated[float | None, typer.Option("--length-factor", min=0.0, help="Cost of a unit of length.")]
JsonOpt = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]


@traffic_app.callback()
def _traffic() -> None:
    """Traffic on its own: assign trips to a network."""


@traffic_app.command("assign")
def assign(
    net: NetArg,
    trips: TripsArg,
    gap: GapOpt = 1e-6,
    iterations: IterOpt = 2000,
    out: OutOpt = None,
    toll_factor: TollOpt = None,
    length_factor: LengthOpt = None,
    as_json: JsonOpt = False,
) -> None:
    """qutb traffic assign net.tntp trips.tntp --gap 1e-8 --json: user equilibrium, flows by link.

    Exit 4 where the gap is not reached within the iterations; the flows reached are written all the same.
    """
    from qutb.cli.output import guarded

    if not guarded(lambda: _assign(net, trips, gap, iterations, out, toll_factor, length_factor, as_json)):
        raise typer.Exit(4)


def _assign(
    net: Path,
    trips: Path,
    gap: float,
    iterations: int,
    out: Path | None,
    toll_factor: float | None,
    length_factor: float | None,
    as_json: bool,
) -> bool:
    import time

    from qutb.cli.output import chosen_language, context, print_findings, print_json
    from qutb.mobility import assign as equilibrium
    from qutb.mobility import prepare, read_network, read_trips

    read = read_network(net, toll_factor=toll_factor, length_factor=length_factor)
    demand, remarks = read_trips(trips, zones=read.zones)
    loading = time.perf_counter()
    prepare()
    began = time.perf_counter()
    result = equilibrium(read.network, demand, gap=gap, iterations=iterations, ctx=context(as_json))
    seconds = time.perf_counter() - began
    if out is not None:
        _write_flows(out, read, result)
    findings = (*read.remarks, *remarks)
    figures = _figures(read, demand, result, gap, (began - loading, seconds), findings)
    if as_json:
        print_json(figures)
    else:
        _print(figures)
        print_findings(findings, chosen_language())
    return result.converged


def _figures(
    read: TntpNetwork,
    demand: Demand,
    result: Assignment,
    gap: float,
    seconds: tuple[float, float],
    findings: tuple[Finding, ...],
) -> dict[str, Any]:
    return {
        "objective": result.objective,
        "gap": result.gap,
        "gap_asked": gap,
        "converged": result.converged,
        "iterations": result.iterations,
        "seconds": seconds[1],
        "seconds_to_load": seconds[0],
        "total_cost": result.total_cost,
        "zones": read.zones,
        "nodes": read.nodes,
        "links": len(read.network.tail),
        "trips": float(demand.trips.sum()),
        "trips_assigned": result.trips,
        "trips_within_zones": result.trips_within,
        "trips_without_way": result.trips_unreached,
        "findings": [f.to_json() for f in findings],
    }


def _print(figures: dict[str, Any]) -> None:
    from qutb import text
    from qutb.cli.output import chosen_language, print_table

    lang = chosen_language()
    rows = [
        [text.label(f"traffic.{name}", lang), _shown(value, lang)]
        for name, value in figures.items()
        if name != "findings"
    ]
    print_table([[text.label("traffic.measure", lang), text.label("traffic.value", lang)], *rows])


def _shown(value: Any, lang: Any) -> str:
    from qutb import text

    if isinstance(value, bool):
        return text.label("traffic.yes" if value else "traffic.no", lang)
    if isinstance(value, float) and 0 < abs(value) < 1e-3:
        return f"{value:.2e}"
    return text.number(value, lang, 0 if isinstance(value, int) else 3)


def _write_flows(out: Path, read: TntpNetwork, result: Assignment) -> None:
    """``from,to,flow,cost`` by link in the order of the file; a closed link has an empty cost."""
    import csv

    import numpy as np

    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["from", "to", "flow", "cost"])
        for tail, head, flow, cost in zip(read.network.tail, read.network.head, result.flow, result.cost, strict=True):
            writer.writerow([tail + 1, head + 1, repr(float(flow)), repr(float(cost)) if np.isfinite(cost) else ""])
