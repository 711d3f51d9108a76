"""The command line: arguments in, functions called, tables shown.

Exit codes: 0 done; 1 faults in the inputs or norms, nothing written; 2 usage, which includes an
output folder that may not be written. Modules that compute are imported inside the commands, so
that help is quick.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import shutil
import sys
import warnings
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import capacity
from capacity.errors import CapacityError, Fault, NormError, OutputExistsError
from capacity.vocabulary import SERVICES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console, RenderableType

    from capacity.inputs.config import StudyAreaTable
    from capacity.norms.catalogue import Catalogue
    from capacity.norms.model import Norm, NormSet
    from capacity.report.labels import Language
    from capacity.siting.plan import Plan
    from capacity.study_area import StudyArea

_INPUT_FAULT, _USAGE = 1, 2
_PIPE_WIDTH = 120


class Format(StrEnum):
    """How a list is written."""

    table = "table"
    csv = "csv"


class Figures(StrEnum):
    """What other figures of a facility open on both dates count for."""

    not_separated = "not_separated"
    supply = "supply"
    data = "data"


class Words(StrEnum):
    """The language of what a terminal shows."""

    zh = "zh"
    en = "en"


# Typer raises it for everything typed wrong; some releases bring their own copy of Click.
_UsageError: type[Exception] = typer.BadParameter.__mro__[1]
_LANGUAGE: ContextVar[Language] = ContextVar("language", default="zh")
"""What the command asked for; faults are printed when the command is over."""


def _choose(words: Words) -> Words:
    _LANGUAGE.set("en" if words is Words.en else "zh")
    return words


app = typer.Typer(
    name="capacity",
    help="Apply dated, sourced siting norms to a study area and report what is missing, and where.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
norms_app = typer.Typer(help="The catalogue of norms, with sources.", rich_markup_mode=None)
app.add_typer(norms_app, name="norms")

Settings = Annotated[
    Path, typer.Argument(metavar="area.toml", exists=True, dir_okay=False, help="Settings file.")
]


OneCity = Annotated[str, typer.Option("--city", metavar="CITY", help="Norms of this city.")]
OneService = Annotated[
    str,
    typer.Option("--service", metavar="SERVICE", help=f"Norms of one of: {', '.join(SERVICES)}."),
]
OneKind = Annotated[str, typer.Option("--kind", metavar="KIND", help="Norms of this kind.")]
Roles = Annotated[
    list[str] | None,
    typer.Option(
        "--role",
        metavar="ROLE",
        help="compute, tabulate, baseline or context; may be given several times.",
    ),
]
WhoseNorms = Annotated[
    str, typer.Option("--city", metavar="CITY", help="Whose norms; default: city of area.toml.")
]
OnDate = Annotated[
    dt.datetime | None,
    typer.Option(
        "--on",
        formats=["%Y-%m-%d"],
        metavar="DATE",
        help="Norms on this date; default: data_date.",
    ),
]
OwnNorms = Annotated[
    list[Path] | None,
    typer.Option(
        "--norms", exists=True, dir_okay=False, metavar="FILE", help="A norm file of your own."
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--override", metavar="ID=VALUE", help="A value in place of a document's own."),
]
OnRequest = Annotated[
    bool, typer.Option("--optional", help="Also norms that apply only on request.")
]
ChosenWords = Annotated[
    Words,
    typer.Option(
        "--language",
        callback=_choose,
        help="Of what is shown and written: zh (faults with the English below) or en.",
    ),
]


def main() -> None:
    """Run the command line; faults are printed, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    if _asks_for_english(sys.argv[1:]):
        _LANGUAGE.set("en")  # usage errors come before the option is read
    try:
        code = app(standalone_mode=False)
    except _UsageError as error:
        _print_usage(error)
        sys.exit(_USAGE)
    except typer.Abort:
        sys.exit(_INPUT_FAULT)
    except CapacityError as error:
        _print_error(error)
        sys.exit(_USAGE if isinstance(error, OutputExistsError) else _INPUT_FAULT)
    except OSError as error:
        _say(f"error: {error}", to=_console(stderr=True))
        sys.exit(_INPUT_FAULT)
    except Exception as error:  # noqa: BLE001  # no traceback for a planner, whatever happens
        text = (
            f"unexpected error: {type(error).__name__}: {error}. Please report it with the input."
        )
        _say(text, to=_console(stderr=True))
        sys.exit(_INPUT_FAULT)
    sys.exit(code if isinstance(code, int) else 0)


