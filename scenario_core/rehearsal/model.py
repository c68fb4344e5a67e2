"""A partner played by a model behind an OpenAI-compatible endpoint; where that fails the script answers and says so.

The form of request and answer is that of `POST /chat/completions` in OpenAI's API reference, which Ollama, vLLM,
llama.cpp and LM Studio serve too. What a learner has used is never asked of the model.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import httpx
from pydantic import SecretStr

from scenario_core.rehearsal.partner import Line, Partner, Scene
from scenario_core.rehearsal.transcript import LONGEST_TURN, Source, Speaker
from scenario_core.scenario import DEFAULT_LANGUAGE

_TURNS_TOLD: Final = 20
_SHORTEST_KEY: Final = 8
"""What is shorter is no secret: local servers take any word for a key."""
_LONGEST_ANSWER_TOKENS: Final = 150
_MOST_BYTES: Final = 1_000_000
_REST_AFTER_LIMIT: Final = 30.0
_LONGEST_REST: Final = 600.0
_UNREACHABLE_REST: Final = 15.0
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _TOO_MANY, _SERVER_ERROR = 401, 403, 404, 429, 500

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the model is: the address before `/chat/completions`, most often ending in `/v1`; seconds to wait."""

    base_url: str
    model: str
    key: SecretStr
    timeout: float = 20.0


class _NoAnswerError(Exception):
    """The model gave nothing that can be said; `rest` is for how many seconds it shall not be asked again."""

    def __init__(self, reason: str, rest: float = 0.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.rest = rest


class ModelPartner:
    """Asks the model, and the script where that fails. May be shared between threads; `close` it at the end."""

    def __init__(self, endpoint: Endpoint, script: Partner) -> None:
        self._endpoint = endpoint
        self._script = script
        self._lock = threading.Lock()
        self._resting_until = 0.0
        self._resting_for = ""
        # Redirects are not followed, which would take the key somewhere else.
        self._client = httpx.Client(timeout=endpoint.timeout, follow_redirects=False)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def opens(self, scene: Scene) -> Line:
        """The first words of a phase."""
        task = f"Begin this part of the conversation: {scene.phase.phase.name}."
        return self._said(scene, task, self._script.opens)

    def answers(self, scene: Scene) -> Line:
        """The answer to the learner's last turn."""
        return self._said(scene, "Answer the learner's last turn.", self._script.answers)

    def closes(self, scene: Scene) -> Line:
        """The last words of the rehearsal."""
        return self._said(scene, "Bring the conversation to its end in one sentence.", self._script.closes)

    def _said(self, scene: Scene, task: str, otherwise: Callable[[Scene], Line]) -> Line:
        try:
            self._require_awake()
            return Line(self._ask(_messages(scene, task))[:LONGEST_TURN], Source.MODEL)
        except _NoAnswerError as error:
            self._rest(error)
            logger.warning("the model did not answer: %s", error.reason)
            return Line(otherwise(scene).text, Source.SCRIPT, f"From the script: {error.reason}.")

    def _ask(self, messages: list[dict[str, str]]) -> str:
        body = {"model": self._endpoint.model, "messages": messages, "max_tokens": _LONGEST_ANSWER_TOKENS}
        key = self._endpoint.key.get_secret_value()
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        url = self._endpoint.base_url.rstrip("/") + "/chat/completions"
        deadline = time.monotonic() + self._endpoint.timeout
        try:
            with self._client.stream("POST", url, json=body, headers=headers) as response:
                _require_success(response)
                text = _text_of(_read(response, deadline))
        except httpx.TimeoutException as error:
            raise _NoAnswerError(f"the model took longer than {self._endpoint.timeout:g} seconds") from error
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise _NoAnswerError("the model can't be reached", _UNREACHABLE_REST) from error
        return text.replace(key, "…") if len(key) >= _SHORTEST_KEY else text

    def _require_awake(self) -> None:
        with self._lock:
            left = self._resting_until - time.monotonic()
            if left > 0:
                raise _NoAnswerError(f"{self._resting_for}; it is asked again in {left:.0f} seconds")

    def _rest(self, error: _NoAnswerError) -> None:
        if error.rest > 0:
            with self._lock:
                self._resting_until, self._resting_for = time.monotonic() + error.rest, error.reason


def _require_success(response: httpx.Response) -> None:
    status = response.status_code
    if response.is_success:
        return
    if status == _TOO_MANY:
        raise _NoAnswerError("the model is asked too often", _seconds(response.headers.get("Retry-After", "")))
    if status in {_UNAUTHORIZED, _FORBIDDEN}:
        raise _NoAnswerError("the model's server does not accept the key")
    if status == _NOT_FOUND:
        raise _NoAnswerError("the model's server knows no such model or address")
    fault = "has failed" if status >= _SERVER_ERROR else "refused the request"
    raise _NoAnswerError(f"the model's server {fault} (HTTP {status})")


def _seconds(retry_after: str) -> float:
    """How long the server asks to be left alone; dates, which it may give too, count as not given."""
    try:
        wanted = float(retry_after)
    except ValueError:
        return _REST_AFTER_LIMIT
    return min(wanted, _LONGEST_REST) if wanted > 0 else _REST_AFTER_LIMIT


def _read(response: httpx.Response, deadline: float) -> bytes:
    """The body. The client's own limit is for each piece: a server that drips would never be late."""
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if time.monotonic() > deadline:
            raise httpx.ReadTimeout("the answer is not complete", request=response.request)
        if len(body) > _MOST_BYTES:
            raise _NoAnswerError("the model's answer is too long")
    return bytes(body)


def _text_of(body: bytes) -> str:
    try:
        choice = json.loads(body)["choices"][0]
        message, ended = choice["message"], choice.get("finish_reason")
        text, refusal = message.get("content"), message.get("refusal")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise _NoAnswerError("the model's answer can't be read") from error
    if refusal or ended == "content_filter":
        raise _NoAnswerError("the model refused to answer")
    if not isinstance(text, str) or not text.strip():
        raise _NoAnswerError("the model's answer is empty")
    return text.strip().encode("utf-8", "replace").decode()


def _messages(scene: Scene, task: str) -> list[dict[str, str]]:
    scenario, phase = scene.scenario, scene.phase.phase
    told: dict[str, Any] = {
        "you are": scenario.ai_role,
        "the learner is": scenario.user_role,
        "language": scenario.language or DEFAULT_LANGUAGE,
        "level": scenario.difficulty,
        "situation": scenario.description,
        "setting": scenario.setting,
        "this part": {"name": phase.name, "what happens": phase.description},
        "the learner shall come to use": [*phase.key_vocabulary, *phase.essential_phrases],
    }
    system = (
        "You play a role in a conversation with somebody who learns a language. Stay in your role, speak only that "
        "language, at the learner's level, one or two short sentences at a time. Give the learner reasons to use what "
        f"is listed, without saying it first. {task}\n{json.dumps(told, ensure_ascii=False)}"
    )
    turns = [
        {"role": "user" if turn.speaker is Speaker.LEARNER else "assistant", "content": turn.text or "…"}
        for turn in scene.transcript.turns[-_TURNS_TOLD:]
    ]
    return [{"role": "system", "content": system}, *turns]
