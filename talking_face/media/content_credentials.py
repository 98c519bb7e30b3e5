"""Where a picture comes from, said inside its file, so that no output passes for real footage.

Every MP4 and GIF carries Content Credentials: a C2PA manifest, signed (see `signing`), that names IPTC's digital source
type "trained algorithmic media" and breaks when the file is altered. An XMP packet says the same to programs that know
no C2PA; it is all there is where the C2PA library cannot run.

References: C2PA Technical Specification 2.2; IPTC Photo Metadata Standard, "Digital Source Type"; XMP Specification,
part 3.
"""

import logging
import mmap
import os
import re
from dataclasses import dataclass

from talking_face.errors import ProvenanceError, shown
from talking_face.limits import is_file
from talking_face.media import signing

PROGRAM = "Talking Face"
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
AI_SOURCE_TYPES = (SOURCE_TYPE, SOURCE_TYPE.replace("trained", "compositeWithTrained"))

MANIFEST = {
    "claim_generator_info": [{"name": PROGRAM}],
    "assertions": [
        {
            "label": "c2pa.actions.v2",
            "data": {
                "actions": [
                    {"action": "c2pa.created", "digitalSourceType": SOURCE_TYPE, "softwareAgent": {"name": PROGRAM}}
                ]
            },
        }
    ],
}
# Nothing is fetched from the network, whatever a file asks for.
OFFLINE = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}
# By default the library holds up to 512 MB of what it signs in memory, and as much again to hash it in one go.
PIECEMEAL = {"backing_store_memory_threshold_in_mb": 8, "merkle_tree_chunk_size_in_kb": 1024}

XMP = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="{PROGRAM}"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" Iptc4xmpExt:DigitalSourceType="{SOURCE_TYPE}"/>
</rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>""".encode()
XMP_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")  # the UUID that marks XMP in an MP4
LARGEST_XMP = 1 << 20  # bytes


@dataclass(frozen=True)
class Provenance:
    """What a file says about where it comes from.

    Attributes
    ----------
    credentials : str
        Of the C2PA manifest: "none", "altered" (the file was changed after it was signed), "intact" (signed by somebody
        whom nobody vouches for), "trusted" (signed by this installation) or "unread" (the C2PA library cannot run).
    signer : str
        Who signed, as the certificate says; empty without a manifest.
    program : str
        What made the file, as the manifest says; empty without one.
    source_type : str
        IPTC's digital source type in the manifest; empty where it has none.
    xmp_source_type : str
        The same in the XMP packet.
    """

    credentials: str
    signer: str
    program: str
    source_type: str
    xmp_source_type: str

    @property
    def says_ai(self):
        """Whether the file says, in either way, that it is AI-generated."""
        return any(kind in AI_SOURCE_TYPES for kind in (self.source_type, self.xmp_source_type))


def mark(path, identity):
    """Write into an MP4 or GIF that it is AI-generated, and sign it.

    Without an identity the XMP packet alone is written. So it is where the C2PA library is missing or fails, and a
    warning is logged.

    Parameters
    ----------
    path : Path
        A whole file, ending in ".mp4" or ".gif"; is replaced.
    identity : signing.Identity or None
        Who signs.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    _add_xmp(path)
    if identity is None:
        return
    signed = path.with_name(f"signed{path.suffix}")
    try:
        import c2pa

        key = identity.chain.encode(), identity.key.encode(), os.environ.get(signing.TIMESTAMPS)
        key = c2pa.C2paSignerInfo(identity.algorithm, *key)
        # What was just signed need not be checked again, nor a thumbnail made of it.
        settings = OFFLINE | {"builder": {"thumbnail": {"enabled": False}}, "core": PIECEMEAL}
        settings["verify"] = OFFLINE["verify"] | {"verify_after_sign": False}
        with c2pa.Context.from_dict(settings) as context, c2pa.Signer.from_info(key) as native:
            with c2pa.Builder(MANIFEST, context) as builder:
                builder.sign_file(path, signed, native)
        os.replace(signed, path)
    except Exception as error:  # C2paError, but also a library that does not load, in whatever way
        signed.unlink(missing_ok=True)
        logging.getLogger(__name__).warning("Content Credentials could not be added; XMP says it alone: %s", error)


