"""Rehearsing: walk through a scenario in the terminal, and run kept rehearsals again as tests."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from scenario_core.bootstrap import Desk
from scenario_core.cli.context import Json, desk_of, warn_of_source
from scenario_core.cli.output import show_json, show_lines
from scenario_core.custom.rehearsals import DRAFT
from scenario_core.errors import (
    DatabaseError,
    InvalidQueryError,
    InvalidTranscriptError,
    InvalidTurnError,
    ScenarioNotFoundError,
)
from scenario_core.rehearsal import (
    Kind,
    Partner,
    PhaseScore,
    Speaker,
    Transcript,
    Use,
    begin,
    finish,
    move_on,
    say,
    score,
)
from scenario_core.rehearsal.examples import Example, Rerun, rerun
from scenario_core.rehearsal.self_walk import walk
from scenario_core.scenario import ConversationScenario

NEXT_PHASE = "/next"
Files = Annotated[list[Path] | None, typer.Option(help="A file of examples, beside those that you have kept.")]


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(rehearse)


def rehearse(
    context: typer.Context,
    scenario_id: Annotated[str | None, typer.Argument(help="Any scenario that you may read; all for --check.")] = None,
    phase: Annotated[str | None, typer.Option(help="The id of the phase to begin with.")] = None,
    examples: Files = None,
    *,
    check: Annotated[bool, typer.Option("--check", help="Run kept rehearsals again instead.")] = False,
    walk_it: Annotated[bool, typer.Option("--walk", help="Tell what learners would run into instead.")] = False,
    export: Annotated[bool, typer.Option("--export", help="Print your kept rehearsals as a file of examples.")] = False,
    as_json: Json = False,
) -> None:
    """Walk through a scenario: type what the learner says, /next for the next phase, and end the input to stop.

    With --check, kept rehearsals are run again: exits 0 when all come to what they came to, 1 when one has turned for
    the worse, 2 when one could not be run.

    Example: scenario-desk rehearse --check
    """
    desk = desk_of(context)
    warn_of_source(desk)
    if sum((check, walk_it, export)) > 1:
        raise InvalidQueryError("Only one of --check, --walk and --export can be done at a time.")
    if check:
        kept, unreadable = _examples(desk, scenario_id, examples or [])
        raise typer.Exit(_check(desk, kept, unreadable, as_json=as_json))
    if export:
        kept, unreadable = _kept(desk, scenario_id)
        for problem in unreadable:
            typer.echo(f"warning: {problem}", err=True)
        show_json([each.model_dump(mode="json") for each in kept])
        return
    if scenario_id is None:
        raise InvalidQueryError("Which scenario?", hint="Give its id; `scenario-desk catalogue list` has them.")
    scenario = desk.catalogue.resolve(desk.settings.user, scenario_id).scenario
    if walk_it:
        raise typer.Exit(_walk(scenario, as_json=as_json))
    _talk(scenario, desk.partner, phase, as_json=as_json)


def _check(desk: Desk, examples: list[Example], problems: list[str], *, as_json: bool) -> int:
    runs: list[Rerun] = []
    for example in examples:
        try:
            scenario = desk.catalogue.resolve(desk.settings.user, example.scenario_id).scenario
            runs.append(rerun(scenario, example))
        except ScenarioNotFoundError as error:
            problems.append(f"{example.scenario_id}: {example.name}: {error}")
    if as_json:
        show_json({"examples": [_plain(each) for each in runs], "problems": problems})
    else:
        show_lines(_sentences(runs, problems))
    if problems:
        return 2
    return 1 if any(each.is_regression for each in runs) else 0


def _sentences(runs: Iterable[Rerun], problems: list[str]) -> Iterator[str]:
    passed = failed = 0
    for run in runs:
        passed, failed = passed + (not run.is_regression), failed + run.is_regression
        if run.turned:
            yield f"{'FAILED' if run.is_regression else 'better'} {run.example.scenario_id}: {run.example.name}"
        for each in run.turned:
            number = f"turn {_learner_turn(run.example, each.turn)}" if each.turn is not None else "phase"
            yield f"  {number} {each.where!r}: {each.before or 'nothing'} -> {each.after}: {each.why}"
    yield from (f"could not run {problem}" for problem in problems)
    yield f"{passed} passed, {failed} failed, {len(problems)} could not run"


def _learner_turn(example: Example, place: int) -> int:
    """The number of a turn among the learner's, from 1 on."""
    return sum(1 for turn in example.transcript.turns[: place + 1] if turn.speaker is Speaker.LEARNER)


def _plain(run: Rerun) -> dict[str, Any]:
    turned = [{name: getattr(each, name) for name in each.__slots__} for each in run.turned]
    named = {"scenario_id": run.example.scenario_id, "name": run.example.name}
    return {**named, "passed": not run.is_regression, "turned": turned}


