"""The measures once more in plain Python: loops, sets and `statistics`, to hold the real ones against.

Each function answers a `Question` with the rows that the measure's docstring promises.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from scenario_core.usage.period import Grain, Period
from tests.usage_question import (
    LEVELS,
    OUTCOMES,
    Phase,
    Question,
    Row,
    Run,
    beginning,
    following,
    grouped,
    hidden,
    is_possible,
    is_small,
    learners,
    rates,
    share,
    small_ones,
    tally,
    told,
    withhold,
)

IMPOSSIBLE: Final = "impossible durations (none, or more than 4 hours)"


@dataclass(frozen=True)
class Answer:
    """What a measure has to give."""

    rows: list[Row]
    n: int
    left_out: dict[str, int] = field(default_factory=dict)
    is_absent: bool = False


def totals(asked: Question) -> Answer:
    period, former = asked.chosen.period, asked.chosen.period.compared(asked.chosen.comparison)
    yesterday = asked.today - timedelta(days=1)
    parts = {"chosen": period}
    if former is not None and period.first <= yesterday:
        parts["finished"] = Period(period.first, min(period.last, yesterday))
        parts["before"] = Period(former.first, former.first + (parts["finished"].last - period.first))
    rows = []
    for name, part in parts.items():
        counts = tally(asked.inside(part))
        row = {"period": name, "first": part.first, "last": part.last, **counts, **rates(counts)}
        rows.append(hidden(row, ("period", "first", "last"), is_hidden=is_small(counts, asked)))
    n = len(asked.inside())
    return Answer(rows, 0, is_absent=True) if rows[0]["withheld"] else Answer(rows, n, undated(asked))


def over_time(asked: Question) -> Answer:
    period, former = asked.chosen.period, asked.chosen.period.compared(asked.chosen.comparison)
    stretches: dict[date, list[date]] = {}
    for number in range(period.days):
        day = period.first + timedelta(days=number)
        stretches.setdefault(beginning(day, asked.chosen.grain), []).append(day)
    rows, befores = [], []
    for begins, days in stretches.items():
        is_whole = days[0] == begins and days[-1] < asked.today and following(begins, asked.chosen.grain) == days[-1]
        row = {
            "begins": days[0],
            "ends": days[-1],
            "is_whole": is_whole,
            **tally(asked.inside(Period(days[0], days[-1]))),
        }
        if former is not None:
            back = period.first - former.first
            before = tally(asked.inside(Period(days[0] - back, days[-1] - back)))
            befores.append(before if is_whole else dict.fromkeys(before, 0))
            row |= {f"before_{name}": value if is_whole else None for name, value in before.items()}
        rows.append(row)
    kept, withheld = withhold(rows, ("begins", "ends", "is_whole"), asked)
    for number in small_ones(befores, asked, ()):
        kept[number] |= {name: None for name in kept[number] if name.startswith("before_")}
    return Answer(kept, len(asked.inside()), undated(asked) | withheld)


def completion(asked: Question) -> Answer:
    groups = grouped(asked.inside(), lambda run: asked.of(run).shown)
    rows = []
    for shown, runs in groups.items():
        counts = tally(runs)
        if counts["starts"]:
            rows.append({"scenario": shown, "title": asked.titles()[shown], **counts, **rates(counts)})
    n = sum(row["starts"] for row in rows)
    kept, withheld = withhold(rows, ("scenario", "title"), asked)
    ranked = [row["rate"] for row in kept if not row["withheld"] and row["starts"] >= 10]
    for row in kept:
        has_rank = not row["withheld"] and row["starts"] >= 10
        row["rank"] = 1 + sum(rate > row["rate"] for rate in ranked) if has_rank else None
    return Answer(kept, n, undated(asked) | finished_only(asked) | withheld, is_only_finished(asked))


def stores(asked: Question) -> Answer:
    rows = []
    for store, runs in grouped(asked.inside(), lambda run: asked.of(run).store or "unknown").items():
        counts = tally(runs)
        shown = len({asked.of(run).shown for run in runs})
        rows.append({"store": store, "scenarios": shown, **counts, **rates(counts)})
    kept, withheld = withhold(rows, ("store",), asked)
    left_out = undated(asked) | finished_only(asked) | withheld
    return Answer(kept, len(asked.inside()), left_out, is_only_finished(asked))


def copies(asked: Question) -> Answer:
    groups = {shown: tally(runs) for shown, runs in grouped(asked.inside(), lambda run: asked.of(run).shown).items()}
    started = {shown: counts for shown, counts in groups.items() if counts["starts"]}
    shown_ones = {shown: counts for shown, counts in started.items() if counts["learners"] >= asked.smallest_group}
    origins = {each.shown: each.origin for each in asked.scenarios().values()}
    rows = []
    for origin, own in shown_ones.items():
        made = [counts for shown, counts in shown_ones.items() if origins[shown] == origin]
        if made:
            starts, completed = sum(each["starts"] for each in made), sum(each["completed"] for each in made)
            rates_of = own["completed"] / own["starts"], completed / starts
            rows.append({
                "origin": origin, "title": asked.titles()[origin], "copies": len(made), "origin_starts": own["starts"],
                "origin_completed": own["completed"], "origin_rate": rates_of[0], "copies_starts": starts,
                "copies_completed": completed, "copies_rate": rates_of[1], "difference": rates_of[1] - rates_of[0],
            })  # fmt: skip
    n = sum(row["origin_starts"] + row["copies_starts"] for row in rows)
    few = told({f"groups of fewer than {asked.smallest_group} learners": len(started) - len(shown_ones)})
    return Answer(rows, n, undated(asked) | finished_only(asked) | few, not rows)


def funnel(asked: Question) -> Answer:
    starts = [run for run in asked.inside() if not run.finished_only]
    has_phases = [run for run in starts if run.phases_completed is not None and (run.total_phases or 0) > 0]
    left_out = undated(asked) | finished_only(asked)
    left_out |= told({"runs whose phases are not known": len(starts) - len(has_phases)})
    deepest = min(max((run.total_phases or 0 for run in has_phases), default=0), 20)
    if not deepest:
        return Answer([], 0, left_out, is_absent=True)
    phases = asked.phases.get(asked.chosen.scenarios[0], ()) if len(asked.chosen.scenarios) == 1 else ()
    rows = []
    for position in range(1, deepest + 1):
        having = [run for run in has_phases if (run.total_phases or 0) >= position]
        reached = [run for run in having if (run.phases_completed or 0) >= position - 1]
        passed = [run for run in having if (run.phases_completed or 0) >= position]
        stopped = [run for run in has_phases if _stopped_in(run, deepest) == position]
        rows.append({
            "position": position,
            "phase": phases[position - 1].name if position <= len(phases) else f"Phase {position}",
            "started": len(having), "runs": len(reached), "passed": len(passed), "learners": learners(reached),
            **{each: sum(run.outcome == each for run in stopped) for each in OUTCOMES},
            "overall_rate": share(len(reached), len(having)), "step_rate": share(len(passed), len(reached)),
        })  # fmt: skip
    kept, withheld = withhold(rows, ("position", "phase"), asked)
    for row, next_row in pairwise(kept):
        if next_row["withheld"]:
            row.update(dict.fromkeys((*OUTCOMES, "passed", "step_rate")))
    return Answer(kept, len(has_phases), left_out | withheld, is_only_finished(asked))


def durations(asked: Question) -> Answer:
    done = [run for run in asked.inside() if run.outcome == "completed"]
    possible = [run for run in done if is_possible(run.seconds)]
    planned = {each.shown: each.planned for each in asked.known}
    rows = []
    for shown, runs in grouped(possible, lambda run: asked.of(run).shown).items():
        row = {"scenario": shown, "title": asked.titles()[shown], "planned": planned[shown]}
        rows.append(row | spread(runs, [run.seconds for run in runs], planned[shown]))
    kept, withheld = withhold(rows, ("scenario", "title", "planned"), asked)
    impossible = told({IMPOSSIBLE: len(done) - len(possible)})
    return Answer(kept, len(possible), undated(asked) | impossible | withheld, not possible)


def phase_durations(asked: Question) -> Answer:
    if len(asked.chosen.scenarios) != 1:
        return Answer([], 0, is_absent=True)
    phases = asked.phases.get(asked.chosen.scenarios[0], ())
    times: dict[int, list[tuple[Run, float]]] = {place: [] for place in range(1, len(phases) + 1)}
    impossible = 0
    for run in asked.inside():
        for place, seconds in enumerate((run.phase_seconds or ())[: run.phases_completed or 0], start=1):
            if is_possible(seconds):
                times.setdefault(place, []).append((run, seconds))
            else:
                impossible += 1
    rows = []
    for place, spent in times.items():
        phase = phases[place - 1] if place <= len(phases) else Phase(f"Phase {place}", None, ())
        row: Row = {"position": place, "phase": phase.name, "planned": phase.planned}
        rows.append(row | spread([run for run, _ in spent], [seconds for _, seconds in spent], phase.planned))
    n = sum(row["runs"] for row in rows)
    kept, withheld = withhold(rows, ("position", "phase", "planned"), asked)
    return Answer(kept, n, told({IMPOSSIBLE: impossible}) | withheld, not n)


def retention(asked: Question) -> Answer:
    period = asked.chosen.period
    mondays = [day for number in range(period.days) if (day := period.first + timedelta(days=number)).weekday() == 0]
    mondays = [day for day in mondays if day + timedelta(days=6) <= min(period.last, asked.today - timedelta(days=1))]
    if not mondays:
        return Answer([], 0, is_absent=True)
    weeks = {who: set(days) for who, days in _weeks(asked, asked.passing()).items()}
    began = {who: min(days) for who, days in _weeks(asked, asked.runs).items()}
    members = {monday: [who for who in weeks if began[who] == monday and monday in weeks[who]] for monday in mondays}
    cohorts = {monday: found for monday, found in members.items() if found}
    small = {monday for monday, found in cohorts.items() if len(found) < asked.smallest_group}
    if len(small) == 1 and len(cohorts) > 1:
        small.add(min(cohorts.keys() - small, key=lambda monday: (len(cohorts[monday]), monday)))
    rows = []
    for monday, found in cohorts.items():
        for week in range(13):
            then = monday + timedelta(weeks=week)
            is_mature = then + timedelta(weeks=1) <= asked.today
            active = sum(then in weeks[who] for who in found) if is_mature and monday not in small else None
            row: Row = {"cohort": monday, "learners": None if monday in small else len(found), "week": week}
            rate = None if active is None else active / len(found)
            rows.append(row | {"active": active, "rate": rate, "is_mature": is_mature})
    reasons = {
        "runs without a learner": sum(run.learner is None for run in asked.inside()),
        f"weeks in which fewer than {asked.smallest_group} learners began": len(small),
    }
    return Answer(rows, sum(map(len, cohorts.values())), undated(asked) | told(reasons), not cohorts)


def _weeks(asked: Question, runs: Iterable[Run]) -> dict[tuple[str, str], list[date]]:
    """The Mondays of the weeks in which each learner ran something, up to today."""
    found: dict[tuple[str, str], list[date]] = {}
    for run in runs:
        day = asked.day(run)
        if run.learner is not None and day and day <= asked.today:
            found.setdefault((run.kind, run.learner), []).append(beginning(day, Grain.WEEK))
    return found


def first_attempts(asked: Question) -> Answer:
    starts = [run for run in asked.inside() if not run.finished_only]
    tried = [run for run in starts if asked.attempt(run)]
    rows = []
    for (level, attempt), runs in grouped(
        tried, lambda run: (asked.of(run).difficulty or "unknown", asked.attempt(run))
    ).items():
        counts = tally(runs)
        rows.append({"difficulty": level, "attempt": attempt, **counts, **rates(counts)})
    rows.sort(key=lambda row: (LEVELS.index(row["difficulty"]) if row["difficulty"] in LEVELS else 4, row["attempt"]))
    n = sum(row["starts"] for row in rows if row["attempt"] == "first")
    kept, withheld = withhold(rows, ("difficulty", "attempt"), asked)
    unknown = told({"runs without a learner or a scenario": len(starts) - len(tried)})
    left_out = undated(asked) | finished_only(asked) | withheld | unknown
    return Answer(kept, n, left_out, is_only_finished(asked))


def coverage(asked: Question) -> Answer:
    listed = [each for each in asked.scenarios().values() if each.listed]
    runs = {each.scenario: [run for run in asked.inside() if run.scenario == each.scenario] for each in listed}
    rows = []
    for key, offered in grouped(listed, lambda each: (each.category, each.difficulty, each.language)).items():
        found = [run for each in offered for run in runs[each.scenario]]
        unrun = sorted(each.title for each in offered if not runs[each.scenario])
        row = dict(zip(("category", "difficulty", "language"), key, strict=True))
        rows.append(row | {"scenarios": len(offered), "unrun": len(unrun), "runs": len(found),
                           "learners": learners(found), "unrun_titles": unrun})  # fmt: skip
    n = sum(map(len, runs.values()))
    rows.sort(key=lambda row: (row["category"], row["difficulty"], row["language"]))
    kept, withheld = withhold(rows, ("category", "difficulty", "language", "scenarios", "unrun", "unrun_titles"), asked)
    elsewhere = told({"runs of scenarios that the catalogue does not list": len(asked.inside()) - n})
    is_told = not has_too_few_learners(asked)
    return Answer(kept, n if is_told else 0, undated(asked) | withheld | elsewhere, not listed)


def vocabulary(asked: Question) -> Answer:
    found = asked.inside()
    known = grouped([run for run in found if run.vocabulary is not None], lambda run: asked.of(run).shown)
    enough = {shown: runs for shown, runs in known.items() if learners(runs) >= asked.smallest_group}
    rows, foreign = [], 0
    for shown, runs in enough.items():
        words: dict[str, int] = {}
        for position, phase in enumerate(asked.phases.get(shown, ()), start=1):
            for word in phase.words:
                words.setdefault(word, position)
        foreign += len({word for run in runs for word in run.vocabulary or ()} - words.keys())
        for word, position in words.items():
            used = sum(word in (run.vocabulary or ()) for run in runs)
            rows.append({"scenario": shown, "title": asked.titles()[shown], "position": position, "word": word,
                         "runs": used, "of": len(runs), "rate": used / len(runs)})  # fmt: skip
    reasons = {
        "runs whose words are not known": sum(run.vocabulary is None for run in found),
        f"scenarios run by fewer than {asked.smallest_group} learners": len(known) - len(enough),
        "words that no phase holds now": foreign,
    }
    return Answer(rows, sum(map(len, enough.values())), undated(asked) | told(reasons), not rows)


def at_risk(asked: Question) -> Answer:
    end = min(asked.chosen.period.last, asked.today)
    since = end - timedelta(days=13)
    visible = {each.scenario for each in asked.known}
    kinds = grouped([run for run in asked.inside() if run.learner], lambda run: (run.kind, run.learner))
    engaged, unfinished, absent = [], [], []
    for who, runs in kinds.items():
        last = max(run.second or 0 for run in runs)
        if len(runs) >= 3:
            engaged.append(who)
            if not any(run.outcome == "completed" for run in runs if run.second == last):
                unfinished.append(who)
                lately = (
                    run for run in asked.runs
                    if (run.kind, run.learner) == who and (run.scenario or "") in visible
                    and (day := asked.day(run)) and since <= day <= asked.chosen.period.last
                )  # fmt: skip
                if not any(lately):
                    absent.append(who)
    counts = [len(kinds), len(engaged), len(unfinished), len(absent)]
    shown = [None if 0 < count < asked.smallest_group else count for count in counts]
    parts = [None, *(share(count, shown[1] or 0) if count is not None else None for count in shown[1:])]
    rows = [{"place": place, "learners": shown[place], "share": parts[place]} for place in range(4)]
    few = told({f"groups of fewer than {asked.smallest_group} learners": shown.count(None)})
    return Answer(rows, len(kinds), undated(asked) | few, not kinds)


def answer(name: str, asked: Question) -> Answer:
    """What a measure must say."""
    is_told = name in {"totals", "coverage"} or not has_too_few_learners(asked)
    return REFERENCE[name][0](asked) if is_told else Answer([], 0, is_absent=True)


def has_too_few_learners(asked: Question) -> bool:
    """Whether all runs together are of fewer learners than may be told of."""
    return bool(asked.inside()) and learners(asked.inside()) < asked.smallest_group


REFERENCE: Final[dict[str, tuple[Callable[[Question], Answer], tuple[str, ...]]]] = {
    "totals": (totals, ("period",)),
    "over_time": (over_time, ("begins",)),
    "completion": (completion, ("scenario",)),
    "funnel": (funnel, ("position",)),
    "durations": (durations, ("scenario",)),
    "phase_durations": (phase_durations, ("position",)),
    "retention": (retention, ("cohort", "week")),
    "first_attempts": (first_attempts, ("difficulty", "attempt")),
    "coverage": (coverage, ("category", "difficulty", "language")),
    "stores": (stores, ("store",)),
    "copies": (copies, ("origin",)),
    "vocabulary": (vocabulary, ("scenario", "word")),
    "at_risk": (at_risk, ("place",)),
}
"""Each measure's reference, and the columns that tell its rows apart."""


