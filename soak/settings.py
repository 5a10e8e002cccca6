"""The settings of the nodes of a run."""

from __future__ import annotations

import secrets
from pathlib import Path

from ivr.store.seal import KEY_BYTES, Sealer
from soak.graph import APP, TENANT

FLOWS = Path(__file__).parent / "flows"
PUBLIC = "http://127.0.0.1:9"
"""The service's public address, which only our balancer can reach: nothing listens there."""


class Shared:
    """What all nodes have in common; `graph` is the address of the simulated Graph."""

    def __init__(self, graph: str, database: str) -> None:
        self._graph = graph
        self._database = database
        self._seal_key = secrets.token_hex(KEY_BYTES)
        self.admin_token = secrets.token_hex(KEY_BYTES)
        self.sealer = Sealer(bytes.fromhex(self._seal_key))

    def environ(self, node: str, port: int) -> dict[str, str]:
        """The environment of one node. No limit is near, and no voice speaks."""
        settings = {
            "NODE": node,
            "PORT": str(port),
            "FLOWS": str(FLOWS),
            "PUBLIC_URL": PUBLIC,
            "APP_ID": APP,
            "APP_SECRET": "not-a-real-secret",
            "TENANT_ID": TENANT,
            "GRAPH_URL": f"{self._graph}/v1.0",
            "LOGIN_URL": self._graph,
            "WEBHOOK_METADATA_URLS": f"{self._graph}/v1/.well-known/OpenIdConfiguration",
            "DATABASE_URL": self._database,
            "SEAL_KEY": self._seal_key,
            "ADMIN_TOKEN": self.admin_token,
            "SPEECH": "none",
            "DIAL_AT_ONCE": "1000",
            "MONTHLY_CALLS": "10000000",
            "ENV_BUSINESS": f"{self._graph}/business",
        }
        return {f"IVR_{key}": value for key, value in settings.items()}
