"""Addresses as people may see them, and configurations that hold a secret in one."""

from __future__ import annotations

import contextlib
import io
import logging

import click
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from yiju.app.cli.output import readable_usage
from yiju.base.addresses import cleaned, secret_in, shown
from yiju.base.console import Shown
from yiju.base.errors import YijuError
from yiju.config.load import load
from yiju.data.fetching.http_transfer import filled

SECRET = "S3cr3t-0f/m1ne"
QUIET = [
    "https://host.cn/data/train.tsv",
    "http://[::1]:8080/package@1.2/train.tsv",
    "https://host.cn:443/a?download=1&file=train_2021.csv&versionId=3sL4kqtJlcpXroDTDmJ&revision=0123abcd",
    "https://host.cn/a?raw",
    "https://host.cn/a#rows",
    "https://host.cn/#/topics/intro?id=28&type=question-similarity",
    "https://host.cn/index#!/detail",
    "https://host.cn/a?token=${TOKEN}&signature=${SIGNATURE}",
]
LOUD = {
    "https://me:hunter2pw@host.cn/a": "https://host.cn/a",
    "https://hunter2pw@host.cn:8443/a?download=1": "https://host.cn:8443/a?download=1",
    "HTTPS://me:hunter2pw@host.cn/a": "HTTPS://host.cn/a",
    "https://me:hunter2pw:x@host.cn/": "https://host.cn/",
    "https://me:hunter2pw@a@host.cn/": "https://host.cn/",
    "https://me:x/hunter2pw@host.cn/a": "https://host.cn/a",
    "s3://me:hunter2pw@bucket/a": "s3://bucket/a",
    "//me:hunter2pw@host.cn/a": "//host.cn/a",
    "//hunter2pw@host.cn/a": "//host.cn/a",
    # What is left of an address that was taken for a path.
    "https:/me:hunter2pw@host.cn/a": "https:/host.cn/a",
    "https://host.cn/a;jsessionid=hunter2pw": "https://host.cn/a;jsessionid=…",
    "https://host.cn/a;v=1;token=hunter2pw/b?raw": "https://host.cn/a;v=1;token=…/b?raw",
    "https://host.cn/a?token=hunter2pw": "https://host.cn/a?token=…",
    "https://host.cn/a?x=1&private_token=hunter2pw&download=1": "https://host.cn/a?x=1&private_token=…&download=1",
    "https://host.cn/a?pass=word": "https://host.cn/a?pass=…",
    "https://host.cn/a?k=hunter2pw": "https://host.cn/a?k=…",
    "https://host.cn/a?hunter2pw": "https://host.cn/a?…",
    "https://host.cn/a;x=1?sign=hunter2pw": "https://host.cn/a;x=1?sign=…",
    "https://host.cn/a#access_token=hunter2pw": "https://host.cn/a#access_token=…",
    "https://host.cn/#/topics/intro?token=hunter2pw": "https://host.cn/#/topics/intro?token=…",
    "https://bucket.cn/a?X-Amz-Date=20260101T000000Z&X-Amz-Credential=AKIA%2Fx&X-Amz-Signature=hunter2pw": (
        "https://bucket.cn/a?X-Amz-Date=…&X-Amz-Credential=…&X-Amz-Signature=…"
    ),
    "https://oss.cn/a?Expires=1700000000&OSSAccessKeyId=LTAIx&Signature=hunter2pw%3D": (
        "https://oss.cn/a?Expires=1700000000&OSSAccessKeyId=…&Signature=…"
    ),
    "https://blob.net/a?sv=2021-08-06&sig=hunter2pw": "https://blob.net/a?sv=…&sig=…",
}


@pytest.mark.parametrize("address", QUIET)
def test_an_address_without_secrets_stays_as_it_is(address: str):
    assert shown(address) == address
    assert secret_in(address) is None


@pytest.mark.parametrize(("address", "expected"), LOUD.items())
def test_an_address_loses_its_secrets(address: str, expected: str):
    assert shown(address) == expected
    assert secret_in(address)
    assert "hunter2pw" not in secret_in(address)
    assert cleaned(f"cannot open '{address}': 403 at {address}") == f"cannot open '{expected}': 403 at {expected}"


