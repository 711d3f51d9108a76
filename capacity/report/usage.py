"""Usage errors of the command line in Chinese: what was typed wrong, and what would be right."""

from __future__ import annotations

import re
from typing import Final

_LIST: Final = r"(?P<list>.+?)"
_PATTERNS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), chinese)
    for pattern, chinese in (
        (
            rf"No such option:? '?(--?[\w-]+)'?\.? \(Possible options: {_LIST}\)",
            "没有选项 {0};疑为 {list}",
        ),
        (r"No such option:? '?(--?[\w-]+)'?\.? Did you mean '?(.+?)'?\?", "没有选项 {0};疑为 {1}"),
        (r"No such option:? '?(--?[\w-]+)'?\.?", "没有选项 {0}"),
        (
            r"No such command '(.+?)'\.? Did you mean '?(.+?)'?\?",
            "没有命令 {0};疑为 {1}",
        ),
        (
            r"No such command '(.+?)'.*",
            "没有命令 {0};加 --help 可看有哪些命令",
        ),
        (r"Missing argument '(.+?)'.*", "缺少参数 {0}"),
        (r"Missing (?:option|parameter):? '(.+?)'.*", "缺少选项 {0}"),
        (r"Got unexpected extra arguments? \((.+)\)", "多出参数 {0};名称中有空格的加引号"),
        (r"Option '(.+?)' requires (?:an|\d+) arguments?\.?", "选项 {0} 后面要跟一个值"),
        (r"Option '(.+?)' does not take a value\.?", "选项 {0} 后面不跟值"),
        (r"directory '(.+?)' does not exist\.", "文件夹 {0} 不存在,请核对路径"),
        (r"(?:path|file) '(.+?)' does not exist\.", "文件 {0} 不存在,请核对路径"),
        (r"(?:path|directory) '(.+?)' is a file\.", "{0} 是文件,请给出文件夹"),
        (r"(?:path|file|directory) '(.+?)' is not writable\.", "{0} 写不进去,可能被占用或没有权限"),
        (r"(?:path|file|directory) '(.+?)' is a directory\.", "{0} 是文件夹,请给出其中的文件"),
        (r"(?:path|file|directory) '(.+?)' is not readable\.", "{0} 读不出,可能被占用或没有权限"),
        (r"'(.+?)' does not match the formats? .*", "{0} 不是日期,应写作 2025-12-31"),
        (r"'(.+?)' is not a valid (?:int|integer)(?: range)?\.", "{0} 不是整数"),
        (r"'(.+?)' is not a valid (?:float|number)(?: range)?\.", "{0} 不是数字"),
        (r"'(.+?)' is not a valid boolean\..*", "{0} 不是 true 或 false"),
        (r"(\S+) is not in the range x>=(\S+)\.", "{0} 超出范围,应不小于 {1}"),
        (r"(\S+) is not in the range x<=(\S+)\.", "{0} 超出范围,应不大于 {1}"),
        (r"(\S+) is not in the range (\S+)<=x<=(\S+)\.", "{0} 超出范围,应在 {1} 到 {2} 之间"),
        (r"(\S+) is not in the range (.+)\.", "{0} 超出范围,应为 {1}"),
        (rf"'(.+?)' is not one of {_LIST}\.", "{0} 不在可选之列,可选 {list}"),
        (rf"There is no city (.+?); known: {_LIST}\.", "没有城市 {0} 的标准;已有 {list}"),
        (rf"There is no (.+?); known: {_LIST}\.", "没有 {0};可选 {list}"),
        (r"Write ID=VALUE, not (.+)\.", "应写作 标准编号=数值,而不是 {0}"),
        (r"(\S+) is given twice\.", "{0} 给了两次"),
        (
            r"No norm of the city is of this kind, service and role\.",
            "该城市没有这一领域、类型和用途的标准",
        ),
        (r"A date selects the norms of a city: add --city\.", "按日期选标准要写明城市:加 --city"),
        (
            r"Say --dask too: only parts can be resumed\.",
            "--resume 只用于分区计算:同时写上 --dask",
        ),
        (
            r"(.+?) names no city\..*",
            '{0} 没有写城市:在 [study_area] 中加 city = "…",或用 --city',
        ),
        (
            r"(.+?) holds a result that is compared\..*",
            "{0} 里有正在对比的结果,请换一个文件夹",
        ),
        (
            r"(.+?): there is no folder (.+?) to write it in\..*",
            "{0} 的上级文件夹 {1} 不存在,请先建好",
        ),
        (
            r"(.+?): (?:is|it is) .*not an earlier result.*",
            "{0} 已有内容,但不是以前的结果,不会覆盖:请换一个文件夹",
        ),
        (
            r"(.+?): .*--overwrite.*",
            "{0} 已经存在:换一个文件夹,或加 --overwrite 替换以前的结果",
        ),
    )
)
_FOR: Final = re.compile(
    r"Invalid value(?: for (?P<what>.+?))?: (?:Value error, )?(?P<text>.+)", re.DOTALL
)


def usage_in_chinese(message: str) -> str:
    """Say in Chinese what a usage error says.

    Parameters
    ----------
    message
        As the command line words it, in English.

    Returns
    -------
    str
        One line without a full stop; the message itself where it is not known.

    Examples
    --------
    >>> usage_in_chinese("No such option: --fo (Possible options: --on, --out)")
    '没有选项 --fo;疑为 --on、--out'
    >>> usage_in_chinese("Invalid value for '--on': 'soon' does not match the format '%Y-%m-%d'.")
    '--on 有误:soon 不是日期,应写作 2025-12-31'
    """
    text = " ".join(message.split())
    about = ""
    if invalid := _FOR.fullmatch(text):
        what = (invalid["what"] or "").replace("'", "").replace('"', "")
        about, text = (f"{what} 有误:" if what else ""), invalid["text"]
    for pattern, chinese in _PATTERNS:
        if found := pattern.fullmatch(text):
            listed = found.groupdict().get("list", "")
            words = "、".join(word.strip().strip("'") for word in (listed or "").split(","))
            return about + chinese.format(*found.groups(), list=words)
    return about + text
