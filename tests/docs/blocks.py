"""The code blocks of a page, run in order, as a reader would who has the example in the folder.

Every page starts in a folder of its own that holds the files of the example (``area.toml`` and its
data), and its Python blocks are one session that knows ``capacity`` and the example's ``area``,
``norms`` and ``result``. By its language a block is

- ``python``: executed;
- ``sh``: every line a ``capacity`` command, which must end with exit code 0, or the installation of
  extras of ours, which must exist;
- ``toml``, ``yaml``: settings, scenarios or norms, read by the library; a part of the settings is
  read together with the example's; title="FILE" also writes the block to that file;
- ``csv``: written to the file of its title;
- ``text``: nothing to run.

``<!-- skip: next "reason" -->`` before a block says why it does not run, and
``<!-- invisible-code: python … -->`` prepares what the reader has already.
"""

import csv
import hashlib
import re
import shlex
import shutil
import sys
import tomllib
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from unittest import SkipTest

import pandas as pd
from sybil import Region, Sybil
from sybil.parsers.markdown import SkipParser
from sybil.parsers.markdown.lexers import DirectiveInHTMLCommentLexer, RawFencedCodeBlockLexer

from capacity import cli
from capacity.inputs.config import AreaConfig
from capacity.norms import validate_file
from capacity.siting.scenario import read_scenarios

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"(?P<language>[a-z]*)(?P<options>[^\n]*)\n")
TITLE = re.compile(r'title="([^"]+)"')
EXTRAS = re.compile(r"^pip install \.\[([\w,]+)\]$")


class Page:
    """One page: its blocks in order, the folder they run in, and what they did."""

    def __init__(self, path, folder, session, assessed):
        self.text = path.read_text(encoding="utf-8")
        self.document = Sybil(parsers=[self.fenced, self.hidden, SkipParser()]).parse(path)
        self.path, self.folder, self.session, self.assessed = path, folder, session, assessed
        self.done = Counter()

    def fenced(self, document):
        """Give every fenced block, in whatever language."""
        for found in RawFencedCodeBlockLexer(FENCE)(document):
            words = found.lexemes
            title = TITLE.search(words["options"])
            parsed = (words["language"], title[1] if title else "", str(words["source"]))
            yield Region(found.start, found.end, parsed, self.evaluate)

    def hidden(self, document):
        """Give what a page prepares without showing it."""
        lexer = DirectiveInHTMLCommentLexer("invisible-code", "python")
        for found in lexer(document):
            parsed = ("hidden", "", str(found.lexemes["source"]))
            yield Region(found.start, found.end, parsed, self.evaluate)

    def run(self):
        """Run every block of the page."""
        for example in self.document.examples():
            try:
                example.evaluate()
            except SkipTest:
                self.done["not run"] += 1

    def evaluate(self, example):
        """Run one block by its language."""
        language, title, source = example.parsed
        where = f"{self.path.name}:{example.line}"
        if title:
            assert Path(title).name == title, where
            (self.folder / title).write_text(source, encoding="utf-8")
        known = {"python": self.python, "hidden": self.python, "sh": self.sh, "toml": self.toml}
        known |= {"yaml": self.yaml, "csv": self.csv, "text": self.nothing}
        assert language in known, f"{where}: a block in {language or 'no language'}"
        known[language](source, where, example.line)
        self.done[language] += 1

    def python(self, source, where, line):
        """Execute a block; tracebacks name the line of the page."""
        exec(compile("\n" * line + source, where, "exec"), self.session)  # noqa: S102

    def sh(self, source, where, _):
        """Run every command of a block."""
        lines = [line for line in source.replace("\\\n", " ").splitlines() if line.strip()]
        for words in (shlex.split(line, comments=True) for line in lines):
            if words[:1] == ["capacity"]:
                assert self.capacity(words[1:]) == 0, f"{where}: {' '.join(words)}"
            elif words:
                known = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
                named = EXTRAS.search(" ".join(words))
                assert named, f"{where}: {' '.join(words)} is no command of ours"
                assert set(named[1].split(",")) <= set(known["project"]["optional-dependencies"])

    def capacity(self, arguments):
        """Run one command in this process; the same assessment of the same files is done once."""
        if arguments[0] not in {"assess", "check"}:
            return run(arguments)
        at = arguments.index("-o") if "-o" in arguments else len(arguments)
        settings = Path(arguments[1])
        inputs = sorted(path for path in settings.parent.iterdir() if path.is_file())
        sums = tuple(hashlib.sha256(path.read_bytes()).hexdigest() for path in inputs)
        key = (arguments[0], settings.name, sums, *arguments[2:at], *arguments[at + 2 :])
        out = Path(*arguments[at + 1 : at + 2])
        if key in self.assessed:
            if self.assessed[key]:
                shutil.copytree(self.assessed[key], out)
            return 0
        code = run(arguments)
        if arguments[0] == "check":
            self.assessed[key] = None if code == 0 else self.assessed.get(key)
            return code
        kept = self.folder.parent / f"assessed-{len(self.assessed)}"
        shutil.copytree(out, kept)
        self.assessed[key] = kept
        return code

    def toml(self, source, *_):
        """Read settings, whole or a part, or scenarios."""
        tables = tomllib.loads(source)
        if "scenario" in tables:
            path = self.folder / "scenarios-of-the-page.toml"
            path.write_text(source, encoding="utf-8")
            plan = SimpleNamespace(proposals=pd.DataFrame())  # the one being made
            assert read_scenarios(path, plan)
            path.unlink()
            return
        example = tomllib.loads((self.folder / "area.toml").read_text(encoding="utf-8"))
        base = {} if "study_area" in tables else example
        AreaConfig.model_validate(base | tables)

    def yaml(self, source, *_):
        """Read a norm file."""
        path = self.folder / "norms-of-the-page.yaml"
        path.write_text(source, encoding="utf-8")
        assert validate_file(path) == []
        path.unlink()

    def csv(self, source, where, _):
        """See that a table has rows as long as its head."""
        rows = list(csv.reader(source.splitlines()))
        assert len(rows) > 1, where
        assert {len(row) for row in rows} == {len(rows[0])}, where

    def nothing(self, *_):
        """Leave text alone."""


def run(arguments):
    """Return the exit code of one command."""
    before = sys.argv
    sys.argv = ["capacity", *arguments]
    try:
        cli.main()
    except SystemExit as end:
        return end.code or 0
    finally:
        sys.argv = before
    return 0
