"""What was typed when the login had run out stands in its form again, whichever form that is."""

import json
import re
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from communes.typed import LARGEST
from criteria.models import MonthlyReport
from tasks.demo.accounts import PASSWORD
from tasks.models import Notice, Proposal, Task
from tests.factories import make_evidence
from tests.pages import text

WORDS = 'Lời "dài" của <người> nhập & còn nữa'
SHOWN = "Lời &quot;dài&quot; của &lt;người&gt; nhập &amp; còn nữa"


def expired(demo, username, page, action, data):
    """Send the form of `page` without a session, sign in, and return the login and the page that follows."""
    client = Client()
    login = client.post(action, data, headers={"Referer": f"http://testserver{page}"})
    sent = {"username": username, "password": PASSWORD, **{name: login.context[name] for name in ("next", "typed")}}
    return client, client.post(reverse("login"), sent, follow=True), login


def of_task(name, field):
    def place(demo):
        user = demo.user("nongnghiep")
        task = Task.objects.filter(status="open", lead_department=user.department, due_on__isnull=False).first()
        return user.username, task.get_absolute_url(), reverse(f"tasks:{name}", args=[task.pk]), field

    return place


def of_report(step, field):
    def place(demo):
        report = MonthlyReport.objects.filter(commune__authority=demo.cao_son.authority, status="submitted").first()
        args = [report.commune.code, report.month]
        more = [report.lines.first().sub_item.code] if step == "judge" else []
        return "huyen", reverse("reports:page", args=args), reverse(f"reports:{step}", args=[*args, *more]), field

    return place


def of_evidence(demo):
    page = reverse("evidence:edit", args=[make_evidence(commune=demo.cao_son).token])
    return "huyen", page, page, "title"


def of_reply(demo):
    proposal = Proposal.objects.filter(reply__isnull=True).first() or Proposal.objects.first()
    return "huyen", proposal.get_absolute_url(), reverse("proposals:reply", args=[proposal.pk]), "text"


def of_notice(demo):
    page = reverse("notices:revoke", args=[Notice.objects.filter(status="issued").first().pk])
    return "huyen", page, page, "reason"


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(of_task("report", "text"), id="update"),
        pytest.param(of_task("extension", "reason"), id="extension"),
        pytest.param(of_report("judge", "comment"), id="line"),
        pytest.param(of_report("return", "reason"), id="return"),
        pytest.param(of_evidence, id="evidence"),
        pytest.param(of_reply, id="reply"),
        pytest.param(of_notice, id="revoke"),
        pytest.param(lambda demo: ("caoson", *[reverse("proposals:new")] * 2, "text"), id="proposal"),
        pytest.param(lambda demo: ("huyen", *[reverse("communes:change", args=["rename"])] * 2, "name"), id="unit"),
        pytest.param(lambda demo: ("huyen", *[reverse("account")] * 2, "email"), id="account"),
    ],
)
def test_every_form_comes_back_filled_in(demo, place):
    username, page, action, field = place(demo)
    client, answer, login = expired(demo, username, page, action, {field: WORDS})
    assert login.status_code == 403
    assert "còn nguyên dưới đây nhưng chưa gửi" in answer.text
    assert re.search(rf'<(input|textarea)[^>]* name="{field}"[^>]*(value="|>\n){re.escape(SHOWN)}', answer.text)
    assert SHOWN not in client.get(page, follow=True).text


def test_files_are_named_to_be_chosen_again(demo):
    username, page, action, field = of_task("report", "text")(demo)
    files = {"files": SimpleUploadedFile("bien ban.pdf", b"%PDF-1.7")}
    _, answer, _ = expired(demo, username, page, action, {field: WORDS, **files})
    assert "Tệp không giữ lại được, hãy chọn lại: bien ban.pdf." in text(answer)


def test_what_has_lost_its_form_is_shown_by_itself(demo):
    username, page, action, field = of_task("report", "text")(demo)
    Task.objects.filter(pk=page.split("/")[-2]).update(status="confirmed")
    client, answer, _ = expired(demo, username, page, action, {field: WORDS, "version": "1"})
    assert f"<blockquote>{SHOWN}</blockquote>" in answer.text
    assert "không còn biểu mẫu đó" in text(answer)
    assert WORDS not in text(client.get(page))


def test_no_secret_is_carried_along(demo):
    page = reverse("account")
    login = Client().post(page, {"email": "a@example.com", "old_password": "bí mật", "server-passphrase": "bí mật"})
    assert "a@example.com" in login.context["typed"]
    assert json.loads(login.context["typed"])["values"] == {"email": ["a@example.com"]}


# A browser that doesn't say from which page the form was sent


@pytest.mark.parametrize("data", [{"reason": WORDS}, {}], ids=["typed", "nothing typed"])
def test_a_form_whose_address_is_no_page_leads_to_the_page_above_it(demo, data):
    username, page, action, _ = of_report("return", "reason")(demo)
    client = Client()
    login = client.post(action, data, follow=True)
    sent = {name: login.context.get(name, "") for name in ("next", "typed", "expired")}
    answer = client.post(reverse("login"), {"username": username, "password": PASSWORD, **sent}, follow=True)
    assert (answer.status_code, answer.request["PATH_INFO"]) == (200, page)
    assert (SHOWN in answer.text) is bool(data)
    assert client.get(action).status_code == 405, "only right after the login"


