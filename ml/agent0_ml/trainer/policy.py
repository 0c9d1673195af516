"""A model in memory with its trainable weights and their Adam moments; loads and saves them as files.

Any `AutoModelForCausalLM` folder. fp32 on the CPU. On a GPU the compute is bf16, unless the base is published in fp32,
and what is trained is fp32: under LoRA the base is frozen, with full weights the parameters are fp32 and autocast. A
LoRA checkpoint is a PEFT folder, a full one a model folder. Under several ranks full weights and their moments are
sharded, and files hold them whole, so that any number of ranks goes on from them. Left out: other adapters than LoRA,
sharding of a frozen base.
"""

import json
import math
import shutil
from collections.abc import Callable
from contextlib import contextmanager
from copy import deepcopy
from functools import partial, wraps
from pathlib import Path

import torch
import transformers
from peft import LoraConfig, get_peft_model
from peft.tuners.lora import LoraLayer
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.modeling_layers import GradientCheckpointingLayer
from transformers.utils import is_flash_attn_2_available

from agent0_ml.trainer import ranks
from agent0_ml.trainer.config import Lora, StepConfig
from agent0_ml.trainer.debug_points import debug_point
from agent0_ml.trainer.errors import Refusal
from agent0_ml.trainer.log_probabilities import log_probabilities
from agent0_ml.trainer.micro_batches import MicroBatch
from agent0_ml.trainer.pace import Pace

ADAPTER = "adapter_model.safetensors"
MOMENTS = "optimizer.safetensors"
COMPANIONS = ("*token*", "vocab*", "merges.txt", "*.jinja", "*.model")
"""Files of a model folder, besides config and weights, that servers want beside full weights."""
SCALED_LOGITS = ("final_logit_softcapping", "logit_scale", "logits_scaling")

# Bars would fill a service's log.
transformers.utils.logging.disable_progress_bar()


def gathering(method: Callable) -> Callable:
    """Runs a method of a policy, whose forward passes need the weights of all ranks where they are sharded."""
    @wraps(method)
    def run(policy: "Policy", *arguments: object) -> object:
        return policy.sharded(method, policy, *arguments) if policy.sharded else method(policy, *arguments)
    return run


