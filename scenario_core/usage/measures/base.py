"""What every measure gives: one small frame, how many runs it is of, and what was left out and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any, Final, TypeVar, cast

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd

from scenario_core.usage.engines import Learners
from scenario_core.usage.filters import Outcome
from scenario_core.usage.view import View

Z_95: Final = 1.959963984540054
"""The 97.5 % quantile of the normal distribution, for intervals of 95 %."""
RATES: Final = ("rate", "low", "high")
COUNTS: Final = (
    "runs", "starts", "completions", "learners", "minutes", "completed", "abandoned", "terminated", "open",
)  # fmt: skip
_MICROSECONDS_A_MINUTE: Final = 60_000_000
WHOLE: Final = tuple(name for name in COUNTS if name != "minutes")
WITHHELD: Final = "withheld"


@dataclass(frozen=True)
class Measure:
    """One measure. `n` is the number of runs that it counts, or of learners where it counts those.

    `left_out` says what was not counted: reason, and how many. `absent` says why there is nothing to show at all.
    """

    name: str
    frame: pd.DataFrame
    n: int
    left_out: dict[str, int] = field(default_factory=dict)
    absent: str = ""


_Measuring = TypeVar("_Measuring", bound=Callable[..., Measure])


def wilson(successes: Sequence[float] | pd.Series[Any], trials: Sequence[float] | pd.Series[Any]) -> pd.DataFrame:
    """The 95 % score interval of a share (Wilson, JASA 22, 1927): `rate`, `low`, `high`, empty where nothing was tried.

    3 of 4 gives 0.30 to 0.95, 0 of 5 gives 0 to 0.43.
    """
    x, n = np.asarray(successes, dtype="float64"), np.asarray(trials, dtype="float64")
    n = np.where(n > 0, n, np.nan)
    share = x / n
    spread = Z_95**2 / n
    middle = (share + spread / 2) / (1 + spread)
    half = Z_95 * np.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    low: npt.NDArray[np.float64] = np.where(x == 0, 0.0, np.clip(middle - half, 0, 1))
    high: npt.NDArray[np.float64] = np.where(x == n, 1.0, np.clip(middle + half, 0, 1))
    return pd.DataFrame(
        {"rate": share, "low": np.where(np.isnan(n), np.nan, low), "high": np.where(np.isnan(n), np.nan, high)}
    )


def tally(view: View, found: ir.Table, groups: ir.Table, learners: Learners, keys: Sequence[str] = ()) -> pd.DataFrame:
    """What can be counted of facts, one row for each value of the keys.

    `found` are the facts counted by day, and `groups` some of those that `learners` keeps; both have the keys.

    Returns:
        The keys and `COUNTS`: runs, starts, completions, learners, minutes, and starts by how they ended. `starts` and
        the four outcomes leave out sources that record finished runs only; `completions` counts these too.
    """
    kinds = view.measured.frame(
        found.group_by(*keys, "outcome", "finished_only").agg(
            runs=found.runs.sum().cast("int64"), microseconds=found.microseconds.sum().cast("float64")
        )
    )
    started = kinds["runs"].where(~kinds["finished_only"].astype("bool"), 0)
    rows = kinds[list(keys)].assign(
        runs=kinds["runs"],
        starts=started,
        completions=kinds["runs"].where(kinds["outcome"] == Outcome.COMPLETED.value, 0),
        minutes=kinds["microseconds"],
        **{each.value: started.where(kinds["outcome"] == each.value, 0) for each in Outcome},
    )
    summed = rows.groupby(list(keys), as_index=False, dropna=False).sum()
    summed["minutes"] /= _MICROSECONDS_A_MINUTE
    people = view.measured.frame(groups.group_by(*keys).agg(learners=learners.count(groups)))
    found_in = summed.merge(people, on=list(keys), how="left").fillna({"learners": 0})
    return whole(found_in[[*keys, *COUNTS]], *WHOLE)


def with_rates(frame: pd.DataFrame, successes: str = "completed", trials: str = "starts") -> pd.DataFrame:
    """The frame with `rate`, `low` and `high` of completion."""
    rates = wilson(frame[successes], frame[trials])
    return frame.assign(**{name: rates[name].to_numpy() for name in RATES})


def withhold(frame: pd.DataFrame, view: View, kept: Sequence[str]) -> tuple[pd.DataFrame, dict[str, int]]:
    """The frame without the figures of groups of fewer learners than may be broken down, and how many groups they are.

    `kept` names the columns that say which group a row is. Groups in which nobody ran anything stay: nothing is told.
    """
    ordered = frame.sort_values(list(kept[:2]))
    small = too_small(ordered["runs"], ordered["learners"], view).reindex(frame.index)
    figures = [name for name in frame.columns if name not in kept]
    hidden = frame.assign(**{str(name): frame[name].mask(small) for name in figures}, **{WITHHELD: small})
    return hidden, small_groups(int(small.sum()), view)


def small_groups(count: int, view: View) -> dict[str, int]:
    """How many groups are withheld, as a reason for what was left out."""
    return counted({f"groups of fewer than {view.smallest_group} learners": count})


def too_small(runs: pd.Series[Any], learners: pd.Series[Any], view: View) -> pd.Series[bool]:
    """Which groups are withheld: those of too few learners.

    Where one alone would be, the smallest of the others goes with it (the first one of several), or it followed from
    the total.
    """
    some = (runs > 0).fillna(value=False).astype("bool")
    small = some & (learners < view.smallest_group).fillna(value=False).astype("bool")
    others = learners[some & ~small]
    if small.sum() == 1 and len(others):
        small[others.sort_values(kind="stable").index[0]] = True
    return small


def of_enough_learners(measure: _Measuring) -> _Measuring:
    """A measure that tells nothing where all runs together are of fewer learners than may be broken down."""

    @wraps(measure)
    def asked(view: View, **options: Any) -> Measure:
        found = measure(view, **options)
        return found if view.has_enough_learners else withheld_altogether(found, view)

    return cast("_Measuring", asked)


def withheld_altogether(measure: Measure, view: View) -> Measure:
    """The measure without any figure."""
    why = f"Fewer than {view.smallest_group} learners ran anything here, so that nothing is told of them."
    return replace(measure, frame=measure.frame.iloc[:0], n=0, left_out={}, absent=why)


def left_out_of(view: View, *, starts: bool = False) -> dict[str, int]:
    """How many runs pass the filter and can't be counted.

    They lack a readable start or, where starts are needed, come from sources that record finished runs only.
    """
    reasons = {"runs without a readable start": view.counts["undated"]}
    if starts:
        reasons["runs of sources that record finished runs only"] = view.counts["finished_only"]
    return counted(reasons)


def counted(reasons: dict[str, int]) -> dict[str, int]:
    """The reasons for which anything was left out."""
    return {reason: count for reason, count in reasons.items() if count}


def only_finished(view: View) -> str:
    """Why nothing can be told of starts, where only sources without starts have runs; empty where there are starts."""
    if view.counts["runs"] and not view.counts["starts"]:
        return "These runs come from sources that record finished runs only: how many were started is not known."
    return ""


def whole(frame: pd.DataFrame, *names: str) -> pd.DataFrame:
    """The frame with these columns as whole numbers, which may be empty."""
    return frame.astype(dict.fromkeys(names, "Int64"))