def _asks_for_english(arguments: list[str]) -> bool:
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    return "--language=en" in arguments or ("--language", "en") in pairs


def _print_usage(error: Any) -> None:
    """Print what was typed wrong: in Chinese with the English below it, or as it came."""
    if _LANGUAGE.get() == "en" or "Help" in type(error).__name__:
        error.show()
        return
    from capacity.report.usage import usage_in_chinese

    message, context = error.format_message(), error.ctx
    console = _console(stderr=True)
    _say(f"用法错误:{usage_in_chinese(message)}。", to=console)
    _say(f"  原文:{message}", to=console)
    if context is not None:
        _say(f"  全部选项:{context.command_path} --help", to=console)


def _version(asked: bool) -> None:
    if asked:
        _say(f"capacity {capacity.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Print the version and stop."
        ),
    ] = False,
) -> None:
    """Take the options that stand before any command."""


@app.command()
def example(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    *,
    language: ChosenWords = Words.zh,
) -> None:
    """Write the example study area, an invented district."""
    from capacity.example import write_example

    settings = write_example(directory, language=language.value)
    _say(_EXAMPLE[language.value].format(directory=directory))
    _say(f"  capacity check {settings}")
    _say(f"  capacity assess {settings} -o {_RESULT[language.value]}")


_EXAMPLE = {
    "en": "Wrote the example to {directory}. Next:",
    "zh": "示例已写入 {directory}。接下来:",
}
_RESULT = {"en": "OUT", "zh": "结果"}


@app.command()
def check(
    settings: Settings,
    *,
    city: WhoseNorms = "",
    on: OnDate = None,
    norms: OwnNorms = None,
    language: ChosenWords = Words.zh,
) -> None:
    """List every fault of the inputs; exit 1 on an error."""
    from capacity.report.terminal import fault_counts, fault_lines
    from capacity.study_area import check_study_area

    faults = check_study_area(settings)
    if not _has_errors(faults):
        faults = [*faults, *_further_faults(settings, city, on, norms)]
    for line in fault_lines(faults, language=language.value):
        _say(line)
    if _has_errors(faults):
        _say(_MORE_FOLLOWS[language.value])
    counted = fault_counts(faults, language=language.value)
    _say(_COUNTED[language.value].format(settings.name, counted))
    if _has_errors(faults):
        raise typer.Exit(_INPUT_FAULT)


_COUNTED = {"en": "{}: {}.", "zh": "{}:{}。"}
_MORE_FOLLOWS = {
    "en": "Mend the errors and check again: what rests on them (units against each other, norms, "
    "coverage) is checked only then.",
    "zh": "改正以上错误后请再检查一次:依赖这些数据的检查(单元关系、标准、覆盖)到那时才进行。",
}
"""What is said after errors: not everything could be checked."""


def _has_errors(faults: list[Fault]) -> bool:
    return any(fault.severity == "error" for fault in faults)


def _further_faults(
    settings: Path, city: str, on: dt.datetime | None, norms: list[Path] | None
) -> list[Fault]:
    """Find what only an assessment would meet: an unknown city, people outside every unit."""
    from capacity.assess.run import assessment_faults
    from capacity.study_area import read_study_area

    area = read_study_area(settings)
    try:
        date = on.date() if on else None
        selected = _select(area, settings, city=city, on=date, extra=norms)
    except CapacityError as error:
        if not error.faults:
            raise
        return [*error.faults, *assessment_faults(area)]
    return assessment_faults(area, selected.norms)


def _select(
    area: StudyArea | StudyAreaTable,
    settings: Path,
    *,
    city: str = "",
    on: dt.date | None = None,
    **options: Any,
) -> NormSet:
    """Select norms; a city or date that area.toml gave is blamed on area.toml."""
    from capacity.norms.catalogue import load_norms

    try:
        return load_norms(city or area.city, on=on or area.data_date, **options)
    except NormError as error:
        if error.faults or (city and on):
            raise
        fault = Fault(
            severity="error",
            code="study_area.norms",
            file=settings.name,
            column="study_area.city, study_area.data_date",
            message=error.summary,
            mend="Use --on DATE for the norms of another day (study_area.data_date stays the day of "
            "the data), or --city for those of another city."
            if area.city
            else "Add a city, or use --city.",
        )
        raise NormError(f"{settings.name}: no norms can be selected", [fault]) from error


