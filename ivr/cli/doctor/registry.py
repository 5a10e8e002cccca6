"""Every check of `ivr doctor`, in the order in which they are told."""

from __future__ import annotations

from typing import Final

from ivr.cli.doctor import credential, flows, graph, machine, node, public, settings, store, token
from ivr.cli.doctor.check import Check

REACH = "Let this machine reach Microsoft over https."

SETTINGS: Final = Check("settings", "settings", settings.look, settings.FIX)
"""Without it a node does not start at all."""

CHECKS: Final = (
    SETTINGS,
    Check("flows", "settings", flows.look, "Set IVR_FLOWS to the folder of flows."),
    Check("admin token", "settings", settings.admin_token, settings.FIX),
    Check("disk", "this machine", machine.disk, "Set IVR_DATA_DIR to a folder on a local disk."),
    Check("database", "this machine", store.database, "Check IVR_DATABASE_URL."),
    Check("seal key", "this machine", store.seal_key, "Correct IVR_SEAL_KEY, or the file."),
    Check("speech", "this machine", machine.speech, "Install ivr[espeak]: pip install ivr[espeak]"),
    Check("clock", "this machine", machine.clock, REACH),
    Check("token", "Microsoft", token.look, token.FIX),
    Check("permissions", "Microsoft", token.permissions, token.FIX),
    Check("registration", "Microsoft", graph.registration, graph.UNREACHED),
    Check("keys", "Microsoft", graph.keys, graph.KEYS_FIX),
    Check("expiry", "Microsoft", credential.look, credential.FIX),
    Check("name", "public address", public.name, "Set IVR_PUBLIC_URL."),
    Check("address", "public address", public.address, "Look at DNS, the firewall, the proxy."),
    Check("certificate", "public address", public.certificate, "Look at the proxy's certificate."),
    Check("this service", "public address", node.reached, node.ROUTE),
    Check("readiness", "public address", node.ready, node.READY),
    Check("callbacks", "public address", node.callback, node.ROUTE),
    Check("prompts", "public address", node.prompt, node.ROUTE),
)
