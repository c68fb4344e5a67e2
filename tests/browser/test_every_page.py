"""Every page, on both screens, in both colour schemes: accessible, within the screen, safe, and pictured."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from scenario_core.bootstrap import Desk
from scenario_core.custom import ScenarioBuilderService
from scenario_core.rehearsal import ScriptedPartner, begin, finish, say
from scenario_core.rehearsal.examples import expected_of
from scenario_core.settings import Settings
from scenario_core.stewardship import backups, proposals
from scenario_core.stewardship.steward import Steward
from tests.browser.driving import NARROW, WIDE, Scheme, Size, axe, screenshot, visit
from tests.browser.serving import Server, dashboard
from tests.factories import ADMIN, SHIPPED, STRANGER, phase_document, scenario_document, write_production

pytestmark = pytest.mark.slow
COPY = "custom_travel_1795000000_0badcafe"
DRAFT = "00000000-0000-4000-8000-00000000d0a7"
PATH, OTHERS = "00000000-0000-4000-8000-00000000c0de", "00000000-0000-4000-8000-00000000c1de"
REPLACED = "gym_membership_trial"
REPLACING, ADDING, PUBLISHED = "0badcafe", "0badf00d", "0decaf00"
PAGES = {
    "home": "/",
    "catalogue": "/catalogue",
    "tiles": "/catalogue?layout=tiles&category=travel&category=restaurant",
    "nothing-found": "/catalogue?q=xyzzy",
    "scenario": "/scenario?id=hotel_check_in",
    "own-scenario": f"/scenario?id={COPY}",
    "not-found": "/scenario?id=nowhere_at_all",
    "author": f"/author?draft={DRAFT}",
    "author-quality": f"/author?draft={DRAFT}&beside=quality",
    "author-rehearse": f"/author?draft={DRAFT}&beside=rehearse",
    "origin": f"/origin?id={COPY}",
    "rehearse": f"/rehearse?id={COPY}",
    "rehearsed": "/rehearse?id=hotel_check_in",
    "compare": f"/compare?old=scenario:hotel_check_in&new=scenario:{COPY}",
    "compare-list": "/compare?old=backup&new=production",
    "compare-restore": "/compare?old=production&new=backup&into=production&scenario=hotel_check_in",
    "compare-file": "/compare?old=file&new=production",
    "backups": "/backups",
    "backup": "/backups?backup=backup",
    "point-in-time": "/backups?part=moment&at=2020-01-01T00:00",
    "clean-up": "/backups?part=retention",
    "audit-log": "/audit_log",
    "audit-entry": "/audit_log?entry=1",
    "not-allowed": "/audit_log?as=7",
    "discover": "/discover",
    "discover-nothing": "/discover?as=33",
    "discover-bookmarks": "/discover?show=bookmarks&label=week+1",
    "discover-collections": "/discover?show=collections",
    "collection": f"/collection?id={PATH}",
    "collection-of-others": f"/collection?id={OTHERS}",
    "mine": "/mine",
    "templates": "/templates",
    "integrity": "/integrity",
    "integrity-by-scenario": "/integrity?by=scenario&show=all",
    "integrity-checks": "/integrity?section=checks",
    "integrity-waivers": "/integrity?section=waivers",
    "integrity-runs": "/integrity?section=runs",
    "finding": f"/scenario?id={COPY}&field=setting",
    "usage": "/usage",
    "usage-picked": "/usage?on=scenario:restaurant_dinner_reservation;started:yes&by=completion",
    "usage-scenarios": "/usage?section=scenarios",
    "usage-learners": "/usage?section=learners",
    "usage-content": "/usage?section=content",
    "usage-runs": "/usage?section=runs",
    "proposals": "/proposals?state=all",
    "proposal": f"/proposals?id={REPLACING}",
    "proposal-publish": f"/proposals?id={ADDING}&step=publish",
    "proposal-published": f"/proposals?id={PUBLISHED}",
    "repairs": "/repairs",
    "repair": "/repairs?repair=approve_baseline",
}
REVIEW: Final = "Clear phases, and the partner is patient."
SIZES: Final[dict[str, Size]] = {"wide": WIDE, "narrow": NARROW}
SCHEMES: Final[tuple[Scheme, ...]] = ("light", "dark")
COMPARED = "/compare?old=scenario:hostile_one&new=scenario:hostile_one"
HOSTILE = (
    """<img src=x onerror="document.title='owned'"> ![x](/nowhere.png) [y](javascript:alert(1)) :material/home: $x$"""
)


@pytest.fixture(scope="module")
def furnished(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard in which one person has a copy, a draft with faults, something deleted and something shared."""
    folder = tmp_path_factory.mktemp("furnished")
    production, database = folder / "scenarios.json", folder / "desk.db"
    production.write_bytes(SHIPPED.read_bytes())
    database.write_bytes(migrated_sqlite.read_bytes())
    url = f"sqlite:///{database}"
    desk = Desk.open(Settings(production=production, database=url))
    approve_something_else(desk, folder)
    with desk.builder() as service:
        copy = service.duplicate_scenario("hotel_check_in", ADMIN, "Late Arrival in Lisbon", copy_id=COPY)
        changed = {**copy.scenario.model_dump(mode="json"), "setting": "A narrow hotel in Lisbon, after midnight."}
        service.update_scenario(COPY, ADMIN, changed, expected_version=1)
        other = service.create_scenario(STRANGER, scenario_document(name="A Picnic in the Rain", category="social"))
        service.set_visibility(other.scenario_id, STRANGER, is_public=True, expected_version=1)
        gone = service.create_scenario(ADMIN, scenario_document(name="Lost Luggage"))
        service.delete_scenario(gone.scenario_id, ADMIN, expected_version=1)
        document = scenario_document(
            name="Market Day", phases=[phase_document(name="Greetings", key_vocabulary=["one"])]
        )
        service.drafts.open(ADMIN, document, draft_id=DRAFT)
        service.batch.apply(ADMIN, "tag", [COPY], words=["exam"])
        keep_a_rehearsal(service, desk)
    keep_rate_and_collect(desk)
    propose(desk)
    desk.close()
    with dashboard(folder, production=production, database_url=url, SCENARIO_DESK_SAMPLE_RUNS="5000") as server:
        yield server


