"""Files beside an ONNX graph in which it keeps its weights, found without a library that reads graphs."""

from __future__ import annotations

import mmap
import re
from pathlib import Path

# How a tensor of a graph names the file that it lies in, as Protocol Buffers write it: a key, and then the length of
# the value in seven bits a byte. Source: onnx.proto, TensorProto.external_data.
LOCATION = re.compile(rb"\n\x08location\x12([\x80-\xff]?[\x00-\x7f])")


def files_of_graph(graph: Path) -> set[Path]:
    """The files that a graph names as the places of its tensors, as far as they are there; none where it holds all."""
    if not graph.stat().st_size:
        return set()
    with graph.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        names = {content[one.end() : one.end() + _length(one[1])] for one in LOCATION.finditer(content)}
    found = {graph.parent / name.decode("utf-8", "surrogateescape") for name in names if b"\0" not in name}
    return {file for file in found if file.is_file()}


def _length(written: bytes) -> int:
    return sum((byte & 0x7F) << 7 * place for place, byte in enumerate(written))
