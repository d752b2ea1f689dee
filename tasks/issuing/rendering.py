"""The PDF of a long notice, set outside the request that issued it.

The notice is issued with its frozen text; that its PDF is missing is the job. Whoever finds it missing sets it from
the frozen text, which gives the same bytes every time: a thread right after issuing, the page that is asked for the
PDF, or `render_notices` after a restart.
"""

import logging
from threading import Lock, Thread

from django.db import IntegrityError, connection, transaction

from ntm_tracker.lib import clock
from tasks.documents import notice_document
from tasks.enums import NoticeFileKind, NoticeStatus
from tasks.models import Notice
from tasks.services import set_pdf, store_notice_file

log = logging.getLogger(__name__)
_lock = Lock()
_running: set[int] = set()


def is_awaited(notice: Notice) -> bool:
    """Whether `notice` is issued and its PDF has still to be set."""
    issued = notice.status != NoticeStatus.DRAFT and notice.frozen is not None
    return issued and not notice.files.filter(kind=NoticeFileKind.ISSUED_PDF).exists()


def awaited() -> list[int]:
    """Return the keys of all notices whose PDF has still to be set, oldest first."""
    done = Notice.objects.filter(files__kind=NoticeFileKind.ISSUED_PDF).values("pk")
    rows = Notice.objects.exclude(status=NoticeStatus.DRAFT).filter(frozen__isnull=False).exclude(pk__in=done)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def render_awaited(key: int) -> bool:
    """Set and store the PDF of one notice; True when it was stored now. Raises `PdfUnavailable`."""
    notice = Notice.objects.select_related("commune", "authority").get(pk=key)
    if not is_awaited(notice):
        return False
    document = notice_document(notice)
    by = notice.history.exclude(history_user=None).order_by("-history_date").first()
    try:
        with transaction.atomic():
            store_notice_file(
                notice=notice,
                kind=NoticeFileKind.ISSUED_PDF,
                content=set_pdf(document),
                by=by.history_user,
                at=clock.now(),
                check_code=document.check_code,
            )
    except IntegrityError:
        # Another process stored it meanwhile: the same bytes.
        return False
    return True


def render_soon(key: int) -> None:
    """Begin setting the PDF of one notice beside the requests, unless it is there or under way here."""
    if not is_awaited(Notice.objects.get(pk=key)):
        return
    with _lock:
        if key in _running:
            return
        _running.add(key)
    Thread(target=_work, args=(key,), name=f"notice-{key}", daemon=True).start()


def _work(key: int) -> None:
    try:
        render_awaited(key)
    except Exception:  # the thread's last resort: `render_notices` and the next asker find it again
        log.exception("The PDF of notice %s was not set.", key)
    finally:
        with _lock:
            _running.discard(key)
        connection.close()
