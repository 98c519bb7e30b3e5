"""The ffmpeg that comes with imageio-ffmpeg, and how it may be let loose on other people's files."""

import os

from talking_face.errors import SettingError

# imageio-ffmpeg has Python run between fork and exec, which can hang for ever where other threads run.
os.environ.setdefault("IMAGEIO_FFMPEG_NO_PREVENT_SIGINT", "1")

# Containers and codecs that may be opened. Left out: playlists, scripts and subtitles, which lead to other files.
CONTAINERS = [
    "aac",
    "ac3",
    "aiff",
    "amr",
    "amrnb",
    "amrwb",
    "asf",
    "au",
    "avi",
    "caf",
    "eac3",
    "flac",
    "flv",
    "gif",
    "h264",
    "m4v",
    "matroska",
    "mov",
    "mp3",
    "mpeg",
    "mpegts",
    "ogg",
    "w64",
    "wav",
    "webm",
]
CODECS = (
    "aac aac_latm ac3 ac3_fixed adpcm_ima_qt adpcm_ima_wav adpcm_ms adpcm_swf alac amrnb libopencore_amrnb amrwb"
    " libopencore_amrwb eac3 flac gsm_ms mp1 mp1float mp2 mp2float mp3 mp3float nellymoser opus libopus speex vorbis"
    " libvorbis wmav1 wmav2 wmapro pcm_alaw pcm_mulaw pcm_f32be pcm_f32le pcm_f64be pcm_f64le pcm_s16be pcm_s16le"
    " pcm_s24be pcm_s24le pcm_s32be pcm_s32le pcm_s8 pcm_u8"
    # Pictures count even where sound alone is wanted: the sound may begin later than they do.
    " av1 libdav1d libaom-av1 flv gif h263 h264 hevc mjpeg mpeg1video mpeg2video mpeg4 msmpeg4 msmpeg4v2 prores"
    " rawvideo theora vp6 vp6f vp8 libvpx vp9 libvpx-vp9 wmv1 wmv2"
).split()
ALLOCATION = 500_000_000  # bytes that it may ask for at once


def executable():
    """Path of ffmpeg.

    Raises
    ------
    SettingError
        There is none.
    """
    from imageio_ffmpeg import get_ffmpeg_exe

    try:
        return get_ffmpeg_exe()
    except RuntimeError:
        raise SettingError("ffmpeg is missing: please install the package imageio-ffmpeg again.") from None


def input_options(protocol):
    """Options to put before `-i`, so that a file can make ffmpeg open neither another file nor the network.

    Parameters
    ----------
    protocol : str
        The only one that may be used, such as "fd" or "file".

    Returns
    -------
    list of str
    """
    names = {"protocol": [protocol], "format": CONTAINERS, "codec": CODECS}
    whitelists = [word for kind, allowed in names.items() for word in (f"-{kind}_whitelist", ",".join(allowed))]
    return ["-nostdin", "-max_alloc", str(ALLOCATION), *whitelists]
