"""The desk's secret: sub-keys for each purpose, signatures, sealed bytes, and digests of addresses."""

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12
MAC = 20


def new_salt() -> str:
    """128 random bits in hexadecimal. Salts and nonces are the one randomness that is not handed in: nothing may
    choose them."""
    return os.urandom(16).hex()


class SealBrokenError(Exception):
    """Sealed bytes were changed, or sealed by a key that is no longer in the secret file."""


@dataclass(frozen=True)
class Keyring:
    """The keys of the secret file by id. ``current`` signs and seals; ``first`` digests addresses, for a hash cannot
    be hashed again, and is never rotated."""

    secrets: tuple[tuple[str, bytes], ...]

    @property
    def current(self) -> str:
        return self.secrets[-1][0]

    @property
    def first(self) -> str:
        return self.secrets[0][0]

    def sign(self, purpose: str, *parts: object, key: str | None = None) -> str:
        """HMAC-SHA256 over purpose and parts, 160 bits, in URL-safe base64."""
        return _text(self._mac(key or self.current, purpose, *parts)[:MAC])

    def tag(self, purpose: str, *parts: object) -> str:
        """80 bits of the same in lower-case hexadecimal, for what mail systems may fold."""
        return self._mac(self.first, purpose, *parts)[:10].hex()

    def signs_tag(self, tag: str, purpose: str, *parts: object) -> bool:
        """Whether ``tag`` is what we would have written; compared in constant time."""
        return hmac.compare_digest(tag.encode(), self.tag(purpose, *parts).encode())

    def signs(self, signature: str, purpose: str, *parts: object) -> bool:
        """Whether any key of the ring made this signature; compared in constant time."""
        return _is_among(signature, [self.sign(purpose, *parts, key=key) for key, _ in self.secrets])

    def mark(self, purpose: str, *parts: object, key: str | None = None) -> str:
        """80 bits of the same in lower-case base32, 16 letters, for addresses and ids of mail."""
        return base64.b32encode(self._mac(key or self.current, purpose, *parts)[:10]).decode().lower()

    def marks(self, mark: str, purpose: str, *parts: object) -> bool:
        """Whether any key of the ring made this mark; compared in constant time."""
        return _is_among(mark, [self.mark(purpose, *parts, key=key) for key, _ in self.secrets])

    def code(self, purpose: str, *parts: object) -> str:
        """Six digits that only we can work out again."""
        return f"{int.from_bytes(self._mac(self.first, purpose, *parts)[:8]) % 1_000_000:06d}"

    def digest(self, address: str) -> str:
        """The keyed digest of a normalised address, by which we look up without keeping it."""
        return self._mac(self.first, "address", address).hex()

    def seal(self, content: bytes, *, purpose: str = "seal") -> bytes:
        """AES-GCM: key id, nonce, ciphertext. What is sealed for one purpose opens for no other."""
        nonce = os.urandom(NONCE)
        name = self.current.encode()
        sealed = _cipher(self._secret(self.current), purpose).encrypt(nonce, content, name)
        return bytes([len(name)]) + name + nonce + sealed

    def unseal(self, sealed: bytes, *, purpose: str = "seal") -> bytes:
        end = 1 + sealed[0]
        name, nonce, body = sealed[1:end], sealed[end : end + NONCE], sealed[end + NONCE :]
        try:
            return _cipher(self._secret(name.decode()), purpose).decrypt(nonce, body, name)
        except (InvalidTag, KeyError, UnicodeDecodeError) as error:
            raise SealBrokenError("sealed bytes cannot be opened") from error

    def subkey(self, purpose: str) -> bytes:
        return _subkey(self._secret(self.current), purpose)

    def _secret(self, key: str) -> bytes:
        by_id: Mapping[str, bytes] = dict(self.secrets)
        return by_id[key]

    def _mac(self, key: str, purpose: str, *parts: object) -> bytes:
        message = "|".join([purpose, *map(str, parts)]).encode()
        return hmac.digest(_subkey(self._secret(key), purpose), message, hashlib.sha256)


def read_keyring(text: str) -> Keyring:
    """The keyring of a secret file: a line ``id:base64`` a key, the oldest first.

    Raises ValueError, without the content, when a line is malformed or a key is shorter than 32 bytes.
    """
    secrets = tuple(_read_line(line) for line in text.split())
    if not secrets or len({key for key, _ in secrets}) != len(secrets):
        raise ValueError("the secret file holds no key, or one key id twice")
    return Keyring(secrets)


def write_secret(key_id: str, secret: bytes) -> str:
    """The line of a secret file for one key."""
    return f"{key_id}:{base64.b64encode(secret).decode()}\n"


def _read_line(line: str) -> tuple[str, bytes]:
    key, _, encoded = line.partition(":")
    try:
        secret = base64.b64decode(encoded, validate=True)
    except ValueError:
        secret = b""
    if not key.isalnum() or len(secret) < 32:
        raise ValueError("a line of the secret file is not “id:base64” of at least 32 bytes")
    return key, secret


def _is_among(signature: str, made: Sequence[str]) -> bool:
    # A list, so that the first hit ends nothing early.
    return any([hmac.compare_digest(signature.encode("utf-8", "replace"), one.encode()) for one in made])


def _text(mac: bytes) -> str:
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


@lru_cache(maxsize=64)
def _subkey(secret: bytes, purpose: str) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=f"rightsdesk {purpose}".encode()).derive(secret)


@lru_cache(maxsize=16)
def _cipher(secret: bytes, purpose: str) -> AESGCM:
    return AESGCM(_subkey(secret, purpose))
