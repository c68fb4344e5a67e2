"""Sample runs: made up, labelled as such, and the same figures for the same plan and scenarios.

First who starts what and when is drawn, learner by learner, for the whole period; then the runs are written month by
month in the order of their starts, each with what became of it. Ten million runs fit into a small machine that way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from scenario_core.errors import UsageError
from scenario_core.progress import Progress, silent
from scenario_core.usage.rows import month_of
from scenario_core.usage.run import SCHEMA, EndReason, Source
from scenario_core.usage.sample_model import (
    DAY_SECONDS,
    Bytes,
    Codes,
    Flags,
    Floats,
    SampleModel,
    SamplePlan,
    SampleScenario,
    Seconds,
    TextTable,
    build_model,
)
from scenario_core.usage.sample_starts import Learners, Starts, draw_starts

AT_ONCE: Final = 250_000
"""How many runs are drawn in full and written at once."""

_PRACTICE: Final = 0.55
"""What twice as many attempts at a scenario are worth, in log odds."""
_LONG: Final = 0.02
"""The share of phases that took several times as long."""
_IMPOSSIBLE: Final = 0.0015
"""The share of runs that took no time; as many took days."""
_TERMINATED: Final = 0.12
"""The share of runs that were not completed and ended by themselves, not by the learner."""
_LEFT_OPEN: Final = 0.03
"""The share of runs that nobody ended, ..."""
_STILL_OPEN: Final = 0.6
"""... and the same for recent ones, of those that were not completed."""
_RECENT_SECONDS: Final = 3 * DAY_SECONDS

_ENDS: Final = tuple(EndReason)
_COMPLETED: Final = _ENDS.index(EndReason.COMPLETED)
_REASONS: Final = pa.array([reason.value for reason in _ENDS], pa.string())
_DIGITS: Final = np.frombuffer("".join(f"{byte:02x}" for byte in range(256)).encode(), np.uint8).reshape(256, 2)


@dataclass(frozen=True)
class _Outcomes:
    """What became of runs."""

    reached: Codes
    """How many phases were completed."""
    is_open: Flags
    reason: Codes
    phase_seconds: Seconds
    """By run and phase."""
    spent: Seconds
    success: Floats
    score: Floats


def write_sample(
    folder: Path, scenarios: Sequence[SampleScenario], plan: SamplePlan, progress: Progress = silent
) -> None:
    """Write the runs of a plan as `month=YYYY-MM/runs.parquet` into a folder, each month in the order of its starts.

    Raises:
        UsageError: there is no scenario that could be run.
    """
    if not scenarios:
        raise UsageError("There is no scenario with a phase.", hint="Sample runs need one: see `scenario-desk check`.")
    model = build_model(scenarios, plan)
    starts, learners = draw_starts(model, plan)
    order = np.argsort(starts.second, kind="stable")
    chunk = done = 0
    for month, first, last in _months(starts.second[order], plan):
        target = folder / f"month={month}" / "runs.parquet"
        target.parent.mkdir(parents=True)
        with pq.ParquetWriter(target, SCHEMA, compression="zstd") as writer:
            for begin in range(first, last, AT_ONCE):
                part = starts.take(order[begin : min(begin + AT_ONCE, last)])
                rng = np.random.default_rng([plan.seed, 2, chunk])
                writer.write_table(_table(rng, model, plan, part, learners))
                chunk, done = chunk + 1, done + len(part.second)
                progress(done, plan.runs)


def _months(seconds: Codes, plan: SamplePlan) -> Iterator[tuple[str, int, int]]:
    """(month, first place, place behind the last) of seconds in their order."""
    at = plan.begin
    while at < plan.end:
        following = (at.replace(day=1) + timedelta(days=32)).replace(day=1)
        bounds = [int((moment - plan.begin).total_seconds()) for moment in (at, following)]
        first, last = np.searchsorted(seconds, bounds)
        if last > first:
            yield month_of(at) or "", int(first), int(last)
        at = following


def _table(
    rng: np.random.Generator, model: SampleModel, plan: SamplePlan, starts: Starts, learners: Learners
) -> pa.Table:
    """The runs in the dataset's form."""
    outcomes = _outcomes(rng, model, plan, starts, learners)
    count, scenario = len(starts.second), starts.scenario
    own = model.own_language[scenario]
    started = np.datetime64(plan.begin.replace(tzinfo=None), "us") + starts.second.astype("timedelta64[s]")
    ended = started + (outcomes.spent * 1e6).astype("timedelta64[us]")
    last = np.minimum(outcomes.reached, model.total[scenario] - 1)
    is_open, moment = outcomes.is_open, SCHEMA.field("started_at").type
    columns = {
        "run_id": _run_ids(rng, count),
        "scenario_id": model.ids.take(pa.array(scenario)),
        "store": model.stores.take(pa.array(scenario)),
        "learner": _pseudonyms(plan.seed, starts.learner),
        "language": model.languages.take(pa.array(np.where(own < 0, learners.language[starts.learner], own))),
        "source": pa.repeat(pa.scalar(Source.SAMPLE.value), count),
        "started_at": pa.array(started).cast(moment),
        "ended_at": pa.array(ended, mask=is_open).cast(moment),
        "end_reason": _REASONS.take(pa.array(outcomes.reason, mask=is_open)),
        "last_phase": model.phase_ids.take(pa.array(model.first_phase[scenario] + last)),
        "phases_completed": pa.array(outcomes.reached, pa.int32()),
        "total_phases": pa.array(model.total[scenario], pa.int32()),
        "phase_seconds": _phase_seconds(outcomes),
        "minutes": pa.nulls(count, pa.float64()),
        "vocabulary": _texts(rng, model.words, scenario, outcomes),
        "objectives": _texts(rng, model.objectives, scenario, outcomes),
        "success_rate": pa.array(outcomes.success.astype(np.float64).round(3), mask=is_open),
        "completion_score": pa.array(outcomes.score.astype(np.float64).round(1), mask=is_open),
        "finished_only": pa.repeat(pa.scalar(value=False), count),
    }
    return pa.table(columns, schema=SCHEMA)


