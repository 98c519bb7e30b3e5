"""What is said of a photo and of a recording."""

from pathlib import Path

import gradio as gr

from talking_face.face.outline import face_at, outline
from talking_face.ui.choices import CONSENT
from talking_face.ui.problems import problem

PHOTO_HINT = "One face, looking at the camera in good light."
VOICE_HINT = "Up to {:.0f} seconds of one person speaking."
NO_SPEECH = "⚠️ {:.1f} seconds of sound, but nothing in it is like speech: lips will hardly follow it."
FACES_HINT = "Click on another face to choose it."
UNREADABLE = "This photo cannot be read: please save it as JPEG, PNG or WebP and try again."


class Giving:
    """The handlers.

    Parameters
    ----------
    studio : ui.studio.Studio
        Finds faces and reads recordings.
    """

    def __init__(self, studio):
        self.studio, self._said = studio, {}
        studio.forgets.append(self._said.clear)

    def look(self, session, photo, chosen=None):
        """Path of a photo -> (picture of the faces found in it, sentences on the one that is to talk).

        A page that was loaded anew brings along which faces were `chosen` on it.
        """
        if photo is None:
            return None, f"{PHOTO_HINT} {CONSENT}"
        session.chosen = (chosen or {}) | session.chosen
        picture, hint, number = None, [], session.face(photo)
        try:
            found = self.studio.faces(photo)
            if len(found.faces) > 1:  # whatever may be wrong with this one
                picture, hint = outline(found, number), [FACES_HINT]
            portrait = self.studio.portrait(photo, number)
            self.studio.get_ready(portrait)
        except Exception as error:
            return picture, " ".join((problem(error), *hint, CONSENT))
        notes = (*portrait.notes[:1], *hint, *portrait.notes[1:])
        return outline(found, number, portrait), " ".join(("✅ Face found.", *notes, CONSENT))

    def choose(self, session, photo, point: gr.SelectData):
        """As `look`, once somebody has clicked on the picture; on a face there, it is the one to talk from now on.

        What the page is to remember comes last.
        """
        number = session.face(photo)
        face = face_at(self.studio.faces(photo).upright(number), point.index) if photo else None
        if face in (None, number):
            return [gr.skip()] * 3
        session.choose(photo, face)
        return *self.look(session, photo), session.chosen

    def refuse(self):
        """Clear a photo that Gradio itself could not open."""
        gr.Warning(UNREADABLE)

    def listen(self, session, voice):
        """Path of a recording -> sentence on it, and the button that cuts it, which shows where it is too long."""
        cut = gr.Button(visible=False)
        if voice is None:
            return VOICE_HINT.format(self.studio.max_seconds), cut
        self._remember(session, voice)
        try:
            speech = self.studio.speech(voice)
            self.studio.get_ready(voice=session.typed.get(Path(voice).name, voice))
        except Exception as error:
            return problem(error), gr.Button(visible=_lasts(voice) > self.studio.max_seconds)
        if speech.steady:
            return " ".join((NO_SPEECH.format(speech.duration), *speech.notes)), cut
        level = f"at {speech.level:.0f} dB" if speech.notes else f"at a good level ({speech.level:.0f} dB)"
        return " ".join((f"✅ {speech.duration:.1f} seconds of speech {level}.", *speech.notes)), cut

    def _remember(self, session, voice):
        """A page that was loaded anew learns which words its recording was made of."""
        name = Path(voice).name
        if name in session.typed:
            self._said[voice] = session.typed[name], session.captions[name]
        elif voice in self._said:
            session.typed[name], session.captions[name] = self._said[voice]


def _lasts(recording):
    """Seconds of a recording, given by its path; 0 where it is none."""
    import soundfile

    try:
        return soundfile.info(recording).duration
    except soundfile.SoundFileError:
        return 0.0
