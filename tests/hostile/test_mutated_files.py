"""A fuzzer: files of every kind, changed at random from sound ones and from hostile ones, are events or faults.

``PASSERELLE_FUZZ`` is how many seconds each kind is tried (1, and 60 in `make torture`); the seed of each try is told
where one fails.
"""

import copy
import io
import json
import os
import random
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from scheduler.format.errors import InvalidEvent
from scheduler.format.event import event_json, parse_event
from scheduler.format.interchange import Options, read_any, read_files, write_any
from scheduler.format.sentence import Sentence
from scheduler.samples.sample import sample_event
from scheduler.wording.sentences import told
from tests.support import hostile
from tests.support.tally import Told
from tests.support.torture import TORTURE

SECONDS = float(os.environ.get("PASSERELLE_FUZZ", "60" if TORTURE else "1"))
# Each file is small: one that takes longer is the beginning of one that takes minutes. A busy machine is slow.
LONGEST = 5.0
LARGEST = 500_000

EVENT = sample_event(6, 5, 6, 4)
DOCUMENT = json.loads(event_json(EVENT))
DZN = b"""nBusiness = 3; nMeetings = 2; nTables = 2; nTotalSlots = 4; nMorningSlots = 2;
requested = [|1, 2, 1, |2, 3, 3, |]; forbidden = [{1}, {0}, {}]; fixed = [0, 3]; precedences = [{}, {1}];
/* what each does */ nMeetingsBusiness = [1, 2, 1]; meetingsxBusiness = [{2}, {2, 3}, {3}];"""

ODD_VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1.5, 1e308, 10**30),
    *("", " ", "\0", "\ud800", "\u202e", "\u0301", "a" * 300, "é", "a1", "c1", "s1", "{}", "{0}", "../etc", "=1+1"),
    *([], {}, [[]], [None], ["a1", "a1"], {"id": "a1"}),
    *("2027-03-18T14:00", "2027-02-30T25:61", "0000-00-00T00:00", "2027-03-28T02:30", "2027-10-31T02:30+01:00"),
    *("Europe/Paris", "_x0000_", "_xD800_"),
]
ODD_BYTES = [
    *(b"\0", b"\xff", b"\xed\xa0\x80", b"[", b"]", b"{", b"}", b'"', b"\\", b"\\ud800", b"1e999", b"-", b"NaN", b","),
    *(b";", b"|", b"/*", b"*/", b"%", b"=", b"999999999999"),
    *(b"<", b"&", b"&#0;", b"<!DOCTYPE a>", b"<v>", b"</c>", b"]]>"),
]