def spread(runs: Sequence[Run], seconds: Sequence[float | None], planned: float | None) -> Row:
    """Quartiles in minutes, with straight lines between the values."""
    minutes = [each / 60 for each in seconds if each is not None]
    if not minutes:
        quartiles: list[float | None] = [None] * 3
    else:
        quartiles = [*statistics.quantiles(minutes * 2 if len(minutes) == 1 else minutes, n=4, method="inclusive")]
    ratio = quartiles[1] / planned if planned and quartiles[1] is not None else None
    names = ("quartile_1", "median", "quartile_3")
    return {"runs": len(runs), "learners": learners(runs), **dict(zip(names, quartiles, strict=True)), "ratio": ratio}


def undated(asked: Question) -> dict[str, int]:
    return told({"runs without a readable start": sum(run.started_at is None for run in asked.passing())})


def finished_only(asked: Question) -> dict[str, int]:
    count = sum(run.finished_only for run in asked.inside())
    return told({"runs of sources that record finished runs only": count})


def is_only_finished(asked: Question) -> bool:
    runs = asked.inside()
    return bool(runs) and all(run.finished_only for run in runs)


def _stopped_in(run: Run, deepest: int) -> int:
    """The phase in which a run stopped; completed ones in their last."""
    return min((run.phases_completed or 0) + 1, run.total_phases or 0, deepest)
