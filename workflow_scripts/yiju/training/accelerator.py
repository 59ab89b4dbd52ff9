"""The processes and the number format of a training."""

from __future__ import annotations

import torch
from accelerate import Accelerator, DistributedType, FullyShardedDataParallelPlugin, PartialState
from accelerate.state import AcceleratorState
from torch.distributed.fsdp import MixedPrecisionPolicy

from yiju.training.plan import Machine, Plan
from yiju.training.precision import autocast_dtype, mixed_precision


def set_up(plan: Plan, machine: Machine) -> Accelerator:
    """The accelerator of this process, as the launcher and the plan have it."""
    torch.set_num_threads(machine.threads)
    dtype = autocast_dtype(plan.precision, machine.device)
    # accelerate keeps the number format of a process's first training, and refuses a second one in another.
    AcceleratorState._reset_state()
    accelerator = Accelerator(mixed_precision=mixed_precision(dtype), cpu=machine.device == "cpu")
    if plan.accelerate:
        _shard(accelerator, dtype)
    return accelerator


def _shard(accelerator: Accelerator, dtype: torch.dtype | None) -> None:
    """Shard by what accelerate's launcher has put into the environment, in yiju's number format.

    Gradients are summed in float32, and what is not a weight (labels' weights, mixup's shares) is left as it is.
    """
    sharding = FullyShardedDataParallelPlugin()
    # Every process has read the weights by itself; the other way unties weights that are one.
    sharding.cpu_ram_efficient_loading = False
    sharding.mixed_precision_policy = MixedPrecisionPolicy(
        param_dtype=dtype, reduce_dtype=dtype and torch.float32, cast_forward_inputs=False
    )
    # accelerate itself comes to this on GPUs only.
    PartialState().distributed_type = accelerator.state.distributed_type = DistributedType.FSDP
    accelerator.state.fsdp_plugin = sharding
