"""Lets schemathesis send what parties say to one another: CBOR, and documents of banks.

Loaded by name (SCHEMATHESIS_HOOKS). Descriptions call these bodies bytes, so what is made for them is bytes already; anything
else that was made is written as CBOR, which is a message that no party expects.
"""

import schemathesis


def head(major: int, value: int) -> bytes:
    for size, extra in ((1, 24), (2, 25), (4, 26), (8, 27)):
        if value < 24:
            return bytes([major << 5 | value])
        if value < 1 << (8 * size):
            return bytes([major << 5 | extra]) + value.to_bytes(size, "big")
    return bytes([0xF6])


def encode(value) -> bytes:
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    if value is None or isinstance(value, float):
        return bytes([0xF6])
    if isinstance(value, bool):
        return bytes([0xF5 if value else 0xF4])
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, str):
        text = value.encode("utf-8", "surrogatepass")
        return head(3, len(text)) + text
    if isinstance(value, dict):
        return head(5, len(value)) + b"".join(encode(key) + encode(one) for key, one in value.items())
    if isinstance(value, (list, tuple)):
        return head(4, len(value)) + b"".join(encode(one) for one in value)
    # What schemathesis makes for a body of bytes.
    return bytes(getattr(value, "data", b""))


@schemathesis.serializer("application/cbor")
def cbor(ctx, value):
    return encode(value)


@schemathesis.serializer("application/vnd.keyfare.package", "image/png", "image/webp", "image/jpeg")
def file(ctx, value):
    return encode(value)
