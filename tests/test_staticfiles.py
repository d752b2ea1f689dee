"""What collectstatic made is what browsers are told to fetch."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile

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


def test_own_scripts_go_out_without_comments_and_those_of_libraries_as_they_came(tmp_path):
    storage = HashedStaticFiles(location=tmp_path, base_url="/static/")
    script = b"// Why it waits.\nconst word = `a  ${b} // c`;\n"
    served = {"js/app.js": b"const word=`a  ${b} // c`;", "htmx/htmx.js": script}

    for name in served:
        storage.save(name, ContentFile(script))
    list(storage.post_process({name: (storage, name) for name in served}))

    for name, content in served.items():
        assert (tmp_path / name).read_bytes() == content
        assert (tmp_path / storage.stored_name(name)).read_bytes() == content


def test_no_script_holds_a_text_within_the_gaps_of_another():
    """rjsmin would take the outer text for code where the inner one begins, and drop its spaces."""
    nested = re.compile(r"`[^`]*\$\{[^}`]*`[^`]*`[^`]*`")
    scripts = list(Path(settings.BASE_DIR, "static/js").glob("*.js"))

    assert nested.search("`${one} new${two ? `, ${two} known` : ''}.`")
    assert scripts
    assert [script.name for script in scripts if nested.search(script.read_text())] == []
