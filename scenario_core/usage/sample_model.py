"""How made-up learners behave: what each scenario asks of them, as tables of numbers that runs are drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Self, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from scenario_core.errors import InvalidQueryError
from scenario_core.scenario import ConversationScenario, Store

Floats: TypeAlias = npt.NDArray[np.float32]
Seconds: TypeAlias = npt.NDArray[np.float64]
Codes: TypeAlias = npt.NDArray[np.int32]
Flags: TypeAlias = npt.NDArray[np.bool_]
Bytes: TypeAlias = npt.NDArray[np.uint8]

DAY_SECONDS: Final = 86_400
DEFAULT_DAYS: Final = 400
MOST_RUNS: Final = 100_000_000
FEWEST_DAYS: Final = 14
MOST_DAYS: Final = 3_650
FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2100

_LANGUAGES: Final = {"en": 0.45, "es": 0.17, "fr": 0.12, "de": 0.1, "ja": 0.07, "it": 0.05, "pt-BR": 0.04}
"""What learners learn, by share; a scenario without a language is practised in theirs."""
_OTHER_LANGUAGE: Final = 0.02
_LOSS: Final = {"beginner": -2.9, "intermediate": -2.3, "advanced": -1.7, "native": -1.3}
"""How likely the first phase is to lose a learner, as log odds; each later phase adds `_LOSS_A_PHASE`."""
_LOSS_A_PHASE: Final = 0.4
_HARD_FOR_A_BEGINNER: Final = 0.9
_MOST_TEXTS: Final = 64
_NEVER_REACHED: Final = 1 / 12
_POPULAR: Final = 2
"""The rank of the newest scenario, from 0."""
_ENOUGH_TO_MISS: Final = (3, 16)
"""From how many scenarios on one of them is never run, and from how many on two."""
_ENOUGH_EASY: Final = 3


@dataclass(frozen=True, slots=True)
class SamplePhase:
    """One step of a scenario; `minutes` is what is planned for it."""

    phase_id: str
    minutes: float
    vocabulary: tuple[str, ...]
    objectives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SampleScenario:
    """What made-up learners need to know of a scenario, which has at least one phase."""

    scenario_id: str
    store: Store
    difficulty: str
    language: str | None
    phases: tuple[SamplePhase, ...]
    created_at: datetime | None

    @classmethod
    def of(cls, scenario: ConversationScenario, store: Store) -> Self:
        """A scenario of either store. Where no minutes are planned for a phase, the scenario's are shared out."""
        even = max(1.0, scenario.duration_minutes / max(1, len(scenario.phases)))
        phases = tuple(
            SamplePhase(
                phase.phase_id,
                phase.expected_duration_minutes or even,
                phase.key_vocabulary,
                phase.learning_objectives,
            )
            for phase in scenario.phases
        )
        return cls(scenario.scenario_id, store, scenario.difficulty, scenario.language, phases, scenario.created_at)


@dataclass(frozen=True, slots=True)
class SamplePlan:
    """Which sample: `runs` of the `days` before the beginning of the day `until`, in UTC.

    Raises:
        InvalidQueryError: a number is out of its range.
    """

    runs: int
    seed: int
    until: date
    days: int = DEFAULT_DAYS

    def __post_init__(self) -> None:
        ranges = [
            ("runs", self.runs, 1, MOST_RUNS),
            ("days", self.days, FEWEST_DAYS, MOST_DAYS),
            ("seed", self.seed, 0, 2**63 - 1),
            ("year of the end", self.until.year, FIRST_YEAR, LAST_YEAR),
        ]
        for name, value, least, most in ranges:
            if not least <= value <= most:
                raise InvalidQueryError(f"The {name} of a sample must be {least} to {most}, not {value}.")

    @property
    def end(self) -> datetime:
        """The moment up to which anything is known."""
        return datetime.combine(self.until, time(), UTC)

    @property
    def begin(self) -> datetime:
        """The moment before which there is no run."""
        return self.end - timedelta(days=self.days)

    @property
    def seconds(self) -> int:
        """The length of the period."""
        return self.days * DAY_SECONDS


