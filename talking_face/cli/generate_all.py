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
    everything.add_argument("--scheduler", metavar="ADDRESS", help="share the work with a Dask cluster, tcp://...")
    everything.add_argument("--resume", action="store_true", help="keep the videos that are there already")
    add_landmarks(everything)
    add_rendering(everything)
    everything.set_defaults(run=run)


def run(args):
    rendering = {"crop": args.crop, "seed": args.seed, "liveliness": args.liveliness}
    where = {"landmarks": args.landmarks, "scheduler": args.scheduler, "resume": args.resume}
    generate_all(args.input, args.output, args.model, args.emotions, **rendering, **where)


def generate_all(
    given,
    output,
    model="deformable",
    emotions=EMOTIONS,
    crop=False,
    seed=0,
    landmarks=None,
    liveliness=1.0,
    scheduler=None,
    resume=False,
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
    scheduler : str, optional
        Address of a Dask scheduler, whose workers see the same folders and have this package.
    resume : bool
        Keep the videos that are there; whatever is there is whole.

    Returns
    -------
    int
        Number of videos there are now.

    Raises
    ------
    ChoiceError, CheckpointError
        An emotion or the model is not known or of no use.
    DataError
        There are no clips, or none of them could be used.
    OutputError
        A video cannot be written.
    SettingError
        The cluster cannot be reached, or the package for it is missing.
    """
    from talking_face.data.clips import find_clips
    from talking_face.engine import TalkingFace

    emotions, output = [parse_emotion(name) for name in emotions], Path(output)
    clips = find_clips(Path(given).absolute() if scheduler else given)
    engine = TalkingFace.load(model, landmarks)  # or say what is wrong with it
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise OutputError(f"The folder “{output}” cannot be made; please choose another.") from None
    rendering = {"seed": seed, "crop": crop, "liveliness": liveliness}
    if scheduler:
        from talking_face.cli.cluster import spread

        outcomes = spread(scheduler, clips, output.absolute(), emotions, (str(model), landmarks), rendering, resume)
    else:
        outcomes = ((clip, make(engine, clip, output, emotions, rendering, resume)) for clip in clips)
    worked = 0
    for clip, problem in outcomes:
        worked += problem is None
        print(f"skipped {clip.id}: {problem}" if problem else f"wrote {clip.id} in {', '.join(emotions)}", flush=True)
    if not worked:
        raise DataError(f"None of the {len(clips)} clips of “{given}” could be used; the reasons are above.")
    print(f"{worked * len(emotions)} videos of {worked} clips in {output}, {len(clips) - worked} skipped")
    return worked * len(emotions)


def make(engine, clip, output, emotions, rendering, resume):
    """Make the videos of one clip; a sentence if it is of no use, else None."""
    paths = {emotion: output / f"{clip.id}_{emotion}.mp4" for emotion in emotions}
    wanted = [emotion for emotion in emotions if not (resume and paths[emotion].is_file())]
    if not wanted:
        return None
    try:
        portrait, speech = engine.portrait(clip.photo()), engine.speech(clip.sound())
    except (DataError, PhotoError, RecordingError) as error:
        return str(error)
    for emotion in wanted:
        engine.write(paths[emotion], portrait, speech, emotion, **rendering)
    return None
