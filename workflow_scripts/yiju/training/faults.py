"""What goes wrong in the middle of a training: too little memory, a loss that is no number."""

from __future__ import annotations

import errno
import json
import logging
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import gather_object

from yiju.base.errors import YijuError
from yiju.base.files import write_json

log = logging.getLogger(__name__)
BUDGET = "batch_tokens.json"


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on a GPU or on the CPU (where torch knows no error of its own)."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "can't allocate memory" in str(error)


def is_full(error: Exception) -> bool:
    """Whether the disk, or the user's share of it, is full; safetensors tells of either in words only."""
    full = (errno.ENOSPC, errno.EDQUOT)
    return getattr(error, "errno", None) in full or any(f"(os error {code})" in str(error) for code in full)


def known_budget(work: Path, batch_tokens: int) -> int:
    """Tokens of one forward pass: as configured, or fewer where memory has run out in this training before."""
    path = work / BUDGET
    if not path.exists():
        return batch_tokens
    return min(batch_tokens, json.loads(path.read_text(encoding="utf-8"))["batch_tokens"])


def smaller_budget(work: Path, budget: int, longest: int, accelerator: Accelerator) -> int:
    """Half the tokens of one forward pass, kept for the training's next start too.

    budget: tokens now; longest: tokens of the longest row, below which there is nothing to halve. The global batch
    stays the same. Raises YijuError where one row alone is too much, and where other processes wait for this one in
    the middle of a step: then the next start, from the last save, has the smaller budget.
    """
    if budget <= longest:
        raise YijuError(
            f"out of memory with a single row of {longest} tokens: lower encoder.max_length, take a smaller model, "
            "or a machine with more memory"
        )
    smaller = max(longest, budget // 2)
    write_json(work / BUDGET, {"batch_tokens": smaller})
    if accelerator.num_processes > 1:
        raise YijuError(
            f"out of memory with jobs.batch_tokens: {budget} in process {accelerator.process_index}; the same command "
            f"continues from the last save with {smaller}, same global batch"
        )
    log.warning("out of memory: going on with micro-batches of %d tokens instead of %d, same batch", smaller, budget)
    return smaller


def broken_rows(model: torch.nn.Module, singles: list[tuple[int, dict[str, torch.Tensor]]]) -> list[int]:
    """Rows whose loss, each alone, is not finite; gathered from all processes, sorted.

    singles: row and inputs of the model of each row that this process learns from.
    """
    with torch.no_grad():
        mine = [row for row, inputs in singles if not torch.isfinite(model(**inputs)[0]).item()]
    return sorted(gather_object(mine))