def _outcomes(
    rng: np.random.Generator, model: SampleModel, plan: SamplePlan, starts: Starts, learners: Learners
) -> _Outcomes:
    scenario, total = starts.scenario, model.total[starts.scenario]
    skill = learners.skill[starts.learner]
    practice = (_PRACTICE * np.minimum(np.log2(starts.attempt), 3)).astype(np.float32)
    odds = model.loss[scenario] - (0.6 * skill + practice)[:, None]
    with np.errstate(over="ignore"):
        loses = rng.random(odds.shape, np.float32) < 1 / (1 + np.exp(-odds))
    reached = loses.argmax(axis=1).astype(np.int32)
    seconds = _seconds(rng, model, starts, learners, reached)
    spent = seconds.sum(axis=1)
    is_open = _open(rng, plan, starts, completed=reached == total, spent=spent)
    unfinished = is_open & (reached == total)
    reached[unfinished] -= 1
    completed = reached == total
    stopped = rng.random(len(total)) < _TERMINATED
    left = np.where(stopped, _ENDS.index(EndReason.TERMINATED), _ENDS.index(EndReason.ABANDONED))
    mood = model.ease[scenario] + 0.6 * skill + practice - np.where(completed, 0, 0.8)
    success = 1 / (1 + np.exp(-(mood + rng.normal(0, 0.5, len(total)))))
    return _Outcomes(
        reached,
        is_open,
        np.where(completed, _COMPLETED, left).astype(np.int32),
        seconds,
        spent,
        success.astype(np.float32),
        (100 * reached / total * (0.4 + 0.6 * success)).astype(np.float32),
    )


