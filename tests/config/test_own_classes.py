"""A class of the user's own that is wrong, or raises before the calls, is one line that names it."""

from __future__ import annotations

import re

import pytest

from gencost import UnifiedLLM
from gencost.config.working_folder import see_own_modules
from gencost.errors import ConfigError, UserError

MODULE = """
from gencost import Message, Provider, Response, Sample, Score

class Named:
    name, version = "mine", "1"
    def score(self, sample, response):
        return Score(scorer="mine", version="1", value=0.5)

class Numbered(Named):
    name = 5

class Unversioned(Named):
    version = None

class Nameless:
    version = "1"
    score = Named.score

class Empty:
    name = "mine"
    def load(self):
        return []

class Texts(Empty):
    def load(self):
        return ["a"]

class Twice(Empty):
    def load(self):
        return [Sample(id="1", messages=(Message(role="user", content=text),)) for text in "ab"]

class Broken(Empty):
    def load(self):
        raise RuntimeError("no\\nway")

class Checking(Provider):
    name = "mock"
    def check(self, model):
        raise ValueError("bad\\nmodel")
    async def complete(self, request):
        return Response(text="hi", usage=None, latency_ms=1.0)

class Unnamed(Provider):
    complete = Checking.complete
    @property
    def name(self):
        raise RuntimeError("not yet")

class Remarking(Checking):
    check = Provider.check
    def remarks(self, model, draws):
        return {}["x"]

class Closing(Provider):
    name = "mock"
    complete = Checking.complete
    async def aclose(self):
        raise RuntimeError("it is stuck")
"""


@pytest.fixture
def run(gencost_run, tmp_path, monkeypatch):
    """Run with one choice of a group that names a class of the module."""
    (tmp_path / "own_classes.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)

    def with_choice(group: str, name: str):
        (tmp_path / "mine" / group).mkdir(parents=True, exist_ok=True)
        node = f"_target_: own_classes.{name}"
        (tmp_path / "mine" / group / "own.yaml").write_text(f"own: {{{node}}}" if group == "quality" else node)
        choice = "quality=[own]" if group == "quality" else f"{group}=own"
        return gencost_run(
            "--config-dir", "mine", choice, "model.name=small-latest", "n=2", "tracking=none", "report=none"
        )

    return with_choice


@pytest.mark.parametrize(
    ("group", "name", "said"),
    [
        ("quality", "Numbered", "quality.own: Numbered.name is 5: give a text"),
        ("quality", "Unversioned", "quality.own: Unversioned.version is None: give a text"),
        (
            "quality",
            "Nameless",
            "quality.own._target_='own_classes.Nameless' is not a Scorer, as it lacks name: see gencost/protocols.py",
        ),
        ("prompts", "Empty", "Empty.load() gave no sample: there is nothing to ask"),
        ("prompts", "Texts", "Texts.load() gave 'a': give gencost.Samples"),
        (
            "prompts",
            "Twice",
            "Twice.load() gave several samples the id '1': cells are paired by it: make it unique",
        ),
        ("provider", "Unnamed", "RuntimeError: not yet (own_classes.py, line N)"),
        ("provider", "Remarking", "KeyError: 'x' (own_classes.py, line N)"),
        ("prompts", "Broken", "Broken.load() failed: RuntimeError: no way (own_classes.py, line N)"),
        (
            "provider",
            "Checking",
            "Checking.check('small-latest') failed: ValueError: bad model (own_classes.py, line N)",
        ),
    ],
)
def test_what_is_wrong_with_it_is_one_line(run, group, name, said):
    done = run(group, name)
    told = re.sub(r"line \d+", "line N", done.stderr)
    assert (done.returncode, done.stdout, told) == (2, "", f"gencost: {said}\n")


@pytest.mark.parametrize(("group", "name"), [("quality", "Named"), ("provider", "Closing")])
def test_calls_are_not_lost_to_it(run, group, name):
    done = run(group, name)
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 calls" in done.stdout


def test_a_scorer_of_an_application_has_a_name_too():
    scorer = type("Numbered", (), {"name": 5, "version": "1", "score": lambda *_: None})()
    with pytest.raises(ConfigError, match=r"scorers: Numbered\.name is 5: give a text"):
        UnifiedLLM(provider="mock", model="small-latest", scorers=[scorer])


def test_a_working_folder_that_is_deleted_is_told(tmp_path, monkeypatch):
    (gone := tmp_path / "gone").mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(UserError, match="the working folder is deleted: change to another one"):
        see_own_modules()


def test_two_scorers_of_one_name_are_refused_as_the_scores_of_one_would_be_lost(gencost_run, tmp_path):
    (tmp_path / "mine" / "quality").mkdir(parents=True)
    for key, most in (("brief", 5), ("long", 500)):
        node = f"{key}: {{_target_: gencost.quality.structure.Length, max_words: {most}}}"
        (tmp_path / "mine" / "quality" / f"{key}.yaml").write_text(node)
    words = ("--config-dir", "mine", "quality=[brief,long]", "model=small", "n=1", "tracking=none", "report=none")
    done = gencost_run(*words)
    told = "quality.brief and quality.long have one name, 'length': give one another, e.g. ++quality.long.name=long"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"gencost: {told}\n")
    assert gencost_run(*words, "++quality.long.name=long").returncode == 0
    with pytest.raises(ConfigError, match="two have the name 'lambda'"):
        UnifiedLLM(provider="mock", model="small-latest", scorers=[lambda sample, response: 1] * 2)
