"""PDFs of long notices, set outside the request, one after the other, in a process of their own.

A long notice is issued with its frozen text; that its PDF is missing is the job. Whoever finds it missing has it set
from the frozen text, which gives the same bytes every time: a thread right after issuing, the page that is asked for
the PDF, or `render_notices` after a restart. The trial print of a long text is set the same way and kept for a while.
"""

import fcntl
import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, Thread

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from ntm_tracker.lib import clock
from ntm_tracker.lib.official import OfficialDocument
from ntm_tracker.lib.pdf import render_apart
from ntm_tracker.lib.storage import write_whole
from tasks.documents import notice_document
from tasks.enums import NoticeFileKind, NoticeStatus
from tasks.exceptions import PdfAwaited, PdfUnavailable
from tasks.models import Notice
from tasks.services import is_long, set_pdf, store_notice_file
from tasks.signed_copies import copies_of

log = logging.getLogger(__name__)
Setting = Callable[[OfficialDocument], bytes]
# A trial print is of use while its text is read; the next change needs another one. So many are kept.
MOST_TRIALS = 20

_lock = Lock()
_running: set[str] = set()
_failed: set[str] = set()


# Issued notices


def awaited() -> list[int]:
    """Return the keys of all notices whose PDF has still to be set, oldest first.

    What is issued here bears a code; an old notice, entered from its paper, has no issued PDF and awaits none.
    """
    done = Notice.objects.filter(files__kind=NoticeFileKind.ISSUED_PDF).values("pk")
    rows = Notice.objects.exclude(status=NoticeStatus.DRAFT).filter(frozen__check_code__gt="").exclude(pk__in=done)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def render_awaited(key: int, setting: Setting | None = None) -> bool:
    """Set and store the PDF of one notice; True when it was stored now. Raises `PdfUnavailable`."""
    notice = Notice.objects.select_related("commune", "authority").get(pk=key)
    if not copies_of(notice).is_awaited:
        return False
    document = notice_document(notice)
    by = notice.history.exclude(history_user=None).order_by("-history_date").first()
    content = (setting or set_pdf)(document)
    try:
        with transaction.atomic():
            store_notice_file(
                notice=notice,
                kind=NoticeFileKind.ISSUED_PDF,
                content=content,
                by=by.history_user,
                at=clock.now(),
                check_code=document.check_code,
            )
    except IntegrityError:
        # Another process stored it meanwhile: the same bytes.
        return False
    return True


def render_soon(notice: Notice) -> None:
    """Begin setting the PDF of `notice` beside the requests, unless it is there or under way here.

    Raises `PdfUnavailable` when the last try failed; the one after that begins anew.
    """
    if copies_of(notice).is_awaited:
        _begin(f"notice-{notice.pk}", lambda: render_awaited(notice.pk, _set_apart))


# Trial prints


def trial_print(document: OfficialDocument) -> bytes:
    """Return the PDF of a text that isn't issued here: a draft, or an old notice.

    Of a long one it is set beside the requests: raises `PdfAwaited` until it is there, `PdfUnavailable` when setting
    failed.
    """
    if not is_long(document):
        return set_pdf(document)
    path = _folder() / f"{hashlib.sha256(json.dumps(document.to_dict()).encode()).hexdigest()}.pdf"
    try:
        return path.read_bytes()
    except FileNotFoundError:
        _begin(path.name, lambda: _keep(document, path))
    raise PdfAwaited(path.name)


def _keep(document: OfficialDocument, path: Path) -> None:
    if path.exists():
        return
    write_whole(path, [_set_apart(document)])
    newest_first = sorted(path.parent.glob("*.pdf"), key=lambda kept: kept.stat().st_mtime, reverse=True)
    for old in newest_first[MOST_TRIALS:]:
        old.unlink(missing_ok=True)


# Beside the requests


def _set_apart(document: OfficialDocument) -> bytes:
    try:
        return render_apart(document)
    except OSError as error:
        raise PdfUnavailable(str(error)) from error


def _begin(name: str, work: Callable[[], object]) -> None:
    """Carry out `work` in a thread, which only waits for the process that sets; once for each `name` at a time."""
    with _lock:
        if name in _failed:
            _failed.discard(name)
            raise PdfUnavailable(name)
        if name in _running:
            return
        _running.add(name)
    Thread(target=_carry_out, args=(name, work), name=name, daemon=True).start()


def _carry_out(name: str, work: Callable[[], object]) -> None:
    try:
        with _turn():
            work()
    except Exception:  # the thread's last resort: the next asker is told, `render_notices` finds it again
        log.exception("The PDF %s was not set.", name)
        with _lock:
            _failed.add(name)
    finally:
        with _lock:
            _running.discard(name)
        connection.close()


@contextmanager
def _turn() -> Iterator[None]:
    """Wait until no other process or thread sets a PDF: a batch of long ones takes one core, not all of them."""
    with (_folder() / "turn").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _folder() -> Path:
    folder: Path = settings.DATA_DIR / "prints"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
