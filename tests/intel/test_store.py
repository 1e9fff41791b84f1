"""`store` and `feed_folder`: what the feeds said, whole at any moment; `subscription`."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from lynceus.intel.store import IntelStore, IntelStoreError
from lynceus.intel.subscription import Subscription, seconds


def feed(name: str = "a", **more: object) -> Subscription:
    return Subscription.model_validate({"name": name, "format": "delimited", "url": "x", **more})


def test_subscriptions_are_kept_with_the_place_of_their_secret(tmp_path: Path) -> None:
    store = IntelStore(tmp_path / "intel")
    one = feed(url='http://x/"quoted"?é', key={"env": "KEY"}, confidence=0.5, every="6h")
    store.subscribe(one)
    store.subscribe(feed("b"))
    assert IntelStore(tmp_path / "intel").subscriptions() == {"a": one, "b": feed("b")}
    store.unsubscribe("a")
    assert list(store.subscriptions()) == ["b"]
    with pytest.raises(IntelStoreError, match="has no feed 'a'"):
        store.unsubscribe("a")


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "A/.."), ("every", "0h"), ("every", "1y"), ("confidence", 2), ("key", "s3cret"),
     ("lifetime_days", -1), ("url", "")],
)  # fmt: skip
def test_what_cannot_be_wanted(field: str, value: object) -> None:
    with pytest.raises(ValidationError):
        feed(**{field: value})
    assert seconds("15m") == 900


def test_a_secret_does_not_stand_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text('[a]\nformat = "otx"\nurl = "x"\nkey = "s3cret"\n')
    with pytest.raises(IntelStoreError, match=r"feeds\.toml: \[a\] key") as error:
        IntelStore(tmp_path).subscriptions()
    assert "s3cret" not in str(error.value)


@pytest.mark.parametrize("text", ["[a", "a = 1", "[a]\nformat = 1\n"])
def test_a_broken_file_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "feeds.toml").write_text(text)
    with pytest.raises(IntelStoreError, match=r"feeds\.toml: "):
        IntelStore(tmp_path).subscriptions()


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    with (
        IntelStore(tmp_path).writing(),
        pytest.raises(IntelStoreError, match="another process"),
        IntelStore(tmp_path).writing(),
    ):
        pass


def test_an_empty_store_and_a_broken_one(tmp_path: Path) -> None:
    with pytest.raises(IntelStoreError, match="holds no indicators yet"):
        IntelStore(tmp_path).indicators()
    (tmp_path / "matching.parquet").write_text("no Parquet")
    with pytest.raises(IntelStoreError, match="cannot be read"):
        IntelStore(tmp_path).indicators()
    (tmp_path / "state.json").write_text("[]")
    with pytest.raises(IntelStoreError, match="cannot be read"):
        IntelStore(tmp_path).states()
    with pytest.raises(IntelStoreError, match="is a file"):
        IntelStore(tmp_path / "state.json")
