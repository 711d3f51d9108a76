"""Pages made from the library: Python reference, commands, norms, changes."""

import ast
import re
from enum import Enum
from itertools import groupby

import typer.main

from capacity import cli
from capacity.norms import load_catalogue
from capacity.norms.model import ROLES
from capacity.report.terminal import norm_rows
from capacity.vocabulary import SERVICES

# The modules of the public names, by what one wants of them; the first that fits.
TOPICS = {
    "study-area": ("Reading a study area", ("study_area", "population", "inputs", "example")),
    "norms": ("Norms", ("norms",)),
    "assess": ("Assessing", ("assess",)),
    "people": ("People, by place and to a census", ("demand", "calibration")),
    "reach": ("Reach, allocation, accessibility", ("reach", "network")),
    "siting": ("Where to build", ("siting", "inputs.sites")),
    "monitoring": ("What changed, what is planned", ("monitoring",)),
    "parts": ("Large areas in parts", ("parts", "scale")),
    "errors": ("Errors", ("errors",)),
}
MEMBERS = "filters: ['!^_']"


def every_page(root):
    """Return the generated pages: where in the docs, and their text."""
    made = api_pages(root)
    made["reference/commands.md"] = commands_page()
    made |= norm_pages()
    for name in ("CHANGELOG", "CONTRIBUTING"):
        text = (root / f"{name}.md").read_text(encoding="utf-8")
        made[f"project/{name.lower()}.md"] = moved(text)
    return made


def moved(text):
    """Return a page of the top of the repository with its links as seen from project/."""
    text = re.sub(r"\]\(docs/([^)]+)\)", r"](../\1)", text)
    for name in ("CHANGELOG", "CONTRIBUTING"):
        text = text.replace(f"]({name}.md", f"]({name.lower()}.md")
    # what is in the repository and not on the site keeps its words and loses its link
    return re.sub(
        r"(?<!!)\[([^\]]+)\]\((?!\.\./|#|https?:|changelog|contributing)[^)]*\)", r"\1", text
    )


def public_names(root):
    """Return the public names with the module that each is from, as the stub says."""
    stub = ast.parse((root / "capacity" / "__init__.pyi").read_text(encoding="utf-8"))
    return {
        alias.name: node.module
        for node in stub.body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


def topic(module):
    """Return the page that a module's names stand on: of the topics that fit, the most exact."""
    fits = [
        (len(prefix), key)
        for key, (_, prefixes) in TOPICS.items()
        for prefix in prefixes
        if module == prefix or module.startswith(f"{prefix}.")
    ]
    return max(fits)[1]


def api_pages(root):
    """Return a page per topic with the docstrings of its public names."""
    by_topic = {key: [] for key in TOPICS}
    for name, module in public_names(root).items():
        by_topic[topic(module)].append((name, module))
    made = {}
    for key, names in by_topic.items():
        if names:
            title = TOPICS[key][0]
            parts = [f"# {title}\n"]
            parts += [entry(name, module) for name, module in sorted(names, key=functions_first)]
            made[f"reference/api/{key}.md"] = "\n".join(parts)
    return made


def functions_first(named):
    """Functions before classes, each by name."""
    name, _ = named
    return (name[0].isupper(), name.lower())


def entry(name, module):
    """Return what mkdocstrings makes the entry of a name from."""
    return (
        f"::: capacity.{module}.{name}\n    options:\n"
        f"      heading: {name}\n      toc_label: {name}\n      {MEMBERS}\n"
    )


def commands_page():
    """Return every command with its arguments and options, from the argument parser."""
    parts = [
        "# Commands and options\n",
        (
            "Every command with every option, as `--help` shows them. What they do together, and the "
            "exit codes, is in [command line](../command-line.md).\n"
        ),
    ]
    for path, command in commands(typer.main.get_command(cli.app), "capacity"):
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        options = [p for p in command.params if p.param_type_name == "option"]
        usage = " ".join(
            [path, *(shown(p) for p in arguments), *(["[OPTIONS]"] if options else [])]
        )
        parts.append(f"## {path}\n\n{command.help.strip()}\n\n```text\n{usage}\n```\n")
        if arguments or options:
            parts.append("| | what it is |\n|---|---|")
            parts += [f"| `{shown(p)}` | {p.help}{extras(p)} |" for p in [*arguments, *options]]
            parts.append("")
    return "\n".join(parts)


def commands(command, path):
    """Give every command that does something, with the words that call it."""
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from commands(inner, f"{path} {name}")
    else:
        yield path, command


def shown(parameter):
    """Return a parameter as one types it."""
    if parameter.param_type_name == "argument":
        return parameter.metavar or parameter.name.upper()
    value = (
        ""
        if getattr(parameter, "is_flag", False)
        else f" {parameter.metavar or words_of(parameter)}"
    )
    return ", ".join(parameter.opts) + value


def words_of(parameter):
    """Return the words that an option may have."""
    known = [str(word.value) for word in type(parameter.default)] if is_word(parameter) else []
    return "|".join(known) or parameter.name.upper()


def is_word(parameter):
    """Whether an option takes one of a few words."""
    return isinstance(parameter.default, Enum)


def extras(parameter):
    """Return what must be known beside the help: required, several, default."""
    facts = [
        "Required." if parameter.required and parameter.param_type_name == "option" else "",
        "May be given several times." if getattr(parameter, "multiple", False) else "",
    ]
    return "".join(f" {fact}" for fact in facts if fact and fact[:8] not in (parameter.help or ""))


def norm_pages():
    """Return a page per document: every norm of it, with clause, dates, value and status."""
    catalogue = load_catalogue()
    made = {}
    for document in sorted(catalogue.documents, key=lambda one: (one.city, one.date)):
        own = [norm for norm in catalogue.norms if norm.source.title == document.title]
        made[f"reference/norms/{document.id}.md"] = norm_page(document, own, catalogue.conflicts)
    return made


def norm_page(document, norms, conflicts):
    """Return the page of one document."""
    day = document.date_note or document.date.isoformat()
    number = f" {document.number}" if document.number else ""
    parts = [
        f"---\ntitle: {document.short_title}\nsearch: {{boost: 0.3}}\n---\n",
        f"# {document.title}\n",
        (
            f"{document.city_zh} {document.city_en}.{number} {day}. Made from "
            f"`{norms[0].file}`; all documents in one table: "
            "[the shipped norms](../../norms-catalogue.md).\n"
        ),
    ]
    by_service = sorted(norms, key=lambda norm: list(SERVICES).index(norm.service))
    for service, found in groupby(by_service, key=lambda norm: norm.service):
        parts.append(f"## {' '.join(SERVICES[service])}\n")
        order = sorted(found, key=lambda norm: (list(ROLES).index(norm.role), norm.id))
        parts += [norm_entry(norm, conflicts) for norm in order]
    return "\n".join(parts)


LEFT_OUT = {"name", "city", "service", "document", "document date", "written in", "series"}


def norm_entry(norm, conflicts):
    """Return what is known of one norm."""
    rows = [(name, value) for name, value in norm_rows(norm, conflicts) if name not in LEFT_OUT]
    table = "\n".join(f"| {name} | {cell(name, value)} |" for name, value in rows)
    return f"### {norm.name_zh} / {norm.name_en}\n\n| | |\n|---|---|\n{table}\n"


def cell(name, value):
    """Return a value as a table cell."""
    text = value.replace("|", r"\|").replace("\n", " ")
    return f"`{text}`" if name in {"id", "standard", "starting point of"} else text
