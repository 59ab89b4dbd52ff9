"""What servers, mirrors, proxies and certificates do, and what is done about it."""

import shutil
import subprocess
from itertools import pairwise

import pytest
from loopback import ALL, DATA, HALF, REST, Loopback, content, in_turn, status

from yiju.data.fetching import download, http_transfer

pytestmark = pytest.mark.usefixtures("pauses")


def test_redirects_are_followed(place, server):
    server.answers |= {"/moved": status(302, Location="/train.tsv"), "/train.tsv": content()}
    place.fetch(f"{server.url}/moved")

    assert place.out.read_bytes() == DATA


def test_endless_redirects_are_not(place, server):
    server.answers["/moved"] = status(302, Location="/moved")

    assert "redirects" in place.fails(f"{server.url}/moved")
    assert len(server.asked) == 1 + http_transfer.REDIRECTS


@pytest.mark.parametrize("protocol", ["file", "ftp"])
def test_redirects_to_files_of_this_machine_or_away_from_http_are_not(place, server, tmp_path, protocol):
    (tmp_path / "secret").write_bytes(DATA)
    server.answers["/moved"] = status(302, Location=f"{protocol}://{tmp_path}/secret")

    assert f'Protocol "{protocol}"' in place.fails(f"{server.url}/moved")
    assert len(server.asked) == 1


@pytest.mark.parametrize("code", [408, 429, 500, 503])
def test_a_passing_fault_is_tried_again(place, server, code):
    server.answers["/train.tsv"] = in_turn(status(code), status(code), content())
    place.fetch(f"{server.url}/train.tsv")

    assert place.out.read_bytes() == DATA
    assert len(server.asked) == 3


@pytest.mark.parametrize("code", [401, 403, 404, 410])
def test_a_lasting_one_is_not(place, server, code):
    server.answers["/train.tsv"] = status(code)
    message = place.fails(f"{server.url}/train.tsv")

    assert message.startswith(f"{server.url}/train.tsv: HTTP {code}. Try again, name another URL under `mirrors`, or")
    assert len(server.asked) == 1


def test_pauses_grow_and_are_never_twice_the_same(place, server, pauses):
    server.answers["/train.tsv"] = status(503)

    assert "HTTP 503" in place.fails(f"{server.url}/train.tsv")
    assert len(server.asked) == download.TRIES
    least = [2.0**number for number in range(download.TRIES - 1)]
    assert all(low < pause <= low + 1 for low, pause in zip(least, pauses, strict=True))
    assert all(first % 1 != second % 1 for first, second in pairwise(pauses))


@pytest.mark.parametrize(("asked", "least", "most"), [("7", 8, 9), ("86400", 61, 62)])
def test_a_server_may_ask_for_a_longer_pause_within_reason(place, server, pauses, asked, least, most):
    server.answers["/train.tsv"] = in_turn(status(429, Retry_After=asked), content())
    place.fetch(f"{server.url}/train.tsv")

    [pause] = pauses
    assert least <= pause <= most


def test_nobody_there(place, server):
    server.shutdown()
    server.server_close()
    message = place.fails(f"{server.url}/train.tsv")

    assert message.startswith(f"{server.url}/train.tsv: Failed to connect to 127.0.0.1")
    assert "the publisher's terms apply" in message


@pytest.mark.parametrize("fault", [status(404), status(503), content(b"wrong")], ids=["404", "503", "wrong"])
def test_a_mirror_takes_over(place, server, fault):
    server.answers |= {"/train.tsv": fault, "/mirror/other.tsv": content()}
    place.fetch(f"{server.url}/train.tsv", f"{server.url}/none", f"{server.url}/mirror/other.tsv")

    assert place.out.read_bytes() == DATA
    assert [path for path, _ in server.asked[-2:]] == ["/none", "/mirror/other.tsv"]


def test_a_mirror_goes_on_where_the_first_broke_off(place, server):
    server.answers |= {"/train.tsv": in_turn(content(at_once=HALF), status(404)), "/mirror": content()}
    place.fetch(f"{server.url}/train.tsv", f"{server.url}/mirror")

    assert place.out.read_bytes() == DATA
    assert server.asked[-1] == ("/mirror", REST)
    assert server.sent == len(DATA)


def test_the_message_tells_of_every_url(place, server):
    message = place.fails(f"{server.url}/a/train.tsv", f"{server.url}/b")

    assert message.startswith(f"{server.url}/a/train.tsv: HTTP 404; {server.url}/b: HTTP 404. Try again")


def test_a_proxy_of_the_environment_is_used(place, server, monkeypatch):
    monkeypatch.setenv("http_proxy", server.url)
    server.answers["http://corpus.invalid/train.tsv"] = content()
    place.fetch("http://corpus.invalid/train.tsv")

    assert place.out.read_bytes() == DATA
    assert server.asked == [("http://corpus.invalid/train.tsv", ALL)]


def test_a_proxy_is_not_used_for_hosts_without(place, server, monkeypatch):
    with Loopback() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        server.answers["/train.tsv"] = content()
        place.fetch(f"{server.url}/train.tsv")

    assert place.out.read_bytes() == DATA
    assert proxy.asked == []


@pytest.mark.skipif(not shutil.which("openssl"), reason="makes its certificate with openssl")
def test_a_certificate_is_checked_and_one_of_the_site_can_be_named(place, monkeypatch, tmp_path):
    certificate = tmp_path / "site.pem"
    asked = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    subject = ["-subj", "/CN=loopback", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", certificate, "-out", tmp_path / "public.pem"]
    subprocess.run(["openssl", "req", *asked, *subject, *files], check=True, capture_output=True)
    with certificate.open("ab") as file:
        file.write((tmp_path / "public.pem").read_bytes())
    with Loopback(certificate) as secured:
        secured.answers["/train.tsv"] = content()
        assert "certificate" in place.fails(f"{secured.url}/train.tsv")
        assert secured.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "public.pem"))
        place.fetch(f"{secured.url}/train.tsv")
        assert place.stored.read_bytes() == DATA
        # A proxy that is spoken to over TLS.
        monkeypatch.setenv("http_proxy", secured.url)
        secured.answers["http://corpus.invalid/train.tsv"] = content()
        place.stored.unlink()
        place.fetch("http://corpus.invalid/train.tsv")
        assert place.stored.read_bytes() == DATA
