"""A process that commits as fast as it can until it is killed.

Writes a line `CALL VERSION` to its standard output for every commit that was acknowledged.
"""

from __future__ import annotations

import asyncio
import os
import sys

from tests.store.sites import LEASE
from tests.store.store_calls import change, keep_alive, sql_store


async def main(url: str, life: str) -> None:
    async with sql_store(url) as store:
        await store.enlist("child", LEASE)

        async def call(call_id: str) -> None:
            version = 0
            while True:
                effect = keep_alive(version, call_id)
                await store.commit(change(call_id, version, effect, claimed=[effect]))
                version += 1
                os.write(1, f"{call_id} {version}\n".encode())

        await asyncio.gather(*(call(f"{life}-{number}") for number in range(40)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
