"""The task of ``bench_access.py`` by pandana, which enters the graph at its nodes: run by another Python.

``python beside_pandana.py TASK.npz ANSWER.npz``, in an environment with pandana (AGPL: beside us, never within).
Writes the walks it found, people within each radius, and processor seconds to build, for walks and for people.
"""

from __future__ import annotations

import sys
import time
import warnings

import numpy as np
import pandana
import pandas as pd

FAR_M = 20_000


def main(task: str, answer: str) -> None:
    """Answer ``task`` and say what each part took."""
    warnings.filterwarnings("ignore")
    given = np.load(task)
    plots = [pd.Series(column) for column in given["plot_xy"].T]
    marks = [time.process_time()]
    links = (pd.Series(given["first"]), pd.Series(given["last"]), pd.DataFrame({"m": given["length_m"]}))
    network = pandana.Network(*(pd.Series(column) for column in given["xy"].T), *links, twoway=True)
    marks.append(time.process_time())
    at = network.get_node_ids(*plots)
    walks = []
    for number, rows in enumerate(given["units"]):
        network.set_pois(str(number), FAR_M, 1, plots[0].iloc[rows], plots[1].iloc[rows])
        walks.append(network.nearest_pois(FAR_M, str(number), num_pois=1)[1].loc[at].to_numpy())
    marks.append(time.process_time())
    network.set(at, variable=pd.Series(given["people"]), name="people")
    radii = given["radii_m"].tolist()
    within = [network.aggregate(r, type="sum", decay="flat", name="people").loc[at].to_numpy() for r in radii]
    marks.append(time.process_time())
    np.savez(answer, walks=np.array(walks), within=np.array(within), seconds=np.diff(marks))


if __name__ == "__main__":
    main(*sys.argv[1:])
