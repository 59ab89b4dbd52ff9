"""What the tokenisers of the tests are trained on, and the texts that tokenisers get wrong most easily."""

SENTENCES = [
    "怎么开通花呗",
    "花呗怎样开通",
    "如何更改 VIP 手机号",
    "手机号码怎么更改？",
    "北京今天天气怎么样，会下雨吗？",
    "上海今天的天气怎么样",
    "这个多少钱一斤",
    "What is the capital of China?",
    "How do I change my phone number",
    "the capital of China is Beijing.",
    "iPhone 13 怎么开通 eSIM",
    "余额不足 100 元，可以借款 2500 吗",
    "借款利率是 7.2%，还款日是 15 号",
    "café résumé naïve",
    "花呗 ABC 123，全角与半角（括号）！",
]
# Full-width forms, emoji that zero-width joiners bind, skin tones, combining marks, characters that lower-casing or
# normalisation makes longer, white space of several kinds, characters that no vocabulary here holds.
TEXTS = [
    "怎么开通花呗",
    "iPhone13怎么开通eSIM？",
    "余额不足100元, 可以借2500吗",
    "ＡＢＣ１２３（全角）！　花呗",
    "👨‍👩‍👧花呗👍🏽 ok",
    "cafe\u0301 nai\u0308ve café naïve",
    "İstanbul ﬁve ㎏ … Ⅳ",
    "  两端空白\t制表\n换行 ",
    "龘䨻𠮷怎么",
    "❤️☺︎ e\u0301\u0323 한글",
]
# Of mixed lengths, so that a batch of them is padded.
PAIRS = (
    *zip(TEXTS, [*TEXTS[3:], *TEXTS[:3]], strict=True),
    (SENTENCES[0], SENTENCES[1]),
    ("What is the capital of China?", "the capital of China is Beijing."),
)
EMPTY_SIDE = (("花呗", ""),)
# More tokens than the encoders of the tests read.
LONG_PAIRS = (
    ("花呗怎么开通？" * 100, "如何 change 手机号"),
    ("短", "天气" * 300),
    ("北京今天" * 100, "上海今天" * 120),
)
