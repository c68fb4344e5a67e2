"""More like this: by rare words, tags and kind, explained, quick, and blind to what the reader may not see."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from scenario_core.bootstrap import Desk
from scenario_core.custom import records
from scenario_core.custom.records import NewScenario
from scenario_core.discovery import Likeness, Similar
from scenario_core.discovery.traits import Traits, Weighed
from scenario_core.errors import ScenarioNotFoundError
from scenario_core.people import Person, Role
from scenario_core.scenario import new_custom_id
from scenario_core.settings import Settings
from tests.factories import OWNER, STRANGER, phase_document, scenario, scenario_document, write_production

OF_OWNER = Person(OWNER, frozenset({Role.AUTHOR}))
OF_STRANGER = Person(STRANGER, frozenset({Role.AUTHOR}))


def fields(*words: str, **others: Any) -> dict[str, Any]:
    """A scenario that teaches these words alone."""
    phase = phase_document(key_vocabulary=list(words), essential_phrases=[f"I see {word}." for word in words])
    return {"phases": [phase, {**phase, "phase_id": "second"}], "vocabulary_focus": [], **others}


DOCUMENTS = {
    "harbour": fields("anchor", "harbour", "boat", "please", category="travel"),
    "pier": fields("Anchor ", "HARBOUR", "rope", "please", category="hobbies"),
    "hotel": fields("key", "lift", "please", category="travel"),
    "debate": fields("claim", "proof", "please", category="education", difficulty="native", language="de"),
    "closed": fields("anchor", "harbour", "boat", category="travel", is_active=False),
}


@pytest.fixture
def sea(tmp_path: Path, engine: sa.Engine) -> Iterator[Desk]:
    documents = {name: scenario_document(name, name=name, **each) for name, each in DOCUMENTS.items()}
    path = write_production(tmp_path / "sea.json", documents)
    url = engine.url.render_as_string(hide_password=False)
    desk = Desk.open(Settings.read(production=path, database=url, usage=tmp_path / "usage"))
    yield desk
    desk.close()


def found(likeness: Likeness, person: Person, scenario_id: str) -> dict[str, Similar]:
    return {each.entry.scenario_id: each for each in likeness.more_like_this(person, scenario_id).similar}


def custom(desk: Desk, owner: int, *words: str, is_public: bool = False) -> str:
    with desk.builder() as service:
        document = scenario_document(name="Custom", **fields(*words, "padding", "stuffing", category="travel"))
        made = service.create_scenario(owner, document)
        if is_public:
            service.set_visibility(made.scenario_id, owner, is_public=True, expected_version=1)
    return made.scenario_id


def test_rare_shared_words_count_for_more_than_common_ones_and_are_the_reason(sea: Desk) -> None:
    similar = found(Likeness(sea), OF_OWNER, "harbour")
    assert next(iter(similar)) == "pier"
    assert set(similar) == {"pier", "hotel", "debate"}
    why = similar["pier"].why
    assert why.words[:2] == ("anchor", "harbour")
    assert (why.is_same_category, why.is_same_level) == (False, True)
    assert similar["hotel"].why.is_same_category
    assert 0 < similar["debate"].why.score < similar["hotel"].why.score < why.score <= 1


def test_an_inactive_scenario_is_not_recommended_but_has_its_own_likes(sea: Desk) -> None:
    assert "closed" not in found(Likeness(sea), OF_OWNER, "harbour")
    assert "harbour" in found(Likeness(sea), OF_OWNER, "closed")


def test_what_is_shared_is_found_by_all_and_what_is_private_by_its_owner_alone(sea: Desk) -> None:
    likeness = Likeness(sea)
    private = custom(sea, OWNER, "anchor", "harbour", "boat")
    shared = custom(sea, STRANGER, "anchor", "harbour", is_public=True)
    assert {private, shared} <= found(likeness, OF_OWNER, "harbour").keys()
    assert found(likeness, OF_STRANGER, "harbour").keys() & {private, shared} == {shared}
    assert shared in found(likeness, OF_OWNER, private)
    with pytest.raises(ScenarioNotFoundError):
        likeness.more_like_this(OF_STRANGER, private)


def test_the_index_follows_every_change_at_once(sea: Desk) -> None:
    likeness = Likeness(sea)
    shared = custom(sea, STRANGER, "anchor", "harbour", is_public=True)
    assert shared in found(likeness, OF_OWNER, "harbour")
    with sea.builder() as service:
        service.batch.apply(STRANGER, "tag", [shared], words=["sea"])
        other = custom(sea, STRANGER, "quite", "different", is_public=True)
        service.batch.apply(STRANGER, "tag", [other], words=["sea"])
        assert found(likeness, OF_OWNER, shared)[other].why.tags == ("sea",)
        service.batch.apply(STRANGER, "untag", [other], words=["sea"])
        assert found(likeness, OF_OWNER, shared)[other].why.tags == ()
        document = scenario_document(name="Custom", **fields("lift", "key", "door", category="hobbies"))
        service.update_scenario(shared, STRANGER, document, expected_version=2)
        assert found(likeness, OF_OWNER, "hotel")[shared].why.words == ("key", "lift")
        service.set_visibility(shared, STRANGER, is_public=False, expected_version=3)
        assert shared not in found(likeness, OF_OWNER, "hotel")
        service.set_visibility(shared, STRANGER, is_public=True, expected_version=4)
        assert shared in found(likeness, OF_OWNER, "hotel")
        service.delete_scenario(shared, STRANGER, expected_version=5)
        assert shared not in found(likeness, OF_OWNER, "hotel")


def test_what_another_program_hides_is_gone_at_once(sea: Desk) -> None:
    likeness = Likeness(sea)
    shared = custom(sea, STRANGER, "anchor", "harbour", is_public=True)
    assert shared in found(likeness, OF_OWNER, "harbour")
    with sea.engine.begin() as connection:
        connection.execute(sa.text("UPDATE scenarios SET is_public = false WHERE scenario_id = :id"), {"id": shared})
    assert shared not in found(likeness, OF_OWNER, "harbour")


def test_a_changed_production_file_is_seen(sea: Desk) -> None:
    likeness = Likeness(sea)
    assert "pier" in found(likeness, OF_OWNER, "harbour")
    path = sea.settings.production
    document = json.loads(path.read_text(encoding="utf-8"))
    del document["pier"]
    write_production(path, document)
    sea.production.refresh()
    assert "pier" not in found(likeness, OF_OWNER, "harbour")


def test_without_a_database_production_is_compared_and_the_rest_is_said_to_be_missing(tmp_path: Path) -> None:
    documents = {name: scenario_document(name, name=name, **each) for name, each in DOCUMENTS.items()}
    path = write_production(tmp_path / "sea.json", documents)
    desk = Desk.open(Settings.read(production=path, database=f"sqlite:///{tmp_path / 'none' / 'none.db'}"))
    said = Likeness(desk).more_like_this(OF_OWNER, "harbour")
    assert said.similar[0].entry.scenario_id == "pier"
    assert "Custom scenarios can't be compared now" in said.problems[0]
    desk.close()


def test_dirty_lists_of_another_program_are_passed_over() -> None:
    traits = Traits.from_lists(
        "x", ("travel", "beginner", "en-GB"), ["Bill", None, 3, "", "…"], [None, "Pay 3 the bill"]
    )
    assert traits.language == "en"
    assert traits.terms == {"wbill", "tbill"}  # "pay" and "the" stand everywhere


def test_languages_written_without_spaces_are_compared_by_their_words() -> None:
    both = [scenario(name, **fields("菜单", "账单")) for name in ("one", "two")]
    weighed = Weighed({each.scenario_id: Traits.of(each) for each in both})
    assert weighed.like(Traits.of(both[0]), limit=5)[0].words == ("菜单", "账单")


def test_inactive_scenarios_crowd_nothing_out(tmp_path: Path, engine: sa.Engine) -> None:
    old = {
        f"old_{number:02}": scenario_document(f"old_{number:02}", **fields("anchor", "boat", is_active=False))
        for number in range(60)
    }
    new = {name: scenario_document(name, **fields("anchor", name)) for name in ("wanted", "alive")}
    path = write_production(tmp_path / "old.json", old | new)
    desk = Desk.open(Settings.read(production=path, database=engine.url.render_as_string(hide_password=False)))
    assert list(found(Likeness(desk), OF_OWNER, "wanted")) == ["alive"]
    desk.close()


def test_a_save_reads_again_what_was_saved_and_nothing_else(sea: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    likeness = Likeness(sea)
    saved = custom(sea, STRANGER, "anchor", is_public=True)
    custom(sea, STRANGER, "harbour", is_public=True)
    found(likeness, OF_OWNER, "harbour")
    made: list[str] = []
    make = Traits.from_lists

    def counted(scenario_id: str, *lists: Any) -> Traits:
        made.append(scenario_id)
        return make(scenario_id, *lists)

    monkeypatch.setattr(Traits, "from_lists", counted)
    with sea.builder() as service:
        document = scenario_document(name="Custom", **fields("boat", "padding", "stuffing"))
        service.update_scenario(saved, STRANGER, document, expected_version=2)
    found(likeness, OF_OWNER, "harbour")
    assert made == ["harbour", saved]


def many(desk: Desk, count: int) -> None:
    """Shared scenarios with 30 of 3,000 words each."""
    dice = random.Random(7)
    words = [f"word{number}" for number in range(3_000)]
    made = []
    for number in range(count):
        chosen = dice.sample(words, 30)
        phases = [
            phase_document(f"p{place}", key_vocabulary=chosen[place * 10 : place * 10 + 10],
                           essential_phrases=[f"Please give me the {word} now" for word in chosen])
            for place in range(3)
        ]  # fmt: skip
        made.append(scenario(new_custom_id("travel"), name=f"Number {number}", phases=phases, category="travel"))
    with desk.engine.begin() as connection:
        records.insert(connection, [NewScenario(each, STRANGER, is_public=True) for each in made])


def test_a_thousand_scenarios_are_compared_in_less_than_50_milliseconds(sea: Desk) -> None:
    likeness = Likeness(sea)
    many(sea, 1_000)
    with sea.engine.connect() as connection:
        one = connection.scalar(sa.text("SELECT max(scenario_id) FROM scenarios"))
    assert one is not None
    assert likeness.more_like_this(OF_OWNER, one).similar
    took = []
    for number in range(5):
        with sea.builder() as service:
            service.ratings.rate("pier", 100 + number, 3)  # something moves that is no scenario
        began = time.perf_counter()
        likeness.more_like_this(OF_OWNER, one)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.05, took
    custom_one = custom(sea, STRANGER, "anchor", is_public=True)
    for number in range(3):
        with sea.builder() as service:
            document = scenario_document(name="Custom", **fields(f"word{number}", "padding", "stuffing"))
            service.update_scenario(custom_one, STRANGER, document, expected_version=2 + number)
        began = time.perf_counter()
        likeness.more_like_this(OF_OWNER, one)
        took.append(time.perf_counter() - began)
    assert min(took[-3:]) < 0.5, took
