"""Which number format a device computes in."""

from __future__ import annotations

import torch

from yiju.base.errors import YijuError


def autocast_dtype(wanted: str, device: str) -> torch.dtype | None:
    """The format of matrix products: bfloat16, float16, or None for plain float32.

    wanted: auto, bf16, fp16 or fp32 (`training.precision`). auto takes bfloat16 only where the hardware has
    instructions for it that are faster than float32's. Raises YijuError for fp16 on a CPU.
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
    # Intel's processors with avx512_fp16 compute bfloat16 by AMX. Where a virtual machine hides it, AVX-512's way for
    # bfloat16 takes up to 1.7 times as long as float32 (benchmarks/README.md). Other makers' have no avx512_fp16.
    by_avx512 = can.get("avx512_bf16") and not can.get("avx512_fp16")
    return bool(can.get("amx_bf16") or can.get("bf16") or by_avx512)
