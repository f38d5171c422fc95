"""SM2 by libcrypto: the published answers, and each pitfall of security §3 that a library call can fall into."""

from __future__ import annotations

import ctypes
import importlib.machinery
import importlib.util
import os
import random
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

from census_app.assets import data_root
from census_app.exchange import libcrypto, refusals, sm2
from census_app.exchange.private_keys import P256Key

SCALAR = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
POINT = (
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
R = "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
S = "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
SIGNATURE = bytes.fromhex(f"3046022100{R}022100{S}")
SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004" + POINT)


def openssl(*arguments: str | Path, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=False)


# --- known answers (pitfall 11) ---------------------------------------------------------------------------------------


def test_published_signature_stands() -> None:
    assert sm2.verify(SPKI, b"message digest", SIGNATURE)
    assert not sm2.verify(SPKI, b"message digesT", SIGNATURE)
    assert not sm2.verify(SPKI, b"", SIGNATURE)


def test_published_key_has_the_published_point() -> None:
    assert sm2.from_scalar(SCALAR).spki == SPKI


def test_published_digest_is_computed() -> None:
    known = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"

    assert sm2.sm3_hex(b"abc") == known


def test_mode_works_here() -> None:
    """CI must not pass because everything was skipped."""
    assert sm2.gm_available() == (True, "")
    assert sm2.library_version().startswith("OpenSSL 3")


@pytest.mark.parametrize("answer", ["_ABC", "_SIGNATURE", "_POINT", "_MESSAGE", "_SECRET"])
def test_wrong_answer_switches_the_mode_off(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    others = {"_ABC": "00" * 32, "_SECRET": SCALAR + 1, "_MESSAGE": b"another"}
    monkeypatch.setattr(sm2, answer, others.get(answer, bytes(72)))

    assert sm2.GmMode().available() == (False, "GM_SELFTEST")


def test_library_that_believes_everything_is_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative answers count too."""
    library = libcrypto.load()
    with monkeypatch.context() as patch:
        patch.setattr(sm2, "_verify", lambda *_: True)
        lax = sm2.known_answers(library)

    assert not lax
    assert sm2.known_answers(library)


def test_library_without_sm3_is_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some systems build OpenSSL without the national algorithms."""
    library = libcrypto.load()
    monkeypatch.setitem(library.functions, "EVP_MD_fetch", lambda *_: None)

    assert not sm2.known_answers(library)


def test_without_the_mode_nothing_is_signed_or_believed(no_gm: None) -> None:
    del no_gm
    assert sm2.gm_available() == (False, "GM_LIBRARY")
    for call in (
        sm2.generate,
        sm2.library_version,
        sm2.leaks_timing,
        lambda: sm2.from_scalar(5),
        lambda: sm2.is_public_key(SPKI),
        lambda: sm2.verify(SPKI, b"message digest", SIGNATURE),
        lambda: sm2.from_encrypted_pem(b"", b""),
    ):
        with pytest.raises(refusals.GmUnavailable) as caught:
            call()
        assert caught.value.params["detail"] == "GM_LIBRARY"


# --- the identity (pitfalls 1, 3) -------------------------------------------------------------------------------------


@pytest.mark.parametrize("distid", ["", "ALICE123@YAHOO.COM", "1234567812345678"])
def test_identity_is_signed_too(tmp_path: Path, distid: str) -> None:
    """OpenSSL's own default, no identity at all, is another signature."""
    key = tmp_path / "k.pem"
    openssl("genpkey", "-algorithm", "SM2", "-out", key)
    spki = openssl("pkey", "-in", key, "-pubout", "-outform", "DER").stdout
    option = ("-sigopt", f"distid:{distid}") if distid else ()

    signature = openssl("dgst", "-sm3", "-sign", key, *option, data=b"statement").stdout

    assert signature
    assert sm2.verify(spki, b"statement", signature) is (distid == "1234567812345678")


def test_openssl_checks_ours_with_the_identity_only(tmp_path: Path) -> None:
    key = sm2.generate()
    (tmp_path / "p.der").write_bytes(key.spki)
    (tmp_path / "s").write_bytes(key.sign(b"statement"))
    key_given = ("-verify", tmp_path / "p.der", "-keyform", "DER")
    check = ("dgst", "-sm3", *key_given, "-signature", tmp_path / "s")

    assert openssl(*check, "-sigopt", "distid:1234567812345678", data=b"statement").returncode == 0
    assert openssl(*check, data=b"statement").returncode != 0
    assert openssl(*check, "-sigopt", "distid:1234567812345678", data=b"other").returncode != 0


def test_same_bytes_are_never_signed_alike() -> None:
    key = sm2.generate()

    assert len({key.sign(b"x") for _ in range(50)}) == 50


# --- memory, prototypes, errors (pitfalls 4, 5) -----------------------------------------------------------------------


def off_curve(spki: bytes) -> bytes:
    return spki[:-1] + bytes([spki[-1] ^ 1])


def use_everything(rounds: int) -> None:
    other = P256Key(ec.derive_private_key(5, ec.SECP256R1())).spki
    for _ in range(rounds):
        key = sm2.generate()
        signature = key.sign(b"statement")
        assert sm2.verify(key.spki, b"statement", signature)
        assert not sm2.verify(key.spki, b"another", signature)
        assert not sm2.verify(other, b"statement", signature)
        assert not sm2.verify(off_curve(key.spki), b"statement", signature)
        pem = key.encrypted_pem(b"secret")
        with pytest.raises(sm2.SecretRejected):
            sm2.from_encrypted_pem(pem, b"wrong")
        assert sm2.from_encrypted_pem(pem, b"secret").spki == key.spki


def resident_kib() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() >> 10


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's /proc")
def test_memory_does_not_grow() -> None:
    use_everything(200)
    before = resident_kib()
    use_everything(600)  # about 6,000 calls of sign, verify, read and write

    assert resident_kib() - before < 512


def test_every_function_is_declared_once() -> None:
    """Undeclared ones would return a 32-bit int where a pointer is meant."""
    library = libcrypto.load()

    assert all(each.argtypes is not None for each in library.functions.values())
    for name in ("EVP_PKEY_CTX_new", "EVP_MD_fetch", "d2i_PUBKEY", "BIO_new", "EVP_MD_CTX_new"):
        assert library.functions[name].restype is ctypes.c_void_p


def test_error_queue_is_empty_after_a_failure() -> None:
    library = libcrypto.load()
    peek = library._handle.ERR_peek_error
    peek.restype, peek.argtypes = ctypes.c_ulong, []
    key = sm2.generate()

    assert not sm2.verify(key.spki, b"x", b"\x30\x00")
    with pytest.raises(sm2.SecretRejected):
        sm2.from_encrypted_pem(b"junk", b"x")
    assert peek() == 0


# --- secrets (pitfall 6) ----------------------------------------------------------------------------------------------

ASK = """
from census_app.exchange import sm2
pem = sm2.generate().encrypted_pem(b"long secret")
try:
    sm2.from_encrypted_pem(pem, b"")
except sm2.SecretRejected:
    print("rejected")
"""


@pytest.mark.skipif(os.name == "nt", reason="a terminal of another kind")
def test_empty_secret_never_asks_on_the_terminal() -> None:
    """libcrypto opens the controlling terminal itself; in a session with one, nothing may be asked or waited for."""
    import pty  # noqa: PLC0415 - Unix only

    process, terminal = pty.fork()
    if process == 0:
        os.execv(sys.executable, [sys.executable, "-c", ASK])  # noqa: S606
    said = b""
    try:
        while part := os.read(terminal, 1000):
            said += part
    except OSError:
        pass  # Linux says so when the other side is gone
    finally:
        os.close(terminal)
        _, status = os.waitpid(process, 0)

    assert said.split() == [b"rejected"]
    assert status == 0


@pytest.mark.parametrize("secret", [None, "text", b"with\0nul"])
def test_secret_is_bytes_without_nul(secret: Any) -> None:
    key = sm2.generate()

    with pytest.raises(TypeError):
        key.encrypted_pem(secret)
    with pytest.raises(TypeError):
        sm2.from_encrypted_pem(key.encrypted_pem(b"x"), secret)


def test_key_comes_back_from_its_pem() -> None:
    for secret in (b"", b"x", b"0123456789abcdef" * 4):
        key = sm2.generate()
        pem = key.encrypted_pem(secret)

        assert pem.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
        assert sm2.from_encrypted_pem(pem, secret).spki == key.spki


def test_another_kind_of_key_is_told_from_a_wrong_secret() -> None:
    pem = P256Key(ec.generate_private_key(ec.SECP256R1())).encrypted_pem(b"secret")

    with pytest.raises(sm2.OtherKind):
        sm2.from_encrypted_pem(pem, b"secret")


@pytest.mark.parametrize("number", [0, -1, 1 << 256])
def test_number_that_is_no_key_makes_none(number: int) -> None:
    with pytest.raises(sm2.SecretRejected):
        sm2.from_scalar(number)


# --- other keys (pitfall 7) -------------------------------------------------------------------------------------------


def spki_of(public: Any) -> bytes:
    content: bytes = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return content


def test_key_of_another_kind_verifies_nothing() -> None:
    key = P256Key(ec.generate_private_key(ec.SECP256R1()))
    signature = key.sign(b"x")
    others = [
        key.spki,
        spki_of(rsa.generate_private_key(65537, 2048).public_key()),
        spki_of(ed25519.Ed25519PrivateKey.generate().public_key()),
        spki_of(ec.generate_private_key(ec.SECP384R1()).public_key()),
    ]

    for spki in others:
        assert not sm2.verify(spki, b"x", signature)
        assert not sm2.is_public_key(spki)
    assert load_der_public_key(key.spki)


def test_only_the_one_shape_of_a_key_is_taken() -> None:
    key, curve = sm2.generate(), sm2.SPKI_PREFIX
    signature = key.sign(b"x")
    compressed = bytes.fromhex("3039301306072a8648ce3d020106082a811ccf5501822d032200") + bytes(
        [2 + (key.spki[-1] & 1)]
    )
    changed = [
        b"",
        key.spki[:-1],
        key.spki + b"\0",
        compressed + key.spki[27:59],
        curve + bytes(64),
        curve + key.spki[59:] + key.spki[27:59],
        off_curve(key.spki),
    ]

    assert sm2.is_public_key(key.spki)
    for spki in changed:
        assert not sm2.is_public_key(spki)
        assert not sm2.verify(spki, b"x", signature)


def test_damaged_signature_does_not_stand() -> None:
    key = sm2.generate()
    signature = key.sign(b"x")

    for at in range(len(signature)):
        for bit in range(8):
            changed = signature[:at] + bytes([signature[at] ^ 1 << bit]) + signature[at + 1 :]
            assert not sm2.verify(key.spki, b"x", changed)
    for other in (b"", signature[:-1], signature + b"\0", bytes(64)):
        assert not sm2.verify(key.spki, b"x", other)


# --- where the library comes from (pitfall 8) -------------------------------------------------------------------------


def test_shipped_library_is_asked_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    for name in ("libcrypto.so.3", "libcrypto-3-x64.dll", "libcrypto.so.1.1", "evil.so"):
        (tmp_path / name).write_bytes(b"no library")

    found = list(libcrypto.places())

    assert {Path(each).name for each in found[:2]} == {"libcrypto.so.3", "libcrypto-3-x64.dll"}
    assert all(Path(each).parent == tmp_path for each in found[:2])
    assert not any("1.1" in each or "evil" in each for each in found)


def test_no_place_is_the_working_folder(tmp_path: Path) -> None:
    """A library somebody left beside a package, or in the folder one works in, is never loaded."""
    (tmp_path / "libcrypto.so.3").write_bytes(b"would fail to load, were it tried")
    script = (
        "from census_app.exchange import libcrypto, sm2\n"
        "from pathlib import Path\n"
        "here = [p for p in libcrypto.places() if Path(p).resolve().parent == Path.cwd()"
        " and Path(p).is_absolute()]\n"
        "print(here, sm2.gm_available())"
    )
    root = str(Path(libcrypto.__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": root, "CENSUS_LIBCRYPTO": str(tmp_path)}

    told = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout.strip() == "[] (True, '')"


def test_bare_names_are_for_linux_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """There the loader looks in the system's folders; Windows and macOS would look where one works."""
    monkeypatch.setattr(sys, "platform", "win32")

    assert all(Path(each).is_absolute() for each in libcrypto.places())


def test_static_python_has_no_library_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built_in = importlib.machinery.ModuleSpec("_ssl", None, origin="built-in")
    for spec in (built_in, None):
        monkeypatch.setattr(importlib.util, "find_spec", lambda _name, spec=spec: spec)
        assert libcrypto._beside_ssl() == []


def test_what_is_no_libcrypto_3_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    junk = tmp_path / "libcrypto.so.3"
    junk.write_bytes(b"\x7fELF no library")
    real = list(libcrypto.places())

    assert libcrypto.load([str(junk), "libm.so.6", *real]).version.startswith("OpenSSL 3")
    with pytest.raises(libcrypto.LibraryMissing):
        libcrypto.load([str(junk), str(tmp_path / "none"), "libm.so.6"])
    monkeypatch.setattr(libcrypto, "_OLDEST", 0xF000_0000)
    with pytest.raises(libcrypto.LibraryMissing):
        libcrypto.load(real)


def test_nothing_is_loaded_before_it_is_used() -> None:
    script = "from census_app.exchange import package, sm2; print(sm2._mode._reason)"
    environment = {**os.environ, "PYTHONPATH": str(data_root())}

    told = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )

    assert told.stdout.strip() == "None"


# --- digests and the timing leak (pitfalls 10, 12) --------------------------------------------------------------------


def test_digest_is_that_of_openssl() -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    source, library = random.Random(seed), libcrypto.load()  # noqa: S311  # chooses test data
    for size in (0, 1, 55, 56, 63, 64, 65, 4097):
        data = source.randbytes(size)
        expected = openssl("dgst", "-sm3", "-r", data=data).stdout.split()[0].decode()

        assert sm2.sm3_hex(data) == library.digest(b"SM3", data).hex() == expected, seed


@pytest.mark.parametrize(
    ("machine", "number", "leaks"),
    [
        ("aarch64", 0x30500030, True),
        ("arm64", 0x30500040, False),
        ("ARM64", 0x30200050, True),
        ("aarch64", 0x30400030, False),
        ("aarch64", 0x30000130, False),
        ("aarch64", 0x30600000, False),
        ("aarch64", 0x40200000, False),
        ("x86_64", 0x30500030, False),
    ],
)
def test_versions_with_the_timing_leak_are_known(machine: str, number: int, leaks: bool) -> None:
    library = libcrypto.load()
    library.functions["OpenSSL_version_num"] = lambda: number

    assert library.leaks_timing(machine) is leaks
