"""What a model folder says of itself to programs: its file `yiju.json`, which page, command line and API show.

The rule `write_card` writes it beside the model card, of the same figures, for each member of a run
(`results/<run>/folds/<member>/model/yiju.json`): a figure of a trained model is known only after the sets are judged,
so that the training cannot write it. A folder of somebody else has none, and then nothing is known of its accuracy.

The file is an object of JSON with the keys of `About`. Other keys are left alone, so that a later version may add some.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from yiju.base.files import sha256, write_json
from yiju.base.types import Count, Sha256, Share
from yiju.models.calibration.stored import weights_checksum
from yiju.models.folder_files import GRAPH, WEIGHTS
from yiju.models.json_parts import Part, read_part
from yiju.models.measured import Measured

log = logging.getLogger(__name__)
ABOUT = "yiju.json"
Text = Annotated[str, Field(min_length=1, max_length=200)]
Texts = Annotated[tuple[Text, ...], Field(max_length=100)]


class Accuracy(Part):
    """Share of the labelled pairs of a set that the model judges right, with a 95 % interval.

    synthetic: whether a generator wrote the pairs; overlap: what a logistic regression on the overlap of the two
    sentences reaches there; beside_overlap: whether the model is surely better (above) or worse (below) than that, pair
    by pair, or neither (level); majority: what the more frequent label reaches; chose: whether these pairs chose
    something of the model, so that the figure flatters it.
    """

    set: Text
    pairs: Count
    value: Share
    low: Share
    high: Share
    overlap: Share
    beside_overlap: Literal["above", "below", "level"]
    majority: Share
    synthetic: bool
    chose: bool

    @model_validator(mode="after")
    def _ordered(self) -> Accuracy:
        if self.low > self.high:
            raise ValueError("the interval ends before it begins: low is above high")
        return self


class Reordered(Part):
    """On pairs whose two sentences hold the same characters in another order: how many are judged right."""

    pairs: Count
    right: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _possible(self) -> Reordered:
        if self.right > self.pairs:
            raise ValueError("right is more than pairs")
        return self


class About(Part):
    """A trained model in words and figures.

    name: of run and member; corpora: whose labelled pairs it learnt from; synthetic: whether a generator wrote these
    pairs, so that nothing follows for real ones; accuracy: by set, those that did not choose the model first; empty
    where no set has labels; threshold: the probability above which a pair is judged similar, and by which the figures
    were measured; reordered: None where no labelled pair is of that kind; weights: the checksum of the weights that the
    figures are of (`yiju.models.calibration.stored.weights_checksum`); explanation: how far explanations of this model
    hold, None where that was not measured; quantised: whether accuracy and explanation were measured before the weights
    were quantised to 8 bits.
    """

    name: Text
    corpora: Texts
    synthetic: bool
    accuracy: Annotated[tuple[Accuracy, ...], Field(max_length=100)]
    threshold: Share
    weights: Sha256
    reordered: Reordered | None = None
    explanation: Measured | None = None
    quantised: bool = False


def read_about(folder: str | Path) -> About | None:
    """What a model folder says of itself; None where it says nothing, or tells of other weights than it holds.

    Raises YijuError for a file that is not what it should be.
    """
    file = Path(folder) / ABOUT
    if not file.is_file():
        return None
    about = read_part(file, About, "the rule write_card", "delete the file or write it anew")
    weights = next((one for one in map(file.with_name, (WEIGHTS, GRAPH)) if one.is_file()), None)
    # A run writes the checksum of its only file of weights: it counts whatever a user puts beside that file later.
    if (weights is not None and sha256(weights) == about.weights) or weights_checksum(folder) == about.weights:
        return about
    held = folder if weights is None else weights.name
    log.warning("warning: %s tells of other weights than %s: its figures are not shown", file, held)
    return None


def write_about(folder: str | Path, about: About) -> None:
    """Write the file of a model folder, whole or not at all."""
    write_json(Path(folder) / ABOUT, about.model_dump(mode="json"))
