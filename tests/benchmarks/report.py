"""Print the ratios of a benchmark run: `python tests/benchmarks/report.py .benchmarks/latest.json`.

A benchmark puts what it compares itself with into `benchmark.extra_info`: numbers are printed as they are, and a key
`limit_x` beside a key `x` is what `x` must not exceed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

LIMIT = "limit_"


def main(arguments: list[str]) -> int:
    """Print one line a benchmark and one for each figure under it."""
    if len(arguments) != 1:
        sys.stderr.write("usage: report.py BENCHMARK_JSON\n")
        return 2
    run = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    for benchmark in sorted(run["benchmarks"], key=lambda each: each["fullname"]):
        sys.stdout.write(f"{benchmark['name']}: median {benchmark['stats']['median'] * 1000:.2f} ms\n")
        sys.stdout.writelines(f"  {line}\n" for line in figures(benchmark["extra_info"]))
    return 0


def figures(extra: dict[str, Any]) -> list[str]:
    """`extra_info` as lines, each limit beside the figure that it limits."""
    return [
        f"{name}: {_shown(value)}{_against(value, extra.get(LIMIT + name))}"
        for name, value in extra.items()
        if not (name.startswith(LIMIT) and name.removeprefix(LIMIT) in extra)
    ]


def _against(value: Any, limit: Any) -> str:
    if not isinstance(value, int | float) or not isinstance(limit, int | float):
        return ""
    return f" (at most {_shown(limit)}: {'kept' if value <= limit else 'EXCEEDED'})"


def _shown(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
