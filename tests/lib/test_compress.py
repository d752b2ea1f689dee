"""Answers travel compressed, in the best way that the browser takes."""

import gzip
import os

import brotli
import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from ntm_tracker.lib.compress import CompressedResponses

TEXT = ("Xã Cao Sơn đạt 12/19 tiêu chí. " * 40).encode()


def answer(accepted, response=None):
    response = response or HttpResponse(TEXT)
    return CompressedResponses(lambda _: response)(RequestFactory().get("/", headers={"accept-encoding": accepted}))


@pytest.mark.parametrize("accepted", ["br", "gzip, deflate, br, zstd", "gzip;q=0.8, br;q=1.0", "br;q=0.5"])
def test_a_browser_that_takes_brotli_gets_brotli(accepted):
    response = answer(accepted)
    assert response["Content-Encoding"] == "br"
    assert response["Content-Length"] == str(len(response.content))
    assert brotli.decompress(response.content) == TEXT


@pytest.mark.parametrize("accepted", ["gzip, deflate", "gzip, br;q=0", "gzip, br; q=0.0, zstd"])
def test_another_browser_gets_gzip(accepted):
    response = answer(accepted)
    assert response["Content-Encoding"] == "gzip"
    assert gzip.decompress(response.content) == TEXT


def test_who_takes_neither_gets_the_plain_answer():
    response = answer("identity")
    assert not response.has_header("Content-Encoding")
    assert response.content == TEXT


@pytest.mark.parametrize("accepted", ["br", "gzip", "identity"])
def test_a_cache_between_keeps_the_ways_apart(accepted):
    assert "Accept-Encoding" in answer(accepted)["Vary"]


def test_short_answers_and_those_already_compressed_pass_unchanged():
    assert answer("br", HttpResponse("ok")).content == b"ok"
    packed = HttpResponse(TEXT, headers={"Content-Encoding": "zstd"})
    assert answer("br", packed).content == TEXT


def test_what_does_not_shrink_stays_as_it_is():
    noise = os.urandom(1000)
    response = answer("br", HttpResponse(noise))
    assert not response.has_header("Content-Encoding")
    assert response.content == noise


def test_a_checksum_of_the_page_becomes_a_weak_one():
    assert answer("br", HttpResponse(TEXT, headers={"ETag": '"a1"'}))["ETag"] == 'W/"a1"'


def test_the_length_tells_nothing_exact():
    lengths = {len(answer("br")["X-Padding"]) for _ in range(60)}
    assert len(lengths) > 5
