"""Files people write: read strictly, refused with place, reason and remedy."""

import copy
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tasks.catalog.model import Lane
from tasks.files import schema
from tasks.providers.job_status import Counts, ProviderState
from tasks.requests.comparison import ComparedPicture, ComparedPrompt, Comparison
from tasks.requests.takes import first
from tasks.runs.manifest import Item, Manifest, State, Submission, encode
from tasks.text.errors import BadInput
from tests.support import wild

ROOT = Path(__file__).resolve().parents[3]
GOOD = {"prompts": [{"id": "0001", "prompt": "雪の山道"}]}
CONFIGS = {
    "image_models": "image_models.yaml",
    "image_model_slots": "image_model_slots.yaml",
    "channel_presets": "channel_presets.json",
    "budget": "budget.yaml",
    "sources": "sources.yaml",
}
SUBMISSION = Submission(
    id="s001",
    display_name="kamishibai CH01-1 s001 0123456789abcdef",
    task="visual_image_gen",
    provider="gemini",
    endpoint="https://generativelanguage.googleapis.com",
    model_key="gemini_nano_banana_2_1",
    model_name="gemini-nano-banana-2.1",
    slot="g-1",
    lane=Lane.BATCH,
    requests=(Item("0001-abc", "0001", "0" * 64, "1" * 64),),
    request_bytes=100,
    request_sha256="2" * 64,
    key_fingerprint="sha256:abc",
    estimate_usd=0.0168,
    intent_at="2026-11-23T08:15:00Z",
)
SUBMITTED = replace(
    SUBMISSION,
    state=State.SUBMITTED,
    input_file="files/abc",
    job="batches/abc",
    provider_state=ProviderState.RUNNING,
    counts=Counts(total=1, succeeded=0, failed=0, pending=1),
    submitted_at="2026-11-23T08:15:02Z",
)
RESULT = {
    "key": "0001-abc",
    "prompt_id": "0001",
    "digest": "0" * 64,
    "attempt": 1,
    "submission": "s001",
    "job": "batches/abc",
    "status": "ok",
    "failure": None,
    "reason": "",
    "slot": "g-1",
    "model_key": "gemini_nano_banana_2_1",
    "model_name": "gemini-nano-banana-2.1",
    "provider": "gemini",
    "lane": "batch",
    "tokens": {"input": 20, "image": 1120, "text": 0, "thinking": 0},
    "cost_usd": 0.016815,
    "cost_basis": "measured",
    "submitted_at": "2026-11-23T08:15:02Z",
    "finished_at": "2026-11-23T09:15:02Z",
    "image": "images/0001.png",
    "image_bytes": 1000,
    "image_sha256": "3" * 64,
    "source_sha256": "4" * 64,
    "width": 1376,
    "height": 768,
    "output_size": None,
    "prompt_sha256": "1" * 64,
    "note": None,
}

VERDICT = {"verdict": "NG", "note": "手が六本", "at": "2026-11-23T08:15:00Z", "sha256": "3" * 64}
TAKES = first("0" * 64).with_order("i-1", ["1" * 64], 1, "2026-11-23T08:15:00Z")
COMPARISON = Comparison(
    "b",
    "CH01-251",
    "2026-11-23T08:15:00Z",
    ("g-1",),
    (ComparedPrompt("0001", "海", "海", references=(ComparedPicture("a", "2" * 64),)),),
)


def samples() -> dict[str, Any]:
    """A valid document for every schema."""
    found = {name: schema.load(ROOT / "configs" / file, name) for name, file in CONFIGS.items()}
    full = {"id": "0002", "prompt": "海", "slot": "g-1", "aspect_ratio": "16:9", "references": ["references/a.png"]}
    return found | {
        "templates": wild.templates(1, 2),
        "thumbnail_prompts": wild.subjects(3, 2),
        "prompts": {"title": None, "slot": None, "prompts": [*GOOD["prompts"], full], "x-other": {"a": 1}},
        "manifest": json.loads(encode(Manifest("CH01-1", (SUBMISSION, SUBMITTED)))),
        "results": RESULT,
        "store": {"url": "s3://bucket/prefix", "account": "studio"},
        "review": {"version": 1, "verdicts": {"0001": VERDICT}},
        "revisions": {
            "version": 1,
            "revisions": {"0001": {"at": VERDICT["at"], "prompt": {"was": "海", "now": "夜の海"}}},
        },
        "orders": {
            "version": 1,
            "orders": [{"id": "k3x9a7p2", "at": VERDICT["at"], "takes": {"0001": [2]}, "about_usd": 0.0168}],
        },
        "takes": json.loads(orjson.dumps({"version": 1, "takes": {"0001": asdict(TAKES)}})),
        "compare": json.loads(orjson.dumps({"version": 1, **asdict(COMPARISON)})),
    }


