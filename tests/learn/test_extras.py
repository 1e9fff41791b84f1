from __future__ import annotations

import pytest

from lynceus.learn.extras import ExtraMissingError, extra


def test_a_module_that_is_there_is_given() -> None:
    assert extra("json").dumps([1]) == "[1]"


def test_one_that_is_not_is_missed_in_one_line_that_names_the_extra() -> None:
    with pytest.raises(
        ExtraMissingError, match=r"'no_such_package'.*install lynceus\[deep\]"
    ) as told:
        extra("no_such_package.part", "deep")
    assert "\n" not in str(told.value)
