"""Whole answers and requests through a whole run: sent, stored, counted, scored, shown and audited."""

from __future__ import annotations

import base64
import json
import sqlite3
import threading
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gencost.audit.check import audit
from gencost.cli import main
from gencost.metrics_db import init_db

LOCAL = ("model=local", "model.name=m-1", "n=1", "tracking=none", "report=none")
USAGE = {"prompt_tokens": 120, "completion_tokens": 30, "total_tokens": 150}


class Server(ThreadingHTTPServer):
    """Gives one body to whatever is asked, and keeps what was sent."""

    body, asked = b"", []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def gives(self, body: dict | list[dict]) -> None:
        """Answer with an object, or with a stream of them."""
        self.asked = []
        if isinstance(body, dict):
            self.body = json.dumps(body).encode()
        else:
            self.body = b"".join(f"data: {json.dumps(it)}\n\n".encode() for it in body) + b"data: [DONE]\n\n"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.server.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        kind = "text/event-stream" if self.server.body.startswith(b"data:") else "application/json"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def completion(message: dict, finish_reason: str, **usage) -> dict:
    choices = [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish_reason}]
    return {"id": "x1", "object": "chat.completion", "created": 1, "model": "m-1", "choices": choices, "usage": usage}


def chunks(*deltas: tuple[int, dict], finish_reason: str, **usage) -> list[dict]:
    head = {"id": "x1", "object": "chat.completion.chunk", "created": 1, "model": "m-1"}
    ended = {index: finish_reason for index, _ in deltas}
    told = [{**head, "choices": [{"index": i, "delta": delta, "finish_reason": None}]} for i, delta in deltas]
    told += [{**head, "choices": [{"index": i, "delta": {}, "finish_reason": why}]} for i, why in ended.items()]
    return [*told, {**head, "choices": [], "usage": usage}]


def call(name: str, arguments: str, **more) -> dict:
    return {"type": "function", "function": {"name": name, "arguments": arguments}, **more}


def rows(columns: str) -> list[tuple]:
    connection = sqlite3.connect("llmopt_stage1.sqlite")
    query = f"SELECT {columns} FROM requests JOIN responses USING (request_id) ORDER BY prompt_id"
    rows_read = connection.execute(query).fetchall()
    connection.close()
    return rows_read


def audited() -> bool:
    engine = init_db(None)
    failures = audit(engine, None).failures
    engine.dispose()
    return failures == []


@pytest.mark.parametrize("stream", [False, True])
def test_calls_of_functions_are_stored_scored_shown_and_audited(server, tmp_path, gencost_run, capfd, stream):
    """Two calls; streamed, their arguments are cut over several deltas by index."""
    one, two = ("get_weather", '{"city":"Oslo","days":3}'), ("get_time", '{"zone":"CET"}')
    if stream:
        begun = [(0, {"tool_calls": [call(*pair, index=i, id=f"c{i}")]}) for i, pair in enumerate([one, two])]
        for i, (_, delta) in enumerate(begun):
            delta["tool_calls"][0]["function"]["arguments"] = (one, two)[i][1][:8]
        rest = [{"index": i, "function": {"arguments": pair[1][8:]}} for i, pair in enumerate([one, two])]
        server.gives(chunks(*begun, (0, {"tool_calls": rest}), finish_reason="tool_calls", **USAGE))
    else:
        calls = [call(*pair, id=f"c{i}") for i, pair in enumerate([one, two])]
        server.gives(completion({"content": None, "tool_calls": calls}, "tool_calls", **USAGE))
    wanted = [{"name": "get_time", "arguments": {"zone": "CET"}}, {"name": one[0], "arguments": json.loads(one[1])}]
    (tmp_path / "asked.jsonl").write_text(json.dumps({"id": "a", "text": "Weather?", "reference": wanted}) + "\n")
    more = (f"provider.base_url={server.url}", f"provider.stream={stream}", "prompts.path=asked.jsonl")
    done = gencost_run(*LOCAL, *more, "quality=[tool_calls]")
    ((text, stored),) = rows("response, tool_calls_json")
    assert (text, [(it["name"], it["arguments"]) for it in json.loads(stored)]) == ("", [one, two])
    assert "quality 1.000" in done.stdout
    assert audited()
    ((request_id,),) = rows("requests.request_id")
    with pytest.raises(SystemExit):
        main(["audit", request_id])
    assert "get_weather" in capfd.readouterr().out


