"""Proposals from the first word to the answer: who may, what then holds, who sees what when."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from communes.enums import Role
from communes.models import Message
from criteria.exceptions import SomebodyWasFaster
from ntm_tracker.lib.workbook import read
from tasks.enums import NoticeStatus, ReplyKind
from tasks.issuing.services import issue
from tasks.models import Notice, Proposal, ProposalReply
from tasks.requests.likeness import ALIKE, likeness, pairs
from tasks.requests.services import Request, asked_mark, change_proposal, make_proposal, mark_of, reply_to_proposal
from tasks.requests.wording import model_text
from tests.factories import (
    make_authority,
    make_commune,
    make_criteria_set,
    make_department,
    make_letterhead,
    make_notice,
    make_point,
    make_reply,
    make_task,
    make_user,
)
from tests.factories import (
    make_proposal as some_proposal,
)
from tests.pages import queries, sign_in, text
from tests.tasks.conftest import SEED

pytestmark = pytest.mark.django_db

TODAY = date(2023, 4, 10)
LIST, NEW = "/proposals/", "/proposals/new/"
ROAD = "Đề nghị UBND huyện hỗ trợ kinh phí xây dựng đường liên thôn từ Thôn 3 đi Thôn 6"


@pytest.fixture(autouse=True)
def on_the_tenth(settings):
    settings.NTM_TODAY = TODAY


@pytest.fixture
def authority():
    return make_authority(name="huyện Anh Sơn")


@pytest.fixture
def commune(authority):
    return make_commune(authority=authority, name="Cao Sơn")


@pytest.fixture
def staff(commune):
    return make_user(Role.COMMUNE, commune=commune)


@pytest.fixture
def office(authority):
    return make_user(authority=authority)


@pytest.fixture
def department(authority):
    return make_user(Role.DEPARTMENT, authority=authority)


@pytest.fixture
def proposal(commune):
    return some_proposal(commune=commune, text=ROAD)


def put_into(notice: Notice, proposal: Proposal) -> Notice:
    make_point(notice=notice, proposal=proposal)
    return notice


def issued(commune) -> Notice:
    return make_notice(commune=commune, status=NoticeStatus.ISSUED)


def fresh(proposal: Proposal) -> Proposal:
    return Proposal.objects.get(pk=proposal.pk)


def told(user) -> list[str]:
    return list(Message.objects.filter(recipient=user).values_list("text", flat=True))


class TestMaking:
    def test_a_commune_makes_one_under_its_next_number_and_the_office_is_told(self, commune, staff, office):
        make_proposal(commune=commune, by=staff, request=Request("Việc đầu"))
        second = make_proposal(commune=commune, by=staff, request=Request(ROAD, Decimal(350_000_000), "Thôn 3"))
        assert (second.number, second.amount, second.made_on, second.made_by) == (2, 350_000_000, TODAY, staff)
        assert any(ROAD[:40] in said for said in told(office))

    def test_numbers_of_two_communes_do_not_meet(self, authority, commune, staff):
        other = make_commune(authority=authority)
        make_proposal(commune=other, by=staff, request=Request("Việc"))
        assert make_proposal(commune=commune, by=staff, request=Request("Việc")).number == 1

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"text": " "}, "text"),
            ({"amount": Decimal(0)}, "amount"),
            ({"paper_dated": TODAY}, "paper_sign"),
            ({"paper_sign": "29/TTr-UBND", "paper_dated": date(2032, 3, 30)}, "paper_dated"),
        ],
    )
    def test_what_cannot_be_is_refused_at_its_field(self, commune, staff, more, field):
        with pytest.raises(ValidationError) as refused:
            make_proposal(commune=commune, by=staff, request=Request(**{"text": "Việc", **more}))
        assert field in refused.value.message_dict
        assert not Proposal.objects.exists()

    def test_the_form_takes_what_officials_type(self, staff):
        sub_item = make_criteria_set().criteria.first().sub_items.first()
        answer = sign_in(staff).post(
            NEW,
            {
                "text": ROAD,
                "amount": "350.000.000",
                "place": "Thôn 3",
                "sub_items": sub_item.code,
                "paper_sign": "29/TTr-UBND",
                "paper_dated": "30/3/2023",
            },
        )
        made = Proposal.objects.get()
        assert answer.url == made.get_absolute_url()
        assert (made.amount, made.paper_sign, made.paper_dated) == (350_000_000, "29/TTr-UBND", date(2023, 3, 30))
        assert list(made.sub_items.all()) == [sub_item]

    def test_what_was_typed_wrongly_is_named_and_stays(self, staff):
        answer = sign_in(staff).post(NEW, {"text": ROAD, "amount": "nhiều", "sub_items": "99.9"})
        assert answer.status_code == 422
        assert "Bộ tiêu chí không có nội dung “99.9”" in text(answer)
        assert 'value="nhiều"' in answer.text
        assert ROAD in answer.text


class TestChanging:
    def test_the_commune_changes_it_until_it_stands_in_an_issued_notice(self, proposal, commune, staff):
        put_into(make_notice(commune=commune), proposal)
        change_proposal(proposal=proposal, by=staff, request=Request("Lời mới"), seen=asked_mark(fresh(proposal)))
        assert fresh(proposal).text == "Lời mới"
        Notice.objects.update(status=NoticeStatus.ISSUED, number=1, issued_on=TODAY, number_year=2023)
        with pytest.raises(ValidationError, match="thông báo ban hành"):
            change_proposal(proposal=proposal, by=staff, request=Request("Lời khác"), seen=asked_mark(fresh(proposal)))
        assert fresh(proposal).text == "Lời mới"

    def test_of_two_at_once_the_slower_sees_what_the_faster_wrote_and_keeps_what_was_typed(self, proposal, staff):
        client, address = sign_in(staff), reverse("proposals:edit", args=[proposal.pk])
        seen = asked_mark(fresh(proposal))
        assert client.post(address, {"text": "Lời nhanh", "seen": seen}).status_code == 302
        answer = client.post(address, {"text": "Lời chậm", "seen": seen})
        assert answer.status_code == 409
        assert "Lời nhanh" in text(answer)
        assert "Lời chậm" in answer.text
        assert fresh(proposal).text == "Lời nhanh"
        again = client.post(address, {"text": "Lời chậm", "seen": answer.context["form"].data["seen"]})
        assert again.status_code == 302
        assert fresh(proposal).text == "Lời chậm"


def reply(proposal, by, **more) -> ProposalReply:
    given = {"proposal": proposal, "by": by, "kind": ReplyKind.NOTED, "text": "Ghi nhận", **more}
    return reply_to_proposal(**{"seen": mark_of(fresh(proposal)), **given})


class TestReplying:
    def test_the_office_drafts_an_answer_and_the_departments_it_names_are_told(self, proposal, office, department):
        helper = make_department(authority=department.authority)
        made = reply(proposal, office, kind=ReplyKind.ASSIGNED, lead=department.department, supports=[helper])
        assert (made.lead, list(made.supports.all()), made.replied_by) == (department.department, [helper], office)
        assert told(department) == [f"Được giao trả lời kiến nghị của {proposal.commune}: {proposal}"]

    def test_a_department_words_the_answer_given_to_it_and_changes_nobody(self, proposal, office, department):
        other = make_department(authority=department.authority)
        reply(proposal, office, kind=ReplyKind.ASSIGNED, lead=department.department)
        made = reply(proposal, department, text="Lời của phòng", lead=other)
        assert (made.text, made.lead) == ("Lời của phòng", department.department)

    def test_another_department_words_nothing(self, proposal, office, authority):
        reply(proposal, office, kind=ReplyKind.ASSIGNED, lead=make_department(authority=authority))
        with pytest.raises(PermissionDenied):
            reply(proposal, make_user(Role.DEPARTMENT, authority=authority))

    @pytest.mark.parametrize(
        ("more", "field"),
        [({"text": " "}, "text"), ({"kind": ReplyKind.ASSIGNED}, "lead"), ({"lead": "foreign"}, "lead")],
    )
    def test_what_cannot_be_is_refused_at_its_field(self, proposal, office, more, field):
        if more.get("lead"):
            more = {"lead": make_department()}
        with pytest.raises(ValidationError) as refused:
            reply(proposal, office, **more)
        assert field in refused.value.message_dict
        assert not ProposalReply.objects.exists()

    def test_an_answer_in_an_issued_notice_stays(self, proposal, commune, office):
        reply(proposal, office)
        put_into(issued(commune), proposal)
        with pytest.raises(ValidationError):
            reply(proposal, office, text="Lời khác")
        assert ProposalReply.objects.get().text == "Ghi nhận"

    def test_who_answers_upon_an_old_state_is_told(self, proposal, office):
        seen = mark_of(fresh(proposal))
        reply(proposal, office, seen=seen)
        with pytest.raises(SomebodyWasFaster):
            reply(proposal, office, text="Lời chậm", seen=seen)
        assert ProposalReply.objects.get().text == "Ghi nhận"

    def test_of_two_at_once_the_slower_page_shows_both(self, proposal, office):
        client, address = sign_in(office), reverse("proposals:reply", args=[proposal.pk])
        seen = mark_of(fresh(proposal))
        reply(proposal, office, text="Lời nhanh")
        answer = client.post(address, {"kind": "noted", "text": "Lời chậm", "seen": seen})
        assert answer.status_code == 409
        assert "Lời nhanh" in text(answer)
        assert "Lời chậm" in answer.text

    def test_the_commune_sees_the_answer_with_the_notice_and_not_before(self, proposal, commune, office, staff):
        reply(proposal, office, text="Lời của dự thảo")
        notice = put_into(make_notice(commune=commune), proposal)
        client = sign_in(staff)
        page = text(client.get(proposal.get_absolute_url()))
        assert "Chưa trả lời" in page
        assert "Lời của dự thảo" not in page
        assert client.get(notice.get_absolute_url()).status_code == 404
        Notice.objects.update(status=NoticeStatus.ISSUED, number=1, issued_on=TODAY, number_year=2023)
        assert "Lời của dự thảo" in text(client.get(proposal.get_absolute_url()))

    def test_the_list_and_its_workbook_hide_a_drafted_answer_too(self, proposal, office, staff):
        reply(proposal, office, text="Lời của dự thảo")
        client = sign_in(staff)
        (sheet,) = read(client.get(LIST, {"format": "xlsx"}).content)
        assert "Lời của dự thảo" not in str(sheet.rows)
        assert not list(client.get(LIST, {"kind": "noted"}).context["rows"])
        assert list(sign_in(office).get(LIST, {"kind": "noted"}).context["rows"])


class TestModels:
    def test_every_kind_begins_with_words_of_the_notice(self):
        seed = " ".join(SEED.read_text(encoding="utf-8").split())
        for kind in ReplyKind:
            words = model_text(kind, commune="xã Cao Sơn", lead="Phòng Nông nghiệp và PTNT", supports=())
            assert words.endswith(".")
            longest = max((part for part in words.replace(";", ",").split(",")), key=len).strip(" .")
            assert longest.split("Phòng Nông nghiệp và PTNT")[-1].strip() in seed, kind

    def test_the_model_comes_below_what_was_typed(self, proposal, office):
        address = reverse("proposals:reply", args=[proposal.pk])
        answer = sign_in(office).post(address, {"kind": "commune_plans", "text": "Lời đã gõ", "do": "model"})
        assert answer.status_code == 200
        typed = answer.context["form"].data["text"]
        assert typed.startswith("Lời đã gõ\nVề nội dung này, UBND")
        assert answer.context["form"]["text"].field.required
        assert not ProposalReply.objects.exists()

    def test_the_browser_lets_the_model_be_asked_for_before_a_word_is_written(self, proposal, office):
        page = sign_in(office).get(proposal.get_absolute_url()).text
        assert 'name="do" value="model" formnovalidate' in page

    def test_another_model_takes_the_place_of_one_that_nobody_touched(self, proposal, office):
        client, address = sign_in(office), reverse("proposals:reply", args=[proposal.pk])
        first = client.post(address, {"kind": "noted", "text": "", "do": "model"}).context["form"].data
        sent = {"kind": "passed_upward", "model": first["model"], "do": "model"}
        second = client.post(address, {**sent, "text": first["text"]}).context["form"].data["text"]
        assert second == model_text(ReplyKind.PASSED_UPWARD, commune=str(proposal.commune), lead="", supports=())
        touched = client.post(address, {**sent, "text": f"{first['text']} Gấp."}).context["form"].data["text"]
        assert touched.startswith(f"{first['text']} Gấp.\n")


class TestEarlierOnes:
    def test_texts_on_one_matter_are_alike_and_others_are_not(self):
        again = "Đề nghị hỗ trợ kinh phí làm đường liên thôn từ Thôn 3 xứ Eo đất đi Thôn 6"
        assert likeness(pairs(ROAD), pairs(again)) >= ALIKE
        assert likeness(pairs(ROAD), pairs("Đề nghị UBND huyện hỗ trợ kinh phí lập quy hoạch")) < ALIKE
        assert likeness(pairs(ROAD), frozenset()) == 0

    def test_those_with_the_same_sub_item_or_like_words_are_shown_with_the_reason(self, proposal, commune, office):
        sub_item = make_criteria_set().criteria.first().sub_items.first()
        proposal.sub_items.add(sub_item)
        same = some_proposal(commune=commune, text="Việc hoàn toàn khác", made_on=date(2022, 5, 1))
        same.sub_items.add(sub_item)
        alike = some_proposal(commune=commune, text=f"{ROAD}, giai đoạn 1", made_on=date(2022, 1, 1))
        some_proposal(commune=commune, text="Đề nghị cấp máy tính", made_on=date(2022, 1, 1))
        some_proposal(commune=commune, text=ROAD, made_on=date(2023, 6, 1))
        earlier = sign_in(office).get(proposal.get_absolute_url()).context["page"].earlier
        assert [(each.row.proposal, each.because) for each in earlier] == [
            (alike, "lời văn giống nhau"),
            (same, f"cùng nội dung {sub_item.code}"),
        ]

    def test_a_commune_is_shown_only_its_own(self, proposal, authority, staff):
        some_proposal(commune=make_commune(authority=authority), text=ROAD)
        assert sign_in(staff).get(proposal.get_absolute_url()).context["page"].earlier == ()


class TestTheList:
    def test_states_show_and_count_what_they_say(self, commune, office):
        some_proposal(commune=commune, text="Chưa")
        make_reply(proposal=some_proposal(commune=commune, text="Đã soạn"))
        answered = some_proposal(commune=commune, text="Đã trả lời")
        make_reply(proposal=answered)
        put_into(issued(commune), answered)
        client = sign_in(office)
        for state, said in (("missing", "Chưa"), ("draft", "Đã soạn"), ("done", "Đã trả lời")):
            answer = client.get(LIST, {"state": state})
            assert [row.proposal.text for row in answer.context["rows"]] == [said]
            assert [row.state for row in answer.context["rows"]] == [state]
        counts = client.get(LIST).context["counts"]
        assert [counts[state] for state in ("", "missing", "draft", "done")] == [3, 1, 1, 1]

    def test_it_is_searched_without_diacritics_and_sorted_by_amount(self, commune, office):
        some_proposal(commune=commune, text="Làm đường", amount=5)
        some_proposal(commune=commune, text="Nạo vét kênh mương", amount=9)
        client = sign_in(office)
        assert [row.proposal.amount for row in client.get(LIST, {"q": "kenh muong"}).context["rows"]] == [9]
        assert [row.proposal.amount for row in client.get(LIST, {"sort": "amount"}).context["rows"]] == [5, 9]
        assert "đề nghị tổng cộng 14 đồng" in text(client.get(LIST))
        assert "đề nghị tổng cộng 9 đồng" in text(client.get(LIST, {"q": "kenh muong"}))

    def test_a_department_finds_those_given_to_it(self, commune, department):
        some_proposal(commune=commune, text="Khác")
        make_reply(proposal=some_proposal(commune=commune, text="Của phòng"), lead=department.department)
        answer = sign_in(department).get(LIST, {"state": "mine"})
        assert [row.proposal.text for row in answer.context["rows"]] == ["Của phòng"]

    def test_zero_rows_say_what_will_stand_here(self, office):
        assert "Chưa có kiến nghị nào" in text(sign_in(office).get(LIST))

    def test_it_costs_the_same_queries_at_any_size(self, commune, office):
        client = sign_in(office)
        make_reply(proposal=some_proposal(commune=commune))
        few = queries(client, LIST)
        for _ in range(9):
            make_reply(proposal=some_proposal(commune=commune))
        assert few == queries(client, LIST) <= 9


def test_tasks_for_either_side_arise_from_the_answer(proposal, commune, office, authority):
    lead = make_department(authority=authority)
    made = make_reply(proposal=proposal, lead=lead)
    put_into(issued(commune), proposal)
    client = sign_in(office)
    for side, key in (("", f"p{lead.pk}"), ("commune", f"x{commune.pk}")):
        form = client.get(reverse("tasks:new"), {"reply": made.pk, "side": side}).context["form"]
        assert form.initial["lead"] == key
    make_task(commune=commune, reply=made, text="Khảo sát tuyến đường")
    assert "Khảo sát tuyến đường" in text(client.get(proposal.get_absolute_url()))


def test_no_task_is_offered_from_the_reply_of_a_revoked_notice(proposal, commune, office):
    make_reply(proposal=proposal)
    notice = put_into(issued(commune), proposal)
    client = sign_in(office)
    assert "/tasks/new/?reply=" in client.get(proposal.get_absolute_url()).text
    Notice.objects.filter(pk=notice.pk).update(status=NoticeStatus.REVOKED, revoked_on=TODAY, revoke_reason="Nhầm")
    assert "/tasks/new/?reply=" not in client.get(proposal.get_absolute_url()).text


def test_a_draft_read_before_its_reply_changed_is_not_issued(proposal, office):
    read = put_into(make_notice(commune=proposal.commune), proposal)
    reply_to_proposal(proposal=proposal, by=office, kind=ReplyKind.NOTED, text="Ghi nhận.", seen=mark_of(proposal))
    make_letterhead(authority=read.authority)
    with pytest.raises(SomebodyWasFaster):
        issue(notice=read, issued_on=TODAY, by=office)
    assert Notice.objects.get().status == NoticeStatus.DRAFT


def test_an_answer_in_draft_does_not_stop_the_commune_and_stays_unknown_to_it(proposal, office, staff):
    seen = asked_mark(proposal)
    reply_to_proposal(proposal=proposal, by=office, kind=ReplyKind.NOTED, text="Ghi nhận.", seen=mark_of(proposal))
    change_proposal(proposal=proposal, by=staff, request=Request("Đề nghị khác"), seen=seen)
    assert Proposal.objects.get().text == "Đề nghị khác"
