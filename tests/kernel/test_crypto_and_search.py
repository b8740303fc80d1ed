"""Sealed fields, derived codes, search text."""

import pytest
from cryptography.exceptions import InvalidTag

from kernel import crypto
from kernel.search import index_text, phrase_query


def test_a_sealed_text_opens_and_two_seals_differ() -> None:
    first, second = crypto.seal("+8613800000000"), crypto.seal("+8613800000000")
    assert first != second
    assert crypto.unseal(first) == crypto.unseal(second) == "+8613800000000"


def test_a_changed_byte_is_noticed() -> None:
    sealed = bytearray(crypto.seal("secret"))
    sealed[-1] ^= 1
    with pytest.raises(InvalidTag):
        crypto.unseal(bytes(sealed))


def test_an_older_key_still_opens_after_rotation() -> None:
    crypto.use_keys(crypto.Keys({1: bytes(32)}, b"h" * 32))
    old = crypto.seal("x")
    crypto.use_keys(crypto.Keys({1: bytes(32), 2: bytes(range(32))}, b"h" * 32))
    assert crypto.unseal(old) == "x"
    assert crypto.seal("x")[0] == 2


def test_equal_values_of_two_columns_have_different_hashes() -> None:
    assert crypto.keyed_hash("phone", "1") != crypto.keyed_hash("identity", "1")


def test_a_derived_code_has_its_digits_and_belongs_to_its_purpose() -> None:
    code = crypto.derived_code("one_time_code", "17")
    assert len(code) == 6
    assert code.isdigit()
    assert code == crypto.derived_code("one_time_code", "17")
    assert code != crypto.derived_code("paper", "17")


def test_chinese_is_searched_character_by_character() -> None:
    assert index_text("陈静 Emma-Carter 12幢") == "陈 静 emma carter 12 幢"
    assert phrase_query("陈静") == "(陈 <-> 静)"
    assert phrase_query("emma 12") == "(emma:*) & (12:*)"
    assert phrase_query("' | & !") == ""