@app.command()
def assess(
    settings: Settings,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="OUT", help="Folder to write.")],
    *,
    city: WhoseNorms = "",
    on: OnDate = None,
    norms: OwnNorms = None,
    role: Roles = None,
    kind: OneKind = "",
    service: OneService = "",
    override: Overrides = None,
    optional: OnRequest = False,
    template: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True, dir_okay=False, metavar="FORM", help="A form of your own (.xlsx) to fill."
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier result.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only errors.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show every norm of every street too.")
    ] = False,
    word: Annotated[
        bool, typer.Option("--word", help="Also write report.docx, with maps and charts.")
    ] = False,
    dask: Annotated[
        str,
        typer.Option(metavar="ADDRESS", help="In parts on a Dask cluster; local: this machine."),
    ] = "",
    resume: Annotated[
        bool, typer.Option("--resume", help="With --dask: compute only the parts not yet done.")
    ] = False,
    language: ChosenWords = Words.zh,
) -> None:
    """Apply the norms; write findings and tables to OUT."""
    _check_words(role, kind, service)
    values = _overrides(override)
    _check_out(out, overwrite=overwrite)
    if resume and not dask:
        raise typer.BadParameter(
            "Say --dask too: only parts can be resumed.", param_hint="--resume"
        )
    for form in template or ():
        _check_form(form)
    if word:
        _check_word()
    from capacity.assess.run import assess as assessed
    from capacity.parts.cluster import client_at
    from capacity.report.folder import write_folder
    from capacity.study_area import read_ahead, read_study_area

    # before any file is read or cluster started: what area.toml, the norms and the options say
    given = read_ahead(settings)
    _city_of(given, settings, city)
    selected = _select(
        given,
        settings,
        city=city,
        on=on.date() if on else None,
        extra=norms,
        overrides=values,
        roles=role or ("compute",),
        profile="optional" if optional else "default",
    )
    chosen = _only(selected, kind, service)
    parts = out.absolute().with_name(f"{out.absolute().name}.parts")
    with _progress(quiet=quiet) as progress:
        with client_at(dask) as client:
            progress("reading the study area", 0, 1)
            area = read_study_area(settings, cells="file" if dask else "memory", client=client)
            result = assessed(
                area, chosen, client=client, folder=parts, resume=resume, progress=progress
            )
        progress("writing", 0, 1)
        with _warnings_in_words():
            write_folder(
                result,
                out,
                overwrite=overwrite,
                word=word,
                templates=template or (),
                language=language.value,
            )
        if dask:
            shutil.rmtree(parts, ignore_errors=True)
    if not quiet:
        _show_result(result, out, language.value, verbose=verbose)


@contextmanager
def _warnings_in_words() -> Iterator[None]:
    """Print what is warned of as a line, without the place in our code."""
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_, **__: _say(
            f"warning: {message}", to=_console(stderr=True)
        )
        yield


def _check_word() -> None:
    """Refuse a report without its packages before any work is done."""
    from capacity.report.word import check_word

    check_word()


def _check_words(roles: list[str] | None, kind: str, service: str) -> None:
    """Refuse a word that no norm has."""
    from capacity.norms.model import KINDS, ROLES

    wanted = [(service, SERVICES), (kind, KINDS), *((role, ROLES) for role in roles or ())]
    for word, known in wanted:
        if word and word not in known:
            raise typer.BadParameter(f"There is no {word}; known: {', '.join(known)}.")


def _overrides(written: list[str] | None) -> dict[str, str]:
    """Read ID=VALUE of every override; the catalogue checks both."""
    values: dict[str, str] = {}
    for text in written or ():
        norm_id, sign, value = (part.strip() for part in text.partition("="))
        if not (norm_id and sign and value):
            raise typer.BadParameter(f"Write ID=VALUE, not {text}.", param_hint="--override")
        if norm_id in values:
            raise typer.BadParameter(f"{norm_id} is given twice.", param_hint="--override")
        values[norm_id] = value
    return values


