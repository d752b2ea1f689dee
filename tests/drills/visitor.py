"""A browser without a window: keeps cookies and the token of the last form, speaks as a proxy hands requests on."""

import contextlib
import re
from html import unescape
from http import HTTPStatus
from http.client import HTTPConnection, HTTPResponse
from http.cookies import SimpleCookie
from time import sleep
from urllib.parse import urlencode

from django.urls import reverse

from communes.models import User
from tests.factories import PASSWORD


class Visitor:
    """One person at one server. `port` is that of the application, or of the front before it."""

    def __init__(self, user: User, port: int):
        self.user, self.port = user, port
        self.cookies: dict[str, str] = {}
        self.form_token = ""

    def sign_in(self) -> None:
        self.ask("GET", reverse("login"))
        status, _ = self.ask("POST", reverse("login"), {"username": self.user.username, "password": PASSWORD})
        if status != HTTPStatus.FOUND:
            raise RuntimeError(f"{self.user.username} could not sign in: {status}")

    def ask(self, method: str, address: str, form: dict[str, str] | None = None, **headers: str) -> tuple[int, str]:
        """Send a request and return status and text."""
        data = urlencode({"csrfmiddlewaretoken": self.form_token, **form}).encode() if form else None
        with self.connected() as connection:
            connection.request(
                method, address, body=data, headers={**self.headers("application/x-www-form-urlencoded"), **headers}
            )
            return self.answered(connection.getresponse())

    def trickle(self, address: str, fields: dict[str, str], file: bytes, rate: int) -> tuple[int, str]:
        """Send `file` with the form `fields` at `rate` bytes a second, as a slow rural line does."""
        border = "ntm-drill-border"
        parts = [
            f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in {"csrfmiddlewaretoken": self.form_token, **fields}.items()
        ]
        head = f'--{border}\r\nContent-Disposition: form-data; name="files"; filename="1.1_bao-cao.pdf"\r\n'
        head += "Content-Type: application/pdf\r\n\r\n"
        body = "".join([*parts, head]).encode() + file + f"\r\n--{border}--\r\n".encode()
        piece = max(rate // 4, 1)
        with self.connected(timeout=300) as connection:
            connection.putrequest("POST", address)
            for name, value in self.headers(f"multipart/form-data; boundary={border}").items():
                connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders()
            for start in range(0, len(body), piece):
                connection.send(body[start : start + piece])
                sleep(0.25)
            return self.answered(connection.getresponse())

    def connected(self, timeout: int = 60) -> contextlib.closing[HTTPConnection]:
        return contextlib.closing(HTTPConnection("127.0.0.1", self.port, timeout=timeout))

    def headers(self, content_type: str) -> dict[str, str]:
        origin = f"https://127.0.0.1:{self.port}"
        return {
            "X-Forwarded-Proto": "https",
            "Referer": origin + "/",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Content-Type": content_type,
        }

    def answered(self, answer: HTTPResponse) -> tuple[int, str]:
        body = unescape(answer.read().decode(errors="replace"))
        for line in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        if found := re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', body):
            self.form_token = found[1]
        return answer.status, body
