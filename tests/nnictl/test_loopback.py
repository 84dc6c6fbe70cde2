import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nni_autoattend.nnictl import loopback
from nni_autoattend.nnictl.loopback import SCRIPTS, Workers, loopback_variables

ADDRESSES = """
const http = require('http'), net = require('net');
const options = JSON.parse(process.argv[2]);
const servers = options.map(given => net.createServer().listen(...given));
servers.push(net.createServer().listen(() => {}), http.createServer().listen(0));
let left = servers.length;
servers.forEach(server => server.on('listening', () => {
    if (--left === 0) {
        console.log(JSON.stringify(servers.map(one => one.address().address ?? one.address())));
        process.exit();
    }
}));
"""
SERVER = """
const server = require('http').createServer((_request, response) => response.end('page'));
server.on('upgrade', (request, socket) => socket.end('HTTP/1.1 101 worker ' + request.url + '\\r\\n\\r\\n'));
server.listen(0, () => console.log(server.address().port));
"""
OTHER = "127.0.0.2"
linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no 127.0.0.2 of themselves")


def node() -> str:
    import nni_node

    return str(Path(nni_node.__path__[0]) / "node")


def variables(workers: Workers | None = None, **given: str) -> dict[str, str]:
    return {**given, **loopback_variables(given, workers)}


def test_however_a_server_listens_it_is_on_loopback(tmp_path: Path) -> None:
    pipe = str(tmp_path / "pipe")
    given = [[0], [0, 5], [0, "0.0.0.0"], ["0", "::", 5], [{"port": 0}], [{"port": 0, "host": "::"}], [None], []]
    kept = [[0, "127.0.0.3"], [{"port": 0, "host": "127.0.0.3"}], [pipe], [{"path": f"{pipe}2"}]]
    (tmp_path / "addresses.js").write_text(ADDRESSES)
    command = [node(), "addresses.js", json.dumps(given + (kept if sys.platform == "linux" else []))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=variables())
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found[: len(given)] == ["127.0.0.1"] * len(given)
    assert found[-2:] == ["127.0.0.1"] * 2
    if sys.platform == "linux":
        assert found[len(given) : -2] == ["127.0.0.3"] * 2 + [pipe, f"{pipe}2"]


def test_options_that_are_there_are_kept_and_ours_come_once() -> None:
    once = loopback_variables({"NODE_OPTIONS": "--no-warnings"})["NODE_OPTIONS"]
    assert once.startswith("--no-warnings --require ") and all(once.count(str(script)) == 1 for script in SCRIPTS)
    assert loopback_variables({"NODE_OPTIONS": once})["NODE_OPTIONS"] == once
    assert "AUTOATTEND_WORKERS" not in loopback_variables({})


@pytest.mark.parametrize("folder", ["two words", 'a "quoted" one', "größe # //", "back\\slash"])
def test_a_script_in_any_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    script = tmp_path / folder / "loopback.js"
    script.parent.mkdir(parents=True)
    script.write_text("console.log('preloaded')")
    monkeypatch.setattr(loopback, "SCRIPTS", (script,))
    done = subprocess.run([node(), "-e", "0"], capture_output=True, text=True, check=False, env=variables())
    assert (done.stdout, done.stderr) == ("preloaded\n", "")


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A server whose workers are on the addresses 127.0.0.1 and 127.0.0.3 and call it at 127.0.0.2."""
    script = tmp_path_factory.mktemp("server") / "server.js"
    script.write_text(SERVER)
    workers = variables(Workers(OTHER, ("127.0.0.1", "127.0.0.3")))
    with subprocess.Popen([node(), script], stdout=subprocess.PIPE, text=True, env=workers) as server:
        assert server.stdout is not None
        found = int(server.stdout.readline())
        wait_for(OTHER, found)  # the workers' door opens after the server has said its port
        yield found
        server.kill()


def wait_for(host: str, port: int) -> None:
    """Return when somebody listens there."""
    for _ in range(100):
        try:
            socket.create_connection((host, port), timeout=10).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"nobody listens on {host}:{port}")


def ask(port: int, path: str, *, upgrade: bool = True, host: str = OTHER, source: str = "127.0.0.1") -> str:
    """Return the first line of the answer."""
    with socket.create_connection((host, port), timeout=10, source_address=(source, 0)) as connection:
        wanted = "Connection: Upgrade\r\nUpgrade: websocket" if upgrade else "Connection: close"
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: here\r\n{wanted}\r\n\r\n".encode())
        return connection.makefile(newline="\r\n").readline().strip()


@linux
def test_the_door_of_the_workers_lets_them_in_to_their_channel(port: int) -> None:
    assert ask(port, "/platform/remote/1") == "HTTP/1.1 101 worker /platform/remote/1"
    assert ask(port, "/platform/remote/1", source="127.0.0.3").startswith("HTTP/1.1 101 worker")


@linux
@pytest.mark.parametrize(
    "path",
    ["/tuner", "/tuner/platform/", "/tuner/platform/1", "/platform", "/platform/remote", "/platform/../tuner", "/"],
)
def test_the_door_of_the_workers_leads_nowhere_else(port: int, path: str) -> None:
    assert ask(port, path) == "HTTP/1.1 403 Forbidden"


@linux
def test_the_door_of_the_workers_shows_no_page_and_lets_in_no_stranger(port: int) -> None:
    assert ask(port, "/platform/remote/1", upgrade=False) == "HTTP/1.1 403 Forbidden"
    assert ask(port, "/platform/remote/1", source="127.0.0.4") == "HTTP/1.1 403 Forbidden"
    assert ask(port, "/", upgrade=False, host="127.0.0.1") == "HTTP/1.1 200 OK"
    with pytest.raises(OSError):
        ask(port, "/platform/remote/1", host="127.0.0.5")


PATIENCE = """
const util = require('util');
const tuner = setTimeout(() => 'Tuner did not connect in 10 seconds.', 10000);
const other = setTimeout(() => 'something else', 10000);
console.log(JSON.stringify([tuner._idleTimeout, other._idleTimeout]));
clearTimeout(tuner);
clearTimeout(other);
util.promisify(setTimeout)(1, 'later').then(console.log);
"""


def test_a_tuner_gets_a_minute_and_nothing_else_does() -> None:
    done = subprocess.run([node(), "-e", PATIENCE], capture_output=True, text=True, check=False, env=variables())
    assert (done.stdout, done.stderr) == ("[60000,10000]\nlater\n", "")


def test_the_limit_is_where_it_is_expected() -> None:
    """What is replaced is NNI's: a new release might do without it."""
    source = (Path(node()).parent / "core" / "tuner_command_channel.js").read_text("utf-8")
    assert "'Tuner did not connect in 10 seconds." in source and "}, 10000);" in source
