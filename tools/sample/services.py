"""Accounts, phones, contracts, papers, credit, law, shares: how to do something, and what it takes."""

from tools.sample import lexicon as lx
from tools.sample.domain import Domain

OPERATION = {
    "how": (
        "{thing}[怎么]{act}",
        "{thing}[如何]{act}",
        "[怎样]在{thing}上{act}",
        "我要在{thing}上{act}，该[怎么操作]",
    ),
    "fails": (
        "{thing}[为什么不能]{act}",
        "[为什么]我的{thing}[无法]{act}",
        "{thing}{act}[失败是什么原因]",
        "在{thing}上{act}[总是不成功怎么回事]",
    ),
    "costs": (
        "{thing}{act}[要钱吗]",
        "在{thing}上{act}[收费吗]",
        "用{thing}{act}[免费不]",
    ),
    "takes": (
        "{thing}{act}[要多久]",
        "在{thing}上{act}[需要多长时间]",
        "{thing}{act}[得多长时间]",
    ),
}


ACCOUNT = Domain("account", {"thing": lx.APP, "act": lx.APP_ACT}, OPERATION)


PHONE = Domain("phone", {"thing": lx.PHONE, "act": lx.PHONE_ACT}, OPERATION)


TELECOM = Domain(
    "telecom",
    {"carrier": lx.CARRIER, "service": lx.SERVICE, "act": lx.SERVICE_ACT},
    {
        "how": (
            "{carrier}{service}[怎么]{act}",
            "[如何]{act}{carrier}的{service}",
            "我要{act}{carrier}的{service}，该[怎么操作]",
        ),
        "costs": (
            "{act}{carrier}{service}[要钱吗]",
            "{carrier}的{service}{act}[收费吗]",
            "{carrier}{service}{act}[免费不]",
        ),
        "takes": (
            "{act}{carrier}{service}[多久生效]",
            "{carrier}的{service}{act}后[多长时间生效]",
            "{carrier}{service}{act}，[几天生效]",
        ),
        "number": (
            "{act}{carrier}{service}[打什么电话]",
            "{carrier}的{service}[打哪个号码]可以{act}",
            "{carrier}{service}{act}的[电话号码是多少]",
        ),
    },
)


PAPERS = Domain(
    "papers",
    {"city": lx.CITY, "document": lx.DOCUMENT, "act": lx.DOCUMENT_ACT},
    {
        "needs": (
            "在{city}{act}{document}[需要什么材料]",
            "{city}{act}{document}[要带哪些证件]",
            "我想在{city}{act}{document}，[要准备什么资料]",
        ),
        "place": (
            "在{city}[去哪里]{act}{document}",
            "{city}{act}{document}[在什么地方]",
            "我想在{city}{act}{document}，[要去哪儿]",
        ),
        "takes": (
            "在{city}{act}{document}[要多久]",
            "{city}{act}{document}[需要多长时间]",
            "我想在{city}{act}{document}，[得多长时间]",
        ),
        "costs": (
            "在{city}{act}{document}[要多少钱]",
            "{city}{act}{document}的[费用是多少]",
            "我想在{city}{act}{document}，[得花多少钱]",
        ),
    },
)


CREDIT = Domain(
    "credit",
    {"thing": lx.CREDIT, "act": lx.CREDIT_ACT},
    {
        "how": (
            "{thing}[怎么]{act}",
            "{thing}[如何]{act}",
            "我的{thing}要{act}，该[怎么操作]",
            "{thing}{act}的[方法]是什么",
        ),
        "fails": (
            "{thing}[为什么不能]{act}",
            "[为什么]我的{thing}[无法]{act}",
            "{thing}{act}[失败是什么原因]",
        ),
        "needs": (
            "{thing}{act}[需要什么条件]",
            "我的{thing}要{act}，[得满足哪些要求]",
            "{thing}{act}[有什么条件]",
        ),
        "costs": (
            "{thing}{act}[要手续费吗]",
            "我的{thing}{act}[收不收手续费]",
            "{thing}{act}[有没有手续费]",
        ),
    },
)


LAW = Domain(
    "law",
    {"party": lx.PARTY, "act": lx.LEGAL_ACT},
    {
        "how": (
            "{party}[怎么]{act}",
            "{party}[如何]{act}",
            "{party}想{act}，该[怎么办]",
        ),
        "may": (
            "{party}[能不能]{act}",
            "{party}[可以]{act}[吗]",
            "{party}[有没有权利]{act}",
        ),
        "needs": (
            "{party}{act}[需要什么材料]",
            "{party}{act}[要准备哪些资料]",
            "{party}想{act}，[要带什么材料]",
        ),
        "costs": (
            "{party}{act}[要多少钱]",
            "{party}{act}的[费用是多少]",
            "{party}想{act}，[得花多少钱]",
        ),
        "takes": (
            "{party}{act}[要多久]",
            "{party}{act}[需要多长时间]",
            "{party}想{act}，[得多长时间]",
        ),
    },
)


SHARES = Domain(
    "shares",
    {"account": lx.BROKERAGE, "act": lx.BROKERAGE_ACT},
    {
        "how": (
            "{account}[怎么]{act}",
            "{account}[如何]{act}",
            "我的{account}要{act}，该[怎么操作]",
        ),
        "fails": (
            "{account}[为什么不能]{act}",
            "[为什么]我的{account}[无法]{act}",
            "{account}{act}[失败是什么原因]",
        ),
        "hours": (
            "{account}[什么时候可以]{act}",
            "{account}[几点能]{act}",
            "{account}[哪个时间段能]{act}",
        ),
        "branch": (
            "{account}{act}[要去营业部吗]",
            "{account}{act}[需要到柜台办吗]",
            "我的{account}[不去营业部可以]{act}[吗]",
        ),
    },
)
