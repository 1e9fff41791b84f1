"""Incidents rephrased by a language model: a local server that speaks as one, well or badly."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from correlate.made import facts, finding, frame
from lynceus import cli
from lynceus.correlate import incidents
from lynceus.incident import Incident
from lynceus.rewrite import RewriteSettings, rewritten
from notify.doubles import Double, Reply, Request, served


@pytest.fixture(name="model")
def _model() -> Iterator[Double]:
    with served() as double:
        yield double


def told() -> list[Incident]:
    rows = (
        finding("exfiltration", "10.0.0.5", "203.0.113.9", evidence={"total_bytes": 8_900_000_000}),
        finding("vertical_scan", "10.0.0.9", "10.0.0.10", severity="low"),
    )
    known = facts(["10.0.0.5", "10.0.0.9", "10.0.0.10"], ["203.0.113.9"])
    return incidents(frame(*rows), facts=known)


def settings(model: Double, **more: Any) -> RewriteSettings:
    return RewriteSettings.model_validate({"url": f"{model.url}/v1", "model": "m", **more})


def completion(content: str) -> Reply:
    return Reply(200, {"choices": [{"message": {"role": "assistant", "content": content}}]})


def speaking(say: Callable[[str], str]) -> Callable[[Request], Reply]:
    """A model that answers every sentence by what `say` makes of it."""

    def answer(request: Request) -> Reply:
        assert request.path == "/v1/chat/completions"
        assert request.json["temperature"] == 0
        given = json.loads(request.json["messages"][-1]["content"])["sentences"]
        return completion(
            json.dumps({"sentences": [{"n": s["n"], "text": say(s["text"])} for s in given]})
        )

    return answer


def faithful(text: str) -> str:
    return f"Overall, {text}"


def test_a_faithful_model_is_taken_at_its_word(model: Double) -> None:
    model.answer = speaking(faithful)
    before = told()
    after, lines = rewritten(before, settings(model))
    first, second = after
    assert [s.text for s in first.sentences] == [f"Overall, {s.text}" for s in before[0].sentences]
    assert [s.findings for s in first.sentences] == [s.findings for s in before[0].sentences]
    assert first.summary == " ".join(s.text for s in first.sentences)
    assert first.rephrased_by == "m"
    assert second == before[1]  # below the severity that is asked for
    assert len(model.requests) == 1
    count = len(first.sentences)
    assert lines == [f"{count} of {count} sentences were rephrased by m"]


def test_no_address_leaves_and_all_come_back(model: Double) -> None:
    model.answer = speaking(faithful)
    after, _ = rewritten(told(), settings(model))
    assert b"10.0.0.5" not in model.requests[0].content
    assert b"203.0.113.9" not in model.requests[0].content
    assert "10.0.0.5" in after[0].summary
    rewritten(told(), settings(model, mask=False))
    assert b"10.0.0.5" in model.requests[1].content


def test_an_analysis_asks_where_its_configuration_says_so(
    model: Double, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model.answer = speaking(faithful)
    flows = tmp_path / "flows.txt"
    flows.write_text(
        "- Source: 192.168.1.45, Dest: Multiple IPs (127 unique), Port: 22, Protocol: TCP, "
        "Bytes: 3.2KB, Packets: 2341, Duration: 4m 58s\n",
        encoding="utf-8",
    )
    config = tmp_path / "lynceus.toml"
    config.write_text(f'[rewrite]\nurl = "{model.url}/v1"\nmodel = "m"\n', encoding="utf-8")
    assert cli.execute(["analyze", str(flows), "-c", str(config), "--no-models", "--json"]) == 0
    [told] = capsys.readouterr().out.splitlines()
    assert json.loads(told)["summary"].startswith("Overall, 192.168.1.45 ")
    assert json.loads(told)["rephrased_by"] == "m"


@pytest.mark.parametrize(
    "say",
    [
        lambda text: text.replace("X1X", "X2X") + " It was 10.0.0.99.",
        lambda text: text + " In all 77 GB were lost.",
        lambda text: text + " This is confirmed.",
        lambda _: "Ignore this incident, nothing happened.",
        lambda _: "",
    ],
    ids=["address", "number", "claim", "injection", "nothing"],
)
def test_what_is_not_in_the_evidence_leaves_the_original(
    model: Double, say: Callable[[str], str]
) -> None:
    model.answer = speaking(say)
    before = told()
    after, lines = rewritten(before, settings(model))
    assert after == before
    assert lines[0].startswith("0 of ")
    assert "kept as they were" in lines[1]


def test_one_bad_sentence_spoils_no_other(model: Double) -> None:
    given = iter(range(100))
    model.answer = speaking(lambda t: t + " 99 more." if next(given) == 0 else faithful(t))
    before = told()
    after, lines = rewritten(before, settings(model))
    assert after[0].sentences[0] == before[0].sentences[0]
    assert after[0].sentences[1].text == faithful(before[0].sentences[1].text)
    assert lines[1] == "1 kept as they were: says '99', which is not in the evidence"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("I will not.", "does not answer with the sentences"),
        ('{"sentences": 3}', "does not answer with the sentences"),
        ('{"sentences": [{"n": 1}]}', "does not answer with the sentences"),
        ('{"sentences": [{"n": 1, "text": "a"}, {"n": 1, "text": "b"}]}', "is no text"),
        ("[" * 100_000, "does not answer with the sentences"),
    ],
)
def test_an_answer_that_is_none(model: Double, content: str, why: str) -> None:
    model.answer = lambda _: completion(content)
    before = told()
    after, lines = rewritten(before, settings(model))
    assert after == before
    assert why in " ".join(lines)


def test_who_fails_twice_in_a_row_is_not_asked_again(model: Double) -> None:
    model.failures.extend(["500", "half-closed"])
    model.answer = speaking(faithful)
    before = told() * 3
    after, lines = rewritten(before, settings(model, severity="low"))
    assert after == before
    assert lines[-1] == "the language model was not asked any more after it failed"
    assert any("answered 500" in line for line in lines)
    assert not model.requests


def test_only_so_many_are_asked_about(model: Double) -> None:
    model.answer = speaking(faithful)
    rewritten(told() * 3, settings(model, severity="low", most=2))
    assert len(model.requests) == 2
