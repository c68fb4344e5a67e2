"""The one place that puts the real parts together from the settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import sqlalchemy as sa

from scenario_core.catalogue import Catalogue
from scenario_core.custom import ScenarioBuilderService
from scenario_core.custom.directory import LocalDirectory
from scenario_core.custom.engine import create_engine, session_factory
from scenario_core.integrity import Snapshot
from scenario_core.integrity.diff import ScenarioChange, diff_scenario
from scenario_core.people import Directory, Operation, Subject, require
from scenario_core.production import ScenarioManager
from scenario_core.rehearsal import Partner, ScriptedPartner
from scenario_core.rehearsal.model import Endpoint, ModelPartner
from scenario_core.settings import Settings
from scenario_core.usage.dataset import Dataset


@dataclass(frozen=True)
class Desk:
    """Both stores and everything that stands on them, for one set of settings."""

    settings: Settings
    production: ScenarioManager
    engine: sa.Engine
    directory: Directory

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Load production and prepare the database, which is first reached when something needs it.

        Raises:
            SettingsError: the database URL can't be used.
        """
        production = ScenarioManager(settings.production)
        production.initialize()
        engine = create_engine(settings.database)
        return cls(settings, production, engine, LocalDirectory(settings.local_user, engine))

    def compare_revisions(self, scenario_id: str, old: int, new: int | None = None) -> ScenarioChange:
        """What changed in a custom scenario from one version to another, the current one if `new` is None.

        Raises:
            ScenarioNotFoundError: the scenario is not the configured person's, or never had such a version.
        """
        user_id = self.settings.user
        with self.builder() as service:
            before = service.revisions.get(scenario_id, user_id, old).document
            if new is None:
                after = service.get_scenario(scenario_id, user_id).scenario.model_dump(mode="json")
            else:
                after = service.revisions.get(scenario_id, user_id, new).document
        return diff_scenario(before, after)

    def close(self) -> None:
        """Give the connections to the database and to the model back."""
        self.engine.dispose()
        partner = self.__dict__.get("partner")
        if isinstance(partner, ModelPartner):
            partner.close()

    @cached_property
    def catalogue(self) -> Catalogue:
        """Both stores as one list."""
        return Catalogue(self.production, self.engine, self.directory)

    @cached_property
    def dataset(self) -> Dataset:
        """The runs of learners, compacted and recorded."""
        return Dataset(self.engine, self.settings.usage)

    @cached_property
    def partner(self) -> Partner:
        """Who plays the other role in rehearsals: the model that the settings name, else the script."""
        script, settings = ScriptedPartner(), self.settings
        if not settings.partner_url:
            return script
        endpoint = Endpoint(
            settings.partner_url, settings.partner_model, settings.partner_key, settings.partner_timeout
        )
        return ModelPartner(endpoint, script)

    @contextmanager
    def builder(self) -> Iterator[ScenarioBuilderService]:
        """The service over custom scenarios, for one session."""
        with session_factory(self.engine)() as session:
            yield ScenarioBuilderService(session, directory=self.directory, production=self.production.get)

    def require(self, operation: Operation, subject: Subject | None = None) -> None:
        """Ask the policy for the configured person; see `people.require` for what it raises."""
        require(self.directory.person(self.settings.user), operation, subject)

    def snapshot(self, expected_count: int | None = None, *, database: bool = True) -> Snapshot:
        """One state of both stores for the integrity checks, or of production alone."""
        expected = self.settings.expected_count if expected_count is None else expected_count
        engine = self.engine if database else None
        return Snapshot(
            self.production, engine, expected, backup_days=self.settings.backup_days, runs=self.settings.usage
        )
