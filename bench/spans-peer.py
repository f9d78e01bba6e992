"""Suffix array of tokens (u16 big-endian) by libdivsufsort, for bench/spans.ts. Prints seconds, and SHA-256 of the starts (u32 big-endian)."""
import hashlib
import sys
import time

import numpy
from pydivsufsort import divsufsort

data = numpy.fromfile(sys.argv[1], dtype=numpy.uint8)
start = time.perf_counter()
order = divsufsort(data)
seconds = time.perf_counter() - start
# Suffixes of bytes that begin on a token stand in the order of the tokens' suffixes.
tokens = order[order % 2 == 0] // 2
print(f"{seconds:.6f} {hashlib.sha256(tokens.astype('>u4').tobytes()).hexdigest()}")
