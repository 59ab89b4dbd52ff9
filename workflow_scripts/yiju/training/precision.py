"""Which number format a device computes in."""

from __future__ import annotations

import torch

from yiju.base.errors import YijuError


def autocast_dtype(wanted: str, device: str) -> torch.dtype | None:
    """The format of matrix products: bfloat16, float16, or None for plain float32.

    wanted: auto, bf16, fp16 or fp32 (`training.precision`). auto takes bfloat16 only where the hardware has
    instructions for it: emulated, it is slower than float32. Raises YijuError for fp16 on a CPU.
    """
    if wanted == "fp32":
        return None
    if wanted == "fp16":
        if device == "cpu":
            raise YijuError("training.precision: fp16 needs a GPU; on a CPU take bf16 or fp32 (or auto)")
        return torch.float16
    return torch.bfloat16 if wanted == "bf16" or _native_bf16(device) else None


def mixed_precision(dtype: torch.dtype | None) -> str:
    """accelerate's name for a format of matrix products; fp16 comes with a loss scaler."""
    return {torch.bfloat16: "bf16", torch.float16: "fp16", None: "no"}[dtype]


def _native_bf16(device: str) -> bool:
    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    can = torch.cpu.get_capabilities()
    return bool(can.get("avx512_bf16") or can.get("amx_bf16") or can.get("bf16"))
