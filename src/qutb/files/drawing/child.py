"""The drawing parser's process: started by path with a request on standard input, like ``qutb.files.child``.

Only the modules that parse are loaded (numpy, and ezdxf when a curve needs it): the packages above them
stand in empty, so that their imports cost nothing here.
"""

from __future__ import annotations

import contextlib
import gc
import json
import sys
import types
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[2]
_BARE = {"qutb": _ROOT, "qutb.files": _ROOT / "files", "qutb.files.drawing": _ROOT / "files" / "drawing"}
_DWG = b"AC10"


def main() -> int:
    gc.disable()  # a million records live to the end: to look through them for cycles takes a fifth of the time
    request = json.load(sys.stdin)
    out = Path(request["out"])
    for name, folder in _BARE.items():
        module = types.ModuleType(name)
        module.__path__ = [str(folder)]
        sys.modules[name] = module
    result = _answer(request, out)
    (out / "result.json").write_text(json.dumps(result, ensure_ascii=False), "utf-8", "replace")
    return 0


def _answer(request: dict[str, Any], out: Path) -> dict[str, Any]:
    from qutb.files.child import Refused, checked
    from qutb.files.drawing.parse import TooMany, parse
    from qutb.files.drawing.tags import Cut, NotDxf

    limits = request["limits"]
    try:
        path = checked(Path(request["path"]), limits)
        data = path.read_bytes()
        if data.startswith(_DWG):
            raise Refused("FormatError", "DRAW-DWG", version=data[:6].decode("ascii", "replace"))
        _limit_memory(limits)
        return parse(data, request, out)
    except Refused as refusal:
        return {"error": refusal.answer}
    except NotDxf as fault:
        return _error("FormatError", "DRAW-NOT-DXF", line=fault.line, found=fault.found)
    except Cut as fault:
        return _error("FormatError", "DRAW-CUT", line=fault.line, section=fault.section, entity=fault.entity)
    except TooMany as fault:
        return _error("LimitError", fault.code, found=fault.found, most=fault.most)
    except MemoryError:
        return _error("LimitError", "FILE-MEMORY", most=int(limits["memory_bytes"]) // 2**20)
    except Exception as fault:  # noqa: BLE001  (the parent must hear of whatever a parser throws)
        return _error("FormatError", "FILE-DAMAGED", fault=f"{type(fault).__name__}: {fault}"[:300])


def _error(kind: str, code: str, **params: object) -> dict[str, Any]:
    return {"error": {"kind": kind, "code": code, "params": params}}


def _limit_memory(limits: dict[str, int]) -> None:
    """Cap memory and processor time where the system can; on Windows the parent's clock remains."""
    try:
        import resource
    except ImportError:
        return
    with contextlib.suppress(OSError, ValueError):  # macOS refuses
        resource.setrlimit(resource.RLIMIT_AS, (limits["memory_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (limits["seconds"] + 1, limits["seconds"] + 2))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main())