@dataclass(frozen=True)
class TextTable:
    """Texts of each scenario, and the chance of each, out of 255, after so many completed phases."""

    texts: pa.StringArray
    first: Codes
    """The place of each scenario's first text."""
    chance: Bytes
    """By scenario, completed phases, and text."""


@dataclass(frozen=True)
class SampleModel:
    """All scenarios as tables: one row a scenario, one column a phase where there are two dimensions."""

    ids: pa.StringArray
    stores: pa.StringArray
    languages: pa.StringArray
    """The names of all languages; the others are places in this list."""
    own_language: Codes
    """-1 where the scenario is practised in the learner's language."""
    learner_languages: Floats
    """The share of learners of each language."""
    weights: Seconds
    """How often a scenario is chosen, by language of the learner and scenario."""
    launch: Codes
    """The second of the period from which on a scenario can be run."""
    total: Codes
    """How many phases a scenario has."""
    phase_ids: pa.StringArray
    first_phase: Codes
    """The place of each scenario's first phase among `phase_ids`."""
    loss: Floats
    """Log odds that a phase loses its learner; infinite behind the last phase."""
    log_seconds: Floats
    """Logarithm of the usual seconds in a phase."""
    ease: Floats
    """Log odds that a learner's turn succeeds."""
    words: TextTable
    objectives: TextTable


def build_model(scenarios: Sequence[SampleScenario], plan: SamplePlan) -> SampleModel:
    """Give each scenario its character, the same for the same plan and scenarios in whatever order they come.

    One or two scenarios are never chosen, and the newest production scenario starts in the middle of the period.
    """
    scenarios = sorted(scenarios, key=lambda scenario: (scenario.store, scenario.scenario_id))
    rng = np.random.default_rng([plan.seed, 0])
    newest = _newest(scenarios)
    names = list(dict.fromkeys([*_LANGUAGES, *(scenario.language for scenario in scenarios if scenario.language)]))
    own = [-1 if scenario.language is None else names.index(scenario.language) for scenario in scenarios]
    shares = np.array([_LANGUAGES.get(name, _OTHER_LANGUAGE) for name in names], np.float32)
    loss = _losses(rng, scenarios)
    return SampleModel(
        ids=pa.array([scenario.scenario_id for scenario in scenarios], pa.string()),
        stores=pa.array([scenario.store.value for scenario in scenarios], pa.string()),
        languages=pa.array(names, pa.string()),
        own_language=np.array(own, np.int32),
        learner_languages=shares / shares.sum(),
        weights=_weights(rng, scenarios, newest, names),
        launch=_launches(scenarios, newest, plan),
        total=np.array([len(scenario.phases) for scenario in scenarios], np.int32),
        phase_ids=pa.array([phase.phase_id for scenario in scenarios for phase in scenario.phases], pa.string()),
        first_phase=_starts([len(scenario.phases) for scenario in scenarios]),
        loss=loss,
        log_seconds=_log_seconds(rng, scenarios),
        ease=(-1.1 - 0.8 * loss[:, 0]).astype(np.float32),
        words=_texts(rng, [[phase.vocabulary for phase in scenario.phases] for scenario in scenarios], (0.35, 0.9)),
        objectives=_texts(rng, [[phase.objectives for phase in scenario.phases] for scenario in scenarios], (0.75, 1)),
    )


def _newest(scenarios: Sequence[SampleScenario]) -> int | None:
    """The scenario that starts in the middle, one for all languages if possible; None where there is no other."""
    dated = [
        (scenario.language is None, scenario.created_at, place)
        for place, scenario in enumerate(scenarios)
        if scenario.store is Store.PRODUCTION and scenario.created_at is not None
    ]
    return max(dated)[-1] if len(dated) > 1 else None


def _weights(
    rng: np.random.Generator, scenarios: Sequence[SampleScenario], newest: int | None, names: Sequence[str]
) -> Seconds:
    """Few scenarios are chosen often, and those in another language than the learner's seldom."""
    count = len(scenarios)
    order = [int(place) for place in rng.permutation(count) if place != newest]
    if newest is not None:
        order.insert(_POPULAR, newest)
    popularity = np.zeros(count)
    popularity[order] = 1 / (np.arange(count) + 2.0) ** 0.9
    nobody = [place for place in order if scenarios[place].store is Store.PRODUCTION and place != newest]
    popularity[nobody[len(nobody) - _never_run(len(nobody)) :]] = 0
    weights = np.tile(popularity, (len(names), 1))
    for place, scenario in enumerate(scenarios):
        if scenario.language is not None:
            weights[:, place] *= np.where(np.array(names) == scenario.language, 3.0, 0.1)
    return weights