def test_a_form_below_a_file_leads_past_the_file(demo):
    evidence = make_evidence(commune=demo.cao_son)
    client = Client()
    login = client.post(reverse("evidence:place", args=[evidence.token]), {"codes": "18.1 18.2"})
    sent = {"username": "huyen", "password": PASSWORD, "next": login.context["next"], "typed": login.context["typed"]}
    answer = client.post(reverse("login"), sent, follow=True)
    assert (answer.status_code, answer.request["PATH_INFO"]) == (200, reverse("evidence:overview"))
    assert "18.1 18.2" in answer.text


# Why one is at the login


REASONS = {
    "kept": "Phiên đăng nhập đã hết. Mời đăng nhập lại: phần vừa nhập chưa ghi được nhưng còn giữ trên máy này.",
    "unwritten": "Phiên đăng nhập đã hết nên thay đổi vừa rồi chưa được ghi. Mời đăng nhập lại rồi làm lại.",
    "view": "Phiên đăng nhập đã hết. Mời đăng nhập lại để xem tiếp.",
}
UNWRITTEN = "Thay đổi vừa rồi chưa được ghi vì phiên đăng nhập đã hết. Mời làm lại."


@pytest.mark.parametrize("expired", REASONS)
def test_the_login_says_why_one_is_here_also_after_a_wrong_password(demo, expired):
    client = Client()
    address = f"{reverse('login')}?expired={expired}&next=/matrix/"
    assert REASONS[expired] in text(client.get(address))
    sent = {"username": "huyen", "password": "sai", "next": "/matrix/", "expired": expired}
    assert REASONS[expired] in text(client.post(reverse("login"), sent))
    page = client.post(reverse("login"), {**sent, "password": PASSWORD}, follow=True)
    assert page.request["PATH_INFO"] == "/matrix/"
    assert (UNWRITTEN in text(page)) == (expired == "unwritten")
    assert UNWRITTEN not in text(client.get("/matrix/"))


@pytest.mark.django_db
def test_who_opens_a_page_without_being_signed_in_is_told_that_it_opens_afterwards(client):
    sentence = "Đăng nhập xong, trang anh/chị chọn sẽ mở ra."
    assert sentence in text(client.get(reverse("matrix"), follow=True))
    for address in (reverse("home"), reverse("login"), f"{reverse('login')}?expired=x"):
        answer = client.get(address, follow=True)
        assert "callout" not in answer.text
        assert sentence not in text(answer)


# Sent from a page whose cookies are gone


REPORT = "/reports/17386/2023-04/"


def refused(data, action=REPORT, **headers):
    """Send a form without any cookie, as a browser does that has cleared them all."""
    sender = {"Origin": "http://testserver", "Referer": f"http://testserver{REPORT}"} | headers
    return Client(enforce_csrf_checks=True).post(action, data, headers=sender)


def boxes(answer):
    """Return what stands in the boxes to be copied from."""
    found = re.findall(r"<textarea[^>]* readonly[^>]*>\n(.*?)</textarea>", answer.text, re.DOTALL)
    return [unescape(text) for text in found]


@pytest.mark.django_db
def test_a_form_of_a_page_whose_cookies_are_gone_is_shown_to_be_copied():
    data = {
        "csrfmiddlewaretoken": "x" * 64,
        "l7-status": "not_met",
        "l7-stamp": "3-ab12cd34ef56",
        "results-text": f"\n{WORDS}",
        "next_work-text": "Đã",
        "proposals-text": WORDS,
        "old_password": "bí mật của tôi",
        "server-passphrase": "bí mật của khóa",
    }
    answer = refused(data)
    assert (answer.status_code, answer["Stale-Page"]) == (403, "1")
    assert boxes(answer) == [f"\n{WORDS}", "Đã", WORDS]
    assert "<người>" not in answer.text
    assert "bí mật" not in answer.text
    assert "Chưa có gì được lưu" in text(answer)
    assert "chép" in text(answer)
    assert f'href="{REPORT}"' in answer.text


@pytest.mark.django_db
def test_what_the_login_carried_along_is_shown_too_when_its_own_cookies_are_gone():
    carried = {"path": REPORT, "values": {"results-text": [WORDS], "server-passphrase": ["bí mật"]}, "files": []}
    answer = refused({"username": "Cán bộ", "password": "bí mật", "typed": json.dumps(carried)}, reverse("login"))
    assert boxes(answer) == ["Cán bộ", WORDS]
    assert "bí mật" not in answer.text


@pytest.mark.django_db
@pytest.mark.parametrize("sender", ["https://example.com", "null", ""])
def test_the_words_of_another_site_are_not_shown_as_the_person_s_own(sender):
    answer = refused({"text": WORDS}, Origin=sender, Referer="https://example.com/")
    assert answer.status_code == 403
    assert boxes(answer) == []
    assert "quay lại trang trước" in text(answer)


@pytest.mark.django_db
def test_where_nothing_was_typed_the_page_comes_all_the_same():
    answer = refused({})
    assert answer.status_code == 403
    assert boxes(answer) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "data",
    [{"text": "một hai " * LARGEST}, {f"field{number}": WORDS for number in range(1001)}],
    ids=["too long", "too many"],
)
def test_a_form_that_is_too_large_is_told_so_whatever_else_is_wrong_with_it(data):
    answer = refused(data)
    assert answer.status_code == 413
    assert "quá lớn" in text(answer)


@pytest.mark.django_db
def test_no_more_is_shown_than_the_longest_report_holds():
    answer = refused({"first": "một hai", "second": "ba bốn " * (LARGEST // 7), "third": "năm sáu"})
    assert boxes(answer) == ["một hai", "năm sáu"]
