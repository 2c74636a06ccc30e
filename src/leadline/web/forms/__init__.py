"""Forms: hosted pages and embedded frames that ask for a model's fields, a few at a visit."""
