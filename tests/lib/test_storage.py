"""Files are whole or not there."""

from io import BytesIO

import pytest
from django.core.files.base import ContentFile, File

from ntm_tracker.lib.storage import WholeFileStorage, write_whole


def content(storage, name):
    with storage.open(name) as file:
        return file.read()


def test_a_stored_file_reads_as_it_was_written(tmp_path):
    storage = WholeFileStorage(location=tmp_path)
    name = storage.save("notices/ab/file", ContentFile(b"noi dung"))
    assert name == "notices/ab/file"
    assert content(storage, name) == b"noi dung"


def test_a_file_that_breaks_off_leaves_nothing_behind(tmp_path):
    class Broken(File):
        def chunks(self, chunk_size=None):
            yield b"half"
            raise ConnectionError

    with pytest.raises(ConnectionError):
        WholeFileStorage(location=tmp_path).save("file", Broken(BytesIO(b"x"), name="file"))
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_breaks_off_leaves_the_old_one(tmp_path):
    target = tmp_path / "file"
    target.write_bytes(b"old")

    def chunks():
        yield b"new"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        write_whole(target, chunks())
    assert target.read_bytes() == b"old"


def test_two_files_of_one_name_stand_side_by_side(tmp_path):
    storage = WholeFileStorage(location=tmp_path)
    first, second = storage.save("file", ContentFile(b"1")), storage.save("file", ContentFile(b"2"))
    assert (content(storage, first), content(storage, second)) == (b"1", b"2")