def read(path, signer=None):
    """Read what a file carries.

    Parameters
    ----------
    path : path
        A file of any kind.
    signer : signing.Signer, optional
        Whose own files are trusted; by default this installation's.

    Returns
    -------
    Provenance

    Raises
    ------
    ProvenanceError
        There is no such file, or it cannot be opened.
    """
    if not is_file(path):
        raise ProvenanceError(f"There is no file “{shown(path)}”: please check its name.")
    try:
        with open(path, "rb") as file:
            return Provenance(*_read_credentials(file, signer or signing.Signer()), _read_xmp(file))
    except OSError as error:
        raise ProvenanceError(f"“{shown(path)}” cannot be opened: please check who may read it.") from error


def report(path):
    """Print what a file carries; the command `verify`.

    Returns
    -------
    bool
        Whether the file says that it is AI-generated, and was not altered since.

    Raises
    ------
    ProvenanceError
        As `read`.
    """
    found = read(path)
    states = {
        "none": "none",
        "altered": f"BROKEN: the file was altered after {found.signer or 'somebody'} signed it",
        "intact": f"unaltered since it was signed by “{found.signer}”, for whom no trust list vouches",
        "trusted": f"unaltered since it was signed here, by “{found.signer}”",
        "unread": "not read, for the package c2pa-python does not run here",
    }
    print(f"{shown(path)}: {'says' if found.says_ai else 'does not say'} that it is AI-generated")
    print(f"  Content Credentials: {states[found.credentials]}")
    if found.program:
        print(f"  made with: {found.program}")
    for place, kind in (("Content Credentials", found.source_type), ("XMP", found.xmp_source_type)):
        if kind:
            print(f"  digital source type in the {place}: {kind.rpartition('/')[2]}")
    return found.says_ai and found.credentials != "altered"


def _add_xmp(path):
    """Put the XMP packet into an MP4 (a box at its end) or a GIF (an extension before its last byte)."""
    with open(path, "r+b") as file:
        if path.suffix.lower() == ".gif":
            file.seek(-1, os.SEEK_END)  # the trailer
            # The packet is not cut into the format's sub-blocks; the bytes behind it make every reader find the end.
            file.write(b"\x21\xff\x0bXMP DataXMP" + XMP + b"\x01" + bytes(range(255, -1, -1)) + b"\x00" + b"\x3b")
        else:
            file.seek(0, os.SEEK_END)
            file.write((24 + len(XMP)).to_bytes(4, "big") + b"uuid" + XMP_BOX + XMP)


def _read_xmp(file):
    """The digital source type in a file's first XMP packet; empty if there is none."""
    if os.fstat(file.fileno()).st_size == 0:
        return ""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        start = data.find(b"<x:xmpmeta")
        packet = data[start : start + LARGEST_XMP].partition(b"</x:xmpmeta>")[0] if start >= 0 else b""
    kind = re.search(rb"Iptc4xmpExt:DigitalSourceType\s*(?:=\s*[\"']|>)\s*([^\"'<\s]{1,200})", packet)
    return kind[1].decode(errors="replace") if kind else ""


def _read_credentials(file, signer):
    """Of a file's active C2PA manifest: state, signer, program, source type; see `Provenance`."""
    try:
        import c2pa
    except (ImportError, OSError):
        return "unread", "", "", ""
    identity = signer.identity()
    trust = {"trust": {"user_anchors": identity.chain}} if identity else {}
    try:
        with c2pa.Context.from_dict(OFFLINE | trust) as context:
            with c2pa.Reader("", file, None, context) as reader:
                manifest, state = reader.get_active_manifest() or {}, reader.get_validation_state()
    except c2pa.C2paError.ManifestNotFound:
        return "none", "", "", ""
    except c2pa.C2paError as error:
        # Of a file that is no picture, or whose manifest is not even that any more.
        return ("none" if isinstance(error, c2pa.C2paError.NotSupported) else "altered"), "", "", ""
    state = {"Trusted": "trusted", "Valid": "intact"}.get(state, "altered")
    programs = [info.get("name", "") for info in manifest.get("claim_generator_info", [])]
    return state, manifest.get("signature_info", {}).get("issuer", ""), ", ".join(programs), _source_type(manifest)


def _source_type(manifest):
    """The digital source type of the action that created a file, as its manifest says; empty if it does not."""
    for assertion in manifest.get("assertions", []):
        if assertion.get("label", "").startswith("c2pa.actions"):
            for action in assertion.get("data", {}).get("actions", []):
                if action.get("action") == "c2pa.created":
                    return str(action.get("digitalSourceType", ""))
    return ""
