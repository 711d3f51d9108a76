"""An assessment in parts: cut, asked, put together."""

from __future__ import annotations

import concurrent.futures
import contextlib
import functools
import pickle
import tempfile
import textwrap
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

import numpy as np
import shapely

from capacity.assess.answers import Answers, Question
from capacity.assess.context import Context
from capacity.assess.faults import families, gaps_in, ground_between, people_in
from capacity.assess.pockets import MEMBERS, SHAPE, outlined
from capacity.errors import Fault, PartsError
from capacity.fractions import to_pixels
from capacity.inputs.ahead import begun as set_going
from capacity.inputs.blocks import COARSE
from capacity.parts.asking import questions_of_all
from capacity.parts.cells import grid_store, stripes
from capacity.parts.drawing import Drawing, Wanted, draw
from capacity.parts.edges import network_store
from capacity.parts.folder import Folder, Reader, fingerprint, write_table
from capacity.parts.part import Part, answer
from capacity.parts.plan import MOST_CELLS, around, coarser, cut, is_walked, parts
from capacity.parts.sheet import BLOCKS, Sheet, near, scan
from capacity.parts.tables import merged, merged_pockets
from capacity.population import InFile, PopulationGrid
from capacity.vocabulary import TIERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from capacity.assess.coming import Case
    from capacity.assess.faults import Family
    from capacity.norms.model import NormSet
    from capacity.parts.cells import GridStore
    from capacity.parts.edges import StoredNetwork
    from capacity.parts.plan import Around
    from capacity.population import Tally
    from capacity.study_area import StudyArea

    Progress = Callable[[str, int, int], None]
    Task = Part | Sheet | Drawing

T = TypeVar("T")

TRIES: Final = 3
"""How often a part is tried before it is given up."""

_AT_ONCE: Final = 4  # tasks that look for gaps
_IN_FLIGHT: Final = 3  # parts per worker that are made and handed over
_SHOWN: Final = 5
_PICKLE: Final = 5  # version of the way to pickle
_LONGEST: Final = 250  # characters of what a cluster says of its end


class Client(Protocol):
    """What runs the parts: a ``distributed.Client`` or a ``concurrent.futures.Executor``."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Run a function somewhere, and give a future."""


def answers_in_parts(
    area: StudyArea,
    norms: NormSet,
    client: Client,
    evaluate: Callable[[Answers], T],
    *,
    folder: str | Path | None = None,
    resume: bool = False,
    n_parts: int | None = None,
    most_cells: int = MOST_CELLS,
    later: Sequence[Case] = (),
    progress: Progress | None = None,
) -> T:
    """Ask the cells of an area in parts.

    Parameters
    ----------
    area
        Checked inputs.
    norms
        Norms in force.
    client
        Runs the parts.
    evaluate
        Called with what ``assess`` needs to know of the cells, while the pockets are drawn; only after
        it has ended these are among the answers.
    folder
        Where parts leave their answers, seen by every worker under this path; a temporary folder of
        this machine if not given.
    resume
        Go on with the run that the folder holds: only what is missing is computed.
    n_parts
        How many parts there are to be; four for each worker if not given. Where a part would have too
        many cells there are more.
    most_cells
        Cells of the window of a part that holds more than one group of units.
    later
        What is to be answered beside the assessment: stages to come.
    progress
        Called with a description, the steps done and the steps in all.

    Returns
    -------
    Any
        What ``evaluate`` gives.

    Raises
    ------
    PartsError
        Parts failed each time; they are named with their units, and the others are kept.
    InputError
        The folder holds another run, or something else.
    """
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="capacity-parts-") as own:
            run = _Run(area, norms, client, Path(own) / "run", progress, later=later, is_kept=False)
            return run.answers(evaluate, resume=False, n_parts=n_parts, most_cells=most_cells)
    run = _Run(area, norms, client, Path(folder), progress, later=later)
    try:
        return run.answers(evaluate, resume=resume, n_parts=n_parts, most_cells=most_cells)
    finally:
        with contextlib.suppress(OSError):
            run.folder.take_back()


