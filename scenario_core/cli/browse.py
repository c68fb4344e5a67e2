"""Reading the catalogue: list, search, facets, show."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from scenario_core.catalogue import CataloguePage, CatalogueScenario
from scenario_core.cli.context import Json, desk_of, warn_of_source
from scenario_core.cli.output import show_json, show_lines, show_table
from scenario_core.custom.records import Origin
from scenario_core.errors import InvalidQueryError
from scenario_core.listing import LENGTHS, STATES, STORES, CatalogueEntry, CatalogueFilter, SortKey
from scenario_core.scenario import CATEGORIES, DEFAULT_LANGUAGE, DIFFICULTIES

catalogue = typer.Typer(no_args_is_help=True, help="List, search and show scenarios of both stores.")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(catalogue, name="catalogue")


Categories = Annotated[
    list[str] | None, typer.Option("--category", help=f"One of {', '.join(CATEGORIES)}. Repeatable.")
]
Difficulties = Annotated[
    list[str] | None, typer.Option("--difficulty", help=f"One of {', '.join(DIFFICULTIES)}. Repeatable.")
]
Languages = Annotated[list[str] | None, typer.Option("--language", help="A language tag, such as fr. Repeatable.")]
Stores = Annotated[list[str] | None, typer.Option("--store", help=f"One of {', '.join(STORES)}. Repeatable.")]
Lengths = Annotated[list[str] | None, typer.Option("--length", help=f"One of {', '.join(LENGTHS)}. Repeatable.")]
States = Annotated[list[str] | None, typer.Option("--state", help=f"One of {', '.join(STATES)}. Repeatable.")]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="How many to show.")]
After = Annotated[str | None, typer.Option(help="The place where the list goes on, as the former page printed it.")]


@catalogue.command(name="list")
def list_scenarios(
    context: typer.Context,
    category: Categories = None,
    difficulty: Difficulties = None,
    language: Languages = None,
    store: Stores = None,
    length: Lengths = None,
    state: States = None,
    sort: Annotated[SortKey, typer.Option(help="The order.")] = SortKey.TITLE,
    *,
    descending: Annotated[bool, typer.Option("--descending", help="The other way round.")] = False,
    limit: Limit = 50,
    after: After = None,
    as_json: Json = False,
) -> None:
    """List what you may read.

    Example: scenario-desk catalogue list --category travel --language de
    """
    desk = desk_of(context)
    warn_of_source(desk)
    wanted = _filter("", category, difficulty, language, store, length, state)
    page = desk.catalogue.page(desk.settings.user, wanted, sort=sort, descending=descending, after=after, limit=limit)
    _show(page, as_json=as_json)


@catalogue.command()
def search(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="Words that must all be found; the last letters may be missing.")],
    category: Categories = None,
    difficulty: Difficulties = None,
    language: Languages = None,
    store: Stores = None,
    limit: Limit = 50,
    after: After = None,
    *,
    as_json: Json = False,
) -> None:
    """Find scenarios by any of their text, accents or not, the best first.

    Example: scenario-desk catalogue search "cafe terrace"
    """
    desk = desk_of(context)
    warn_of_source(desk)
    wanted = _filter(text, category, difficulty, language, store, None, None)
    _show(
        desk.catalogue.page(desk.settings.user, wanted, sort=SortKey.RELEVANCE, after=after, limit=limit),
        as_json=as_json,
    )


@catalogue.command()
def facets(
    context: typer.Context,
    text: Annotated[str, typer.Option(help="Count only what holds these words.")] = "",
    category: Categories = None,
    difficulty: Difficulties = None,
    language: Languages = None,
    store: Stores = None,
    length: Lengths = None,
    state: States = None,
    *,
    as_json: Json = False,
) -> None:
    """Count what you may read, by each property.

    Example: scenario-desk catalogue facets --difficulty beginner
    """
    desk = desk_of(context)
    warn_of_source(desk)
    found = desk.catalogue.facets(
        desk.settings.user, _filter(text, category, difficulty, language, store, length, state)
    )
    if as_json:
        show_json(asdict(found))
        return
    rows: list[tuple[str, Any, int]] = [
        (name, value, number) for name, values in found.counts.items() for value, number in values.items()
    ]
    rows += [("owner", owner, number) for owner, number in found.owners.items()]
    show_table(("facet", "value", "scenarios"), rows)
    show_lines([f"{'' if found.exact else 'more than '}{found.total} in all", *found.problems])


@catalogue.command()
def show(
    context: typer.Context,
    scenario_id: Annotated[str, typer.Argument(help="The scenario's id.")],
    *,
    as_json: Json = False,
) -> None:
    """Show everything about one scenario.

    Example: scenario-desk catalogue show hotel_check_in
    """
    desk = desk_of(context)
    warn_of_source(desk)
    found = desk.catalogue.resolve(desk.settings.user, scenario_id)
    if as_json:
        custom = found.custom
        show_json(
            {
                "store": found.store,
                "scenario": found.scenario.model_dump(mode="json"),
                "owner_id": custom.owner_id if custom else None,
                "is_public": custom.is_public if custom else True,
                "version": custom.version if custom else None,
                "origin": _origin(custom.origin) if custom and custom.origin else None,
            }
        )
    else:
        show_lines(_sheet(found))


def _filter(
    text: str,
    category: list[str] | None,
    difficulty: list[str] | None,
    language: list[str] | None,
    store: list[str] | None,
    length: list[str] | None,
    state: list[str] | None,
) -> CatalogueFilter:
    """The filter of the options; an unknown value would silently list nothing, so it is refused.

    Raises:
        InvalidQueryError: a value is none of those that can be chosen.
    """
    known = {
        "category": (category, CATEGORIES),
        "difficulty": (difficulty, DIFFICULTIES),
        "store": (store, STORES),
        "length": (length, LENGTHS),
        "state": (state, STATES),
    }
    for name, (values, choices) in known.items():
        for value in values or ():
            if value not in choices:
                raise InvalidQueryError(f"--{name} must be one of {', '.join(choices)}, not {value!r}.")
    return CatalogueFilter(
        text=text,
        stores=frozenset(store or ()),
        categories=frozenset(category or ()),
        difficulties=frozenset(difficulty or ()),
        languages=frozenset(language or ()),
        lengths=frozenset(length or ()),
        states=frozenset(state or ()),
    )


def _show(page: CataloguePage, *, as_json: bool) -> None:
    if as_json:
        show_json(asdict(page))
        return
    show_table(
        ("id", "title", "store", "category", "difficulty", "language", "minutes", "phases"),
        [_row(entry) for entry in page.entries],
    )
    show_lines([f"go on with --after {page.next_cursor}"] if page.next_cursor else [])
    show_lines(page.problems)


def _row(entry: CatalogueEntry) -> tuple[Any, ...]:
    return (
        entry.scenario_id,
        entry.title,
        entry.store,
        entry.category,
        entry.difficulty,
        entry.language,
        entry.duration_minutes,
        entry.phase_count,
    )


def _sheet(found: CatalogueScenario) -> list[str]:
    scenario = found.scenario
    lines = [
        f"{scenario.name} ({scenario.scenario_id}), {scenario.duration_minutes} minutes",
        ", ".join([found.store, scenario.category, scenario.difficulty, scenario.language or DEFAULT_LANGUAGE]),
        scenario.description,
        f"You are {scenario.user_role}, your partner is {scenario.ai_role}. {scenario.setting}",
    ]
    for number, phase in enumerate(scenario.phases, start=1):
        lines += ["", f"{number}. {phase.name} ({phase.expected_duration_minutes} minutes)", f"   {phase.description}"]
        lines += [f"   words: {', '.join(phase.key_vocabulary)}"]
        lines += [f"   - {phrase}" for phrase in phase.essential_phrases]
        lines += [f"   goal: {criterion}" for criterion in phase.success_criteria]
        lines += [f"   note: {phase.cultural_notes}"] if phase.cultural_notes else []
    return lines


def _origin(origin: Origin) -> dict[str, str]:
    return {"store": origin.store.value, "scenario_id": origin.scenario_id, "title": origin.title}
