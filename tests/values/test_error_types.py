"""The table of error types is the only one, and says all that the code can record."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from gencost.providers.failures import error_in, error_type, reported
from gencost.values import error_types
from gencost.values.error_types import ERROR_TYPES, error_type_of

GENCOST = Path(__file__).parent.parent.parent / "gencost"


def raised(path: Path) -> set[str]:
    """Every text given as ``error_type=`` in a file."""
    text = path.read_text(encoding="utf-8")
    if "error_type" not in text:
        return set()
    calls = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    keywords = (keyword for call in calls for keyword in call.keywords if keyword.arg == "error_type")
    return {word.value.value for word in keywords if isinstance(word.value, ast.Constant) and word.value.value}


def test_every_type_that_the_code_raises_is_in_the_table():
    names = set().union(*(raised(path) for path in GENCOST.rglob("*.py")))
    assert {"timeout", "not_recorded", "invalid_body"} <= names
    assert names <= set(ERROR_TYPES)


def test_every_http_status_that_is_no_success_has_a_type_in_the_table():
    assert {error_type(status) for status in (*range(300, 600), 999)} <= set(ERROR_TYPES)


@pytest.mark.parametrize("said", ["overloaded_error", "rate_limit_error", "api_error", "anything else", ""])
def test_every_error_inside_an_answer_has_a_type_in_the_table(said):
    assert reported({"type": said, "message": "no"}).error_type in ERROR_TYPES


def test_an_error_that_says_nothing_beside_an_answer_is_none():
    """As relays write it that have a place for one."""
    empty = {"code": None, "message": "", "type": 0}
    assert error_in({"choices": [{"message": {"content": "hi"}}], "error": empty}) is None
    assert error_in({"choices": [], "error": {**empty, "code": 500}}).error_type == "server_error"
    assert error_in({"error": empty}) is not None


def test_no_type_of_the_table_is_one_that_nothing_records():
    texts = "".join(path.read_text(encoding="utf-8") for path in GENCOST.rglob("*.py") if path.stem != "error_types")
    constants = {value: name for name, value in vars(error_types).items() if name.isupper() and isinstance(value, str)}
    for name in ERROR_TYPES:
        assert f'"{name}"' in texts or constants.get(name, "-") in texts, name


def test_whoever_is_asked_for_fewer_calls_may_try_again_and_pays_nothing():
    throttled = {name: kind for name, kind in ERROR_TYPES.items() if kind.throttled}
    assert set(throttled) == {"rate_limit", "overloaded"}
    assert all(kind.retried and not kind.may_be_billed for kind in throttled.values())


def test_what_broke_off_after_it_was_sent_may_be_billed():
    after = {
        "connection",
        "stale_connection",
        "abandoned",
        "cancelled",
        "timeout",
        "truncated",
        "empty",
        "invalid_body",
        "error_body",
        "lost",
    }
    assert {name for name, kind in ERROR_TYPES.items() if kind.may_be_billed} == after


def test_a_type_of_a_users_own_provider_is_not_tried_again_and_may_be_billed():
    kind = error_type_of("QuotaOfMyOwn")
    assert (kind.name, kind.retried, kind.may_be_billed) == ("QuotaOfMyOwn", False, True)


def test_every_type_has_one_plain_sentence():
    assert all(kind.meaning[0].isupper() and kind.meaning.endswith(".") for kind in ERROR_TYPES.values())
