// Examples to begin with, and what is right.
import { at, make } from "./dom.js";
import { say } from "./words.js";

// Written for this page, with their right answers: 1 similar, 0 not similar.
const EXAMPLES = [
  { q: "从北京到上海坐高铁要多久", t: "北京去上海的高铁多长时间", label: 1 },
  { q: "怎么修改微信的登录密码", t: "怎么修改支付宝的登录密码", label: 0 },
  { q: "宝宝感冒能不能吃芒果", t: "婴儿感冒可以吃芒果吗", label: 1 },
  { q: "从北京到上海的高铁多少钱", t: "从上海到北京的高铁多少钱", label: 0 },
];

/** Buttons that hand a pair on. */
export function setUpExamples(take) {
  at("examples").append(
    ...EXAMPLES.map(({ q, t, label }) => {
      const right = make("span", { class: "right", "data-right": label });
      const button = make("button", { type: "button", lang: "zh" }, make("span", {}, q), make("span", {}, t), right);
      button.addEventListener("click", () => take(q, t));
      return make("li", {}, button);
    }),
  );
}

/** The right answers in the chosen language. */
export function sayExamples() {
  for (const element of document.querySelectorAll("[data-right]")) {
    element.lang = document.documentElement.lang;
    element.textContent = say("right", { label: say(`label${element.dataset.right}`) });
  }
}

/** The label of an example; undefined for another pair. */
export const rightLabel = ({ q, t }) => EXAMPLES.find((one) => one.q === q && one.t === t)?.label;
