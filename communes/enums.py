"""Choices of the units and their people."""

from django.db.models import IntegerChoices, TextChoices


class AuthorityLevel(IntegerChoices):
    COUNTRY = 1, "Trung ương"
    PROVINCE = 2, "Tỉnh, thành phố"
    DISTRICT = 3, "Huyện, thị xã"


class CommuneKind(TextChoices):
    XA = "xa", "xã"
    PHUONG = "phuong", "phường"
    THI_TRAN = "thi_tran", "thị trấn"


class Role(TextChoices):
    DISTRICT = "district", "Cán bộ theo dõi chương trình"
    DEPARTMENT = "department", "Cán bộ phòng, ban"
    COMMUNE = "commune", "Cán bộ xã"
    LEADER = "leader", "Lãnh đạo"
    ADMINISTRATOR = "administrator", "Quản trị hệ thống"


class UnitChangeKind(TextChoices):
    """Why a commune ended and another one follows it."""

    RENAME = "rename", "Đổi tên"
    MERGE = "merge", "Sáp nhập"
    MOVE = "move", "Chuyển cơ quan chỉ đạo"


# What makes no other unit of it.
KEEPING_UNIT = (UnitChangeKind.RENAME, UnitChangeKind.MOVE)
