"""Formula injection: whatever stands in a text field, no workbook that leaves the product holds a formula.

Every text field of every model gets each payload in turn, every workbook is fetched: its XML holds no
formula, and LibreOffice, which recalculates what it opens, evaluates none.
"""

import re
import shutil
import subprocess
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
from django.apps import apps
from django.db import connection
from django.db.models import CharField, Model, SlugField, TextField
from django.urls import reverse

from communes.models import Commune
from criteria.models import Assessment, CriteriaSet, SubItem, SubItemPlan
from criteria.services import attach_evidence, change_assessment
from ntm_tracker.lib.workbook import XLSX, Column, Kind, list_workbook
from tasks.enums import NoticeStatus
from tests import factories
from tests.test_access import TABLE, World, world  # noqa: F401  the world is a fixture

pytestmark = pytest.mark.django_db

RESULT = "11111"  # 41 × 271: stands nowhere unless something is calculated
PAYLOADS = [
    "=41*271",
    "+41*271",
    "-41*-271",
    "@SUM(41*271)",
    "\t=41*271",
    "\r=41*271",
    "\n=41*271",
    "\x00=41*271",
    "＝41*271",
    "＋41*271",
    "－41*-271",
    "＠SUM(41*271)",
    '"=41*271"',
    '";=41*271',
    '",=41*271,"',
    "'=41*271",
    "{=41*271}",
    ' =HYPERLINK("http://a.example";41*271)',
    "=cmd|' /C calc'!A0",
    "http://a.example/",
]
# Codes by which addresses and other records name a row; their form is checked where they come in.
NAMES = {"code", "token", "password", "content_type", "sha256", "username", "number_text", "key", "anchor"}
# Every workbook that was there when this was written; new ones are found by themselves.
KNOWN = {
    "communes:list", "exchange:matrix", "exchange:status-workbook", "exchange:criteria-set-workbook",
    "notices:list", "history:changes", "history:results_xlsx", "summary:xlsx",
    "evidence:overview", "evidence:board", "criteria:catalogue", "communes:detail",
}  # fmt: skip


def text_fields(model: type[Model]) -> list[CharField | TextField]:
    """The fields that hold what somebody typed."""
    return [
        field
        for field in model._meta.get_fields()
        if isinstance(field, (CharField, TextField))
        and not isinstance(field, SlugField)
        and not (field.choices or field.unique or not field.concrete)
        and field.name not in NAMES
        and not field.name.endswith(("_key", "_code"))
    ]


def models() -> list[type[Model]]:
    found = [model for app in ("communes", "criteria", "tasks") for model in apps.get_app_config(app).get_models()]
    return [model for model in found if not model.__name__.startswith("Historical") and text_fields(model)]


def poison(payload: str) -> None:
    """Write `payload` into every text field of every record."""
    if connection.vendor == "postgresql":
        payload = payload.replace("\x00", "")  # can't be kept there at all
    for model in models():
        fields = text_fields(model)
        model._base_manager.update(**{field.name: payload[: field.max_length or 500] for field in fields})


@pytest.fixture
def desk(world: World) -> World:  # noqa: F811
    """The world of the addresses with something in every list."""
    commune = Commune.objects.get(code=world.args["commune"])
    officer = world.people["district"]
    for sub_item in SubItem.objects.all()[:2]:
        finding = Assessment.objects.filter(commune=commune, sub_item=sub_item).first()
        change_assessment(
            commune=commune, sub_item=sub_item, status="not_met", by=officer,
            expected_version=finding.version if finding else 0, reason="Vì", basis="Theo",
        )  # fmt: skip
        SubItemPlan.objects.create(commune=commune, sub_item=sub_item, official="Ông A", solution="Làm")
        factories.make_guide(sub_item=sub_item, department=factories.make_department(authority=commune.authority))
    attach_evidence(finding=Assessment.objects.first(), files=commune.evidence.all(), by=officer)
    notice = factories.make_notice(commune=commune, status=NoticeStatus.ISSUED)
    factories.make_task(commune=commune, point=factories.make_point(notice=notice))
    factories.make_reply(proposal=factories.make_proposal(commune=commune))
    return world