class _Run:
    """One run, from the cut to the answers."""

    def __init__(
        self,
        area: StudyArea,
        norms: NormSet,
        client: Client,
        folder: Path,
        progress: Progress | None,
        *,
        later: Sequence[Case],
        is_kept: bool = True,
    ) -> None:
        self.is_kept = is_kept
        self.area, self.norms, self.client = area, norms, client
        self.folder = Folder(folder.absolute())
        self.progress = progress
        self.context = Context(area, norms.norms)
        self.later = tuple(later)
        cases = (Context(case.area, case.norms, alike=self.context) for case in self.later)
        self.contexts = [self.context, *cases]
        self.asked, self.numbers = questions_of_all(self.contexts)
        self.given: dict[Question, Any] = {}
        self.handed: list[str] = []
        self.ground: dict[str, tuple[list[Family], Callable[[], Iterator[Any]]]] = {}

    def answers(
        self,
        evaluate: Callable[[Answers], T],
        *,
        resume: bool,
        n_parts: int | None,
        most_cells: int,
    ) -> T:
        """Compute what is missing, and put all of it together."""
        later = [(*case.key, case.norms) for case in self.later]
        population = self.area.population
        # sheets are asked for less where the raster was added up before
        tally = _tally_of(population)
        settings = {
            "n_parts": n_parts,
            "most_cells": most_cells,
            "later": later,
            "is_added": tally is not None,
        }
        of = fingerprint(self.area, self.norms, **settings)
        with self._written():
            begun = self.folder.begin(of, resume=resume)
        # Workers look where units lie, and then for gaps: while parts begin, if the raster was added up.
        lying: Callable[[], Around] | None = None
        if isinstance(population, PopulationGrid) and tally is not None:
            coarse = coarser(population, tally.coarse, tally.step)
            lying = around(self.context, coarse, self._set_going)
        self._look_for_gaps()
        grid: GridStore | None = None
        scan: Callable[[], PopulationGrid | None] = self._of_cells
        if isinstance(population, PopulationGrid):
            grid = self._stored(population)
            scan = functools.partial(self._scanned, population, grid, most_cells)
        units = (lying or around(self.context, scan(), self._set_going))()
        if begun.cuts is None:
            begun.cuts = self._cut(units, n_parts, most_cells)
            with self._written():
                self.folder.write(begun)
        self._parts(grid, begun.cuts, units)
        if lying is not None:
            scan()
        return self._merged(grid, begun.cuts, evaluate)

    def _stored(self, population: PopulationGrid) -> GridStore:
        place = self.folder.path / "cells"
        with self._written():
            place.mkdir(exist_ok=True)
            return grid_store(population, place)

    def _laid_down(self) -> StoredNetwork | None:
        """Lay the walking network down, if any question is about walks."""
        network = self.area.network
        walked = {"off", "walkers"}
        needed = (one.question.kind in walked or is_walked(self.context, one) for one in self.asked)
        if network is None or not any(needed):
            return None
        place = self.folder.path / "network"
        with self._written():
            place.mkdir(exist_ok=True)
            return network_store(network, place, slope=self.area.parameters.slope == "tobler")

    def _cut(self, lying: Around, n_parts: int | None, most_cells: int) -> list[list[str]]:
        if not self.asked:
            return []
        wanted = n_parts or 4 * _n_workers(self.client)
        return cut(self.context, lying, n_parts=wanted, most_cells=most_cells)

    @contextlib.contextmanager
    def _written(self) -> Iterator[None]:
        """Say that nothing can be written in the folder, and what to do."""
        try:
            yield
        except OSError as error:
            fault = Fault(
                severity="error",
                code="parts.unwritable",
                message=f"the folder of the run cannot be written: {error.strerror or error}.",
                mend=f"Make room there or choose another folder, and {self._go_on}",
                file=str(self.folder.path),
            )
            raise PartsError("The parts cannot be computed:", [fault]) from error

    # --- what is asked of the whole layer ---------------------------------------------------

    def _of_cells(self) -> None:
        """Answer here what concerns the whole of a layer that is in memory anyway."""
        people, population = self.context.people_of, self.area.population
        shapes = {tier: self._gaps(tier) for tier in TIERS}
        if population is None:
            return
        for group in people.layer_groups:
            self.given[Question("total", group=group)] = people.total(group)
        for tier, gaps in shapes.items():
            if gaps:
                found = people_in(population, np.concatenate(gaps), self.area.crs)
                self.given[Question("gaps", tier)] = found

    def _set_going(
        self, function: Callable[[Any], Any], items: Sequence[Any]
    ) -> Callable[[], Iterator[Any]]:
        """Have workers apply a function to items that they find in the folder."""
        name = f"{function.__name__}-{len(self.handed)}"
        self.handed.append(name)
        with self._written():
            wanted = [
                str(self.folder.hand_over(name, number, pickle.dumps(item, _PICKLE)))
                for number, item in enumerate(items)
            ]
        return set_going(functools.partial(applied, function), wanted, self.client)

    def _look_for_gaps(self) -> None:
        """Have workers look for gaps between units."""
        for tier in TIERS:
            some = list(families(self.context, tier))
            shares = [some[first::_AT_ONCE] for first in range(min(_AT_ONCE, len(some)))]
            self.ground[tier] = some, self._set_going(gaps_in, shares)

    def _gaps(self, tier: str) -> list[Any]:
        some, found = self.ground[tier]
        gaps: list[Any] = [None] * len(some)
        for first, own in enumerate(found()):
            gaps[first::_AT_ONCE] = own
        ground = ground_between(some, gaps)
        self.given[Question("ground", tier)] = ground
        return list(ground[0].values())

    def _scanned(
        self, population: PopulationGrid, grid: GridStore, most_cells: int
    ) -> PopulationGrid:
        """Ask the raster stripe by stripe, and give it in large cells.

        Where its people were added up when it was read, only stripes with gaps are asked.
        """
        tally = _tally_of(population)
        step = max(1, -(-max(grid.shape) // COARSE)) if tally is None else tally.step
        groups = self.context.people_of.layer_groups
        asked = [Question("total", group=group) for group in groups]
        totals = tuple(enumerate(asked)) if tally is None else ()
        shapes = {tier: np.concatenate(gaps) for tier in TIERS if (gaps := self._gaps(tier))}
        gaps = [(Question("gaps", tier), one) for tier, one in shapes.items()]
        gaps_at = [
            (len(asked) + at, question, one, to_pixels(population, one, self.area.crs))
            for at, (question, one) in enumerate(gaps)
        ]
        windows = stripes(grid, most_cells, step)

        def make(number: int) -> Sheet:
            """Make a sheet."""
            window = windows[number - 1]
            some = [
                (at, question, near(one, pixels, window, grid.raster.shape[0]))
                for at, question, one, pixels in gaps_at
            ]
            return Sheet(
                number=number,
                grid=grid,
                window=window,
                crs=self.area.crs,
                totals=totals,
                gaps=tuple((at, question, one) for at, question, one in some if len(one)),
                step=step if tally is None else 0,
            )

        numbers = [
            number for number in range(1, len(windows) + 1) if tally is None or make(number).gaps
        ]
        todo = self.folder.missing("sheet", numbers)
        self._run("sheet", (make(number) for number in todo), len(todo), {})
        reader = Reader(self.folder.file("sheet", number) for number in numbers)
        for at, question in (*totals, *((at, question) for at, question, _, _ in gaps_at)):
            self.given[question] = merged(question, reader.rows(at), self.context)
        if tally is not None:
            self.given |= {one: tally.totals[one.group] for one in asked}
            return coarser(population, tally.coarse, step)
        n_rows, n_columns = (-(-n // step) for n in grid.shape)
        blocks = reader.rows(BLOCKS)
        people = np.zeros(n_rows * n_columns)
        people[blocks["block"].to_numpy()] = blocks["people"].to_numpy()
        return coarser(population, people.reshape(n_rows, n_columns), step)

    # --- what is asked of units -------------------------------------------------------------

    def _parts(self, grid: GridStore | None, cuts: Sequence[Sequence[str]], lying: Around) -> None:
        todo = self.folder.missing("part", range(1, len(cuts) + 1))
        units = {number: list(codes) for number, codes in enumerate(cuts, start=1)}
        network = self._laid_down() if todo else None
        made: Iterator[Part] = iter(())
        if todo:
            made = parts(self.contexts, self.asked, lying, cuts, todo, grid=grid, network=network)
        self._run("part", made, len(todo), units)

    def _run(
        self,
        kind: str,
        tasks: Iterable[Task],
        n: int,
        units: dict[int, list[str]],
        *,
        meanwhile: Callable[[], None] | None = None,
    ) -> None:
        """Run tasks, some at a time; those that fail are tried again, and named in the end.

        If there is something else to do meanwhile, all of them are handed over before, as nothing else is
        looked after until it is done: they have to be small.
        """
        running: dict[Any, tuple[Task, int]] = {}
        waiting = list(tasks) if meanwhile is not None else []
        try:
            if meanwhile is not None:
                for task in waiting:
                    running[self._submit(kind, task, 0)] = (task, 1)
                meanwhile()
            failed = self._run_all(kind, iter(() if waiting else tasks), n, running)
        except KeyboardInterrupt as stop:
            raise self._stopped(kind, n, "the run was interrupted", running) from stop
        except _StoppedError as stop:
            why = f"the cluster runs nothing any more ({stop})"
            raise self._stopped(kind, n, why, running) from stop
        if failed:
            heading = f"{len(failed)} of {n} {kind}s failed"
            raise PartsError(
                f"{heading}; the others are kept:" if self.is_kept else f"{heading}:",
                [self._fault(kind, number, failed[number], units) for number in sorted(failed)],
            )

    def _run_all(
        self,
        kind: str,
        left: Iterator[Task],
        n: int,
        running: dict[Any, tuple[Task, int]],
    ) -> dict[int, str]:
        """Run tasks until none is left, and say why some failed; what runs stands in ``running``."""
        failed: dict[int, str] = {}
        done, most = 0, _IN_FLIGHT * _n_workers(self.client)
        again: list[tuple[Task, int]] = []
        while True:
            while len(running) < most:
                task, tried = again.pop() if again else (next(left, None), 0)
                if task is None:
                    break
                running[self._submit(kind, task, tried)] = (task, tried + 1)
            if not running:
                return failed
            for future in _first_done(self.client, list(running)):
                task, tried = running.pop(future)
                error = future.exception()
                if error is None:
                    done += 1
                elif tried < TRIES and not isinstance(error, concurrent.futures.BrokenExecutor):
                    again.append((task, tried))
                else:
                    failed[task.number] = _words(error)
                if self.progress is not None:
                    self.progress(f"{kind}s", done, n)

    def _submit(self, kind: str, task: Task, tried: int) -> Any:
        path = str(self.folder.file(kind, task.number))
        if isinstance(self.client, concurrent.futures.Executor):
            try:
                return self.client.submit(do, task, path)
            except concurrent.futures.BrokenExecutor as broken:  # one that takes nothing more
                refused: concurrent.futures.Future[int] = concurrent.futures.Future()
                refused.set_exception(broken)
                return refused
        key = f"capacity-{kind}-{task.number}-{tried}-{self.folder.path.name}-{id(self)}"
        with self._written():
            wanted = self.folder.hand_over(kind, task.number, pickle.dumps(task, _PICKLE))
        with _of_cluster():
            return self.client.submit(unpacked, str(wanted), path, key=key, pure=False)

    def _fault(self, kind: str, number: int, error: str, units: dict[int, list[str]]) -> Fault:
        codes = units.get(number, [])
        shown = ", ".join(codes[:_SHOWN]) + (", …" if len(codes) > _SHOWN else "")
        what = f"part {number} ({len(codes)} units)" if codes else f"{kind} {number} of the raster"
        return Fault(
            severity="error",
            code="parts.failed",
            message=f"{what} failed, and is tried no more: {error}.",
            mend=f"Mend the cause and {self._go_on}",
            file=str(self.folder.path) if self.is_kept else "",
            item=shown,
            count=len(codes) or None,
        )

    @property
    def _go_on(self) -> str:
        if self.is_kept:
            return "run again with --resume, which computes only what is missing."
        return "run again; with a folder of its own for the run, what is done would be kept."

    def _stopped(
        self, kind: str, n: int, why: str, running: dict[Any, tuple[Task, int]]
    ) -> PartsError:
        """Give up what still runs, and say what is kept."""
        for future in running:
            with contextlib.suppress(Exception):  # of a cluster that is gone nothing can be asked
                future.cancel()
        kept = f"{kind}s done and kept: {self.folder.count(kind)}"
        fault = Fault(
            severity="error",
            code="parts.stopped",
            message=f"{why}, while {n} {kind}s were computed; "
            f"{kept if self.is_kept else 'nothing is kept'}.",
            mend=f"See that the cluster runs, and {self._go_on}",
            file=str(self.folder.path) if self.is_kept else "",
        )
        return PartsError("The parts were not all computed:", [fault])

    # --- put together -----------------------------------------------------------------------

    def _merged(
        self,
        grid: GridStore | None,
        cuts: Sequence[Sequence[str]],
        evaluate: Callable[[Answers], T],
    ) -> T:
        """Put the answers together, those of the assessment and those of each further case."""
        found: dict[int, Any] = {}
        numbers = range(1, len(cuts) + 1)
        reader = Reader(self.folder.file("part", number) for number in numbers)
        pockets: dict[int, pd.DataFrame] = {}
        for number, one in enumerate(self.asked):
            question = one.question
            if question.kind == "pockets":
                rows = reader.rows(number, but=MEMBERS)
                pockets[number] = merged_pockets(question, rows, self.context)
            else:
                rows, context = reader.rows(number), self.contexts[one.case]
                found[number] = merged(question, rows, context, one.circle)
        main, *others = [
            self.given | {question: found[at] for question, at in mine.items() if at in found}
            for mine in self.numbers
        ]
        keys = [case.key for case in self.later]
        answers = Answers(main, dict(zip(keys, map(Answers, others), strict=True)))
        given: list[T] = []

        def meanwhile() -> None:
            """Evaluate the answers."""
            given.append(evaluate(answers))

        drawn = self._drawn_here if grid is None else functools.partial(self._drawn, grid, cuts)
        for number, shapes in drawn(reader, pockets, meanwhile).items():
            table = pockets[number]
            column = np.full(len(table), None, dtype=object)
            column[(table["place"] >= 0).to_numpy()] = shapes
            main[self.asked[number].question] = table.drop(columns="place").assign(
                **{SHAPE: column}
            )
        return given[0]

    def _drawn_here(
        self, reader: Reader, pockets: dict[int, pd.DataFrame], meanwhile: Callable[[], None]
    ) -> dict[int, NDArray[Any]]:
        """Draw pockets of a layer that is in memory anyway."""
        meanwhile()
        shapes = {}
        for number, found in pockets.items():
            largest = found[found["place"] >= 0]
            members = reader.some(number, MEMBERS, largest["place"].to_numpy())
            units = self.context.units.geometry.loc[largest["unit_code"]]
            if (population := self.area.population) is not None:
                drawn = outlined(population, members, units, self.area.crs)
                shapes[number] = shapely.to_wkb(drawn)
        return shapes

    def _drawn(
        self,
        grid: GridStore,
        cuts: Sequence[Sequence[str]],
        reader: Reader,
        pockets: dict[int, pd.DataFrame],
        meanwhile: Callable[[], None],
    ) -> dict[int, NDArray[Any]]:
        """Have the pockets of a grid drawn, those of each part together, and do something meanwhile."""
        wanted: dict[int, list[Wanted]] = {}
        order: dict[int, NDArray[np.int64]] = {}
        cells: dict[int, int] = {}
        for number, found in pockets.items():
            largest = found[found["place"] >= 0]
            first = np.cumsum([0, *reader.sizes(number)])
            place = largest["place"].to_numpy()
            part = np.searchsorted(first, place, side="right")
            units = self.context.units.geometry.loc[largest["unit_code"]]
            order[number] = np.argsort(part, kind="stable")
            for at in np.unique(part).tolist():
                mine = np.flatnonzero(part == at)
                some = Wanted(number, place[mine] - first[at - 1], units.iloc[mine])
                wanted.setdefault(at, []).append(some)
                cells[at] = cells.get(at, 0) + int(largest["cells"].iloc[mine].sum())
        todo = self.folder.missing("drawing", sorted(wanted))
        # the largest first, as with parts: no worker begins a long one when the others are through
        todo = sorted(todo, key=lambda part: -cells[part])
        made = (
            Drawing(
                number=part,
                answers=str(self.folder.file("part", part)),
                grid=grid,
                crs=self.area.crs,
                wanted=tuple(wanted[part]),
            )
            for part in todo
        )
        units_of = {part: list(cuts[part - 1]) for part in todo}
        self._run("drawing", made, len(todo), units_of, meanwhile=meanwhile)
        files = Reader(self.folder.file("drawing", part) for part in sorted(wanted))
        shapes = {}
        for number, at in order.items():
            shapes[number] = np.full(len(at), None, dtype=object)
            if len(at):
                shapes[number][at] = files.rows(number)[SHAPE].to_numpy()
        return shapes


def do(task: Task, path: str) -> int:
    """Answer a part, scan a sheet or draw pockets, and write what was found to a file.

    Parameters
    ----------
    task
        What to do.
    path
        File to write; it is there whole or not at all.

    Returns
    -------
    int
        Rows written.
    """
    if isinstance(task, Part):
        table = answer(task)
    else:
        table = scan(task) if isinstance(task, Sheet) else draw(task)
    return write_table(table, Path(path))


def unpacked(wanted: str, path: str) -> int:
    """Do a task that lies in the folder of the run: a scheduler would have megabytes to hand on.

    Parameters
    ----------
    wanted
        File that says what to do, pickled by the driver of this run.
    path
        As for ``do``.

    Returns
    -------
    int
        Rows written.
    """
    return do(_handed(wanted), path)


def applied(function: Callable[[Any], Any], wanted: str) -> Any:
    """Apply a function to what lies in the folder of the run.

    Parameters
    ----------
    function
        Workers can import it.
    wanted
        File of its argument, pickled by the driver of this run.

    Returns
    -------
    Any
        What it gives.
    """
    return function(_handed(wanted))


def _handed(wanted: str) -> Any:
    with Path(wanted).open("rb") as file:
        return pickle.load(file)  # noqa: S301  # of the process that asks for the run


def _tally_of(population: object) -> Tally | None:
    """Give what was added up of a raster when it was read."""
    values = population.values if isinstance(population, PopulationGrid) else None
    return values.tally if isinstance(values, InFile) else None


class _StoppedError(Exception):
    """Nothing runs parts any more."""


@contextlib.contextmanager
def _of_cluster() -> Iterator[None]:
    """Take whatever the client of a cluster raises for its end: each release has other errors."""
    try:
        yield
    except Exception as error:
        words = " ".join(_words(error).split())
        raise _StoppedError(textwrap.shorten(words, _LONGEST, placeholder=" …")) from error


def _words(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(type(error), error)).strip(" \n.")


def _n_workers(client: Client) -> int:
    if isinstance(client, concurrent.futures.Executor):
        return max(1, int(getattr(client, "_max_workers", 1)))
    with _of_cluster():
        return max(1, len(client.nthreads()))  # type: ignore[attr-defined]  # of Dask


def _first_done(client: Client, futures: list[Any]) -> list[Any]:
    """Wait until a future is done, and give those that are."""
    if isinstance(client, concurrent.futures.Executor):
        return list(concurrent.futures.wait(futures, return_when="FIRST_COMPLETED").done)
    from distributed import wait

    with _of_cluster(), futures[0].client.as_current():
        done = list(wait(futures, return_when="FIRST_COMPLETED").done)
    for future in done:
        if future.cancelled():  # which is no error by itself, and has no result
            raise _StoppedError(f"{future.key} was cancelled")
    return done
