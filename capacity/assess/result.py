"""What an assessment gives back: frames, and thin ways to write them down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from capacity.findings import allocation_frame

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from capacity.assess.explain import Explanation
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
    area, norms
        The inputs.
    """

    findings: pd.DataFrame
    people: pd.DataFrame
    compounds: pd.DataFrame
    quality: pd.DataFrame
    off_network: pd.DataFrame
    area: StudyArea
    norms: NormSet

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

    def to_excel(self, path: str | Path) -> Path:
        """Write the workbook.

        Parameters
        ----------
        path
            File to write; replaced if it is there.

        Returns
        -------
        Path
            The file written.
        """
        from capacity.report.workbook import write_workbook

        return write_workbook(self, path)

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

    def to_folder(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write findings, workbook, quality report and manifest into a folder, whole or not at all.

        Parameters
        ----------
        path
            Folder to make.
        overwrite
            Replace a folder that is there and holds an earlier result.

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

        return write_folder(self, path, overwrite=overwrite)