def refused(path: Path, text: str | bytes, name: str = "prompts") -> str:
    """What `load` says about a file with that text."""
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(BadInput) as error:
        schema.load(path, name)
    return str(error.value)


@pytest.mark.parametrize("path", sorted((ROOT / "schemas").iterdir()), ids=lambda path: path.name)
def test_every_schema_is_valid_and_explains_itself(path: Path) -> None:
    """Each schema is correct 2020-12 and every key in it has a description or a closed list for editors to show."""
    data = json.loads(path.read_text("utf-8"))
    Draft202012Validator.check_schema(data)
    assert data["title"]
    assert data["description"]

    def explained(node: Any) -> None:
        for name, sub in node.get("properties", {}).items():
            assert sub is True or {"description", "enum", "const"} & sub.keys() or name in ("lane",), (path.name, name)
            explained(sub)
        if isinstance(node.get("items"), dict):
            explained(node["items"])
        if isinstance(node.get("additionalProperties"), dict):
            explained(node["additionalProperties"])

    explained({key: value for key, value in data.items() if key not in ("if", "then", "else")})


def test_every_schema_has_a_valid_sample_here() -> None:
    """The samples below cover every schema, and jsonschema agrees that they are valid."""
    found = samples()
    assert {f"{name}.schema.json" for name in found} == {path.name for path in (ROOT / "schemas").iterdir()}
    for name, data in found.items():
        assert schema.find_mistakes(data, name) == []
        assert not list(schema._validator(name).iter_errors(data))


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=4),
    st.sampled_from(["16:9", "0001", "g-1", "batch", "retired", "2026-11-23", "x-a", "1920x1080", "0001\n"]),
    st.lists(st.sampled_from(["a", "a", 1, None]), max_size=2),
    st.dictionaries(st.sampled_from(["id", "x-a", "per_picture", "CH01", "1K"]), st.integers(0, 2), max_size=2),
)


NAMES = st.sampled_from(["x-note", "unknown", "note", "CH02", "CH02\n", "_\n", "per_picture"])


def places_in(data: Any) -> list[tuple[Any, Any]]:
    """Every (container, key or index) in `data`."""
    keys = list(data) if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else []
    return [place for key in keys for place in [(data, key), *places_in(data[key])]]


SAMPLES = samples()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_what_jsonschema_refuses_is_never_let_through(data: st.DataObject) -> None:
    """Whatever is broken in a file: when the quick validator accepts it, jsonschema accepts it too."""
    name = data.draw(st.sampled_from(sorted(SAMPLES)))
    sample = copy.deepcopy(SAMPLES[name])
    for _ in range(data.draw(st.integers(1, 2))):
        container, key = data.draw(st.sampled_from(places_in(sample)))
        how = data.draw(st.sampled_from(["change", "remove", "add"]))
        if how == "remove":
            del container[key]
        elif how == "add" and isinstance(container, dict):
            container[data.draw(NAMES)] = data.draw(JUNK)
        else:
            container[key] = data.draw(JUNK)
    if not schema.find_mistakes(sample, name):
        assert schema._validator(name).is_valid(sample)


def test_a_line_break_at_the_end_of_an_id_is_seen(tmp_path: Path) -> None:
    """Python's patterns, and so jsonschema, overlook it; the id is refused all the same."""
    message = refused(tmp_path / "prompts.json", '{"prompts": [\n{"id": "0001\\n", "prompt": "a"}]}')
    assert r'prompts.json:2 at /prompts/0/id: found "0001\n", expected what the schema' in message


