"""The generated page of the documentation: every shipped norm, and the words norms count with.

Run ``python -m tests.norms.page`` after a change of the files; a test compares.
"""

from itertools import groupby
from pathlib import Path

from capacity.norms import load_catalogue
from capacity.norms.model import PROFILES, ROLES
from capacity.vocabulary import AMOUNTS, FACILITY_TYPES, FIGURES, OPERATORS, SERVICES

PAGE = Path(__file__).parents[2] / "docs" / "norms-catalogue.md"
HEAD = """\
# The shipped norms

Generated from the files in `capacity/norms/documents/` by `python -m tests.norms.page`; what the \
columns mean, and how a date selects, is in [norms.md](norms.md). Clauses are as printed in the \
documents; a year without a day means the end of that year.

"""
ROLE_ORDER = list(ROLES)


def page():
    """Return the whole page."""
    catalogue = load_catalogue()
    parts = [HEAD, counts(catalogue)]
    names = {document.city: document.city_zh for document in catalogue.documents}
    for city, norms in groupby(catalogue.norms, key=lambda norm: norm.city):
        parts.append(f"## {names[city]} {city}\n\n")
        by_service = sorted(norms, key=lambda norm: list(SERVICES).index(norm.service))
        for service, found in groupby(by_service, key=lambda norm: norm.service):
            zh, en = SERVICES[service]
            parts.append(f"### {names[city]} · {zh} ({en})\n\n{table(list(found))}\n\n")
    return "".join([*parts, conflicts(catalogue), words()])


def counts(catalogue):
    """Return a table of norms by document and role."""
    lines = [
        "| document | date | norms | " + " | ".join(ROLES) + " |",
        "|---|---|---|" + "---|" * 4,
    ]
    for document in catalogue.documents:
        own = [norm for norm in catalogue.norms if norm.source.title == document.title]
        by_role = [str(sum(norm.role == role for norm in own)) for role in ROLES]
        day = f"{document.date} ({document.date_note})" if document.date_note else document.date
        lines.append(f"| {document.title} | {day} | {len(own)} | {' | '.join(by_role)} |")
    return "\n".join(lines) + "\n\n"


def table(norms):
    """Return the table of one service of one city, evaluated norms first."""
    lines = [
        "| id | norm | standard | date | levels | counts | source |",
        "|---|---|---|---|---|---|---|",
    ]
    for norm in sorted(norms, key=lambda norm: (ROLE_ORDER.index(norm.role), norm.id)):
        lines.append(  # noqa: PERF401  # one row reads better than a generator
            f"| `{norm.id}` | {norm.name_zh}{marks(norm)} | {standard(norm)} | {date(norm)} "
            f"| {levels(norm)} | {counted(norm)} | {norm.source.citation} |"
        )
    return "\n".join(lines)


def marks(norm):
    """Return what a reader of the name must see: role, profile, conflicts."""
    found = [] if norm.role == "compute" else [ROLES[norm.role][0]]
    found += [PROFILES["optional"][0]] if norm.profile == "optional" else []
    return f" ({', '.join([*found, *norm.conflicts])})" if found or norm.conflicts else ""


def standard(norm):
    """Return comparator, value and unit."""
    top = f"–{norm.value_max}" if norm.value_max else ""
    size = f", each ≥ {norm.minimum_size} {norm.minimum_size_unit}" if norm.minimum_size else ""
    return f"{norm.comparator} {norm.value}{top} {norm.unit}{size}"


def date(norm):
    """Return the date of a requirement or of an observed value."""
    if norm.as_of:
        return f"on {norm.as_of}"
    return f"by {norm.by}" if norm.by else f"from {norm.effective_from}"


def levels(norm):
    """Return where it is asked for, shown and tested."""
    shown = f" (shown: {', '.join(norm.shown_at)})" if norm.shown_at else ""
    each = "" if norm.each == "unit" else f"; each {norm.each}"
    applies = "" if norm.applies_to == "all" else f"; {norm.applies_to}"
    condition = f"; {norm.condition}" if norm.condition else ""
    return f"{', '.join(norm.levels)}{shown}{each}{applies}{condition}"


def counted(norm):
    """Return what is counted, and against what."""
    if norm.supply is None:
        return ""
    base = norm.of.text if norm.of else "" if norm.base == "none" else norm.base
    return f"{norm.supply.text} / {base}" if base else norm.supply.text


def conflicts(catalogue):
    """Return the table of conflicts."""
    lines = ["| id | what does not agree | what is done |", "|---|---|---|"]
    lines += [
        f"| {conflict.id} | {conflict.text_zh} {conflict.text_en} "
        f"| {conflict.resolution_zh} {conflict.resolution_en} |"
        for conflict in catalogue.conflicts
    ]
    return "## Conflicts\n\n" + "\n".join(lines) + "\n\n"


def words():
    """Return the tables of what norms may count."""
    parts = []
    for title, entries, last in (
        ("Amounts", AMOUNTS, "counted in"),
        ("Operators", OPERATORS, ""),
        ("Facility types", FACILITY_TYPES, "service"),
        ("Figures", FIGURES, "counted in"),
    ):
        head = f"| word | 中文 | English |{f' {last} |' if last else ''}"
        lines = [head, "|---|---|---|" + ("---|" if last else "")]
        lines += [f"| `{word}` | {' | '.join(labels)} |" for word, labels in entries.items()]
        parts.append(f"## {title}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
