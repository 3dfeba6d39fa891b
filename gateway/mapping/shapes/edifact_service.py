"""The service segments of ISO 9735-1 that a tree of an interchange holds, in the notation of layout files.

`UNT`, `UNE` and `UNZ` are not among them: reading compares what they say with what is there.
"""

__all__ = ["SERVICE"]

SERVICE = b"""\
UNB:
  - S001 M: [0001 M a4, 0002 M an1, 0080 C an..6, 0133 C an..3, 0076 C an2]
  - S002 M: [0004 M an..35, 0007 C an..4, 0008 C an..35, 0042 C an..35]
  - S003 M: [0010 M an..35, 0007 C an..4, 0014 C an..35, 0046 C an..35]
  - S004 M: [0017 M n..8, 0019 M n4]
  - 0020 M an..14
  - S005 C: [0022 M an..14, 0025 C an2]
  - 0026 C an..14
  - 0029 C a1
  - 0031 C n1
  - 0032 C an..35
  - 0035 C n1
UNG:
  - 0038 C an..6
  - S006 C: [0040 M an..35, 0007 C an..4]
  - S007 C: [0044 M an..35, 0007 C an..4]
  - S004 C: [0017 M n..8, 0019 M n4]
  - 0048 M an..14
  - 0051 C an..3
  - S008 C: [0052 M an..3, 0054 M an..3, 0057 C an..6]
  - 0058 C an..14
UNH:
  - 0062 M an..14
  - S009 M: [0065 M an..6, 0052 M an..3, 0054 M an..3, 0051 M an..3, 0057 C an..6, 0110 C an..6, 0113 C an..6]
  - 0068 C an..35
  - S010 C: [0070 M n..2, 0073 C a1]
  - S016 C: [0115 M an..14, 0116 C an..3, 0118 C an..3, 0051 C an..3]
  - S017 C: [0121 M an..14, 0122 C an..3, 0124 C an..3, 0051 C an..3]
  - S018 C: [0127 M an..14, 0128 C an..3, 0130 C an..3, 0051 C an..3]
UNS:
  - 0081 M a1
"""
"""Segments by tag, as under `segments:` of a layout."""
