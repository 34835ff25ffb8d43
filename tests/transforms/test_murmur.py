"""MurmurHash3 as the C++ that defines it, which scikit-learn wraps, computes it."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils import murmurhash3_32

from ropeway.transforms.murmur import of_array, of_value


@given(st.lists(st.none() | st.binary(max_size=20)), st.integers(0, 2**32 - 1), st.integers(0, 3))
def test_bytes_have_the_hashes_of_the_reference(values: list[bytes | None], seed: int, cut: int) -> None:
    wanted = [murmurhash3_32(value or b"", seed) for value in values]
    assert of_array(pa.array(values, pa.binary()).slice(cut), seed).tolist() == wanted[cut:]
    assert [of_value(value or b"", seed) for value in values] == wanted


@given(st.lists(st.text(max_size=9)))
def test_text_is_hashed_as_its_bytes(values: list[str]) -> None:
    assert of_array(pa.array(values, pa.string())).tolist() == [murmurhash3_32(value) for value in values]
