"""An issued notice is signed in three honest ways; what fails its check never replaces a good copy."""

import re
from datetime import date, timedelta
from io import BytesIO

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader, PdfWriter

from communes.enums import Role
from ntm_tracker.lib.signing import Outcome
from ntm_tracker.lib.signing.sign import open_key, sign_pdf
from tasks import signing
from tasks.enums import NoticeFileKind, NoticeStatus
from tasks.exceptions import CopyRefused, NotIssued
from tasks.exports import notice_pdf_file
from tasks.models import Notice, NoticeFile
from tasks.services import issue_notice
from tasks.signed_copies import content_of, copies_of
from tasks.signing import Match, compare, sign_on_server, store_signed_pdf, store_signed_scan
from tests import factories
from tests.lib.attacks import overlaid
from tests.lib.chain import NOW, PASSPHRASE, chain, strangers
from tests.lib.files import make_image, make_pdf

pytestmark = pytest.mark.django_db

DAY = date(2023, 4, 12)


@pytest.fixture(autouse=True)
def own_office(settings, tmp_path):
    """A day, a folder of trusted roots, and no signing key unless a test brings one."""
    settings.NTM_TODAY = DAY
    settings.NTM_TRUST_ROOTS = chain().trust_folder(tmp_path / "trust")
    settings.NTM_SIGNING_KEY = settings.NTM_SIGNATURE_IMAGE = settings.NTM_SEAL_IMAGE = None
    cache.clear()


@pytest.fixture
def officer():
    return factories.make_user()


@pytest.fixture
def issued(officer) -> Notice:
    letterhead = factories.make_letterhead(authority=officer.authority)
    notice = factories.make_notice(commune=factories.make_commune(authority=letterhead.authority))
    factories.make_point(notice=notice, text="Rà soát quy hoạch")
    return issue_notice(notice=notice, number=5, issued_on=DAY, by=officer, at=NOW)


@pytest.fixture
def client(officer) -> Client:
    client = Client()
    client.force_login(officer, "communes.access.LoginBackend")
    return client


def frozen(notice) -> bytes:
    return content_of(copies_of(notice).issued)


def signed(notice, person=None, content=None) -> bytes:
    key = open_key((person or chain().person()).pkcs12, PASSPHRASE)
    return sign_pdf(content or frozen(notice), key, at=NOW)


