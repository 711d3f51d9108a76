"""What an assessment gives back: frames, and thin ways to write them down."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from capacity.findings import allocation_frame

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import folium
    import geopandas as gpd
    import pandas as pd
    from matplotlib.axes import Axes

    from capacity.assess.answers import Answers
    from capacity.assess.curve import CoverageCurve
    from capacity.assess.explain import Explanation
    from capacity.assess.spread import Spread
    from capacity.monitoring.project import Projection
    from capacity.norms.model import NormSet
    from capacity.report.labels import Language
    from capacity.study_area import StudyArea


@dataclass(frozen=True, repr=False)
class Assessment:
    """All findings of a study area, with what stands behind them.

    Attributes
    ----------
    findings
        One row per unit × norm × measure × rollup; columns in ``capacity.findings.COLUMNS``.
    subtotals
        The part of ``sum_of_units`` that streets have, and townships have, of every unit above them:
        the columns of the findings, ``rollup`` says which (``capacity.findings.SUBTOTALS``).
    people
        People per unit and group: ``unit_code``, ``unit_name``, ``unit_type`` and a column for each
        population group.
    compounds
        One row per norm × compound: what each residential compound needs, has and lacks.
    quality
        What the checks found; columns in ``capacity.quality.COLUMNS``.
    off_network
        What the walking network does not reach: facilities and cells beyond the snap limit or behind
        a barrier, and small parts of the network; columns in ``capacity.assess.rejects.COLUMNS``.
    supply
        Which facility counts how much for which norm in which unit: one row per norm × role × tier ×
        facility; columns in ``capacity.assess.record.SUPPLY_COLUMNS``.
    area, norms
        The inputs.
    circles
        Facilities that count for each circle norm and how far they reach: GeoDataFrame with
        ``norm_id``, ``measure``, ``facility`` (label in the index of ``area.facilities``), ``metres``,
        ``reading``, and what is in reach of a facility that is no point.
    pocket_cells
        Where people out of reach live, as ``pockets`` has it, with the cells (``members``) instead of
        their outlines.
    later
        What parts answered for stages to come, where the area was taken in parts.
    """

    findings: pd.DataFrame
    subtotals: pd.DataFrame
    people: pd.DataFrame
    compounds: pd.DataFrame
    quality: pd.DataFrame
    off_network: pd.DataFrame
    supply: pd.DataFrame
    area: StudyArea
    norms: NormSet
    circles: gpd.GeoDataFrame
    pocket_cells: pd.DataFrame
    later: Mapping[tuple[dt.date | None, bool], Answers] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Name, date, and how many findings of each status."""
        counts = self.findings["status"].value_counts()
        words = ", ".join(f"{status} {n}" for status, n in counts.items()) or "none"
        return (
            f"<Assessment of {self.area.name}, norms of {self.norms.city} on {self.norms.on}: "
            f"{len(self.findings)} findings ({words})>"
        )

    def _repr_html_(self) -> str:
        from capacity.report.html import assessment_html

        return assessment_html(self)

    def table(self, *norm_ids: str, language: Language = "zh") -> pd.DataFrame:
        """Lay norms side by side: a row per street and township, a column per norm and measure.

        Parameters
        ----------
        *norm_ids
            Norms of the selection, in the order wanted; all that streets have findings of if none
            is given.
        language
            ``zh`` or ``en``.

        Returns
        -------
        DataFrame
            Text for reading, indexed by the names of units: the shortfall, with ``≥`` or ``≤`` where
            it is a bound; the share in reach; else the status, where 「—」 does not apply and 「…」 has
            no data. The sum of units and the whole area as one unit come first. ``findings`` has the
            numbers.

        Raises
        ------
        NormError
            If a norm is not of the selection, or has no finding here.
        """
        from capacity.report.short import wide_table

        return wide_table(self, norm_ids, language)

    def allocation(self, norm_id: str) -> pd.DataFrame:
        """Lay out who is served by the places of a circle: three parts that add up to the demand.

        Parameters
        ----------
        norm_id
            A circle norm of a service that has a norm of places per thousand.

        Returns
        -------
        DataFrame
            One row per unit and rollup, as in the findings: ``unit_code``, ``unit_name``,
            ``unit_type``, ``rollup``, ``demand``, ``served``, ``without_capacity``, ``out_of_reach``
            (places, not rounded), ``share`` (served of the demand), ``status``, ``method``, ``note``.

        Raises
        ------
        KeyError
            If the norm has no such findings; the message names those that have.
        """
        return allocation_frame(self.findings, norm_id)

    def explain(self, unit_code: str, norm_id: str, *, group: str = "population") -> Explanation:
        """Say which facilities serve whom in a unit, and which cells are out of reach.

        Parameters
        ----------
        unit_code
            A unit of any tier.
        norm_id
            A circle norm of the selection: a radius or a walking time.
        group
            Population column that the norm measures.

        Returns
        -------
        Explanation
            ``facilities``, ``cells`` and ``out_of_reach``, as frames.

        Raises
        ------
        KeyError
            No such unit, or no such norm in the selection.
        NormError
            The norm is no circle, or does not measure the group.
        """
        from capacity.assess.explain import explain

        norm = next((norm for norm in self.norms.norms if norm.id == norm_id), None)
        if norm is None:
            raise KeyError(f"no norm {norm_id} in this selection. See result.norms.")
        return explain(self.area, norm, unit_code, group=group, beside=self.norms.norms)

    def plot(
        self,
        kind: Literal["map", "bars", "curve", "lorenz", "stages"],
        norm_id: str,
        *,
        measure: str = "",
        tier: str = "",
        ax: Axes | None = None,
        language: Literal["zh", "en"] = "zh",
    ) -> Axes:
        """Draw one figure of one norm with matplotlib.

        Parameters
        ----------
        kind
            ``map``: what each unit lacks, or who is in reach. ``bars``: the worst units first.
            ``curve``: people by distance. ``lorenz``: how evenly what exists is spread between units.
            ``stages``: what each date of a staged norm asks.
        norm_id
            A norm of the selection.
        measure
            Measure of the norm; its first if not given.
        tier
            Tier of the units: ``street``, ``community``, ``district``; streets if not given.
        ax
            Axes to draw in; a figure of their own if not given.
        language
            ``zh`` or ``en``.

        Returns
        -------
        Axes
            ``.figure.savefig("map.png", dpi=200)`` writes it.

        Raises
        ------
        ValueError
            No such kind of figure.
        NormError
            The norm has no such figure; the message names those that have.
        MissingExtraError
            Without the extra ``figures``.
        """
        from capacity.report.figures import plot

        return plot(self, kind, norm_id, measure=measure, tier=tier, ax=ax, language=language)

    def explore(
        self, norm_id: str, *, measure: str = "", tier: str = "", language: Language = "zh"
    ) -> folium.Map:
        """Show a norm on a map to click on, in a notebook or browser, with folium.

        Parameters
        ----------
        norm_id, measure, tier
            As for ``plot`` of a map.
        language
            ``zh`` or ``en``.

        Returns
        -------
        Map
            Without tiles, and with its script in the page: it needs no internet.
            ``.save("map.html")`` writes it.

        Raises
        ------
        NormError
            The norm has no map; the message names those that have.
        MissingExtraError
            Without the extra ``explore``.
        """
        from capacity.report.explore import explore

        return explore(self, norm_id, measure=measure, tier=tier, language=language)

    def coverage_curve(self, norm_id: str, **options: Any) -> CoverageCurve:
        """Measure how many people live within any distance of the facilities of a circle norm.

        Parameters
        ----------
        norm_id
            A norm of a radius or of a walking time.
        **options
            ``group``, ``unit_code`` and ``metres``, as ``capacity.assess.curve.coverage_curve``.

        Returns
        -------
        CoverageCurve
            ``points`` has a row per distance, that of the norm among them.

        Raises
        ------
        NormError
            The norm is no circle, does not measure the group, or nothing of it is known here.
        """
        from capacity.assess.curve import coverage_curve

        return coverage_curve(self, norm_id, **options)

    def spread(self, norm_id: str, **options: Any) -> Spread:
        """Measure how evenly what exists is spread between units: Lorenz curve and Gini.

        Parameters
        ----------
        norm_id
            A norm that asks an amount for each person or household.
        **options
            ``measure`` and ``tier``, as ``capacity.assess.spread.spread``.

        Returns
        -------
        Spread
            ``curve``, ``equity``, ``units`` and the units left out.

        Raises
        ------
        NormError
            The norm is of another kind, or fewer than two units are known.
        """
        from capacity.assess.spread import spread

        return spread(self, norm_id, **options)

    def stage_progress(self, norm_id: str) -> pd.DataFrame:
        """Sum what each stage of a norm asks against what there is today.

        Parameters
        ----------
        norm_id
            A norm of the selection that is a stage of several.

        Returns
        -------
        DataFrame
            One row per stage: ``by``, ``standard``, ``required``, ``existing``, ``shortfall``, …

        Raises
        ------
        NormError
            The norm has one stage only; the message names those with several.
        """
        from capacity.assess.stages import stage_progress

        return stage_progress(self, norm_id)

    def projection(
        self, *, stages: Iterable[dt.date | str] | None = None, growth: float = 0.0
    ) -> Projection:
        """Count planned projects at the stages to come, and say what is still missing then.

        Parameters
        ----------
        stages
            Dates after the data date; left out, every date at which a norm falls due.
        growth
            Yearly growth of people, such as 0.01.

        Returns
        -------
        Projection
            ``stages`` (per date, unit and norm) and ``projects`` (each with what it counts for).

        Raises
        ------
        NormError
            A stage is not after the data date.
        """
        from capacity.monitoring.project import project

        if stages is None and not growth:
            return self._projection
        return project(self.area, self.norms, stages=stages, growth=growth, now=self)

    @cached_property
    def pockets(self) -> gpd.GeoDataFrame:
        """Where people out of reach live; drawn when first asked for.

        GeoDataFrame with ``norm_id``, ``measure``, ``unit_code``, ``pocket`` (1 is the largest; 0 is the
        rest of the unit, not drawn), ``pockets``, ``cells``, ``people`` and the outline of their cells, in
        ``area.crs``. The page draws them.
        """
        from capacity.assess.pockets import draw_pockets

        return draw_pockets(self.area, self.pocket_cells)

    @cached_property
    def _projection(self) -> Projection:
        """The stages that the norms have, with the people of today: files and terminal show these."""
        from capacity.monitoring.project import project

        return project(self.area, self.norms, now=self)

    def to_excel(self, path: str | Path, *, language: Language = "zh", unit: str = "") -> Path:
        """Write the workbook.

        Parameters
        ----------
        path
            File to write; replaced if it is there.
        language
            ``zh`` or ``en``, for headings and words.
        unit
            Code of the unit whose tables they are (a district of a city); the whole area if empty.

        Returns
        -------
        Path
            The file written.

        Raises
        ------
        KeyError
            If there is no such unit.
        """
        from capacity.report.workbook import write_workbook

        return write_workbook(self, path, language=language, unit=unit)

    def to_layers(self, path: str | Path, *, language: Language = "zh") -> Path:
        """Write layers for a GIS: findings per unit, facilities, a dictionary, QGIS styles.

        Parameters
        ----------
        path
            Folder to make.
        language
            ``zh`` or ``en``, of legends and aliases in QGIS; the dictionary has both.

        Returns
        -------
        Path
            The folder written.

        Raises
        ------
        OutputExistsError
            If the folder is there.
        """
        from capacity.report.folder import write_layers

        return write_layers(self, path, language=language)

    def to_html(self, path: str | Path, *, language: Language = "zh") -> Path:
        """Write the page: map, table, findings and clauses in one file that needs no network.

        Parameters
        ----------
        path
            File to write; replaced if it is there.
        language
            ``zh`` or ``en``: the language that the page opens in; a button switches.

        Returns
        -------
        Path
            The file written.
        """
        from capacity.report.page import write_page

        return write_page(self, path, language=language)

    def to_word(self, path: str | Path, *, language: Language = "zh") -> Path:
        """Write the report as a Word document: a summary in words, tables, maps, charts, sources.

        Parameters
        ----------
        path
            File to write; replaced if it is there.
        language
            ``zh`` or ``en``.

        Returns
        -------
        Path
            The file written.

        Raises
        ------
        MissingExtraError
            Without the extra ``word``.
        """
        from capacity.report.word import write_word

        return write_word(self, path, language=language)

    def fill_template(
        self, template: str | Path, path: str | Path, *, language: Language = "zh"
    ) -> Path:
        """Fill a form of your own, an .xlsx file whose cells have names.

        Parameters
        ----------
        template
            The form; it is read, never changed.
        path
            File to write; replaced if it is there.
        language
            ``zh`` or ``en``, of statuses and other words that are filled in.

        Returns
        -------
        Path
            The file written.

        Raises
        ------
        InputError
            If the form cannot be filled as it is; every fault is listed, and nothing is written.
        """
        from capacity.report.template import fill_template

        return fill_template(self, template, path, language=language)

    def to_folder(
        self,
        path: str | Path,
        *,
        overwrite: bool = False,
        word: bool = False,
        templates: Iterable[str | Path] = (),
        language: Language = "zh",
    ) -> Path:
        """Write every output into a folder, whole or not at all.

        Parameters
        ----------
        path
            Folder to make.
        overwrite
            Replace a folder that is there and holds an earlier result.
        word
            Write ``report.docx`` too.
        templates
            Forms of your own (.xlsx), filled into files of the same name.
        language
            ``zh`` or ``en``, of workbook, page, report, layers and forms.

        Returns
        -------
        Path
            The folder written.

        Raises
        ------
        OutputExistsError
            If the folder is there and may not be replaced.
        """
        from capacity.report.folder import write_folder

        return write_folder(
            self, path, overwrite=overwrite, word=word, templates=templates, language=language
        )
