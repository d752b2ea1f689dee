"""The private calendar link: its page, and the feed that it opens without signing in."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from communes.http import SignedInRequest
from tasks.models import TaskFeed
from tasks.work.feed import CONTENT_TYPE, feed_content, feed_rows, reader_of, renew_feed, withdraw_feed
from tasks.work.filters import UNITS


@require_http_methods(["GET", "HEAD", "POST"])
def feed_link(request: SignedInRequest) -> HttpResponse:
    """Make, renew or withdraw one's own link."""
    if request.method == "POST":
        if request.POST.get("do") == "withdraw":
            withdraw_feed(person=request.user)
            messages.success(request, "Đã thu hồi đường dẫn lịch; chương trình lịch đang dùng sẽ không đọc được nữa.")
        else:
            renew_feed(person=request.user)
            messages.success(request, "Đã tạo đường dẫn lịch mới. Đường dẫn cũ, nếu có, không còn dùng được.")
        return redirect("tasks:feed_link")
    feed = TaskFeed.objects.filter(person=request.user).first()
    address = request.build_absolute_uri(reverse("tasks:feed", args=[feed.key])) if feed else ""
    own = UNITS.get(request.user.role, "")
    return render(request, "tasks/work/feed.html", {"feed": feed, "address": address, "own": own})


@login_not_required
@never_cache
@require_GET
def feed(request: HttpRequest, key: str) -> HttpResponse:
    """The due days of the tasks that the link's person may see now, with `?view=unit` those of their unit.

    Any other key answers 404.
    """
    person = reader_of(key)
    if person is None:
        raise Http404
    rows = feed_rows(person, of_own_unit=request.GET.get("view") == "unit")
    content = feed_content(rows, host=request.get_host(), address=request.build_absolute_uri)
    headers = {"Content-Disposition": 'inline; filename="nhiem-vu.ics"', "X-Robots-Tag": "noindex"}
    return HttpResponse(content, content_type=CONTENT_TYPE, headers=headers)
