"""A file that takes a while to make, as a download that begins at once: a browser shows it while it is being made.

What goes out at once is how each file of its kind begins, which says nothing. All else follows once the file is whole
and lies on the disk: nobody has a part of it that the log does not tell of, and a browser that reads slowly keeps no
transaction open. Where the making fails, the connection is broken off, so that the browser says that it failed.
"""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from anyio import open_file, to_thread
from fastapi import Request
from fastapi.responses import StreamingResponse

from outreach.reports.export import beginning
from outreach.web.desk import Desk, desk_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MEDIA = {
    "xlsx": XLSX,
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
KINDS = tuple(_MEDIA)
_CHUNK = 1 << 18


def download(request: Request, name: str, kind: str, make: Callable[[Path], Path]) -> StreamingResponse:
    """Answer with the file that `make` writes to the path that it is given, called by `name` and its kind.

    `make` runs in a thread, when its turn comes; whatever a person is to be told of has been asked before. Its length
    is not known when it begins, and a part of it can't be asked for.
    """
    headers = {
        "content-disposition": f'attachment; filename="{name}.{kind}"',
        "x-accel-buffering": "no",  # a proxy hands it on as it comes
    }
    return StreamingResponse(_parts(desk_of(request), kind, make), media_type=_MEDIA[kind], headers=headers)


async def _parts(desk: Desk, kind: str, make: Callable[[Path], Path]) -> AsyncIterator[bytes]:
    begins = beginning(kind)
    yield begins
    with TemporaryDirectory(prefix="outreach-") as folder:
        made = await to_thread.run_sync(make, Path(folder) / f"made.{kind}", limiter=desk.making)
        async with await open_file(made, "rb") as stream:
            if await stream.read(len(begins)) != begins:
                raise AssertionError(f"this .{kind} begins otherwise than each does")
            while part := await stream.read(_CHUNK):
                yield part
