"""Checks of the catalogue as a whole: how roles are spelled, and what is missing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from scenario_core.integrity.checks.base import ContentCheck, Gathered
from scenario_core.integrity.checks.content.wording import short
from scenario_core.integrity.findings import Finding
from scenario_core.integrity.reading import Reading
from scenario_core.scenario import CATEGORIES, DIFFICULTIES, Store
from scenario_core.search_text import fold

_ROLES: Final = ("user_role", "ai_role")
_SHORTEST_ROLE: Final = 8
"""Of shorter roles one letter more is often another role: *host* and *ghost*."""


class RolesSpelledOneWay(ContentCheck):
    """Every role is spelled the same wherever it comes, in both stores.

    ## Why it matters

    Filters, counts and voices go by the role: `Business professional` and `business_professional` are two of them.

    ## How to mend it

    Use the spelling of the others.

    ## Examples

    Found: `Business professional` or `business-professional` beside `business_professional`; `medico` beside `médico`;
    `traveler` beside `traveller`.

    Fine: `victim/witness`, if everybody writes it so; `waiter` and `waitress`; `profesor` and `profesora`; any role
    that nobody else has: the vocabulary of roles is open.

    ## Limits

    Case, accents and separators are folded, and a letter too many or too few inside roles of 8 letters and more is
    seen. Swapped and wrong letters are not. The rarer spelling is found, of two equally frequent ones the later.
    """

    code, name = "CQ214", "roles spelled one way"

    def gather(self, reading: Reading) -> Any:
        """Both roles."""
        return [getattr(reading.scenario, field) for field in _ROLES]

    def conclude(self, gathered: Mapping[str, Gathered]) -> Iterator[Finding]:
        """One finding for each role that is spelled otherwise than most."""
        counts = Counter(role for known in gathered.values() for role in known.value if role.strip())
        usual = _usual_spellings(counts)
        for scenario_id, known in gathered.items():
            for field, role in zip(_ROLES, known.value, strict=True):
                other = usual.get(role, role)
                if other != role:
                    yield self.finding(
                        f"the role {short(role)!r} is spelled {short(other)!r} elsewhere",
                        value=role,
                        scenario_id=scenario_id,
                        store=known.store,
                        pointer=f"/{field}",
                        field=field,
                        expected=f"{short(other)}, which stands {counts[other]} times",
                        actual=f"{short(role)}, which stands {counts[role]} times",
                        hint="Use one spelling for one role.",
                    )


def _usual_spellings(counts: Mapping[str, int]) -> dict[str, str]:
    """The spelling to use for each; the order of `counts` is that of their first use, and decides between equals."""
    usual: dict[str, str] = {}
    spellings: dict[str, list[str]] = defaultdict(list)
    for role in counts:
        spellings[fold(role).replace(" ", "") or role].append(role)
    best = {key: max(roles, key=lambda role: counts[role]) for key, roles in spellings.items()}
    for key, roles in spellings.items():
        usual.update(dict.fromkeys(roles, best[key]))
    for longer, shorter in _one_letter_apart(spellings):
        kept, left = sorted((best[longer], best[shorter]), key=lambda role: -counts[role])
        usual[left] = kept
    return usual


def _one_letter_apart(keys: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Pairs in the order of the keys, of which one has a letter more inside; at the end it may be another role."""
    order = {key: place for place, key in enumerate(keys)}
    for longer in keys:
        if len(longer) > _SHORTEST_ROLE:
            shorter = {
                cut
                for place in range(1, len(longer) - 1)
                if longer[place].isalpha() and (cut := longer[:place] + longer[place + 1 :]) in order
            }
            for key in sorted(shorter, key=order.__getitem__):
                first, second = sorted((longer, key), key=order.__getitem__)
                yield first, second


class EveryShelfIsFilled(ContentCheck):
    """Every category and every level has at least one active production scenario.

    ## Why it matters

    Learners choose by category and level. An empty one is a dead end, and the usage figures show none of it.

    ## How to mend it

    Write a scenario for it, from a template of the category, and have it taken over into production.

    ## Examples

    Found: no active production scenario in `hobbies`; none at `native`.

    Fine: one scenario in each category; a category whose other scenarios are inactive.

    ## Limits

    Pairs of category and level are not looked at, nor languages. Custom scenarios do not count. With no production
    scenario at all nothing is found: IC101 and IC104 say that.
    """

    code, name = "CQ215", "categories and levels filled"

    def gather(self, reading: Reading) -> Any:
        """Category, level, and whether it is active."""
        scenario = reading.scenario
        return [scenario.category, scenario.difficulty, scenario.is_active]

    def conclude(self, gathered: Mapping[str, Gathered]) -> Iterator[Finding]:
        """One finding for each that is empty, about no scenario."""
        production = [known.value for known in gathered.values() if known.store is Store.PRODUCTION]
        if not production:
            return
        for place, (what, values) in enumerate((("category", CATEGORIES), ("level", DIFFICULTIES))):
            filled = {each[place] for each in production if each[2]}
            for value in values:
                if value not in filled:
                    yield self.finding(
                        f"no active production scenario for the {what} {value}",
                        value=[what, value],
                        store=Store.PRODUCTION,
                        expected="at least 1",
                        actual=f"0 of {len(production)}",
                        hint="Write one, or waive this if it is left empty on purpose.",
                    )


CHECKS: Final[tuple[type[ContentCheck], ...]] = (RolesSpelledOneWay, EveryShelfIsFilled)
