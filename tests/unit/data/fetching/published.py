"""Archives in the layouts of the catalogue's publishers, served by this machine: of real files or of the sample's."""

from __future__ import annotations

import copy
import csv
import hashlib
import io
import json
import lzma
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

from at_hand import real
from unit.data.fetching.loopback import Loopback, content

from yiju.base.yaml_files import read_mapping
from yiju.config.defaults import CATALOGUE
from yiju.job.code_version import SCRIPTS

SAMPLE = SCRIPTS.parent / "data" / "sample"
KNOWN = read_mapping(CATALOGUE)["corpora"]["catalogue"]
PUBLISHED = [name for name, corpus in KNOWN.items() if "published" in corpus]
# Where the members of an archive lie that the catalogue looks for in any folder.
FOLDERS = {"LCQMC": "lcqmc/lcqmc/", "BQ": "bq_corpus/bq_corpus/"}


def entries(corpus: str) -> list[dict]:
    """The catalogue's published files of a corpus, to be changed."""
    return copy.deepcopy(KNOWN[corpus]["published"]["files"])


def contents(corpus: str, use_real: bool = False) -> dict[str, bytes]:
    """Content of every member of a corpus's archive, under its path there, in the publisher's format."""
    found = (_real if use_real else _sample)(corpus)
    return {_path(corpus, one["member"]): found[one["split"]] for one in entries(corpus)}


def archive(corpus: str, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of the kind that the corpus is published as."""
    buffer = io.BytesIO()
    if PurePosixPath(entries(corpus)[0]["source"]).suffix == ".zip":
        with zipfile.ZipFile(buffer, "w", method) as packed:
            for path, data in members.items():
                packed.writestr(path, data)
        return buffer.getvalue()
    with tarfile.open(fileobj=buffer, mode="w:gz") as packed_tar:
        for path, data in members.items():
            info = tarfile.TarInfo(path)
            info.size = len(data)
            packed_tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def serve(server: Loopback, corpus: str, data: bytes, members: dict[str, bytes], folder: str = "") -> dict:
    """Serve an archive; returns a configuration of the corpus that differs from the catalogue's in host and checksums.

    folder: before the name of the archive in its URL.
    """
    files = entries(corpus)
    path = f"/{folder}{PurePosixPath(files[0]['source']).name}"
    server.answers[path] = content(data)
    for one in files:
        one["source"] = server.url + path
        one.pop("mirrors", None)
        for kind in ("sha256", "md5"):
            if kind in one:
                one[kind] = hashlib.new(kind, data).hexdigest()
            if f"member_{kind}" in one:
                one[f"member_{kind}"] = hashlib.new(kind, members[_path(corpus, one["member"])]).hexdigest()
    return {"published": {"files": files}}


def _path(corpus: str, member: str) -> str:
    return member.replace("**/", FOLDERS.get(corpus, ""))


def _sample(corpus: str) -> dict[str, bytes]:
    folder = SAMPLE / corpus
    match corpus:
        case "LCQMC":
            return {split: (folder / f"{split}.tsv").read_bytes() for split in ("train", "dev", "test")}
        case "BQ":
            return {split: _tabs((folder / f"{split}.csv").read_bytes()) for split in ("train", "dev", "test")}
        case "AFQMC":
            test = _objects((folder / "test.txt").read_bytes(), labelled=False)
            return {
                "train": (folder / "train.json").read_bytes(),
                "dev": (folder / "dev.json").read_bytes(),
                "test": test,
            }
        case "OCNLI":
            known = {split: (folder / f"{split}.json").read_bytes() for split in ("train", "dev")}
            return known | {"test": _unlabelled(known["dev"])}
        case "Chinese-MNLI":
            train = lzma.decompress((folder / "train.json.xz").read_bytes())
            return {"train": train} | {split: (folder / f"{split}.json").read_bytes() for split in ("dev", "test")}
        case "PAWSX":
            with tarfile.open(folder / "x-final.tar.gz") as packed:
                members = {one["split"]: packed.extractfile(one["member"]) for one in entries(corpus)}
                return {split: file.read() for split, file in members.items() if file}
    raise ValueError(f"no files for {corpus}: add it here, as it is in the catalogue")


def _real(corpus: str) -> dict[str, bytes]:
    """The real files that are at hand, in the place of all that the archive holds. Skips where there are none."""
    match corpus:
        case "LCQMC":
            return {
                "train": _read("LCQMC/train.tsv.xz"),
                "dev": _read("LCQMC/dev.tsv"),
                "test": _read("LCQMC/test.tsv.xz"),
            }
        case "BQ":
            dev, test = (_tabs(_read(f"extra/BQ_corpus/{split}.csv.xz")) for split in ("dev", "test"))
            return {"train": test, "dev": dev, "test": test}
        case "AFQMC":
            train = _objects(_read("AFQMC/train.txt.xz"), labelled=True)
            return {"train": train, "dev": _read("AFQMC/dev.json"), "test": _read("AFQMC/test.json.xz")}
        case "OCNLI":
            names = {"train": "train.10k.json.xz", "dev": "dev.json", "test": "test.json.xz"}
            return {split: _read(f"OCNLI/{name}") for split, name in names.items()}
        case "Chinese-MNLI":
            dev = _objects(_read("Chinese-MNLI/dev.txt.xz"), labelled=True)
            return {"train": dev, "dev": dev, "test": _objects(_read("Chinese-MNLI/test.txt.xz"), labelled=False)}
        case "PAWSX":
            dev, test = _read("PAWSX/dev_2k.tsv"), _read("PAWSX/test_2k.tsv")
            return {"train": test, "dev": dev, "test": test}
    raise ValueError(f"no files for {corpus}: add it here, as it is in the catalogue")


def _read(name: str) -> bytes:
    data = Path(real(name)).read_bytes()
    return lzma.decompress(data) if name.endswith(".xz") else data


def _tabs(data: bytes) -> bytes:
    """The rows of a CSV file with a header, as TAB text without one."""
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))[1:]
    return "".join("\t".join(row) + "\n" for row in rows).encode()


def _objects(data: bytes, labelled: bool) -> bytes:
    """The rows of a TAB text, as JSON lines."""
    lines = []
    for number, row in enumerate(data.decode().rstrip("\n").split("\n")):
        q, t, *label = row.split("\t")
        given = {"label": label[0]} if labelled else {"id": number}
        lines.append(json.dumps({"sentence1": q, "sentence2": t} | given, ensure_ascii=False))
    return ("\n".join(lines) + "\n").encode()


def _unlabelled(data: bytes) -> bytes:
    rows = [json.loads(line) for line in data.decode().splitlines()]
    kept = [{key: row[key] for key in ("sentence1", "sentence2")} for row in rows]
    return ("\n".join(json.dumps(row, ensure_ascii=False) for row in kept) + "\n").encode()
