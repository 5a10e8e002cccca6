"""From settings to the parts of a node that need nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from ivr.errors import UsageError
from ivr.graph.certificate import Certificate
from ivr.graph.client import GraphControl
from ivr.graph.login import Credential, scope_for
from ivr.graph.tokens import TokenSource
from ivr.net.egress import GuardedResolver, resolver_beside
from ivr.net.sender import Sender
from ivr.net.transport import HonestTransport
from ivr.runtime.admission import Room
from ivr.runtime.lease import Holding
from ivr.runtime.leased import LeasedTransport
from ivr.runtime.permits import Rates
from ivr.server.settings import Settings
from ivr.speech.espeak import EspeakVoice
from ivr.speech.voice import SilentVoice, Voice
from ivr.store.master import load_master
from ivr.store.seal import Sealer

RECORDING_HOSTS = ("microsoft.com", "skype.com", "office.com", "office.net")
"""Where Microsoft keeps clips, as far as is known; not tried against the real service."""


def sealer_of(settings: Settings) -> Sealer:
    """The keys of this service. Raises `UsageError`."""
    data = Path(settings.data_dir)
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"IVR_DATA_DIR cannot be used: {error.strerror}.") from None
    return Sealer(load_master(settings.seal_key or None, data))


def database_url(settings: Settings) -> str:
    """The store's address; a relative SQLite path lies in the data folder."""
    prefix = "sqlite:///"
    path = settings.database_url.removeprefix(prefix)
    if path == settings.database_url or path.startswith("/") or path == ":memory:":
        return settings.database_url
    return prefix + str((Path(settings.data_dir) / path).resolve())


def is_shared(settings: Settings) -> bool:
    """Whether other nodes may have the same store."""
    return not settings.database_url.startswith("sqlite")


def voice_of(settings: Settings) -> Voice:
    """What speaks the prompts that nobody has recorded."""
    return EspeakVoice() if settings.speech == "espeak" else SilentVoice()


def graph_sender(settings: Settings, lease: Holding) -> Sender:
    """The way to Graph, which is open only under a fresh lease."""
    return Sender(transport=LeasedTransport(HonestTransport(), lease), home=settings.graph_url)


def business_sender(lease: Holding) -> Sender:
    """The way to business systems; a pool of its own, as slow ones must not hold up Graph."""
    transport = LeasedTransport(HonestTransport(resolver=GuardedResolver), lease)
    return Sender(transport=transport, resolver=GuardedResolver)


def tokens_of(settings: Settings) -> TokenSource:
    """Access tokens for Graph. Raises `UsageError` for a credential that cannot be used."""
    return TokenSource(
        settings.app_id,
        credential_of(settings),
        settings.login_url,
        time.time,
        scope=scope_for(settings.graph_url),
        next_credential=settings.app_secret_next or None,
    )


def public_sender(url: str) -> Sender:
    """The way to addresses that others tell us; to private ones only beside a loopback `url`."""
    return Sender(resolver=resolver_beside(url))


def control_of(
    settings: Settings, tokens: TokenSource, sender: Sender, downloads: Sender
) -> GraphControl:
    """The telephone service; recordings are fetched by `downloads`."""
    hosts = settings.recording_hosts or RECORDING_HOSTS
    return GraphControl(settings.graph_url, tokens, sender, hosts, time.time, downloads=downloads)


def credential_of(settings: Settings) -> Credential:
    """The certificate where there is one, else the secret."""
    if settings.app_key:
        return Certificate(settings.app_key, settings.app_thumbprint)
    return settings.app_secret


def tenants_of(settings: Settings) -> list[str]:
    """The tenants whose calls are taken, the service's own first where nothing else is said."""
    return settings.tenants or [settings.tenant_id]


def room_of(settings: Settings) -> Room:
    """How many calls there is room for."""
    return Room(
        settings.max_calls,
        settings.max_calls_per_caller,
        settings.monthly_calls,
        settings.overflow,
    )


def rates_of(settings: Settings) -> Rates:
    """How much may be dialled."""
    return Rates(
        settings.dial_per_minute,
        settings.dial_per_day,
        settings.dial_per_caller_per_day,
        settings.dial_at_once,
    )


def keyed(sealer: Sealer, purpose: str) -> Callable[[str], str]:
    """A hash with a key of ours, another one for each purpose."""
    return lambda text: sealer.callback_key(f"{purpose} {text}")
