"""What an export was narrowed to is said in words, not as the parameters of an address."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.utils.translation import override

from loudou.exchange.exporting.sheets import SHEETS
from loudou.exchange.exporting.wording import in_words
from tests import make
from tests.cast import Cast


@pytest.mark.parametrize(
    ("kind", "filters", "said"),
    [
        ("deals", {"owner": "chenan", "outcome": "lost"}, [("负责人", "陈安"), ("结果", "输单")]),
        ("deals", {"source": "visit", "category": "commit"}, [("分类", "承诺"), ("来源", "拜访")]),
        (
            "deals",
            {"flag": "overdue,skipped", "min": "100000"},
            [("标记", "已过预期日, 跳过关口"), ("不低于", "10万")],
        ),
        ("deals", {"tone": "urgent", "funnel": "b2b"}, [("漏斗", "设备直销"), ("", "超期或过期")]),
        ("deals", {"due": "2026-Q1", "q": "机器人"}, [("预计成交", "2026 年一季度"), ("文字", "机器人")]),
        ("tasks", {"when": "overdue", "set": "me"}, [("期限", "逾期"), ("", "我下达的")]),
        ("visits", {"state": "approved"}, [("状态", "已批准")]),
        ("warnings", {"state": "gone"}, []),
        (
            "warnings",
            {"state": "escalated", "sign": "silent"},
            [("征兆", "久未联系"), ("状态", "逾期未答复")],
        ),
        ("activities", {"state": "invalid"}, [("状态", "不完整")]),
        ("calls", {"state": "waiting"}, [("状态", "待答复")]),
        ("problems", {"state": "open", "kind": "unclassed"}, [("状态", "未关闭"), ("类型", "尚未判定")]),
        ("rules", {"state": "review"}, [("状态", "待复审")]),
        ("people", {}, []),
    ],
)
def test_a_filter_is_said_as_people_read_it(
    cast: Cast, kind: str, filters: dict[str, str], said: list[tuple[str, str]]
) -> None:
    with override("zh-hans"):
        assert in_words(SHEETS[kind], cast.wumin, filters) == said


def test_a_stage_is_called_as_its_funnel_calls_it(cast: Cast) -> None:
    stage = make.specs_of(make.deal(cast.chenan))[1].stage
    with override("zh-hans"):
        assert in_words(SHEETS["deals"], cast.wumin, {"stage": stage.code, "funnel": "b2b"}) == [
            ("漏斗", "设备直销"),
            ("阶段", "开发"),
        ]


def test_the_page_says_them(cast: Cast, client: Client) -> None:
    client.force_login(cast.wumin)
    page = client.get("/exports/", {"kind": "deals", "owner": "chenan", "outcome": "lost"}).content.decode()
    assert "负责人 <b>陈安</b>" in page and "结果 <b>输单</b>" in page
    filters = json.dumps({"owner": "chenan"})
    client.post("/exports/", {"kind": "deals", "format": "csv", "filters": filters})
    assert "负责人</span>" in client.get("/exports/").content.decode()
