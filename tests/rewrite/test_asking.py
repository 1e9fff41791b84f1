"""One question to a language model, and what can go wrong: lynceus.rewrite.asking."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lynceus.rewrite.asking import AskingError, answer
from lynceus.rewrite.settings import RewriteSettings
from notify.doubles import Double, Reply, served

HELLO = [{"role": "user", "content": "hello"}]


@pytest.fixture(name="model")
def _model() -> Iterator[Double]:
    with served() as double:
        yield double


def asked(model: Double, **more: Any) -> str:
    given = {"url": f"{model.url}/v1/", "model": "m", **more}
    return answer(RewriteSettings.model_validate(given), HELLO)


def test_the_key_goes_along_and_the_answer_comes_back(
    model: Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY", "secret-word")
    model.answer = lambda _: Reply(200, {"choices": [{"message": {"content": "hi"}}]})
    assert asked(model, key={"env": "KEY"}) == "hi"
    [request] = model.requests
    assert request.headers["authorization"] == "Bearer secret-word"
    assert request.json["messages"] == HELLO


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Reply(401, {"error": "secret-word is wrong"}), "answered 401 .*\\*\\*\\* is wrong"),
        (Reply(200, {"choices": []}), "no chat completion"),
        (Reply(200, ["x"]), "no chat completion"),
        (Reply(200, {"choices": [{"message": {"content": None}}]}), "holds no text"),
        (Reply(200, {"x": "y" * 600_000}), "too long"),
        (Reply(302, None, {"Location": "http://127.0.0.1:9/"}), "answered 302"),
    ],
)
def test_what_is_no_answer(
    model: Double, reply: Reply, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY", "secret-word")
    model.answer = lambda _: reply
    with pytest.raises(AskingError, match=why) as failed:
        asked(model, key={"env": "KEY"})
    assert "secret-word" not in str(failed.value)


def test_nobody_waits_for_ever(model: Double) -> None:
    model.failures.append("slow")
    with pytest.raises(AskingError, match=r"no answer within 0\.2 s"):
        asked(model, timeout_s=0.2)


def test_what_cannot_be_asked(model: Double, tmp_path: Path) -> None:
    with pytest.raises(AskingError, match="holds no secret"):
        asked(model, key={"env": "NO_SUCH_KEY"})
    with pytest.raises(AskingError, match="cannot be asked"):
        asked(model, ca=tmp_path / "none.pem")
    with pytest.raises(AskingError, match=r"127\.0\.0\.1: "):
        answer(RewriteSettings(url="http://127.0.0.1:9/v1", model="m", timeout_s=5), HELLO)
