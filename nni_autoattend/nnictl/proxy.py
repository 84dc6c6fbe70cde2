"""A reverse proxy that lets other machines see NNI's page, if they show the token.

NNI's own server stays on 127.0.0.1. The page makes plain requests only (its bundle opens no WebSocket), so upgrades
are not passed on: they would be the channels of tuners and workers. Neither is ``/netron``, through which NNI serves
a stranger's scripts under the address of the page.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Set
from urllib.parse import unquote, urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from nni_autoattend.nnictl.access import Access
from nni_autoattend.nnictl.loopback import LOOPBACK

COOKIE = "autoattend_session"
REFUSED = "This page asks for its token: open it once as /?token=TOKEN, or send 'Authorization: Bearer TOKEN'.\n"
NOT_PASSED = re.compile(r"(^|/)(netron|tuner|platform)(/|$)|\\|\.\.", re.IGNORECASE)
"""NNI reads files by the last part of an address, and takes an encoded ``../`` there."""
HOP_BY_HOP = {
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
    "transfer-encoding", "upgrade",
}  # fmt: skip
_SECRETS = {"authorization", "cookie", "host"}
_CHUNK = 1 << 16
_ACCESS = web.AppKey("access", Access)
_TARGET = web.AppKey("target", URL)
_CLIENT = web.AppKey("client", ClientSession)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def proxy_app(target_port: int, access: Access) -> web.Application:
    """Return the proxy of the NNI server at 127.0.0.1, ``target_port``, for requests that ``access`` takes."""
    app = web.Application(middlewares=[_guard])
    app[_ACCESS] = access
    app[_TARGET] = URL.build(scheme="http", host=LOOPBACK, port=target_port)
    app.cleanup_ctx.append(_client)
    app.router.add_route("*", "/{path:.*}", _pass_on)
    return app


async def _client(app: web.Application) -> AsyncIterator[None]:
    timeout = ClientTimeout(total=None, connect=10)
    async with ClientSession(auto_decompress=False, cookie_jar=DummyCookieJar(), timeout=timeout) as client:
        app[_CLIENT] = client
        yield


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    access = request.app[_ACCESS]
    shown = request.query.get("token")
    if shown is not None and request.method == "GET":
        return _login(request) if access.takes_token(shown) else _refusal(401)
    if access.takes_header(request.headers.get("Authorization")):
        return await handler(request)
    if not access.takes_session(request.cookies.get(COOKIE)):
        return _refusal(401)
    if not _is_own_origin(request):
        return _refusal(403)
    return await handler(request)


def _login(request: web.Request) -> web.Response:
    """Give the browser its cookie, and an address without the token to go on with."""
    clean = request.rel_url.without_query_params("token")
    response = web.Response(status=303, headers={"Location": str(clean), **_PRIVATE})
    # Lax, as the link may come from elsewhere; what other sites send by themselves carries no such cookie.
    response.set_cookie(COOKIE, request.app[_ACCESS].session, httponly=True, samesite="Lax", path="/")
    return response


def _refusal(status: int) -> web.Response:
    return web.Response(status=status, text=REFUSED, headers=_PRIVATE)


def _is_own_origin(request: web.Request) -> bool:
    """Tell whether a browser sends this for our own page: other ports of the same machine share its cookies."""
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


async def _pass_on(request: web.Request) -> web.StreamResponse:
    path = "/" + request.rel_url.raw_path.lstrip("/")
    if NOT_PASSED.search(unquote(path)) or "Upgrade" in request.headers:
        return web.Response(status=403, text="this is not passed on to other machines\n", headers=_PRIVATE)
    url = request.app[_TARGET].join(URL.build(path=path, query_string=request.rel_url.raw_query_string, encoded=True))
    body = request.content if request.can_read_body else None
    try:
        async with request.app[_CLIENT].request(
            request.method, url, headers=_passed(request.headers, _SECRETS), data=body, allow_redirects=False
        ) as answer:
            response = web.StreamResponse(status=answer.status, headers=_passed(answer.headers))
            response.headers.update(_PRIVATE)
            await response.prepare(request)
            async for chunk in answer.content.iter_chunked(_CHUNK):
                await response.write(chunk)
            await response.write_eof()
            return response
    except ClientError:
        return web.Response(status=502, text="the experiment's own server does not answer (any more)\n")


_PRIVATE = {"Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"}


def _passed(headers: CIMultiDictProxy[str], dropped: Set[str] = frozenset()) -> CIMultiDict[str]:
    """Return headers that belong to the message, not to the connection that it came by."""
    named = {name.strip().lower() for value in headers.getall("Connection", []) for name in value.split(",")}
    return CIMultiDict(
        (name, value) for name, value in headers.items() if name.lower() not in HOP_BY_HOP | named | dropped
    )
