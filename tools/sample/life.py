"""Questions about travel, food, health and learning."""

from tools.sample import lexicon as lx
from tools.sample.domain import Domain

TRAVEL = Domain(
    "travel",
    {"city": lx.CITY, "season": lx.SEASON},
    {
        "sights": (
            "{season}去{city}玩[哪里好玩]",
            "{city}{season}有什么[好玩的地方]",
            "{season}{city}有哪些[景点值得去]",
            "去{city}旅游，{season}[去哪些景点]好",
        ),
        "food": (
            "{season}去{city}[吃什么]好",
            "{city}{season}有什么[好吃的]",
            "{season}{city}有哪些[特色美食]",
            "去{city}旅游，{season}有什么[小吃]推荐",
        ),
        "weather": (
            "{season}{city}的[天气怎么样]",
            "{city}{season}[气候如何]",
            "{season}去{city}玩，那边[天气好不好]",
            "{city}的{season}[气温]一般[多少度]",
        ),
        "clothes": (
            "{season}去{city}玩[穿什么衣服]",
            "{city}{season}[怎么穿]比较合适",
            "去{city}旅游，{season}要[带什么衣服]",
        ),
        "lodging": (
            "{season}去{city}玩[住哪里]好",
            "{city}{season}有什么[酒店推荐]",
            "去{city}旅游，{season}[订哪家宾馆]好",
        ),
    },
)


ROUTE = Domain(
    "route",
    {"from": lx.CITY, "to": lx.CITY, "vehicle": lx.VEHICLE},
    {
        "takes": (
            "从{from}坐{vehicle}到{to}[要多久]",
            "{from}到{to}的{vehicle}[需要多长时间]",
            "坐{vehicle}去{to}，从{from}出发[得多长时间]",
        ),
        "costs": (
            "从{from}坐{vehicle}到{to}[要多少钱]",
            "{from}到{to}的{vehicle}[票价是多少]",
            "坐{vehicle}去{to}，从{from}出发[得花多少钱]",
        ),
        "first": (
            "从{from}到{to}的{vehicle}[最早几点]",
            "{from}到{to}的{vehicle}[首班是什么时候]",
            "坐{vehicle}去{to}，从{from}出发[第一班是几点]",
        ),
    },
)


DIET = Domain(
    "diet",
    {"who": lx.PATIENT, "food": lx.FOOD},
    {
        "may": (
            "{who}[能吃]{food}[吗]",
            "{who}[可以吃]{food}[吗]",
            "{food}{who}[能不能吃]",
        ),
        "good": (
            "{who}吃{food}[有什么好处]",
            "{food}对{who}[有哪些好处]",
            "{who}常吃{food}[有何益处]",
        ),
        "bad": (
            "{who}吃{food}[有什么坏处]",
            "{food}对{who}[有哪些害处]",
            "{who}常吃{food}[有何危害]",
        ),
        "amount": (
            "{who}一天[吃多少]{food}[合适]",
            "{food}{who}一天[最多吃多少]",
            "{who}每天吃{food}[吃几两]比较好",
        ),
        "hour": (
            "{who}[什么时候吃]{food}[最好]",
            "{food}{who}[几点吃]比较好",
            "{who}吃{food}[哪个时间合适]",
        ),
    },
)


ILLNESS = Domain(
    "illness",
    {"who": lx.PATIENT, "symptom": lx.SYMPTOM},
    {
        "drug": (
            "{who}{symptom}[吃什么药]好",
            "{who}{symptom}应该[用什么药]",
            "[哪种药]适合{who}{symptom}的时候[吃]",
        ),
        "cause": (
            "{who}{symptom}是[什么原因]",
            "{who}[为什么会]{symptom}",
            "{who}{symptom}是[怎么引起的]",
        ),
        "ward": (
            "{who}{symptom}[挂什么科]",
            "{who}{symptom}去医院[看哪个科]",
            "{who}{symptom}了该[挂哪个科室]",
        ),
        "avoid": (
            "{who}{symptom}[不能吃什么]",
            "{who}{symptom}[要忌口哪些东西]",
            "{who}{symptom}的时候[哪些食物不可以吃]",
        ),
        "lasts": (
            "{who}{symptom}[几天能好]",
            "{who}{symptom}[多久才会好]",
            "{who}{symptom}[多长时间能好]",
        ),
    },
)


STUDY = Domain(
    "study",
    {"who": lx.LEARNER, "skill": lx.SKILL},
    {
        "how": (
            "{who}[怎么]学{skill}",
            "{who}[怎样]学{skill}",
            "{who}想学{skill}，该[如何]开始",
        ),
        "costs": (
            "{who}学{skill}[要多少钱]",
            "{who}学{skill}的[费用是多少]",
            "{who}想学{skill}，[得花多少钱]",
        ),
        "takes": (
            "{who}学{skill}[要多久]",
            "{who}学{skill}[需要多长时间]",
            "{who}想学{skill}，[得多长时间]才能学会",
        ),
        "good": (
            "{who}学{skill}[有什么好处]",
            "{who}学{skill}[有哪些好处]",
            "{who}经常练{skill}[有何益处]",
        ),
        "place": (
            "{who}[去哪里]学{skill}",
            "{who}学{skill}[在什么地方]比较好",
            "{who}想学{skill}，[要去哪儿]学",
        ),
    },
)
