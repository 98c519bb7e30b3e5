"""`generate`: a video of one photo saying one recording."""

import json

from talking_face.cli.options import add_face, add_landmarks, add_rendering
from talking_face.cli.progress import Clock, ProgressBar, portrait_notes, print_notes
from talking_face.emotions import EMOTIONS
from talking_face.limits import LANGUAGES, RECORDINGS
from talking_face.timeline import EXAMPLE, parse_emotions


def add_parser(commands):
    generate = commands.add_parser("generate", help="make a video of one photo saying one recording")
    generate.add_argument("--image", required=True, help="the photo")
    generate.add_argument("--smile", metavar="PHOTO", help="another photo of the person, that shows their teeth")
    says = generate.add_mutually_exclusive_group(required=True)
    says.add_argument("--audio", help=f"the recording: {RECORDINGS}")
    says.add_argument("--text", help="words for a voice of the program's own to say, in the mood of the emotion")
    says.add_argument("--idle", type=float, metavar="SECONDS", help="say nothing, but live: a silent portrait")
    generate.add_argument("--language", default="en", help=f"of --text: {', '.join(LANGUAGES)}")
    generate.add_argument("--low-voice", action="store_true", help="say --text in a man's pitch")
    generate.add_argument("--output", required=True, help="the video to write, .mp4")
    emotions = f"{', '.join(EMOTIONS[:-1])} or {EMOTIONS[-1]}; or several, as in '{EXAMPLE}'"
    generate.add_argument("--emotion", default="neutral", help=emotions)
    generate.add_argument("--intensity", type=float, default=1.0, help="strength of the emotion, 0 to 1.5")
    add_face(generate)
    add_landmarks(generate)
    add_rendering(generate)
    generate.add_argument("--mark", action="store_true", help="draw a small “AI” in the corner of the picture")
    generate.add_argument("--max-side", type=int, default=1280, help="longest side to keep of the photo, pixels")
    generate.add_argument("--max-seconds", type=float, default=60, help="longest recording to accept")
    generate.add_argument("--json", action="store_true", help="print frames, seconds and stage timings as one line")
    generate.set_defaults(run=run)


def run(args):
    from talking_face.media.destination import check_destination

    emotion = parse_emotions(args.emotion)
    check_destination(args.output)
    clock = Clock()
    from talking_face.concurrency.thread_pool import beside
    from talking_face.engine import TalkingFace

    engine = TalkingFace.load(args.model, args.landmarks)
    clock.lap("load")
    said = beside(_speech, engine, args)
    portrait = engine.portrait(args.image, args.max_side, args.face, args.smile)
    clock.lap("portrait")
    speech = said()
    clock.lap("speech")
    print_notes(*portrait_notes(portrait), *speech.notes)
    settings = {"intensity": args.intensity, "seed": args.seed, "liveliness": args.liveliness}
    settings |= {"crop": args.crop, "mark": args.mark}
    with ProgressBar(speech.frames) as progress:
        written = engine.write(args.output, portrait, speech, emotion, **settings, progress=progress)
    clock.lap("render")
    if args.json:
        made = {"output": args.output, "frames": written.frames, "seconds": written.seconds}
        print(json.dumps(made | clock.report()))


def _speech(engine, args):
    """What is said: recorded, typed or nothing."""
    if args.audio:
        speech = engine.speech(args.audio, args.max_seconds)
    elif args.text is None:
        speech = engine.silence(args.idle)
    else:
        mood = args.emotion, args.intensity
        speech = engine.say(args.text, args.language, *mood, args.low_voice, args.max_seconds)
    engine.get_ready(speech=speech)
    return speech
