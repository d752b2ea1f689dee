"""What a person was told, and what they want to be told: their own pages, for every role."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from communes.forms import AccountForm
from communes.http import SignedInRequest
from communes.models import Message
from ntm_tracker.lib import clock
from ntm_tracker.lib.gate import get_visible

ON_A_PAGE = 25
SHOWS = (("unread", "Chưa đọc"),)


@require_GET
def message_list(request: SignedInRequest) -> HttpResponse:
    """What the person was told: unread first, then the newest."""
    rows = Message.objects.visible_to(request.user).order_by(F("read_at").desc(nulls_first=True), "-told_at", "-pk")
    show = "unread" if request.GET.get("show") == "unread" else ""
    if show:
        rows = rows.unread()
    page = Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "communes/messages.html", {"page": page, "show": show, "shows": SHOWS})


@require_POST
def open_message(request: SignedInRequest, pk: int) -> HttpResponse:
    """Note that a message was read and go on to its page; with `stay` back to the list."""
    message = get_visible(Message.objects, request.user, pk=pk)
    Message.objects.filter(pk=message.pk).unread().update(read_at=clock.now())
    leads_on = message.url and url_has_allowed_host_and_scheme(message.url, allowed_hosts=None)
    return redirect(message.url if leads_on and "stay" not in request.POST else "messages:list")


@require_POST
def read_all(request: SignedInRequest) -> HttpResponse:
    """Note that everything was read."""
    count = Message.objects.visible_to(request.user).unread().update(read_at=clock.now())
    messages.success(request, f"Đã đánh dấu {count} tin là đã đọc.")
    return redirect("messages:list")


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: SignedInRequest) -> HttpResponse:
    """The person's own account: who they are here, where mail goes and whether they want it."""
    form = AccountForm(request.POST if request.method == "POST" else None, instance=request.user)
    if form.is_bound and form.is_valid():
        form.save()
        messages.success(request, "Đã lưu địa chỉ thư và lựa chọn nhận thư.")
        return redirect("account")
    user = request.user
    facts = [
        ("Họ và tên", user.full_name),
        ("Tên đăng nhập", user.username),
        ("Chức vụ", user.post or "–"),
        ("Vai trò", user.get_role_display()),
        ("Đơn vị", str(user.place or "Toàn hệ thống")),
    ]
    return render(request, "communes/account.html", {"form": form, "facts": facts}, status=422 if form.errors else 200)
