"""The settings of a node: environment over `ivr.toml` over defaults.

Every setting is one field here. A name that begins with `IVR_` and is none of them is an
error, because a misspelt setting that is ignored costs an evening. A secret may also come
from a file (`IVR_APP_SECRET_FILE`). No error text ever holds a value.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, field
from rapidfuzz.process import extractOne

from ivr.errors import UsageError
from ivr.net.addresses import safe_url

PREFIX = "IVR_"
ENV_PREFIX = "IVR_ENV_"
SECRET_PREFIX = "IVR_SECRET_ENV_"  # noqa: S105 - the name of a setting, not a secret
SECRETS = ("app_secret", "app_key", "seal_key", "admin_token")
METADATA = "https://api.aps.skype.com/v1/.well-known/OpenIdConfiguration"
ISSUERS = ("https://api.botframework.com", "https://graph.microsoft.com")
_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,63}")

Port = Annotated[int, Meta(ge=0, le=65535)]
Prefix = Annotated[str, Meta(pattern=r"^\+[0-9]{1,15}$")]
"""An empty one would allow every number."""


class Settings(Struct, kw_only=True, forbid_unknown_fields=True):
    """What an operator may set; lists are separated by commas in the environment."""

    flows: Annotated[str, Meta(description="The folder of flows.")] = "flows"
    host: Annotated[str, Meta(description="Where `ivr serve` listens.")] = "127.0.0.1"
    port: Annotated[Port, Meta(description="The port on which `ivr serve` listens.")] = 8080
    public_url: Annotated[
        str, Meta(description="The https base that Graph reaches: callbacks and prompt audio.")
    ] = ""
    app_id: Annotated[str, Meta(description="The bot's application id.")] = ""
    app_secret: Annotated[str, Meta(description="The bot's secret.")] = ""
    app_key: Annotated[
        str, Meta(description="A certificate's private key (PEM) instead of the secret.")
    ] = ""
    app_thumbprint: Annotated[
        str, Meta(description="The SHA-1 thumbprint of that certificate.")
    ] = ""
    tenant_id: Annotated[str, Meta(description="The tenant of the registration.")] = ""
    tenants: Annotated[
        list[str], Meta(description="Tenants whose calls are taken (IVR_TENANT_ID).")
    ] = field(default_factory=list)
    graph_url: Annotated[str, Meta(description="Graph's root, or the simulator's.")] = (
        "https://graph.microsoft.com/v1.0"
    )
    login_url: Annotated[str, Meta(description="Where access tokens are asked for.")] = (
        "https://login.microsoftonline.com"
    )
    webhook_metadata_urls: Annotated[
        list[str], Meta(description="Where the signing keys of notifications are found.")
    ] = field(default_factory=lambda: [METADATA])
    webhook_issuers: Annotated[
        list[str], Meta(description="Accepted issuers of notifications, exact.")
    ] = field(default_factory=lambda: list(ISSUERS))
    database_url: Annotated[
        str, Meta(description="`sqlite:///PATH`; four slashes for an absolute path.")
    ] = "sqlite:///ivr.db"
    data_dir: Annotated[
        str, Meta(description="Where database, audio and recordings of this node lie.")
    ] = "."
    speech: Annotated[
        str, Meta(pattern="^(espeak|none)$", description="Text to speech: espeak or none.")
    ] = "espeak"
    seal_key: Annotated[
        str, Meta(description="32 bytes (hex or base64url) that wrap the keys of all calls.")
    ] = ""
    recording_hosts: Annotated[
        list[str], Meta(description="Hosts from which recordings are fetched (Graph's own).")
    ] = field(default_factory=list)
    dial_allow: Annotated[
        list[Prefix], Meta(description="Phone prefixes that may be transferred or redirected to.")
    ] = field(default_factory=list)
    watch: Annotated[bool, Meta(description="Reload flows when files change (not yet).")] = True
    max_calls: Annotated[int, Meta(ge=1, description="Calls at once (not enforced yet).")] = 2000
    drain_seconds: Annotated[int, Meta(ge=0, le=3600, description="Time to finish at SIGTERM.")] = (
        10
    )
    admin_token: Annotated[str, Meta(description="Bearer token of the admin API (not yet).")] = ""
    env: Annotated[
        dict[str, str], Meta(description="Values of `${env.name}` in flows: IVR_ENV_<NAME>.")
    ] = field(default_factory=dict)
    secret_env: Annotated[
        dict[str, str],
        Meta(description="Secrets for headers in flows: IVR_SECRET_ENV_<NAME>; not in ivr.toml."),
    ] = field(default_factory=dict)

    def __repr__(self) -> str:
        return "Settings(...)"


def read_settings(environ: Mapping[str, str], toml: Path | None = None) -> Settings:
    """The settings of this node. Raises `UsageError` with the setting's name and what to do."""
    given = _from_toml(toml) if toml is not None and toml.is_file() else {}
    given = {**given, **_from_environ(environ, given.get("env", {}))}
    try:
        return _in_lower_case(msgspec.convert(given, Settings, strict=False))
    except msgspec.ValidationError as error:
        raise UsageError(_sentence(error)) from None