def test_both_choices_of_one_stream_are_kept_apart(server, gencost_run):
    deltas = [(0, {"content": "Ye"}), (1, {"content": "N"}), (0, {"content": "s"}), (1, {"content": "o"})]
    usage = {"prompt_tokens": 20, "completion_tokens": 4, "total_tokens": 24}
    server.gives(chunks(*deltas, finish_reason="stop", **usage))
    gencost_run(*LOCAL, f"provider.base_url={server.url}", "provider.stream=true", "+model.params.n=2")
    ((text, extra, tokens_out),) = rows("response, extra_json, usage_tokens_out")
    assert (text, tokens_out) == ("Yes", 4)
    assert [it["text"] for it in json.loads(extra)["choices"]] == ["Yes", "No"]
    assert audited()


def test_an_answer_that_only_thinks_and_is_cut_is_no_good_answer(server, gencost_run):
    thought = {"content": "", "reasoning_content": "First I multiply 17 by 3"}
    usage = {"prompt_tokens": 20, "completion_tokens": 64, "total_tokens": 84}
    server.gives(completion(thought, "length", **usage, completion_tokens_details={"reasoning_tokens": 64}))
    done = gencost_run(*LOCAL, f"provider.base_url={server.url}")
    assert rows("response, reasoning, finish_reason, usage_tokens_reasoning, quality_proxy") == [
        ("", "First I multiply 17 by 3", "length", 64, 0.0)
    ]
    assert "1 of 1 answer was cut off at a limit of tokens" in done.stdout
    assert "1 of 1 answer is a thought without an answer" in done.stdout


PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


URL = {"url": f"data:image/png;base64,{base64.b64encode(PNG).decode()}"}
ASKED = [{"type": "text", "text": "What is in the picture?"}, {"type": "image_url", "image_url": URL}]
CALLS = [call("get_weather", '{"city":"Oslo"}', id="c1")]
TURNS = [
    {"role": "user", "content": "Weather in Oslo?"},
    {"role": "assistant", "content": None, "tool_calls": CALLS},
    {"role": "tool", "tool_call_id": "c1", "content": "-3 C, snow"},
]
TOOL = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}
PROMPTS = [
    {"id": "p1", "messages": [{"role": "user", "content": ASKED}], "reference": "nothing"},
    {"id": "p2", "messages": TURNS, "tools": [TOOL], "reference": "cold"},
]


def test_parts_and_results_of_functions_are_sent_stored_shown_and_replayed(server, tmp_path, gencost_run, capfd):
    (tmp_path / "asked.jsonl").write_text("\n".join(map(json.dumps, PROMPTS)) + "\n")
    server.gives(completion({"content": "nothing"}, "stop", **USAGE))
    more = (f"provider.base_url={server.url}", "prompts.path=asked.jsonl", "n=null")
    gencost_run(*LOCAL, *more, "quality=[exact_match]")
    by_turns = {len(it["messages"]): it for it in server.asked}
    assert by_turns[1]["messages"] == PROMPTS[0]["messages"]
    assert [turn["role"] for turn in by_turns[3]["messages"]] == ["user", "assistant", "tool"]
    assert by_turns[3]["messages"][1]["tool_calls"] == CALLS
    assert by_turns[3]["tools"] == [TOOL]
    connection = sqlite3.connect("llmopt_stage1.sqlite")
    assert connection.execute("SELECT sha256, media_type, data FROM blobs").fetchall() == [
        (sha256(PNG).hexdigest(), "image/png", PNG)
    ]
    assert not any("base64" in text or "iVBOR" in text for (text,) in connection.execute("SELECT text FROM prompts"))
    ids = dict(connection.execute("SELECT prompt_id, request_id FROM requests"))
    connection.close()
    assert audited()
    for at, shown in {"p1": "[image: image/png, sha256", "p2": "tool (get_weather): -3 C, snow"}.items():
        with pytest.raises(SystemExit):
            main(["audit", ids[at]])
        assert shown in capfd.readouterr().out
    records = [{**it, "model": "m", "response": it["reference"]} for it in PROMPTS]
    for record in records:
        del record["id"]
    (tmp_path / "calls.jsonl").write_text("\n".join(map(json.dumps, records)) + "\n")
    files = ("provider.path=calls.jsonl", "prompts.path=asked.jsonl", "model=recorded", "model.name=m", "n=null")
    done = gencost_run("provider=replay", *files, "quality=[exact_match]", "tracking=none", "report=none")
    assert "quality 1.000" in done.stdout
