import asyncio
import socket
import sys

import pytest
from aiohttp import ClientConnectorError, ClientSession, web

from nni_autoattend.errors import ExperimentError
from nni_autoattend.nnictl.access import Access
from nni_autoattend.nnictl.serving import check_listen, serve

TOKEN = "correct-horse-battery"


def free_port(address: str) -> int:
    with socket.socket() as server:
        server.bind((address, 0))
        port: int = server.getsockname()[1]
        return port


async def page(request: web.Request) -> web.Response:
    return web.Response(text="page")


async def nni() -> tuple[web.AppRunner, int]:
    app = web.Application()
    app.router.add_get("/", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, runner.addresses[0][1]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no 127.0.0.2 of themselves")
def test_the_page_is_at_one_address_for_those_who_have_the_token_until_nni_ends() -> None:
    async def run() -> None:
        server, target = await nni()
        port = free_port("127.0.0.2")
        serving = asyncio.create_task(serve("127.0.0.2", port, target, Access(TOKEN), seconds=0.01))
        await asyncio.sleep(0.2)
        async with ClientSession() as client:
            url = f"http://127.0.0.2:{port}/"
            assert (await client.get(url)).status == 401
            assert (await client.get(url, headers={"Authorization": "Bearer wrong-horse-battery"})).status == 401
            assert await (await client.get(url, headers={"Authorization": f"Bearer {TOKEN}"})).text() == "page"
            for other in (f"http://127.0.0.1:{port}/", f"http://127.0.0.2:{target}/"):
                with pytest.raises(ClientConnectorError):
                    await client.get(other)
            await server.cleanup()
            await asyncio.wait_for(serving, 30)
            with pytest.raises(ClientConnectorError):
                await client.get(url)

    asyncio.run(run())


def test_an_address_that_cannot_be_taken_is_said() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        taken = server.getsockname()[1]
        with pytest.raises(ExperimentError, match=f"--listen 127.0.0.1:{taken}: cannot listen there"):
            check_listen("127.0.0.1", taken)
        with pytest.raises(ExperimentError, match=f"--listen 127.0.0.1:{taken}: cannot listen there"):
            asyncio.run(serve("127.0.0.1", taken, 9, Access(TOKEN)))
    with pytest.raises(ExperimentError, match=r"--listen 192\.0\.2\.1:9000: cannot listen there"):
        check_listen("192.0.2.1", 9000)
    check_listen("127.0.0.1", free_port("127.0.0.1"))