@pytest.mark.parametrize("password", ["p#ss", "p?ss", "p'ss", 'p"ss', "p<ss", "p ss", "p/s/s"])
def test_no_sign_within_a_password_lets_it_through(password: str):
    address = f"https://me:{password}@host.cn/a"
    assert secret_in(address)
    assert password not in shown(address)
    assert "me:p" not in cleaned(f"no such file: {address}")


@given(
    st.text(min_size=1), st.text(alphabet="abcXYZ019_-%", min_size=1), st.text(alphabet="abcXYZ019.~+%2F", min_size=8)
)
def test_no_value_of_a_key_is_ever_shown(path: str, name: str, value: str):
    secret = f"s{value}s"
    assert secret not in shown(f"https://host.cn/?{name}_key={secret}")
    # Whatever the rest is, nothing is raised.
    shown(f"https://host.cn/{path}")
    cleaned(path)


def test_a_text_without_addresses_stays_as_it_is():
    for text in ("", "a//b@c", "user@host", "ratio 3:1 // half", "花呗怎么还?token=1", "C:/a@b", "问:谁@你", "a: b@c"):
        assert cleaned(text) == text
        assert secret_in(text) is None


def test_a_name_and_password_without_a_scheme_are_not_repeated():
    assert cleaned("me:hunter2pw@host.cn/a: no such folder") == "…@host.cn/a: no such folder"


@pytest.mark.parametrize("address", [*LOUD, "me:hunter2pw@host.cn/a"])
def test_no_error_and_no_line_of_the_log_repeats_a_secret(address: str):
    assert "hunter2pw" not in str(YijuError(f"{address}: no such folder"))
    assert "hunter2pw" not in repr(YijuError(f"{address}: no such folder"))
    record = logging.LogRecord("yiju", logging.ERROR, "", 0, "error: %s", (FileNotFoundError(2, "?", address),), None)
    assert "hunter2pw" not in Shown("%(message)s").format(record)
    with pytest.raises(SystemExit), contextlib.redirect_stderr(io.StringIO()) as told, readable_usage():
        raise click.UsageError(f"no such option {address}")
    assert "hunter2pw" not in told.getvalue()


def test_values_of_the_environment_are_filled_in_when_they_are_needed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOKEN", "a+b%2F")
    assert filled("https://host.cn/a?token=${TOKEN}&x=$TOKEN") == "https://host.cn/a?token=a+b%2F&x=$TOKEN"
    monkeypatch.delenv("TOKEN")
    with pytest.raises(YijuError, match=r"https://host.cn/a\?token=\$\{TOKEN\}: the environment has no variable TOKEN"):
        filled("https://host.cn/a?token=${TOKEN}")


@pytest.mark.parametrize("address", [f"https://me:{SECRET}@host.cn/a.tsv", f"https://host.cn/a.tsv?token={SECRET}"])
@pytest.mark.parametrize("where", ["source", "mirrors", "home", "terms", "dictionary", "unknown"])
def test_a_configuration_with_a_secret_is_refused_and_does_not_repeat_it(tmp_path, address: str, where: str):
    file = {"source": "https://host.cn/a.tsv", "sha256": "0" * 64, "split": "train"}
    corpus = {"reader": "generic", "files": [file]}
    config = {"corpora": {"catalogue": {"mine": corpus}}, "posttrain": {}}
    key = f"corpora.catalogue.mine.files.0.{where}"
    if where == "mirrors":
        file["mirrors"], key = [address], f"{key}.0"
    elif where == "source":
        file["source"] = address
    elif where == "dictionary":
        config["posttrain"]["dictionary"], key = address, "posttrain.dictionary"
    else:
        corpus[where], key = address, f"corpora.catalogue.mine.{where}"
    place = tmp_path / "mine.yaml"
    place.write_text(yaml.safe_dump(config), encoding="utf-8")
    with pytest.raises(YijuError) as refusal:
        load(config, [place])
    said = str(refusal.value)
    assert f"{key} ({place} line " in said
    assert "the address holds a" in said
    assert ("~/.netrc" if "me:" in address else "${NAME}") in said
    assert SECRET not in said


def test_a_reference_to_the_environment_is_taken():
    file = {"split": "train", "source": "https://host.cn/a.tsv?token=${TOKEN}", "sha256": "0" * 64}
    config = {"corpora": {"catalogue": {"LCQMC": {"files": [file]}}}}
    assert load(config, []).corpora.catalogue["LCQMC"].files[0].source.endswith("${TOKEN}")
