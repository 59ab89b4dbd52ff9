"""Rate, queue and cost, each by itself."""

import asyncio
import threading
from types import SimpleNamespace

import pytest
import torch
from toys import SENTENCES
from transformers import BertConfig, BertForSequenceClassification

from yiju import Explainer
from yiju.app.web.answers import explain
from yiju.app.web.effort import DELETIONS, MOST, Effort, Size
from yiju.app.web.methods import affordable_method
from yiju.app.web.rate import ADDRESSES, Buckets, owner
from yiju.app.web.refusal import Refusal
from yiju.app.web.request_models import Question
from yiju.app.web.rerank import Reranking, rerank
from yiju.app.web.worker import RESTART, Worker


def test_a_bucket_gives_a_burst_and_then_its_rate():
    now = SimpleNamespace(time=0.0)
    buckets = Buckets(rate=2.0, burst=3, clock=lambda: now.time)
    assert [buckets.wait("1.2.3.4") for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.wait("1.2.3.5") == 0
    now.time = 0.5
    assert [buckets.wait("1.2.3.4") for _ in range(2)] == [0, 0.5]
    now.time = 1000
    assert [buckets.wait("1.2.3.4") for _ in range(4)] == [0, 0, 0, 0.5]


def test_addresses_are_forgotten_the_longest_unseen_first():
    buckets = Buckets(rate=1.0, burst=1, clock=lambda: 0.0)
    for number in range(ADDRESSES + 1):
        buckets.wait(f"client {number}")
    assert len(buckets._left) == ADDRESSES
    assert buckets.wait(f"client {ADDRESSES}") == 1
    assert buckets.wait("client 0") == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("", "", True),
    ],
)
def test_a_client_is_an_address_or_a_network(one, other, same):
    assert (owner(one) == owner(other)) is same


def test_jobs_come_one_after_another_and_a_full_queue_says_when():
    async def main():
        worker, free, order = Worker(queue=1, share=5, patience=1000), threading.Event(), []
        first = asyncio.create_task(worker.run(lambda: (free.wait(), order.append(1))))
        second = asyncio.create_task(worker.run(lambda: order.append(2)))
        await asyncio.sleep(0)
        with pytest.raises(Refusal) as refused:
            await worker.run(lambda: order.append(3))
        assert (refused.value.status, refused.value.code) == (429, "busy")
        assert refused.value.retry_after >= 1
        part = asyncio.create_task(worker.run(lambda: order.append(4), admitted=True))
        await asyncio.sleep(0)
        free.set()
        await asyncio.gather(first, second, part)
        assert order == [1, 2, 4]
        assert await worker.run(lambda: 5) == 5
        worker.close()

    asyncio.run(main())


def test_addresses_take_turns_and_each_has_its_share():
    async def main():
        worker, free, order = Worker(queue=4, share=3, patience=1000), threading.Event(), []

        def ask(address):
            return asyncio.create_task(worker.run(lambda: order.append(address), address))

        first = asyncio.create_task(worker.run(free.wait, "many"))
        await asyncio.sleep(0)
        many = [ask("many") for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Refusal) as refused:
            await worker.run(lambda: None, "many")
        assert refused.value.status == 429
        other = [ask("one"), ask("two")]
        await asyncio.sleep(0)
        # The queue is full: whoever waits already does not get a second place, whoever does not gets one.
        with pytest.raises(Refusal):
            await worker.run(lambda: None, "one")
        last = ask("three")
        await asyncio.sleep(0)
        free.set()
        await asyncio.gather(first, last, *many, *other)
        assert order == ["many", "one", "two", "three", "many", "many"]
        assert not worker._waiting
        worker.close()

    asyncio.run(main())


def test_nobody_waits_for_ever():
    async def main():
        worker, free, ran = Worker(queue=2, share=2, patience=100), threading.Event(), []
        begun, loop = threading.Event(), asyncio.get_running_loop()
        first = asyncio.create_task(worker.run(lambda: (begun.set(), free.wait())))
        second = asyncio.create_task(worker.run(lambda: ran.append(2)))
        while not begun.is_set():
            await asyncio.sleep(0.001)
        # The clock of the loop jumps ahead, so that no test has to wait.
        now, loop.time = loop.time, lambda: now() + 100
        refused = await asyncio.gather(first, second, return_exceptions=True)
        assert [(one.status, one.code) for one in refused] == [(503, "slow"), (429, "busy")]
        worker.patience = 1000
        free.set()
        # What nobody waited for any more was not computed, and its place is free.
        assert await worker.run(lambda: "done") == "done"
        assert ran == []
        worker.close()

    asyncio.run(main())


