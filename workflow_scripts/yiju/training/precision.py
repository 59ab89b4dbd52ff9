"""Which number format a device computes in natively."""

from __future__ import annotations

import torch


def autocast_dtype(wanted: str, device: str) -> torch.dtype | None:
    """The format of matrix products: bfloat16, or None for plain float32.

    wanted: auto, bf16 or fp32 (`training.precision`). auto takes bfloat16 only where the hardware has instructions for
    it: emulated, it is slower than float32.
    """
    if wanted == "fp32":
        return None
    return torch.bfloat16 if wanted == "bf16" or _native_bf16(device) else None


def _native_bf16(device: str) -> bool:
    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    can = torch.cpu.get_capabilities()
    return bool(can.get("avx512_bf16") or can.get("amx_bf16") or can.get("bf16"))
