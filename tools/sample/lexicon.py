"""Words of the sample corpora: what a question can be about, and every way of saying it.

A slot lists concepts; a concept lists its surfaces, all of which mean the same in the frames that use them, so that two
sentences with the same concepts in the same slots are paraphrases, and two with one concept exchanged are not. Few
concepts, each seen often: a small model has to learn every synonym from some thousand pairs.
"""

from collections.abc import Mapping

Slot = Mapping[str, tuple[str, ...]]


def slot(*concepts: str) -> Slot:
    """Concepts written as `surface/surface/…`; the first surface names the concept."""
    return {words[0]: words for words in (tuple(concept.split("/")) for concept in concepts)}


CITY = slot("北京/首都", "上海/魔都", "广州/羊城", "成都", "杭州", "西安")
SEASON = slot("夏天/夏季", "冬天/冬季", "国庆节/十一", "过年/春节")
VEHICLE = slot("高铁", "飞机", "火车", "大巴/长途汽车")
PATIENT = slot("孕妇/准妈妈/怀孕的人", "宝宝/婴儿", "老人/老年人", "糖尿病人/糖尿病患者")
FOOD = slot("西红柿/番茄", "土豆/马铃薯", "红薯/地瓜", "芒果", "西瓜")
SYMPTOM = slot("感冒", "发烧/发热", "咳嗽", "拉肚子/腹泻", "失眠/睡不着觉", "流鼻血/鼻子出血")
LEARNER = slot("小孩/孩子/小朋友", "上班族", "老年人/老人", "大学生")
SKILL = slot("英语/英文", "日语/日文", "钢琴", "吉他", "游泳", "画画/绘画", "书法")
CARRIER = slot("移动/中国移动", "联通/中国联通", "电信/中国电信")
SERVICE = slot("流量包", "彩铃", "宽带", "国际漫游", "4G套餐", "VIP会员/vip会员")
SERVICE_ACT = slot("开通/办理", "取消/退订", "更换/变更")
DOCUMENT = slot("身份证", "护照", "驾照/驾驶证", "社保卡", "居住证", "港澳通行证")
DOCUMENT_ACT = slot("办理/申请", "补办/补领", "更换/换领")
APP = slot("微信", "支付宝", "QQ/qq", "微博/新浪微博", "淘宝", "抖音", "王者荣耀", "英雄联盟/LOL")
APP_ACT = slot(
    "修改密码/更改密码/换密码",
    "找回密码/取回密码",
    "换头像/更换头像",
    "改名字/修改昵称",
    "注销账号/删除账号",
    "绑定手机号/关联手机号",
    "解绑手机号/解除手机号绑定",
    "加好友/添加好友",
    "删好友/删除好友",
)
PHONE = slot("苹果手机/iPhone", "华为手机", "小米手机", "三星手机", "vivo手机")
PHONE_ACT = slot(
    "截屏/截图",
    "录屏/录制屏幕",
    "恢复出厂设置/还原出厂设置",
    "恢复照片/找回照片",
    "连接蓝牙/连蓝牙",
    "设置铃声/换铃声",
)
CREDIT = slot("花呗/蚂蚁花呗", "借呗/蚂蚁借呗", "信用卡", "网商贷", "白条/京东白条")
CREDIT_ACT = slot("开通/开启", "关闭/关掉", "提额/提高额度", "还款/还钱", "延期还款/推迟还款")
PARTY = slot("员工/劳动者", "公司/用人单位", "房东/出租人", "租客/承租人")
LEGAL_ACT = slot("解除合同/终止合同", "签订合同/订立合同", "申请仲裁/提起仲裁", "索要赔偿/要求赔偿", "打官司/起诉")
# Names are masked in some published corpora.
BROKERAGE = slot("[机构]账户/[机构]账号", "股票账户/股票账号", "基金账户/基金账号", "期货账户/期货账号")
BROKERAGE_ACT = slot("登录/登陆", "转账/转钱", "销户/注销", "换手机号/更换手机号", "重置密码/找回密码")

# What people wrap around a question: says nothing about what is asked, so it is never evidence.
OPENERS = (
    "请问",
    "我想问一下",
    "谁知道",
    "有谁知道",
    "求助，",
    "想问问",
    "大家说说",
    "急！",
    "各位，",
    "麻烦问下，",
)
OPENERS_OF_A_CLAUSE = ("我想问一下", "谁知道", "有谁知道", "想问问", "大家说说")
CLOSERS = (
    *("？", "？", "？", "?", "！", "~"),
    *("呢", "呢？", "啊", "啊？", "呀？"),
    *("？谢谢", "？急", "，求解", "，在线等", "，求大神解答"),
)
