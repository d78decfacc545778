"""What people, customers and deals of a made world are called."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import lru_cache

from loudou.ui.search import vector


@lru_cache(maxsize=200_000)
def found_by(text: str) -> str:
    """The search column's part for one text; parts joined by a blank make the whole."""
    return vector([text])


def person(dice: random.Random, lengths: Sequence[int]) -> str:
    """A surname, and a given name of one of these lengths."""
    return dice.choice(SURNAMES) + "".join(dice.sample(GIVEN, dice.choice(lengths)))


def brand(dice: random.Random) -> str:
    """The part of a company's name that is its own, of two or three characters."""
    return dice.choice(BRAND) + dice.choice(BRAND) + dice.choice(("", "", dice.choice(BRAND)))


def title_of(dice: random.Random) -> str:
    """The title of a deal."""
    return (
        f"{dice.choice(OBJECTS)}{dice.choice(WORKS)}{dice.choice(('', '', '一期', '二期', '改造', '扩产'))}"
    )


SOURCES = (
    "exhibition",
    "referral",
    "web",
    "advertisement",
    "phone",
    "partner",
    "visit",
    "database",
    "event",
    "other",
)
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅建国志文海波新宇晨欣怡浩然子轩梓涵雨桐"
REGIONS = ("华东", "华南", "华北", "华中", "西南", "西北", "东北", "海外")
CITIES = [
    "宁波",
    "杭州",
    "苏州",
    "无锡",
    "上海",
    "南京",
    "常州",
    "合肥",
    "青岛",
    "济南",
    "天津",
    "北京",
    "大连",
    "沈阳",
    "长春",
    "西安",
    "成都",
    "重庆",
    "武汉",
    "长沙",
    "广州",
    "深圳",
    "东莞",
    "佛山",
    "厦门",
    "福州",
    "温州",
    "台州",
    "嘉兴",
    "绍兴",
    "南通",
    "徐州",
    "烟台",
    "潍坊",
    "郑州",
    "洛阳",
    "太原",
    "石家庄",
    "昆明",
    "贵阳",
]
BRAND = "恒远宏达盛华鑫瑞博凯科泰联创新源通顺德嘉祥永固金鹏天宇海润东方正信诚明辉中南北江山河星光启航力"
TRADES = tuple(
    pair.split(":")
    for pair in [
        "机电:装备制造",
        "精密机械:装备制造",
        "汽车零部件:汽车",
        "模具:装备制造",
        "电子科技:电子",
        "新能源:新能源",
        "医疗器械:医疗",
        "食品机械:食品",
        "化工设备:化工",
        "自动化:装备制造",
        "轴承:装备制造",
        "电气:电气",
        "环保设备:环保",
        "包装:包装",
        "纺织:纺织",
    ]
)
OBJECTS = [
    "电机壳体",
    "变速箱",
    "轴承座",
    "齿轮",
    "泵体",
    "阀门",
    "曲轴",
    "刹车盘",
    "控制柜",
    "电池托盘",
    "模具",
    "连杆",
    "缸盖",
    "转向节",
    "法兰",
    "叶轮",
    "机器人",
    "主轴",
    "导轨",
    "减速器",
]
WORKS = [
    "柔性产线",
    "自动化单元",
    "加工中心",
    "检测设备",
    "装配线",
    "清洗机",
    "上下料系统",
    "数控车床",
    "磨床",
    "焊接工作站",
    "仓储系统",
    "打标机",
    "视觉检测",
    "热处理线",
    "铣床",
    "冲压线",
    "涂装线",
    "工装夹具",
]
RIVALS = ("沈阳新松", "大族激光", "埃斯顿", "广州数控", "华中数控", "秦川机床", "海天精工", "创世纪")
