"""Rehearsing a scenario: a learner's walk through its phases, with a scripted partner or a model as the other role."""

from scenario_core.rehearsal.matching import Detection, Kind, Match, Matcher, Use, Wanted
from scenario_core.rehearsal.partner import Line, Partner, Scene
from scenario_core.rehearsal.scoring import PhaseScore, Score, Standing, score
from scenario_core.rehearsal.script import ScriptedPartner, has_lines, lines_in
from scenario_core.rehearsal.transcript import Reason, Source, Speaker, Stretch, Transcript, Turn
from scenario_core.rehearsal.walk import answer, begin, finish, hear, move_on, say, take_back, tick, waits_for_answer

__all__ = [
    "Detection",
    "Kind",
    "Line",
    "Match",
    "Matcher",
    "Partner",
    "PhaseScore",
    "Reason",
    "Scene",
    "Score",
    "ScriptedPartner",
    "Source",
    "Speaker",
    "Standing",
    "Stretch",
    "Transcript",
    "Turn",
    "Use",
    "Wanted",
    "answer",
    "begin",
    "finish",
    "has_lines",
    "hear",
    "lines_in",
    "move_on",
    "say",
    "score",
    "take_back",
    "tick",
    "waits_for_answer",
]
