"""Pictures, examples and the notebook show sentences of the sample, or ones written for a page; none of a corpus."""

from __future__ import annotations

import lzma
import re
from pathlib import Path

import pytest
from at_hand import CORPORA, NO_CORPORA
from pages import NOTEBOOK, PAGES, ROOT
from PIL import Image

from yiju.app.cli import COMMANDS, group

PICTURES = ROOT / "docs/pictures"
# Of every picture, the script that takes it: from the sample's model or run, or, without a sentence, from a benchmark.
TAKEN_BY = {
    "report.png": "docs/pictures/take.py",
    "page.png": "tests/web/picture.py",
    "scale.png": "benchmarks/scale.py",
}
# Not of the sample: written for docs/adding-a-corpus.md, and for the picture of the page.
WRITTEN = {"电子发票怎么补开", "补开电子发票,怎么弄", "电子发票怎么作废", "电子发票多久能补开"}
WRITTEN |= {"坐大巴去杭州最早几点", "去杭州的长途汽车第一班是几点"}
# For docs/check-data.md.
WRITTEN |= {"抖音换头像要多长时间", "抖音头像多久能换好", "微信怎么更换头像", "微信怎么更换密码"}
WRITTEN |= {"校园卡怎么补缴欠款", "校园卡如何补缴欠款", "公交卡怎么补缴欠款", "校园卡补缴欠款"}
# For docs/behaviour.md.
WRITTEN |= {
    "这张优惠券能叠加使用",
    "这张优惠券不能叠加使用",
    "出门必须带护照",
    "出门不能不带护照",
    "支付宝怎么开启消息通知",
    "支付宝怎么关闭消息通知",
}
WRITTEN |= {
    "清明节放几天假",
    "劳动节放几天假",
    "小周已经到西安了",
    "小周快要到西安了",
    "哪条地铁线最挤",
    "哪条地铁线最空",
}
WRITTEN |= {
    "小王借给小李一本书",
    "小李借给小王一本书",
    "软卧和硬卧的票价一样",
    "硬卧和软卧的票价一样",
    "小张弄丢了钥匙",
    "钥匙被小张弄丢了",
}
WRITTEN |= {
    "如何修改预约时间",
    "怎样修改预约时间",
    "怎么在微信上付款",
    "在微信上怎么付款",
    "请问怎么退款",
    "怎么补办借书证",
}
WRITTEN |= {
    "怎麼補辦借書證",
    "不能退款吗",
    "晨跑之前吃什么合适",
    "晨跑之后吃什么合适",
    "毛巾和牙刷要不要自带",
    "牙刷和毛巾要不要自带",
}
# Grades of docs/own-pairs.md.
WRITTEN |= {
    "借书证到期了怎么续办",
    "几点可以去旧琴房排队",
    "合唱团每周排练几次",
    "合唱团的退团手续怎么办",
    "哪天可以去取陶艺课的杯子",
    "夏令营的押金怎么退回",
    "夏令营的押金要交多少",
    "天文馆的夜场怎么取消",
    "天文馆的夜场怎么预约",
    "怎么办理合唱团的退团手续",
    "怎么给泳池的储物柜上锁",
    "怎么预约天文馆的夜场",
    "怎样退回夏令营的押金",
    "新琴房几点开始排队",
    "旧琴房几点开始排队",
    "木工坊的工具借几天",
    "木工坊的工具能借多久",
    "木工坊的护目镜借几天",
    "泳池的储物柜多大",
    "泳池的储物柜怎么上锁",
    "续办到期的借书证要怎么做",
    "羽毛球场的灯不亮找谁",
    "羽毛球场的灯坏了该找谁",
    "羽毛球场能不能带水",
    "菜园的水龙头在哪边",
    "菜园的水龙头谁来修",
    "谁负责修菜园的水龙头",
    "阅览室的座位怎么预订",
    "陶艺课的杯子哪天能取",
    "陶艺课的杯子怎么上釉",
}
# What the page calls the method of docs/own-method.md.
WRITTEN |= {"只保留一个字时，判断还剩多少"}
# Five characters or more, a comma within at most: names and single words are shorter.
SENTENCE = re.compile(r"[㐀-鿿][㐀-鿿，,]{3,}[㐀-鿿]")
LARGEST = 300_000


def pictures() -> list[Path]:
    # A drawing (.svg) is text that was written, not a picture that was taken.
    found = [file for file in sorted(PICTURES.iterdir()) if file.suffix not in (".py", ".svg") and file.is_file()]
    assert found
    return found


def shown() -> dict[str, str]:
    """Sentences of the pages, the notebook and the help of commands, by where they stand."""
    scripts = [ROOT / TAKEN_BY[file.name] for file in pictures()]
    files = [*PAGES, *(ROOT / "docs").glob("*.rst"), NOTEBOOK, *scripts]
    texts = {str(file.relative_to(ROOT)): file.read_text(encoding="utf-8") for file in files}
    texts |= {name: group.get_command(None, name).help or "" for name in COMMANDS} | {"yiju": group.help or ""}
    return {sentence: place for place, text in texts.items() for sentence in SENTENCE.findall(_separated(text))}


def _separated(text: str) -> str:
    """With a line end for each comma that parts fields, as all do that stand outside quotes."""
    return re.sub(r'("[^"\n]*")|,', lambda found: found[1] or "\n", text)


def sample() -> str:
    files = [file for name in ("LCQMC", "test_sets") for file in (ROOT / "data/sample" / name).iterdir()]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def test_sentences_are_of_the_sample_or_written_for_their_page():
    found, known = shown(), sample()
    others = {sentence: place for sentence, place in found.items() if sentence not in known}
    assert set(others) <= WRITTEN, others
    assert len(found) > len(others)


@pytest.mark.slow
@pytest.mark.skipif(not CORPORA.is_dir(), reason=NO_CORPORA)
def test_none_of_them_is_a_sentence_of_a_real_corpus():
    wanted = {sentence.encode(): sentence for sentence in shown()}
    pattern = re.compile(b"|".join(map(re.escape, wanted)))
    for file in sorted(path for path in CORPORA.rglob("*") if path.is_file()):
        content = lzma.decompress(file.read_bytes()) if file.suffix == ".xz" else file.read_bytes()
        found = pattern.search(content)
        assert not found, f"{found and wanted[found[0]]} stands in {file.name}"


def test_every_picture_is_small_and_taken_by_a_script_that_is_here():
    for file in pictures():
        assert (ROOT / TAKEN_BY[file.name]).is_file()
        assert file.stat().st_size < LARGEST
        assert Image.open(file).width >= 1000
    assert "docs/pictures/take.py results/sample " in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_there_is_no_picture_elsewhere_but_the_graph_of_rules():
    kinds = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp")
    files = [file for file in (ROOT / "docs").rglob("*") if file.suffix in kinds and file.parent != PICTURES]
    assert [file.relative_to(ROOT) for file in files] == [Path("docs/rulegraph.svg")]
