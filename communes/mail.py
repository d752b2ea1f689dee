"""E-mail to people: one connection for many, every failure as a sentence that an official can act on."""

from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formataddr
from smtplib import SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from communes.models import User


class MailFailed(Exception):
    """One mail didn't leave; the text says why, in Vietnamese."""


class MailUnreachable(MailFailed):
    """The mail server can't be reached: no mail leaves now."""


@contextmanager
def outbox() -> Iterator[BaseEmailBackend]:
    """Give a connection to the mail server of `EMAIL_URL`; raises `MailUnreachable` where there is none."""
    connection = get_connection()
    try:
        connection.open()
    except (OSError, SMTPException) as error:
        raise MailUnreachable(
            f"Không kết nối được máy chủ thư ({_reason(error)}). Chưa có thư nào được gửi; "
            "hãy kiểm tra EMAIL_URL và máy chủ thư rồi gửi lại."
        ) from error
    try:
        yield connection
    finally:
        try:
            connection.close()
        except (OSError, SMTPException):
            pass  # everything has been said to the server already


def send(connection: BaseEmailBackend, person: User, *, subject: str, text: str, identity: str) -> None:
    """Send `text` to `person`; raises `MailFailed`.

    `identity` names the mail for ever ("digest-12-2023-04-15"): should it leave twice because the server's answer was
    lost, mail programs see that both are the same.
    """
    host = settings.NTM_PUBLIC_URL.split("://")[-1].split("/")[0].split(":")[0]
    headers = {"Message-ID": f"<{identity}@{host}>", "Auto-Submitted": "auto-generated", "Content-Language": "vi"}
    try:
        EmailMessage(
            subject=" ".join(subject.split()),
            body=text,
            to=[formataddr((str(person), person.email))],
            headers=headers,
            connection=connection,
        ).send()
    except (OSError, SMTPException, ValueError) as error:
        raise MailFailed(f"Thư gửi {person} ({person.email}) không đi được: {_reason(error)}.") from error


def _reason(error: Exception) -> str:
    if isinstance(error, ValueError):
        # A line break in the name, an address with letters beyond ASCII: no header of a mail can bear them.
        return "họ tên có dấu xuống dòng, hoặc địa chỉ thư có chữ có dấu"
    if isinstance(error, SMTPRecipientsRefused):
        return "máy chủ thư từ chối địa chỉ này"
    if isinstance(error, ConnectionRefusedError):
        return "máy chủ không nhận kết nối"
    if isinstance(error, TimeoutError):
        return "máy chủ không trả lời"
    return " ".join(str(error).split())[:200] or type(error).__name__


def absolute(path: str) -> str:
    """Return the address of a page as a mail must write it."""
    return f"{settings.NTM_PUBLIC_URL}{path}"
