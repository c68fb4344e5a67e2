"""The backups of production: list, point in time, retention. Restoring is done in Compare, where it is seen first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import streamlit as st

from dashboard import components, navigate, sides, state, wiring
from dashboard.address import is_number
from dashboard.backup_rows import Facts, Told, listing_data, size, state_name, why
from dashboard.markup import render
from dashboard.widgets import backup_facts, difference_sides, notices, person, restore_result
from dashboard.words import plain, plural
from scenario_core.errors import ScenarioDeskError
from scenario_core.people import Operation, may
from scenario_core.production.backups import BackupFile
from scenario_core.stewardship import backups
from scenario_core.stewardship.backups import Retention
from scenario_core.stewardship.states import PRODUCTION

PAGE_SIZE: Final = 25
MOST_NAMED: Final = 20
PARTS: Final = {"": "Backups", "moment": "Point in time", "retention": "Clean up"}
MOMENT: Final = "%Y-%m-%dT%H:%M"
FIRST_PAINT: Final = "backups_first_paint"
LOOK_EVERY: Final = "600ms"
RULE: Final = (
    f"Of the last {backups.ALL_DAYS} days every backup stays, of the last {backups.DAILY_DAYS} days the latest of each "
    "day, of all before that the latest of each month. The newest one and the approved baseline always stay."
)
Pair = tuple[BackupFile, BackupFile | None]


def go(**params: str) -> None:
    """Another part or page of this page."""
    st.query_params.from_dict({name: value for name, value in params.items() if value} | state.link_params())


@notices.guarded
def make_one() -> None:
    """Keep production as it is now."""
    made = backups.create(sides.steward())
    wiring.forget_report()
    state.say(f"Kept production as it is now: {plain(made.name)}.", ":material/inventory_2:")


def with_former(files: list[BackupFile]) -> list[Pair]:
    """Each backup with the one that was made before it."""
    return [(file, files[place + 1] if place + 1 < len(files) else None) for place, file in enumerate(files)]


def tools() -> None:
    """What can be done without choosing a backup."""
    with st.container(horizontal=True, vertical_alignment="center", key="backup_tools"):
        st.button("Make a backup now", icon=":material/add:", type="primary", on_click=make_one, key="make_backup")
        navigate.link(
            navigate.REPAIRS, "Approve production as the baseline", ":material/verified:", repair="approve_baseline"
        )
    state.hold("backup_part", st.query_params.get("part", "") if st.query_params.get("part") in PARTS else "")
    st.segmented_control(
        "What to see", list(PARTS), key="backup_part", format_func=PARTS.__getitem__, required=True,
        label_visibility="collapsed", on_change=lambda: go(part=st.session_state.backup_part),
    )  # fmt: skip


def told(shown: list[Pair]) -> Told:
    """What is known of these backups."""
    former = dict(shown)
    reasons = backups.reasons(sides.steward(), [file.name for file, _ in shown])

    def facts(file: BackupFile) -> Facts | None:
        return backup_facts.known(file, former[file])

    baseline = next((file for file, _ in shown if file.kind == "baseline"), None)
    approval = backup_facts.approval(facts(baseline)) if baseline else None
    if baseline and approval:
        reasons[baseline.name] = approval
    return Told(reasons, person.owner_names(), facts)


def page_of(pairs: list[Pair]) -> tuple[int, int, list[Pair]]:
    """Which page the address names, of how many, and what is on it."""
    pages = max(1, -(-len(pairs) // PAGE_SIZE))
    wanted = st.query_params.get("page", "1")
    page = min(max(int(wanted), 1), pages) if is_number(wanted) else 1
    return page, pages, pairs[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]


def listing(*, looking: bool) -> None:
    """The list, and the chosen backup above it; `looking` means that it runs by itself until all is found out."""
    first_paint = st.session_state.pop(FIRST_PAINT, False)
    with notices.or_stop():
        pairs = with_former(wiring.desk().production.backup_files())
    if not pairs:
        st.html(
            render(
                "empty",
                title="There are no backups yet.",
                text="Every save of production keeps what it replaces. You can make one now.",
            )
        )
        return
    page, pages, shown = page_of(pairs)
    chosen = next((pair for pair in pairs if state_name(pair[0]) == st.query_params.get("backup")), None)
    with notices.or_stop():
        more = backup_facts.find_out([*([chosen] if chosen else []), *shown], first_paint=first_paint)
        known = told([*shown, *([chosen] if chosen and chosen not in shown else [])])
    if chosen is not None:
        one(*chosen, known, page)
    st.caption(plural(len(pairs), "backup"))
    components.listing(
        listing_data((file for file, _ in shown), known, page=page, carried=state.link_params()),
        key="backups",
        on_open=lambda name: go(backup=name, page=str(page) if page > 1 else ""),
    )
    if pages > 1:
        state.hold("backups_page", page)
        st.pagination(pages, key="backups_page", on_change=lambda: go(page=str(st.session_state.backups_page)))
    if looking and not more and not first_paint:
        st.rerun()


def draw_listing() -> None:
    """The list at once; what must be read out of large files follows while the page can be used."""
    _, _, shown = page_of(with_former(wiring.desk().production.backup_files()))
    looking = any(backup_facts.known(*pair) is None for pair in shown)
    st.session_state[FIRST_PAINT] = True
    st.fragment(listing, run_every=LOOK_EVERY if looking else None)(looking=looking)


def one(file: BackupFile, former: BackupFile | None, known: Told, page: int) -> None:
    """One backup: what is known of it, and what can be done with it."""
    name, facts = state_name(file), known.facts(file)
    title = difference_sides.titles()
    with st.container(border=True, key="one_backup"):
        st.html(
            render(
                "backup",
                title=title(name),
                problem=facts.problem if facts else "",
                facts=[
                    ("Who and why", why(file, known)),
                    ("Since the former one", facts.change if facts else "is being found out"),
                    ("Size", size(file.size)),
                    ("SHA-256", facts.hash if facts else file.hash or "is being found out"),
                    ("File", file.name),
                ],
            )
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            if not (facts and facts.problem):
                navigate.link(
                    navigate.COMPARE, "Compare with production", ":material/compare:", old=name, new=PRODUCTION
                )
                navigate.link(
                    navigate.COMPARE, "Restore from it", ":material/restore:", old=PRODUCTION, new=name, into=PRODUCTION
                )
            if former is not None and not (facts and facts.problem):
                navigate.link(
                    navigate.COMPARE, "Compare with the former one", ":material/difference:",
                    old=state_name(former), new=name,
                )  # fmt: skip
            st.button(
                "Close", type="tertiary", key="close_backup", on_click=go,
                kwargs={"page": str(page) if page > 1 else ""},
            )  # fmt: skip


def point_in_time() -> None:
    """Which state production had at a moment, what has changed since, and the way back to it."""
    given = st.query_params.get("at", "")
    try:
        moment = datetime.strptime(given, MOMENT).replace(tzinfo=UTC)
    except ValueError:
        moment = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    state.hold("backup_moment", moment.replace(tzinfo=None))
    st.datetime_input(
        "Date and time, in UTC", key="backup_moment", width=320, step=60, format="YYYY-MM-DD",
        on_change=lambda: go(part="moment", at=f"{st.session_state.backup_moment:{MOMENT}}"),
    )  # fmt: skip
    with notices.or_stop():
        name = backups.at(sides.steward(), moment)
    title = difference_sides.titles()
    if name == PRODUCTION:
        st.markdown(f"At {moment:%Y-%m-%d %H:%M} UTC production was **as it is now**, as far as backups tell.")
        return
    st.markdown(f"At {moment:%Y-%m-%d %H:%M} UTC production was what **{plain(title(name))}** holds.")
    try:
        summary = sides.compared(name, PRODUCTION).diff.summary()
    except ScenarioDeskError as error:
        notices.failed(error)
        return
    st.markdown(f"Since then: **{plain(summary)}**.")
    with st.container(horizontal=True):
        navigate.link(navigate.COMPARE, "See what changed since", ":material/compare:", old=name, new=PRODUCTION)
        navigate.link(
            navigate.COMPARE, "Restore that state", ":material/restore:", old=PRODUCTION, new=name, into=PRODUCTION
        )
    st.caption("What other programs wrote in between, without keeping a backup, is not known.")


def retention() -> None:
    """Which backups would go under the rule; they go when their number was typed."""
    with notices.or_stop():
        planned = backups.retention(sides.steward())
    title = difference_sides.titles()
    st.html(
        render(
            "retention",
            rule=RULE,
            remove=[(title(file.name), size(file.size)) for file in planned.remove],
            keep=len(planned.keep),
            freed=size(planned.freed),
            most=MOST_NAMED,
        )
    )
    refused = st.session_state.pop("retention_refused", None)
    if refused is not None:
        notices.failed(refused)
    if not planned.remove:
        st.caption("There is nothing to clean up.")
        return
    number = len(planned.remove)
    with st.form("retention_form", border=False, clear_on_submit=True):
        label = f"Type {number} to delete {plural(number, 'backup')}"
        st.text_input(label, key="retention_count", width=320, max_chars=9)
        st.form_submit_button(
            f"Delete {plural(number, 'backup')}", icon=":material/delete:", on_click=delete, args=(planned,)
        )


def delete(planned: Retention) -> None:
    """Delete exactly what was shown."""
    typed = str(st.session_state.retention_count).strip()
    deletions = int(typed) if is_number(typed) else 0
    try:
        gone = backups.apply_retention(sides.steward(), planned, deletions=deletions)
    except ScenarioDeskError as error:
        st.session_state.retention_refused = error
        return
    wiring.forget_report()
    state.say(f"Deleted {plural(gone, 'backup')}; {size(planned.freed)} are free.", ":material/delete:")


st.title("Backups")
decision = may(state.me(), Operation.MANAGE_BACKUPS)
if not decision.allowed:
    st.info(f"Backups are for content managers to see: {plain(decision.rule)}.", icon=":material/lock:")
    st.stop()
notices.missing_parts()
restore_result.bar(difference_sides.titles())
tools()
match st.query_params.get("part"):
    case "moment":
        point_in_time()
    case "retention":
        retention()
    case _:
        draw_listing()
