"""What was typed wrong on the command line, in Chinese."""

import click
import pytest

from capacity.report.usage import usage_in_chinese


def said(kind, value):
    """What the library says of a value of an option."""
    with pytest.raises(click.UsageError) as caught:
        kind.convert(value, click.Option(["--n"]), None)
    return usage_in_chinese(caught.value.format_message())


@pytest.mark.parametrize(
    ("kind", "value", "chinese"),
    [
        (click.INT, "x", "x 不是整数"),
        (click.IntRange(1), "x", "x 不是整数"),
        (click.IntRange(1), "0", "0 超出范围,应不小于 1"),
        (click.IntRange(max=9), "10", "10 超出范围,应不大于 9"),
        (click.IntRange(1, 9), "10", "10 超出范围,应在 1 到 9 之间"),
        (click.FLOAT, "a.b", "a.b 不是数字"),
        (click.BOOL, "maybe", "maybe 不是 true 或 false"),
        (click.Path(exists=True, file_okay=False), "没有", "文件夹 没有 不存在,请核对路径"),
        (click.Path(exists=True, dir_okay=False), "没有", "文件 没有 不存在,请核对路径"),
        (click.Path(exists=True, dir_okay=False), ".", ". 是文件夹,请给出其中的文件"),
        (click.Path(exists=True, file_okay=False), __file__, f"{__file__} 是文件,请给出文件夹"),
    ],
)
def test_values_of_options(kind, value, chinese):
    assert said(kind, value) == f"--n 有误:{chinese}"


def test_what_is_not_known_stays_as_it_is():
    assert usage_in_chinese("Something else.") == "Something else."