def _seconds(
    rng: np.random.Generator, model: SampleModel, starts: Starts, learners: Learners, reached: Codes
) -> Seconds:
    """Seconds in each phase: zero in those that were not begun, a part of it in the one that was left."""
    usual = model.log_seconds[starts.scenario] + learners.pace[starts.learner][:, None]
    seconds = np.exp(usual + 0.35 * rng.standard_normal(usual.shape, np.float32)).astype(np.float64)
    longer = 1 + 5 * rng.random(usual.shape, np.float32)
    seconds *= np.where(rng.random(usual.shape, np.float32) < _LONG, longer, 1)
    phase = np.arange(usual.shape[1])[None, :]
    left = (phase == reached[:, None]) & (reached < model.total[starts.scenario])[:, None]
    seconds *= np.where(left, rng.uniform(0.05, 0.95, len(reached))[:, None], phase < reached[:, None])
    odd = rng.random(len(reached))
    seconds[odd < _IMPOSSIBLE] = 0
    endless = odd > 1 - _IMPOSSIBLE
    seconds[endless] *= rng.uniform(40, 200, (endless.sum(), 1))
    return seconds.round(1)


def _open(rng: np.random.Generator, plan: SamplePlan, starts: Starts, *, completed: Flags, spent: Seconds) -> Flags:
    """Runs that nobody has ended: the learner's last one of the scenario, left as it was or still going on."""
    age = plan.seconds - starts.second
    luck = rng.random(len(age))
    left = luck < np.where(age < _RECENT_SECONDS, _STILL_OPEN, _LEFT_OPEN)
    return np.asarray((starts.is_last & ~completed & left) | (spent > age))


def _phase_seconds(outcomes: _Outcomes) -> pa.ListArray:
    """An open run tells of the phases that were completed, an ended one also of the one that was left."""
    completed = outcomes.reason == _COMPLETED
    length = outcomes.reached + np.where(completed | outcomes.is_open, 0, 1)
    told = np.arange(outcomes.phase_seconds.shape[1])[None, :] < length[:, None]
    return pa.ListArray.from_arrays(_offsets(length), pa.array(outcomes.phase_seconds[told]))


def _texts(rng: np.random.Generator, table: TextTable, scenario: Codes, outcomes: _Outcomes) -> pa.ListArray:
    """Some texts of each run's scenario, more of them where more succeeded; nothing is known of an open run."""
    chance = table.chance[scenario, outcomes.reached]
    luck = np.frombuffer(rng.bytes(chance.size), np.uint8).reshape(chance.shape)
    strength = (0.55 + 0.45 * outcomes.success)[:, None]
    used = (luck < chance * strength) & ~outcomes.is_open[:, None]
    run, text = np.nonzero(used)
    texts = table.texts.take(pa.array(table.first[scenario[run]] + text))
    return pa.ListArray.from_arrays(_offsets(used.sum(axis=1)), texts, mask=pa.array(outcomes.is_open))


def _offsets(lengths: npt.NDArray[Any]) -> pa.Int32Array:
    offsets = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    return pa.array(offsets)


def _run_ids(rng: np.random.Generator, count: int) -> pa.StringArray:
    """Random UUIDs of version 4."""
    data = np.frombuffer(rng.bytes(16 * count), np.uint8).reshape(count, 16).copy()
    data[:, 6] = data[:, 6] & 0x0F | 0x40
    data[:, 8] = data[:, 8] & 0x3F | 0x80
    text = np.full((count, 36), ord("-"), np.uint8)
    text[:, [place for place in range(36) if place not in {8, 13, 18, 23}]] = _DIGITS[data].reshape(count, 32)
    return _fixed_width(text)


def _pseudonyms(seed: int, learner: Codes) -> pa.StringArray:
    """16 digits a learner: a mixture of bits that gives each number another one (the finisher of SplitMix64)."""
    base = np.random.default_rng([seed, 3]).integers(0, 2**63, dtype=np.uint64)
    mixed = learner.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + base
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    data = mixed.astype(">u8").view(np.uint8).reshape(-1, 8)
    return _fixed_width(_DIGITS[data].reshape(-1, 16))


def _fixed_width(text: Bytes) -> pa.StringArray:
    count, width = text.shape
    offsets = np.arange(count + 1, dtype=np.int32) * np.int32(width)
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(text)))
