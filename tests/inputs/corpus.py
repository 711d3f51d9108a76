"""Every broken input of the tests and what is said about it, as a table in Markdown.

python -m tests.inputs.corpus
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Final

import yaml

FILES: Final = ("messages.yaml", "odd_tables.yaml")


def corpora() -> dict[str, dict[str, list[str]]]:
    """Read every corpus: file → name of a case → its messages, severity and code first."""
    folder = Path(__file__).parent
    return {
        file: yaml.safe_load((folder / file).read_text(encoding="utf-8")) or {} for file in FILES
    }


def as_markdown(found: dict[str, dict[str, list[str]]]) -> str:
    """Lay corpora out: one row per message, and the counts below."""
    lines = ["| input | severity | code | message |", "| --- | --- | --- | --- |"]
    severities: Counter[str] = Counter()
    codes = set()
    for cases in found.values():
        for name, messages in cases.items():
            for first, message in zip([name, *[""] * len(messages)], messages, strict=False):
                head, _, text = message.partition(" | ")
                severity, _, code = head.partition(" ")
                severities[severity] += 1
                codes.add(code)
                shown = text.replace("|", "\\|")
                lines.append(f"| {first} | {severity} | `{code}` | {shown} |")
            if not messages:
                lines.append(f"| {name} | | | (nothing) |")
    n_cases = sum(map(len, found.values()))
    counts = ", ".join(f"{n} of severity {severity}" for severity, n in severities.most_common())
    lines += [
        "",
        f"{n_cases} inputs, {severities.total()} messages ({counts}), {len(codes)} codes.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(as_markdown(corpora()) + "\n")
