"""A mail server that really receives: one thread, the few commands that a client needs (RFC 5321)."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Mailbox:
    """What the server took; it answers 550 to the addresses in `refused`."""

    host: str = "127.0.0.1"
    port: int = 0
    refused: set[str] = field(default_factory=set)
    received: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(content, policy=policy.default) for _, content in self.received]

    def to(self, address: str) -> list[EmailMessage]:
        pairs = zip(self.received, self.mails, strict=True)
        return [mail for (recipient, _), mail in pairs if recipient == address]


class Session(socketserver.StreamRequestHandler):
    """One client's conversation."""

    box: Mailbox

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        self.say("220 may chu thu thu nghiem")
        recipient = ""
        while line := self.rfile.readline():
            word = line.decode().strip()
            verb = word.split(":", maxsplit=1)[0].split(maxsplit=1)[0].upper() if word else ""
            if verb == "QUIT":
                self.say("221 tam biet")
                return
            if verb == "RCPT":
                recipient = word.partition("<")[2].partition(">")[0]
                self.say("550 khong co dia chi nay" if recipient in self.box.refused else "250 OK")
            elif verb == "DATA":
                self.say("354 moi gui")
                self.box.received.append((recipient, self.content()))
                self.say("250 da nhan")
            else:
                self.say("250 OK")

    def content(self) -> bytes:
        """Read up to the lone dot; a doubled dot at the head of a line is one."""
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(lines)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


@contextmanager
def mail_server(box: Mailbox | None = None) -> Iterator[Mailbox]:
    """Serve `box` (a new one without it) on its port; 0 takes a free one."""
    box = box or Mailbox()
    handler = type("BoxSession", (Session,), {"box": box})
    with Server((box.host, box.port), handler) as server:
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()


def use(settings, box: Mailbox) -> None:
    """Let Django send to `box`, and speak of pages below an address as an installation has it."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = box.host, box.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT = 5
    settings.NTM_PUBLIC_URL = "https://ntm.example.vn"