def test_a_wrong_value_is_named_with_line_pointer_and_near_miss(tmp_path: Path) -> None:
    """The message has file, line, JSON pointer, what was found, what was expected and what to do."""
    text = '{"channels": {\n "CH01": {"image_generation": {\n  "aspect_ratio": "16x9"}}}}'
    message = refused(tmp_path / "channel_presets.json", text, "channel_presets")
    assert "channel_presets.json:3 at /channels/CH01/image_generation/aspect_ratio: " in message
    assert 'found "16x9", expected one of 1:1, ' in message
    assert 'did you mean "16:9"?' in message
    assert message.endswith("\n  -> change it and run: doit validate")


def test_a_mistyped_key_is_named_at_its_own_line(tmp_path: Path) -> None:
    """Where every key is ours, an unknown one is an error that names the key that was meant."""
    text = '{"prompts": [{"id": "1", "prompt": "a",\n\n"aspect_ration": "16:9"}]}'
    message = refused(tmp_path / "p.json", text)
    assert "p.json:3 at /prompts/0/aspect_ration" in message
    assert 'did you mean "aspect_ratio"?' in message


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ('"image_size": "1k"', 'did you mean "1K"?'),
        ('"output_size": "1920×1080"', 'expected text like "1920x1080" (pattern '),
        ('"references": "a.png"', "expected a list [ ] or null"),
        ('"aspect_ratio": "7"', "9:21, or null (as if it were not there)"),
        ('"aspect_ratio": 1.78', "expected one of 1:1, "),
    ],
)
def test_what_was_expected_is_said_with_an_example(tmp_path: Path, value: str, says: str) -> None:
    """A tired person sees what the value should look like."""
    text = f'{{"channels": {{"CH01": {{"image_generation": {{{value}}}}}}}}}'
    assert says in refused(tmp_path / "p.json", text, "channel_presets")


def test_keys_of_other_programs_are_left_alone(tmp_path: Path) -> None:
    """Unknown keys of a channel, of the file, and x- keys of prompts are data, not errors."""
    path = tmp_path / "p.json"
    path.write_text('{"belt": [1], "channels": {"CH01": {"belt_layout": {"x": 1}}, "_notes": 3}}')
    assert schema.load(path, "channel_presets")["channels"]["CH01"]["belt_layout"] == {"x": 1}
    path.write_text('{"prompts": [{"id": "1", "prompt": "海", "x-editor": 1, "note": {"a": 1}}], "x-a": 1}')
    assert schema.load(path, "prompts")["prompts"][0]["x-editor"] == 1


def test_all_mistakes_of_a_file_come_at_once_in_the_order_of_its_lines(tmp_path: Path) -> None:
    """Nobody has to run the command once per mistake."""
    entries = ['{"prompt": "a"}', '{"id": 2, "prompt": "b"}', '{"id": "3", "prompt": ""}', '{"id": "4", "promt": "x"}']
    text = '{"prompts": [\n' + ",\n".join(entries) + "]}"
    message = refused(tmp_path / "prompts.json", text)
    starts = [line.split("prompts.json:")[1].split(":")[0] for line in message.splitlines() if "prompts.json:" in line]
    assert [start.split(" ")[0] for start in starts] == ["2", "3", "4", "5", "5"]
    assert 'the key "id" is missing' in message and 'found "", expected text that is not empty' in message
    assert 'write it as text, in quotation marks: "2"' in message
    assert 'did you mean "prompt"?' in message


def test_a_thousand_mistakes_are_counted_not_all_listed(tmp_path: Path) -> None:
    """A message stays readable when everything is wrong."""
    message = refused(tmp_path / "prompts.json", json.dumps({"prompts": [{"id": 1, "prompt": "a"}] * 1000}))
    assert "... and 900 more" in message


