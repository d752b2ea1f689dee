"""One variable puts the uploads into object storage; here the store is a server on this machine."""

import boto3
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from moto.server import ThreadedMotoServer

from communes.enums import Role
from criteria.evidence_services import delete_evidence
from criteria.exchange import uploads
from ntm_tracker.lib.env import Environment
from tests.factories import make_commune, make_evidence, make_user

BUCKET = "ntm"


@pytest.fixture(scope="module")
def store():
    """The address of a store with an empty bucket, as the variable names it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    boto3.client(
        "s3",
        endpoint_url=f"http://{host}:{port}",
        aws_access_key_id="khoa",
        aws_secret_access_key="bi-mat",
        region_name="us-east-1",
    ).create_bucket(Bucket=BUCKET)
    yield f"s3+http://khoa:bi-mat@{host}:{port}/{BUCKET}"
    server.stop()


@pytest.fixture
def in_the_store(store, settings, tmp_path):
    """All files go to the store; the folder of the disk stays empty."""
    settings.MEDIA_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "default": Environment({"STORAGE_URL": store}).storage("STORAGE_URL")}
    yield storages["default"]
    assert not list(tmp_path.iterdir())


def test_a_file_is_stored_read_listed_and_deleted(in_the_store):
    name = in_the_store.save("notices/ab/tệp đính kèm", ContentFile("Thông báo".encode()))
    with in_the_store.open(name) as file:
        assert file.read().decode() == "Thông báo"
    assert in_the_store.listdir("notices/ab") == ([], ["tệp đính kèm"])
    in_the_store.delete(name)
    assert not in_the_store.exists(name)


@pytest.mark.django_db
def test_evidence_leaves_the_store_only_through_the_gate(in_the_store, client):
    commune = make_commune()
    evidence = make_evidence(b"%PDF-1.7 minh chung", commune=commune)
    client.force_login(make_user(Role.COMMUNE, commune=commune, authority=commune.authority))
    response = client.get(f"/evidence/{evidence.token}/")
    assert b"".join(response) == b"%PDF-1.7 minh chung"
    client.force_login(make_user(Role.COMMUNE, commune=make_commune()))
    assert client.get(f"/evidence/{evidence.token}/").status_code == 404


@pytest.mark.django_db
def test_what_two_communes_keep_of_one_paper_does_not_go_with_one_of_them(
    in_the_store, django_capture_on_commit_callbacks
):
    stays, goes = make_evidence(b"%PDF-1.7 chung"), make_evidence(b"%PDF-1.7 chung")
    with django_capture_on_commit_callbacks(execute=True):
        delete_evidence(evidence=goes, by=goes.uploaded_by)
    with stays.file.open() as file:
        assert file.read() == b"%PDF-1.7 chung"


@pytest.mark.django_db
def test_a_kept_workbook_is_found_again_until_the_next_one_comes(in_the_store):
    user = make_user()
    first = uploads.keep(b"mot", user, "status")
    assert uploads.kept(first, user, "status") == b"mot"
    second = uploads.keep(b"hai", user, "status")
    assert uploads.kept(second, user, "status") == b"hai"
    with pytest.raises(uploads.UploadGone):
        uploads.kept(first, user, "status")
