"""How many frames a second every video has that is made or read here."""

FPS = 25