@pytest.mark.parametrize(
    ("text", "says", "does"),
    [
        ('{"prompts": [],}', 'column 16: a comma before "}"', "remove that last comma"),
        ('{"prompts": [}', 'found "}"', "doit validate"),
        ('{"prompts": [', "the file ends too early", "complete"),
        ("{'prompts': []}", "found ' where a plain quotation mark belongs", 'use "'),
        ('{"prompts"： []}', "full-width", "half-width"),
        ('{\n// all of them\n"prompts": []}', "comment", "remove it"),
        ('{"prompts": [{"id": "1" "prompt": "a"}]}', "expecting ',' delimiter", "missing before it"),
        ('{"prompts": [{"id": "1", "prompt": "a\nb"}]}', "line break or control character", "\\n"),
        ('{"prompts": NaN}', "NaN", "doit validate"),
        ('{"prompts": [{"id": "1", "prompt": "\\ud83d"}]}', "half a character", "doit validate"),
        ('{"prompts": [\n{"id": "1", "prompt": "\\ud83d\\ude00 \\ude00"}]}', ":2: column ", "doit validate"),
        ("", "is empty", "git"),
        (" \n", "is empty", "git"),
        ("[" * 100_000, "nested too deep", "doit validate"),
        ("[" * 100_000 + "]" * 100_000, "nested too deep", "doit validate"),
        ("1" * 5000, "absurdly long", "doit validate"),
        (b"\xef\xbb\xbf{}", "byte order mark", "without BOM"),
        ('{"prompts": []}'.encode("utf-16"), "UTF-16", "UTF-8"),
        ('{"prompts": [{"id": "1", "prompt": "雪の山道"}]}'.encode("cp932"), "Shift_JIS", "UTF-8"),
        (b'{"prompts": \xff\xfa}', "is not UTF-8 (byte 13)", "UTF-8"),
        (b'{\n"prompts": "\0"}', "prompts.json:2: holds a NUL character", "remove it"),
        (
            '{"prompts": [],\n "prompts": []}',
            'prompts.json:2 at /prompts: the key "prompts" stands here a second',
            "keep one",
        ),
        ("[]", "found a list of 0, expected an object { }", "doit validate"),
    ],
)
def test_text_that_is_not_json_is_explained(tmp_path: Path, text: str | bytes, says: str, does: str) -> None:
    """Every way to break a JSON file gives one clean error with what to do, never a traceback."""
    what, do = refused(tmp_path / "prompts.json", text).split("\n  -> ")
    assert says in what
    assert does in do


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{here}: &{here} [{', '.join([f'*{before}'] * 9)}]\n" for before, here in zip("abcdefgh", "bcdefghi", strict=True)
)
"""Nine lines that unfold to 3 GB of lists."""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "version: 1\ncurrency: USD\ncaps: {}\ncaps: {}\n",
            'budget.yaml:4 at /caps: the key "caps" stands here a second',
        ),
        ("version: 1\ncurrency: USD\ncaps:\n  submission: five\n", 'budget.yaml:4 at /caps/submission: found "five"'),
        ("version: 1\ncurrency: USD\ncaps: {day: -1}\n", "budget.yaml:3 at /caps/day: found -1, expected 0 or more"),
        ("version: 1\n\tcurrency: USD\n", "budget.yaml:2: column"),
        ("version: 1\n1: 2\n", 'the key "1" is not text'),
        ("a: 1\n---\nb: 2\n", "budget.yaml:2: column"),
        ("a: !!python/object:os.system 1\n", "budget.yaml:1: column"),
        ("a: &x [*x]\n", "refers to another place"),
        (LAUGHS, "budget.yaml:2: refers to another place (*a)"),
        ("a: " + "[" * 100_000, "nested too deep"),
        ("- " * 100_000, "nested too deep"),
        ("version: " + "1" * 5000, "absurdly long"),
        ("caps: \x07\n", "budget.yaml"),
        ("# nothing\n", "found null, expected an object"),
    ],
)
def test_yaml_mistakes_are_named_with_their_line(tmp_path: Path, text: str, says: str) -> None:
    """YAML gives the same kind of message as JSON."""
    assert says in refused(tmp_path / "budget.yaml", text, "budget")


