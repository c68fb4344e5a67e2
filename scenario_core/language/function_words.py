"""Words that say little by themselves: articles, pronouns, prepositions, auxiliaries; and how people say *please*."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from itertools import islice
from typing import Final

from scenario_core.language.frequency import frequencies
from scenario_core.language.known import frequency_codes

_MOST_USUAL: Final = 50
"""In languages without a list of their own the most usual words stand in for it."""
_LISTS: Final = {
    "en": """
        a an the this that these those some any each every no i you he she it we they me him her us them my your his
        its our their mine yours hers ours theirs myself yourself himself herself itself ourselves themselves who whom
        whose which what where when why how of to in on at by for from with about into onto as than up out off over
        under and or but so if because while not n t s d ll m re ve am is are was were be been being do does did done
        don doesn didn have has had haven hasn hadn isn aren wasn weren can could couldn will would wouldn won shall
        should may might must there here then too also very just yes oh um uh er well
        """,
    "es": """
        el la los las lo un una unos unas este esta esto estos estas ese esa eso esos esas aquel aquella yo tú tu él
        ella usted nosotros nosotras vosotros ellos ellas ustedes me te se nos os le les mi mis tus su sus nuestro
        nuestra nuestros nuestras mí ti conmigo contigo que qué quien quién cual cuál donde dónde cuando cuándo como
        cómo cuanto cuánto porque por para de del a al en con sin sobre entre hasta desde hacia y e o u pero ni si sí
        no es son soy eres somos era eran fue ser está están estoy estás estamos estaba estar he has ha hemos han había
        haber hay muy más menos ya también tan pues eh bueno aquí ahí allí
        """,
    "fr": """
        le la les l un une des du de d ce cet cette ces c ça cela je j tu il elle on nous vous ils elles me m te t se s
        moi toi lui eux leur leurs mon ma mes ton ta tes son sa ses notre nos votre vos y en qui que qu quoi quel
        quelle quels quelles où quand comment pourquoi combien à au aux dans sur sous avec sans pour par chez entre et
        ou mais donc si ne n pas non oui est suis es sommes êtes sont était étais étaient être été ai as a avons avez
        ont avait avais avoir eu très plus moins aussi bien alors euh bah ben ici là
        """,
    "de": """
        der die das den dem des ein eine einen einem einer eines kein keine dieser diese dieses ich du er sie es wir
        ihr mich dich ihn uns euch mir dir ihm ihnen mein meine meinen meinem meiner dein deine sein seine ihre ihren
        unser unsere euer eure sich wer wen wem was welche welcher welches wo wann warum wie von zu zum zur in im an am
        auf aus bei beim für mit nach über um unter vor durch ohne gegen und oder aber denn weil wenn ob dass als nicht
        ja nein bin bist ist sind seid war waren sein gewesen habe hast hat haben hatte hatten werde wirst wird werden
        würde würden kann können könnte könnten auch sehr so da hier dort dann doch mal schon noch nur äh also
        """,
    "it": """
        il lo la i gli le l un uno una un questo questa questi queste quello quella quelli quelle io tu lui lei noi voi
        loro mi ti si ci vi me te sé ne mio mia miei mie tuo tua suo sua suoi sue nostro nostra vostro vostra che chi
        cosa quale quali dove quando come perché quanto di del dello della dei degli delle d a al allo alla ai agli
        alle da dal dalla in nel nella nei con su sul sulla per tra fra e ed o ma se non sì no è sono sei siamo siete
        era erano essere stato ho hai ha abbiamo avete hanno aveva avere molto più meno anche già qui qua lì là beh
        """,
    "pt": """
        o a os as um uma uns umas este esta estes estas isto esse essa esses essas isso aquele aquela aquilo eu tu ele
        ela você nós vós eles elas vocês me te se nos lhe lhes meu minha meus minhas teu tua seu sua seus suas nosso
        nossa que quem qual quais onde quando como quanto porque por de do da dos das em no na nos nas com sem sobre
        entre até para pelo pela ao à aos às e ou mas se não sim é são sou somos era eram foi ser está estão estou
        estava estar tenho tem têm tinha ter há muito mais menos também já tão então aqui aí ali
        """,
}

_CONTRACTED: Final = {
    "en": {"s": "is", "m": "am", "re": "are", "ve": "have", "d": "would", "ll": "will", "t": "not"},
}
_COURTESY: Final = {
    "en": "please",
    "es": "por favor",
    "fr": "s['\u2019]il (?:vous|te) pla[iî]t",
    "de": "bitte",
    "it": "per (?:favore|piacere)",
    "pt": "por favor",
}


def without_courtesy(text: str, code: str) -> str:
    """The text without *please*; as it is where nothing else would be left."""
    form = _COURTESY.get(code)
    rest = re.sub(rf"\b{form}\b", " ", text, flags=re.IGNORECASE) if form else text
    return rest if any(letter.isalpha() for letter in rest) else text


def contracted(part: str, code: str) -> str:
    """What a part of a contracted form stands for: `is` for the `s` of *it's*; itself for every other."""
    return contractions(code).get(part, part)


def contractions(code: str) -> Mapping[str, str]:
    """What parts of contracted forms stand for."""
    return _CONTRACTED.get(code, {})


@cache
def function_words(code: str) -> frozenset[str]:
    """Those of a language, in lower case; contracted forms count in their parts, so that `t` and `l` are among them.

    Args:
        code: of `Language.code`; empty where nothing is known of the language, which then has none.
    """
    if code in _LISTS:
        return frozenset(_LISTS[code].split())
    if code not in frequency_codes():
        return frozenset()
    return frozenset(islice(frequencies(code), _MOST_USUAL))
