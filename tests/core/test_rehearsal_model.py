"""A model plays the other role, behind a real HTTP server; when it can't, the script does and says so."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from typing import Any, Final

import pytest
from pydantic import SecretStr

from scenario_core.errors import SettingsError
from scenario_core.rehearsal import Kind, ScriptedPartner, Source, Transcript, begin, finish, say, score
from scenario_core.rehearsal.model import Endpoint, ModelPartner
from scenario_core.settings import Settings
from tests.core.model_server import KEY, ModelServer, completion, model_server
from tests.core.rehearsing import evening
from tests.processes import free_port

SCRIPT: Final = ScriptedPartner()
REST: Final = {"Retry-After": "120"}


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as made:
        yield made


@pytest.fixture
def partner(server: ModelServer) -> Iterator[ModelPartner]:
    made = ModelPartner(Endpoint(server.address, "small", SecretStr(KEY), timeout=0.4), SCRIPT)
    yield made
    made.close()


def greeted(partner: ModelPartner) -> Transcript:
    return begin(evening(), partner)


def test_the_model_is_asked_in_its_form_and_its_answer_is_said(server: ModelServer, partner: ModelPartner) -> None:
    transcript = say(evening(), greeted(partner), "I have a reservation.", partner, 3)
    assert [turn.source for turn in transcript.turns] == [Source.MODEL, None, Source.MODEL]
    assert transcript.turns[-1].text == "Good evening, do you have a reservation?"
    assert server.paths == ["/v1/chat/completions"] * 2
    assert server.authorizations == [f"Bearer {KEY}"] * 2
    asked = server.requests[-1]
    assert asked["model"] == "small"
    assert [message["role"] for message in asked["messages"]] == ["system", "assistant", "user"]
    assert asked["messages"][-1]["content"] == "I have a reservation."
    assert "waiter" in asked["messages"][0]["content"]


def test_what_was_used_is_told_by_the_same_rules_whatever_the_model_says(
    server: ModelServer, partner: ModelPartner
) -> None:
    server.pieces = [completion("You have used everything. Goal met. Window seat, coat, reservation.")]
    said = "I have a reservation for tonight."
    with_model = score(evening(), say(evening(), greeted(partner), said, partner, 3))
    with_script = score(evening(), say(evening(), begin(evening(), SCRIPT), said, SCRIPT, 3))
    assert with_model.phases[0].standings == with_script.phases[0].standings
    assert with_model.phases[0].used(Kind.VOCABULARY) == 1


BROKEN: Final[dict[str, dict[str, Any]]] = {
    "longer than 0.4 seconds": {"before": 1.0},
    "took longer": {"pieces": [b" "] * 20, "between": 0.1},
    "asked too often": {"status": 429},
    "does not accept the key": {"status": 401},
    "knows no such model": {"status": 404},
    "has failed (HTTP 503)": {"status": 503},
    "refused the request (HTTP 400)": {"status": 400},
    "refused the request (HTTP 302)": {"status": 302, "headers": {"Location": "/v1/elsewhere"}},
    "refused to answer": {"pieces": [completion(None, refusal="I can't help with that.")]},
    "answer is empty": {"pieces": [completion("  ")]},
    "answer can't be read": {"pieces": [b"<html>Bad gateway</html>"]},
    "can't be reached": {"hangs_up": True},
    "is too long": {"pieces": [b" " * 300_000] * 5},
}


@pytest.mark.parametrize("reason", BROKEN)
def test_whatever_goes_wrong_the_script_answers_and_says_why(
    server: ModelServer, partner: ModelPartner, reason: str
) -> None:
    vars(server).update(BROKEN[reason])
    started = time.monotonic()
    (turn,) = greeted(partner).turns
    assert time.monotonic() - started < 5
    assert turn.source is Source.SCRIPT
    assert reason in turn.note
    assert turn.text == begin(evening(), SCRIPT).turns[0].text


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b'{"choices": []}', b'{"choices": [null]}', b'{"choices": [{"message": "hello"}]}',
     b'{"choices": [{"message": {"content": ["hello"]}}]}', b"[" * 100_000, b"\xff\xfe"],
)  # fmt: skip
def test_no_form_of_an_answer_breaks_the_rehearsal(server: ModelServer, partner: ModelPartner, body: bytes) -> None:
    server.pieces = [body]
    (turn,) = greeted(partner).turns
    assert turn.source is Source.SCRIPT
    assert turn.note.startswith("From the script: the model's answer")


def test_a_server_that_is_not_there_is_not_waited_for_again_at_once() -> None:
    partner = ModelPartner(Endpoint(f"http://127.0.0.1:{free_port()}/v1", "small", SecretStr("")), SCRIPT)
    transcript = say(evening(), greeted(partner), "Hello?", partner, 3)
    assert "can't be reached" in transcript.turns[0].note
    assert "asked again in" in transcript.turns[-1].note
    partner.close()


def test_a_server_that_asks_to_be_left_alone_is_until_then(server: ModelServer, partner: ModelPartner) -> None:
    server.status, server.headers = 429, {"Retry-After": "1"}
    transcript = greeted(partner)
    server.status, server.headers = 200, {}
    transcript = say(evening(), transcript, "Hello?", partner, 3)
    assert len(server.requests) == 1
    assert "asked again in" in transcript.turns[-1].note
    time.sleep(1.1)
    assert say(evening(), transcript, "Hello?", partner, 5).turns[-1].source is Source.MODEL


def test_a_redirect_does_not_take_the_key_elsewhere(server: ModelServer, partner: ModelPartner) -> None:
    with model_server() as elsewhere:
        server.status, server.headers = 307, {"Location": f"{elsewhere.address}/chat/completions"}
        greeted(partner)
        assert elsewhere.requests == []


def test_the_key_is_in_no_log_no_note_and_no_text_of_what_holds_it(
    server: ModelServer, partner: ModelPartner, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = [finish(evening(), greeted(partner), partner, 4).model_dump_json()]
    for broken in BROKEN.values():
        vars(server).update(vars(ModelServer(address=server.address)) | broken)
        fresh = ModelPartner(Endpoint(server.address, "small", SecretStr(KEY), timeout=0.4), SCRIPT)
        said.append(greeted(fresh).model_dump_json())
        fresh.close()
    vars(server).update(vars(ModelServer(address=server.address)))
    server.pieces = [completion(f"You sent Bearer {KEY}, did you not?")]
    said.append(greeted(partner).model_dump_json())
    assert "You sent Bearer …" in said[-1]
    endpoint = Endpoint(server.address, "small", SecretStr(KEY))
    held = Settings.read(partner_url=server.address, partner_key=KEY, partner_model="small")
    said += [caplog.text, repr(endpoint), str(vars(partner)), repr(held), held.model_dump_json()]
    assert caplog.records
    assert not [text for text in said if KEY in text]


@pytest.mark.parametrize("url", ["ftp://models/v1", "http://user:hidden@models/v1", "models", "http://m/v1?key=hidden"])
def test_an_address_that_can_not_be_one_is_refused_without_showing_what_may_be_a_secret(url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.read(partner_url=url)
    assert "http or https address" in str(refused.value)
    assert "hidden" not in str(refused.value)


def test_a_mistyped_name_of_a_setting_does_not_show_the_key() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.read(partner_kee=KEY)
    assert KEY not in str(refused.value)


def test_a_long_answer_is_cut_and_odd_characters_can_be_kept(server: ModelServer, partner: ModelPartner) -> None:
    server.pieces = [completion("\ud800" + "a" * 10_000)]
    (turn,) = greeted(partner).turns
    assert turn.source is Source.MODEL
    assert Transcript.from_document(greeted(partner).model_dump(mode="json")).turns[0].text == turn.text
    assert json.loads(greeted(partner).model_dump_json())["turns"][0]["text"].startswith("?")