def _never_run(count: int) -> int:
    return sum(count >= enough for enough in _ENOUGH_TO_MISS)


def _launches(scenarios: Sequence[SampleScenario], newest: int | None, plan: SamplePlan) -> Codes:
    """Production counts as being there from the start, custom scenarios as of when they were made."""
    launch = np.zeros(len(scenarios), np.int64)
    for place, scenario in enumerate(scenarios):
        if scenario.store is Store.CUSTOM and scenario.created_at is not None:
            launch[place] = (scenario.created_at - plan.begin).total_seconds()
    if newest is not None:
        launch[newest] = plan.days // 2 * DAY_SECONDS
    launch = np.clip(launch, 0, plan.seconds)
    if launch.min() > 0:
        launch[launch.argmin()] = 0
    return launch.astype(np.int32)


def _losses(rng: np.random.Generator, scenarios: Sequence[SampleScenario]) -> Floats:
    """Harder scenarios and later phases lose more; one that calls itself easy is not."""
    most = max(len(scenario.phases) for scenario in scenarios)
    loss = np.full((len(scenarios), most + 1), np.inf, np.float32)
    for place, scenario in enumerate(scenarios):
        count = len(scenario.phases)
        base = _LOSS.get(scenario.difficulty, _LOSS["intermediate"]) + rng.normal(0, 0.15)
        loss[place, :count] = base + _LOSS_A_PHASE * np.arange(count) + rng.normal(0, 0.12, count)
    easy = [place for place, scenario in enumerate(scenarios) if scenario.difficulty == "beginner"]
    if len(easy) >= _ENOUGH_EASY:
        loss[rng.choice(easy)] += _HARD_FOR_A_BEGINNER
    return loss


def _log_seconds(rng: np.random.Generator, scenarios: Sequence[SampleScenario]) -> Floats:
    """Around the planned minutes, though some scenarios take twice as long."""
    most = max(len(scenario.phases) for scenario in scenarios)
    usual = np.zeros((len(scenarios), most + 1), np.float32)
    twice = rng.permutation(len(scenarios))[: (len(scenarios) + 4) // 8]
    for place, scenario in enumerate(scenarios):
        planned = np.log([phase.minutes * 60 for phase in scenario.phases])
        bias = rng.normal(0, 0.15) + (np.log(2) if place in twice else 0)
        usual[place, : len(planned)] = planned + bias + rng.normal(0, 0.1, len(planned))
    return usual


def _texts(
    rng: np.random.Generator, scenarios: Sequence[Sequence[Sequence[str]]], chances: tuple[float, float]
) -> TextTable:
    """The further a learner came, the more texts; a few of each scenario are never among them."""
    placed: list[dict[str, int]] = []
    for phases in scenarios:
        found: dict[str, int] = {}
        for number, texts in enumerate(phases):
            for text in texts:
                found.setdefault(text, number)
        placed.append(dict(list(found.items())[:_MOST_TEXTS]))
    width = max(1, *(len(found) for found in placed))
    depth = max(len(phases) for phases in scenarios) + 1
    chance = np.zeros((len(placed), depth, width))
    done = np.arange(depth)[:, None]
    for place, found in enumerate(placed):
        count = len(found)
        phase = np.fromiter(found.values(), np.int64, count)[None, :]
        own = rng.uniform(*chances, count) * (rng.random(count) >= _NEVER_REACHED)
        chance[place, :, :count] = own * np.where(phase < done, 1.0, np.where(phase == done, 0.4, 0.0))
    texts = pa.array([text for found in placed for text in found], pa.string())
    return TextTable(texts, _starts([len(found) for found in placed]), np.floor(chance * 255).astype(np.uint8))


def _starts(counts: Sequence[int]) -> Codes:
    ends: Any = np.cumsum([0, *counts[:-1]])
    return np.asarray(ends, np.int32)