class Policy:
    """Give `prepare` a config, `load` a parent, then train `parameters` with an optimizer, then `save`."""

    def __init__(
        self, base: Path, device: torch.device, attention: str | None = None, dtype: torch.dtype | None = None
    ):
        """`attention`: a name that transformers knows; any but sdpa is taken for one of variable lengths. `dtype`: of
        the compute, fp32 or bf16; unless given, what suits the device and the base.
        """
        self.base, self.device = base, device
        flash = device.type == "cuda" and is_flash_attn_2_available()
        self.attention = attention or ("flash_attention_2" if flash else "sdpa")
        self.packed = self.attention != "sdpa"
        self.config = AutoConfig.from_pretrained(base)
        scaled = [name for name in SCALED_LOGITS if getattr(self.config, name, None) not in (None, 1.0)]
        if scaled:
            raise Refusal(f"{base}: models with {scaled[0]} are not supported")
        self.base_dtype = dtype or compute_dtype(device, self.config.dtype)
        self.pace = Pace(device)
        self.causal = self.read_model(base, self.base_dtype, device)
        self.sharded: ranks.FSDPModule | None = None
        self.adapted: nn.Module = self.causal
        self.shape: tuple | None = None  # of what is trained; None: nothing yet
        self.parameters: dict[str, nn.Parameter] = {}

    def read_model(self, folder: Path, dtype: torch.dtype, device: torch.device | str) -> nn.Module:
        causal = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, attn_implementation=self.attention)
        for module in causal.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
            if hasattr(module, "attention_dropout"):
                module.attention_dropout = 0.0
        if self.device.type != "cpu":  # where it is not faster
            fuse_norms(causal)
        self.pace.follow(causal)
        return causal.to(device).requires_grad_(False)

    @property
    def vocabulary_size(self) -> int:
        return self.config.vocab_size

    @property
    def length_max(self) -> int:
        return getattr(self.config, "max_position_embeddings", 2**31)

    def prepare(self, config: StepConfig) -> None:
        """Sets up what the config trains; the weights of `parameters` are to be loaded. Keeps what already fits."""
        lora = config.weights if isinstance(config.weights, Lora) else None
        shape = ("full",) if lora is None else (lora.rank, lora.alpha, lora.dropout)
        if shape != self.shape:
            untouched, self.shape = self.shape is None, ()  # for good if what follows fails
            shards = lora is None and ranks.world() > 1
            if not untouched or lora is None:
                dtype = torch.float32 if lora is None else self.base_dtype
                self.causal = self.read_model(self.base, dtype, "cpu" if shards else self.device)
            self.adapted = self.causal.requires_grad_(True) if lora is None else self.adapt(lora)
            layers = [each for each in self.causal.modules() if isinstance(each, GradientCheckpointingLayer)]
            self.sharded = ranks.shard(self.causal, layers, self.device) if shards else None
            named = self.adapted.named_parameters()
            self.shape, self.parameters = shape, {name: each for name, each in named if each.requires_grad}
        self.lora, self.base_model_name = lora, config.base_model_name
        if config.gradient_checkpointing:
            self.causal.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        else:
            self.causal.gradient_checkpointing_disable()

    def adapt(self, lora: Lora) -> nn.Module:
        head = self.causal.get_output_embeddings()
        linear = {name.rsplit(".")[-1] for name, module in self.causal.named_modules()
                  if isinstance(module, nn.Linear) and module is not head}
        if not linear:
            raise Refusal(f"{self.base}: has no linear layers that LoRA can adapt")
        adapted = get_peft_model(self.causal, LoraConfig(
            r=lora.rank, lora_alpha=lora.alpha, lora_dropout=lora.dropout, target_modules=sorted(linear),
            task_type="CAUSAL_LM"))
        for module in adapted.modules():
            if isinstance(module, LoraLayer):
                # PEFT would widen every input to the adapter's fp32 and autocast narrow it again.
                module.cast_input_dtype_enabled = False
        return adapted

    def autocast(self) -> torch.autocast:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.base_dtype == torch.bfloat16)

    def load(self, folder: Path | None) -> None:
        """Takes the weights of a checkpoint; None: the base's, under LoRA a fresh adapter from torch's generator."""
        if self.lora is not None and folder is None:
            for module in self.adapted.modules():
                if isinstance(module, LoraLayer):
                    module.reset_lora_parameters("default", init_lora_weights=True)
        else:
            self.put(self.read_weights(folder))

    def read_weights(self, folder: Path | None) -> dict[str, Tensor]:
        """The trainable weights in a checkpoint, under the names of `parameters`."""
        if self.lora is None:
            return dict(self.read_model(folder or self.base, torch.float32, "cpu").named_parameters())
        state = load_file(folder / ADAPTER, device=str(self.device))
        names = {name.replace(".default.", "."): name for name in self.parameters}
        return {names[name]: each for name, each in state.items() if name in names}

    @torch.no_grad()
    def put(self, weights: dict[str, Tensor]) -> None:
        for name, each in self.parameters.items():
            if name not in weights or weights[name].shape != each.shape:
                raise Refusal(f"config: trains {name} of shape {list(each.shape)}, which the checkpoint lacks")
            each.copy_(ranks.share(weights[name], each))

    @contextmanager
    def standing_in(self, folder: Path | None):
        """Inside, the policy has the weights of another checkpoint (None: the base); afterwards its own again."""
        if self.lora is not None and folder is None:
            with self.adapted.disable_adapter():
                yield
            return
        own = {name: each.detach().clone() for name, each in self.parameters.items()}
        self.put(self.read_weights(folder))
        yield
        self.put(own)

    def read_moments(self, folder: Path) -> dict[str, dict[str, Tensor]]:
        """Adam's state by parameter name."""
        moments = load_file(folder / MOMENTS)
        updates = moments["updates"].float()
        return {name: {"step": updates.clone(), **{moment: ranks.share(moments[f"{name}.{moment}"], each)
                                                   for moment in ("exp_avg", "exp_avg_sq")}}
                for name, each in self.parameters.items()}

    def new_optimizer(self, config: StepConfig, moments: dict[str, dict[str, Tensor]]) -> torch.optim.AdamW:
        optimizer = torch.optim.AdamW(
            self.parameters.values(), lr=config.weights.learning_rate, betas=(config.beta1, config.beta2),
            eps=config.adam_epsilon, weight_decay=config.weight_decay)
        for name, state in moments.items():
            optimizer.state[self.parameters[name]] = state
        return optimizer

    def reduce_in_backward(self, yes: bool) -> None:
        """Are sharded gradients added up over the ranks at the end of the next backward pass, or kept until later?"""
        if self.sharded:
            self.sharded.set_requires_gradient_sync(yes)

    @gathering
    def score(self, micro: MicroBatch) -> tuple[Tensor, Tensor]:
        """(log-probability, entropy) of every sampled token, at its row's temperature.

        Padding is on the right of causal attention, where no token of the row can see it: no mask is needed, and SDPA
        may take its fastest kernel.
        """
        self.pace.begin(micro.token_ids.numel())
        with self.autocast():
            decoder = self.causal.base_model
            hidden = decoder(input_ids=micro.token_ids, use_cache=False, **micro.attention).last_hidden_state
        head = self.causal.get_output_embeddings().weight.to(self.base_dtype)
        return log_probabilities(
            hidden.flatten(0, 1)[micro.source], head, micro.target, micro.temperature, piece=self.pace.piece)

    @torch.no_grad()
    def forward_once(self) -> float:
        """One token through the whole model; throws if that gives no finite number."""
        token = torch.zeros(1, 1, dtype=torch.long, device=self.device)
        with self.autocast():
            logit = self.causal(input_ids=token, use_cache=False).logits[0, -1, 0].item()
        if not math.isfinite(logit):
            raise ArithmeticError(f"the model's first logit is {logit}")
        return logit

    def files(self, moments: dict[str, dict[str, Tensor]]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """(weights, moments) under their names in a checkpoint. All ranks have to ask; what rank 0 gets is whole."""
        tensors = {f"{name}.{moment}": ranks.whole(state[moment]).contiguous()
                   for name, state in moments.items() for moment in ("exp_avg", "exp_avg_sq")}
        tensors["updates"] = next(iter(moments.values()))["step"].cpu().long()
        if self.lora is None:
            state = self.causal.state_dict(keep_vars=True)
            whole = {each: ranks.whole(each.detach()) for each in dict.fromkeys(state.values())}  # tied ones stay so
            return {name: whole[each] for name, each in state.items()}, tensors
        # PEFT's own names, without a walk over all modules.
        weights = {name.replace(".default.", "."): each.detach().contiguous() for name, each in self.parameters.items()}
        return weights, tensors

    def save(self, folder: Path, weights: dict[str, Tensor], moments: dict[str, Tensor]) -> None:
        """Writes what `files` gave into an existing folder. Throws OSError where the disk refuses."""
        try:
            if self.lora is None:
                self.save_model(folder, weights)
            else:
                self.save_adapter(folder, weights)
            debug_point("mid-save")
            save_file(moments, folder / MOMENTS)
        except SafetensorError as error:
            raise OSError(f"cannot write {folder}: {error}") from error

    def save_adapter(self, folder: Path, weights: dict[str, Tensor]) -> None:
        save_file(weights, folder / ADAPTER, metadata={"format": "pt"})
        described = {**self.adapted.peft_config["default"].to_dict(), "inference_mode": True,
                     "base_model_name_or_path": self.base_model_name}
        # PEFT's own writer leaves sets in the order of their hashes, which differs from process to process.
        (folder / "adapter_config.json").write_text(json.dumps(described, sort_keys=True, indent=2, default=sorted))

    def save_model(self, folder: Path, weights: dict[str, Tensor]) -> None:
        self.causal.save_pretrained(folder, state_dict=weights, max_shard_size="4GB")
        for pattern in COMPANIONS:
            for path in self.base.glob(pattern):
                shutil.copyfile(path, folder / path.name)


def rms_norm(module: nn.Module, hidden: Tensor) -> Tensor:
    weight = module.weight
    return nn.functional.rms_norm(hidden.to(weight.dtype), (len(weight),), weight, module.variance_epsilon)


@torch.no_grad()
def fuse_norms(model: nn.Module) -> None:
    """Lets torch's own RMSNorm, one kernel, stand in for modules that compute the same in seven. A module is tried, not
    believed by its name: some models add one to the weights of their norms.
    """
    for module in model.modules():
        if not type(module).__name__.endswith("RMSNorm") or not hasattr(module, "variance_epsilon"):
            continue
        exact = deepcopy(module).float()
        probe = torch.linspace(-2, 3, len(module.weight), device=module.weight.device)
        if torch.allclose(exact(probe), rms_norm(exact, probe), rtol=1e-5, atol=1e-6):
            module.forward = partial(rms_norm, module)


def compute_dtype(device: torch.device, published: torch.dtype | None) -> torch.dtype:
    """fp32 on the CPU. On a GPU bf16, but fp32 for a base published in it: its policies are served in fp32 too, and the
    canary of bf16 weights would differ from theirs by more than what is allowed.
    """
    return torch.float32 if device.type == "cpu" or published == torch.float32 else torch.bfloat16
