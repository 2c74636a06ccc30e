"""Writes docs/reference/model.schema.json, the format of a model for editors."""

from pathlib import Path

from leadline.model.schema import schema_text

PAGE = Path(__file__).resolve().parents[1] / "reference" / "model.schema.json"

if __name__ == "__main__":
    PAGE.write_text(schema_text(), encoding="utf-8", newline="\n")
