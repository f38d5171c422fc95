"""Reports: content in, bytes of a PDF or of an SVG out; nothing is read and nothing is written.

The caller has already worded everything in the reader's language. A value's walk: `content` → `department`,
`catalogue`, `cover` or `key_card` → `compose`, `tables` and `facts` (where each line stands) → `paint` (PDF bytes).
"""
