"""Protected downloads: what gets the secret, and that nothing else does."""

from __future__ import annotations

import base64
import logging

import pytest
from huggingface_hub.errors import LocalEntryNotFoundError
from loopback import DATA, Loopback, Place, content, status, undisturbed

from yiju.data.fetching import hub

USER, PASSWORD = "me", "hunter2pw"
BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@pytest.fixture(autouse=True)
def pauses(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("NETRC", raising=False)
    return undisturbed(monkeypatch)


@pytest.fixture
def server():
    with Loopback() as server:
        server.answers["/train.tsv"] = protected
        yield server


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def protected(handler, times):
    allowed = handler.headers["Authorization"] == BASIC or handler.path.endswith("?token=hunter2pw")
    (content() if allowed else status(401, WWW_Authenticate='Basic realm="corpora"'))(handler, times)


def netrc(folder, name=".netrc", host="127.0.0.1"):
    (folder / name).write_text(f"machine {host} login {USER} password {PASSWORD}\n", encoding="utf-8")
    return folder / name


def everything_written(tmp_path, but):
    """The bytes of all files below a folder but one."""
    return b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file() and file != but)


def test_without_the_password_the_server_refuses(place, server):
    assert "HTTP 401" in place.fails(f"{server.url}/train.tsv")


@pytest.mark.parametrize("named", [False, True])
def test_a_password_comes_from_netrc_and_is_written_nowhere(place, server, tmp_path, monkeypatch, caplog, named):
    file = netrc(tmp_path, "elsewhere" if named else ".netrc")
    if named:
        monkeypatch.setenv("NETRC", str(file))
    with caplog.at_level(logging.DEBUG):
        place.fetch(f"{server.url}/train.tsv")
    assert place.out.read_bytes() == DATA
    assert PASSWORD.encode() not in everything_written(tmp_path, file)
    assert PASSWORD not in caplog.text


def test_a_token_comes_from_the_environment_and_is_written_nowhere(place, server, tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("TOKEN", PASSWORD)
    with caplog.at_level(logging.DEBUG):
        place.fetch(f"{server.url}/gone?token=${{TOKEN}}", f"{server.url}/train.tsv?token=${{TOKEN}}")
    assert place.out.read_bytes() == DATA
    assert "?token=${TOKEN}: HTTP 404; next is" in caplog.text
    assert PASSWORD not in caplog.text
    assert PASSWORD.encode() not in everything_written(tmp_path, None)


def test_a_variable_that_is_not_set_is_named(place, server, monkeypatch):
    monkeypatch.delenv("TOKEN", raising=False)
    assert "no variable TOKEN" in place.fails(f"{server.url}/train.tsv?token=${{TOKEN}}")


@pytest.mark.parametrize("code", [302, 307, 308])
def test_a_redirect_to_another_host_does_not_carry_the_password(place, server, tmp_path, code):
    netrc(tmp_path)
    with Loopback() as other:
        other.answers["/train.tsv"] = content()
        to = other.url.replace("127.0.0.1", "localhost") + "/train.tsv"
        server.answers["/moved"] = status(code, Location=to)
        place.fetch(f"{server.url}/moved")
        assert [headers["Authorization"] for headers in other.headers] == [None]
    assert server.headers[-1]["Authorization"] == BASIC


def test_a_redirect_to_another_host_does_not_carry_the_password_of_the_address(place, server, caplog):
    """A caller of the library may give one, though no configuration holds any."""
    with Loopback() as other, caplog.at_level(logging.DEBUG):
        other.answers["/train.tsv"] = content()
        server.answers["/moved"] = status(302, Location=other.url.replace("127.0.0.1", "localhost") + "/train.tsv")
        place.fetch(server.url.replace("//", f"//{USER}:{PASSWORD}@") + "/moved?k=hunter2pw")
        assert [headers["Authorization"] for headers in other.headers] == [None]
    assert PASSWORD not in caplog.text


@pytest.mark.parametrize("code", [403, 503])
def test_errors_and_warnings_show_no_secret(place, server, caplog, code):
    server.answers["/train.tsv"] = status(code)
    secret = server.url.replace("//", f"//{USER}:{PASSWORD}@")
    first, second = f"{secret}/train.tsv?X-Amz-Signature=hunter2pw", f"{server.url}/train.tsv?token=hunter2pw#hunter2pw"
    with caplog.at_level(logging.DEBUG):
        said = place.fails(first, second, home=f"{secret}/home?auth=hunter2pw")
    assert f"{server.url}/train.tsv?X-Amz-Signature=…: HTTP {code}" in said
    assert f"publisher: {server.url}/home?auth=…" in said
    assert PASSWORD not in said + caplog.text


def test_a_wrong_checksum_shows_no_secret(place, server, caplog):
    server.answers["/train.tsv"] = content(b"other")
    with caplog.at_level(logging.DEBUG):
        said = place.fails(f"{server.url}/train.tsv?token=hunter2pw")
    assert "its SHA-256 is" in said
    assert PASSWORD not in said + caplog.text


def test_what_the_hub_says_of_an_address_shows_no_secret():
    error = LocalEntryNotFoundError("Cannot reach https://cdn.hub.co/a?X-Amz-Signature=hunter2pw&X-Amz-Credential=x.")
    assert hub._why(error) == "Cannot reach https://cdn.hub.co/a?X-Amz-Signature=…&X-Amz-Credential=…"