def _in_lower_case(settings: Settings) -> Settings:
    """Microsoft writes the ids of apps and tenants in lower case; people copy them as they like."""
    settings.app_id, settings.tenant_id = settings.app_id.lower(), settings.tenant_id.lower()
    settings.tenants = [tenant.lower() for tenant in settings.tenants]
    return settings


def check_serving(settings: Settings) -> None:
    """What `ivr serve` needs beyond defaults. Raises `UsageError` for the first that is missing."""
    for name in ("public_url", "app_id", "tenant_id"):
        if not getattr(settings, name):
            raise UsageError(f"{PREFIX}{name.upper()} is not set: `ivr serve` needs it.")
    if not settings.app_secret and not (settings.app_key and settings.app_thumbprint):
        raise UsageError(
            "IVR_APP_SECRET is not set: give it, or IVR_APP_KEY_FILE with IVR_APP_THUMBPRINT."
        )
    for name in ("public_url", "graph_url", "login_url"):
        safe_url(getattr(settings, name), f"{PREFIX}{name.upper()}")
    for url in settings.webhook_metadata_urls:
        safe_url(url, "IVR_WEBHOOK_METADATA_URLS")


def _from_toml(path: Path) -> dict[str, Any]:
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        place = re.search(r"line \d+, column \d+", str(error))
        where = f" ({place[0]})" if place else ""
        raise UsageError(f"{path.name} is not valid TOML{where}: correct it.") from None
    except OSError as error:
        raise UsageError(f"{path.name} cannot be read: {error.strerror}.") from None
    if "secret_env" in given:
        raise UsageError(f"{path.name}: secrets come from {SECRET_PREFIX}<NAME>: remove them here.")
    if not isinstance(given.get("env", {}), dict):
        raise UsageError(f"{path.name}: env must be a table: write [env] and names below it.")
    return given


def _from_environ(environ: Mapping[str, str], env: Mapping[str, str]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    env_values = dict(env)
    secrets: dict[str, str] = {}
    for name in sorted(environ):
        if not name.startswith(PREFIX):
            continue
        if name.startswith(SECRET_PREFIX):
            secrets[_flow_name(name, SECRET_PREFIX)] = _value(environ, name)
        elif name.startswith(ENV_PREFIX):
            env_values[_flow_name(name, ENV_PREFIX)] = environ[name]
        else:
            key = _key(name)
            given[key] = _parsed(key, _value(environ, name))
    return {**given, "env": env_values, "secret_env": secrets}


def _key(name: str) -> str:
    key = name.removeprefix(PREFIX).lower()
    if key in Settings.__struct_fields__ and key not in {"env", "secret_env"}:
        return key
    if key.endswith("_file") and key.removesuffix("_file") in SECRETS:
        return key.removesuffix("_file")
    raise UsageError(f"{name} is not a setting{_meant(key)}: correct or remove it.")


def _meant(key: str) -> str:
    if key in {"env", "secret_env"}:
        return f" (did you mean {PREFIX}{key.upper()}_<NAME>?)"
    found = extractOne(key, Settings.__struct_fields__, score_cutoff=75)
    return f" (did you mean {PREFIX}{found[0].upper()}?)" if found else ""


def _flow_name(name: str, prefix: str) -> str:
    rest = name.removeprefix(prefix).removesuffix("_FILE" if prefix == SECRET_PREFIX else "\0")
    if not _NAME.fullmatch(rest):
        raise UsageError(f"{prefix}<NAME> needs a name of letters, digits and _: {name!r}.")
    return rest.lower()


def _value(environ: Mapping[str, str], name: str) -> str:
    if not name.endswith("_FILE"):
        return environ[name]
    try:
        return Path(environ[name]).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise UsageError(f"The file that {name} names cannot be read: {reason}.") from None


def _parsed(key: str, text: str) -> object:
    kind = msgspec.structs.fields(Settings)
    wanted = next(each for each in kind if each.name == key)
    if isinstance(wanted.default_factory, type(msgspec.NODEFAULT)):
        return text
    return [part.strip() for part in text.split(",") if part.strip()]


def _sentence(error: msgspec.ValidationError) -> str:
    message = str(error)
    unknown = re.search(r"unknown field `([^`]*)`", message)
    if unknown:
        meant = _meant(unknown[1]).replace(PREFIX, "").lower()
        return f"ivr.toml: {unknown[1]!r} is not a setting{meant}: correct or remove it."
    place = re.search(r"`\$\.([A-Za-z_]+)", message)
    name = f"{PREFIX}{place[1].upper()}" if place else "A setting"
    expected = message.split(" - at", maxsplit=1)[0].split(", got", maxsplit=1)[0]
    return f"{name} has a wrong value: {expected[0].lower()}{expected[1:]}."
