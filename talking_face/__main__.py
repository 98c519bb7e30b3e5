import sys

from talking_face.cli import main

sys.exit(main())
