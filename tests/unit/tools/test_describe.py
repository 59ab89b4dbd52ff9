"""The page of configuration keys, the schema and config.yaml say the same."""

from tools.configuration_page import PAGE, insert, keys


def test_the_page_lists_every_key_as_the_schema_has_it():
    text = PAGE.read_text(encoding="utf-8")
    assert insert(text) == text
    assert text.count("| `finetune.fgm.epsilon` |") == 1


def test_every_key_is_described():
    assert [key for key, field in keys() if not field.description] == []
    assert len(list(keys())) > 60