def test_deep_nesting_beside_a_mistake_is_no_crash(tmp_path: Path) -> None:
    """A file at the edge of what can be read still gets a clean message."""
    for depth in (100, 300, 450, 600, 900):
        message = refused(tmp_path / "prompts.json", '{"promts": [], "x-a": ' + "[" * depth + "]" * depth + "}")
        assert "promts" in message or "nested too deep" in message
        deep = "[" * depth + "]" * depth
        text = f"version: 1\nslots: {{g-1: {{model_key: m, lane: batch, aliases: [{deep}, {deep}]}}}}\n"
        assert (
            "aliases" in (message := refused(tmp_path / "slots.yaml", text, "image_model_slots")) or "deep" in message
        )


def test_yaml_values_mean_what_they_look_like(tmp_path: Path) -> None:
    """16:9, 0001, no and a date stay text, as in JSON and YAML 1.2."""
    path = tmp_path / "models.yaml"
    path.write_text(
        "ratio: 16:9\nid: 0001\nname: no\nday: 2026-10-06\nyes: true\nnothing: null\nhalf: 0.5\nmany: 200\n"
    )
    data = schema.document.parse(path, path.read_bytes())
    assert data == {
        "ratio": "16:9",
        "id": "0001",
        "name": "no",
        "day": "2026-10-06",
        "yes": True,
        "nothing": None,
        "half": 0.5,
        "many": 200,
    }


def test_a_missing_file_and_a_folder_are_told_apart_from_a_broken_one(tmp_path: Path) -> None:
    """What cannot be opened is a clean error too."""
    for path in (tmp_path / "none.json", tmp_path):
        _, problems = schema.problems(path, "prompts")
        assert len(problems) == 1
    with pytest.raises(BadInput, match="this file is missing"):
        schema.load(tmp_path / "none.json", "prompts")


@pytest.mark.parametrize(
    "secret", ["AIzaSyA1234567890abcdefghij", "fw_3ZabcdefGHIJK", "xoxb-12-34", "https://hooks.slack.com/services/T0"]
)
def test_a_secret_in_the_wrong_place_is_never_shown(tmp_path: Path, secret: str) -> None:
    """A key pasted as value or as name does not get into messages and logs."""
    text = json.dumps({"prompts": [{"id": secret + "/", "prompt": "a", secret: 1}]})
    message = refused(tmp_path / "prompts.json", text)
    assert secret not in message
    assert "not shown" in message


def test_long_and_invisible_values_are_shown_in_one_short_line(tmp_path: Path) -> None:
    """A prompt of a megabyte, or one with escape codes, cannot flood or colour a terminal."""
    message = refused(
        tmp_path / "prompts.json", json.dumps({"prompts": [{"id": "\x1b[31m" + "x" * 10**6, "prompt": "a"}]})
    )
    assert len(message) < 400
    assert "\x1b" not in message


def test_a_jsonl_record_is_refused_with_its_line_number() -> None:
    """One bad line of results.jsonl is named by its number and pointer."""
    with pytest.raises(BadInput, match=r'results\.jsonl:7 at /tokens/image: found "a", expected a whole number'):
        schema.check(RESULT | {"tokens": RESULT["tokens"] | {"image": "a"}}, "results", Path("results.jsonl"), 7)  # type: ignore[operator]
    schema.check(RESULT, "results", Path("results.jsonl"), 7)


def test_line_of_finds_keys_in_both_formats(tmp_path: Path) -> None:
    """The line of any value can be asked for, also with tabs, escapes and brackets inside texts."""
    path = tmp_path / "a.json"
    path.write_text('{\n\t"a\\"}": ["]",\n\t\t{"b": 1}],\n\t"c": {}\n}')
    assert [schema.line_of(path, steps) for steps in [('a"}',), ('a"}', 1), ('a"}', 1, "b"), ("c",), ("d",)]] == [
        2,
        3,
        3,
        4,
        None,
    ]
    path = tmp_path / "a.yaml"
    path.write_text("a:\n  - b: 1\n    c: 2\n")
    assert [schema.line_of(path, steps) for steps in [("a",), ("a", 0), ("a", 0, "c")]] == [1, 2, 3]
