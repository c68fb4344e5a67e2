"""A rehearsal: the conversation, and beside or below it what has been used and what to say next."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final, Literal

import streamlit as st

from dashboard import state
from dashboard.markup import render
from dashboard.rehearsing import view
from dashboard.rehearsing.stage import Stage
from dashboard.widgets import notices, rehearsal_examples, rehearsal_files
from dashboard.words import plain
from scenario_core.errors import InvalidTranscriptError, InvalidTurnError, ScenarioDeskError
from scenario_core.rehearsal import (
    Partner,
    PhaseScore,
    Score,
    ScriptedPartner,
    Transcript,
    answer,
    begin,
    has_lines,
    hear,
    move_on,
    score,
    take_back,
    tick,
    waits_for_answer,
)
from scenario_core.rehearsal.model import ModelPartner
from scenario_core.rehearsal.transcript import LONGEST_TURN
from scenario_core.scenario import DEFAULT_LANGUAGE

__all__ = ["draw"]

SAY: Final = "rehearsal_say"
BY_MODEL: Final = "rehearsal_by_model"
STARTED: Final = "rehearsal_started"
_TURNS_WITHOUT_SCROLLING: Final = 5
_TALK_HEIGHT: Final = 440
_LONGEST_PAUSE: Final = 600.0
"""Seconds without a turn or a click after which somebody was away and not thinking."""


@st.fragment
def draw(stage: Stage, kept_under: Sequence[str], *, wide: bool = True) -> None:
    """Draw it; it runs again without the rest of the page.

    Args:
        stage: what is rehearsed by whom.
        kept_under: the subjects whose examples belong to it.
        wide: whether there is room for two columns.
    """
    notices.said()
    transcript = _transcript(stage)
    if transcript is None:
        _offer_to_begin(stage)
        rehearsal_examples.draw(stage, kept_under, None)
        return
    talk, side = st.columns([3, 2], gap="medium") if wide else (st.container(), st.container())
    place = talk.empty()
    if waits_for_answer(transcript):
        with place.container():
            transcript = _answered_meanwhile(stage, transcript)
    found = score(stage.scenario, transcript, _seconds(stage, transcript))
    with place.container():
        _conversation(stage, transcript, found)
    with side, st.container(key="rehearsal_side"):
        _coach(stage, transcript, found)
    if transcript.has_ended:
        st.html(render("rehearsal_summary", **view.summary(stage.scenario, found)))
    rehearsal_files.downloads(stage.scenario, transcript, found)
    rehearsal_examples.draw(stage, kept_under, transcript)


def _transcript(stage: Stage) -> Transcript | None:
    """How far it has come; what can't be read any more can only be begun anew."""
    try:
        held = stage.held()
    except InvalidTranscriptError as error:
        notices.failed(error)
        return None
    except ScenarioDeskError as error:
        notices.failed(error)
        st.stop()
    if held.problem:
        st.warning(f"This rehearsal stays on this page only: {plain(held.problem)}", icon=":material/cloud_off:")
    return held.transcript


def _offer_to_begin(stage: Stage) -> None:
    phases = stage.scenario.phases
    if not phases:
        st.html(render("empty", title="There is nothing to rehearse yet.", text="Add a phase first."))
        return
    st.caption("Walk through it as a learner. Nobody else sees this rehearsal.")
    with st.container(horizontal=True, vertical_alignment="bottom", key="rehearsal_begin"):
        _phase_choice(stage)
        st.button(
            "Start rehearsal", icon=":material/play_arrow:", type="primary", key="rehearsal_start",
            on_click=_start, args=(stage,),
        )  # fmt: skip
    _partner_choice(stage)


def _phase_choice(stage: Stage) -> None:
    names = {phase.phase_id: phase.name for phase in stage.scenario.phases}
    ids = list(names)
    st.selectbox(
        "Start at", ids, key=_start_key(stage),
        format_func=lambda name: f"{ids.index(name) + 1}. {names.get(name) or 'Unnamed phase'}" if name in ids else "",
    )  # fmt: skip


