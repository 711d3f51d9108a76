"""The workbook that a district hands in: 表0 overview to 表9 data quality and method.

Values are findings, looked up and written as they are. 「—」 says not applicable, 「…」 says no data,
and 0 is zero. What a planner would want to see computed is a formula that gives the finding.
"""

from __future__ import annotations

from capacity.report.workbook.write import workbook_names, write_workbook, write_workbooks

__all__ = ["workbook_names", "write_workbook", "write_workbooks"]