def mutated_json(chance: random.Random) -> bytes:
    """The event with some values of it replaced, doubled, taken away or put elsewhere."""
    document = json.loads(json.dumps(DOCUMENT))
    for _ in range(chance.choice([1, 1, 2, 5, 30])):
        inside: Any = document
        while isinstance(inside, dict | list) and inside:
            key = chance.choice(list(inside) if isinstance(inside, dict) else range(len(inside)))
            if chance.random() < 0.35 or not isinstance(inside[key], dict | list):
                break
            inside = inside[key]
        if not inside:
            continue
        match chance.randrange(4):
            case 0:
                inside[key] = copy.deepcopy(chance.choice(ODD_VALUES))
            case 1:
                del inside[key]
            case 2 if isinstance(inside, list):
                inside.extend(inside[: chance.choice([1, 3, 50])])
            case _:
                inside[key] = [inside[key]] * chance.choice([1, 2, 40])
    if chance.random() < 0.1:
        document[str(chance.choice(ODD_VALUES))] = copy.deepcopy(chance.choice(ODD_VALUES))
    text = json.dumps(document, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
    # What is doubled again and again grows without end.
    text = text[:LARGEST]
    return scratched(text, chance) if chance.random() < 0.3 else text


def scratched(data: bytes, chance: random.Random) -> bytes:
    """``data`` with some bytes replaced, put in, taken away or repeated."""
    for _ in range(chance.choice([1, 1, 3, 10])):
        at = chance.randrange(len(data) + 1)
        length = chance.choice([0, 1, 1, 5, 200])
        put = chance.choice(
            [chance.choice(ODD_BYTES) * chance.choice([1, 1, 3, 500]), bytes([chance.randrange(256)]), b""]
        )
        data = data[:at] + put + data[at + length :]
    return data


def mutated_dzn(chance: random.Random) -> bytes:
    """The B2BSP file, scratched."""
    return scratched(DZN, chance)


def unpacked(data: bytes) -> dict[str, bytes]:
    """The parts of a workbook by their names."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


PARTS = unpacked(write_any(EVENT, "e.xlsx"))


def mutated_xlsx(chance: random.Random) -> bytes:
    return mutated_parts(PARTS, chance)


def mutated_hostile_xlsx(chance: random.Random) -> bytes:
    """A hostile workbook, cut to what is quickly made."""
    make = chance.choice(
        [
            lambda: hostile.styles_without_end(0.001),
            lambda: hostile.number_formats_without_end(0.001),
            lambda: hostile.shared_strings_without_end(0.0001),
            lambda: hostile.runs_without_end(0.0001),
            lambda: hostile.far_rows(2),
            lambda: hostile.empty_rows(0.001),
            lambda: hostile.merged_without_end(0.001),
        ]
    )
    return mutated_parts(unpacked(make()), chance)


def mutated_parts(whole: Mapping[str, bytes], chance: random.Random) -> bytes:
    """A workbook with some of its parts scratched, missing, exchanged or packed otherwise; at times its bytes too."""
    parts = dict(whole)
    for _ in range(chance.choice([1, 1, 2])):
        name, other = chance.choice(list(parts)), chance.choice(list(parts))
        match chance.randrange(6):
            case 0:
                del parts[name]
            case 1:
                parts[name] = parts[other]
            case _:
                parts[name] = scratched(parts[name], chance)
        if not parts:
            break
    out = io.BytesIO()
    with zipfile.ZipFile(
        out, "w", chance.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
    ) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return scratched(out.getvalue(), chance) if chance.random() < 0.2 else out.getvalue()


def mutated_text(chance: random.Random) -> bytes:
    """The event as a table of text, in some language and encoding, scratched."""
    text = write_any(EVENT, "e.csv", chance.choice([None, "fr", "en"])).decode("utf-8-sig")
    return scratched(text.encode(chance.choice(["utf-8", "utf-8-sig", "utf-16", "cp1252"]), "replace"), chance)


def mutated_list(chance: random.Random) -> bytes:
    """A list of people with choices and absences, or a matrix of scores, scratched."""
    text = chance.choice(
        [
            "Nom;Prénom;Type;Choix 1;Choix 2;Absences;E-mail\nA;B;x;D C;;14h-14h30;a@b.fr\nC;D;y;B A;;matin;\n",
            "student \\ professor,P1,P2\nAda,5,0\nBob,,3\n",
            '[slots]\nstart,end\n18/03/2027 14:00,18/03/2027 14:06\n[list]\nName,Kind,Wishes\nA,x,B\nB,y,"A; A"\n',
        ]
    )
    return scratched(text.encode(chance.choice(["utf-8", "utf-16", "cp1252"])), chance)


def mutated_hostile(chance: random.Random) -> bytes:
    """A hostile file, cut to what is quickly made, and scratched."""
    make = chance.choice(
        [
            lambda: hostile.one_key_repeated(500),
            lambda: hostile.nothing_but_faults(0.001),
            lambda: hostile.faults_in_one_item(0.001),
            lambda: hostile.unknown_ids(0.01),
            lambda: hostile.many_wishes(30, 20),
            lambda: hostile.deep_lists(chance.choice([10, 500, 5_000])),
            lambda: hostile.far_rows(2),
            hostile.half_characters,
        ]
    )
    return scratched(make(), chance)


KINDS: dict[str, tuple[str, Callable[[random.Random], bytes]]] = {
    "json": (".json", mutated_json),
    "dzn": (".dzn", mutated_dzn),
    "xlsx": (".xlsx", mutated_xlsx),
    "text": (".csv", mutated_text),
    "lists": (".tsv", mutated_list),
    "hostile json": (".json", mutated_hostile),
    "hostile json, told to be a workbook": (".xlsx", mutated_hostile),
    "hostile xlsx": (".xlsx", mutated_hostile_xlsx),
}


def chosen(chance: random.Random) -> Options:
    """What somebody says of a list, some of it without sense."""
    return Options(
        slots=chance.choice(["4x6+2@14:00"] * 3 + [""]),
        days=("18/03/2027",),
        unknown=chance.choice(["refuse", "leave-out", "nearest"]),
        others=chance.choice(["", "", "z"]),
        may_meet=chance.choice([(), (("x", "y"),)]),
        matrix=chance.random() < 0.1,
        prefers=chance.choice([(), (), ("Choix 2",)]),
    )


def seeds() -> Iterator[int]:
    """Seeds for as long as the time of one kind lasts, the first fifty in any case."""
    begun = time.perf_counter()
    seed = 0
    while seed < 50 or time.perf_counter() - begun < SECONDS:
        yield seed
        seed += 1


@pytest.mark.timeout(int(SECONDS * 10) + 300)
@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_file_is_an_event_or_told_in_sentences(kind: str, tally: Told) -> None:
    ending, mutated = KINDS[kind]
    accepted = tried = 0
    worst = 0.0
    for seed in seeds():
        data = mutated(random.Random(f"{kind} {seed}"))
        begun = time.perf_counter()
        try:
            if kind == "lists":
                event = read_files([(data, "list.csv")], chosen(random.Random(seed))).event
            else:
                event = read_any(data, f"file{ending}")
        except InvalidEvent as invalid:
            assert 1 <= len(invalid.faults) <= 1_002, (kind, seed)
            for fault in invalid.faults:
                # What is told can be written, and is known in both languages.
                assert str(fault).encode(), (kind, seed)
                assert isinstance(fault.message, Sentence), (kind, seed, fault.message)
                assert told(fault.message, "fr").encode(), (kind, seed)
        else:
            accepted += 1
            # What is accepted can be written and is read back the same.
            assert parse_event(event_json(event)) == event, (kind, seed)
        worst = max(worst, time.perf_counter() - begun)
        assert worst < LONGEST, (kind, seed)
        tried += 1
    tally(f"files changed at random, {kind}: {accepted:,} accepted", tried, errors=0, worst=worst)
    assert tried >= 50
    # A fuzzer whose every file is refused at the first byte finds nothing.
    assert accepted or kind.startswith("hostile"), kind
