"""How many matrices a second gunicorn gives out, beside a bare view: two processes, four connections, over loopback."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import monotonic, perf_counter, sleep

from django.conf import settings
from django.db import connection

from tests.benchmarks.harness import Bench, Result, measure, returned
from tests.benchmarks.matrix import MATRIX, bare_url, signed_in

WORKERS, CONNECTIONS, COMMUNES = 2, 4, 20
LONGEST = 20  # seconds that the server may take to answer at first, and any request
# Views asked for in one round: as many as take a second or so.
MATRICES, BARE_VIEWS = 40, 400


def bench() -> Result:
    """Start the server, measure R3, stop the server."""
    cookie = signed_in("huyen").cookies[settings.SESSION_COOKIE_NAME].value
    bare = bare_url()
    connection.close()
    with server() as port:
        return measure(
            Bench(
                "R3",
                f"thời gian mỗi lượt bảng {COMMUNES} xã / view trần: {WORKERS} tiến trình, {CONNECTIONS} kết nối",
                partial(time_each, MATRICES, partial(fetch, port, MATRIX, cookie)),
                partial(time_each, BARE_VIEWS, partial(fetch, port, bare, "")),
                target=10,  # a tenth as many a second
                repeats=7,
                figure=returned,
            )
        )


@contextmanager
def server() -> Iterator[int]:
    """Give the port of a gunicorn that ends with the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("gunicorn")), "tests.benchmarks.wsgi", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", str(WORKERS), "--worker-class", "sync", "--preload", "--log-level", "error"]
    process = subprocess.Popen(command, env=os.environ | {"COMMUNES": str(COMMUNES)})
    try:
        wait_for(port, process)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(port: int, process: subprocess.Popen) -> None:
    until = monotonic() + LONGEST
    while monotonic() < until and process.poll() is None:
        try:
            fetch(port, "/healthz/", "")
        except OSError:
            sleep(0.1)
        else:
            return
    sys.exit("The server for the benchmark did not start.")


def fetch(port: int, path: str, cookie: str) -> None:
    """Ask once, as a browser without its stored files; read the whole answer."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "Accept-Encoding: gzip, br", "Connection: close"]
    lines += [f"Cookie: {settings.SESSION_COOKIE_NAME}={cookie}"] if cookie else []
    with socket.create_connection(("127.0.0.1", port), LONGEST) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode())
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    status = answer[:12]
    if status != b"HTTP/1.1 200":
        raise AssertionError(f"{path}: {answer[:200]!r}")


def time_each(count: int, call: Callable[[], None]) -> float:
    """Return the seconds that each of `count` calls takes on average, so many at once as there are connections."""
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        started = perf_counter()
        for done in [pool.submit(call) for _ in range(count)]:
            done.result()
        return (perf_counter() - started) / count
