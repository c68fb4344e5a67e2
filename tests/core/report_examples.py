"""Reports to render: a real run over the shipped catalogue with damages, hostile ones, empty and large ones."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from scenario_core import integrity, mirror
from scenario_core.bootstrap import Desk
from scenario_core.custom import schema
from scenario_core.integrity import About, Finding, Outcome, Report, Severity, Waiver
from scenario_core.integrity.findings import fingerprint_of
from scenario_core.integrity.reports import Artifact
from scenario_core.integrity.snapshot import mirrored
from scenario_core.production.document import Document
from scenario_core.scenario import Store
from scenario_core.settings import Settings
from tests.factories import SHIPPED, phase_document, scenario_document

HOTEL: Final = "hotel_check_in"
LONG_ID: Final = "business_negotiating_the_terms_of_a_long_term_supply_contract_with_an_overseas_manufacturer"
REVISION: Final = "a3f1" * 16
TODAY: Final = datetime(2026, 11, 5, 9, 30, tzinfo=UTC)

HOSTILE: Final = [
    "<script>document.title='owned'</script>",
    '"><img src=x onerror="document.title=1">',
    "</style></code></bdi><b>bold</b><!--",
    "{{ 7 * 7 }} {% raw %} {0} {1} }{",
    "]]> <![CDATA[ &amp; &#64; &lt;b&gt;",
    "=HYPERLINK(1)",
    "@SUM(A1)",
    "\t=1+1",
    "-1",
    "a | b |\n|---|---|\n| c",
    "# no heading\n- no list\n\n> no quote\n```\nno code",
    "[x](http://localhost/x) ![y](javascript:alert(1)) [z](1)",
    r"\[a\](0) \\[b\\](1) \new\table",
    "www.example.com a@example.com #12 !34 %5 GH-6 @everyone $x$ :smile: **no** _emphasis_ ~~gone~~",
    "\x00\x07\x1b[31mred\x1b[0m\x85\x9b\r\rover",
    "half \ud800 a pair \udfff",
    "user \u202eresu\u202c \u2066isolated\u2069 \u200fmarked",
    "one\u2028two\u2029three\nIC101 error: forged",
    "noncharacters \ufffe \uffff \U0001fffe, joined \u200d, \ufeff",
    "עברית و العربية",
    "x" * 5_000,
    "a long text " * 500,
]

ODD: Final = 'a"b/c~d é\u2028\U0001f375'


def made(code: str, message: str = "is not as it should be", **more: Any) -> Finding:
    """A finding with its fingerprint."""
    severity = more.pop("severity", Severity.NOTICE if code.startswith("CQ") else Severity.ERROR)
    value = more.pop("value", more.get("actual", ""))
    it = Finding(code, severity, message, **more)
    place = it.field or it.pointer
    return replace(it, fingerprint=fingerprint_of(code, it.store, it.scenario_id, place, [message, value]))


def waived(finding: Finding, reason: str = "it is a quotation", expires_on: date | None = None) -> Waiver:
    """A waiver of this finding."""
    return Waiver(
        f"w-{finding.fingerprint}",
        finding.fingerprint,
        finding.code,
        finding.scenario_id,
        finding.field,
        finding.message,
        reason,
        7,
        TODAY,
        expires_on,
    )


def report_of(*outcomes: Outcome, waive: Iterable[Finding] = (), **more: Any) -> Report:
    """A report over 31 scenarios."""
    return Report(
        outcomes,
        production_count=31,
        revision=REVISION,
        waived={finding.fingerprint: waived(finding, expires_on=date(2027, 3, 1)) for finding in waive},
        **more,
    )


def clean_report() -> Report:
    """Nothing was found."""
    return report_of(*(Outcome(code, f"check {code}") for code in ("CQ901", "IC101", "IC102")))


def mixed_report() -> Report:
    """Every kind of outcome once: found in either store and in the whole, waived, passed, not run, not checked."""
    found = [
        made("IC102", scenario_id=HOTEL, store=Store.PRODUCTION, pointer="/phases/1/name", expected="a text"),
        made(
            "IC102", scenario_id=HOTEL, store=Store.PRODUCTION, pointer="/category", actual="cooking", hint="Mend it."
        ),
        made("IC102", scenario_id=LONG_ID, store=Store.PRODUCTION, severity=Severity.WARNING),
    ]
    content = [
        made(
            "CQ901", scenario_id=HOTEL, store=Store.PRODUCTION, field="phases[greeting].name", pointer="/phases/0/name"
        ),
        made("CQ901", scenario_id="custom_travel_1_00000000", store=Store.CUSTOM, field="name", pointer="/name"),
    ]
    return report_of(
        Outcome("CQ901", "no names that are placeholders", tuple(content), not_checked={"ja: not known": 2}),
        Outcome("CQ902", "words known", not_checked={"fr: not known": 3, "ja: not known": 2}),
        Outcome("IC101", "production file readable"),
        Outcome("IC102", "production records valid", tuple(found)),
        Outcome("IC104", "counts agree", (made("IC104", expected="31", actual="30"),)),
        Outcome("IC105", "mirror in sync", problem="The database does not answer."),
        waive=(content[0],),
        custom_count=1,
        about={
            HOTEL: About("Hotel Check-In", "travel", Store.PRODUCTION),
            "custom_travel_1_00000000": About("A Night Train", "travel", Store.CUSTOM),
        },
    )


def hostile_report(text: str) -> Report:
    """Every text that people or programs may have written is this one."""
    texts = {
        "field": text,
        "pointer": f"/{text}",
        "expected": f"wanted {text}",
        "actual": f"there {text}",
        "hint": f"next {text.replace('`', '')}",
    }
    found = [
        made("IC102", text, scenario_id=text, store=Store.PRODUCTION, **texts),
        made("IC102", text, **texts),
    ]
    content = [
        made("CQ901", text, scenario_id=text, store=Store.CUSTOM, **texts),
        made("CQ901", text, scenario_id=HOTEL, store=Store.PRODUCTION, **texts),
    ]
    report = report_of(
        Outcome("CQ901", f"name {text}", tuple(content), not_checked={text: 2}),
        Outcome("IC102", f"name {text}", tuple(found)),
        Outcome("IC105", f"name {text}", problem=text),
        about={text: About(text, text, Store.CUSTOM), HOTEL: About(text, text, Store.PRODUCTION)},
    )
    return replace(report, waived={content[1].fingerprint: waived(content[1], text)})


def large_report(count: int = 10_000, scenarios: int = 2_500) -> tuple[Report, Artifact]:
    """So many findings of both kinds, a tenth of the content ones waived, and the file that they are about."""
    ids = [f"travel_scenario_number_{number}" for number in range(scenarios)]
    document = {name: scenario_document(name, name=f"Scenario {name}") for name in ids}
    data = json.dumps(document, indent=2).encode()
    structural, content = [], []
    for number in range(count):
        place = {"scenario_id": ids[number % scenarios], "store": Store.PRODUCTION}
        if number % 2:
            where = f"/phases/1/key_vocabulary/{number % 3}"
            content.append(made("CQ901", f"phrase {number}", pointer=where, hint="Write it anew.", **place))
        else:
            where = "/phases/0/expected_duration_minutes"
            structural.append(made("IC102", expected="a number", actual=f"{number}", pointer=where, **place))
    report = report_of(
        Outcome("CQ901", "phrases that differ", tuple(content)),
        Outcome("IC102", "production records valid", tuple(structural)),
        waive=tuple(content[::10]),
        about={name: About(f"Scenario {name}", "travel", Store.PRODUCTION) for name in ids},
    )
    return report, Artifact("data/scenarios/scenarios.json", Document.parse(data))


@contextmanager
def audited(folder: Path) -> Iterator[tuple[Report, Artifact, Desk]]:
    """A real run over the shipped catalogue, damaged in file and database, with content findings beside it."""
    for name in ("scenarios.json", "scenarios.json.backup"):
        shutil.copy(SHIPPED.with_name(name), folder / name)
    settings = Settings.read(
        production=folder / "scenarios.json", database=f"sqlite:///{folder / 'desk.db'}", expected_count=31
    )
    desk = Desk.open(settings)
    try:
        schema.upgrade(desk.engine)
        mirror.apply(desk.engine, mirrored(desk.production), actor_id=1)
        _damage(desk)
        report = integrity.run(desk.snapshot())
        yield _with_content(report), Artifact.of(desk.production, report, folder), desk
    finally:
        desk.close()


def _damage(desk: Desk) -> None:
    path = desk.production.path
    document = json.loads(path.read_bytes())
    document[HOTEL]["category"] = "cooking"
    document[HOTEL]["phases"][1]["expected_duration_minutes"] = "five"
    document[HOTEL]["phases"][2]["key_vocabulary"] = "lift"
    document["clothing_shopping"]["setting"] = "Elsewhere"
    document["clothing_shopping"]["phases"].pop(0)
    document["restaurant_dinner_reservation"]["scenario_id"] = "restaurant_reservation"
    document[LONG_ID] = scenario_document(LONG_ID, name="Negotiating the Terms of a Contract", category="business")
    document[ODD] = scenario_document(ODD, name="<b>Odd</b> \u202eeman", phases=[phase_document("p")])
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    first = '"scenario_id": "business_project_delay",'
    path.write_text(text.replace(first, first.rstrip(",")), encoding="utf-8")
    desk.production.refresh()
    with desk.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER scenario_desk_protect_scenarios_update")
        connection.exec_driver_sql(
            "INSERT INTO scenarios (scenario_id, title, category, difficulty, created_by, is_public) "
            "VALUES ('Hotel_Check_In', 'My hotel', 'travel', 'beginner', 7, 0)"
        )


def _with_content(report: Report) -> Report:
    """The report with findings of content checks that no later version of the checks can change."""
    found = [
        made(
            "CQ901",
            "names a phase like a machine does",
            scenario_id=name,
            store=Store.PRODUCTION,
            pointer="/phases/0/name",
            field="phases[greeting].name",
            expected="words",
            actual="phase_1_intro",
            hint="Give it a name that a learner understands.",
        )
        for name in ("clothing_shopping", HOTEL, LONG_ID)
    ]
    content = Outcome("CQ901", "names are words", tuple(found), not_checked={"ja: not known to this check": 2})
    silent = Outcome("CQ902", "words known", problem="the check failed: KeyError: 'xx'")
    return replace(
        report,
        outcomes=(*report.outcomes, content, silent),
        waived={**report.waived, found[2].fingerprint: waived(found[2], "a legacy name, kept for the old app")},
    )
