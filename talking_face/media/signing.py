"""Who signs the Content Credentials: the host's certificate where one is set, else one made here for development.

The host's is set by TALKING_FACE_CERTIFICATE and TALKING_FACE_PRIVATE_KEY, two PEM files, the chain with the signer's
certificate first; TALKING_FACE_TIMESTAMPS may name an RFC 3161 time-stamping service. The development certificate is
issued once by an authority whose own key is thrown away, and kept in the cache folder. It proves that a file was not
altered since it was made here; that anybody stands behind it, no trust list says.
"""

import datetime
import json
import logging
import os
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

from talking_face.errors import SettingError

CERTIFICATE, PRIVATE_KEY, TIMESTAMPS = (f"TALKING_FACE_{name}" for name in ("CERTIFICATE", "PRIVATE_KEY", "TIMESTAMPS"))
PEM = "-----BEGIN "  # how they begin, where the environment holds them and not their paths
DEVELOPER = "Talking Face development certificate"
CACHED = "content-credentials.json"
LIFE_DAYS = 3650
SET_BACK_DAYS = 1  # the certificate begins this much earlier, should this machine's clock be set back a little


@dataclass(frozen=True)
class Identity:
    """A certificate and its key.

    Attributes
    ----------
    chain : str
        PEM, the signer's certificate first.
    key : str
        PEM, PKCS 8, not encrypted.
    algorithm : str
        C2PA's name of the signature algorithm, such as "es256".
    begins, ends : float
        Seconds since 1970 between which the certificate is valid.
    """

    chain: str
    key: str
    algorithm: str
    begins: float
    ends: float

    def is_valid(self):
        """Whether the certificate may sign at this moment, by this machine's clock."""
        return self.begins <= time.time() < self.ends


def cache_folder():
    """Where what is made once is kept: TALKING_FACE_CACHE, else a folder of ours in the user's cache."""
    from platformdirs import user_cache_dir

    try:
        return Path(os.environ.get("TALKING_FACE_CACHE") or user_cache_dir("talking-face", appauthor=False))
    except RuntimeError as error:  # a user without a home
        raise OSError(str(error)) from error


class Signer:
    """Knows the identity that signs here, and remembers the development one; for any number of threads."""

    def __init__(self):
        self._lock, self._development = threading.Lock(), None

    def identity(self):
        """The `Identity` that signs here; None, so that nothing is signed, without the package cryptography.

        Raises
        ------
        SettingError
            The host's certificate or key is missing, damaged or out of date, they do not belong together, or that
            package is missing.
        """
        if find_spec("cryptography") is None:
            if os.environ.get(CERTIFICATE):
                raise SettingError(f"{CERTIFICATE} cannot be used without a package: pip install cryptography")
            return None
        if os.environ.get(CERTIFICATE) or os.environ.get(PRIVATE_KEY):
            return _hosts_own()
        with self._lock:
            if self._development is None or not self._development.is_valid():
                self._development = _cached() or _issue()
            return self._development


def _hosts_own():
    """The identity that the environment names."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    contents = []
    for variable in (CERTIFICATE, PRIVATE_KEY):
        path = os.environ.get(variable)
        if not path:
            raise SettingError(f"{variable} is not set; please set {CERTIFICATE} and {PRIVATE_KEY} together.")
        try:
            contents.append(path.encode() if path.startswith(PEM) else Path(path).read_bytes())
        except OSError:
            raise SettingError(f"{variable} names “{path}”, which cannot be read; please check the path.") from None
    try:
        leaf = x509.load_pem_x509_certificates(contents[0])[0]
        key = serialization.load_pem_private_key(contents[1], None)
        algorithm = _algorithm(key)
        belong = leaf.public_key() == key.public_key()
    except Exception:  # the parser has many ways to fail, Rust panics among them
        raise SettingError(f"{CERTIFICATE} and {PRIVATE_KEY} must be PEM files that C2PA can sign with.") from None
    if not belong:
        raise SettingError(f"The key in {PRIVATE_KEY} is not that of the first certificate in {CERTIFICATE}.")
    begins, ends = leaf.not_valid_before_utc.timestamp(), leaf.not_valid_after_utc.timestamp()
    found = Identity(contents[0].decode(), _pem(key), algorithm, begins, ends)
    if not found.is_valid():
        raise SettingError(f"The certificate in {CERTIFICATE} is not valid today; please renew it or set the clock.")
    return found


def _algorithm(key):
    """C2PA's name of what a private key signs with."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, rsa.RSAPrivateKey):
        return "ps256"
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}[key.curve.name]
    raise ValueError("C2PA has no signatures by this kind of key")


def _cached():
    """The development identity in the cache folder, if a valid one is there."""
    try:
        found = Identity(**json.loads((cache_folder() / CACHED).read_text()))
        return found if found.is_valid() else None
    except (OSError, ValueError, TypeError, RecursionError):  # none yet, or damaged
        return None


def _issue():
    """Make a development identity, and keep it if the cache folder can be written to."""
    made = _make()
    try:
        folder = cache_folder()
        folder.mkdir(parents=True, exist_ok=True)
        # Readable by its owner alone, and never half there for another process.
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False) as file:
            json.dump(asdict(made), file)
        os.replace(file.name, folder / CACHED)
    except OSError as error:
        logging.getLogger(__name__).warning("The development certificate lasts until this program ends: %s", error)
    return made


def _make(key=None):
    """A key, by default a new one, certified by a new authority whose own key is forgotten at once.

    C2PA refuses certificates that certify themselves, so it takes two.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    now = datetime.datetime.now(datetime.timezone.utc)
    begins = now - datetime.timedelta(days=SET_BACK_DAYS)
    ends = now + datetime.timedelta(days=LIFE_DAYS)
    authority_key = ec.generate_private_key(ec.SECP256R1())
    key = key or ec.generate_private_key(ec.SECP256R1())

    def certify(role, public_key, *extensions):
        issuer, subject = (
            x509.Name(
                [x509.NameAttribute(NameOID.ORGANIZATION_NAME, DEVELOPER), x509.NameAttribute(NameOID.COMMON_NAME, of)]
            )
            for of in ("Authority", role)
        )
        builder = x509.CertificateBuilder(issuer, subject, public_key, x509.random_serial_number(), begins, ends)
        identifiers = (
            x509.SubjectKeyIdentifier.from_public_key(public_key),
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
        )
        for extension in (*extensions, *identifiers):
            critical = isinstance(extension, (x509.BasicConstraints, x509.KeyUsage))
            builder = builder.add_extension(extension, critical)
        return builder.sign(authority_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()

    signing = x509.KeyUsage(True, *[False] * 8)
    certifying = x509.KeyUsage(*[False] * 5, True, *[False] * 3)
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])  # one of the few that C2PA accepts
    leaf = certify("Signer", key.public_key(), x509.BasicConstraints(False, None), signing, purpose)
    root = certify("Authority", authority_key.public_key(), x509.BasicConstraints(True, None), certifying)
    return Identity(leaf + root, _pem(key), _algorithm(key), begins.timestamp(), ends.timestamp())


def _pem(key):
    from cryptography.hazmat.primitives import serialization

    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption()).decode()
