"""The state of the data: who stands twice, what does not read, what nobody fills, who went quiet."""
