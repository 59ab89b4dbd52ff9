"""Whatever is given to the Python interface, it answers, or raises a YijuError that says what is wrong."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from toys import SENTENCES, classifier

from yiju.app.explainer import Explainer
from yiju.base.errors import YijuError

Q, T = SENTENCES[:2]
NUMBERS = [-1, 0, 1, 3, 0.5, 1.5, 2**70, 1e300, float("nan"), float("inf"), True]
THINGS = [
    *NUMBERS,
    None,
    "",
    "x",
    "mask",
    "occlusion",
    b"x",
    [],
    {},
    (),
    object(),
    {"q": Q, "t": T},
    ["q", "t"],
    range(2),
]
TEXTS = [Q, T, "a", "10086", None, 3, 1.5, float("nan"), b"x", ["a"], "a" * 300, "\u2028"]


@pytest.fixture(autouse=True)
def nothing_is_fetched(monkeypatch):
    def download(*_):
        raise YijuError("there is no network")

    monkeypatch.setattr("yiju.models.start_encoder.download", download)


@pytest.fixture(scope="module")
def explainer(tmp_path_factory):
    return Explainer(*classifier(tmp_path_factory.mktemp("model")))


pairs = st.one_of(
    st.just([(Q, T)]),
    st.lists(
        st.lists(st.sampled_from(TEXTS), max_size=3) | st.tuples(st.sampled_from(TEXTS), st.sampled_from(TEXTS)),
        max_size=3,
    ),
    st.sampled_from(THINGS),
)
anything = st.sampled_from(THINGS)
CALLS = {
    "predict": {"pairs": pairs},
    "explain": {"pairs": pairs, "method": anything, "matrix": anything, "ratio": anything, "steps": anything},
    "stream": {"pairs": pairs, "method": st.just("lime"), "samples": anything, "kernel_width": anything},
    "counterfactuals": {"pairs": pairs, "removal": anything, "limit": anything},
    "curves": {"explained": pairs, "removal": anything},
    "from_pretrained": {"name": anything, "revision": anything, "margin": anything, "seed": anything},
}
NEEDED = {"pairs", "explained", "name"}


def answers(explainer, call, given):
    try:
        found = getattr(explainer, call)(**given)
        # A stream answers when it is asked.
        list(itertools.islice(found, 3)) if call == "stream" else found
    except YijuError as error:
        assert len(str(error).split("\n")) == 1


def try_many(explainer, call, examples):
    @settings(deadline=None, derandomize=True, max_examples=examples, database=None, suppress_health_check=HealthCheck)
    @given(st.fixed_dictionaries({}, optional=CALLS[call]).filter(lambda given: NEEDED & {*given}))
    def hostile(given):
        answers(explainer, call, given)

    hostile()


@pytest.mark.parametrize("call", CALLS)
def test_hostile_values_are_answered_in_words(explainer, call):
    try_many(explainer, call, 40)


@pytest.mark.slow
@pytest.mark.parametrize("call", CALLS)
def test_many_hostile_values_are_answered_in_words(explainer, call):
    try_many(explainer, call, 600)


def test_hostile_options_of_the_constructor_are_refused_in_words(explainer):
    for name in ("margin", "batch_tokens", "seed"):
        for value in THINGS:
            try:
                made = Explainer(explainer.model, explainer.tokenizer, **{name: value})
                assert made.predict([(Q, T)])[0].probability >= 0
            except YijuError as error:
                assert name in str(error)
