"""Configuration keys of a corpus and of a test set: where their files come from, and how they are read."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from yiju.base.addresses import is_url
from yiju.base.errors import YijuError
from yiju.base.files import COMPRESSED
from yiju.base.types import Md5, Sha256
from yiju.config.readers import complete_options
from yiju.config.section import HubName, Misplaced, Revision, Section, Url

HOME = "Where its publisher offers it: an error about a missing file repeats it."
TERMS = "Whose terms apply, in a few words."


class HubFile(Section):
    hub: HubName = Field(description="Hub dataset (owner/name) that holds the file.")
    revision: Revision = Field(description="Commit of the hub dataset, 40 hexadecimal digits.")
    source: Annotated[str, Field(min_length=1)] = Field(description="Path inside the dataset.")
    sha256: Sha256 | None = Field(default=None, description="Checksum of the file.")


class Source(Section):
    source: Annotated[str, Field(min_length=1)] = Field(
        description="Path of a local file, an http(s) URL, or a path inside the hub dataset."
    )
    sha256: Sha256 | None = Field(default=None, description="Checksum of the file as stored; a URL needs one.")
    md5: Md5 | None = Field(default=None, description="The same where the publisher gives no other; for URLs alone.")
    mirrors: list[Url] = Field(default=[], description="Other URLs of the same file, tried in this order.")
    hub: HubName | None = Field(default=None, description="Hub dataset (owner/name) that holds the file.")
    revision: Revision | None = Field(default=None, description="Commit of the hub dataset, 40 hexadecimal digits.")

    @property
    def is_url(self) -> bool:
        return is_url(self.source)

    @property
    def is_checked(self) -> bool:
        """Whether a checksum says what the file must be."""
        return bool(self.sha256 or self.md5)

    @property
    def is_remote(self) -> bool:
        return self.is_url or self.hub is not None

    @property
    def file(self) -> str:
        """Name of the file, under corpora.raw too where it is fetched.

        In a hub dataset, files of one name may lie in several folders.
        """
        path = PurePosixPath(self.source.split("?")[0])
        return "_".join(path.parts) if self.hub else path.name

    def located(self, folder: str) -> str:
        """The source as it is opened: a relative path is looked up in `folder`.

        Where no file has its name, and no checksum says what the file must be, one that is compressed otherwise, or not
        at all, is taken in its place.
        """
        if self.is_remote:
            return self.source
        place = (Path(folder) / Path(self.source).expanduser()).expanduser()
        return str(place if self.is_checked else _as_it_lies(place))

    @model_validator(mode="after")
    def _pinned(self) -> Source:
        if self.is_url and not self.is_checked:
            raise ValueError(
                "a URL needs its sha256 (or its md5, where the publisher gives only that), so that what arrives is "
                "what was meant"
            )
        if self.md5 and not self.is_url:
            raise ValueError("md5 is for URLs; give sha256 instead")
        if self.mirrors and not self.is_url:
            raise ValueError("mirrors are other URLs of a source that is a URL")
        if (self.hub is None) != (self.revision is None):
            raise ValueError("hub and revision come together: the dataset, and the commit of it")
        if self.hub and self.is_url:
            raise ValueError("with hub, source is a path inside the dataset")
        if not self.file:
            raise ValueError("the source names no file")
        return self


def _as_it_lies(place: Path) -> Path:
    plain = place.with_suffix("") if place.suffix in COMPRESSED else place
    others = (plain, *(plain.with_name(plain.name + ending) for ending in COMPRESSED))
    return place if place.is_file() else next((one for one in others if one.is_file()), place)


class CorpusFile(Source):
    split: Literal["train", "dev", "test"] = Field(description="The part of the corpus that the file holds.")
    member: str | None = Field(
        default=None,
        description="Path of the file inside the archive (.zip, .tar, .tar.gz …) that the source is; **/NAME: the one "
        "file of this name, in whichever folder.",
    )
    member_sha256: Sha256 | None = Field(
        default=None,
        description="Checksum of the member. An archive whose own checksum is another one is taken if all its members "
        "are right: some servers make archives anew on request.",
    )
    member_md5: Md5 | None = Field(default=None, description="The same where the publisher gives no other.")
    second: HubFile | None = Field(
        default=None, description="Where the content of this file (of the member) comes from if a URL fails."
    )

    @property
    def is_checked(self) -> bool:
        return bool(super().is_checked or self.member_sha256 or self.member_md5)

    @model_validator(mode="after")
    def _second_of_a_url(self) -> CorpusFile:
        if self.second and not self.is_url:
            raise ValueError("second is for a source that is a URL")
        if (self.member_sha256 or self.member_md5) and not self.member:
            raise ValueError("a checksum of a member needs the name of the member")
        return self


class Published(Section):
    options: dict[str, Any] = Field(default={}, description="Options of the reader for these files.")
    files: Annotated[list[CorpusFile], Field(min_length=1)] = Field(description="Files on the publisher's server.")

    @model_validator(mode="after")
    def _distinct_remote_files(self) -> Published:
        _refuse_name_clashes(self.files)
        if local := next((file.source for file in self.files if not file.is_remote), None):
            raise ValueError(f"{local} is no address; files on this machine belong under files")
        return self


class Corpus(Section):
    reader: str = Field(description="Name of the reader for its native format.")
    options: dict[str, Any] = Field(default={}, description="Options of that reader.")
    home: str | None = Field(default=None, description=HOME)
    terms: str | None = Field(default=None, description=TERMS)
    files: Annotated[list[CorpusFile], Field(min_length=1)] = Field(description="Its files.")
    published: Published | None = Field(
        default=None, description="Files that corpora.fetch takes in place of these; null: there are none."
    )

    @model_validator(mode="before")
    @classmethod
    def _labels_as_written(cls, values: Any) -> Any:
        """Labels are compared with the text of the file, which YAML keeps of 1 and 0, but not of yes and no."""
        options: Any = values.get("options") if isinstance(values, dict) else None
        labels = options.get("labels") if isinstance(options, dict) else None
        return values | {"options": options | {"labels": _as_texts(labels)}} if isinstance(labels, dict) else values

    @model_validator(mode="after")
    def _known_reader_and_distinct_files(self) -> Corpus:
        try:
            complete_options(self.reader, self.options)
            if self.published:
                complete_options(self.reader, self.published.options)
        except YijuError as error:
            raise ValueError(str(error)) from None
        _refuse_name_clashes(self.files)
        return self

    @property
    def has_train(self) -> bool:
        """Whether one of its files holds train pairs."""
        return any(file.split == "train" for file in self.files)

    def source(self, file: str) -> CorpusFile:
        """Where a fetched file of this name comes from; members of one archive come from the same."""
        return self.members(file)[0]

    def members(self, file: str) -> list[CorpusFile]:
        """All entries that are read from a fetched file of this name."""
        return [one for one in self.files if one.file == file]


class TestSet(Section):
    home: str | None = Field(default=None, description=HOME)
    terms: str | None = Field(default=None, description=TERMS)
    items: Source = Field(description="Items in the competition's JSON lines.")
    gold: Source | None = Field(default=None, description="Gold labels and rationales in the benchmark's JSON lines.")
    last_original: int | None = Field(
        default=None, description="In a set that names no relations, the last id that is not a disturbed form."
    )

    @model_validator(mode="after")
    def _distinct_files(self) -> TestSet:
        if self.gold and self.gold.file == self.items.file:
            raise ValueError("items and gold have the same file name, which must identify each of them; rename one")
        return self

    @property
    def sources(self) -> list[Source]:
        """Items and, where there are any, gold."""
        return [self.items, self.gold] if self.gold else [self.items]

    def source(self, file: str) -> Source:
        """Where a fetched file of this name comes from."""
        return next(one for one in self.sources if one.file == file)


def _as_texts(labels: dict) -> dict[str, Any]:
    """The label map of a reader with texts as labels. Raises Misplaced for what YAML has taken for something else."""
    for label, meaning in labels.items():
        place = ("options", "labels", str(label))
        if type(label) not in (str, int):
            raise Misplaced(
                f"YAML takes a label without quotes for {_taken_for(label)}; write every label in quotes as it stands "
                'in the file, such as {"yes": 1, "no": 0}',
                place[:2],
            )
        if meaning is not None and (type(meaning) is not int or meaning not in (0, 1)):
            raise Misplaced(f"a label means 1 (similar), 0 (not) or null (left out); found {meaning!r}", place)
    return {str(label): meaning for label, meaning in labels.items()}


def _taken_for(value: object) -> str:
    kinds = {bool: "true or false (yes, no, on, off)", float: "a fraction", type(None): "nothing (null)"}
    return kinds.get(type(value), f"a {type(value).__name__}")


def _refuse_name_clashes(files: list[CorpusFile]) -> None:
    """Two entries may share an archive, but rows, checksums and fetched files are identified by the source's name."""
    sources: dict[str, tuple] = {}
    for file in files:
        source = (file.source, file.sha256, file.md5, file.hub, file.revision)
        if sources.setdefault(file.file, source) != source:
            raise ValueError(
                f"two sources have the name {file.file}, which must identify their rows; "
                "rename one, or put them into one archive and name its members"
            )
    places = [(file.file, file.member) for file in files]
    if len(set(places)) < len(places):
        raise ValueError("a file, or a member of an archive, is named twice")
