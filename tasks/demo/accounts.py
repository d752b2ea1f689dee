"""The demonstration's accounts. Their names say that nobody real is meant."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from communes.enums import Role
from communes.models import Authority, Commune, Department, User
from tasks.demo.frame import CAO_SON, DISTRICT, FIRST_MOMENT

PASSWORD = "ntm-demo-2023"  # noqa: S105 public on purpose; these accounts exist in debug mode only


@dataclass(frozen=True)
class Account:
    """One person: role and unit by code."""

    username: str
    full_name: str
    post: str
    role: Role
    authority: str | None = DISTRICT
    department: str | None = None
    commune: str | None = None


ACCOUNTS = (
    Account("huyen", "Cán bộ minh họa (huyện)", "Văn phòng Điều phối nông thôn mới huyện", Role.DISTRICT),
    Account("noivu", "Cán bộ minh họa (Nội vụ)", "Chuyên viên Phòng Nội vụ", Role.DEPARTMENT, department="NV"),
    Account(
        "nongnghiep",
        "Cán bộ minh họa (Nông nghiệp)",
        "Chuyên viên Phòng Nông nghiệp và PTNT",
        Role.DEPARTMENT,
        department="NNPTNT",
    ),
    Account("caoson", "Cán bộ minh họa (Cao Sơn)", "Công chức xã Cao Sơn", Role.COMMUNE, commune=CAO_SON),
    Account("khaison", "Cán bộ minh họa (Khai Sơn)", "Công chức xã Khai Sơn", Role.COMMUNE, commune="17380"),
    Account("lanhdao", "Lãnh đạo minh họa (huyện)", "Lãnh đạo UBND huyện", Role.LEADER),
    Account("tinh", "Cán bộ minh họa (tỉnh)", "Văn phòng Điều phối nông thôn mới tỉnh", Role.DISTRICT, authority="40"),
    Account("quantri", "Quản trị minh họa", "Quản trị hệ thống", Role.ADMINISTRATOR, authority=None),
)


def load() -> None:
    """Create the accounts that are missing; existing ones keep their password."""
    present = set(User.objects.values_list("username", flat=True))
    missing = [account for account in ACCOUNTS if account.username not in present]
    # One hash for all: the password is public and the same, and hashing is slow by design.
    hashed = make_password(PASSWORD) if missing else ""
    for account in missing:
        user = User(
            username=account.username,
            password=hashed,
            full_name=account.full_name,
            post=account.post,
            role=account.role,
            authority=Authority.objects.filter(code=account.authority).first(),
            department=Department.objects.filter(authority__code=DISTRICT, code=account.department).first(),
            commune=Commune.objects.filter(code=account.commune, valid_to__isnull=True).first(),
            date_joined=FIRST_MOMENT,
        )
        user._history_date = FIRST_MOMENT  # type: ignore[attr-defined]
        user.save()