def _partner_choice(stage: Stage) -> None:
    language = stage.scenario.language or DEFAULT_LANGUAGE
    if isinstance(stage.desk.partner, ModelPartner):
        st.toggle(
            "A model plays the other role", value=True, key=BY_MODEL, bind="query-params", persist_state="session"
        )
    elif not has_lines(language):
        st.caption("The partner has no sentences in this language: it says words of the scenario only.")


def _conversation(stage: Stage, transcript: Transcript, found: Score) -> None:
    _talk(stage, transcript, found)
    if transcript.has_ended:
        _after_the_end(stage)
        return
    if found.phase(transcript.phase_id) is None:
        st.warning("The phase that was being rehearsed is gone. Move on to another one.", icon=":material/alt_route:")
        _start_again(stage)
        return
    st.chat_input("What the learner says", key=SAY, max_chars=LONGEST_TURN, on_submit=_say, args=(stage,))
    with st.container(horizontal=True, gap="xsmall", key="rehearsal_tools"):
        following = found.after(transcript.phase_id)
        for label, icon, key, step in (
            ("Next phase" if following else "Finish", "skip_next", "rehearsal_next", _next),
            ("Say nothing", "volume_off", "rehearsal_silence", _silence),
            ("Take back", "undo", "rehearsal_take_back", _take_back),
        ):
            st.button(label, icon=f":material/{icon}:", key=key, type="tertiary", on_click=step, args=(stage,))
        _start_again(stage)


def _answered_meanwhile(stage: Stage, transcript: Transcript) -> Transcript:
    """The rehearsal with its answer; whoever does not want to wait for a model is answered from the script."""
    if all(phase.phase_id != transcript.phase_id for phase in stage.scenario.phases):
        return transcript
    _talk(stage, transcript, score(stage.scenario, transcript, _seconds(stage, transcript)))
    st.button(
        "Answer from the script", icon=":material/bolt:", key="rehearsal_script", on_click=_answer_from_script,
        args=(stage,), type="tertiary",
    )  # fmt: skip
    with st.spinner("The model is thinking…"):
        _answer_with(stage, _partner(stage))
    notices.said()
    return _transcript(stage) or transcript


def _talk(stage: Stage, transcript: Transcript, found: Score) -> None:
    is_long = len(transcript.turns) > _TURNS_WITHOUT_SCROLLING
    height: int | Literal["content"] = _TALK_HEIGHT if is_long else "content"
    name = "rehearsal_waiting" if waits_for_answer(transcript) else "rehearsal_talk"
    with st.container(height=height, border=False, autoscroll=True, key=name):
        st.html(render("rehearsal_talk", **view.talk(stage.scenario, transcript, found)))


def _after_the_end(stage: Stage) -> None:
    with st.container(horizontal=True, gap="xsmall", key="rehearsal_tools"):
        st.button("Take back", icon=":material/undo:", key="rehearsal_take_back", type="tertiary",
                  on_click=_take_back, args=(stage,))  # fmt: skip
        _start_again(stage)


def _start_again(stage: Stage) -> None:
    times = st.session_state.setdefault(STARTED, 0)  # a popover stays open until it is another one
    with st.popover("Start again", icon=":material/restart_alt:", key=f"rehearsal_again_{times}"):
        _phase_choice(stage)
        _partner_choice(stage)
        st.button("Start", type="primary", key="rehearsal_restart", on_click=_start, args=(stage,))


def _coach(stage: Stage, transcript: Transcript, found: Score) -> None:
    if found.note:
        st.caption(plain(found.note))
    if transcript.has_ended:
        for phase in found.phases:
            if phase.was_entered:
                _criteria(stage, phase, plain(phase.phase.name) or "Unnamed phase")
        return
    current = found.phase(transcript.phase_id)
    if current is not None:
        place = [each.phase.phase_id for each in found.phases].index(transcript.phase_id)
        st.html(render("rehearsal_coach", **view.coach(stage.scenario, current, place)))
        _criteria(stage, current, "Success criteria")


