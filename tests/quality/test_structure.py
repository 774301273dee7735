from __future__ import annotations

import json

import pytest
from asked import scored, value

from gencost.errors import ConfigError
from gencost.quality.json_fields import JsonFields
from gencost.quality.structure import JsonSchema, JsonValid, Length

PERSON = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string"}, "age": {"$ref": "#/$defs/age"}},
    "$defs": {"age": {"type": "integer", "minimum": 0}},
}


@pytest.mark.parametrize(
    ("text", "plain", "fenced"),
    [
        ('{"a": 1}', 1.0, 1.0),
        (" [1, 2]\n", 1.0, 1.0),
        ('```json\n{"a": 1}\n```', 0.0, 1.0),
        ('Here it is:\n```\n{"a": 1}\n```\nBye', 0.0, 1.0),
        ('```json\n{"a": }\n```', 0.0, 0.0),
        ("{'a': 1}", 0.0, 0.0),
        ("NaN", 0.0, 0.0),  # Python's reader takes it, RFC 8259 does not
        ("", 0.0, 0.0),
        ("[" * 100_000, 0.0, 0.0),
    ],
)
def test_json_is_what_rfc_8259_says_and_may_be_fenced(text, plain, fenced):
    assert value(JsonValid(fences=False), text) == plain
    assert value(JsonValid(), text) == fenced


@pytest.mark.parametrize(
    ("text", "fits", "said"),
    [
        ('{"name": "Ada", "age": 36}', 1.0, None),
        ('{"age": 36}', 0.0, "$: 'name' is a required property"),
        ('{"name": "Ada", "age": -1}', 0.0, "$.age: -1 is less than the minimum of 0"),
        ("Ada", 0.0, "no JSON: Expecting value: line 1 column 1 (char 0)"),
    ],
)
def test_a_schema_is_validated_and_its_first_error_is_said(text, fits, said):
    pytest.importorskip("jsonschema")
    score = scored(JsonSchema(schema=PERSON), text)
    assert (score.value, score.explanation) == (fits, said)


def test_a_schema_may_stand_in_a_file_and_the_answer_in_a_fence(tmp_path):
    pytest.importorskip("jsonschema")
    (tmp_path / "person.json").write_text(json.dumps(PERSON), encoding="utf-8")
    assert value(JsonSchema(path="person.json", fences=True), '```json\n{"name": "Ada"}\n```') == 1.0


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({}, "give one of schema="),
        ({"schema": {}, "path": "x.json"}, "give one of schema="),
        ({"schema": {"type": "objekt"}}, "is not a JSON schema: 'objekt' is not valid .* at type"),
        ({"path": "missing.json"}, "missing.json cannot be read: No such file"),
        ({"path": "broken.json"}, "broken.json is not JSON"),
        ({"schema": {"$ref": "https://example.com/x.json"}}, "leads outside the schema"),
    ],
)
def test_a_schema_that_cannot_be_used_is_refused_before_the_first_call(keys, said, tmp_path):
    pytest.importorskip("jsonschema")
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        JsonSchema(**keys)


def test_a_limit_of_length_is_within():
    assert value(Length(max_words=3), "one two three") == 1.0
    assert value(Length(max_words=2), "one two three") == 0.0
    assert value(Length(min_words=4), "one two three") == 0.0
    assert value(Length(min_chars=3, max_chars=3), " abc\n") == 1.0
    assert value(Length(max_chars=2), "\u00e4\u00f6\u00fc") == 0.0
    assert scored(Length(max_words=1), "a bc").explanation == "2 words, 4 characters"


@pytest.mark.parametrize("limits", [{}, {"min_words": 5, "max_words": 4}, {"min_chars": -1}])
def test_limits_that_mean_nothing_are_refused(limits):
    with pytest.raises(ConfigError, match="quality.length: "):
        Length(**limits)


@pytest.mark.parametrize(
    ("answer", "share"),
    [
        ('{"name": "Ada", "age": 36}', 1.0),
        ('Sure:\n```json\n{"name": " Ada ", "age": 36.0, "more": 1}\n```', 1.0),
        ('{"name": "Ada", "age": "36"}', 0.5),  # a text is not a number
        ('{"name": "ada"}', 0.0),
        ('{"age": true}', 0.0),
        ("[]", 0.0),
        ("Ada", 0.0),
    ],
)
def test_the_share_of_right_fields(answer, share):
    assert value(JsonFields(), answer, '{"name": "Ada", "age": 36}') == share


def test_fields_may_be_chosen_and_others_forbidden():
    reference = '{"name": "Ada", "address": {"city": "London", "zip": 1}}'
    answer = '{"name": "ADA", "address": {"city": "London", "zip": 2}, "more": 1}'
    assert value(JsonFields(fields=["address.city"]), answer, reference) == 1.0
    assert value(JsonFields(ignore_case=True), answer, reference) == 0.5
    assert value(JsonFields(ignore_case=True, strict=True), answer, reference) == 1 / 3
    assert scored(JsonFields(), answer, reference).explanation == "wrong or missing: name, address"
    assert scored(JsonFields(), answer, "Ada").explanation == "the reference is not a JSON object"
    assert value(JsonFields(fields=["none"]), answer, reference) is None
