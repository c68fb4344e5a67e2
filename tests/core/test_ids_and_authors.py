"""An id in production stays what people rated and kept under it, and nobody rates what they have proposed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scenario_core.custom import ScenarioBuilderService
from scenario_core.errors import InvalidQueryError, PermissionDeniedError
from scenario_core.stewardship import proposals
from scenario_core.stewardship.steward import Steward
from tests.core.proposal_examples import copy_proposed, proposed, publish
from tests.core.steward_examples import edit
from tests.factories import ADMIN, OWNER, STRANGER

NAME = "a_table_by_the_window"
Keep = Callable[[ScenarioBuilderService], object]


def collect(it: ScenarioBuilderService) -> None:
    made = it.collections.create(STRANGER, "Kept")
    it.collections.add(made.collection_id, STRANGER, NAME)


KEPT: dict[str, Keep] = {
    "rating": lambda it: it.ratings.rate(NAME, STRANGER, 1, "Awful."),
    "bookmark": lambda it: it.bookmarks.add(NAME, STRANGER),
    "label": lambda it: it.labels.put(NAME, STRANGER, ["exam"]),
    "collection": collect,
}


@pytest.mark.parametrize("kept", KEPT)
def test_an_id_of_which_people_keep_something_is_not_given_again(manager: Steward, kept: str) -> None:
    edit(manager, lambda it: it.update({NAME: {**it["one"], "scenario_id": NAME}}))
    with manager.desk.builder() as service:
        KEPT[kept](service)
    edit(manager, lambda it: it.pop(NAME))
    found = proposed(manager.desk)
    with pytest.raises(InvalidQueryError, match="taken in the database"):
        proposals.plan(manager, found.proposal_id, NAME)
    assert proposals.suggest(manager, found) == f"{NAME}_2"
    assert publish(manager, found).entry.production_id == f"{NAME}_2"


def test_an_id_that_was_published_is_given_again_only_to_the_same_scenario(manager: Steward) -> None:
    done = publish(manager, proposed(manager.desk))
    with manager.desk.builder() as service:
        KEPT["rating"](service)
    proposals.revert(manager, proposals.plan_revert(manager, done.proposal_id))
    other = proposed(manager.desk, STRANGER)
    assert publish(manager, other).entry.production_id == f"{NAME}_2"
    with manager.desk.builder() as service:
        assert service.ratings.sums([f"{NAME}_2"], ADMIN) == {}
        again = service.proposals.propose(done.entry.scenario_id, OWNER, expected_version=1)
    assert publish(manager, again).entry.production_id == NAME


def test_nobody_rates_what_they_have_proposed_until_it_is_taken_back(manager: Steward) -> None:
    done = publish(manager, proposed(manager.desk))
    with manager.desk.builder() as service:
        with pytest.raises(PermissionDeniedError, match="rated by others than its author"):
            service.ratings.rate(NAME, OWNER, 5)
        assert service.ratings.is_author(NAME, OWNER)
        assert not service.ratings.is_author(NAME, STRANGER)
        service.ratings.rate(NAME, STRANGER, 2)
        assert service.ratings.sums([NAME], ADMIN)[NAME].stars == 2
    proposals.revert(manager, proposals.plan_revert(manager, done.proposal_id))
    with manager.desk.builder() as service:
        assert not service.ratings.is_author(NAME, OWNER)


def test_a_rating_from_before_ones_own_replacement_is_not_counted_while_that_stands(manager: Steward) -> None:
    with manager.desk.builder() as service:
        service.ratings.rate("two", OWNER, 5, "I shall mend it.")
        service.ratings.rate("two", STRANGER, 3, "Well.")
    done = publish(manager, copy_proposed(manager.desk))
    for is_back in (False, True):
        with manager.desk.builder() as service:
            assert service.ratings.sums(["two"], ADMIN)["two"].number == service.ratings.all_sums(ADMIN)["two"].number
            assert service.ratings.sums(["two"], ADMIN)["two"].stars == (8 if is_back else 3)
            assert len(service.ratings.reviews("two", ADMIN)) == (2 if is_back else 1)
        if not is_back:
            proposals.revert(manager, proposals.plan_revert(manager, done.proposal_id))