def _criteria(stage: Stage, phase: PhaseScore, title: str) -> None:
    if not phase.phase.success_criteria:
        return
    with st.container(gap="xxsmall", key=f"criteria {phase.phase.phase_id}"):
        st.markdown(f"**{title}**, ticked by hand")
        for number, criterion in enumerate(dict.fromkeys(phase.phase.success_criteria)):
            key = f"criterion {phase.phase.phase_id} {number}"
            state.hold(key, criterion in phase.ticked)
            st.checkbox(plain(criterion), key=key, on_change=_tick, args=(stage, phase.phase.phase_id, criterion, key))


@notices.guarded
def _start(stage: Stage) -> None:
    phase_id = st.session_state.get(_start_key(stage))
    partner = _instant(stage)
    st.session_state[STARTED] = st.session_state.get(STARTED, 0) + 1
    st.session_state[_clock_key(stage)] = (0.0, time.monotonic())

    def begun(_now: Transcript | None) -> Transcript:
        return begin(stage.scenario, partner, phase_id)

    try:
        stage.take(begun)
    except InvalidTranscriptError:
        stage.forget()
        stage.take(begun)


@notices.guarded
def _say(stage: Stage) -> None:
    _hear(stage, st.session_state[SAY] or "")


@notices.guarded
def _silence(stage: Stage) -> None:
    _hear(stage, "")


@notices.guarded
def _next(stage: Stage) -> None:
    partner = _instant(stage)
    _take(stage, lambda now: move_on(stage.scenario, now, partner, _seconds(stage, now)))


@notices.guarded
def _take_back(stage: Stage) -> None:
    _take(stage, take_back)


@notices.guarded
def _tick(stage: Stage, phase_id: str, criterion: str, key: str) -> None:
    done = bool(st.session_state[key])
    _take(stage, lambda now: tick(now, phase_id, criterion, done=done))


@notices.guarded
def _answer_with(stage: Stage, partner: Partner) -> None:
    _take(stage, lambda now: _answered(stage, now, partner))


def _answer_from_script(stage: Stage) -> None:
    _answer_with(stage, ScriptedPartner())


def _hear(stage: Stage, text: str) -> None:
    """The script answers at once; for a model the turn is kept first, so that it outlasts the wait."""
    partner = _instant(stage)

    def heard(now: Transcript) -> Transcript:
        taken = hear(stage.scenario, now, text, _seconds(stage, now))
        return taken if partner is None else _answered(stage, taken, partner)

    _take(stage, heard)


def _answered(stage: Stage, transcript: Transcript, partner: Partner) -> Transcript:
    return answer(stage.scenario, transcript, partner, _seconds(stage, transcript))


def _take(stage: Stage, step: Callable[[Transcript], Transcript]) -> None:
    def taken(now: Transcript | None) -> Transcript:
        if now is None:
            raise InvalidTurnError("This rehearsal was ended in another tab.", hint="Start it again.")
        return step(now)

    stage.take(taken)


def _partner(stage: Stage) -> Partner:
    return stage.desk.partner if st.session_state.get(BY_MODEL, True) else ScriptedPartner()


def _instant(stage: Stage) -> Partner | None:
    """The partner where it answers at once; None for a model, which is waited for where the page is drawn."""
    partner = _partner(stage)
    return partner if isinstance(partner, ScriptedPartner) else None


def _seconds(stage: Stage, transcript: Transcript) -> float:
    """Seconds since the rehearsal began; a pause in which nobody did anything for long is left out."""
    if transcript.ended_after is not None:
        return transcript.ended_after
    last = max([*(turn.seconds for turn in transcript.turns), transcript.stretches[-1].seconds])
    reached, looked_at = st.session_state.get(_clock_key(stage), (last, time.monotonic()))
    gone_by = time.monotonic() - looked_at
    seconds: float = max(last, reached + (gone_by if gone_by <= _LONGEST_PAUSE else 0.0))
    st.session_state[_clock_key(stage)] = (seconds, time.monotonic())
    return round(seconds, 1)


def _start_key(stage: Stage) -> str:
    return f"rehearsal start {stage.subject}"


def _clock_key(stage: Stage) -> str:
    return f"rehearsal clock {stage.user_id} {stage.subject}"
