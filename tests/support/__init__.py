"""Small runs, fakes and helpers that the tests share."""