def test_who_goes_away_leaves_the_queue():
    async def main():
        worker, free, ran = Worker(queue=2, share=2, patience=1000), threading.Event(), []
        first = asyncio.create_task(worker.run(free.wait))
        second = asyncio.create_task(worker.run(lambda: ran.append(2)))
        await asyncio.sleep(0)
        for gone in (first, second):
            gone.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        third = asyncio.create_task(worker.run(lambda: "done"))
        await asyncio.sleep(0)
        # The model is still busy with what was begun.
        assert not third.done()
        free.set()
        assert await third == "done"
        assert ran == []
        worker.close()

    asyncio.run(main())


def test_a_worker_that_ends_answers_everybody():
    async def main():
        worker, free = Worker(queue=2, share=2, patience=1000), threading.Event()
        asked = [asyncio.create_task(worker.run(free.wait)) for _ in range(2)]
        await asyncio.sleep(0)
        worker.refuse()
        refused = await asyncio.gather(*asked, return_exceptions=True)
        assert [(one.status, one.code, one.retry_after) for one in refused] == [(503, "ending", RESTART)] * 2
        with pytest.raises(Refusal, match="ending"):
            await worker.run(lambda: None)
        free.set()
        worker.close()

    asyncio.run(main())


def test_an_error_of_a_job_is_its_callers():
    async def main():
        worker = Worker(queue=1, share=1, patience=1000)
        with pytest.raises(ZeroDivisionError):
            await worker.run(lambda: 1 / 0)
        assert await worker.run(lambda: 1) == 1
        worker.close()

    asyncio.run(main())


def by_characters(tokens):
    """The size of a pair that is explained by characters."""
    return Size(tokens, tokens, 1)


def effort_of(layers, width, longest):
    torch.manual_seed(0)
    with torch.device("meta"):
        config = BertConfig(
            num_hidden_layers=layers, hidden_size=width, num_attention_heads=4, intermediate_size=4 * width
        )
        return Effort.of(BertForSequenceClassification(config), longest)


def test_a_token_costs_two_operations_a_weight():
    small = effort_of(4, 256, 64)
    # Positions and pooler come on top of the layers.
    assert small.token == pytest.approx(2 * 12 * 4 * 256**2, rel=0.1)
    assert small.size("一" * 10, "二" * 9) == by_characters(22)
    assert small.size("一" * 100, "二" * 100, "tokens") == by_characters(64)


def test_small_models_may_do_everything_and_large_ones_what_they_can():
    small, large = effort_of(4, 256, 64), effort_of(24, 1024, 512)
    assert [small.deletions(by_characters(length)) for length in (20, 23, 64)] == [DELETIONS, 2, 1]
    for method, options in (("kernel_shap", {"samples": 500}), ("integrated_gradients", {"steps": 50})):
        assert small.method({"method": method, **options}, by_characters(64)) < MOST
        assert large.method({"method": method, **options}, by_characters(64)) > MOST
    assert large.method({"method": "gradient_input_l2", "steps": 1}, by_characters(403)) < MOST
    assert large.curve(by_characters(400)) > MOST
    assert large.deletions(by_characters(23)) == 1
    assert large.deletions(by_characters(400)) == 0


def test_costs_grow_as_the_methods_do():
    effort, pair = Effort(token=1.0, longest=512), by_characters(20)
    assert effort.method({"method": "occlusion"}, pair) == effort.curve(pair) == 400
    assert effort.method({"method": "lime", "samples": 100}, pair) == 2000
    assert effort.method({"method": "gradient_input", "smooth": None}, pair) == 60
    assert effort.method({"method": "integrated_gradients", "steps": 10}, pair) == 600
    # Where a way is halved, at most twice as many steps as it has in the end; and both ends of fifty stretches of two
    # steps, of which half are halved.
    halved = {"method": "integrated_gradients", "steps": 10, "max_steps": 50}
    assert effort.method(halved, pair) == 20 * (3 * 2 * 50 + 2 * 50)
    # Where samples are doubled, those of every time, up to the most.
    assert effort.method({"method": "kernel_shap", "samples": 100, "max_samples": 400}, pair) == 20 * 700
    assert effort.method({"method": "kernel_shap", "samples": 100, "max_samples": None}, pair) == 2000
    assert effort.effects(pair) == 400
    # The whole, each of twenty tokens, and ten by ten; of long pairs twenty by twenty.
    assert effort.matrix(pair) == (1 + 20 + 100) * 20
    assert effort.matrix(by_characters(200)) == (1 + 200 + 400) * 200
    assert effort.method({"method": "attention_rollout"}, pair) == 20
    assert effort.method({"method": "value_zeroing"}, pair) == 21 * 20
    # Each point, and that point with the coordinate of each segment changed.
    assert effort.method({"method": "sobol", "samples": 8}, pair) == 8 * 21 * 20
    # There, back, and once more for the sum that is promised.
    assert effort.method({"method": "gradient_shap", "samples": 50}, pair) == 4 * 50 * 20


