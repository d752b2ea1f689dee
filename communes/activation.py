"""Accounts whose owners haven't chosen a password: the address at which each of them does, once."""

from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from communes.enums import Role
from communes.models import User
from ntm_tracker.lib.download import Download
from ntm_tracker.lib.workbook import XLSX, Column, Kind, list_workbook

NAME = "Tài khoản chưa đặt mật khẩu"
COLUMNS = (
    Column("Tên đăng nhập", width=18),
    Column("Họ và tên", width=26),
    Column("Vai trò", width=28),
    Column("Đơn vị", width=30),
    Column("Thư điện tử", width=28),
    Column("Đường dẫn đặt mật khẩu", Kind.LONG_TEXT, width=70),
)


HOURS = settings.PASSWORD_RESET_TIMEOUT // 3600


class ActivationTokens(PasswordResetTokenGenerator):
    """Good for one use, for some hours, and for the account as it is: another role or unit asks for another one."""

    key_salt = "communes.activation"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        place = (user.role, user.authority_id, user.department_id, user.commune_id)
        return f"{super()._make_hash_value(user, timestamp)}{place}"


tokens = ActivationTokens()


def waiting_accounts(by: User) -> QuerySet[User]:
    """Return the accounts that `by` looks after and whose owners haven't chosen a password yet."""
    accounts = User.objects.visible_to(by).filter(is_active=True, password__startswith=UNUSABLE_PASSWORD_PREFIX)
    if by.role != Role.ADMINISTRATOR:
        accounts = accounts.exclude(role=Role.ADMINISTRATOR)
    return accounts.select_related("authority", "department", "commune").order_by("authority", "role", "username")


def start_path(account: User) -> str:
    """Return where the owner chooses a password, now and for the next `HOURS`."""
    key = urlsafe_base64_encode(force_bytes(account.pk))
    return reverse("start", args=[key, tokens.make_token(account)])


def links_file(accounts: Iterable[tuple[User, str]]) -> Download:
    """Return a workbook of accounts, each with the whole address at which its owner chooses a password."""
    rows = [
        [row.username, row.full_name, row.get_role_display(), str(row.place or ""), row.email, address]
        for row, address in accounts
    ]
    return Download(f"{NAME}.xlsx", XLSX, list_workbook(NAME, COLUMNS, rows))
