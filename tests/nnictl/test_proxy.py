"""The proxy before a stand-in of NNI's server: who gets in, and that what gets in comes through unchanged."""

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import ClientResponse, DummyCookieJar, web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from nni_autoattend.nnictl.access import Access
from nni_autoattend.nnictl.proxy import COOKIE, proxy_app

TOKEN = "correct-horse-battery"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
ZIPPED = gzip.compress(b"all of it" * 1000)


async def echo(request: web.Request) -> web.Response:
    """Tell what arrived."""
    body = await request.read()
    return web.json_response(
        {"method": request.method, "path": request.raw_path, "headers": dict(request.headers), "body": body.decode()},
        headers={"X-Theirs": "kept", "Keep-Alive": "timeout=5", "Set-Cookie": "theirs=1"},
    )


async def zipped(request: web.Request) -> web.Response:
    return web.Response(body=ZIPPED, headers={"Content-Encoding": "gzip"})


async def chunks(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(3):
        await response.write(b"x" * 100_000)
    return response


async def moved(request: web.Request) -> web.Response:
    raise web.HTTPFound("/elsewhere")


def nni() -> web.Application:
    app = web.Application(client_max_size=2**24)
    app.router.add_get("/zipped", zipped)
    app.router.add_get("/chunks", chunks)
    app.router.add_get("/moved", moved)
    app.router.add_get("/unchanged", lambda request: web.Response(status=304))
    app.router.add_route("*", "/{path:.*}", echo)
    return app


Use = Callable[[TestClient[Any, Any]], Awaitable[None]]


def through(use: Use, access: Access | None = None) -> None:
    """Use the proxy of a server that runs as long."""

    async def run() -> None:
        async with TestServer(nni(), host="127.0.0.1") as server:
            app = proxy_app(server.port or 0, access or Access(TOKEN))
            async with TestClient(TestServer(app), cookie_jar=DummyCookieJar(), auto_decompress=False) as client:
                await use(client)

    asyncio.run(run())


async def get(client: TestClient[Any, Any], path: str, **headers: str) -> ClientResponse:
    return await client.get(path, headers=headers, allow_redirects=False)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong-horse-battery"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Cookie": f"{COOKIE}={TOKEN}"},
        {"Cookie": f"{COOKIE}="},
        {"Cookie": "theirs=1"},
    ],
)
def test_nothing_is_shown_without_the_token(headers: dict[str, str]) -> None:
    async def use(client: TestClient[Any, Any]) -> None:
        for method in ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"):
            answer = await client.request(method, "/api/v1/nni/experiment?token=no", headers=headers)
            assert answer.status == 401
            assert "method" not in await answer.text()
            assert not answer.cookies

    through(use)


def test_the_token_in_a_header_opens() -> None:
    async def use(client: TestClient[Any, Any]) -> None:
        url = URL("/api/v1/nni/experiment?update_type=X%20Y&a=%2F", encoded=True)
        answer = await client.put(url, headers=BEARER, data="{}" * 200_000)
        told = await answer.json()
        assert (answer.status, told["method"], len(told["body"])) == (200, "PUT", 400_000)
        assert told["path"] == "/api/v1/nni/experiment?update_type=X%20Y&a=%2F"
        assert answer.headers["X-Theirs"] == "kept" and "Keep-Alive" not in answer.headers

    through(use)


def test_a_browser_logs_in_once_and_keeps_a_cookie_that_scripts_cannot_read() -> None:
    access = Access(TOKEN)

    async def use(client: TestClient[Any, Any]) -> None:
        login = await get(client, f"/oview?token={TOKEN}&a=1")
        assert (login.status, login.headers["Location"]) == (303, "/oview?a=1")
        assert login.headers["Referrer-Policy"] == "no-referrer"
        cookie = login.cookies[COOKIE]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
        assert cookie.value == access.session != TOKEN
        page = await get(client, "/oview?a=1", Cookie=f"theirs=1; {COOKIE}={cookie.value}")
        assert (page.status, (await page.json())["path"]) == (200, "/oview?a=1")

    through(use, access)


def test_a_wrong_token_gets_no_cookie_even_beside_a_good_one() -> None:
    access = Access(TOKEN)

    async def use(client: TestClient[Any, Any]) -> None:
        for shown in ("wrong-horse-battery", "", TOKEN[:-1]):
            answer = await get(client, f"/?token={shown}", Cookie=f"{COOKIE}={access.session}")
            assert answer.status == 401 and not answer.cookies

    through(use, access)


def test_secrets_stay_with_the_proxy() -> None:
    access = Access(TOKEN)

    async def use(client: TestClient[Any, Any]) -> None:
        answer = await get(client, "/x", Cookie=f"{COOKIE}={access.session}", Accept="text/html")
        headers = (await answer.json())["headers"]
        assert headers["Accept"] == "text/html"
        assert headers["Host"].startswith("127.0.0.1:")
        assert TOKEN not in str(headers) and access.session not in str(headers)
        assert TOKEN not in str((await (await get(client, "/x", **BEARER)).json())["headers"])

    through(use, access)


@pytest.mark.parametrize(
    ("origin", "status"), [("http://evil.example", 403), ("null", 403), ("http://127.0.0.1:1", 403)]
)
def test_a_cookie_is_no_use_to_pages_of_others(origin: str, status: int) -> None:
    access = Access(TOKEN)

    async def use(client: TestClient[Any, Any]) -> None:
        mine = f"http://{client.host}:{client.port}"
        session = {"Cookie": f"{COOKIE}={access.session}"}
        assert (await get(client, "/", Origin=mine, **session)).status == 200
        assert (await get(client, "/", Origin=origin, **session)).status == status

    through(use, access)


@pytest.mark.parametrize(
    "path",
    [
        "/netron/index.html", "/NETRON", "/%6eetron/", "/prefix/netron/", "/tuner", "/platform/remote/1",
        "/api/v1/nni/trial-file/x/..%2F..%2Fsecret", "/api/v1/nni/trial-file/x/..%5Csecret",
    ],
)  # fmt: skip
def test_doors_that_are_not_of_the_page_stay_closed(path: str) -> None:
    async def use(client: TestClient[Any, Any]) -> None:
        answer = await client.get(URL(path, encoded=True), headers=BEARER)
        assert (answer.status, await answer.text()) == (403, "this is not passed on to other machines\n")

    through(use)


def test_no_upgrade_is_passed_on() -> None:
    async def use(client: TestClient[Any, Any]) -> None:
        headers = {**BEARER, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
        assert (await get(client, "/x", **headers)).status == 403

    through(use)


def test_answers_come_through_as_they_are() -> None:
    async def use(client: TestClient[Any, Any]) -> None:
        whole = await get(client, "/zipped", **BEARER)
        assert whole.headers["Content-Encoding"] == "gzip" and await whole.read() == ZIPPED
        assert await (await get(client, "/chunks", **BEARER)).read() == b"x" * 300_000
        redirect = await get(client, "/moved", **BEARER)
        assert (redirect.status, redirect.headers["Location"]) == (302, "/elsewhere")
        assert (await get(client, "/unchanged", **BEARER)).status == 304
        head = await client.head("/x", headers=BEARER)
        assert (head.status, await head.read()) == (200, b"")

    through(use)


def test_a_server_that_is_gone_is_said() -> None:
    async def run() -> None:
        app = proxy_app(9, Access(TOKEN))  # nobody listens there
        async with TestClient(TestServer(app)) as client:
            answer = await client.get("/", headers=BEARER)
            assert (answer.status, await answer.text()) == (
                502,
                "the experiment's own server does not answer (any more)\n",
            )

    asyncio.run(run())
