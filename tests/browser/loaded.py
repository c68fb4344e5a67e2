"""A Python that has the dashboard's modules loaded and forks: its processes start in a fraction of the time.

They are processes like any other, which do from then on what `python -c` with the same arguments does.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import psutil

from tests.factories import ROOT

_LOADER: Final = """
import importlib, json, os, pkgutil, signal, sys
import dashboard
from scenario_core.cli import main
from scenario_core.integrity import audit
from scenario_core.integrity.snapshot import Snapshot
from scenario_core.production.manager import ScenarioManager
from tests.factories import SHIPPED

for module in pkgutil.walk_packages(dashboard.__path__, "dashboard."):
    if not module.name.startswith(("dashboard.app_pages", "dashboard.main")):  # these are scripts, which draw
        importlib.import_module(module.name)
importlib.import_module("streamlit.web.server.starlette")
importlib.import_module("uvicorn")
audit.run(Snapshot(ScenarioManager(SHIPPED), None))  # which reads the dictionaries
signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they have ended
print("loaded", flush=True)

for line in sys.stdin:
    asked = json.loads(line)
    if pid := os.fork():
        print(pid, flush=True)
        continue
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    sink = os.open(asked["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for number, file in enumerate((os.open(os.devnull, os.O_RDONLY), sink, sink)):
        os.dup2(file, number)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    try:
        main(asked["arguments"])
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
"""


def call(arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> psutil.Process:
    """Call the command line in a process of its own, in the project's folder; what it prints is appended to `log`."""
    loaded = _loaded()
    asked = {"arguments": arguments, "environment": environment, "log": str(log), "folder": str(ROOT)}
    assert loaded.stdin is not None
    assert loaded.stdout is not None
    loaded.stdin.write(json.dumps(asked) + "\n")
    loaded.stdin.flush()
    return psutil.Process(int(loaded.stdout.readline()))


@cache
def _loaded() -> subprocess.Popen[str]:
    """Ends when this process does, since its input ends then."""
    made = subprocess.Popen(
        [sys.executable, "-c", _LOADER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert made.stdout is not None
    assert made.stdout.readline() == "loaded\n"
    return made