def _only(selected: NormSet, kind: str, service: str) -> NormSet:
    """Keep norms of one kind and service, where they are asked for."""
    norms = tuple(n for n in selected.norms if kind in {"", n.kind} and service in {"", n.service})
    if not norms:
        raise typer.BadParameter("No norm of the city is of this kind, service and role.")
    return dataclasses.replace(selected, norms=norms)


def _check_out(out: Path, *, overwrite: bool, marker: str = "manifest.json") -> None:
    """Refuse an output folder before any work is done."""
    from capacity.report.folder import check_target

    try:
        check_target(out, overwrite=overwrite, marker=marker)
    except CapacityError as error:
        raise typer.BadParameter(str(error.faults[0]), param_hint="--out") from None


def _check_form(form: Path) -> None:
    """Refuse a form that cannot be read before any work is done."""
    from capacity.report.template import check_template

    check_template(form)


def _show_result(
    result: capacity.Assessment, out: Path, language: Language, *, verbose: bool
) -> None:
    from capacity.report.brief import brief
    from capacity.report.stages import stage_tables
    from capacity.report.terminal import shortfall_tables

    if verbose:
        for table in shortfall_tables(result, language=language):
            _say(table)
        for table in stage_tables(result.projection(), result, language=language):
            _say(table)
    for table in brief(result, language=language):
        _say(table)
    counts = result.quality["severity"].value_counts()
    warnings = int(counts.get("warning", 0))
    if warnings:
        _say(_WARNED[language].format(n=warnings))
    if not verbose:
        _say(_VERBOSE[language])
    _say(_WROTE[language].format(n=len(result.findings), out=out))


_VERBOSE = {
    "en": "Every norm of every unit: shortfalls.xlsx and findings.csv, here with --verbose.",
    "zh": "各单位的全部标准见 shortfalls.xlsx 和 findings.csv,屏幕显示加 --verbose。",
}
_WARNED = {
    "en": "Warnings about the inputs: {n}; quality.csv says where and how to mend each.",
    "zh": "输入数据有 {n} 条警告:quality.csv 逐条写明位置和改法。",
}
_WROTE = {
    "en": "Wrote {n} findings to {out}: begin with report.html (map) or shortfalls.xlsx (tables).",
    "zh": "已写入 {out}(共 {n} 项结果):先看 report.html(地图)或 shortfalls.xlsx(填报表)。",
}
"""What is said at the end of an assessment."""


@app.command("site")
def site_(
    settings: Settings,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="OUT", help="Folder to write.")],
    *,
    city: WhoseNorms = "",
    on: OnDate = None,
    norms: OwnNorms = None,
    override: Overrides = None,
    optional: OnRequest = False,
    scenarios: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, metavar="FILE", help="Scenarios to compare."),
    ] = None,
    stacked: Annotated[
        bool, typer.Option("--stacked", help="Each scenario stands on the one before it.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier plan.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only errors.")] = False,
    language: ChosenWords = Words.zh,
) -> None:
    """Propose the least new building that meets the norms of [siting] together."""
    from capacity.report.siting import MARKER, write_plan
    from capacity.siting.plan import site
    from capacity.siting.scenario import compare_scenarios, read_scenarios
    from capacity.study_area import read_study_area

    values = _overrides(override)
    _check_out(out, overwrite=overwrite, marker=MARKER)
    with _progress(quiet=quiet) as progress:
        progress("reading the study area", 0, 1)
        area = read_study_area(settings)
        selected = _select(
            area,
            settings,
            city=_city_of(area, settings, city),
            on=on.date() if on else None,
            extra=norms,
            overrides=values,
            roles=("compute", "tabulate"),
            profile="optional" if optional else "default",
        )
        plan = site(area, selected, progress=progress)
        table = None
        if scenarios is not None:
            progress("comparing scenarios", 0, 1)
            found = read_scenarios(scenarios, plan)
            table = compare_scenarios(area, selected, found, stacked=stacked)
        progress("writing", 0, 1)
        write_plan(plan, out, overwrite=overwrite, language=language.value, scenarios=table)
    if not quiet:
        _show_plan(plan, out, language.value)