def _examples(desk: Desk, scenario_id: str | None, files: list[Path]) -> tuple[list[Example], list[str]]:
    """(those that are kept and those in files, what can't be read of them).

    With files a database that does not answer is only warned of.
    """
    in_files = list(_in_files(files, scenario_id))
    try:
        kept, unreadable = _kept(desk, scenario_id)
    except DatabaseError as error:
        if not files:
            raise
        typer.echo(f"warning: only the examples of files are checked. {error}", err=True)
        return in_files, []
    return [*kept, *in_files], unreadable


def _kept(desk: Desk, scenario_id: str | None) -> tuple[list[Example], list[str]]:
    """Those of scenarios; those of drafts are run beside the form."""
    with desk.builder() as service:
        stored = service.rehearsals.examples(desk.settings.user, scenario_id)
    kept, unreadable = [], []
    for each in stored:
        if not each.subject.startswith(DRAFT):
            try:
                kept.append(Example.of(each.subject, each.name, each.transcript, each.expected))
            except InvalidTranscriptError as error:
                unreadable.append(f"{each.subject}: {each.name}: {error}")
    return kept, unreadable


def _in_files(files: list[Path], scenario_id: str | None) -> Iterator[Example]:
    for file in files:
        try:
            records = orjson.loads(file.read_bytes())
        except OSError as error:
            raise InvalidQueryError(f"{file} can't be read: {error.strerror}.") from error
        except ValueError as error:
            raise InvalidQueryError(f"{file} is no JSON: {error}.") from error
        if not isinstance(records, list):
            raise InvalidQueryError(f"{file} must hold a list of examples.", hint="`rehearse --export` writes one.")
        for place, record in enumerate(records):
            example = _example(file, place, record)
            if scenario_id in {None, example.scenario_id}:
                yield example


def _example(file: Path, place: int, record: Any) -> Example:
    try:
        return Example.read(record)
    except InvalidTranscriptError as error:
        raise InvalidQueryError(f"{file}, example {place}: {error.message}") from error


def _walk(scenario: ConversationScenario, *, as_json: bool) -> int:
    found = walk(scenario)
    if as_json:
        show_json([{name: getattr(each, name) for name in each.__slots__} for each in found])
    else:
        show_lines([f"{each.pointer}: {each.message} {each.hint}" for each in found])
        show_lines([f"{len(found)} found" if found else "no learner runs into anything"])
    return 1 if found else 0


def _talk(scenario: ConversationScenario, partner: Partner, phase: str | None, *, as_json: bool) -> None:
    started = time.monotonic()
    transcript = begin(scenario, partner, phase)
    shown = 0 if as_json else _show_new(scenario, transcript, 0)
    for line in sys.stdin:
        try:
            transcript = _step(scenario, transcript, line.strip(), partner, time.monotonic() - started)
        except InvalidTurnError as error:
            typer.echo(f"not said: {error}", err=True)
            continue
        shown = shown if as_json else _show_new(scenario, transcript, shown)
        if transcript.has_ended:
            break
    transcript = finish(scenario, transcript, partner, time.monotonic() - started)
    found = score(scenario, transcript)
    if as_json:
        show_json(
            {"transcript": transcript.model_dump(mode="json"), "phases": [_counts(each) for each in found.phases]}
        )
        return
    _show_new(scenario, transcript, shown)
    show_lines([found.note] if found.note else [])
    show_lines([_summary(each) for each in found.phases if each.was_entered])


def _step(
    scenario: ConversationScenario, transcript: Transcript, typed: str, partner: Partner, seconds: float
) -> Transcript:
    if typed == NEXT_PHASE:
        return move_on(scenario, transcript, partner, seconds)
    return say(scenario, transcript, typed, partner, seconds)


def _show_new(scenario: ConversationScenario, transcript: Transcript, shown: int) -> int:
    """Print the turns from a place on; returns how many there are."""
    found = score(scenario, transcript)
    for place, turn in enumerate(transcript.turns[shown:], start=shown):
        if turn.speaker is Speaker.PARTNER:
            show_lines([f"{scenario.ai_role}: {turn.text}", *([f"  ({turn.note})"] if turn.note else [])])
        else:
            said = [each for each in found.detections.get(place, ()) if each.use is not Use.NOT_YET]
            show_lines([f"  {each.use}: {each.entry}" for each in said])
    sys.stdout.flush()
    return len(transcript.turns)


def _counts(phase: PhaseScore) -> dict[str, Any]:
    used = {kind.value: [each.entry for each in phase.of_kind(kind) if each.use is Use.USED] for kind in Kind}
    return {"phase_id": phase.phase.phase_id, "met": phase.is_met, "seconds": round(phase.seconds, 1), **used}


def _summary(phase: PhaseScore) -> str:
    names = {Kind.VOCABULARY: "of the vocabulary", Kind.PHRASE: "phrases"}
    used = ", ".join(f"{phase.used(kind)} of {len(phase.of_kind(kind))} {names[kind]}" for kind in Kind)
    goal = "goal met" if phase.is_met else "goal not met"
    planned = phase.phase.expected_duration_minutes
    return f"{phase.phase.name}: {used} used; {goal}; {phase.seconds / 60:.1f} of {planned} minutes"