def addresses(world: World) -> dict[str, str]:  # noqa: F811
    """Every address of the product that may answer with a workbook."""
    found = {}
    for name, rows in TABLE.items():
        for row in rows if isinstance(rows, tuple) else (rows,):
            if "GET" in row.methods and name != "logout":
                found[name] = f"{reverse(name, args=[world.args[key] for key in row.args])}?format=xlsx"
    found["exchange:status-workbook"] += f"&communes={world.args['commune']}"
    found["exchange:criteria-set-workbook"] += f"&set={CriteriaSet.objects.first().code}"
    return found


def workbooks(desk: World, names: dict[str, str]) -> dict[str, bytes]:
    client = desk.client("administrator")
    answers = {name: client.get(address) for name, address in names.items()}
    return {name: answer.content for name, answer in answers.items() if answer.headers["Content-Type"] == XLSX}


def formulas(content: bytes) -> list[str]:
    """What of a workbook is calculated or leads away."""
    with ZipFile(BytesIO(content)) as archive:
        parts = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/")]
    xml = "".join(parts)
    return re.findall(r"<f[\s>].*?</f>|<hyperlink\b[^>]*>|ddeLink|externalLink", xml)


def calculated(folder: Path) -> dict[str, str]:
    """Let LibreOffice open, recalculate and print every workbook of `folder`; return the texts by file name."""
    files = sorted(folder.glob("*.xlsx"))
    profile = f"-env:UserInstallation={(folder / 'office').as_uri()}"
    every_sheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    subprocess.run(
        [
            str(shutil.which("soffice")), "--headless", "--norestore", profile,
            "--convert-to", every_sheet, "--outdir", str(folder / "out"), *map(str, files),
        ],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    texts: dict[str, str] = {}
    for path in (folder / "out").glob("*.csv"):  # 3-Trang.csv: each sheet is a file of its own
        stem = path.stem.split("-")[0]
        texts[stem] = texts.get(stem, "") + path.read_text(encoding="utf-8")
    assert texts.keys() == {file.stem for file in files}, "LibreOffice left workbooks out: is its Calc installed?"
    return texts


def raw_workbook() -> bytes:
    """The control: the same text written without care."""
    book, buffer = openpyxl.Workbook(), BytesIO()
    book.active.append([PAYLOADS[0]])
    book.save(buffer)
    return buffer.getvalue()


def test_a_formula_written_without_care_is_found():
    assert formulas(raw_workbook()) == ["<f>41*271</f>"]


def test_no_text_field_of_any_model_becomes_a_formula_in_any_workbook(desk):
    names = addresses(desk)
    found = workbooks(desk, names)
    assert found.keys() >= KNOWN
    names = {name: names[name] for name in found}
    seen: set[str] = set()
    for payload in PAYLOADS:
        poison(payload)
        for name, content in workbooks(desk, names).items():
            assert formulas(content) == [], (name, payload)
            if "41*271" in payload and b"41*271" in all_text(content):
                seen.add(name)
    assert seen >= KNOWN, "a payload that isn't printed proves nothing"


def all_text(content: bytes) -> bytes:
    with ZipFile(BytesIO(content)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_evaluates_none_of_them_and_leaves_negative_numbers(desk, tmp_path):
    names = {name: address for name, address in addresses(desk).items() if name in KNOWN}
    for number, name in enumerate(names):
        poison(PAYLOADS[number])
        (tmp_path / f"{number}.xlsx").write_bytes(workbooks(desk, {name: names[name]})[name])
    # What of a payload depends on the sign it begins with depends on the one function that writes cells.
    columns = [Column("Chữ"), Column("Chữ dài", Kind.LONG_TEXT), Column("Số", Kind.NUMBER)]
    every = list_workbook("Mọi cách", columns, [[payload, payload, -5.5] for payload in PAYLOADS])
    (tmp_path / "every.xlsx").write_bytes(every)
    (tmp_path / "raw.xlsx").write_bytes(raw_workbook())
    said = calculated(tmp_path)
    assert RESULT in said.pop("raw"), "the control: LibreOffice does calculate"
    assert not [name for name, text in said.items() if RESULT in text]
    assert said["every"].count("41*271") >= 2 * len([payload for payload in PAYLOADS if "41*271" in payload])
    assert re.findall(r"-5[.,]5\d*", said["every"]) == ["-5.5"] * len(PAYLOADS)
