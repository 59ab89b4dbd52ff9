"""The README's table of keys, the schema and config.yaml say the same; its Python runs."""

import re

from toys import classifier

from yiju.encoder import FOLDER_FILES
from yiju.encoder.folder import save_folder
from yiju.settings.describe import README, insert, keys


def test_the_readme_lists_every_key_as_the_schema_has_it():
    text = README.read_text(encoding="utf-8")
    assert insert(text) == text
    assert text.count("| `finetune.fgm.epsilon` |") == 1


def test_every_key_is_described():
    assert [key for key, field in keys() if not field.description] == []
    assert len(list(keys())) > 60


def test_the_python_of_the_readme_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "results/sample/folds/0/model"
    model, tokenizer = classifier(folder)
    save_folder(model, tokenizer, [folder / name for name in FOLDER_FILES])
    blocks = re.findall(r"^```python\n(.*?)^```$", README.read_text(encoding="utf-8"), re.M | re.S)
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})
    assert blocks
    assert "怎么开通花呗 [(" in capsys.readouterr().out
