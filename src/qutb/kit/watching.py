"""Watching a plan while it is drawn: each save is appraised, and what it changed is said.

Files are looked at by time and size, then by digest, so that it works on every system and disk without a
service. QGIS leaves edits in ``<file>-wal`` while it has a GeoPackage open; that file counts as part of it.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from qutb.appraisal import Appraisal, Cache, appraise
from qutb.core import Effort, QutbError, UsageError
from qutb.files import read_plan
from qutb.kit.changes import changed_lines, first_lines
from qutb.plan import Plan
from qutb.pole import Pole, open_pole
from qutb.text import Lang, error_text, isolate, label

__all__ = ["watch"]

_POLE_FILES = ("pole.toml", "brief.toml", "site.gpkg", "actors.csv", "commitments.csv", "prices.csv", "values.yaml")
_JOURNAL = "-wal"
_SLOWEST_S = 10.0
_Facts = tuple[tuple[str, int, int], ...]
_Say = Callable[[str], object]


def watch(
    folder: Path | str,
    plan: str | None = None,
    *,
    lang: Lang,
    say: _Say,
    effort: Effort = "draft",
    every_s: float = 1.0,
    sleep: Callable[[float], object] = time.sleep,
    clock: Callable[[], datetime] = datetime.now,
    ended: Callable[[], bool] = lambda: False,
) -> None:
    """Appraise the plan, then again at each save, until ``ended`` or Ctrl-C; ``say`` is given each line.

    ``plan`` is a plan of the pole or a file; without it every plan of the pole is watched. A change of the
    pole's own files (brief, site, prices ...) counts too. A file that cannot be read is said once and tried
    again. Raises ``UsageError`` when there is no such plan, and what ``open_pole`` raises at the start.
    """
    folder = Path(folder)
    pole = open_pole(folder)
    watched = {path: _Watched(path=path) for path in _plan_files(pole, folder, plan)}
    run = _Run(folder=folder, pole=pole, lang=lang, say=say, effort=effort, clock=clock)
    say(_say("start", lang, files=isolate(", ".join(p.name for p in watched), lang)))
    try:
        while not ended():
            patience = max([run.look(one) for one in watched.values()], default=0)
            sleep(min(every_s * 2**patience, _SLOWEST_S))
    except KeyboardInterrupt:
        pass  # the way a person ends it
    say(_say("end", lang))


def _say(key: str, lang: Lang, **fill: str) -> str:
    return label(f"watch.{key}", lang).format_map(fill)


def _plan_files(pole: Pole, folder: Path, plan: str | None) -> list[Path]:
    if plan is None:
        if not pole.plans:
            raise UsageError("POLE-NO-PLANS", str(folder))
        return [folder / "plans" / f"{name}.gpkg" for name in pole.plans]
    if plan in pole.plans:
        return [folder / "plans" / f"{plan}.gpkg"]
    if Path(plan).is_file():
        return [Path(plan)]
    raise UsageError("POLE-NO-PLAN", plan, known=", ".join(pole.plans))


@dataclass
class _Watched:
    """A plan file: how it looked last, what was appraised last, and what was wrong."""

    path: Path
    looked: _Facts = ()
    done: _Facts = ()
    digest: str = ""
    last: Appraisal | None = None
    trouble: str = ""
    tries: int = 0


@dataclass
class _Run:
    """What the looks of one watch share."""

    folder: Path
    pole: Pole
    lang: Lang
    say: _Say
    effort: Effort
    clock: Callable[[], datetime]
    cache: Cache = field(default_factory=Cache)
    pole_facts: _Facts = ()

    def look(self, one: _Watched) -> int:
        """Appraise ``one`` if it was saved and has come to rest; how long to wait more than usual."""
        facts = _facts([one.path, Path(f"{one.path}{_JOURNAL}"), *(self.folder / name for name in _POLE_FILES)])
        if facts != one.looked:
            one.looked, one.tries = facts, 0  # it may still be being written: look again
            return 0
        if facts == one.done:
            return 0
        try:
            lines = self._appraised(one, facts)
        except UsageError:
            raise
        except (QutbError, OSError) as fault:
            lines = self._trouble(one, fault)
        for line in lines:
            self.say(line)
        return min(one.tries, 4)

    def _appraised(self, one: _Watched, facts: _Facts) -> list[str]:
        digest, lines = _digest(facts), []
        if digest != one.digest or one.trouble:
            pole = self._pole(facts)
            after = appraise(pole, self._plan(one.path), effort=self.effort, cache=self.cache)
            lines, one.last = self._lines(one.last, after), after
        one.done, one.digest, one.trouble, one.tries = facts, digest, "", 0
        return lines

    def _pole(self, facts: _Facts) -> Pole:
        own = tuple(f for f in facts if Path(f[0]).parent == self.folder)
        if own != self.pole_facts:
            self.pole, self.pole_facts = open_pole(self.folder), own
        return self.pole

    def _plan(self, path: Path) -> Plan:
        if not path.is_file():
            raise FileNotFoundError(_say("gone", self.lang))
        return read_plan(path, crs=self.pole.crs)[0]

    def _lines(self, before: Appraisal | None, after: Appraisal) -> list[str]:
        names: Mapping[str, str] = {
            "time": isolate(f"{self.clock():%H:%M:%S}", self.lang),
            "plan": isolate(after.plan.name, self.lang),
        }
        if before is None:
            head = _say("first", self.lang, **names, code=isolate(after.code, self.lang))
            return [head, *first_lines(after, self.lang)]
        codes = {"old": isolate(before.code, self.lang), "new": isolate(after.code, self.lang)}
        return [_say("saved", self.lang, **names, **codes), *changed_lines(before, after, self.lang)]

    def _trouble(self, one: _Watched, fault: QutbError | OSError) -> list[str]:
        """What keeps the file from being read, said once."""
        why = error_text(fault, self.lang) if isinstance(fault, QutbError) else str(fault)
        again, one.trouble = why == one.trouble, why
        one.tries += 1
        return [] if again else [_say("waiting", self.lang, file=isolate(one.path.name, self.lang), why=why)]


def _facts(paths: list[Path]) -> _Facts:
    """Name, time and size of each file that is there."""
    found = []
    for path in paths:
        try:
            facts = path.stat()
        except OSError:
            continue
        found.append((str(path), facts.st_mtime_ns, facts.st_size))
    return tuple(found)


def _digest(facts: _Facts) -> str:
    """Digest of the files' bytes: a save that changes nothing, or a touched file, is no change."""
    sha = hashlib.sha256()
    for name, _, size in facts:
        sha.update(f"{name}:{size}:".encode())
        sha.update(Path(name).read_bytes())
    return sha.hexdigest()
