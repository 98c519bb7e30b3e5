"""The motion model's lips against those of speakers it never heard."""

import json


def measure_motion(engine, data):
    """Lip opening of unseen speakers, predicted against real: correlation a person, and ratio of amplitudes."""
    from talking_face.data.motion_sets import MIN_CONFIDENCE, load_recordings, shift_sound
    from talking_face.paths import CHECKPOINTS
    from talking_face.training.motion.validation import score_speakers, summarise

    sync = json.loads((CHECKPOINTS / "sync.json").read_text())
    recordings = [
        shift_sound(recording, sync.get(recording.speaker, 0))
        for recording in load_recordings(data, engine.generator.shape)
        if recording.held_out and recording.confidence >= MIN_CONFIDENCE
    ]
    scores = score_speakers(recordings, engine.generator.motion.speech_shape)
    numbers, results = summarise(scores), {}
    for kind, rows in scores.items():
        for row in rows:
            print(
                f"  {kind} {row['speaker']}: correlation {row['correlation']:.2f}, "
                f"amplitude {row['amplitude']:.2f}, {len(row['real'])} frames"
            )
        results[f"lip correlation, {kind}, {len(rows)} unseen speakers"] = numbers[f"correlation, {kind}"]
        results[f"lip amplitude, {kind}"] = numbers[f"amplitude, {kind}"]
    return results
