"""What a file is to a reader: PDF, Word, a picture, in place of the name that programs give its type."""

TYPES = {
    "application/pdf": "PDF",
    "application/msword": "Word",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
    "application/vnd.ms-excel": "Excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
    "application/vnd.ms-powerpoint": "PowerPoint",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint",
    "application/vnd.oasis.opendocument.text": "OpenDocument text",
    "application/vnd.oasis.opendocument.spreadsheet": "OpenDocument sheet",
    "application/rtf": "rich text",
    "text/rtf": "rich text",
    "text/plain": "plain text",
    "text/html": "a page of the web",
    "text/calendar": "an invitation",
    "text/csv": "a table",
    "message/rfc822": "a mail",
    "application/pkcs7-signature": "a signature",
    "application/x-pkcs7-signature": "a signature",
    "application/pgp-signature": "a signature",
    "application/pkcs7-mime": "a sealed mail",
    "application/x-pkcs7-mime": "a sealed mail",
    "application/pgp-encrypted": "a sealed mail",
    "application/ms-tnef": "Outlook's package",
    "application/zip": "a packed folder",
    "application/x-zip-compressed": "a packed folder",
}
_FAMILIES = {"image": "a picture", "audio": "sound", "video": "a film"}
_BY_NAME = {"pdf": "application/pdf", "doc": "application/msword", "xls": "application/vnd.ms-excel"}
SORTS = frozenset(TYPES.values()) | frozenset(_FAMILIES.values())


def sort_of_file(media_type: str, name: str) -> str:
    """Return what a file is in a reader's words; the name of its type where no other is known."""
    media_type = media_type.lower()
    if media_type == "application/octet-stream":
        media_type = _BY_NAME.get(name.rpartition(".")[2].lower().removesuffix("x"), media_type)
    return TYPES.get(media_type) or _FAMILIES.get(media_type.partition("/")[0], media_type)
