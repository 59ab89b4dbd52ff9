"""accelerate's configuration file for sharded training: what is refused before any process starts."""

from __future__ import annotations

from yiju.base.errors import YijuError
from yiju.base.yaml_files import read_mapping
from yiju.config.technique import enabled, get_technique

HOWTO = "see docs/sharded-training.md"
# How accelerate's launcher is to compute, whatever the file says: yiju sets number format and compilation by itself.
NUMBERS = {"mixed_precision": "no", "dynamo_backend": "no"}
UNSUPPORTED = ("fsdp_activation_checkpointing", "fsdp_offload_params")


def require_fsdp2(file: str) -> None:
    """Refuse a file that is not a configuration of accelerate for FSDP 2 on this machine's devices.

    Raises YijuError, which names for the other kinds of sharding what does the same.
    """
    config = _read(file)
    kind = config.get("distributed_type")
    if kind == "DEEPSPEED":
        raise YijuError(
            f"training.accelerate: {file} is for DeepSpeed; FSDP 2 does the same (distributed_type: FSDP, fsdp_config: "
            "fsdp_version: 2, with fsdp_reshard_after_forward: false for ZeRO-2, true for ZeRO-3); " + HOWTO
        )
    if kind != "FSDP":
        raise YijuError(
            f"training.accelerate: {file} has distributed_type: {kind}, but only FSDP needs a file: data parallelism "
            "over the reserved GPUs (jobs.gpus) goes without; " + HOWTO
        )
    options = config.get("fsdp_config") or {}
    if options.get("fsdp_version") != 2:
        raise YijuError(
            f"training.accelerate: {file} is for FSDP 1; set fsdp_version: 2 in its fsdp_config, and "
            "fsdp_reshard_after_forward: false for SHARD_GRAD_OP (ZeRO-2), true for FULL_SHARD (ZeRO-3); " + HOWTO
        )
    refused = [name for name in UNSUPPORTED if options.get(name)] + ["parallelism_config"] * bool(
        config.get("parallelism_config")
    )
    if refused:
        raise YijuError(f"training.accelerate: {file}: yiju does not work with {', '.join(refused)}; {HOWTO}")


def require_shardable(settings: dict) -> None:
    """Refuse techniques that need whole weights. settings: the section of a training."""
    on = [f"finetune.{name}" for name in enabled(settings) if get_technique(name).whole_weights]
    if on:
        raise YijuError(
            f"{', '.join(on)}: cannot work on the sharded weights of training.accelerate; set "
            f"{', '.join(f'{key}.enabled' for key in on)} to false, or training.accelerate to null"
        )


def _read(file: str) -> dict:
    try:
        return read_mapping(file)
    except YijuError as error:
        raise YijuError(f"training.accelerate: cannot read {error}; {HOWTO}") from None
