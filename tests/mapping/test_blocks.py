"""Blocks: where they go, which nodes they take, what becomes of items."""

import pytest

from tests.mapping.inline import HEAD, Result, files_of, from_json, run

XML_HEAD = (
    HEAD
    + """source:
  format: xml
  schema: s.xsd
  root: N
  default_namespace: urn:x
  namespaces: {o: 'urn:o'}
target: {format: exchange, version: 1}
"""
)
XSD = b"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:x" elementFormDefault="qualified">
<xs:element name="N"><xs:complexType><xs:sequence><xs:any processContents="skip" minOccurs="0" maxOccurs="unbounded"/>
</xs:sequence><xs:anyAttribute processContents="skip"/></xs:complexType></xs:element></xs:schema>"""


def from_xml(rules: str, body: str, **beside: bytes | str) -> Result:
    files = files_of(rules, XML_HEAD, **beside)
    files["mappings/x/s.xsd"] = XSD
    return run(files, f'<N xmlns="urn:x" xmlns:o="urn:o">{body}</N>'.encode())


def persons(result: Result) -> list[dict[str, object]]:
    found = result.message.get("persons", [])
    assert isinstance(found, list)
    return [{name: value for name, value in one.items() if name != "id"} for one in found if isinstance(one, dict)]


def test_each_goes_to_all_nodes_in_document_order() -> None:
    result = from_xml(
        "map:\n  persons[]: {each: P/Q, fields: {reference: .}}", "<P><Q>1</Q><Q>2</Q></P><P><Q>3</Q></P>"
    )
    assert persons(result) == [{"reference": "1"}, {"reference": "2"}, {"reference": "3"}]


def test_at_goes_to_one_node_or_none() -> None:
    rules = "map:\n  persons[]: {at: P, fields: {reference: .}}"
    assert persons(from_xml(rules, "<P>1</P>")) == [{"reference": "1"}]
    assert persons(from_xml(rules, "")) == []
    result = from_xml(rules, "<P>1</P><P>2</P>")
    assert (result.outcome, result.codes) == ("quarantined", ["R101"])


def test_at_counts_after_where() -> None:
    rules = "map:\n  persons[]: {at: P, where: ./@k == 'a', fields: {reference: .}}\nignore:\n  P: {where: not ./@k == 'a', why: no}"
    assert persons(from_xml(rules, '<P k="b">1</P><P k="a">2</P>')) == [{"reference": "2"}]


def test_a_lone_value_is_one_item_and_an_array_means_its_items() -> None:
    rules = "map:\n  persons[]: {each: $.p, fields: {reference: r}}"
    assert persons(from_json(rules, {"p": {"r": "1"}})) == [{"reference": "1"}]
    assert persons(from_json(rules, {"p": [{"r": "1"}, None, {"r": "2"}]})) == [{"reference": "1"}, {"reference": "2"}]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$.p[?@.k == 'a']", ["1"]),
        ("$..r", []),
        ("$.p[-1]", ["2"]),
        ("$.p[:1]", ["1"]),
        ("$['p'][*]", ["1", "2"]),
        ("$.*[1]", ["2"]),
    ],
)
def test_json_paths_of_blocks_are_rfc_9535(path: str, expected: list[str]) -> None:
    rules = f'map:\n  persons[]: {{each: "{path}", fields: {{reference: r}}}}'
    found = persons(from_json(rules, {"p": [{"k": "a", "r": "1"}, {"k": "b", "r": "2"}]}))
    assert [one["reference"] for one in found] == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("P[2]/Q", ["3"]),
        ("P/Q[1]", ["1", "3"]),
        ("P/Q[last()]", ["2", "3"]),
        ("P[Q = '2']/Q", ["1", "2"]),
        ("P[not(Q = '2')]/Q", ["3"]),
        ("P[./@k or Q = '3']/Q", ["1", "2", "3"]),
        ("P[starts-with(./@k, 'x')]/Q[contains(., '2')]", ["2"]),
        ("//Q", ["1", "2", "3"]),
        ("/N/P[./@k = 'xy' and Q]/Q", ["1", "2"]),
        ("o:Q", ["4"]),
    ],
)
def test_xml_paths_keep_their_xpath_meaning(path: str, expected: list[str]) -> None:
    rules = f'map:\n  persons[]: {{each: "{path}", fields: {{reference: .}}}}'
    body = '<P k="xy"><Q>1</Q><Q>2</Q></P><P><Q>3</Q></P><o:Q>4</o:Q>'
    assert [one["reference"] for one in persons(from_xml(rules, body))] == expected


def test_text_of_an_element_is_all_its_text_across_comments_and_cdata() -> None:
    rules = "map:\n  persons[]: {each: P, fields: {reference: .}}"
    assert persons(from_xml(rules, "<P>a<!-- x -->b<![CDATA[<c]]></P>")) == [{"reference": "ab<c"}]


def test_flatten_reads_an_element_with_children() -> None:
    assert from_xml("map:\n  persons[]: {each: P, fields: {reference: .}}", "<P>a<b>c</b></P>").codes == ["P105"]
    rules = "map:\n  persons[]: {each: P, fields: {reference: {from: ., convert: [flatten]}}}"
    assert persons(from_xml(rules, "<P>a <b> c</b> d</P>")) == [{"reference": "a c d"}]


def test_nil_is_missing() -> None:
    rules = "map:\n  persons[]: {each: P, fields: {reference: Q, sex: {const: M}}}"
    xsi = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
    assert persons(from_xml(rules, f'<P><Q {xsi} i:nil="true"/></P>')) == [{"sex": {"code": "M"}}]


def test_attributes_and_text_below_elements() -> None:
    rules = "map:\n  persons[]: {each: P, fields: {reference: Q/@k, 'occupations[]': Q/text()}}"
    assert persons(from_xml(rules, '<P><Q k="1">x<b/>y</Q></P>')) == [{"reference": "1", "occupations": ["xy"]}]
    assert from_xml(rules, '<P><Q k="1"/><Q k="2"/></P>').codes == ["R101"]


def test_several_nodes_need_pick() -> None:
    def picked(pick: str) -> object:
        rules = f"map:\n  persons[]: {{each: P, fields: {{reference: {{from: Q, pick: {pick}}}, sex: {{const: M}}}}}}"
        result = from_xml(rules, "<P><Q>b</Q><Q> </Q><Q>a</Q></P>")
        return persons(result)[0].get("reference", result.codes)

    assert [picked(one) for one in ("first", "last", "only", "same")] == ["b", "a", ["R102"], ["R103"]]
    assert picked("{concat: ', '}") == "b, a"
    assert (picked("{max: .}"), picked("{min: .}")) == ("b", "a")


def test_max_compares_times_and_numbers_by_value() -> None:
    def newest(*values: object) -> object:
        rules = "map:\n  persons[]: {at: $.p, fields: {reference: {from: 'q[*].r', pick: {max: .}}}}"
        return persons(from_json(rules, {"p": {"q": [{"r": value} for value in values]}}))[0]["reference"]

    assert newest("9", "10") == "10"
    assert newest("2020-01-01T00:00:00Z", "2020-01-01T00:00:00.5Z") == "2020-01-01T00:00:00.5Z"
    assert newest("2020-01-01T01:30:00+02:00", "2020-01-01T00:00:00Z") == "2020-01-01T00:00:00Z"
    assert newest("b", "10") == "b"


def test_an_item_with_nothing_filled_is_left_out() -> None:
    rules = "map:\n  persons[]: {each: $.p, fields: {reference: r, 'names[]': {each: n, fields: {full: f}}}}"
    assert persons(from_json(rules, {"p": [{}, {"n": [{}, {"f": "F"}]}]})) == [{"names": [{"full": "F"}]}]


def test_blocks_in_a_list_append_their_items_as_written() -> None:
    rules = """
    map:
      persons[]:
        at: $.p
        fields:
          names[]:
            - {fields: {kind: {const: primary}, full: a}}
            - {each: b, fields: {kind: {const: alias}, full: .}}
            - {const: nothing, when: has(nothing)}
    """
    found = persons(from_json(rules, {"p": {"a": "A", "b": ["B", "C"]}}))
    assert found == [
        {
            "names": [
                {"kind": "primary", "full": "A"},
                {"kind": "alias", "full": "B"},
                {"kind": "alias", "full": "C"},
            ]
        }
    ]


def test_a_block_chooses_among_whole_blocks() -> None:
    rules = """
    map:
      persons[]:
        each: $.p
        as: person
        key: id
        choose:
          - {when: kind == 'a', then: {fields: {reference: x}}}
          - {when: kind == 'b', then: {each: y, fields: {reference: .}}}
      narrative[]: {each: $.p, fields: {text: id, 'about[]': {ref: person, key: id, on_error: drop}}}
    """
    result = from_json(
        rules, {"p": [{"id": "1", "kind": "a", "x": "X"}, {"id": "2", "kind": "b", "y": ["Y"]}, {"id": "3"}]}
    )
    assert persons(result) == [{"reference": "X"}, {"reference": "Y"}]
    about = [one.get("about") for one in result.message["narrative"]]  # type: ignore[union-attr]  # JSON is a union
    ids = [one["id"] for one in result.message["persons"]]  # type: ignore[union-attr, index, call-overload]  # JSON is a union
    assert about == [[ids[0]], None, None]


def test_when_on_a_block_is_asked_before_it_moves() -> None:
    rules = "map:\n  persons[]: {each: $.p, when: $.go == true, fields: {reference: r}}"
    assert persons(from_json(rules, {"go": True, "p": [{"r": "1"}]})) == [{"reference": "1"}]
    assert persons(from_json(rules, {"p": [{"r": "1"}]})) == []


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("k == 'a'", "1"),
        ("not k == 'a'", "234"),
        ("k != 'a'", "2"),
        ("k in ['a', 'b']", "12"),
        ("has(k)", "12"),
        ("n > 9", "13"),
        ("n >= 10 and n < 11", "3"),
        ("n == 10.0", "3"),
        ("count(t) == 2", "3"),
        ("matches(k, ab)", "12"),
        ("in(top, go) == 'yes'", "1234"),
        ("in(envelope, agency) == 'x-agency'", "1234"),
        ("k == 'a' or (n == 10 and has(t))", "13"),
        ("b == true", "4"),
        ("n == m", "4"),
        ("d < '2020-02-01T00:00:00Z'", "2"),
    ],
)
def test_conditions(where: str, expected: str) -> None:
    rules = f"""
    patterns: {{ab: '[ab]'}}
    map:
      header: {{at: $, as: top, fields: {{reference: nothing}}}}
      notice:
        at: $
        as: top
        fields:
          warrants[]: {{each: p, where: "{where}", fields: {{reference: r}}}}
    ignore: {{$.p: tried elsewhere}}
    """
    items = [
        {"r": "1", "k": "a", "n": 11},
        {"r": "2", "k": "b", "d": "2020-01-31T00:00:00Z"},
        {"r": "3", "k": None, "n": 10, "t": ["", None, "x"]},
        {"r": "4", "k": " ", "n": 5, "m": "5", "b": True},
    ]
    notice = from_json(rules, {"go": "yes", "p": items}).message.get("notice", {"warrants": []})
    assert "".join(one["reference"] for one in notice["warrants"]) == expected  # type: ignore[index, union-attr, call-overload, misc]  # JSON is a union


def test_items_that_no_condition_takes_quarantine_the_message() -> None:
    rules = """
    map:
      persons[]: {each: $.p, where: k == 'a', fields: {reference: r}}
      organisations[]: {each: $.p, where: k == 'b', fields: {reference: r}}
    ignore:
      $.p: {where: k == 'c', why: they do not matter}
    """
    assert from_json(rules, {"p": [{"k": "a"}, {"k": "b"}, {"k": "c"}]}).outcome == "accepted"
    result = from_json(rules, {"p": [{"k": "a", "r": "1"}, {"k": "d"}]})
    assert (result.outcome, result.codes) == ("quarantined", ["V310"])
    assert result.faults[0].at.path == "$['p'][1]"
    assert persons(result) == [{"reference": "1"}]


def test_two_items_with_one_key_quarantine_unless_one_is_picked() -> None:
    rules = "map:\n  persons[]: {each: $.p, as: p, key: id, PICK fields: {reference: r}}"
    value = {"p": [{"id": "1", "r": "a"}, {"id": "1", "r": "b"}, {"id": "2", "r": "c"}]}
    result = from_json(rules.replace("PICK", ""), value)
    assert (result.outcome, result.codes, len(persons(result))) == ("quarantined", ["J403"], 2)
    picked = from_json(rules.replace("PICK", "pick: {max: r},"), value)
    assert (picked.outcome, persons(picked)) == ("accepted", [{"reference": "b"}, {"reference": "c"}])


def test_ids_depend_on_keys_and_not_on_positions() -> None:
    rules = "map:\n  persons[]: {each: $.p, as: p, key: id, fields: {reference: id}}"
    first = from_json(rules, {"p": [{"id": "1"}, {"id": "2"}]}).message["persons"]
    second = from_json(rules, {"p": [{"id": "2"}, {"id": "1"}]}).message["persons"]
    assert first == list(reversed(second))  # type: ignore[arg-type]  # JSON is a union


def test_an_item_whose_key_is_missing_quarantines() -> None:
    result = from_json("map:\n  persons[]: {each: $.p, as: p, key: id, fields: {reference: r}}", {"p": [{"r": "1"}]})
    assert (result.outcome, result.codes) == ("quarantined", ["R115"])


def test_a_part_fills_fields_of_its_user() -> None:
    part = "part: name\nformat: json\nhas: {f: text}\nfields:\n  family: f\n  full: {from: {f: f, g: g}, text: '{f}[, {g}]'}\n"
    rules = """
    use: [n.part.yaml]
    map:
      persons[]:
        at: $.p
        fields:
          names[]: {each: n, part: name, fields: {kind: {const: primary}}}
    """
    result = from_json(rules, {"p": {"n": [{"f": "F", "g": "G"}, {"f": "H"}]}}, **{"n.part_yaml": part})
    assert persons(result)[0]["names"] == [
        {"family": "F", "full": "F, G", "kind": "primary"},
        {"family": "H", "full": "H", "kind": "primary"},
    ]


def test_an_own_value_comes_before_that_of_an_enclosing_block() -> None:
    rules = """
    map:
      persons[]:
        each: $.p
        as: person
        fields:
          addresses[]: {each: a, fields: {locality: c, postcode: {first_of: [z, {in: person, from: z}]}}}
    """
    result = from_json(rules, {"p": [{"z": "9", "a": [{"c": "A"}, {"c": "B", "z": "1"}]}]})
    assert persons(result)[0]["addresses"] == [{"locality": "A", "postcode": "9"}, {"locality": "B", "postcode": "1"}]
    sources = {leaf.text: [str(place) for place in leaf.sources] for leaf in result.lineage}
    assert sources["persons[0].addresses[0].postcode"] == ["$['p'][0]['z']"]
    assert sources["persons[0].addresses[1].postcode"] == ["$['p'][0]['a'][1]['z']"]
