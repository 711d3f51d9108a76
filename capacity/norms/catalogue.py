"""The catalogue: every norm of every document, and the selection for a city and a date.

Third and last step of the norms floor: `load_catalogue` puts the shipped files and a planner's
own together and checks what only shows across files; `load_norms` picks what is due on a date
and what comes next. The format of the files is described in ``docs/norms.md``.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from importlib.resources import files as package_files
from itertools import groupby
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from capacity.errors import NormError, OutputExistsError
from capacity.norms.conflicts import load_conflicts
from capacity.norms.fields import nearest, parse_date
from capacity.norms.files import Contents, comments_in, own, shipped
from capacity.norms.frame import norm_frame
from capacity.norms.links import closest, link_faults
from capacity.norms.model import PROFILES, ROLES, Conflict, Norm, NormSet
from capacity.norms.overrides import check_used, put_in_place, read_overrides

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import pandas as pd

    from capacity.errors import Fault
    from capacity.norms.reading import Document

NormFiles: TypeAlias = "str | PathLike[str] | Iterable[str | PathLike[str]]"
Overrides: TypeAlias = "Mapping[str, object]"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every norm of the files read, checked and sorted by id.

    Attributes
    ----------
    norms
        One per stage, whatever its date, ``minimum_size`` resolved.
    documents
        The source documents, sorted by id.
    files
        Name and SHA-256 of every norm file, sorted by name.
    conflicts
        Clauses that do not agree, sorted by id.
    """

    norms: tuple[Norm, ...]
    documents: tuple[Document, ...]
    files: tuple[tuple[str, str], ...]
    conflicts: tuple[Conflict, ...]

    def __repr__(self) -> str:
        """Say how much there is, not all of it."""
        cities = ", ".join(_cities(self.documents))
        return f"<Catalogue: {len(self.norms)} norms, {len(self.documents)} documents ({cities})>"

    def find(self, norm_id: str) -> Norm:
        """Find a norm by its id, or by the id of another clause that says the same.

        Parameters
        ----------
        norm_id : str
            An id of the catalogue or of a source in ``also``.

        Returns
        -------
        Norm
            The norm that carries the id.

        Raises
        ------
        NormError
            If no norm has the id; the message names the nearest.

        Examples
        --------
        >>> norm = load_catalogue().find("zhengzhou.sports.fitness_circle_minutes")
        >>> print(norm.comparator, norm.value, norm.unit)
        <= 15 minutes
        >>> load_catalogue().find("zhengzhou.plan2023.childcare.places_per_thousand_2023").id
        'zhengzhou.childcare.places_per_thousand_2023'
        """
        named = {source.inventory_id: norm for norm in self.norms for source in norm.also}
        named |= {norm.id: norm for norm in self.norms}
        if norm_id in named:
            return named[norm_id]
        raise NormError(f'No norm has the id "{norm_id}". {closest(norm_id, named)}')

    def select(
        self,
        city: str,
        *,
        on: dt.date | str,
        roles: Collection[str] = ("compute",),
        profile: str = "default",
        overrides: Overrides | None = None,
    ) -> NormSet:
        """Select the norms of a city on a date: what is due, and what comes next.

        A norm counts from its ``effective_from`` on. Of a series, the stage with the latest
        ``by`` on or before the date is due (the day itself counts), the stage with the earliest
        ``by`` after it is next, and the others are left out. A norm without ``by`` is due from
        ``effective_from``. Observed values have no stage and count from the date of their
        document. Sizes that another norm of the catalogue is paired with are not selected by
        themselves: they come as the ``minimum_size`` of that norm.

        Parameters
        ----------
        city : str
            Id, Chinese or English name of the city.
        on : date or str
            The date, as a date or as ``YYYY-MM-DD``.
        roles : collection of str
            Which norms (``ROLES``); those that are evaluated by default.
        profile : str
            ``optional`` adds the norms that apply only on request.
        overrides : mapping of str to number, optional
            Norm id → value to put in place of the document's; ``source`` then says so.

        Returns
        -------
        NormSet
            Sorted by id; ``also`` names only documents that exist on the date.

        Raises
        ------
        NormError
            If the city, a role or the profile is unknown, the date is not one, nothing of the
            city is in force yet, or an override cannot stand or would change nothing.

        Examples
        --------
        >>> chosen = load_catalogue().select("郑州", on="2023-12-31")
        >>> for norm in chosen.norms:
        ...     if norm.series == "zhengzhou.childcare.places_per_thousand":
        ...         print(norm.stage, norm.value, norm.by)
        next 6 2025-12-31
        due 4 2023-12-31
        """
        day = _as_date(on)
        city_id = _city_id(city, self.documents)
        wanted = _roles(roles)
        _known_word(profile, PROFILES, what="profiles")
        norms = [norm for norm in self.norms if norm.city == city_id]
        first = min(norm.effective_from for norm in norms)
        if day < first:
            raise NormError(
                f'No norm of "{city_id}" is in force on {day}. Choose {first} or a later date.'
            )
        values = read_overrides(overrides or {}, norms)
        replaced = put_in_place(norms, values)
        chosen = _chosen(replaced, day, wanted, profile)
        check_used(values, chosen)
        named = {name for norm in chosen for name in norm.conflicts}
        starts = {name for norm in chosen for name in (norm.id, norm.series)}
        observed = _chosen(norms, day, ("baseline",), "optional")
        return NormSet(
            norms=tuple(sorted((_known_on(norm, day) for norm in chosen), key=_by_id)),
            city=city_id,
            on=day,
            files=self.files,
            roles=wanted,
            profile=profile,
            overrides=tuple((norm_id, value) for norm_id, (_, value) in sorted(values.items())),
            conflicts=tuple(conflict for conflict in self.conflicts if conflict.id in named),
            baselines=tuple(
                sorted((n for n in observed if n.baseline_of in starts), key=_by_day_observed)
            ),
            stages=_stages(replaced, chosen, day),
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the catalogue as a table for reading.

        Returns
        -------
        DataFrame
            One row per norm, sorted by id. ``value``, ``value_max`` and ``minimum_size`` are
            ``float64`` (the exact decimals are in ``norms``), dates ``datetime64``, everything
            else text; lists are joined with ``;``, and ``supply`` and ``of`` are in words.

        Examples
        --------
        >>> frame = load_catalogue().to_frame()
        >>> frame.loc[frame["kind"] == "coverage_radius", ["value", "unit"]].to_numpy().tolist()
        [[300.0, 'm'], [1000.0, 'm']]
        """
        return norm_frame(self.norms)


def load_catalogue(files: NormFiles | None = None) -> Catalogue:
    """Load the norms of every shipped document, and of a planner's own files.

    Parameters
    ----------
    files : path or iterable of paths, optional
        Path or paths of norm files to add; the format is described in ``docs/norms.md``. Nothing
        is replaced: an id that is already there is a fault.

    Returns
    -------
    Catalogue
        All norms, sorted by id.

    Raises
    ------
    NormError
        If a file cannot be read or is faulty; ``faults`` has everything found wrong at once,
        each with file, line, norm id and key.

    Examples
    --------
    >>> for document in load_catalogue().documents:
    ...     print(document.city, document.date, document.number)
    chengdu 2019-12-31
    xinyang 2024-01-10
    zhengzhou 2022-12-02 郑政〔2022〕33号
    zhengzhou 2023-02-07
    zhengzhou 2022-12-31
    """
    paths = _as_paths(files)
    return _catalogue(shipped(), own(paths)) if paths else _shipped_catalogue()


def load_norms(
    city: str,
    *,
    on: dt.date | str,
    extra: NormFiles | None = None,
    overrides: Overrides | None = None,
    roles: Collection[str] = ("compute",),
    profile: str = "default",
) -> NormSet:
    """Load the norms of a city on a date: what is due, and what comes next.

    Same as ``load_catalogue(extra).select(city, on=on, ...)``; see `Catalogue.select` for the rule.

    Parameters
    ----------
    city : str
        Id, Chinese or English name of the city.
    on : date or str
        The date, as a date or as ``YYYY-MM-DD``.
    extra : path or iterable of paths, optional
        Path or paths of the planner's own norm files.
    overrides : mapping of str to number, optional
        Norm id → value to put in place of the document's; tables then print
        「本表设定,非文件规定」 beside the citation.
    roles : collection of str
        Which norms: ``compute`` (evaluated, the default), ``tabulate``, ``baseline``, ``context``.
    profile : str
        ``optional`` adds the norms that apply only on request.

    Returns
    -------
    NormSet
        Sorted by id.

    Raises
    ------
    NormError
        If a file is faulty, the city, a role or the profile is unknown, the date is not one,
        nothing of the city is in force yet, or an override cannot stand or would change nothing.

    Examples
    --------
    >>> norms = load_norms("chengdu", on="2025-12-31").norms
    >>> for norm in norms:
    ...     if norm.kind == "ratio_per_population":
    ...         print(norm.stage, norm.value, norm.value_max, norm.unit)
    next 31 33 places per 1000 persons
    next 60 64 places per 1000 persons
    next 62 66 places per 1000 persons
    """
    return load_catalogue(extra).select(
        city, on=on, roles=roles, profile=profile, overrides=overrides
    )


def validate_file(path: str | PathLike[str]) -> list[Fault]:
    """Check a norm file together with the shipped ones.

    Parameters
    ----------
    path : path
        The file; the format is described in ``docs/norms.md``.

    Returns
    -------
    list of Fault
        Everything wrong with it, in the order of its lines; empty where nothing is.

    Examples
    --------
    >>> [str(fault) for fault in validate_file("missing.yaml")]
    ['missing.yaml: The file cannot be opened: No such file or directory. Check the path.']
    """
    return link_faults(_together(shipped(), own((Path(path),))))


def write_template(path: str | PathLike[str], *, language: Literal["zh", "en"] = "zh") -> Path:
    """Write a norm file to start from: it loads as it stands, and explains each key.

    Parameters
    ----------
    path : path
        Where to write it.
    language
        ``zh`` or ``en``, of the remarks that explain the keys.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutputExistsError
        If there is a file already.
    """
    target = Path(path)
    if target.exists():
        raise OutputExistsError(f"{target} is already there. Choose another name.")
    text = (package_files("capacity.norms") / "template.yaml").read_text(encoding="utf-8")
    target.write_text(comments_in(text, language), encoding="utf-8", newline="\n")
    return target


def pick_stages(series: Sequence[Norm], *, on: dt.date) -> tuple[Norm, ...]:
    """Pick the stage of one series that is due on a date and the one that comes next.

    Due is the latest date on or before ``on``, next the earliest after it, among the stages in
    force. The date of a stage is its ``by``, or ``effective_from`` where it has none.

    Parameters
    ----------
    series : sequence of Norm
        The stages, in any order.
    on : date
        The date.

    Returns
    -------
    tuple of Norm
        None, one or two norms, due before next, with ``stage`` set.

    Examples
    --------
    >>> places = "zhengzhou.childcare.places_per_thousand"
    >>> stages = [norm for norm in load_catalogue().norms if norm.series == places]
    >>> [(n.stage, str(n.value)) for n in pick_stages(stages, on=dt.date(2024, 6, 1))]
    [('due', '4'), ('next', '6')]
    """
    in_force = [norm for norm in series if norm.effective_from <= on]
    past = [norm for norm in in_force if _date_of(norm) <= on]
    future = [norm for norm in in_force if _date_of(norm) > on]
    due = [replace(max(past, key=_date_of), stage="due")] if past else []
    coming = [replace(min(future, key=_date_of), stage="next")] if future else []
    return (*due, *coming)


@cache
def _shipped_catalogue() -> Catalogue:
    return _catalogue(shipped(), Contents())


def _together(first: Contents, second: Contents) -> Contents:
    return Contents(
        documents=(*first.documents, *second.documents),
        entries=(*first.entries, *second.entries),
        files=(*first.files, *second.files),
        faults=(*first.faults, *second.faults),
    )


def _catalogue(first: Contents, second: Contents) -> Catalogue:
    """Put files together, or raise everything that is wrong with them."""
    both = _together(first, second)
    if faults := link_faults(both):
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        raise NormError(f"The norm files have {count}:", faults)
    norms = [norm for entry in both.entries for norm in entry.norms]
    sizes = {norm.id: norm for norm in norms if norm.kind == "minimum_size"}
    return Catalogue(
        norms=tuple(sorted((_sized(norm, sizes) for norm in norms), key=_by_id)),
        documents=tuple(sorted(both.documents, key=lambda document: document.id)),
        files=tuple(sorted(both.files)),
        conflicts=tuple(load_conflicts().values()),
    )


def _sized(norm: Norm, sizes: Mapping[str, Norm]) -> Norm:
    if not norm.minimum_size_id:
        return norm
    size = sizes[norm.minimum_size_id]
    return replace(norm, minimum_size=size.value, minimum_size_unit=size.unit)


def _chosen(
    norms: Sequence[Norm], day: dt.date, roles: Collection[str], profile: str
) -> list[Norm]:
    """Pick norms of the roles and profile: stages due and next, observed values as they are."""
    paired = {norm.minimum_size_id for norm in norms}
    wanted = [
        norm
        for norm in norms
        if norm.role in roles and (norm.profile == "default" or profile == "optional")
    ]
    staged = sorted((norm for norm in wanted if norm.kind != "baseline"), key=_series_of)
    observed = [norm for norm in wanted if norm.kind == "baseline" and norm.effective_from <= day]
    picked = (
        norm
        for _, series in groupby(staged, key=_series_of)
        for norm in pick_stages(tuple(series), on=day)
        if norm.id not in paired
    )
    return [*picked, *observed]


def _stages(norms: Sequence[Norm], chosen: Sequence[Norm], day: dt.date) -> tuple[Norm, ...]:
    """List every stage in force of the chosen norms that have several, by date."""
    wanted = {norm.series for norm in chosen if norm.kind != "baseline"}
    in_force = [n for n in norms if n.series in wanted and n.effective_from <= day]
    several = Counter(norm.series for norm in in_force)
    stages = (replace(n, stage=_stage_on(n, day)) for n in in_force if several[n.series] > 1)
    return tuple(sorted(stages, key=lambda norm: (norm.series, _date_of(norm), norm.id)))


def _stage_on(norm: Norm, day: dt.date) -> str:
    return "due" if _date_of(norm) <= day else "next"


def _roles(roles: Collection[str]) -> tuple[str, ...]:
    wanted = (roles,) if isinstance(roles, str) else tuple(roles)
    for role in wanted:
        _known_word(role, ROLES, what="roles")
    return wanted


def _known_word(word: str, known: Collection[str], *, what: str) -> None:
    if word not in known:
        mend = nearest(word, known, what=what)
        raise NormError(f'"{word}" is none of the {what}. {mend}')


def _as_paths(files: NormFiles | None) -> tuple[Path, ...]:
    if files is None:
        return ()
    return (
        (Path(files),) if isinstance(files, str | PathLike) else tuple(Path(file) for file in files)
    )


def _as_date(on: dt.date | str) -> dt.date:
    if isinstance(on, dt.datetime):
        return on.date()
    if isinstance(on, dt.date):
        return on
    day = parse_date(on)
    if day is None:
        raise NormError(f'"{on}" is not a date. Write YYYY-MM-DD, such as "2025-12-31".')
    return day


def _cities(documents: Iterable[Document]) -> dict[str, tuple[str, str]]:
    return {document.city: (document.city_zh, document.city_en) for document in documents}


def _city_id(city: str, documents: Iterable[Document]) -> str:
    cities = _cities(documents)
    wanted = city.strip().removesuffix("市").casefold()
    for city_id, names in cities.items():
        if wanted in {name.removesuffix("市").casefold() for name in (city_id, *names)}:
            return city_id
    known = [f"{city_id} ({zh}, {en})" for city_id, (zh, en) in cities.items()]
    words = {word: city_id for city_id, names in cities.items() for word in (city_id, *names)}
    close = get_close_matches(city.strip(), words, n=1)
    hint = f'Did you mean "{words[close[0]]}"? ' if close else ""
    raise NormError(
        f'No norms are known for the city "{city}". {hint}Known: {"; ".join(known)}. '
        "For another city, give a norm file of your own (docs/norms.md has a template)."
    )


def _known_on(norm: Norm, day: dt.date) -> Norm:
    return replace(norm, also=tuple(source for source in norm.also if source.date <= day))


def _date_of(norm: Norm) -> dt.date:
    return norm.by or norm.effective_from


def _by_id(norm: Norm) -> str:
    return norm.id


def _by_day_observed(norm: Norm) -> tuple[dt.date, str]:
    return norm.as_of or norm.effective_from, norm.id


def _series_of(norm: Norm) -> str:
    return norm.series
