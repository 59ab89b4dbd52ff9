"""What may be put in a token's place: known to the configuration and to what computes, neither of which is code of the
other, so that a method that is added to the one makes nothing of the other run again."""

from __future__ import annotations

from typing import Literal

Baseline = Literal["zero", "pad", "mask"]
Removal = Literal["mask", "delete"]
