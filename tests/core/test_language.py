"""What the content checks know of languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenario_core.language import (
    Phrases,
    distinct,
    guess,
    known_language,
    known_share,
    lemmas_of,
    reason_for,
    slip,
    term_of,
    words_of,
    zipf,
)
from scenario_core.language.known import Language
from scenario_core.language.placeholders import any_placeholder, placeholder_in

SAMPLES = {
    "ca": "Bona nit, voldria reservar una taula per a quatre persones dissabte. Teniu alguna cosa lliure a les vuit? "
    "Podem seure a prop de la finestra? Gràcies, fins aviat.",
    "cs": "Dobrý den, chtěl bych si rezervovat stůl pro čtyři osoby na sobotu večer. Máte něco volného v osm hodin? "
    "Můžeme sedět u okna? Děkuji, na shledanou.",
    "da": "Hej, jeg vil gerne bestille et bord til fire personer på lørdag aften. Har I noget ledigt klokken otte? "
    "Kan vi sidde ved vinduet? Tak for hjælpen, vi ses.",
    "de": "Guten Abend, ich möchte einen Tisch für vier Personen am Samstag reservieren. Haben Sie um acht Uhr noch "
    "etwas frei? Können wir am Fenster sitzen? Vielen Dank, bis dann.",
    "en": "Good evening, I would like to book a table for four people on Saturday. Do you have anything free at eight? "
    "Could we sit near the window? Thank you, see you then.",
    "es": "Buenas noches, quisiera reservar una mesa para cuatro personas el sábado. ¿Tienen algo libre a las ocho? "
    "¿Podemos sentarnos junto a la ventana? Gracias, hasta pronto.",
    "fr": "Bonsoir, je voudrais réserver une table pour quatre personnes samedi. Avez-vous quelque chose de libre à "
    "huit heures ? Pouvons-nous nous asseoir près de la fenêtre ? Merci, à bientôt.",
    "it": "Buonasera, vorrei prenotare un tavolo per quattro persone sabato. Avete qualcosa di libero alle otto? "
    "Possiamo sederci vicino alla finestra? Grazie, a presto.",
    "nl": "Goedenavond, ik wil graag een tafel reserveren voor vier personen op zaterdag. Heeft u nog iets vrij om "
    "acht uur? Mogen we bij het raam zitten? Bedankt, tot ziens.",
    "pl": "Dzień dobry, chciałbym zarezerwować stolik dla czterech osób na sobotę wieczór. Czy jest coś wolnego o "
    "ósmej? Czy możemy usiąść przy oknie? Dziękuję, do widzenia.",
    "pt": "Boa noite, eu queria reservar uma mesa para quatro pessoas no sábado. Vocês têm alguma coisa livre às oito? "
    "Podemos sentar perto da janela? Obrigado, até logo.",
    "ru": "Здравствуйте, я хотел бы заказать столик на четверых на субботу вечером. Есть что-нибудь свободное в восемь "
    "часов? Можно сесть возле окна? Спасибо, до свидания.",
    "sv": "Hej, jag skulle vilja boka ett bord för fyra personer på lördag kväll. Har ni något ledigt klockan åtta? "
    "Kan vi sitta vid fönstret? Tack för hjälpen, vi ses.",
    "uk": "Добрий вечір, я хотів би замовити столик на чотирьох на суботу. Чи є щось вільне на восьму годину? Можна "
    "сісти біля вікна? Дякую, до побачення.",
}


def language(tag: str) -> Language:
    found = known_language(tag)
    assert found is not None
    return found


@pytest.mark.parametrize("declared", SAMPLES)
@pytest.mark.parametrize("written", SAMPLES)
def test_a_text_is_told_from_every_other_language(written: str, declared: str) -> None:
    found = guess([SAMPLES[written]], language(declared))
    if written == declared:
        assert found is None
        assert known_share(distinct([SAMPLES[written]]), written) > 0.85
    else:
        assert found is not None
        other_script = language(written).scripts.isdisjoint(language(declared).scripts)
        assert found.other == (f"the script {next(iter(language(written).scripts))}" if other_script else written)


def test_too_few_words_are_not_judged() -> None:
    assert guess(["Guten Tag, ich möchte bitte zahlen."], language("en")) is None
    assert guess(["名前"], language("en")) is None
    assert guess([], language("en")) is None


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("en", "en"), ("en-GB", "en"), ("EN-us", "en"), ("pt-BR", "pt"), ("pt", "pt"), ("es-419", "es"), ("no", "nb"),
        ("hr", "sh"), ("sr-Latn", "sh"), ("iw", "he"), ("tl", "fil"), ("ja", None), ("zh-Hant", None), ("ko", None),
        ("th", None), ("lb", None), ("und", None), ("x-own", None), ("", None), ("no such tag", None),
    ],
)  # fmt: skip
def test_a_tag_leads_to_its_word_list(tag: str, code: str | None) -> None:
    found = known_language(tag)
    assert (found.code if found else None) == code
    assert bool(reason_for(tag)) == (code is None)


@given(st.text(max_size=40))
def test_any_tag_is_answered(tag: str) -> None:
    assert (known_language(tag) is None) == bool(reason_for(tag))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't, forty-five!", ["Don't", "forty-five"]),
        ("L\u2019été à l'hôtel", ["L\u2019été", "à", "l'hôtel"]),
        ("Room A8, the 2nd of 3", ["Room", "the", "of"]),
        ("Write to ann@school.example or https://school.example/a", ["Write", "to", "or"]),
        ("snake_case and 'quoted'", ["and", "quoted"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("cafe\u0301 au lait", ["cafe\u0301", "au", "lait"]),
        ("", []),
    ],
)
def test_a_text_is_cut_into_words(text: str, words: list[str]) -> None:
    assert [word.text for word in words_of(text)] == words
    assert distinct([text]) == {word.folded for word in words_of(text)}


def test_a_word_knows_whether_it_begins_a_sentence() -> None:
    starts = [word.text for word in words_of("¿Qué tal? Bien. Ana dice: «Hola, Eva»") if word.starts_sentence]
    assert starts == ["Qué", "Bien", "Ana", "Hola"]


@given(st.text(max_size=60))
def test_both_ways_of_cutting_agree(text: str) -> None:
    lowered = text.lower()
    assert distinct([lowered]) == {word.folded for word in words_of(lowered)}


@pytest.mark.parametrize(
    ("entry", "term"),
    [
        ("die Rechnung (bill)", "die Rechnung"), ("la cuenta - the bill", "la cuenta"),
        ("l'addition \u2013 bill", "l'addition"),
        ("menu: a list of dishes", "menu"), ("勘定\uff08かんじょう\uff09", "勘定"), ("wake-up call", "wake-up call"),
        ("(informal) hi", "hi"), ("check in / check out", "check in"), ("at 8:30", "at 8:30"),
        ("(bill)", "(bill)"), (" a ", "a"),
    ],
)  # fmt: skip
def test_an_entry_is_cut_to_its_term(entry: str, term: str) -> None:
    assert term_of(entry) == term


@pytest.mark.parametrize(
    ("tag", "term", "phrase", "used"),
    [
        ("en", "to look for", "I am looking for a jacket.", True),
        ("en", "someone's mistake", "Two mistakes!", False),
        ("en", "bill", "The bills, please.", True),
        ("en", "fork", "The knife, please.", False),
        ("en", "go", "She went home.", True),
        ("de", "kommt an", "Wann kommt der Zug in Freiburg an?", True),
        ("de", "das Haus", "Zwei Häuser.", True),
        ("de", "das Fahrrad", "Zwei Fahrkarten, bitte.", False),
        ("es", "poder", "¿Nos podemos quedar?", True),
        ("es", "alérgico", "Mi amiga es alérgica.", True),
        ("fr", "l'abricot", "Une livre d'abricots.", True),
        ("it", "la mano", "Con le mani.", True),
        ("pt-BR", "ir", "Vamos agora!", True),
        ("en", "the", "The end.", True),
        ("en", "...", "The end.", True),
    ],
)
def test_a_phrase_uses_a_term_in_any_form(tag: str, term: str, phrase: str, used: bool) -> None:  # noqa: FBT001 - a column of the table
    assert Phrases([phrase], language(tag)).use(term) is used


def test_all_words_of_a_term_must_stand_in_one_phrase() -> None:
    phrases = Phrases(["A warm coat.", "A blue jacket."], language("en"))
    assert not phrases.use("warm jacket")
    assert phrases.use("warm coat")
    assert not Phrases([], language("en")).use("coat")


@pytest.mark.parametrize(
    ("tag", "word", "meant"),
    [
        ("en", "restaurant", None), ("en", "resturant", "restaurant"), ("en", "reservaton", "reservation"),
        ("en", "outvoted", None), ("en", "zzyzxian", ""), ("en", "neighbour's", None), ("en", "wi-fi", None),
        ("en", "a" * 5000, ""), ("es", "gracais", "gracias"), ("fr", "beaucuop", "beaucoup"),
        ("it", "grazei", "grazie"),
        ("pt", "obrgado", "obrigado"), ("de", "fahrkartenautomat", None), ("de", "fahrkatrenautomat", ""),
    ],
)  # fmt: skip
def test_a_slip_is_told_from_a_rare_word(tag: str, word: str, meant: str | None) -> None:
    assert slip(word, language(tag)) == meant


def test_frequencies_and_lemmas_are_those_of_the_language() -> None:
    assert zipf("the", "en") > 7 > zipf("discrepancy", "en") > 3 > zipf("zzyzxian", "en") == 0
    assert lemmas_of("fahrkarten", "de") == ("Fahrkarte",)
    assert "go" in lemmas_of("went", "en")


@pytest.mark.parametrize("tag", ["en", "es", "ja"])
@given(
    text=st.text("aAxX{}[]<>. TODObnme\n", max_size=30), field=st.sampled_from(["name", "setting", "key_vocabulary"])
)
def test_the_quick_look_for_placeholders_misses_none(tag: str, text: str, field: str) -> None:
    if placeholder_in(text, field, tag, is_title=field == "name"):
        assert any_placeholder([(field, text)], tag)
