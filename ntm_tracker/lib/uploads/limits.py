"""The limits of uploads, read by the checks, the pages that state them and the tests."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes. What unpacks to less than `ratio_from` is harmless at any ratio."""

    size: int = 10 * MIB
    unpacked: int = 100 * MIB
    ratio: int = 100
    ratio_from: int = MIB
    entries: int = 1_000
    cells: int = 500_000
    pixels: int = 40_000_000
    pdf_streams: int = 20_000
    files: int = 100


LIMITS = Limits()


class Refused(Exception):
    """The file may not come in; the text says what is wrong and what to do, for the person."""


def mebibytes(size: int) -> str:
    """Return "10 MB": what officers call it."""
    return f"{size // MIB} MB"


class Unpacking:
    """Counts what comes out of a file, so that no header needs to be believed."""

    def __init__(self, limits: Limits):
        self.limits = limits
        self.total = 0

    def add(self, size: int) -> None:
        """Count `size` more bytes; raise `Refused` past the limit for the whole file."""
        self.total += size
        if self.total > self.limits.unpacked:
            raise Refused(
                f"Nội dung nén trong tệp bung ra quá {mebibytes(self.limits.unpacked)}. "
                "Hãy giảm độ phân giải của ảnh (200 dpi là đủ) hoặc tách tệp."
            )

    def compare(self, unpacked: int, packed: int) -> None:
        """Raise `Refused` when `packed` bytes have become suspiciously many."""
        if unpacked > self.limits.ratio_from and unpacked > self.limits.ratio * max(packed, 1):
            raise Refused(
                f"Tệp nén bất thường (bung ra hơn {self.limits.ratio} lần), có thể là tệp phá hoại. "
                "Hãy mở tệp gốc và lưu lại, hoặc xuất ra PDF."
            )
