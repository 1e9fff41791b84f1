from __future__ import annotations

from pathlib import Path

import numpy as np

from lynceus.learn.steps import Steps, digest


def test_a_step_is_done_once_for_the_same_and_anew_for_another(tmp_path: Path) -> None:
    calls: list[int] = []
    told: list[tuple[str, bool]] = []

    def make() -> np.ndarray:
        calls.append(1)
        return np.array([float(len(calls))])

    for made_from in ("a" * 64, "a" * 64, "b" * 64):
        Steps(tmp_path, lambda name, before: told.append((name, before))).array(
            "boosting block 1", made_from, make
        )
    assert told == [
        (s, b) for s, b in zip(["boosting block 1"] * 3, [False, True, False], strict=True)
    ]
    assert len(calls) == 2


def test_a_file_that_was_cut_off_is_made_anew(tmp_path: Path) -> None:
    Steps(tmp_path).array("a", "x", lambda: np.arange(100.0))
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:90])
    assert Steps(tmp_path).array("a", "x", lambda: np.array([7.0])).tolist() == [7.0]


def test_without_a_folder_nothing_is_kept() -> None:
    assert Steps().array("a", "x", lambda: np.array([1.0])).tolist() == [1.0]


def test_a_digest_knows_arrays_by_content_and_form() -> None:
    one = np.arange(6.0)
    assert digest(one, "a") == digest(one.copy(), "a")
    assert (
        len({digest(one), digest(one.reshape(2, 3)), digest(one.astype("f4")), digest(one + 1)})
        == 4
    )
