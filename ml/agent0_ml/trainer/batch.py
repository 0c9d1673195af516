"""A training batch: the rows of `contracts/training-row.ts` in a Parquet file, columns under the fields' names.

Every malformed batch is refused here with row (from 0, as in the file), column and reason, before any compute.
"""

import io
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from agent0_ml.trainer.config import CrossEntropy, RowClip, StepConfig
from agent0_ml.trainer.errors import Refusal

IDENTITY = ("group", "sample", "tokenIds", "mask")
LOSS = ("serverLogprobs", "policy", "temperature", "advantage")
CLIP = ("clipLow", "clipHigh", "pHat")
TABLE_BYTES_MAX = 8 << 30
"""1,024 rows of 16,384 tokens take half a gigabyte."""


@dataclass(frozen=True)
class Row:
    """One contiguous token sequence. Arrays of `places` have an entry per sampled token, the others one per token."""

    file_row: int
    key: tuple[str, int]  # (group, sample)
    token_ids: np.ndarray
    places: np.ndarray  # where the mask is 1, ascending
    server_logprobs: np.ndarray | None  # of places; None for cross-entropy
    advantages: np.ndarray  # of places
    temperature: float
    clip_low: float
    clip_high: float
    p_hat: float | None
    policy: str


def read_batch(data: bytes, config: StepConfig, vocabulary_size: int, length_max: int) -> list[Row]:
    """The rows in key order: by group (UTF-8), then sample, then place in the file.

    Args:
        data: the Parquet file's bytes.
        vocabulary_size: ids must be below it.
        length_max: the model's positions; a longer row is refused.
    """
    table = read_table(data, config)
    ids, lengths = lists(table, "tokenIds", pa.int64())
    unknown = (ids < 0) | (ids >= vocabulary_size)
    check(ids, lengths, "tokenIds", unknown, f"is outside the vocabulary of {vocabulary_size}")
    short_or_long = (lengths < 2) | (lengths > length_max)
    check(lengths, None, "tokenIds", short_or_long, f"tokens: a row has 2 to {length_max}")
    mask, mask_lengths = lists(table, "mask", pa.int64())
    same_length(mask_lengths, lengths, "mask")
    check(mask, lengths, "mask", (mask != 0) & (mask != 1), "is neither 0 nor 1")
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    check(mask[starts], None, "mask", mask[starts] == 1, "at the first token, which cannot have been sampled")
    sampled = np.add.reduceat(mask, starts)
    check(sampled, None, "mask", sampled == 0, "sampled tokens: there is nothing to train on")
    cells = {
        "group": strings(table, "group"),
        "sample": numbers(table, "sample", pa.int64()),
        **(loss_cells(table, config, lengths) if not isinstance(config.loss, CrossEntropy) else {}),
    }
    check(cells["sample"], None, "sample", cells["sample"] < 0, "is negative")
    rows = [row_of(index, slice(start, start + length), ids, mask, cells) for index, (start, length) in
            enumerate(zip(starts, lengths, strict=True))]
    return sorted(rows, key=lambda row: (row.key[0].encode(), row.key[1]))


def loss_cells(table: pa.Table, config: StepConfig, lengths: np.ndarray) -> dict:
    logprobs, logprob_lengths = lists(table, "serverLogprobs", pa.float32())
    same_length(logprob_lengths, lengths, "serverLogprobs")
    possible = np.isfinite(logprobs) & (logprobs <= 0)
    check(logprobs, lengths, "serverLogprobs", ~possible, "is not a log-probability (finite, at most 0)")
    cells = {"serverLogprobs": logprobs, "policy": strings(table, "policy")}
    cells["temperature"] = numbers(table, "temperature", pa.float32())
    usable = np.isfinite(cells["temperature"]) & (cells["temperature"] > 0)
    check(cells["temperature"], None, "temperature", ~usable, "is not a sampling temperature (> 0)")
    if is_list(table["advantage"].type):
        cells["advantage"], advantage_lengths = lists(table, "advantage", pa.float32())
        same_length(advantage_lengths, lengths, "advantage")
    else:
        cells["advantage"] = np.repeat(numbers(table, "advantage", pa.float32()), lengths)
    check(cells["advantage"], lengths, "advantage", ~np.isfinite(cells["advantage"]), "is not finite")
    if isinstance(config.loss.clip, RowClip):
        for name, high in (("clipLow", 1.0), ("clipHigh", np.inf), ("pHat", 1.0)):
            cells[name] = numbers(table, name, pa.float64())
            low_enough = (cells[name] < high) if name == "clipLow" else (cells[name] <= high)
            high_enough = (cells[name] >= 0) if name == "pHat" else (cells[name] > 0)
            check(cells[name], None, name, ~(low_enough & high_enough & np.isfinite(cells[name])), "is out of bounds")
    elif "pHat" in table.column_names:
        cells["pHat"] = table["pHat"].cast(pa.float64()).to_numpy()  # null, so NaN, where there is none
    return cells


