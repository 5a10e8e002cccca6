"""The settings of a node: environment over `ivr.toml` over defaults.

Every setting is one field here. A name that begins with `IVR_` and is none of them is an
error, because a misspelt setting that is ignored costs an evening. A secret may also come
from a file (`IVR_APP_SECRET_FILE`). No error text ever holds a value.
"""

from __future__ import annotations

import re
import socket
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, field
from rapidfuzz.process import extractOne

from ivr.core.values import parse_target
from ivr.errors import UsageError
from ivr.net.addresses import safe_url

PREFIX = "IVR_"
ENV_PREFIX = "IVR_ENV_"
SECRET_PREFIX = "IVR_SECRET_ENV_"  # noqa: S105 - the name of a setting, not a secret
SECRETS = ("app_secret", "app_secret_next", "app_key", "seal_key", "admin_token", "database_url")
"""What may lie in a file instead."""
METADATA = "https://api.aps.skype.com/v1/.well-known/OpenIdConfiguration"
ISSUERS = ("https://api.botframework.com", "https://graph.microsoft.com")
_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,63}")

Port = Annotated[int, Meta(ge=0, le=65535)]
Prefix = Annotated[str, Meta(pattern=r"^\+[0-9]{1,15}$")]
"""An empty one would allow every number."""
Most = Annotated[int, Meta(ge=0)]
"""A limit; with 0 there is none of it at all."""


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
    app_secret_next: Annotated[
        str, Meta(description="The secret to use when the first is refused, while it is changed.")
    ] = ""
    app_key: Annotated[
        str, Meta(description="A certificate's private key (PEM) instead of the secret.")
    ] = ""
    app_thumbprint: Annotated[
        str,
        Meta(
            description="The SHA-1 thumbprint of that certificate, unless it lies in the same file."
        ),
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
        str,
        Meta(
            description="`sqlite:///PATH` (four slashes for an absolute path), or "
            "`postgresql://USER:PASSWORD@HOST/NAME`, which many nodes may share."
        ),
    ] = "sqlite:///ivr.db"
    node: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9._:-]{0,64}$",
            description="This node among those that share the database; a restart under the same "
            "name goes on at once with what was left (host name and port).",
        ),
    ] = ""
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
        list[Prefix],
        Meta(
            description="Phone numbers that may be dialled, transferred, redirected and invited "
            "to: prefixes, or whole numbers. Premium, shared-cost, satellite and emergency numbers "
            "are dialled only where they stand here whole; `+1` is the United States and Canada, "
            "other parts of it need their area code, as in `+1809`."
        ),
    ] = field(default_factory=list)
    dial_per_minute: Annotated[Most, Meta(description="Phone numbers dialled in a minute.")] = 60
    dial_per_day: Annotated[Most, Meta(description="Phone numbers dialled in a day.")] = 2_000
    dial_per_caller_per_day: Annotated[
        Most,
        Meta(
            description="Phone numbers dialled for one caller in a day; those who withhold their "
            "number share a tenth of IVR_DIAL_PER_DAY."
        ),
    ] = 20
    dial_at_once: Annotated[
        Most, Meta(description="Calls on the line at once that we have placed.")
    ] = 50
    watch: Annotated[bool, Meta(description="Reload flows when files change (not yet).")] = True
    max_calls: Annotated[int, Meta(ge=1, description="Calls at once, on all nodes.")] = 2_000
    max_calls_per_caller: Annotated[
        int, Meta(ge=1, description="Calls at once from one caller.")
    ] = 20
    monthly_calls: Annotated[
        int,
        Meta(ge=1, description="Calls in a month that Graph allows; warned of at 80 % and 95 %."),
    ] = 10_000
    overflow: Annotated[
        str,
        Meta(
            description="Where calls over a limit are redirected to, such as `user:ID`; without "
            "it they are rejected as busy."
        ),
    ] = ""
    drain_seconds: Annotated[int, Meta(ge=0, le=3600, description="Time to finish at SIGTERM.")] = (
        10
    )
    admin_token: Annotated[
        str, Meta(description="Bearer token of the admin API; without one there is none.")
    ] = ""
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
        settings = _in_lower_case(msgspec.convert(given, Settings, strict=False))
    except msgspec.ValidationError as error:
        raise UsageError(_sentence(error)) from None
    if settings.overflow and parse_target(settings.overflow) is None:
        raise UsageError(
            "IVR_OVERFLOW is no target: write it as user:ID, instance:ID or phone:+442079460123."
        )
    return settings


def node_name(settings: Settings) -> str:
    """The node's name; the same after a restart on the same machine, and another's on another."""
    return settings.node or f"{socket.gethostname()}:{settings.port}"


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
    named = settings.app_thumbprint or "BEGIN CERTIFICATE" in settings.app_key
    if not settings.app_secret and not (settings.app_key and named):
        raise UsageError(
            "IVR_APP_SECRET is not set: give it, or IVR_APP_KEY_FILE with IVR_APP_THUMBPRINT."
        )
    for name in ("public_url", "graph_url", "login_url"):
        safe_url(getattr(settings, name), f"{PREFIX}{name.upper()}")
    for name in ("webhook_issuers", "webhook_metadata_urls"):
        if not getattr(settings, name):
            raise UsageError(
                f"{PREFIX}{name.upper()} is empty: by it notifications are verified, which cannot "
                "be left out."
            )
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
