"""What a page says when something is missing, forbidden or broken."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import streamlit as st

from dashboard import state, wiring
from dashboard.words import plain
from scenario_core.errors import (
    CollectionNotFoundError,
    DatabaseError,
    PermissionDeniedError,
    ScenarioDeskError,
    ScenarioNotFoundError,
    StalePlanError,
    StaleVersionError,
)

__all__ = ["failed", "guarded", "missing_parts", "or_stop", "said", "unexpected"]

logger = logging.getLogger(__name__)


def missing_parts(problems: tuple[str, ...] = ()) -> None:
    """Say what of the two stores is missing at the moment; nothing where all is there."""
    source = wiring.desk().production.source
    said = ([source.reason] if not source.is_file else []) + list(problems)
    for problem in dict.fromkeys(said):
        st.warning(plain(problem), icon=":material/cloud_off:")


def said() -> None:
    """Show the sentences that callbacks have left, each once."""
    for sentence, icon in state.said():
        st.toast(sentence, icon=icon, duration="long")


def failed(error: ScenarioDeskError) -> None:
    """Say in place what went wrong and what to do next."""
    title, icon = _kind(error)
    st.error(f"**{title}** {plain(str(error))}", icon=icon)


@contextmanager
def or_stop(but: type[ScenarioDeskError] | None = None) -> Iterator[None]:
    """Draw what depends on it, or say why not and end the page there; errors of the kind `but` are passed on."""
    try:
        yield
    except ScenarioDeskError as error:
        if but is not None and isinstance(error, but):
            raise
        failed(error)
        st.stop()


def guarded(action: Callable[..., None]) -> Callable[..., None]:
    """A callback whose errors are told to the person instead of ending the run."""

    @wraps(action)
    def told(*args: Any, **kwargs: Any) -> None:
        try:
            action(*args, **kwargs)
        except ScenarioDeskError as error:
            state.say(f"**{_kind(error)[0]}** {plain(str(error))}", _kind(error)[1])

    return told


def unexpected(error: BaseException) -> bool:
    """An error that nobody foresaw: it goes to the log whole, and to the person as a sentence."""
    if isinstance(error, ScenarioDeskError):
        failed(error)
        return True
    logger.error("A page failed.", exc_info=error)
    st.error(
        "**Something went wrong on this page.** What you saved is safe. Reload the page; "
        "if it happens again, the server's log holds the details.",
        icon=":material/error:",
    )
    return True


def _kind(error: ScenarioDeskError) -> tuple[str, str]:
    if isinstance(error, ScenarioNotFoundError | CollectionNotFoundError):
        return "Not found.", ":material/search_off:"
    if isinstance(error, PermissionDeniedError):
        return "Not allowed.", ":material/lock:"
    if isinstance(error, StaleVersionError | StalePlanError):
        return "Changed meanwhile.", ":material/sync_problem:"
    if isinstance(error, DatabaseError):
        return "The database can't be used now.", ":material/cloud_off:"
    return "That did not work.", ":material/error:"
