"""A table is scored as one was learned from: what stands in cells means the same in both."""

import pyarrow as pa

from leadline.engine.features import table_features
from leadline.learn.plain import examples_from_table
from leadline.learn.scoring import as_learned

N = 60
TABLE = pa.table(
    {
        "won": ["yes" if i % 3 == 0 else "no" for i in range(N)],
        "at": ["2026-05-01"] * (N - 1) + ["2026-05-02"],
        "Price": [f"€ 1,{i % 7}00.50" for i in range(N)],
        "City": ["Select" if i % 4 == 0 else "Rome" if i % 2 else "Oslo" for i in range(N)],
        "Since": [f"{1 + i % 28}/{1 + i % 12}/2025" for i in range(N)],
        "Agrees": ["Yes" if i % 2 else "N/A" if i % 3 else "no" for i in range(N)],
        "Size": ["?" if i == 3 else str(i % 8) for i in range(N)],
    }
)


def test_untidy_cells_are_scored_as_they_were_learned_from():
    examples = examples_from_table(TABLE, outcome="won", time="at").examples
    scored = table_features(
        examples.fields, examples.inputs, as_learned(TABLE, examples.fields), as_of=pa.array(examples.at)
    )
    assert len(examples.inputs) == 5
    assert scored.to_pydict() == examples.features.to_pydict()


def test_a_column_that_is_not_there_is_left_out():
    examples = examples_from_table(TABLE, outcome="won", time="at").examples
    assert "City" not in as_learned(TABLE.drop_columns(["City"]), examples.fields).column_names
