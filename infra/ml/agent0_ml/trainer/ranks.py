"""What the processes of one `torchrun` do together. With one process every function is the identity."""

import os
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor

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


def gathered(value: object) -> list:
    """The value of every rank, by rank. Any picklable value, so for small things only."""
    if world() == 1:
        return [value]
    values: list = [None] * world()
    dist.all_gather_object(values, value)
    return values
