"""What the processes of one `torchrun` do together. With one process every function is the identity."""

import os
from collections.abc import Callable
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor

COLLECTIVE_TIMEOUT = timedelta(minutes=10)
"""A rank that waits longer for the others fails; torchrun then ends all, and the step is asked for again."""


def start(device: torch.device) -> torch.device:
    """Joins the group that torchrun's environment names, if there is one. Gives this rank's device."""
    if "WORLD_SIZE" not in os.environ:
        return device
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    dist.init_process_group("gloo" if device.type == "cpu" else "nccl", timeout=COLLECTIVE_TIMEOUT)
    return device


def stop() -> None:
    if dist.is_initialized():
        dist.destroy_process_group()


def rank() -> int:
    return dist.get_rank() if dist.is_initialized() else 0


def world() -> int:
    return dist.get_world_size() if dist.is_initialized() else 1


def add_up(tensors: list[Tensor]) -> None:
    """Replaces each tensor by its sum over all ranks, in one collective."""
    if world() == 1:
        return
    flat = torch.cat([each.reshape(-1).to(torch.float32) for each in tensors])
    dist.all_reduce(flat)
    for each, part in zip(tensors, flat.split([each.numel() for each in tensors]), strict=True):
        each.copy_(part.view_as(each))


class Sharded(nn.Module):
    """A model cut over the ranks. A call runs a function with what lies outside the layers whole; a layer is made whole
    when its turn comes. So all ranks must make the same calls. FSDP2.
    """

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def forward(self, function: Callable, *arguments: object) -> object:
        return function(*arguments)


def shard(model: nn.Module, layers: list[nn.Module], device: torch.device) -> FSDPModule:
    """Moves the model to the device, part by part, and keeps this rank's share of each weight. Gradients are sums."""
    root, mesh = Sharded(model), init_device_mesh(device.type, (world(),))
    for each in (*layers, root):
        fully_shard(each, mesh=mesh, reshard_after_forward=True)
        each.set_gradient_divide_factor(1.0)
        each.set_force_sum_reduction_for_comms(True)  # without: PREMUL_SUM, which gloo has not
    return root


def share(tensor: Tensor, like: Tensor) -> Tensor:
    """A tensor that this rank has whole, on the device of `like`; where that is sharded, only this rank's share."""
    tensor = tensor.to(like.device)
    if not isinstance(like, DTensor) or isinstance(tensor, DTensor):
        return tensor
    return distribute_tensor(tensor, like.device_mesh, like.placements, src_data_rank=None)


def whole(tensor: Tensor) -> Tensor:
    """The tensor itself, or the shares of all ranks put together: on the CPU of rank 0, nothing on the others."""
    if not isinstance(tensor, DTensor):
        return tensor
    full = tensor.full_tensor()
    return full.cpu() if rank() == 0 else torch.empty(0)


def gathered(value: object) -> list:
    """The value of every rank, by rank. Any picklable value, so for small things only."""
    if world() == 1:
        return [value]
    values: list = [None] * world()
    dist.all_gather_object(values, value)
    return values
