"""The official MCP client, for tests of the app's tools."""

import pytest

from support import coroutines
from support.programs import PATIENCE


def in_session(address, ask, headers=None):
    """What a coroutine function returns, given a session with the tools of the app at an address."""
    mcp = pytest.importorskip("mcp")
    from mcp.client.streamable_http import streamablehttp_client

    async def run():
        async with (
            streamablehttp_client(f"{address}/gradio_api/mcp/", headers, timeout=PATIENCE) as (read, write, _),
            mcp.ClientSession(read, write) as session,
        ):
            await session.initialize()
            return await ask(session)

    return coroutines.run(run())
