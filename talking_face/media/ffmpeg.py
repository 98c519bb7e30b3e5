"""The ffmpeg that comes with imageio-ffmpeg, and how it may be let loose on other people's files."""

from talking_face.errors import SettingError

# Containers and codecs that may be opened. Left out: playlists, scripts and subtitles, which lead to other files.
CONTAINERS = [
    "aac",
    "ac3",
    "aiff",
    "amr",
    "amrnb",
    "amrwb",
    "ape",
    "asf",
    "au",
    "avi",
    "caf",
    "dsf",
    "dss",
    "dts",
    "eac3",
    "flac",
    "flv",
    "gif",
    "gsm",
    "h264",
    "loas",
    "m4v",
    "matroska",
    "mov",
    "mp3",
    "mpc",
    "mpc8",
    "mpeg",
    "mpegts",
    "mxf",
    "ogg",
    "tta",
    "voc",
    "w64",
    "wav",
    "webm",
    "wv",
]
CODECS = (
    "aac aac_latm ac3 ac3_fixed adpcm_ct adpcm_ima_qt adpcm_ima_wav adpcm_ms adpcm_sbpro_2 adpcm_sbpro_3 adpcm_sbpro_4"
    " adpcm_swf adpcm_yamaha alac amrnb libopencore_amrnb amrwb libopencore_amrwb ape dca dsd_lsbf dsd_lsbf_planar"
    " dsd_msbf dsd_msbf_planar dss_sp eac3 flac g722 g726 g726le gsm gsm_ms ilbc mp1 mp1float mp2 mp2float mp3 mp3float"
    " mpc7 mpc8 nellymoser opus libopus qcelp speex tta vorbis libvorbis wavpack wmapro wmav1 wmav2 wmavoice"
    " pcm_alaw pcm_bluray pcm_dvd pcm_mulaw pcm_f32be pcm_f32le pcm_f64be pcm_f64le pcm_s16be pcm_s16le pcm_s24be"
    " pcm_s24le pcm_s32be pcm_s32le pcm_s8 pcm_u8 wmalossless"
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