def test_of_longer_units_there_are_fewer_and_each_is_longer():
    effort = Effort(token=2.0, longest=512)
    size = effort.size("一二三四五。六七八？", "九十百。", "sentences")
    assert size == Size(17, 3, 6)
    assert effort.size("手机号码", "手机", "words") == Size(9, 2, 4)
    assert effort.judgement(size) == 17 * 2
    # The tokens of the whole pair, times what is taken away; gradients do not depend on it.
    assert effort.method({"method": "occlusion"}, size) == effort.curve(size) == effort.effects(size) == 3 * 17 * 2
    assert effort.method({"method": "gradient_input", "smooth": None}, size) == 3 * 17 * 2
    assert effort.matrix(size) == (1 + 3 + 1.5**2) * 17 * 2
    assert (size.of(1), size.of(3)) == (9, 17)
    # One by one, two at a time and three at a time.
    assert Effort(MOST / (3 * 17), 512).deletions(size) == 1
    assert Effort(MOST / (3 * 17) * 1.01, 512).deletions(size) == 0


def test_where_the_search_for_a_rationale_is_too_long_a_share_stands_in_its_place_and_it_is_said(model):
    """By a model of so many operations a token that a method is affordable and the search is not."""
    explainer = Explainer.from_pretrained(model)
    short = Effort(1.0, 512)
    found = explain(explainer, short, Question(q=SENTENCES[0], t=SENTENCES[1], method="gradient_l2"))
    assert found["alone"] is not None and "rationale" not in found["left_out"]
    long = Effort(MOST / short.rationale(by_characters(30)), 512)
    found = explain(explainer, long, Question(q=SENTENCES[0] * 4, t=SENTENCES[1] * 4, method="gradient_l2"))
    assert found["alone"] is None and found["kept"] is None
    assert "best 70.5% of either sentence" in found["left_out"]["rationale"]


def test_where_the_measured_method_would_take_too_long_the_page_draws_fewer_samples_and_says_how_many(
    explainer, monkeypatch
):
    measured = {"method": "occlusion_shapley", "samples": 256, "removal": "delete"}
    monkeypatch.setattr(type(explainer), "default_method", property(lambda _: dict(measured)))
    pair = {"q": SENTENCES[0][:8], "t": SENTENCES[1][:8]}
    cheap = Effort(token=1.0, longest=64)
    size = cheap.size(**pair)
    dear = Effort(token=1.01 * MOST / (cheap.method(measured, size) + cheap.effects(size)), longest=64)
    assert explain(explainer, cheap, Question(**pair))["method"] == measured
    assert explain(explainer, dear, Question(**pair))["method"] == measured | {"samples": 64}
    with pytest.raises(Refusal, match="would take too long"):
        explain(explainer, dear, Question(**pair, options={"samples": 256}))


def test_a_ranking_is_explained_with_fewer_samples_too(explainer, monkeypatch):
    measured = {"method": "occlusion_shapley", "samples": 256, "removal": "delete"}
    sizes, effort = [by_characters(16)] * 2, Effort(token=1.0, longest=64)
    cost = sum(effort.method(measured, size) + effort.effects(size) for size in sizes)
    for token, found in ((MOST / cost, measured), (1.01 * MOST / cost, measured | {"samples": 64}), (MOST, None)):
        assert affordable_method(Effort(token, 64), sizes, measured, {}) == found
    asked = {"query": SENTENCES[0], "texts": [SENTENCES[1], SENTENCES[2]], "explain": True}
    monkeypatch.setattr(type(explainer), "default_method", property(lambda _: dict(measured)))
    pairs = [effort.size(asked["query"], text) for text in asked["texts"]]
    dear = Effort(1.01 * MOST / sum(effort.method(measured, size) + effort.effects(size) for size in pairs), 64)
    assert rerank(explainer, dear, Reranking(**asked))[0]["why"]["method"] == measured | {"samples": 64}
