"""One damaged scenario for each thing that a content check finds, and one harmless change that looks like it."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

Document = dict[str, Any]
Catalogue = dict[str, Document]

DINNER, HOTEL, JACKET = "restaurant_dinner_reservation", "hotel_check_in", "clothing_shopping"
TAPAS, TICKETS, MARKET = "tapas_bar_ordering", "train_station_tickets", "market_fruit_and_cheese"
POTTERY, STUDY, JAPAN = "pottery_class_first_session", "study_group_planning", "social_dinner_invitation_japan"
BILL = "restaurant_bill_dispute"


@dataclass(frozen=True)
class Example:
    """A change of the shipped catalogue; `field` is where it is found, `said` a part of what is said."""

    code: str
    scenario: str
    change: Callable[[Catalogue], object]
    field: str = ""
    said: str = ""

    def damaged(self, catalogue: Catalogue) -> Catalogue:
        """The catalogue with the change."""
        made = deepcopy(catalogue)
        self.change(made)
        return made


def put(scenario: str, **fields: Any) -> Callable[[Catalogue], object]:
    return lambda catalogue: catalogue[scenario].update(fields)


def phase(scenario: str, number: int = 0, **fields: Any) -> Callable[[Catalogue], object]:
    return lambda catalogue: catalogue[scenario]["phases"][number].update(fields)


def item(scenario: str, field: str, value: str, number: int = 0, place: int = 0) -> Callable[[Catalogue], object]:
    """One entry of a list of a phase."""
    return lambda catalogue: catalogue[scenario]["phases"][number][field].__setitem__(place, value)


def more(scenario: str, field: str, *values: str, number: int = 0) -> Callable[[Catalogue], object]:
    """Further entries in a list of a phase."""
    return lambda catalogue: catalogue[scenario]["phases"][number][field].extend(values)


def listed(scenario: str, field: str, *values: str) -> Callable[[Catalogue], object]:
    """Further entries in a list of a scenario."""
    return lambda catalogue: catalogue[scenario][field].extend(values)


def borrowed(scenario: str, source: str, number: int = 0) -> Callable[[Catalogue], object]:
    """The words and phrases of one phase come from another scenario."""

    def change(catalogue: Catalogue) -> None:
        taken = catalogue[source]["phases"][0]
        catalogue[scenario]["phases"][number].update(
            key_vocabulary=taken["key_vocabulary"], essential_phrases=taken["essential_phrases"]
        )

    return change


def copied(scenario: str, copy_id: str, **fields: Any) -> Callable[[Catalogue], object]:
    def change(catalogue: Catalogue) -> None:
        catalogue[copy_id] = {**deepcopy(catalogue[scenario]), "scenario_id": copy_id, **fields}

    return change


def copied_and_reworded(scenario: str, copy_id: str) -> Callable[[Catalogue], object]:
    def change(catalogue: Catalogue) -> None:
        copied(scenario, copy_id, name="Another One")(catalogue)
        item(copy_id, "essential_phrases", "Something entirely different stands here now, my friend.")(catalogue)

    return change


def without(field: str, value: str) -> Callable[[Catalogue], object]:
    """Take every scenario of a category or level out."""

    def change(catalogue: Catalogue) -> None:
        for scenario_id in [name for name, each in catalogue.items() if each[field] == value]:
            del catalogue[scenario_id]

    return change


def explained_in_spanish(scenario: str) -> Callable[[Catalogue], object]:
    def change(catalogue: Catalogue) -> None:
        catalogue[scenario].update(
            description="Llegas tarde al hotel junto al puerto y la recepción está casi cerrada. Quieres una "
            "habitación tranquila para dos noches y necesitas un taxi por la mañana.",
            setting="La recepción de un pequeño hotel, de noche, con una lámpara y muchas llaves en la pared.",
        )
        for each in catalogue[scenario]["phases"]:
            each.update(
                description="Hablas con la persona de la recepción y le dices lo que necesitas.",
                learning_objectives=["Pedir una cosa con cortesía"],
                success_criteria=["Dice claramente lo que quiere"],
                cultural_notes=None,
            )

    return change


VOCABULARY, PHRASES = "key_vocabulary", "essential_phrases"
FIRST: Final = {
    DINNER: "phases[call_and_ask]",
    HOTEL: "phases[check_in]",
    JACKET: "phases[look_for_jacket]",
    TAPAS: "phases[find_a_place]",
    TICKETS: "phases[buy_tickets]",
    MARKET: "phases[choose_fruit]",
    POTTERY: "phases[introduce]",
    STUDY: "phases[find_time]",
    JAPAN: "phases[accept_invitation]",
}


def at(scenario: str, field: str) -> str:
    """A field of the first phase."""
    return f"{FIRST[scenario]}.{field}"


FOUND: Final = (
    Example("CQ201", HOTEL, put(HOTEL, duration_minutes=30), "duration_minutes", "15 minutes, the scenario says 30"),
    Example("CQ201", TICKETS, phase(TICKETS, expected_duration_minutes=10), "duration_minutes", "add up to 18"),
    Example("CQ202", HOTEL, put(HOTEL, duration_minutes=90), "duration_minutes", "at most 60, found 90"),
    Example("CQ202", TAPAS, phase(TAPAS, name="Un"), at(TAPAS, "name"), "at least 3 characters"),
    Example("CQ202", JAPAN, phase(JAPAN, essential_phrases=["はい。"]), at(JAPAN, PHRASES), "at least 3 entries"),
    Example("CQ202", MARKET, phase(MARKET, success_criteria=[]), at(MARKET, "success_criteria"), "at least 1 entry"),
    Example("CQ202", POTTERY, put(POTTERY, language="not a tag"), "language", "BCP 47"),
    Example("CQ203", HOTEL, put(HOTEL, setting="TODO: describe the lobby"), "setting", "TODO:"),
    Example("CQ203", TICKETS, phase(TICKETS, description="TODO"), at(TICKETS, "description"), "TODO"),
    Example("CQ203", DINNER, item(DINNER, PHRASES, "Hello {name}, a table please."), at(DINNER, PHRASES), "{name}"),
    Example("CQ203", TAPAS, item(TAPAS, PHRASES, "Me llamo [nombre]."), at(TAPAS, PHRASES), "[nombre]"),
    Example("CQ203", MARKET, put(MARKET, description="Lorem ipsum dolor sit amet."), "description", "filler text"),
    Example("CQ203", POTTERY, put(POTTERY, name="Scenario di prova 2"), "name", "try something out"),
    Example("CQ203", STUDY, put(STUDY, name="Sem título"), "name", "still to come"),
    Example("CQ203", JAPAN, put(JAPAN, name="テスト"), "name", "try something out"),
    Example("CQ203", TAPAS, put(TAPAS, name="Escenario de prueba"), "name", "try something out"),
    Example("CQ203", HOTEL, put(HOTEL, name="asdf jkl"), "name", "at random"),
    Example("CQ203", HOTEL, item(HOTEL, PHRASES, "..."), at(HOTEL, PHRASES), "still to come"),
    Example("CQ203", JACKET, item(JACKET, "success_criteria", "xxxx"), at(JACKET, "success_criteria"), "filler"),
    Example("CQ203", JACKET, item(JACKET, VOCABULARY, "aaaaa"), at(JACKET, VOCABULARY), "filler"),
    Example("CQ203", "test_1", copied(JAPAN, "test_1", learning_outcomes=["A"]), "scenario_id", "test record"),
    Example("CQ204", HOTEL, put(HOTEL, name="hotel_check_in"), "name", "'hotel_check_in' is an id"),
    Example("CQ204", TAPAS, phase(TAPAS, name="pedirLaCuenta"), at(TAPAS, "name"), "is an id"),
    Example("CQ204", TICKETS, phase(TICKETS, name="phase-2"), at(TICKETS, "name"), "is an id"),
    Example("CQ205", HOTEL, put(HOTEL, name="Late Arrival (Updated)"), "name", "(Updated)"),
    Example("CQ205", HOTEL, put(HOTEL, name="Late Arrival - Copy (2)"), "name", "- Copy (2)"),
    Example("CQ205", HOTEL, put(HOTEL, name="Copy of Late Arrival"), "name", "Copy of"),
    Example("CQ205", DINNER, phase(DINNER, name="Calling final v2"), at(DINNER, "name"), "final v2"),
    Example("CQ205", TICKETS, put(TICKETS, name="Zwei Fahrkarten (Kopie)"), "name", "(Kopie)"),
    Example("CQ205", TAPAS, put(TAPAS, name="Una noche de tapas (copia 3)"), "name", "(copia 3)"),
    Example("CQ205", MARKET, put(MARKET, name="Copie de Au marché"), "name", "Copie de"),
    Example("CQ205", STUDY, put(STUDY, name="Grupo de estudos (rascunho)"), "name", "(rascunho)"),
    Example("CQ205", JAPAN, put(JAPAN, name="上司の家での夕食のコピー"), "name", "のコピー"),
    Example("CQ206", HOTEL, item(HOTEL, "success_criteria", " "), at(HOTEL, "success_criteria"), "empty"),
    Example("CQ206", TAPAS, put(TAPAS, learning_outcomes=[]), "learning_outcomes", "no learning outcomes"),
    Example("CQ206", HOTEL, more(HOTEL, VOCABULARY, "Check in!"), at(HOTEL, VOCABULARY), "says the same as /phases/0"),
    Example("CQ206", JAPAN, more(JAPAN, PHRASES, "喜んで伺います"), at(JAPAN, PHRASES), "says the same"),
    Example(
        "CQ206",
        DINNER,
        phase(DINNER, 1, cultural_notes="   "),
        "phases[agree_on_time].cultural_notes",
        "empty",
    ),
    Example(
        "CQ207",
        DINNER,
        more(DINNER, PHRASES, "it is for saturday evening", number=2),
        "phases[arrive_wrong_name].essential_phrases",
        "practised in phases[call_and_ask] already",
    ),
    Example(
        "CQ207",
        JAPAN,
        more(JAPAN, PHRASES, "土曜日は大丈夫です", number=1),
        "phases[arrive_with_gift].essential_phrases",
        "already",
    ),
    Example(
        "CQ208",
        HOTEL,
        phase(HOTEL, key_vocabulary=["check in", "fork", "spoon", "saucer"]),
        at(HOTEL, VOCABULARY),
        "3 of 4",
    ),
    Example(
        "CQ208",
        TICKETS,
        phase(TICKETS, key_vocabulary=["die Fahrkarte", "das Fahrrad (bike)", "der Wagen: car"]),
        at(TICKETS, VOCABULARY),
        "2 of 3 entries are in no phrase: das Fahrrad (bike), der Wagen: car",
    ),
    Example(
        "CQ208",
        STUDY,
        phase(STUDY, key_vocabulary=["horário", "cachorro", "chuva"]),
        at(STUDY, VOCABULARY),
        "cachorro, chuva",
    ),
    Example("CQ209", HOTEL, item(HOTEL, PHRASES, "Where is the resturant?"), at(HOTEL, PHRASES), "'resturant'"),
    Example("CQ209", TAPAS, more(TAPAS, PHRASES, "Muchas gracais por todo."), at(TAPAS, PHRASES), "'gracais'"),
    Example("CQ209", MARKET, more(MARKET, PHRASES, "Merci beaucuop, madame."), at(MARKET, PHRASES), "'beaucuop'"),
    Example("CQ209", POTTERY, put(POTTERY, description="You lern to tuoch clay."), "description", "'tuoch'"),
    Example("CQ210", TAPAS, put(TAPAS, language="de"), "language", "seem to be in es, not in de"),
    Example("CQ210", TICKETS, lambda catalogue: catalogue[TICKETS].pop("language"), "language", "in de, not in en"),
    Example("CQ210", JACKET, put(JACKET, language="es"), "language", "seem to be in en, not in es"),
    Example("CQ210", STUDY, put(STUDY, language="es"), "language", "in pt, not in es"),
    Example("CQ210", JAPAN, put(JAPAN, language="fr"), "language", "in the script Jpan"),
    Example("CQ210", MARKET, borrowed(MARKET, POTTERY), FIRST[MARKET], "the phase seems to be in it, not in fr"),
    Example("CQ210", HOTEL, explained_in_spanish(HOTEL), "description", "seem to be in es"),
    Example("CQ211", BILL, put(BILL, difficulty="beginner"), "difficulty", "words are rare for beginner"),
    Example("CQ212", "hotel_copy", copied(HOTEL, "hotel_copy", name="Another"), "", "unchanged but for its name"),
    Example("CQ212", "hotel_copy", copied_and_reworded(HOTEL, "hotel_copy"), "", "nearly the same"),
    Example("CQ212", "japan_copy", copied_and_reworded(JAPAN, "japan_copy"), "", f"scenario {JAPAN!r}"),
    Example(
        "CQ213", HOTEL, listed(HOTEL, "prerequisites", "Sail a small boat"), "prerequisites", "'Sail a small boat'"
    ),
    Example("CQ213", TAPAS, listed(TAPAS, "prerequisites", "Contar hasta cien"), "prerequisites", "Contar hasta cien"),
    Example("CQ214", HOTEL, put(HOTEL, user_role="Customer"), "user_role", "'Customer' is spelled 'customer'"),
    Example("CQ214", HOTEL, put(HOTEL, ai_role="Restaurant Manager"), "ai_role", "'restaurant_manager' elsewhere"),
    Example("CQ214", HOTEL, put(HOTEL, ai_role="restaurant-manager"), "ai_role", "'restaurant_manager' elsewhere"),
    Example("CQ214", JACKET, put(JACKET, user_role="traveler"), "user_role", "'traveler' is spelled 'traveller'"),
    Example("CQ215", "", without("category", "hobbies"), "", "for the category hobbies"),
    Example("CQ215", "", without("difficulty", "advanced"), "", "for the level advanced"),
)

FINE: Final = (
    Example("CQ201", HOTEL, put(HOTEL, duration_minutes=17)),
    Example("CQ201", JAPAN, phase(JAPAN, expected_duration_minutes=5)),
    Example("CQ202", BILL, put(BILL, difficulty="native")),
    Example("CQ202", TAPAS, item(TAPAS, VOCABULARY, "")),
    Example("CQ203", TAPAS, put(TAPAS, name="Todo incluido")),
    Example("CQ203", TAPAS, phase(TAPAS, name="TODO")),
    Example("CQ203", STUDY, put(STUDY, setting="Todo mundo fala ao mesmo tempo.")),
    Example("CQ203", HOTEL, more(HOTEL, VOCABULARY, "test", "none", "to do", "to look after [something]")),
    Example("CQ203", HOTEL, item(HOTEL, PHRASES, "Hmmmm! Who wrote this to-do list?")),
    Example("CQ203", HOTEL, copied(DINNER, "test_results", name="A Short Test")),
    Example("CQ203", MARKET, phase(MARKET, name="Le test")),
    Example("CQ203", TICKETS, put(TICKETS, setting="Neben der Tür [lacht] steht 5 < 6 und x > y.")),
    Example("CQ203", HOTEL, listed(HOTEL, "prerequisites", "None")),
    Example("CQ204", HOTEL, put(HOTEL, name="Check-in", user_role="business_professional", ai_role="victim/witness")),
    Example("CQ204", MARKET, phase(MARKET, name="Rendez-vous")),
    Example("CQ204", POTTERY, phase(POTTERY, name="iPhone e McDonald")),
    Example("CQ205", HOTEL, put(HOTEL, name="Copy of the Key")),
    Example("CQ205", TAPAS, put(TAPAS, name="Copia de llaves")),
    Example("CQ205", TICKETS, put(TICKETS, name="Das Finale")),
    Example("CQ205", DINNER, put(DINNER, name="The Cup Final (2)")),
    Example("CQ205", DINNER, put(DINNER, name="Repairing a V8")),
    Example("CQ206", TAPAS, more(TAPAS, VOCABULARY, "barrá")),
    Example(
        "CQ206", HOTEL, phase(HOTEL, 1, learning_objectives=["Check in at a hotel", "Ask which floor a room is on"])
    ),
    Example("CQ206", JAPAN, put(JAPAN, prerequisites=[])),
    Example("CQ206", DINNER, phase(DINNER, 1, cultural_notes="")),
    Example("CQ207", DINNER, more(DINNER, PHRASES, "Half past six.", "Thank you!", "Thank you!", number=2)),
    Example("CQ207", JAPAN, more(JAPAN, PHRASES, "そろそろ。", "そろそろ。", number=1)),
    Example("CQ208", HOTEL, phase(HOTEL, key_vocabulary=["to book", "a night", "the passport (document)", "be: is"])),
    Example(
        "CQ208", TAPAS, phase(TAPAS, key_vocabulary=["el hueco", "poner", "la caña - small beer", "poder quedarse"])
    ),
    Example("CQ208", TICKETS, phase(TICKETS, key_vocabulary=["die Fahrkarte", "billig", "mögen (modal)", "geben"])),
    Example("CQ208", MARKET, phase(MARKET, key_vocabulary=["l'abricot", "mûr", "mettre", "vouloir"])),
    Example("CQ208", POTTERY, phase(POTTERY, key_vocabulary=["il regalo", "la mano", "provare", "lavorare"])),
    Example("CQ209", HOTEL, item(HOTEL, PHRASES, "I am Mrs Kowalczewskaja from Brzeszczowice, room A8, a@b.example.")),
    Example(
        "CQ209",
        HOTEL,
        lambda catalogue: [more(HOTEL, field, "a zzyzxian")(catalogue) for field in (PHRASES, VOCABULARY)],
    ),
    Example("CQ209", TICKETS, item(TICKETS, PHRASES, "Wo ist der Fahrkartenschalterbeamte?")),
    Example("CQ209", TAPAS, put(TAPAS, setting="The waiter says 'puedas' and 'recomiendas' while you wait.")),
    Example("CQ210", TAPAS, put(TAPAS, language="es-419")),
    Example("CQ210", STUDY, put(STUDY, language="pt")),
    Example("CQ210", HOTEL, put(HOTEL, language="en-GB")),
    Example("CQ210", TAPAS, explained_in_spanish(TAPAS)),
    Example("CQ210", TAPAS, item(TAPAS, PHRASES, "One gin tonic and a hot dog to go, please.")),
    Example("CQ211", BILL, put(BILL, difficulty="native")),
    Example("CQ211", HOTEL, more(HOTEL, VOCABULARY, "croissant", "flatmate")),
    Example("CQ212", HOTEL, borrowed(HOTEL, DINNER)),
    Example("CQ213", HOTEL, listed(HOTEL, "prerequisites", "Ordering food at the counter", "A2", "Basic vocabulary")),
    Example("CQ213", HOTEL, listed(HOTEL, "prerequisites", "cafe_order_counter", "none")),
    Example("CQ214", HOTEL, put(HOTEL, user_role="victim/witness", ai_role="ghost")),
    Example("CQ214", STUDY, put(STUDY, user_role="professora", ai_role="professor")),
    Example("CQ215", HOTEL, put(HOTEL, is_active=False)),
)
