"""Configuration keys of the encoder that a run starts from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from yiju.base.types import Count
from yiju.config.section import Revision, Section

# Weights of the layers up to which a model computes about as fast on one core as on two (2 layers of 128 have 400,000).
TINY = 1_000_000


class Architecture(Section):
    layers: Count = Field(default=2, description="Encoder layers.")
    width: Count = Field(default=128, description="Hidden size.")
    heads: Count = Field(default=4, description="Attention heads; they divide the width.")
    feed_forward: Count = Field(default=512, description="Inner size of the feed-forward blocks.")
    dropout: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.0,
        description="Dropout of layers and attention; so small a model finds equal characters sooner without it.",
    )
    vocabulary_size: Annotated[int, Field(ge=100)] = Field(
        default=8000, description="At most this many tokens are learnt from the texts."
    )
    vocabulary: str | None = Field(default=None, description="A vocab.txt to use instead of learning one.")

    @model_validator(mode="after")
    def _heads_divide_width(self) -> Architecture:
        if self.width % self.heads:
            raise ValueError(f"{self.heads} heads do not divide a width of {self.width}")
        return self


class Encoder(Section):
    source: Literal["scratch", "folder", "hub"] = Field(
        default="scratch", description="Where the weights come from: scratch, folder (a local checkpoint) or hub."
    )
    name: str | None = Field(default=None, description="The folder's path or the hub's model name; null from scratch.")
    revision: Revision | None = Field(default=None, description="Commit of the hub model, 40 hexadecimal digits.")
    scratch: Architecture = Field(default=Architecture(), description="Shape of a model built from scratch.")
    match_marker: bool | Literal["auto"] = Field(
        default="auto",
        description="Tell the model, by segment id, which characters occur on both sides: true, false, auto (from "
        "scratch only).",
    )
    max_length: Annotated[int, Field(ge=8, le=8192)] = Field(
        default=64,
        description="Tokens of a pair, special ones included; longer pairs lose the end of their longer side.",
    )

    @property
    def folder(self) -> Path | None:
        """The local checkpoint that a run starts from, None where it starts from something else."""
        return Path(self.name) if self.source == "folder" and self.name else None

    @property
    def is_tiny(self) -> bool:
        """Whether the model is so small that a second core hardly makes it faster."""
        own = self.scratch
        return self.source == "scratch" and own.layers * own.width * (4 * own.width + 2 * own.feed_forward) <= TINY

    @property
    def marks_matches(self) -> bool:
        return self.source == "scratch" if self.match_marker == "auto" else self.match_marker

    @model_validator(mode="after")
    def _named(self) -> Encoder:
        if (self.source == "scratch") != (self.name is None):
            raise ValueError("source folder or hub needs a name; source scratch takes none")
        if self.source == "hub" and self.revision is None:
            raise ValueError("a hub model needs its revision: the 40 hexadecimal digits of a commit")
        return self
