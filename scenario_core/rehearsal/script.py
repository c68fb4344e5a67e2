"""The scripted partner: plays the other role from what the scenario says, without a model and without a network.

It speaks in the scenario's language where it has lines for it, and always in the scenario's own words: it greets in its
role, takes up what the learner said, and leads on to the vocabulary that is still to come.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from scenario_core.language import term_of
from scenario_core.rehearsal.matching import Kind, Use
from scenario_core.rehearsal.partner import Line, Scene
from scenario_core.rehearsal.scoring import Standing
from scenario_core.rehearsal.transcript import Reason, Speaker
from scenario_core.scenario import DEFAULT_LANGUAGE


@dataclass(frozen=True, slots=True)
class Lines:
    """What the partner says in one language. `{}` stands for the scenario's own words."""

    greets: str
    leads_on: tuple[str, ...]
    takes_up: tuple[str, ...]
    agrees: tuple[str, ...]
    asks_again: tuple[str, ...]
    waits: tuple[str, ...]
    turns_to: str
    closes: str


_LINES: Final = {
    "en": Lines(
        greets="Hello! What can I do for you?",
        leads_on=("And “{}”?", "What about “{}”?", "Can you tell me something about “{}”?"),
        takes_up=("“{}”, I see.", "“{}”, of course.", "All right, “{}”."),
        agrees=("I see.", "Good.", "All right."),
        asks_again=("Sorry, I did not quite catch that.", "Pardon? Could you say that in other words?"),
        waits=("Take your time.", "I am listening."),
        turns_to="Good. Let us go on.",
        closes="Thank you, that was all. Goodbye!",
    ),
    "es": Lines(
        greets="¡Hola! ¿En qué puedo ayudarle?",
        leads_on=("¿Y «{}»?", "¿Qué me dice de «{}»?", "¿Puede contarme algo de «{}»?"),
        takes_up=("«{}», entiendo.", "«{}», por supuesto.", "De acuerdo, «{}»."),
        agrees=("Entiendo.", "Muy bien.", "De acuerdo."),
        asks_again=("Perdone, no le he entendido bien.", "¿Cómo? ¿Puede decirlo de otra manera?"),
        waits=("Tómese su tiempo.", "Le escucho."),
        turns_to="Bien. Sigamos.",
        closes="Gracias, eso es todo. ¡Hasta luego!",
    ),
    "fr": Lines(
        greets="Bonjour ! Que puis-je faire pour vous ?",
        leads_on=("Et « {} » ?", "Qu'en est-il de « {} » ?", "Pouvez-vous me parler de « {} » ?"),
        takes_up=("« {} », je vois.", "« {} », bien sûr.", "D'accord, « {} »."),
        agrees=("Je vois.", "Très bien.", "D'accord."),
        asks_again=("Pardon, je n'ai pas bien compris.", "Comment ? Pouvez-vous le dire autrement ?"),
        waits=("Prenez votre temps.", "Je vous écoute."),
        turns_to="Bien. Continuons.",
        closes="Merci, ce sera tout. Au revoir !",
    ),
    "de": Lines(
        greets="Guten Tag! Was kann ich für Sie tun?",
        leads_on=("Und „{}“?", "Was ist mit „{}“?", "Können Sie mir etwas zu „{}“ sagen?"),
        takes_up=("„{}“, verstehe.", "„{}“, natürlich.", "In Ordnung, „{}“."),
        agrees=("Verstehe.", "Gut.", "In Ordnung."),
        asks_again=("Entschuldigung, das habe ich nicht ganz verstanden.", "Wie bitte? Geht das auch anders?"),
        waits=("Lassen Sie sich Zeit.", "Ich höre Ihnen zu."),
        turns_to="Gut. Machen wir weiter.",
        closes="Danke, das war alles. Auf Wiedersehen!",
    ),
    "it": Lines(
        greets="Buongiorno! Che cosa posso fare per Lei?",
        leads_on=("E «{}»?", "Che mi dice di «{}»?", "Può dirmi qualcosa su «{}»?"),
        takes_up=("«{}», capisco.", "«{}», certo.", "Va bene, «{}»."),
        agrees=("Capisco.", "Bene.", "D'accordo."),
        asks_again=("Mi scusi, non ho capito bene.", "Come? Può dirlo in un altro modo?"),
        waits=("Faccia con calma.", "La ascolto."),
        turns_to="Bene. Andiamo avanti.",
        closes="Grazie, è tutto. Arrivederci!",
    ),
    "pt": Lines(
        greets="Olá! Em que posso ajudar?",
        leads_on=("E «{}»?", "E quanto a «{}»?", "Pode me dizer algo sobre «{}»?"),
        takes_up=("«{}», entendo.", "«{}», claro.", "Está bem, «{}»."),
        agrees=("Entendo.", "Muito bem.", "Está bem."),
        asks_again=("Desculpe, não entendi bem.", "Como? Pode dizer isso de outra maneira?"),
        waits=("Não há pressa.", "Estou ouvindo."),
        turns_to="Bom. Vamos continuar.",
        closes="Obrigado, é tudo. Até logo!",
    ),
}
_WORDLESS: Final = Lines("…", ("{}?",), ("{}.",), ("…",), ("…?",), ("…",), "…", "…")
"""For other languages: the scenario's own words and nothing else."""


