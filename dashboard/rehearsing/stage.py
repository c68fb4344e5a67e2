"""A rehearsal of one person: where it is kept, and how each step is taken on top of what other tabs did meanwhile."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Final

from scenario_core.bootstrap import Desk
from scenario_core.errors import DatabaseError, StaleVersionError
from scenario_core.rehearsal import Reason, Transcript
from scenario_core.rehearsal.transcript import MOST_TURNS
from scenario_core.scenario import ConversationScenario

__all__ = ["Held", "Stage", "joined"]

TRIES: Final = 5
Step = Callable[[Transcript | None], Transcript]


@dataclass(frozen=True, slots=True)
class Held:
    """A rehearsal as far as it has come. `problem` says why it stays on this page only; empty where it is kept."""

    transcript: Transcript | None
    problem: str = ""


@dataclass(frozen=True)
class Stage:
    """What is rehearsed by whom.

    Attributes:
        desk: Both stores.
        user_id: The person.
        subject: A scenario's id, or `draft:` and that of a draft.
        scenario: As it is now.
        session: Where a rehearsal is held while the database does not answer.
    """

    desk: Desk
    user_id: int
    subject: str
    scenario: ConversationScenario
    session: MutableMapping[Any, Any]

    def held(self) -> Held:
        """How far it has come.

        Raises:
            InvalidTranscriptError: what was kept can't be read; `forget` it.
        """
        waiting = self.session.get(self._key)
        try:
            if waiting is not None:
                self._keep(waiting[0], waiting[1])
            return Held(self._stored()[0])
        except StaleVersionError:
            self._rejoin()
            return self.held()
        except DatabaseError as error:
            return Held(waiting[0] if waiting else self.session.get(self._seen, (None, 0))[0], str(error))

    def take(self, step: Step) -> None:
        """Take a step from wherever the rehearsal is by now, and keep it.

        Raises:
            InvalidTurnError: the step can't be taken.
            StaleVersionError: other tabs were faster every time.
        """
        waiting = self.session.get(self._key)
        if waiting is not None:
            self._hold(step(waiting[0]), waiting[1])
            return
        for tries_left in reversed(range(TRIES)):
            try:
                transcript, version = self._stored()
            except DatabaseError:
                transcript, version = self.session.get(self._seen, (None, 0))
                self._hold(step(transcript), version)
                return
            taken = step(transcript)
            try:
                self._keep(taken, version)
            except StaleVersionError:
                if not tries_left:
                    raise
            except DatabaseError:
                self._hold(taken, version)
                return
            else:
                return

    def forget(self) -> None:
        """Begin with nothing."""
        for key in (self._key, self._seen):
            self.session.pop(key, None)
        with self.desk.builder() as service:
            service.rehearsals.stop(self.user_id, self.subject)

    @property
    def _key(self) -> str:
        return f"rehearsal {self.user_id} {self.subject}"

    @property
    def _seen(self) -> str:
        """Where what the database held last is remembered, for when it does not answer."""
        return f"seen {self._key}"

    def _stored(self) -> tuple[Transcript | None, int]:
        with self.desk.builder() as service:
            stored = service.rehearsals.current(self.user_id, self.subject)
        found = (Transcript.from_document(stored.transcript), stored.version) if stored else (None, 0)
        self.session[self._seen] = found
        return found

    def _rejoin(self) -> None:
        """It went on elsewhere while it was held here: what was said here comes behind what was said there."""
        waiting: Transcript = self.session[self._key][0]
        stored, version = self._stored()
        self._hold(joined(stored, waiting) if stored else waiting, version)

    def _keep(self, transcript: Transcript, version: int) -> None:
        with self.desk.builder() as service:
            document = transcript.model_dump(mode="json")
            service.rehearsals.go_on(self.user_id, self.subject, document, expected_version=version)
        self.session.pop(self._key, None)

    def _hold(self, transcript: Transcript, version: int) -> None:
        self.session[self._key] = (transcript, version)


def joined(first: Transcript, then: Transcript) -> Transcript:
    """Both with what they have in common once: all of the first, then what only the other one has."""
    pairs = zip(first.turns, then.turns, strict=False)
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    room = MOST_TURNS - 1 - len(first.turns)
    rest, further = then.turns[common : common + max(0, room)], len(first.turns) - common
    last = common + len(rest)
    stretches = [
        each.model_copy(update={"turns": each.turns + further})
        for each in then.stretches
        if common < each.turns <= last
    ]
    if rest and rest[0].phase_id != first.phase_id:
        back = {"phase_id": rest[0].phase_id, "reason": Reason.REQUEST, "turns": len(first.turns)}
        stretches.insert(0, first.stretches[-1].model_copy(update=back))
    return first.model_copy(
        update={"turns": (*first.turns, *rest), "stretches": (*first.stretches, *stretches), "ended_after": None}
    )
