"""The commands of this room, run as a person runs them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qutb.cli.app import app

TINY = Path(__file__).parents[3] / "examples" / "pole_tiny"


def run(*args):
    return CliRunner().invoke(app, [str(a) for a in args], env={"QUTB_LANG": "fr"})


def test_kit_prints_the_files_it_wrote(tmp_path):
    done = run("kit", TINY, "--out", tmp_path / "kit", "--date", "2026-11-23", "--opens-in", "ar")
    assert done.exit_code == 0, done.output
    assert all(Path(line).exists() for line in done.stdout.splitlines())


def test_papers_writes_only_what_is_asked(tmp_path):
    args = ["papers", TINY, "--plan", "plan", "--out", tmp_path / "p", "--languages", "fr", "--only", "lots,zones"]
    done = run(*args, "--date", "2026-11-23")
    assert done.exit_code == 0, done.output
    assert {f.name for f in (tmp_path / "p").iterdir()} == {
        "lots.fr.docx",
        "lots.fr.xlsx",
        "zones.fr.docx",
        "papers.json",
    }


@pytest.mark.parametrize(
    ("code", "args"),
    [
        (2, ["kit", TINY]),
        (2, ["watch", TINY, "--plan", "nobody"]),
        (2, ["papers", TINY, "--plan", "plan", "--out", "x", "--only", "poem"]),
        (3, ["kit", "no-such-pole", "--out", "x"]),
        (3, ["watch", "no-such-pole"]),
    ],
)
def test_an_exit_code_says_whose_mistake_it_was(code, args, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run(*args)
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="sends the signal of Ctrl-C as POSIX systems do")
def test_ctrl_c_ends_the_watch_with_exit_code_0():
    line = [sys.executable, "-m", "qutb", "watch", str(TINY), "--plan", "plan", "--every", "0.1"]
    env = {**os.environ, "QUTB_LANG": "fr", "PYTHONUTF8": "1", "PYTHONWARNINGS": "error"}
    process = subprocess.Popen(line, env=env, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    try:
        head = process.stdout.readline()
        deadline = time.monotonic() + 120
        while "Constats" not in head and time.monotonic() < deadline:
            head = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 0
    assert "Surveillance arrêtée." in rest