def keep_a_rehearsal(service: ScenarioBuilderService, desk: Desk) -> None:
    """One that has ended and is kept twice, once with an expectation that it no longer meets."""
    scenario = desk.catalogue.resolve(ADMIN, "hotel_check_in").scenario
    said = "Good evening, I would like to check in. I booked three nights under my first name, here is my passport."
    transcript = say(scenario, begin(scenario, ScriptedPartner()), said, ScriptedPartner(), 12)
    transcript = finish(scenario, transcript, ScriptedPartner(), 40)
    expected = expected_of(scenario, transcript)
    document = transcript.model_dump(mode="json")
    service.rehearsals.go_on(ADMIN, scenario.scenario_id, document, expected_version=0)
    service.rehearsals.keep(ADMIN, scenario.scenario_id, "In one go", document, expected.model_dump(mode="json"))
    more = expected.model_copy(update={"met": (*expected.met, "early_start")}).model_dump(mode="json")
    service.rehearsals.keep(ADMIN, scenario.scenario_id, "With a wish for the morning", document, more)


def keep_rate_and_collect(desk: Desk) -> None:
    """Bookmarks, labels, ratings, a learning path of one's own, a shared one, and a deleted one."""
    steps = {
        "restaurant_dinner_reservation": "Listen for how the time is asked for.",
        "hotel_check_in": "",
        COPY: "The same at night, with a tired receptionist.",
        "lost_passport_police_report": "Only once the first three go without help.",
    }
    with desk.builder() as service:
        for name in steps:
            service.bookmarks.add(name, ADMIN)
            service.labels.put(name, ADMIN, ["week 1"] if name == "hotel_check_in" else ["week 2", "travel"])
        text = "From the first reservation to a night that goes wrong: four steps, each a little harder."
        service.collections.create(ADMIN, "A Weekend Away", text, is_path=True, collection_id=PATH)
        service.collections.create(STRANGER, "Favourites of the spring class", collection_id=OTHERS)
        for name, note in steps.items():
            service.collections.add(PATH, ADMIN, name, note)
            if name != COPY:
                service.collections.add(OTHERS, STRANGER, name, note)
        version = service.collections.get(OTHERS, STRANGER).version
        service.collections.set_visibility(OTHERS, STRANGER, is_public=True, expected_version=version)
        gone = service.collections.create(ADMIN, "Last year's path")
        service.collections.delete(gone.collection_id, ADMIN)
        for name, stars in {"hotel_check_in": [5, 4, 5, 4, 4], "restaurant_dinner_reservation": [5, 5, 5]}.items():
            for person, star in enumerate(stars, start=20):
                service.ratings.rate(name, person, star, REVIEW if star == 4 else "")


def propose(desk: Desk) -> None:
    """Proposals in several states, one of them published."""
    with desk.builder() as service:
        inn = service.duplicate_scenario("hotel_check_in", STRANGER, "Late Arrival at the Harbour Inn (Updated)")
        picnic = service.create_scenario(STRANGER, scenario_document(name="A Picnic by the Lake", category="social"))
        rainy = service.duplicate_scenario(REPLACED, STRANGER)
        text = {**rainy.scenario.model_dump(mode="json"), "setting": "The same place, on a rainy afternoon."}
        service.update_scenario(rainy.scenario_id, STRANGER, text, expected_version=1)
        table = service.create_scenario(STRANGER, scenario_document(name="A Table by the Window"))
        for made, name in ((inn, REPLACING), (picnic, ADDING), (rainy, PUBLISHED), (table, None)):
            service.proposals.propose(
                made.scenario_id, STRANGER, expected_version=2 if made is rainy else 1,
                replace=made in (inn, rainy), proposal_id=name,
                text="The inn suits the pictures better." if made is inn else "",
            )  # fmt: skip
        waiting = service.proposals.latest_of(table.scenario_id, STRANGER)
        assert waiting is not None
        service.proposals.ask(waiting.proposal_id, ADMIN, "The second phase needs more phrases.", expected_version=1)
    steward = Steward.configured(desk)
    proposals.publish(steward, proposals.plan(steward, PUBLISHED))


