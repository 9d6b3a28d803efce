"""Mail that was broken on purpose: mutated mails and a coverage-guided run, neither of which may crash, hang or swell.

    python benchmarks/fuzz_inbox.py [--runs 100000] [--seed 1] [FOLDER OF MAILS]
    python benchmarks/fuzz_inbox.py --atheris SECONDS [FOLDER]     needs `pip install atheris`

It begins with the mails that the tests make, and with those of a folder if one is given. Anything that takes longer
than two seconds, raises, or returns what can't be stored ends the run with status 1 and is written to fuzz-found.eml.
"""

import argparse
import random
import resource
import sys
import time
from contextlib import nullcontext
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "inbox"))

if "--atheris" in sys.argv:
    import atheris

    watched = atheris.instrument_imports(include=["outreach.inbox"])
else:
    watched = nullcontext()
with watched:  # a coverage-guided run sees what it watches while it is imported
    from outreach.inbox.classify import understand
    from outreach.inbox.enclosed.enclosures import files, page
    from outreach.inbox.mime_reader import parse

from inbox_mails import answer, recipient_group, report  # noqa: E402
from inbox_people import people  # noqa: E402

MOST_SECONDS = 2.0
TOKENS = [
    b"\r\n", b"\n\n", b"--=_b", b"--=_b--", b'Content-Type: multipart/mixed; boundary="=_b"',
    b"Content-Type: message/rfc822",
    b"Content-Type: message/delivery-status", b"Content-Transfer-Encoding: base64", b"charset=utf-7",
    b"=?utf-8?B?", b"?=",
    b"From: ", b"Date: ", b"MAILER-DAEMON", b"Return-Path: <>", b"Action: failed", b"Status: 9.9.9",
    b"\xff\xfe", b"\0", b" ",
    b"<", b"&#", b">", b"(" * 50, b'"', b"Message-ID: <a@b>", b"Final-Recipient: rfc822;", b"x" * 200,
    b"<!--", b"<a href=",
    b"filename*=utf-8''%", b"until 31 ", b"On x wrote:",
    b"From: x\nTo: y\nSubject: z\n", b"550 5.1.1 ",
    b"@", b"winmail.dat",
]  # fmt: skip


def look(raw: bytes) -> float:
    """Do all that is done with a mail but to store it; return the seconds of the processor that it took."""
    start = time.process_time()
    found = understand(raw)
    for text in (
        found.text,
        found.subject,
        found.sender,
        found.in_reply_to,
        *(one.diagnostic for one in found.recipients),
    ):
        text.encode("utf-8")
        assert "\0" not in text
    mail = parse(raw)
    if mail is not None:
        for one in files(mail):
            one.name.encode("utf-8")
        assert "<script" not in page(mail).lower()
    return time.process_time() - start


def mutated(mails: list[bytes], rng: random.Random) -> bytes:
    data = bytearray(rng.choice(mails)[: rng.choice([2_000, 20_000, 200_000])])
    for _ in range(rng.randrange(1, 12)):
        place = rng.randrange(len(data) + 1)
        match rng.randrange(7):
            case 0:
                data[place : place + rng.randrange(1, 40)] = b""
            case 1:
                data[place:place] = rng.choice(TOKENS)
            case 2:
                data[place:place] = data[max(place - rng.randrange(400), 0) : place]
            case 3:
                del data[place:]
            case 4:
                other = rng.choice(mails)
                cut = rng.randrange(len(other) + 1)
                data[place:place] = other[cut : cut + rng.randrange(2_000)]
            case 5:
                data[place:place] = rng.choice(TOKENS) * rng.randrange(1, 300)
            case _:
                data[place : place + 4] = rng.randbytes(4)
    return bytes(data)


def check(raw: bytes) -> float:
    try:
        took = look(raw)
    except BaseException:
        Path("fuzz-found.eml").write_bytes(raw)
        raise
    if took > MOST_SECONDS:
        Path("fuzz-found.eml").write_bytes(raw)
        raise SystemExit(f"{took:.1f} s for one mail: see fuzz-found.eml")
    return took


def run(mails: list[bytes], runs: int, seed: int) -> None:
    rng = random.Random(seed)
    longest = 0.0
    start = time.perf_counter()
    for _ in range(runs):
        longest = max(longest, check(mutated(mails, rng)))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds = time.perf_counter() - start
    print(f"{runs} mutated mails in {seconds:.0f} s: none crashed,")
    print(f"the longest took {longest:.2f} s, {memory:.0f} MB of memory at most")


def guided(mails: list[bytes], seconds: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as corpus:
        for number, raw in enumerate(mails):
            (Path(corpus) / str(number)).write_bytes(raw[:50_000])
        atheris.Setup([sys.argv[0], corpus, f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=1024"], check)
        atheris.Fuzz()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--atheris", type=int, metavar="SECONDS")
    args = parser.parse_args()
    group = recipient_group("a@x.example", "failed", "5.1.1", "550 5.1.1 No such user")
    mails = [report(group), answer("Yes."), *(one.raw for one in people())]
    mails += [path.read_bytes() for path in sorted(args.folder.glob("*.eml"))] if args.folder else []
    if args.atheris:
        guided(mails, args.atheris)
    else:
        run(mails, args.runs, args.seed)


if __name__ == "__main__":
    main()