class ScriptedPartner:
    """Answers from the scenario alone: the same turns always get the same answers."""

    def opens(self, scene: Scene) -> Line:
        """Greet at the beginning; later, take up what was said and turn to the new phase."""
        lines = _lines(scene)
        stretch = scene.transcript.stretches[-1]
        if stretch.reason is Reason.START:
            return Line(lines.greets)
        before = _taken_up(scene, lines) if stretch.reason is Reason.GOAL else ""
        return Line(_joined(before, lines.turns_to, _lead(scene, lines)))

    def answers(self, scene: Scene) -> Line:
        """Take up what the learner used, and lead on to what is still to come."""
        lines = _lines(scene)
        said = next(turn for turn in reversed(scene.transcript.turns) if turn.speaker is Speaker.LEARNER)
        if not said.text:
            return Line(_joined(_turned(lines.waits, scene), _lead(scene, lines)))
        taken_up = _taken_up(scene, lines)
        return Line(_joined(taken_up or _turned(lines.asks_again, scene), _lead(scene, lines)))

    def closes(self, scene: Scene) -> Line:
        """Take leave."""
        return Line(_lines(scene).closes)


def has_lines(language: str) -> bool:
    """Whether the partner has sentences of its own in the language of a tag."""
    return language.partition("-")[0].casefold() in _LINES


def lines_in(language: str) -> Lines:
    """What the partner says in the language of a tag; for one without sentences, the scenario's own words alone."""
    return _LINES.get(language.partition("-")[0].casefold(), _WORDLESS)


def _lines(scene: Scene) -> Lines:
    return lines_in(scene.scenario.language or DEFAULT_LANGUAGE)


def _taken_up(scene: Scene, lines: Lines) -> str:
    """What the last turn used, by the longest word of the vocabulary; empty where it came near nothing."""
    place = max(scene.score.detections, default=None)
    found = scene.score.detections[place] if place is not None else ()
    words = [each.entry for each in found if each.use is Use.USED and each.kind is Kind.VOCABULARY]
    if words:
        return _turned(lines.takes_up, scene).format(term_of(max(words, key=len)))
    return _turned(lines.agrees, scene) if any(each.use is not Use.NOT_YET for each in found) else ""


def _lead(scene: Scene, lines: Lines) -> str:
    """On to the first vocabulary that has not been used; empty where all has."""
    open_ones: list[Standing] = [each for each in scene.phase.of_kind(Kind.VOCABULARY) if each.use is not Use.USED]
    return _turned(lines.leads_on, scene).format(term_of(open_ones[0].entry)) if open_ones else ""


def _turned(choices: tuple[str, ...], scene: Scene) -> str:
    """One after the other, so that the same line does not stand twice in a row."""
    return choices[len(scene.transcript.learner_turns) % len(choices)]


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
