"""Loading and saving the production file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from scenario_core.errors import Fault, InvalidScenarioError, ProductionChangedError, ProductionUnreadableError
from scenario_core.production import atomic, backups, rendering, validation
from scenario_core.production.document import Document, Style
from scenario_core.scenario import ConversationScenario


@dataclass(frozen=True, slots=True, eq=False)
class LoadedScenarios(Mapping[str, ConversationScenario]):
    """The readable scenarios by id, in file order. `errors` name every record that is not among them, and why.

    `revision` is the SHA-256 of the file's bytes.
    """

    path: Path
    document: Document
    scenarios: Mapping[str, ConversationScenario]
    errors: tuple[Fault, ...]
    revision: str

    def __getitem__(self, scenario_id: str) -> ConversationScenario:
        return self.scenarios[scenario_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self.scenarios)

    def __len__(self) -> int:
        return len(self.scenarios)


class ScenarioIO:
    """Reads and writes production files."""

    @staticmethod
    def load_scenarios_from_file(path: Path | str) -> LoadedScenarios:
        """Every scenario that can be read, and an error for each record that can't.

        Raises:
            ProductionUnreadableError: the file as a whole can't be read.
        """
        return parse(Path(path), read_bytes(Path(path)))

    @staticmethod
    def save_scenarios_to_file(
        scenarios: Mapping[str, ConversationScenario], path: Path | str, *, based_on: LoadedScenarios | None = None
    ) -> LoadedScenarios:
        """Make the file hold these scenarios, on top of what was loaded from it, and return it as loaded anew.

        Records that did not change, and all that could not be read, keep every byte. The former file is kept as a
        backup. Where nothing differs nothing is written.

        Raises:
            InvalidScenarioError: a scenario breaks production's rules, or a record has a key twice.
            ProductionChangedError: the file has changed since it was loaded, or was never loaded.
            ProductionLockedError: another process has been writing for too long.
            ProductionError: the file can't be written; it is as it was.
        """
        target = Path(path)
        _require_rules(scenarios, {} if based_on is None else based_on.scenarios)
        with atomic.locked(target):
            atomic.clear_litter(target.resolve().parent)
            current = target.read_bytes() if target.exists() else None
            require_unmoved(target, current, based_on)
            data = _rendered(scenarios, based_on)
            if data != current:
                if current is not None:
                    backups.keep(target, current)
                atomic.write_durably(target, data)
        return parse(target, data)


def read_bytes(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        ProductionUnreadableError: it is missing or can't be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ProductionUnreadableError(
            f"The production file {path} can't be read: {error.strerror}.",
            hint="Check the path, or run `scenario-desk backup restore`.",
        ) from error


def parse(path: Path, data: bytes) -> LoadedScenarios:
    """What the bytes of a production file hold.

    Raises:
        ProductionUnreadableError: they as a whole can't be read.
    """
    document = Document.parse(data)
    latest = document.latest()
    scenarios: dict[str, ConversationScenario] = {}
    errors: list[Fault] = []
    for entry in document.entries:
        if latest[entry.key] is not entry:
            line = document.line(latest[entry.key].start)
            found = f"it again in line {line}; that one counts"
            errors.append(Fault(f"/{entry.key}", "a key that stands once in the file", found, entry.key))
            continue
        scenario, faults = validation.read_entry(document, entry)
        errors += faults
        if scenario is not None:
            scenarios[entry.key] = scenario
    return LoadedScenarios(path, document, scenarios, tuple(errors), hashlib.sha256(data).hexdigest())


def _require_rules(scenarios: Mapping[str, ConversationScenario], known: Mapping[str, ConversationScenario]) -> None:
    faults = [
        fault
        for key, scenario in scenarios.items()
        if scenario is not known.get(key)
        for fault in validation.broken_rules(key, scenario)
    ]
    if faults:
        raise InvalidScenarioError(faults, hint="Nothing was saved.")


def require_unmoved(path: Path, current: bytes | None, based_on: LoadedScenarios | None) -> None:
    """Do nothing if the file still is what was loaded.

    Raises:
        ProductionChangedError: it has changed, or was never loaded.
    """
    if based_on is None and current is not None:
        raise ProductionChangedError(
            f"{path} is there already.", hint="Load it first, and save on top of what you read."
        )
    if based_on is not None and (current is None or hashlib.sha256(current).hexdigest() != based_on.revision):
        raise ProductionChangedError(
            f"{path} has changed since it was read; nothing was saved.", hint="Load it again, and make the change anew."
        )


def _rendered(scenarios: Mapping[str, ConversationScenario], based_on: LoadedScenarios | None) -> bytes:
    document = Document(b"{}\n", ()) if based_on is None else based_on.document
    known: Mapping[str, ConversationScenario] = {} if based_on is None else based_on.scenarios
    style = Style.of(document.data)
    latest = document.latest()
    values: dict[str, bytes] = {}
    for key, scenario in scenarios.items():
        former = known.get(key)
        if former is None:
            values[key] = style.render(rendering.record_of(scenario))
        elif former is not scenario and former != scenario:
            record = rendering.merged_record(document.value(latest[key]), former, scenario)
            values[key] = style.render(record)
    removed = frozenset(known.keys() - scenarios.keys())
    return document.edited(values, removed) if values or removed else document.data
