"""What collectstatic made is what browsers are told to fetch."""

import pytest

from ntm_tracker.lib.staticfiles import HashedStaticFiles


@pytest.fixture
def storage(tmp_path, settings):
    (tmp_path / "a.css").write_text("body { color: black }")
    storage = HashedStaticFiles(location=tmp_path, base_url="/static/")
    list(storage.post_process({"a.css": (storage, "a.css")}))
    return storage


@pytest.mark.parametrize("debug", [True, False])
def test_names_change_with_the_content_in_debug_mode_too(storage, settings, debug):
    settings.DEBUG = debug
    assert storage.url("a.css").startswith("/static/a.")
    assert storage.url("a.css") != "/static/a.css"


def test_before_anything_is_collected_debug_mode_uses_the_plain_names(tmp_path, settings):
    settings.DEBUG = True
    assert HashedStaticFiles(location=tmp_path, base_url="/static/").url("a.css") == "/static/a.css"
