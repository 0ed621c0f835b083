"""What the lines have in them by which mail programs say who wrote what they quote, and when."""

import re

ADDRESS = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]{1,100}")
# "01.04" is no time of day in 01.04.2026.
TIME = re.compile(r"(?<![\d./-])\d{1,2}[:.h]\d{2}(?!\.?\d)")
DATE = re.compile(
    r"\b\d{1,2}[./-] ?\d{1,2}[./-] ?(?:\d{4}|\d{2})\b|\b\d{4}[./-]\d{1,2}[./-]\d{1,2}\b"
    r"|\b(?:19|20)\d\d\b|\d{4} ?[年년]"
)
