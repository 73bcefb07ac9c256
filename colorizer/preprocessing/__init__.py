"""Line extraction, hints and artifact stimulation (Sections 3.1, 3.2, 3.5 and 4.5)."""
