"""Folders of language models that answer, copied and changed."""

import shutil

import pytest
from families.json_files import read_json, write_json


@pytest.fixture
def copied(family_folder, tmp_path):
    """A copy of a row's folder with another chat template, or with other keys in one of its files."""

    def made(row, chat=None, **files):
        folder = tmp_path / "model"
        shutil.copytree(family_folder(row), folder)
        if chat is not None:
            (folder / "chat_template.jinja").write_text(chat, encoding="utf-8")
        for name, keys in files.items():
            write_json(folder / f"{name}.json", read_json(folder / f"{name}.json") | keys)
        return folder

    return made