def upload(content: bytes, name: str = "tep.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def keep(notice, officer, content) -> NoticeFile:
    return store_signed_pdf(notice=notice, file=upload(content), by=officer, at=NOW)


def long_pdf(pages: int) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


class TestASignedPdf:
    def test_is_kept_with_who_when_by_what_and_what_the_check_rests_on(self, issued, officer):
        content = signed(issued)
        record = keep(issued, officer, content)
        assert (record.kind, record.is_current) == (NoticeFileKind.SIGNED_PDF, True)
        assert (record.signer, record.signed_at, record.stored_by) == ("Hoàng Đình Sơn", NOW, officer)
        assert content_of(record) == content
        facts = record.verification["signatures"][0]
        assert record.verification["outcome"] == Outcome.VALID
        assert record.verification["of_notice"]
        assert len(facts["certificates"]) == 3
        assert {answer["kind"] for answer in facts["revocation"]} == {"CRL"}
        assert all(answer["content"] for answer in facts["revocation"])

    def test_of_a_signer_whom_nobody_trusts_is_kept_and_marked(self, issued, officer):
        record = keep(issued, officer, signed(issued, strangers().person()))
        assert record.verification["outcome"] == Outcome.UNTRUSTED
        assert "chưa tin được người ký" in record.verification["sentence"]

    @pytest.mark.parametrize(
        ("make", "reason"),
        [
            (lambda notice: make_pdf(), "không phải bản ký của thông báo này"),
            (lambda notice: b"khong phai PDF", "Không nhận ra loại tệp"),
            (lambda notice: make_pdf(trailer=b"/Encrypt 9 0 R"), "có mật khẩu hoặc bị khóa"),
            (frozen, "chưa có chữ ký số nào"),
            (lambda notice: signed(notice) + b"\n% sau", "không bao trùm toàn bộ tệp"),
            (lambda notice: signed(notice, content=overlaid(frozen(notice), 1)), "bị thêm hoặc sửa nội dung"),
            (lambda notice: signed(notice, content=long_pdf(2)), "không phải bản ký của thông báo này"),
        ],
        ids=["foreign", "no pdf", "encrypted", "unsigned", "appended", "changed before", "other document"],
    )
    def test_that_fails_is_refused_with_the_reason_and_replaces_nothing(self, issued, officer, make, reason):
        good = keep(issued, officer, signed(issued))
        before = NoticeFile.objects.count()
        with pytest.raises(CopyRefused, match=reason):
            keep(issued, officer, make(issued))
        assert NoticeFile.objects.count() == before
        assert copies_of(issued).signed.record == good

    def test_of_another_notice_is_refused(self, issued, officer):
        other = factories.make_notice(commune=issued.commune)
        factories.make_point(notice=other, text="Việc khác")
        issue_notice(notice=other, number=6, issued_on=DAY, by=officer, at=NOW)
        with pytest.raises(CopyRefused, match="không phải bản ký của thông báo này"):
            keep(issued, officer, signed(other))

    def test_that_is_newer_takes_the_place_of_the_older_which_stays(self, issued, officer):
        first = keep(issued, officer, signed(issued))
        second = keep(issued, officer, signed(issued))
        copies = copies_of(issued)
        assert copies.signed.record == second
        assert [copy.record for copy in copies.earlier] == [first]
        assert content_of(copies.earlier[0].record)

    def test_sent_twice_is_kept_once(self, issued, officer):
        content = signed(issued)
        assert keep(issued, officer, content) == keep(issued, officer, content)
        assert not copies_of(issued).earlier

    @pytest.mark.parametrize("status", [NoticeStatus.DRAFT, NoticeStatus.REVOKED])
    def test_of_a_notice_that_is_not_in_force_is_not_kept(self, officer, status):
        notice = factories.make_notice(authority=officer.authority, status=status)
        with pytest.raises(NotIssued):
            keep(notice, officer, make_pdf())

    def test_of_a_notice_without_a_frozen_pdf_is_sent_the_way_of_the_scan(self, officer):
        notice = factories.make_notice(authority=officer.authority, status=NoticeStatus.ISSUED)
        with pytest.raises(CopyRefused, match="Hãy lưu bản quét"):
            keep(notice, officer, make_pdf())


class TestAScan:
    def test_is_kept_as_it_came(self, issued, officer):
        content = long_pdf(3)
        record = store_signed_scan(notice=issued, files=[upload(content)], by=officer)
        assert content_of(record) == content
        assert (record.signer, record.signed_at, record.verification) == (issued.signer_name, None, None)

    def test_of_pictures_becomes_one_pdf_in_their_order(self, issued, officer):
        files = [
            upload(make_image(size=(400, 600)), "1.jpg"),
            upload(make_image("PNG", (600, 400), "RGBA"), "2.png"),
            upload(make_image(size=(3000, 4200), mode="L"), "3.jpg"),
        ]
        record = store_signed_scan(notice=issued, files=files, by=officer)
        pages = PdfReader(BytesIO(content_of(record))).pages
        sizes = [(round(float(page.mediabox.width)), round(float(page.mediabox.height))) for page in pages]
        assert sizes == [(144, 216), (216, 144), (595, 834)]
        assert record.original_name.endswith(" - bản quét.pdf")

    @pytest.mark.parametrize(
        ("files", "reason"),
        [
            ([], "Chưa chọn tệp nào"),
            ([("a.pdf", lambda: long_pdf(200))], "Bản quét có 200 trang; mỗi bản nhận tối đa 60 trang"),
            ([("a.pdf", make_pdf), ("b.jpg", make_image)], "Hãy chọn một tệp PDF, hoặc chỉ chọn ảnh"),
            ([("a.jpg", lambda: b"GIF89a")], "Ảnh GIF, BMP chưa dùng được"),
            ([("a.pdf", lambda: make_pdf(trailer=b"/Encrypt 9 0 R"))], "có mật khẩu hoặc bị khóa"),
            ([(f"{n}.jpg", make_image) for n in range(21)], "tối đa 20 ảnh"),
            ([("a.jpg", lambda: make_image()[:300])], "bị hỏng"),
        ],
        ids=["none", "200 pages", "mixed", "gif", "encrypted", "many", "cut"],
    )
    def test_that_cannot_be_one_is_refused_and_replaces_nothing(self, issued, officer, files, reason):
        good = store_signed_scan(notice=issued, files=[upload(make_pdf())], by=officer)
        with pytest.raises(CopyRefused, match=reason):
            store_signed_scan(notice=issued, files=[upload(make(), name) for name, make in files], by=officer)
        assert copies_of(issued).scan.record == good

    def test_stands_beside_a_signed_pdf(self, issued, officer):
        keep(issued, officer, signed(issued))
        store_signed_scan(notice=issued, files=[upload(make_pdf())], by=officer)
        assert len(copies_of(issued).current) == 2


class TestTheServersKey:
    @pytest.fixture(autouse=True)
    def key(self, settings, tmp_path):
        path = tmp_path / "khoa.p12"
        path.write_bytes(chain().person().pkcs12)
        settings.NTM_SIGNING_KEY = path
        return path

    def test_signs_the_issued_bytes(self, issued, officer):
        record = sign_on_server(notice=issued, passphrase=PASSPHRASE, by=officer, at=NOW)
        assert content_of(record).startswith(frozen(issued))
        assert record.verification["outcome"] == Outcome.VALID
        assert record.verification["signatures"][0]["algorithm"].startswith("RSASSA-PSS, SHA-256")

    def test_puts_the_pictures_of_the_office_on_the_page(self, issued, officer, settings, tmp_path):
        for name in ("NTM_SIGNATURE_IMAGE", "NTM_SEAL_IMAGE"):
            path = tmp_path / f"{name}.png"
            path.write_bytes(make_image("PNG", (200, 100), "RGBA"))
            setattr(settings, name, path)
        record = sign_on_server(notice=issued, passphrase=PASSPHRASE, by=officer, at=NOW)
        widget = PdfReader(BytesIO(content_of(record))).pages[-1]["/Annots"][0].get_object()
        left, _, right, _ = widget["/Rect"]
        assert float(right - left) == pytest.approx((36 + 40 * 2 / 3) / 25.4 * 72, abs=1)

    def test_needs_its_passphrase_each_time(self, issued, officer):
        with pytest.raises(CopyRefused, match="Mật khẩu của khóa ký không đúng"):
            sign_on_server(notice=issued, passphrase="sai", by=officer, at=NOW)
        assert copies_of(issued).signed is None

    def test_is_tried_five_times_by_one_person_and_then_no_more_for_a_while(self, issued, client):
        address = reverse("signing:page", args=[issued.pk])
        sent = {"way": "server", "server-confirmed": "on"}
        for _ in range(5):
            answer = client.post(address, {**sent, "server-passphrase": "sai"})
            assert "Mật khẩu của khóa ký không đúng" in answer.content.decode()
        right = {**sent, "server-passphrase": PASSPHRASE}
        for elsewhere in ("127.0.0.1", "10.0.0.9"):
            answer = client.post(address, right, REMOTE_ADDR=elsewhere)
            assert "Đã gõ sai mật khẩu 5 lần" in answer.content.decode()
        assert copies_of(issued).signed is None
        colleague = Client()
        colleague.force_login(factories.make_user(authority=issued.authority), "communes.access.LoginBackend")
        assert colleague.post(address, right).status_code == 302

    def test_that_has_expired_does_not_sign(self, issued, officer, key):
        key.write_bytes(chain().person(end=NOW - timedelta(days=1)).pkcs12)
        with pytest.raises(CopyRefused, match="đã hết hạn"):
            sign_on_server(notice=issued, passphrase=PASSPHRASE, by=officer, at=NOW)

    def test_on_a_stick_that_was_taken_out_says_so(self, issued, officer, key):
        key.unlink()
        with pytest.raises(CopyRefused, match=r"Không đọc được tệp khoa\.p12"):
            sign_on_server(notice=issued, passphrase=PASSPHRASE, by=officer, at=NOW)

    def test_stands_nowhere_after_signing(self, issued, client, caplog, tmp_path, settings):
        """Neither the passphrase nor the key is in the database, the files, the log or the page."""
        answer = client.post(
            reverse("signing:page", args=[issued.pk]),
            {"way": "server", "server-passphrase": "mật khẩu sai 28500", "server-confirmed": "on"},
        )
        assert answer.status_code == 422
        assert "28500" not in answer.content.decode()
        sent = client.post(
            reverse("signing:page", args=[issued.pk]),
            {"way": "server", "server-passphrase": PASSPHRASE, "server-confirmed": "on"},
        )
        assert sent.status_code == 302
        record = copies_of(issued).signed.record
        assert PASSPHRASE not in str(record.verification) + caplog.text
        assert PASSPHRASE.encode() not in content_of(record)

    def test_asks_for_a_word_that_one_means_it(self, issued, client):
        answer = client.post(
            reverse("signing:page", args=[issued.pk]), {"way": "server", "server-passphrase": PASSPHRASE}
        )
        assert answer.status_code == 422
        assert "Hãy đọc bản đã ban hành rồi đánh dấu xác nhận" in answer.content.decode()
        assert copies_of(issued).signed is None


def test_without_a_key_the_server_does_not_sign(issued, officer):
    with pytest.raises(CopyRefused, match="chưa được cài khóa ký"):
        sign_on_server(notice=issued, passphrase=PASSPHRASE, by=officer)


class TestAfterTheFirstSignature:
    def test_the_pdf_is_served_as_it_was_issued_and_nothing_is_rendered(self, issued, officer, client, monkeypatch):
        keep(issued, officer, signed(issued))

        def never(*args, **options):
            raise AssertionError("rendered anew")

        monkeypatch.setattr("ntm_tracker.lib.pdf._set", never)
        monkeypatch.setattr("tasks.services.render_pdf", never)
        assert client.get(reverse("notices:pdf", args=[issued.pk])).content == frozen(issued)

    def test_a_notice_from_before_of_which_only_the_scan_is_kept_gives_that(self, officer, monkeypatch):
        notice = factories.make_notice(authority=officer.authority, status=NoticeStatus.ISSUED)
        record = store_signed_scan(notice=notice, files=[upload(make_pdf())], by=officer)
        monkeypatch.setattr("tasks.exports.set_pdf", lambda document: b"")
        assert notice_pdf_file(notice).content == content_of(record)


class TestThePages:
    def test_three_ways_and_what_stands_now(self, issued, officer, client):
        page = client.get(reverse("signing:page", args=[issued.pk])).content.decode()
        for text in ("Ký tay trên giấy", "Ký số bằng thiết bị", "Ký trên máy chủ", "chưa được cài khóa ký"):
            assert text in page
        keep(issued, officer, signed(issued))
        page = client.get(reverse("signing:page", args=[issued.pk])).content.decode()
        for text in ("Hợp lệ", "Hoàng Đình Sơn", "16:30, 12/4/2023", "RSASSA-PSS, SHA-256, khóa RSA 2048 bit"):
            assert text in page

    def test_the_notice_shows_who_signed_when_and_by_what(self, issued, officer, client):
        keep(issued, officer, signed(issued, strangers().person("Người lạ")))
        page = client.get(issued.get_absolute_url()).content.decode()
        for text in ("Ký và bản chính", "Nguyên vẹn, chưa tin được chứng thư", "Người lạ", "Gốc lạ - cơ quan cấp"):
            assert text in page

    def test_a_certificate_of_somebody_else_is_pointed_out_and_not_refused(self, issued, officer, client):
        sentence = f"Chứng thư ghi tên Hoàng Đình Sơn, không phải {issued.signer_name}, người ký của thông báo."
        address = reverse("signing:page", args=[issued.pk])
        sent = {"way": "pdf", "pdf-file": upload(signed(issued))}
        assert sentence in client.post(address, sent, follow=True).content.decode()
        page = client.get(issued.get_absolute_url()).content.decode()
        assert "Khác người ký" in page
        assert sentence in page

    @pytest.mark.parametrize("name", ["Trần Thị Ký", "TRẦN THỊ KÝ", "Tran Thi Ky (CVP)"])
    def test_the_signers_own_name_is_known_however_it_is_written(self, issued, officer, client, name):
        keep(issued, officer, signed(issued, chain().person(name)))
        assert "Khác người ký" not in client.get(issued.get_absolute_url()).content.decode()

    def test_an_upload_that_is_refused_says_why_at_its_field(self, issued, client):
        answer = client.post(reverse("signing:page", args=[issued.pk]), {"way": "pdf", "pdf-file": upload(make_pdf())})
        assert answer.status_code == 422
        assert "Tệp không phải bản ký của thông báo này" in answer.content.decode()

    def test_an_upload_that_is_kept_leads_back_and_says_so(self, issued, client):
        answer = client.post(
            reverse("signing:page", args=[issued.pk]), {"way": "pdf", "pdf-file": upload(signed(issued))}, follow=True
        )
        assert "Đã kiểm tra và lưu bản ký số." in answer.content.decode()
        scan = {"way": "scan", "scan-pages": [upload(make_image(), "1.jpg"), upload(make_image(), "2.jpg")]}
        answer = client.post(reverse("signing:page", args=[issued.pk]), scan, follow=True)
        assert "Đã lưu bản quét" in answer.content.decode()
        assert len(PdfReader(BytesIO(content_of(copies_of(issued).scan.record))).pages) == 2

    def test_a_copy_is_saved_under_a_name_that_says_what_it_is(self, issued, officer, client):
        record = keep(issued, officer, signed(issued))
        answer = client.get(reverse("signing:file", args=[issued.pk, record.pk]))
        assert answer.content == content_of(record)
        assert answer["Content-Disposition"].startswith("attachment; ")
        assert "ky so.pdf" in answer["Content-Disposition"]

    def test_a_copy_of_one_notice_is_not_served_under_another(self, issued, officer, client):
        record = keep(issued, officer, signed(issued))
        other = factories.make_notice(commune=issued.commune, status=NoticeStatus.ISSUED)
        assert client.get(reverse("signing:file", args=[other.pk, record.pk])).status_code == 404

    def test_the_commune_sees_the_copies_but_not_the_way_to_sign(self, issued, officer):
        keep(issued, officer, signed(issued))
        client = Client()
        client.force_login(factories.make_user(Role.COMMUNE, commune=issued.commune), "communes.access.LoginBackend")
        page = client.get(issued.get_absolute_url()).content.decode()
        assert "Hợp lệ" in page
        assert reverse("signing:page", args=[issued.pk]) not in re.sub(r"/signed/\d+/", "", page)


class TestTheOpenPage:
    @pytest.fixture
    def anybody(self) -> Client:
        return Client()

    def code(self, notice) -> str:
        return copies_of(notice).issued.check_code

    def page(self, anybody, notice):
        return anybody.get(reverse("verify:notice", args=[self.code(notice)]))

    def compared(self, anybody, notice, content: bytes) -> str:
        address = reverse("verify:notice", args=[self.code(notice)])
        return anybody.post(address, {"file": upload(content)}).content.decode()

    def test_a_typed_code_leads_to_its_notice(self, anybody, issued):
        code = self.code(issued)
        typed = f"{code[:4]}-{code[4:8]} {code[8:]}".lower()
        answer = anybody.get(reverse("verify:find"), {"code": typed}, follow=True)
        text = answer.content.decode()
        assert answer.status_code == 200
        assert "Thông báo này đã được ban hành" in text
        for shown in ("05/TB-UBND", "12/4/2023", issued.subject, issued.signer_name, "ỦY BAN NHÂN DÂN"):
            assert shown in text
        assert copies_of(issued).issued.sha256 in text.replace(" ", "")

    def test_nothing_shows_but_what_stands_on_the_notice(self, anybody, issued, officer):
        factories.make_task(commune=issued.commune, text="Nhiệm vụ nội bộ 28500", point=None)
        keep(issued, officer, signed(issued))
        text = self.page(anybody, issued).content.decode()
        for hidden in (officer.full_name, "28500", "Rà soát quy hoạch", issued.chair_name, "Hoàng Đình Sơn"):
            assert hidden not in text

    def test_a_revoked_and_a_corrected_notice_say_so(self, anybody, issued, officer):
        later = factories.make_notice(
            commune=issued.commune, status=NoticeStatus.ISSUED, number=9, issued_on=date(2023, 4, 20), corrects=issued
        )
        assert "có văn bản bổ sung" in self.page(anybody, issued).content.decode()
        assert later.sign in self.page(anybody, issued).content.decode()
        Notice.objects.filter(pk=issued.pk).update(
            status=NoticeStatus.REVOKED, revoked_on=DAY, revoke_reason="Lý do riêng"
        )
        text = self.page(anybody, issued).content.decode()
        assert "Thông báo này đã bị thu hồi" in text
        assert "Lý do riêng" not in text

    def test_a_draft_that_corrects_it_stays_unseen(self, anybody, issued):
        factories.make_notice(commune=issued.commune, corrects=issued)
        assert "bổ sung" not in self.page(anybody, issued).content.decode()

    def test_the_file_in_hand_is_compared_byte_by_byte(self, anybody, issued, officer):
        copy = signed(issued)
        assert "Tệp này không phải bản đã ban hành" in self.compared(anybody, issued, make_pdf())
        assert "Đúng là bản PDF đã ban hành" in self.compared(anybody, issued, frozen(issued))
        assert "không phải chữ ký đang lưu ở đây" in " ".join(self.compared(anybody, issued, copy).split())
        keep(issued, officer, copy)
        assert "Đúng là bản ký số đang lưu" in self.compared(anybody, issued, copy)
        keep(issued, officer, signed(issued))
        assert "một bản ký trước đó" in self.compared(anybody, issued, copy)
        assert NoticeFile.objects.count() == 3

    def test_every_changed_byte_shows_even_inside_a_signature(self, issued, officer):
        """P2: what no signature covers is covered by the checksum."""
        copy = signed(issued)
        keep(issued, officer, copy)
        first = copy.index(b"/Contents <") + 20
        inside = [first + step * 50 for step in range(100)]
        places = [*inside, *range(0, len(copy), len(copy) // 100)]
        changed = [copy[:place] + bytes([copy[place] ^ 1]) + copy[place + 1 :] for place in places]
        assert [compare(issued, one, at=NOW).is_genuine for one in changed] == [False] * len(changed)
        assert compare(issued, copy).match == Match.SIGNED

    @pytest.mark.parametrize("typed", ["7K3M-A9QR-TB2X", "khong-phai", "7K3M"])
    def test_an_unknown_code_is_not_found(self, anybody, issued, typed):
        answer = anybody.get(reverse("verify:notice", args=[typed]))
        assert answer.status_code == 404
        assert "Không có thông báo nào mang mã này" in answer.content.decode()

    def test_codes_cannot_be_tried_one_after_the_other(self, anybody, issued):
        for number in range(20):
            assert anybody.get(reverse("verify:notice", args=[f"{number:012d}"])).status_code == 404
        assert self.page(anybody, issued).status_code == 429

    def test_behind_a_proxy_each_client_counts_for_itself(self, anybody, issued, settings):
        settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        for number in range(20):
            anybody.get(reverse("verify:notice", args=[f"{number:012d}"]), headers={"X-Forwarded-For": "10.0.0.1"})
        own = reverse("verify:notice", args=[self.code(issued)])
        assert anybody.get(own, headers={"X-Forwarded-For": "10.0.0.1"}).status_code == 429
        assert anybody.get(own, headers={"X-Forwarded-For": "10.0.0.2"}).status_code == 200

    def test_files_cannot_be_sent_without_end(self, anybody, issued):
        address = reverse("verify:notice", args=[self.code(issued)])
        codes = [anybody.post(address, {"file": upload(b"x")}).status_code for _ in range(31)]
        assert codes == [*[200] * 30, 429]

    def test_a_file_that_is_none_or_too_large_gets_its_sentence(self, anybody, issued):
        assert "Tệp rỗng" in self.compared(anybody, issued, b"")
        assert "lớn quá 10 MB" in self.compared(anybody, issued, b"%PDF" + b"x" * (11 * 1024 * 1024))

    def test_search_engines_and_caches_keep_nothing(self, anybody, issued):
        answer = self.page(anybody, issued)
        assert answer["X-Robots-Tag"] == "noindex"
        assert "no-store" in answer["Cache-Control"]


def test_the_notice_inside_a_signed_file_is_found(issued, officer):
    assert signing.notice_inside(signed(issued)) == issued
    assert signing.notice_inside(frozen(issued)) == issued
    assert signing.notice_inside(make_pdf()) is None
