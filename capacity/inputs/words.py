"""What the words in cells of a list mean: data for ``frames``, and how they are compared."""

from __future__ import annotations

import unicodedata
from typing import Final

from capacity.norms.model import CONDITIONS
from capacity.vocabulary import FACILITY_STATUSES, OPERATORS

FLAG_WORDS: Final[dict[str, bool]] = {
    **dict.fromkeys(("true", "t", "yes", "y", "1", "1.0", "是", "√", "✓", "✔", "☑", "对"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0", "0.0", "否", "不是"), False),
    **dict.fromkeys(("×", "✗", "✘", "✕"), False),
}
"""Words for yes and no, in small letters, in a column and in area.toml."""

INCLUSIVE_WORDS: Final[dict[str, bool]] = {
    **dict.fromkeys(("普惠", "普惠性", "普惠型", "普惠机构", "有"), True),
    **dict.fromkeys(("非普惠", "非普惠性", "不普惠", "无"), False),
}
"""Words beside yes and no that say whether a facility is inclusive."""

NO_CONDITION: Final = "none_of_these"
"""What the condition column holds where a site is known to be none of ``CONDITIONS``."""
CONDITION_WORDS: Final = {
    **{zh: name for name, (zh, _) in CONDITIONS.items()},
    **{zh.replace(",", "，"): name for name, (zh, _) in CONDITIONS.items()},
    "都不是": NO_CONDITION,
}
"""Word → site condition."""

OPERATOR_WORDS: Final = {
    **{zh: name for name, (zh, _) in OPERATORS.items()},
    **dict.fromkeys(("公立", "公办园", "公办性质", "政府办", "政府举办"), "public"),
    **dict.fromkeys(("公办民营", "公建民办"), "public_built_private_run"),
    **dict.fromkeys(("民办公助园", "民办公助性质"), "private_aided"),
    **dict.fromkeys(
        ("普惠性民办", "普惠民办", "民办普惠性", "民办(普惠)", "民办(普惠性)", "普惠性民办园"),
        "private_inclusive",
    ),
    **dict.fromkeys(
        ("民营", "私立", "私营", "民办园", "民办性质", "社会力量", "社会力量办", "社会力量举办"),
        "private",
    ),
    **dict.fromkeys(
        ("社会办", "民办(非普惠)", "民办非普惠", "非普惠性民办", "非普惠民办"), "private"
    ),
}
"""Word, as ``folded`` writes it → who runs a facility."""

STATUS_WORDS: Final[dict[str, str]] = {
    **{zh: name for name, (zh, _) in FACILITY_STATUSES.items()},
    **{en: name for name, (_, en) in FACILITY_STATUSES.items()},
    **dict.fromkeys(("营业", "开业", "正常", "正常运营", "试运营", "试营业", "在用"), "open"),
    **dict.fromkeys(("运营中", "正在运营", "已运营", "投入运营", "已投入运营", "在营"), "open"),
    **dict.fromkeys(("营业中", "正常营业", "正在营业", "已开业", "已投用", "已投入使用"), "open"),
    **dict.fromkeys(("operating", "operational", "in operation", "in use"), "open"),
    **dict.fromkeys(("建设中", "施工中", "在建中", "正在建设", "正在施工"), "under_construction"),
    **dict.fromkeys(("已开工", "building"), "under_construction"),
    **dict.fromkeys(("规划中", "拟建", "待建", "筹建", "筹建中", "筹备", "筹备中"), "planned"),
    **dict.fromkeys(("未建", "未建设", "未开工", "未动工", "计划建设", "proposed"), "planned"),
    **dict.fromkeys(("关闭", "注销", "停办", "停用", "停运", "歇业", "暂停营业", "关停"), "closed"),
    **dict.fromkeys(("拆除", "已停业", "已关闭", "已注销", "已停办", "已拆除", "已关停"), "closed"),
    **dict.fromkeys(("停止运营", "暂停运营", "已停运", "已停用", "已歇业", "撤销"), "closed"),
    **dict.fromkeys(("closed down", "demolished", "cancelled"), "closed"),
}
"""Word, as ``folded`` writes it → status of a facility."""

_RUNNING: Final = (
    *("运营", "营业", "在营", "在运营", "开业", "投用", "投入使用", "投入运营", "正常运营"),
    *("正常营业", "启用", "在用", "已投用", "已运营", "已开业"),
)
_GONE: Final = ("停业", "关停", "停运", "停用", "停办", "注销", "关闭", "歇业")
STATUS_OF_FLAG: Final[dict[str, tuple[str, str]]] = {
    **{f"是否{word}": ("open", "closed") for word in _RUNNING},
    **{f"是否{word}": ("closed", "open") for word in _GONE},
}
"""Column, as ``columns.plain`` writes it → the statuses that yes and no mean in it."""


def folded(word: str) -> str:
    """Write a word as words are compared: without case, spaces and full-width forms.

    Examples
    --------
    >>> folded("民办（普惠） "), folded("In Use")
    ('民办(普惠)', 'in use')
    """
    text = " ".join(unicodedata.normalize("NFKC", word).lower().split())
    return text if text.isascii() else text.replace(" ", "")
