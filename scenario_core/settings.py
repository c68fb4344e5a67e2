"""Settings, read once from `SCENARIO_DESK_*` variables and an optional `scenario-desk.toml` in the working folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from scenario_core.errors import SettingsError

SETTINGS_FILE = "scenario-desk.toml"
PersonNumber = Annotated[int, Field(ge=1, le=2**31 - 1)]


def _known_time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"no time zone has the name {name!r}; an example is Europe/Berlin") from error
    return name


def _endpoint(url: str) -> str:
    if url:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or parts.query:
            raise ValueError("expected an http or https address without user, password or query")
    return url


EndpointUrl = Annotated[str, AfterValidator(_endpoint)]
TimeZone = Annotated[str, AfterValidator(_known_time_zone)]


class Settings(BaseSettings):
    """Everything that can be configured. Arguments win over variables, variables over the file.

    `user` is who acts. `local_user` is the one person of this machine who holds every role; all others are authors.
    `backup_days` is the age from which the newest backup is too old. `usage` is the folder of compacted runs,
    `usage_engine` the URL of what measures them (docs/usage.md), `time_zone` decides when a day begins, and groups of
    fewer than `smallest_group` learners are not broken down. An embedded database that has never seen a run is given
    so many `sample_runs` when the dashboard is started; 0 for none. With a `partner_url` a model plays the other role
    in rehearsals: the base address of an OpenAI-compatible endpoint, its key, the model, and the seconds to wait.
    """

    model_config = SettingsConfigDict(env_prefix="SCENARIO_DESK_", toml_file=SETTINGS_FILE, frozen=True, extra="forbid")

    production: Path = Path("data/scenarios/scenarios.json")
    database: str = "sqlite:///data/scenario_desk.db"
    user: PersonNumber = 1
    local_user: PersonNumber = 1
    expected_count: int | None = None
    backup_days: Annotated[int, Field(ge=1)] = 30
    usage: Path = Path("data/usage")
    usage_engine: str = "duckdb://"
    time_zone: TimeZone = "UTC"
    smallest_group: Annotated[int, Field(ge=1)] = 5
    sample_runs: Annotated[int, Field(ge=0, le=1_000_000)] = 20_000
    partner_url: EndpointUrl = ""
    partner_key: SecretStr = SecretStr("")
    partner_model: str = ""
    partner_timeout: Annotated[float, Field(gt=0, le=300)] = 20.0

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Add the TOML file, behind the environment."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @classmethod
    def read(cls, **given: Any) -> Settings:
        """The settings with `given` on top; values that are None count as not given.

        Raises:
            SettingsError: a value has the wrong form, or a name is unknown.
        """
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            raise SettingsError(
                f"Setting {name!r}: {first['msg']}, found {_shown(name, first['input'])}.",
                hint=f"Set SCENARIO_DESK_{name.upper()}, the command's option, or {SETTINGS_FILE}.",
            ) from error


def _shown(name: str, value: Any) -> str:
    """The value, unless it may be a secret, which what is set under a mistyped name can be, too."""
    may_be_secret = any(word in name.casefold() for word in ("key", "secret", "token", "partner"))
    return "a value that is not shown" if may_be_secret else repr(value)
