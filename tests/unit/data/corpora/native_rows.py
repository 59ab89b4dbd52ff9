"""Invented rows in every form that a corpus is published in, and what a reader makes of them.

A case: reader, form, text, split, options, and the rows read as (line, q, t, label, reason).
"""

DIAC = """<?xml version="1.0" encoding="utf-8"?>
<TrainCorpus>
<Questions number="0">
<EquivalenceQuestions>
<question>a</question>
<question>b &amp; b</question>
<question/>
</EquivalenceQuestions>
<NotEquivalenceQuestions>
<question>c</question>
<question>d</question>
</NotEquivalenceQuestions>
</Questions>
</TrainCorpus>
"""
DIAC_ROWS = [
    (7, "", "", None, "empty sentence"),
    (6, "a", "b & b", 1, None),
    (10, "a", "c", 0, None),
    (11, "a", "d", 0, None),
    (10, "b & b", "c", 0, None),
    (11, "b & b", "d", 0, None),
]
CHIP_ARRAY = """[
  {
    "id": "1",
    "text1": "a",
    "text2": "b",
    "label": "1",
    "category": "diabetes"
  },
  {
    "id": "2",
    "text1": "c",
    "text2": "d",
    "label": "0",
    "category": "diabetes"
  }
]
"""
BOTH = [(1, "a", "b", 1, None), (2, "c", "d", 0, None)]
BELOW_HEADER = [(2, "a", "b", 1, None), (3, "c", "d", 0, None)]
OPEN = [(1, "a", "b", None, None), (2, "c", "d", None, None)]
OPEN_BELOW_HEADER = [(2, "a", "b", None, None), (3, "c", "d", None, None)]


def objects(*labels, keys=("sentence1", "sentence2"), separator="\n", **more):
    """Objects a, b and c, d with these label fields, as text."""
    sentences = [("a", "b"), ("c", "d")]
    pairs = zip(sentences, labels or ("", ""), strict=True)
    fields = "".join(f', "{name}": "{value}"' for name, value in more.items())
    written = [f'{{"{keys[0]}": "{q}", "{keys[1]}": "{t}"{label}{fields}}}' for (q, t), label in pairs]
    return separator.join(written) + separator


TEXT_LABELS = (', "label": "1"', ', "label": "0"')
NUMBERS = (', "label": 1', ', "label": 0')
RELATIONS = (', "label": "entailment"', ', "label": "neutral"')
GOLD = (', "gold_label": "entailment"', ', "gold_label": "contradiction"')

