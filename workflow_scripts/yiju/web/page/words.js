// Every text of the page in both languages. {name} is filled in.
export const WORDS = {
  en: {
    skip: "To the sentences",
    language: "Language",
    tag: "Do two sentences mean the same, and what does the judgement rest on?",
    first: "First sentence",
    second: "Second sentence",
    judge: "Judge",
    method: "Explained by",
    examples: "Examples",
    count: "{count} of {most} characters",
    over: "{count} characters; at most {most} are taken",
    working: "Judging …",
    similar: "Similar",
    different: "Not similar",
    label1: "similar",
    label0: "not similar",
    scale: "Probability of being similar: {p} %",
    threshold: "decided at {p} %",
    summary: "{verdict}; probability of being similar {p} %. Speaks most for it: {best}.",
    evidence: "What it rests on",
    for: "speaks for the judgement",
    against: "speaks against it",
    picked: "rationale; 1 to 3: strongest",
    together: "count together",
    instead: "one does what the other would do",
    unsigned: "This method tells how much a character counts, not in which direction.",
    cut: "The pair is longer than the model reads: its end was cut off and counts for nothing.",
    alone: "With nothing but the underlined characters left, the judgement is the same: {p} % similar.",
    share: "The smallest set of characters that keeps the judgement would take too long to find: underlined are the best of each sentence instead.",
    notAlone: "No set of characters was found that keeps the judgement by itself: with all that speak for it (underlined) and nothing else, the pair is judged {p} % similar. Do not take them for its grounds.",
    unknown: "Characters unknown to the model's vocabulary: {count} (marked). It cannot tell them from one another, so the judgement does not rest on which they are.",
    mostly: "They are half of a sentence or more: do not rely on this judgement.",
    unknownOne: "unknown to the model",
    truncatedOne: "not read by the model",
    remark: "Remark",
    curve: "Without the evidence",
    fall: "Hide the strongest characters one after another, and the probability of the judgement goes from {from} % to {to} % after {count}.",
    turns: "The judgement turns after {count}.",
    stays: "The judgement never turns.",
    axisX: "characters hidden, strongest first",
    axisY: "probability of the judgement",
    turning: "turns below",
    turn: "The smallest change that turns it",
    hide: "Hide {what}, and the judgement becomes “{label}” (probability of being similar {p} %). Nothing smaller does that.",
    hideOf: "{characters} in the {side} sentence",
    firstOf: "first",
    secondOf: "second",
    and: " and ",
    between: ", ",
    nothing: "Hiding up to {limit} characters, whichever they are, does not turn the judgement.",
    figures: "All figures as tables",
    scores: "Scores",
    side: "Sentence",
    character: "Character",
    score: "Score",
    rank: "Rank",
    ranked: "rank {rank}",
    pairsTable: "Strongest lines",
    of1: "First",
    of2: "Second",
    strength: "Strength",
    curveTable: "Probability without the strongest characters",
    hidden: "Hidden",
    file: "A whole file",
    fileHelp: "TAB-separated text (the first two columns), or CSV or JSON lines with q and t; UTF-8, up to {rows} rows and {size} MB. A row that is no pair is named, and the others are judged.",
    pairs: "Pairs (.tsv, .csv, .jsonl)",
    result: "Result as",
    csv: "CSV, for spreadsheets",
    jsonl: "JSON lines",
    send: "Judge the file",
    fileDone: "{good} of {all} rows judged; {similar} similar.",
    fileBad: "No pairs:",
    line: "line {line}: {error}",
    more: "and {count} more",
    download: "Download {name}",
    preview: "The first rows",
    local: "Computed by this server, without any other; nothing is stored.",
    api: "The API",
    problems: {
      empty: "Both sentences need at least one visible character.",
      too_long: "A sentence is too long: at most {most} characters are taken.",
      too_large: "That is more than the server takes.",
      too_much: "This would take too long for the page: shorten the sentences, or choose another method.",
      rate: "Too many requests. Try again in {seconds} s.",
      busy: "The server is busy. Try again in {seconds} s.",
      slow: "No answer in time. Shorten the sentences, or try again later.",
      late: "The connection is too slow for this request.",
      defect: "The server made a mistake. Its log says more.",
      offline: "The server cannot be reached. Is it still running?",
      no_file: "Choose a file first.",
      kind: "The file's name ends in none of .tsv, .txt, .csv, .jsonl, .json.",
      file_large: "The file is larger than {size} MB; cut it, or use yiju predict.",
      packed: "The file is compressed or an archive. Send the plain text file.",
      unreadable: "The file cannot be read.",
      too_many_rows: "The file has too many rows; cut it, or use yiju predict.",
      no_rows: "The file holds no rows.",
      other: "The server refuses this request.",
    },
    methods: {
      occlusion: ["Leaving one out", "how far the judgement falls when a character is hidden"],
      gradient_input_l2: ["Gradient × input, norm", "the published method; without direction"],
      gradient_input: ["Gradient × input", "first-order effect of each character"],
      gradient_l2: ["Gradient, norm", "how sensitive the judgement is to each character; without direction"],
      integrated_gradients: ["Integrated gradients", "effects added up along a path from hidden characters"],
      deeplift: ["DeepLIFT", "differences passed back from the output by rules"],
      attention_rollout: ["Attention rollout", "where attention flows from; knows no label and no direction"],
      lime: ["LIME", "a linear model of random removals"],
      kernel_shap: ["Kernel SHAP", "Shapley values from random removals"],
    },
  },
  zh: {
    skip: "跳到句子",
    language: "语言",
    tag: "两句话意思相同吗？判断的依据是什么？",
    first: "第一句",
    second: "第二句",
    judge: "判断",
    method: "解释方法",
    examples: "例子",
    count: "{count} / {most} 字",
    over: "共 {count} 字，最多 {most} 字",
    working: "正在判断……",
    similar: "相似",
    different: "不相似",
    label1: "相似",
    label0: "不相似",
    scale: "相似的概率：{p}%",
    threshold: "界线 {p}%",
    summary: "{verdict}，相似的概率为 {p}%。最主要的依据：{best}。",
    evidence: "判断的依据",
    for: "支持该判断",
    against: "不支持该判断",
    picked: "依据；1 到 3 为最强",
    together: "共同起作用",
    instead: "一个可代替另一个",
    unsigned: "这种方法只说明每个字有多重要，不说明方向。",
    cut: "句对超出模型能读的长度，末尾已截去，不起作用。",
    alone: "只留下带下划线的字，判断不变：相似的概率为 {p} %。",
    share: "寻找足以得出这一判断的最少的字耗时过长：下划线标出的是每句中得分最高的字。",
    notAlone: "没有找到单独就能得出这一判断的字：只留下全部支持它的字（带下划线），相似的概率为 {p} %。不要把它们当作判断的依据。",
    unknown: "模型词表中没有的字符有 {count} 个（已标出）。模型无法区分这些字符，判断与它们具体是什么字无关。",
    mostly: "它们占一句话的一半或更多，请不要依赖这个判断。",
    unknownOne: "模型不认识",
    truncatedOne: "模型未读到",
    remark: "备注",
    curve: "去掉依据之后",
    fall: "从最强的字开始逐个遮住，该判断的概率由 {from}% 变为 {to}%（遮住 {count} 个之后）。",
    turns: "遮住 {count} 个之后，判断改变。",
    stays: "判断始终不变。",
    axisX: "遮住的字，最强的在前",
    axisY: "该判断的概率",
    turning: "低于此线则改变",
    turn: "改变判断的最小改动",
    hide: "遮住{what}，判断就变为“{label}”（相似的概率为 {p}%）。更小的改动做不到。",
    hideOf: "{side}的{characters}",
    firstOf: "第一句",
    secondOf: "第二句",
    and: "和",
    between: "、",
    nothing: "无论遮住哪些字，只要不超过 {limit} 个，判断都不变。",
    figures: "全部数值（表格）",
    scores: "得分",
    side: "句子",
    character: "字",
    score: "得分",
    rank: "名次",
    ranked: "第 {rank} 名",
    pairsTable: "最强的连线",
    of1: "第一句",
    of2: "第二句",
    strength: "强度",
    curveTable: "遮住最强的字之后的概率",
    hidden: "遮住",
    file: "整个文件",
    fileHelp: "以 TAB 分隔的文本（前两列），或带有 q 和 t 的 CSV、JSON lines；UTF-8 编码，最多 {rows} 行、{size} MB。不成句对的行会逐一指出，其余照常判断。",
    pairs: "句对文件（.tsv、.csv、.jsonl）",
    result: "结果格式",
    csv: "CSV（电子表格）",
    jsonl: "JSON lines",
    send: "判断文件",
    fileDone: "共 {all} 行，已判断 {good} 行，其中 {similar} 行相似。",
    fileBad: "不成句对的行：",
    line: "第 {line} 行：{error}",
    more: "另有 {count} 行",
    download: "下载 {name}",
    preview: "前几行",
    local: "全部由本服务器计算，不连接其他服务，不保存任何内容。",
    api: "API 说明",
    problems: {
      empty: "两句话都至少要有一个可见的字。",
      too_long: "句子太长：最多 {most} 字。",
      too_large: "内容超过了服务器的上限。",
      too_much: "计算量太大：请缩短句子，或换一种方法。",
      rate: "请求太频繁，请在 {seconds} 秒后再试。",
      busy: "服务器正忙，请在 {seconds} 秒后再试。",
      slow: "未能及时得到答案。请缩短句子，或稍后再试。",
      late: "连接太慢，请求未能完整送达。",
      defect: "服务器出错，详情见其日志。",
      offline: "连接不到服务器。它还在运行吗？",
      no_file: "请先选择文件。",
      kind: "文件名须以 .tsv、.txt、.csv、.jsonl 或 .json 结尾。",
      file_large: "文件大于 {size} MB；请拆分，或使用 yiju predict。",
      packed: "文件是压缩包。请发送纯文本文件。",
      unreadable: "无法读取该文件。",
      too_many_rows: "文件行数太多；请拆分，或使用 yiju predict。",
      no_rows: "文件里没有句对。",
      other: "服务器拒绝了这个请求。",
    },
    methods: {
      occlusion: ["逐字遮住", "遮住一个字，判断下降多少"],
      gradient_input_l2: ["梯度 × 输入（范数）", "已发表的方法；没有方向"],
      gradient_input: ["梯度 × 输入", "每个字的一阶作用"],
      gradient_l2: ["梯度（范数）", "判断对每个字有多敏感；没有方向"],
      integrated_gradients: ["积分梯度", "沿着从遮住到原句的路径累加作用"],
      deeplift: ["DeepLIFT", "按规则把输出的差异传回每个字"],
      attention_rollout: ["注意力流", "注意力从哪里来；与标签和方向无关"],
      lime: ["LIME", "用线性模型拟合随机遮挡"],
      kernel_shap: ["Kernel SHAP", "由随机遮挡估计的 Shapley 值"],
    },
  },
};

// Written for this page.
export const EXAMPLES = [
  ["从北京到上海坐高铁要多久", "北京去上海的高铁多长时间"],
  ["怎么修改微信的登录密码", "怎么修改支付宝的登录密码"],
  ["宝宝感冒能不能吃芒果", "婴儿感冒可以吃芒果吗"],
  ["从北京到上海的高铁多少钱", "从上海到北京的高铁多少钱"],
];

const KEY = "yiju-language";
let language = stored() ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");

function stored() {
  try {
    const known = localStorage.getItem(KEY);
    return known in WORDS ? known : null;
  } catch {
    return null; // A browser may forbid it.
  }
}

export const current = () => language;

export function choose(name) {
  language = name;
  try {
    localStorage.setItem(KEY, name);
  } catch {
    // Then it is not remembered.
  }
}

/** A text of the page; places in braces are filled from `values`. */
export function say(key, values = {}) {
  return fill(WORDS[language][key], values);
}

export function problem(code, values = {}) {
  const known = WORDS[language].problems;
  return fill(known[code] ?? known.other, values);
}

/** Name of a method, and what it is. */
export function method(name) {
  return WORDS[language].methods[name] ?? [name, ""];
}

export const percent = (p) => (100 * p).toFixed(1);

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
