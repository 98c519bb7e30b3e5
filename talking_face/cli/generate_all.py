"""`generate-all`: every emotion for every clip of a folder."""

from pathlib import Path

from talking_face.cli.options import CLIPS_HELP, add_landmarks, add_rendering
from talking_face.emotions import EMOTIONS, parse_emotion
from talking_face.errors import DataError, OutputError, PhotoError, RecordingError


def add_parser(commands):
    everything = commands.add_parser("generate-all", help="make a video in every emotion of each clip of a folder")
    everything.add_argument("--input", type=Path, required=True, help=CLIPS_HELP)
    everything.add_argument("--output", type=Path, required=True, help="folder for the videos, ID_EMOTION.mp4")
    everything.add_argument("--emotions", nargs="+", default=EMOTIONS, help=f"all {len(EMOTIONS)} by default")
    add_landmarks(everything)
    add_rendering(everything)
    everything.set_defaults(run=run)


def run(args):
    settings = args.crop, args.seed, args.landmarks, args.liveliness
    generate_all(args.input, args.output, args.model, args.emotions, *settings)


def generate_all(
    given, output, model="deformable", emotions=EMOTIONS, crop=False, seed=0, landmarks=None, liveliness=1.0
):
    """Make a clip's first frame say its own sound in several emotions, `ID_EMOTION.mp4` each, for all clips.

    Parameters
    ----------
    given : path
        As for `clips.find_clips`. A clip of no use is named and left out.
    output : path
        Folder; made if need be.
    model, landmarks
        As for `TalkingFace.load`.
    emotions : sequence of str
        Any names that `parse_emotion` knows.
    crop, seed, liveliness
        As for `TalkingFace.render`.

    Returns
    -------
    int
        Number of videos written.

    Raises
    ------
    ChoiceError, CheckpointError
        An emotion or the model is not known or of no use.
    DataError
        There are no clips, or none of them could be used.
    OutputError
        A video cannot be written.
    """
    from talking_face.data.clips import find_clips
    from talking_face.engine import TalkingFace

    emotions, output = [parse_emotion(name) for name in emotions], Path(output)
    clips = find_clips(given)
    engine = TalkingFace.load(model, landmarks)
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise OutputError(f"The folder “{output}” cannot be made; please choose another.") from None
    worked = 0
    for clip in clips:
        try:
            portrait, speech = engine.portrait(clip.photo()), engine.speech(clip.sound())
        except (DataError, PhotoError, RecordingError) as error:
            print(f"skipped {clip.id}: {error}")
            continue
        for emotion in emotions:
            engine.write(
                output / f"{clip.id}_{emotion}.mp4",
                portrait,
                speech,
                emotion,
                seed=seed,
                crop=crop,
                liveliness=liveliness,
            )
        worked += 1
        print(f"wrote {clip.id} in {', '.join(emotions)}")
    if not worked:
        raise DataError(f"None of the {len(clips)} clips of “{given}” could be used; the reasons are above.")
    print(f"{worked * len(emotions)} videos of {worked} clips in {output}, {len(clips) - worked} skipped")
    return worked * len(emotions)
