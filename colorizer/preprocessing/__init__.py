"""Line extraction and hints (Sections 3.1, 3.2 and 4.5), cleaned scans, palettes of references."""