def row_of(index: int, span: slice, ids: np.ndarray, mask: np.ndarray, cells: dict) -> Row:
    places = np.flatnonzero(mask[span])
    p_hat = float(cells["pHat"][index]) if "pHat" in cells else np.nan
    return Row(
        file_row=index,
        key=(cells["group"][index], int(cells["sample"][index])),
        token_ids=ids[span],
        places=places,
        server_logprobs=cells["serverLogprobs"][span][places] if "serverLogprobs" in cells else None,
        advantages=cells["advantage"][span][places] if "advantage" in cells else np.ones(len(places), np.float32),
        temperature=float(cells["temperature"][index]) if "temperature" in cells else 1.0,
        clip_low=float(cells["clipLow"][index]) if "clipLow" in cells else np.nan,
        clip_high=float(cells["clipHigh"][index]) if "clipHigh" in cells else np.nan,
        p_hat=None if np.isnan(p_hat) else p_hat,
        policy=cells["policy"][index] if "policy" in cells else "",
    )


def read_table(data: bytes, config: StepConfig) -> pa.Table:
    try:
        file = pq.ParquetFile(io.BytesIO(data))
        if memory_of(file.metadata) > TABLE_BYTES_MAX:
            raise Refusal(f"batch: more than {TABLE_BYTES_MAX} bytes in memory")
        table = file.read()
    except (pa.ArrowException, OSError) as error:
        raise Refusal(f"batch: not a Parquet file: {error}") from error
    if table.num_rows == 0:
        raise Refusal("batch: no rows")
    wanted = IDENTITY
    if not isinstance(config.loss, CrossEntropy):
        wanted += LOSS + (CLIP if isinstance(config.loss.clip, RowClip) else ())
    for name in wanted:
        if name not in table.column_names:
            raise Refusal(f"row 0, column {name}: missing")
        empty = table[name].is_null(nan_is_null=False).to_numpy()
        check(None, None, name, empty, "a value is missing")
    unknown = set(table.column_names) - {*IDENTITY, *LOSS, *CLIP}
    if unknown:
        raise Refusal(f"row 0, column {min(unknown)}: unknown")
    return table


def memory_of(metadata: pq.FileMetaData) -> int:
    """Bytes that a table takes once it is read, about: kilobytes of pages may stand for gigabytes of equal values."""
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    columns = [group.column(index) for group in groups for index in range(group.num_columns)]
    return sum(max(column.total_uncompressed_size, 8 * column.num_values) for column in columns)


def is_list(kind: pa.DataType) -> bool:
    return pa.types.is_list(kind) or pa.types.is_large_list(kind)


def lists(table: pa.Table, name: str, kind: pa.DataType) -> tuple[np.ndarray, np.ndarray]:
    """All values of a column of lists, one after the other, and the length of each list."""
    column = table[name].combine_chunks()
    if not is_list(column.type):
        raise Refusal(f"row 0, column {name}: is of type {column.type}, not a list of {kind}")
    lengths = column.value_lengths().to_numpy().astype(np.int64)
    values = column.flatten()
    check(None, lengths, name, values.is_null().to_numpy(zero_copy_only=False), "None in the list")
    return cast(values, name, kind), lengths


def numbers(table: pa.Table, name: str, kind: pa.DataType) -> np.ndarray:
    return cast(table[name].combine_chunks(), name, kind)


def strings(table: pa.Table, name: str) -> list[str]:
    column = table[name]
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise Refusal(f"row 0, column {name}: is of type {column.type}, not string")
    return column.to_pylist()


def cast(values: pa.Array, name: str, kind: pa.DataType) -> np.ndarray:
    numeric = pa.types.is_integer(values.type) or (pa.types.is_floating(values.type) and pa.types.is_floating(kind))
    if not numeric:
        raise Refusal(f"row 0, column {name}: holds {values.type}, not {kind}")
    return values.cast(kind, safe=False).to_numpy(zero_copy_only=False)


def same_length(found: np.ndarray, wanted: np.ndarray, column: str) -> None:
    check(found, None, column, found != wanted, "values: not as many as tokenIds")


def check(values: np.ndarray | None, lengths: np.ndarray | None, column: str, bad: np.ndarray, reason: str) -> None:
    """Refuses the first bad value, and says it if given. `lengths`: of each row; None for one value per row."""
    if not bad.any():
        return
    place = int(bad.argmax())
    row = place if lengths is None else int(np.searchsorted(np.cumsum(lengths), place, side="right"))
    found = "" if values is None else f"{values[place]} "
    raise Refusal(f"row {row}, column {column}: {found}{reason}")