def approve_something_else(desk: Desk, folder: Path) -> None:
    """A baseline from which production differs in each way, and a few backups of former months."""
    document = json.loads(SHIPPED.read_bytes())
    document["hotel_check_in"] |= {"name": "Late Arrival", "setting": "A lobby\u00a0by night "}
    document["tea_break"] = {**document["hotel_check_in"], "scenario_id": "tea_break", "name": "Tea Break"}
    document.pop("train_station_tickets")
    approved = write_production(folder / "scenarios.json.backup", document).read_bytes()
    steward = Steward.configured(desk)
    backups.create(steward)
    for month in range(1, 9):
        for day in (3, 17):
            name = f"scenarios-2026{month:02}{day:02}T101500.000000Z-{hashlib.sha256(approved).hexdigest()[:16]}.json"
            (folder / "backups" / name).write_bytes(approved)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_accessible_fits_the_screen_and_is_pictured(furnished: Server, page: Page, name: str) -> None:
    for size, scheme in product(SIZES, SCHEMES):
        page.set_viewport_size({"width": SIZES[size][0], "height": SIZES[size][1]})
        page.emulate_media(color_scheme=scheme)
        visit(page, furnished.url + PAGES[name])
        expect(page.get_by_test_id("stException")).to_have_count(0)
        screenshot(page, f"{name}-{size}-{scheme}")
        main = page.get_by_test_id("stMain")
        assert main.evaluate("it => it.scrollWidth - it.clientWidth") <= 0, (size, scheme)
        assert axe(page) == [], (size, scheme)


def test_what_people_wrote_never_becomes_an_element_of_any_page(
    migrated_sqlite: Path, tmp_path: Path, page: Page
) -> None:
    production = tmp_path / "scenarios.json"
    hostile = scenario_document("hostile_one", name=HOSTILE, description=HOSTILE, setting=HOSTILE, user_role=HOSTILE)
    hostile["phases"] = [phase_document(name=HOSTILE, key_vocabulary=[HOSTILE] * 3, essential_phrases=[HOSTILE] * 3)]
    production.write_text(json.dumps({"hostile_one": hostile}), encoding="utf-8")
    database = tmp_path / "desk.db"
    database.write_bytes(migrated_sqlite.read_bytes())
    with dashboard(tmp_path, production=production, database_url=f"sqlite:///{database}") as server:
        collect_and_rate_with_hostile_words(tmp_path)
        collected = ("/discover", f"/collection?id={PATH}", f"/collection?id={PATH}&as={STRANGER}")
        for path in ("/", "/catalogue", "/scenario?id=hostile_one", COMPARED, "/integrity?by=scenario", *collected):
            visit(page, server.url + path)
            assert_shown_as_text(page)
        visit(page, f"{server.url}/scenario?id=hostile_one")
        page.get_by_role("button", name="Duplicate").click()
        page.wait_for_url("**/author**")
        expect(page.get_by_role("textbox", name="Title")).to_have_value(HOSTILE)
        assert_shown_as_text(page)
        visit(page, f"{server.url}/proposals?id={proposal_of(database, production)}")
        assert_shown_as_text(page)
        page.close()


def collect_and_rate_with_hostile_words(folder: Path) -> None:
    """A shared path, bookmarks, labels and reviews that would like to be more than text."""
    desk = Desk.open(Settings(production=folder / "scenarios.json", database=f"sqlite:///{folder / 'desk.db'}"))
    with desk.builder() as service:
        service.bookmarks.add("hostile_one", ADMIN)
        service.labels.put("hostile_one", ADMIN, [HOSTILE[:46]])
        for person in (ADMIN, STRANGER, 9):
            service.ratings.rate("hostile_one", person, 4, HOSTILE)
        service.collections.create(ADMIN, HOSTILE[:90], HOSTILE, is_path=True, collection_id=PATH)
        version = service.collections.add(PATH, ADMIN, "hostile_one", HOSTILE).version
        service.collections.set_visibility(PATH, ADMIN, is_public=True, expected_version=version)
    desk.close()


def proposal_of(database: Path, production: Path) -> str:
    """A proposal whose every text would like to be code."""
    desk = Desk.open(Settings(production=production, database=f"sqlite:///{database}"))
    with desk.builder() as service:
        phases = [phase_document(name, name=HOSTILE, key_vocabulary=[HOSTILE] * 3) for name in ("one", "two")]
        made = service.create_scenario(ADMIN, scenario_document(name=HOSTILE, setting=HOSTILE, phases=phases))
        found = service.proposals.propose(made.scenario_id, ADMIN, expected_version=1, text=HOSTILE)
        service.proposals.ask(found.proposal_id, ADMIN, HOSTILE, expected_version=1)
    desk.close()
    return found.proposal_id


def assert_shown_as_text(page: Page) -> None:
    expect(page.get_by_text("onerror=").first).to_be_visible()
    assert page.title() != "owned"
    assert page.locator("main img, main a[href*='javascript'], main a[href*='nowhere'], main .katex").count() == 0