def _city_of(area: StudyArea | StudyAreaTable, settings: Path, city: str) -> str:
    chosen = city or area.city
    if not chosen:
        raise typer.BadParameter(
            f'{settings.name} names no city. Add city = "…" to its [study_area], or use --city.',
            param_hint="--city",
        )
    return chosen


def _show_plan(plan: Plan, out: Path, language: Language) -> None:
    from capacity.report.plan_words import summary_lines
    from capacity.report.terminal import plan_table

    _say(plan_table(plan, language=language))
    for line in summary_lines(plan, language):
        _say(line)
    _say(_PLANNED[language].format(out=out))


_PLANNED = {
    "en": "Wrote the plan to {out}: begin with plan.html (map and reasons) or plan.xlsx (tables).",
    "zh": "已写入 {out}:先看 plan.html(地图和说明)或 plan.xlsx(各表)。",
}
"""What is said at the end of a plan."""


@norms_app.callback(invoke_without_command=True)
def _norms(context: typer.Context) -> None:
    """Without a command, list every norm."""
    if context.invoked_subcommand is None:
        list_norms()


@norms_app.command("list")
def list_norms(
    *,
    city: OneCity = "",
    service: OneService = "",
    role: Roles = None,
    on: Annotated[
        dt.datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], metavar="DATE", help="Norms due or next on it; needs --city."
        ),
    ] = None,
    kind: OneKind = "",
    form: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.table,
    language: ChosenWords = Words.zh,
) -> None:
    """List the norms of the catalogue."""
    from capacity.norms.catalogue import load_catalogue

    _check_words(role, kind, service)
    catalogue = load_catalogue()
    norms = [
        norm
        for norm in _norms_of(catalogue, city, on.date() if on else None)
        if service in {"", norm.service}
        and kind in {"", norm.kind}
        and (not role or norm.role in role)
    ]
    if form is Format.csv:
        _print_csv(catalogue, norms)
        return
    from capacity.report.terminal import norms_table

    _say(norms_table(norms, language=language.value))
    noun = "norm" if len(norms) == 1 else "norms"
    _say(_LISTED[language.value].format(n=len(norms), noun=noun))


_LISTED = {
    "en": "{n} {noun}. capacity norms show ID tells everything known of one.",
    "zh": "共 {n} 条标准。一条的全部内容:capacity norms show 编号",
}


@app.command()
def compare(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="Folder of the earlier result.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Folder of the later result.")],
    *,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="OUT", help="Folder to write.")
    ] = None,
    changed_figures: Annotated[
        Figures,
        typer.Option(
            help="What other figures of a facility open on both dates count for: it was enlarged "
            "(supply) or corrected (data); a list does not say which."
        ),
    ] = Figures.not_separated,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier comparison.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only errors.")] = False,
    language: ChosenWords = Words.zh,
) -> None:
    """Say what changed between two results, and why."""
    from capacity.monitoring.compare import compare as run
    from capacity.report.compare import MARKER, comparison_tables
    from capacity.report.terminal import fault_lines

    if out is not None:
        _check_out(out, overwrite=overwrite, marker=MARKER)
        if any(folder.resolve().is_relative_to(out.resolve()) for folder in (old, new)):
            raise typer.BadParameter(
                f"{out} holds a result that is compared. Choose another folder.", param_hint="--out"
            )
    found = run(old, new, changed_figures=changed_figures.value)
    if out is not None:
        found.to_folder(out, overwrite=overwrite, language=language.value)
    if quiet:
        return
    for table in comparison_tables(found, language=language.value):
        _say(table)
    for line in fault_lines(found.faults, language=language.value):
        _say(line)
    if out is not None:
        _say({"zh": f"已写入 {out}。", "en": f"Wrote {out}."}[language.value])


@norms_app.command("show")
def show_norm(
    norm_id: Annotated[str, typer.Argument(metavar="ID", help="Id of a norm.")],
    *,
    language: ChosenWords = Words.zh,
) -> None:
    """Show everything known of a norm, its source included."""
    from capacity.norms.catalogue import load_catalogue
    from capacity.report.terminal import norm_sheet

    catalogue = load_catalogue()
    _say(norm_sheet(catalogue.find(norm_id), catalogue.conflicts, language=language.value))


