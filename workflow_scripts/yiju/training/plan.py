"""What a training is told: how it learns, and where."""

from __future__ import annotations

from dataclasses import dataclass

from yiju.training.adversarial import Pgd
from yiju.training.optimizer import LayerRates

# With `evaluate_every: auto`: evaluations of a short training, and updates between two of a long one.
EVALUATIONS, LONGEST = 10, 500


@dataclass(frozen=True)
class Plan:
    """How it is learnt: the optimisation keys of the configuration."""

    epochs: float
    batch_size: int
    learning_rate: float
    warmup: float
    weight_decay: float
    clip: float
    evaluate_every: int | str
    seed: int
    precision: str
    batches: str = "random"
    accumulation: int = 1
    stop_after: float | None = None
    fgm_epsilon: float | None = None
    pgd: Pgd | None = None
    adversarial_every: int = 1
    layer_rates: LayerRates | None = None
    ema_decay: float | None = None
    compile: bool = False
    accelerate: str | None = None
    patience: int | None = None
    checkpoints: int = 0

    @property
    def is_adversarial(self) -> bool:
        return bool(self.fgm_epsilon or self.pgd)

    def updates_between_evaluations(self, updates: int) -> int:
        """Updates from one evaluation to the next in a training of so many; `auto`: ten evaluations, or more."""
        return min(LONGEST, -(-updates // EVALUATIONS)) if isinstance(self.evaluate_every, str) else self.evaluate_every

    @classmethod
    def of(cls, settings: dict) -> Plan:
        """The plan that a section of the configuration, with the keys all trainings share, describes."""
        move, ball, rates, average = (_technique(settings, key) for key in ("fgm", "pgd", "layer_rates", "ema"))
        techniques = {
            "fgm_epsilon": move and move["epsilon"],
            "pgd": ball and Pgd(**ball),
            "layer_rates": rates and LayerRates(**rates),
            "ema_decay": average and average["decay"],
        }
        return cls(**{name: settings[name] for name in cls.__dataclass_fields__ if name in settings} | techniques)


@dataclass(frozen=True)
class Machine:
    """Where it is learnt, and who watches; nothing here changes what is learnt.

    batch_tokens: tokens of one forward pass. save_every: seconds between two saves. deadline: reading of
    time.monotonic at which to save and stop, or None.
    trackers: names of those that show the curves, under `curves`, a folder of this training's own.
    """

    device: str
    threads: int
    batch_tokens: int
    save_every: float = 600.0
    deadline: float | None = None
    trackers: tuple[str, ...] = ()
    curves: str | None = None


def _technique(settings: dict, key: str) -> dict | None:
    """The options of a technique that is switched on; None where it is off, or the section has no such switch."""
    options = dict(settings.get(key, {"enabled": False}))
    return options if options.pop("enabled") else None
