"""What superiors of the demo company write when they sign: about this record, in words they did not use lately."""

from __future__ import annotations

from collections.abc import Sequence

from loudou.daylog.models import DayLog
from loudou.fieldwork.models import VisitPlan
from loudou.people.models import User
from loudou.signoff.figures import repeats
from loudou.signoff.queries import former_opinions

_LOGS = (
    "{customer}谈到这一步可以了，明天先打电话，别空跑。",
    "看到了，{customer}回的是“{result}”，这句话请落到邮件里。",
    "{customer}那边是谁拍板还没写出来，下次见面先问这个。",
    "今天跑了 {count} 家，路线顺。{customer}的资料回来就归档。",
    "{customer}价格先不要松口，等我和售前碰过再报。",
    "反思写得实在，{customer}的事周会上给大家讲一遍。",
    "{customer}拖了有一阵了，这周要一个准话，需要我出面就说。",
    "同意。{customer}下次把售前带上，技术问题当场答掉。",
    "“{result}”，那预算归谁管？问清楚再写报价。",
    "行。明天的计划里把{customer}排在上午，下午容易被冲掉。",
    "{customer}的竞品是哪家、报多少，补一句，别只写“在比较”。",
)
_QUIET = (
    "今天在公司，{plan}要排到明天第一件事。",
    "没有外出可以，名单要趁这天理出来：{plan}。",
    "资料整理完请发我一份，{plan}别拖过周三。",
)
_PLANS = (
    "可以去。{objective}这一条问不到，就先别谈价格。",
    "{customer}去之前先跟{contact}约好时间，上次白等了一个钟头。",
    "策略我看可以，{contact}只管技术，请他引见管钱的人。",
    "同意。{customer}带上同行案例，{objective}放在最后问。",
    "去吧，{contact}若还是不松口，回来我们一起改方案。",
    "目标两条就够了，先把“{objective}”拿到手。",
    "{customer}这次我也想去，时间定了告诉我；{objective}由你主谈。",
    "背景写清楚了。见{contact}别带报价单，先听他说。",
)
_REVIEWS = (
    "{contact}这次说得很直，下一步按你写的日子走，别等对方催。",
    "一起过了一遍：{customer}真正卡在预算上，不在技术。",
    "问得到位。{contact}提的那家对手，下周前摸清报价。",
    "“{objective}”算是拿到了，{customer}可以往前推一步。",
    "回答记得细，比上次好；{customer}的时间表再逼紧一点。",
    "{contact}没有正面答，这条不算完成，下次换个问法。",
    "辛苦。{customer}答应的事写成会议纪要发过去，请{contact}回一个“收到”。",
)
_SHORT, _CLAUSE = 4, 16


def about_log(log: DayLog, signer: User, turn: int) -> str:
    """What a manager writes under somebody's day."""
    lines = [line for line in log.lines.all() if line.customer_name]
    plan = log.plan.splitlines()[0] if log.plan else "明天的拜访"
    if not lines:
        return fresh(signer, [words.format(plan=plan) for words in _QUIET], turn)
    line = lines[turn % len(lines)]
    facts = {"customer": line.customer_name[:_SHORT], "count": len(lines)}
    told = _clause(line.result)
    wordings = [words for words in _LOGS if told or "{result}" not in words]
    return fresh(signer, [words.format(result=told, **facts) for words in wordings], turn)


def about_visit(plan: VisitPlan, signer: User, turn: int) -> str:
    """What a superior writes on a plan before the visit, and on its record after it."""
    wordings = _REVIEWS if plan.recorded_at is not None else _PLANS
    facts = {
        "customer": plan.customer.name[:_SHORT],
        "contact": plan.contact or "对方",
        "objective": plan.objectives[turn % len(plan.objectives)],
    }
    return fresh(signer, [words.format(**facts) for words in wordings], turn)


def fresh(signer: User, wordings: Sequence[str], turn: int) -> str:
    """The next of the wordings that the signer did not use lately; else the first of them, a second time round."""
    former, first = former_opinions(signer), turn % len(wordings)
    turned = [*wordings[first:], *wordings[:first]]
    again = (f"再说一次：{words}" for words in turned)
    return next(
        (words for words in (*turned, *again) if not repeats(words, former)), f"{turned[0]}（{turn}）"
    )


def _clause(text: str) -> str:
    """The first clause of a result, short enough to be quoted."""
    first = text.replace("\n", "，").replace("。", "，").split("，")[0].strip()
    return first if len(first) <= _CLAUSE else ""
