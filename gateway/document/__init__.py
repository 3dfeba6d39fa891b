"""Bytes to trees and back: JSON, XML, CSV, fixed width, EDIFACT; the YAML of definitions, schemas, places.

What the room is for. An agency's bytes become one immutable tree, read strictly and once; a partner's tree becomes
bytes. Everything that the gateway believes about a document passes through here.

=====================  ===================================================================================
``json_codec``         ``read_json``, ``write_json``; ``json_text`` decides and places every refusal
``xml_codec``          ``read_xml``, ``write_xml``; ``xml_parser`` is the one place that makes a parser
``xml_stream``         ``read_outer``: XML read twice, the second time one subtree after the other
``rows_codec``         ``RowsLayout``, ``read_rows``, ``write_rows``: CSV
``fixed_codec``        ``FixedLayout``, ``fixed_lines``: records of fixed width
``delimited_codec``    ``DelimitedLayout``, ``delimited_lines``: records of delimited cells
``edifact_codec``      ``read_edifact``, ``write_edifact``; ``edifact_text`` cuts the segments
``json_schema``        ``compile_json_schema`` -> ``JsonSchema.check``
``xml_schema``         ``compile_xml_schema`` -> ``XmlSchema``, given to ``read_xml``
``yaml_nodes``         ``read_yaml``: mappings, policies and settings as nodes with places
``canonical``          ``canonical`` (RFC 8785) and ``sha256``
``path``               places, printed and parsed
``tree``               what the readers make
``limits``, ``codes``  how much is read; what every code means
``remarks``            what is lawful and still worth a warning
=====================  ===================================================================================

Guarantees. The configured encoding decides, a document may only agree. Ambiguity is refused: doubled names, trailing
data, document types, ragged syntax. Limits are counted here, and no verdict depends on the depth of the call stack, on
a clock or on anything but the bytes, the limits and the schema. On any input a reader gives a tree or raises
``DocumentRefused`` (``DefinitionRefused`` for definitions); every refusal has a code, a place and a fix and holds no
text of the document and no text of a library. What a writer writes, the reader of the same settings reads back equal.
No ``repr`` shows content.

Does not open files or connections, follow references, normalise, trim or convert text, decide what a document means, or
verify signatures: whoever needs the exact bytes keeps them.
"""