CASES = [
    ("lcqmc", "TAB", "a\tb\t1\nc\td\t0\n", "train", {}, BOTH),
    ("lcqmc", "TAB with header", "text_a\ttext_b\tlabel\na\tb\t1\nc\td\t0", "dev", {}, BELOW_HEADER),
    ("lcqmc", "test", "a\tb\n\ufeffc\td\n", "test", {}, OPEN),
    ("lcqmc", "test with header", "text_a\ttext_b\na\tb\nc\td\n", "test", {}, OPEN_BELOW_HEADER),
    ("lcqmc", "labelled test with header", "text_a\ttext_b\tlabel\na\tb\t1\nc\td\t0\n", "test", {}, BELOW_HEADER),
    ("afqmc", "json lines", objects(*TEXT_LABELS), "dev", {}, BOTH),
    ("afqmc", "json lines, test", objects(id=7), "test", {}, OPEN),
    ("afqmc", "TAB", "a\tb\t1\nc\td\t0\n", "dev", {}, BOTH),
    ("ocnli", "json lines", objects(*RELATIONS, level="easy", genre="gov"), "train", {}, BOTH),
    (
        "ocnli",
        "no agreement",
        objects(', "label": "-"', RELATIONS[1]),
        "dev",
        {},
        [(1, "a", "b", None, "no agreement"), BOTH[1]],
    ),
    ("ocnli", "json lines, test", objects(id=7), "test", {}, OPEN),
    ("cmnli", "json lines, label", objects(*RELATIONS), "train", {}, BOTH),
    ("cmnli", "json lines, gold_label", objects(*GOLD), "dev", {}, BOTH),
    (
        "cmnli",
        "no agreement",
        objects(', "gold_label": "-"', GOLD[1]),
        "dev",
        {},
        [(1, "a", "b", None, "no agreement"), BOTH[1]],
    ),
    ("cmnli", "json lines, test", objects(id=7), "test", {}, OPEN),
    ("cmnli", "TAB", "a\tb\tentailment\nc\td\tneutral\n", "dev", {}, BOTH),
    ("cmnli", "TAB, test", "a\tb\nc\td\n", "test", {}, OPEN),
    ("csnli", "json lines, label", objects(*RELATIONS), "train", {}, BOTH),
    ("csnli", "json lines, gold_label", objects(*GOLD), "train", {}, BOTH),
    ("csnli", "TAB", "a\tb\tentailment\nc\td\tcontradiction\n", "test", {}, BOTH),
    ("cinlid", "TAB", "a\tb\tentailment\nc\td\tcontradiction\n", "train", {}, BOTH),
    (
        "sts_b",
        "two bars",
        "x||a||b||5\nx||a||b||4\nx||a||b||3\nx||a||b||2.0\n",
        "train",
        {},
        [
            (1, "a", "b", 1, None),
            (2, "a", "b", 1, None),
            (3, "a", "b", None, "score in the middle"),
            (4, "a", "b", 0, None),
        ],
    ),
    ("ccks2018", "train", "7\tb\t1\r\nc\td\t0\r\n", "train", {}, [(1, "7", "b", 1, None), BOTH[1]]),
    ("ccks2018", "unlabelled, with ids", "0\ta\tb\r\n1\tc\td\r\n", "test", {}, OPEN),
    ("ccks2018", "labelled test", "a\tb\t1\r\nc\td\t0\r\n", "test", {}, BOTH),
    (
        "gaiic2021",
        "anonymised and real",
        "12 5\t7\t1\n你\t好\t0",
        "train",
        {},
        [(1, "12 5", "7", 1, "anonymised"), (2, "你", "好", 0, None)],
    ),
    ("gaiic2021", "anonymised, wanted", "12 5\t7\t1\n", "train", {"anonymised": True}, [(1, "12 5", "7", 1, None)]),
    ("gaiic2021", "anonymised test", "12 5\t7\n", "test", {}, [(1, "12 5", "7", None, "anonymised")]),
    ("gaiic2021", "real text, test", "a\tb\nc\td\n", "test", {}, OPEN),
    ("ths2021", "label first", "1\ta\tb\n0\tc\td", "train", {}, BOTH),
    ("ths2021", "mask", "1\t[机构]a\tb\n", "train", {}, [(1, "[机构]a", "b", 1, None)]),
    ("ths2021", "test", "a\tb\nc\td", "test", {}, OPEN),
    ("xf2021", "TAB under .csv", "a\tb\t1\nc\td\t0\n", "train", {}, BOTH),
    ("xf2021", "test", "a\tb\nc\td", "test", {}, OPEN),
    ("pku", "two fields", "a\tb\nc\td\n", "train", {}, [BOTH[0], (2, "c", "d", 1, None)]),
    (
        "pawsx",
        "TAB with header",
        "id\tsentence1\tsentence2\tlabel\n1\ta\tb\t1\n2\ta\tNS\t0\n",
        "dev",
        {},
        [(2, "a", "b", 1, None), (3, "a", "NS", 0, "placeholder")],
    ),
    (
        "covid19",
        "quoted",
        'id,category,query1,query2,label\r\n0,x,"a,""b""",c,1\r\n1,x,d,e,-1\r\n',
        "train",
        {},
        [(2, 'a,"b"', "c", 1, None), (3, "d", "e", None, "placeholder")],
    ),
    ("covid19", "test", "id,category,query1,query2\r\n0,x,a,b\r\n1,y,c,d", "test", {}, OPEN_BELOW_HEADER),
    (
        "chip2019",
        "quoted",
        'question1,question2,label,category\r\n"a，""b"",c",d,1,x\r\n"e\r\nf",g,0,x',
        "train",
        {},
        [(2, 'a，"b",c', "d", 1, None), (3, "e\nf", "g", 0, None)],
    ),
    ("chip2019", "CBLUE, one a line", objects(*NUMBERS, keys=("text1", "text2")), "train", {}, BOTH),
    ("chip2019", "CBLUE, back to back", objects(*NUMBERS, keys=("text1", "text2"), separator=""), "train", {}, BOTH),
    ("chip2019", "CBLUE, an array", CHIP_ARRAY, "dev", {}, [(2, "a", "b", 1, None), (9, "c", "d", 0, None)]),
    (
        "chip2019",
        "CBLUE, test",
        CHIP_ARRAY.replace('"1",\n    "cat', '"",\n    "cat').replace('"0",\n    "cat', '"",\n    "cat'),
        "test",
        {},
        [(2, "a", "b", None, None), (9, "c", "d", None, None)],
    ),
    (
        "sohu2021",
        "native, both labels",
        '{"source": " a", "target": "b", "labelA": "1"}\n{"source": "a", "target": "b", "labelB": "1"}',
        "train",
        {},
        [(1, "a", "b", None, None), (2, "a", "b", 1, None)],
    ),
    (
        "sohu2021",
        "native, A",
        '{"source": "a", "target": "b", "labelA": "1"}\n{"source": "c", "target": "d", "labelB": "1"}',
        "train",
        {"label": "A"},
        [(1, "a", "b", 1, None), (2, "c", "d", None, None)],
    ),
    ("sohu2021", "test with ids", objects(keys=("source", "target"), id="x-1"), "test", {}, OPEN),
    ("sohu2021", "back to back", objects(*NUMBERS, keys=("source", "target"), separator=""), "train", {}, BOTH),
    ("diac2019", "XML", DIAC, "train", {}, DIAC_ROWS),
    ("diac2019", "test", "qid\tquestion1\tquestion2\n0\ta\tb\n1\tc\td", "test", {}, OPEN_BELOW_HEADER),
    ("generic", "TAB", "a\tb\t1\nc\td\t0\n", "train", {}, BOTH),
    ("generic", "csv", 'a,"b",1\n"c",d,0\n', "train", {"format": "csv"}, BOTH),
    (
        "generic",
        "json lines",
        objects(*NUMBERS),
        "train",
        {"format": "jsonl", "q": "sentence1", "t": "sentence2", "label": "label"},
        BOTH,
    ),
]
