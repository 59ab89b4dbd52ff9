"""What is generated from the schema is what the files hold: config.yaml, the page of keys, the table of methods."""

import pytest
import yaml

from tools.configuration import KEYS_PAGE, generated, keys
from yiju.config.defaults import default_settings
from yiju.config.load import load

FILES = generated()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_generated_file_holds_what_the_schema_says(file):
    assert file.read_text(encoding="utf-8") == FILES[file], "run `make config`"


def test_the_generated_configuration_is_the_default_one():
    (file,) = [file for file in FILES if file.name == "config.yaml"]
    assert load(yaml.safe_load(FILES[file]), [file]) == load({}, []) == default_settings()
    assert max(map(len, FILES[file].splitlines())) <= 120


def test_the_page_lists_every_key_with_its_default():
    text = KEYS_PAGE.read_text(encoding="utf-8")
    assert text.count("| `finetune.fgm.epsilon` | `1.0` |") == 1


def test_every_key_is_described():
    assert [key for key, field in keys() if not field.description] == []
    assert len(list(keys())) > 60
