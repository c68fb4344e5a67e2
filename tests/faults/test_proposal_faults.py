"""Publishing killed for real: whatever the instant, it can be finished, nothing is published twice, nothing is lost."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
import sqlalchemy as sa

from scenario_core.bootstrap import Desk
from scenario_core.custom.proposal_records import Proposal, ProposalState
from scenario_core.custom.tables import AUDIT
from scenario_core.errors import ScenarioDeskError
from scenario_core.stewardship import proposals
from scenario_core.stewardship.steward import Steward
from tests.core.proposal_examples import bytes_of, proposed, structural
from tests.core.steward_examples import make_intact
from tests.factories import ADMIN
from tests.faults.killing import kill_one, python

KILLS = int(os.environ.get("FAULTS") or 10)
PUBLISH_AND_STOP_AFTER_THE_SAVE = """
import signal, sys
from pathlib import Path
from scenario_core import mirror
from scenario_core.stewardship import proposals
from scenario_core.stewardship.steward import Steward
from tests.core.steward_examples import opened
from tests.faults.killing import at_work, fork_for_each_line

def stop(*_, **__):
    at_work()
    signal.pause()

def work(proposal_id):
    mirror.follow = stop
    steward = Steward.configured(opened(Path(sys.argv[1]), sys.argv[2]))
    if proposals.get(steward, proposal_id).state == "open":
        proposals.publish(steward, proposals.plan(steward, proposal_id))
    proposals.revert(steward, proposals.plan_revert(steward, proposal_id))

fork_for_each_line(work)
"""
PUBLISH_AND_REVERT_FOREVER = """
import sys
from itertools import count
from pathlib import Path
from scenario_core.stewardship import proposals
from scenario_core.stewardship.steward import Steward
from tests.core.proposal_examples import proposed
from tests.core.steward_examples import opened
from tests.faults.killing import at_work, fork_for_each_line

def work_forever(_):
    steward = Steward.configured(opened(Path(sys.argv[1]), sys.argv[2]))
    for turn in count():
        if turn == 1:
            at_work()
        found = proposed(steward.desk)
        proposals.publish(steward, proposals.plan(steward, found.proposal_id))
        proposals.revert(steward, proposals.plan_revert(steward, found.proposal_id))

fork_for_each_line(work_forever)
"""


@pytest.fixture
def desk(tmp_path: Path, engine: sa.Engine) -> Desk:
    """The shipped catalogue, approved and mirrored, on each engine."""
    return make_intact(tmp_path, url_of(engine))


def url_of(engine: sa.Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def unfinished(steward: Steward) -> list[Proposal]:
    """The proposals that a killed worker has left open or published."""
    with steward.desk.builder() as service:
        page = service.proposals.list_all(ADMIN, states={ProposalState.OPEN, ProposalState.PUBLISHED})
        return [service.proposals.get(each.proposal_id, ADMIN) for each in page.entries]


@pytest.mark.slow
def test_a_process_killed_between_the_file_and_the_database_leaves_work_that_another_finishes(
    tmp_path: Path, engine: sa.Engine, desk: Desk
) -> None:
    steward = Steward.configured(desk)
    before = bytes_of(steward)
    found = proposed(desk)
    with python(PUBLISH_AND_STOP_AFTER_THE_SAVE, tmp_path, url_of(engine)) as starter:
        kill_one(starter, 0, found.proposal_id)
        written = bytes_of(steward)
        assert written != before
        planned = proposals.plan(steward, found.proposal_id)
        assert (planned.is_written, planned.proposal.state) == (True, ProposalState.OPEN)
        done = proposals.publish(steward, planned)
        assert (bytes_of(steward), done.state) == (written, ProposalState.PUBLISHED)
        assert structural(steward) == []
        kill_one(starter, 0, found.proposal_id)
        assert bytes_of(steward) == before
        back = proposals.plan_revert(steward, found.proposal_id)
        assert back.is_done
        assert proposals.revert(steward, back).state is ProposalState.TAKEN_BACK
    assert structural(steward) == []
    desk.close()


@pytest.mark.slow
def test_publishing_and_taking_back_killed_at_any_instant_can_be_finished(
    tmp_path: Path, engine: sa.Engine, desk: Desk
) -> None:
    steward = Steward.configured(desk)
    before = bytes_of(steward)
    chance = random.Random(7)
    left = 0
    with python(PUBLISH_AND_REVERT_FOREVER, tmp_path, url_of(engine)) as starter:
        for _ in range(KILLS):
            kill_one(starter, chance.random() * 0.2)
            for found in unfinished(steward):
                left += 1
                if found.state is ProposalState.OPEN:
                    proposals.publish(steward, proposals.plan(steward, found.proposal_id))
                    assert structural(steward) == []
                proposals.revert(steward, proposals.plan_revert(steward, found.proposal_id))
            assert bytes_of(steward) == before
            assert structural(steward) == []
    assert left, "every kill came between two proposals, so that nothing was tested"
    proposal = AUDIT.c.detail
    with engine.connect() as connection:
        query = sa.select(AUDIT.c.operation, proposal).where(AUDIT.c.operation.like("%_proposal"))
        rows = [(operation, detail["proposal"]) for operation, detail in connection.execute(query)]
    assert len(rows) == len(set(rows)), "something was done twice"
    assert {name for operation, name in rows if operation == "publish_proposal"} == {
        name for operation, name in rows if operation == "revert_proposal"
    }
    desk.close()


RACE = """
import sys
from pathlib import Path
from scenario_core.errors import ProposalStateError, ScenarioDeskError
from scenario_core.stewardship import proposals
from scenario_core.stewardship.steward import Steward
from tests.core.steward_examples import opened

steward = Steward.configured(opened(Path(sys.argv[1]), sys.argv[2]))
sys.stdout.write("ready\\n")
sys.stdout.flush()
sys.stdin.readline()
while True:
    try:
        proposals.publish(steward, proposals.plan(steward, sys.argv[3], sys.argv[4]))
    except ProposalStateError:
        result = "too late"
        break
    except ScenarioDeskError:
        continue
    result = "published"
    break
sys.stdout.write(result + "\\n")
"""


@pytest.mark.slow
def test_of_processes_that_insist_on_publishing_one_does_it_once(tmp_path: Path, engine: sa.Engine, desk: Desk) -> None:
    steward = Steward.configured(desk)
    found = proposed(desk)
    arguments = (tmp_path, url_of(engine), found.proposal_id)
    with (
        python(RACE, *arguments, "first_id") as one,
        python(RACE, *arguments, "second_id") as two,
        python(RACE, *arguments, "third_id") as three,
    ):
        racers = (one, two, three)
        for racer in racers:
            assert racer.stdout is not None
            assert racer.stdout.readline() == "ready\n"
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write("go\n")
            racer.stdin.flush()
        results = sorted(racer.stdout.readline().strip() for racer in racers if racer.stdout)
    assert results == ["published", "too late", "too late"]
    steward.desk.production.refresh()
    assert len(steward.desk.production.scenarios) == 32
    assert structural(steward) == []
    desk.close()


def test_a_proposal_of_another_version_of_the_program_is_an_error_and_no_crash(desk: Desk) -> None:
    steward = Steward.configured(desk)
    with desk.engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE scenario_desk_proposal"))
    with pytest.raises(ScenarioDeskError, match="migrate"):
        proposals.plan(steward, "12345678")
    desk.close()
