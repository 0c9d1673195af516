import io
import math

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from trainer_support import VOCABULARY

from agent0_ml.trainer import batch
from agent0_ml.trainer.batch import read_batch
from agent0_ml.trainer.config import parse_config
from agent0_ml.trainer.errors import Refusal

ADPO = parse_config(b'{"loss": {"clip": {"kind": "rows"}}}')
GRPO = parse_config(b"{}")
CROSS_ENTROPY = parse_config(b'{"loss": {"kind": "cross-entropy"}}')


def good_rows() -> list[dict]:
    return [{"group": group, "sample": sample, "tokenIds": [1, 2, 3, 4], "mask": [0, 1, 0, 1],
             "serverLogprobs": [0.0, -1.0, 0.0, -2.0], "policy": "v0", "temperature": 1.0, "advantage": 0.5,
             "clipLow": 0.2, "clipHigh": 0.3, "pHat": 0.3}
            for group, sample in (("b", 1), ("b", 0), ("a", 0))]


def read(rows, config=ADPO, without=()):
    data = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows).drop_columns(list(without)), data)
    return read_batch(data.getvalue(), config, VOCABULARY, length_max=8)


@pytest.mark.parametrize(("column", "value", "reason"), [
    ("tokenIds", [1, 2, 3, VOCABULARY], "40 is outside the vocabulary of 40"),
    ("tokenIds", [1, -2, 3, 4], "-2 is outside the vocabulary of 40"),
    ("tokenIds", [], "0 tokens: a row has 2 to 8"),
    ("tokenIds", [1] * 9, "9 tokens: a row has 2 to 8"),
    ("tokenIds", [1, None, 3, 4], "None in the list"),
    ("tokenIds", None, "a value is missing"),
    ("mask", [0, 1, 0], "3 values: not as many as tokenIds"),
    ("mask", [0, 2, 0, 1], "2 is neither 0 nor 1"),
    ("mask", [1, 1, 0, 1], "1 at the first token, which cannot have been sampled"),
    ("mask", [0, 0, 0, 0], "0 sampled tokens: there is nothing to train on"),
    ("serverLogprobs", [0.0, math.nan, 0.0, -2.0], "nan is not a log-probability (finite, at most 0)"),
    ("serverLogprobs", [0.0, -math.inf, 0.0, -2.0], "-inf is not a log-probability (finite, at most 0)"),
    ("serverLogprobs", [0.0, 0.5, 0.0, -2.0], "0.5 is not a log-probability (finite, at most 0)"),
    ("serverLogprobs", [0.0, -1.0], "2 values: not as many as tokenIds"),
    ("advantage", math.nan, "nan is not finite"),
    ("advantage", math.inf, "inf is not finite"),
    ("advantage", None, "a value is missing"),
    ("temperature", 0.0, "0.0 is not a sampling temperature (> 0)"),
    ("clipLow", 1.0, "1.0 is out of bounds"),
    ("clipHigh", 0.0, "0.0 is out of bounds"),
    ("pHat", None, "a value is missing"),
    ("pHat", 1.1, "1.1 is out of bounds"),
    ("sample", -1, "-1 is negative"),
])
def test_a_malformed_row_is_refused_by_row_column_and_reason(column, value, reason):
    rows = good_rows()
    rows[1][column] = value
    with pytest.raises(Refusal) as refusal:
        read(rows)
    assert str(refusal.value) == f"row 1, column {column}: {reason}"


@pytest.mark.parametrize("column", sorted(good_rows()[0]))
def test_a_missing_column_is_refused(column):
    with pytest.raises(Refusal, match=f"column {column}: missing"):
        read(good_rows(), without=[column])


@pytest.mark.parametrize(("column", "value", "reason"), [
    ("tokenIds", "abcd", "is of type string, not a list of int64"),
    ("tokenIds", [1.5, 2.0, 3.0, 4.0], "holds double, not int64"),
    ("advantage", "high", "holds string, not float"),
    ("group", 7, "is of type int64, not string"),
    ("reward", 1.0, "unknown"),
])
def test_a_column_of_another_type_is_refused(column, value, reason):
    with pytest.raises(Refusal, match=f"row 0, column {column}: {reason}"):
        read([{**row, column: value} for row in good_rows()])


def test_what_is_no_table_is_refused():
    with pytest.raises(Refusal, match="not a Parquet file"):
        read_batch(b"PAR1, but no", ADPO, VOCABULARY, 8)
    with pytest.raises(Refusal, match="no rows"):
        data = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(good_rows()).slice(0, 0), data)
        read_batch(data.getvalue(), ADPO, VOCABULARY, 8)


def test_a_few_kilobytes_that_stand_for_gigabytes_are_refused_before_they_are_read(monkeypatch):
    monkeypatch.setattr(batch, "TABLE_BYTES_MAX", 1 << 20)
    monkeypatch.setattr(batch.pq.ParquetFile, "read", lambda _: pytest.fail("it was read"))
    data = io.BytesIO()
    pq.write_table(pa.table({"sample": pa.array(np.zeros(200_000, np.int64))}), data)
    assert data.tell() < 20_000
    with pytest.raises(Refusal, match="more than 1048576 bytes in memory"):
        read_batch(data.getvalue(), ADPO, VOCABULARY, 8)


def test_rows_come_in_key_order_whatever_the_order_of_the_file():
    assert [row.key for row in read(good_rows())] == [("a", 0), ("b", 0), ("b", 1)]
    assert [row.file_row for row in read(good_rows())] == [2, 1, 0]


def test_an_advantage_may_be_one_number_or_one_per_token():
    rows = good_rows()
    assert read(rows)[0].advantages.tolist() == [0.5, 0.5]
    per_token = [{**row, "advantage": [9.0, 0.25, 9.0, -1.0]} for row in rows]
    assert read(per_token)[0].advantages.tolist() == [0.25, -1.0]
    per_token[0]["advantage"] = [1.0]
    with pytest.raises(Refusal, match="row 0, column advantage: 1 values: not as many as tokenIds"):
        read(per_token)


def test_a_loss_asks_only_for_the_columns_that_it_reads():
    assert read(good_rows(), GRPO, without=["clipLow", "clipHigh", "pHat"])[0].p_hat is None
    assert read([{**row, "pHat": None} for row in good_rows()], GRPO)[0].p_hat is None
    rest = ["serverLogprobs", "policy", "temperature", "advantage", "clipLow", "clipHigh", "pHat"]
    row = read(good_rows(), CROSS_ENTROPY, without=rest)[0]
    assert row.server_logprobs is None and np.array_equal(row.places, [1, 3])
