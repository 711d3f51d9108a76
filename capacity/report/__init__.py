"""Reports: findings as workbook, folder, notebook table and terminal table. Nothing is computed."""