@norms_app.command("new")
def new_norms(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")],
    *,
    language: ChosenWords = Words.zh,
) -> None:
    """Write a norm file to start from."""
    from capacity.norms.catalogue import write_template

    write_template(file, language=language.value)
    _say(_TEMPLATE[language.value].format(file=file))
    _say(f"  capacity norms validate {file}")
    _say(f"  capacity assess area.toml -o {_RESULT[language.value]} --norms {file}")


_TEMPLATE = {"en": "Wrote {file}. After your changes:", "zh": "已写入 {file}。改好以后:"}


@norms_app.command("validate")
def validate_norms(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A norm file.")
    ],
    *,
    language: ChosenWords = Words.zh,
) -> None:
    """List every fault of a norm file; exit 1 if there is one."""
    from capacity.norms.catalogue import load_catalogue, validate_file
    from capacity.report.terminal import fault_counts, fault_lines

    faults = validate_file(file)
    for line in fault_lines(faults, language=language.value):
        _say(line)
    if faults:
        counted = fault_counts(faults, language=language.value)
        _say(_COUNTED[language.value].format(file.name, counted))
        raise typer.Exit(_INPUT_FAULT)
    n = len(load_catalogue(file).norms) - len(load_catalogue().norms)
    of = {"en": f"{n} norm{'' if n == 1 else 's'}, 0 faults", "zh": f"{n} 条标准,没有问题"}
    _say(_COUNTED[language.value].format(file.name, of[language.value]))


def _norms_of(catalogue: Catalogue, city: str, on: dt.date | None) -> tuple[Norm, ...]:
    """Norms of a city (by any of its names), on a date where one is given."""
    if on is not None:
        if not city:
            raise typer.BadParameter("A date selects the norms of a city: add --city.")
        from capacity.norms.model import ROLES

        return catalogue.select(city, on=on, roles=tuple(ROLES), profile="optional").norms
    if not city:
        return catalogue.norms
    names = {
        name.casefold(): document.city
        for document in catalogue.documents
        for name in (document.city, document.city_zh, document.city_en)
    }
    if city.casefold() not in names:
        known = ", ".join(sorted(set(names.values())))
        raise typer.BadParameter(f"There is no city {city}; known: {known}.")
    return tuple(norm for norm in catalogue.norms if norm.city == names[city.casefold()])


def _print_csv(catalogue: Catalogue, norms: list[Norm]) -> None:
    from capacity.report.text import guard_csv

    frame = catalogue.to_frame()
    wanted = frame[frame["id"].isin([norm.id for norm in norms])]
    guard_csv(wanted).to_csv(sys.stdout, index=False, lineterminator="\n")


def _console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _PIPE_WIDTH
    return Console(stderr=stderr, width=width, markup=False, highlight=False, emoji=False)


def _say(what: str | RenderableType, *, to: Console | None = None) -> None:
    """Print text or a table; lines of text are not broken."""
    from rich.text import Text

    console = to or _console()
    console.print(what, soft_wrap=isinstance(what, (str, Text)))


def _print_error(error: CapacityError) -> None:
    from capacity.report.terminal import fault_counts, fault_lines

    console, language = _console(stderr=True), _LANGUAGE.get()
    if language == "en":
        _say(error.summary, to=console)
    elif error.faults:
        _say(f"未能完成:{fault_counts(error.faults, language=language)}。", to=console)
    else:
        _say(f"未能完成。原文:{error.summary}", to=console)
    for line in fault_lines(error.faults, language=language):
        _say(line, to=console)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Show a progress bar on standard error, if that is a terminal."""

    def silent(_description: str, _done: int, _total: int) -> None:
        """Show nothing."""

    if quiet or not sys.stderr.isatty():
        yield silent
        return
    from rich.markup import escape
    from rich.progress import Progress

    with Progress(console=_console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(step: str, done: int, total: int) -> None:
            chinese = _STEPS.get(step, step) if _LANGUAGE.get() == "zh" else step
            bar.update(task, description=escape(chinese), completed=done, total=total)

        yield show


_STEPS = {
    "reading the study area": "读取研究区数据",
    "comparing scenarios": "对比情景",
    "sheets": "写出路网分幅",
    "parts": "分区计算",
    "drawings": "绘制空白区",
    "writing": "写出结果",
}
"""Steps of a run in Chinese; a norm has its id in both languages."""


if __name__ == "__main__":
    main()
