"""FID, C-FID and KID (Section 4.5): how near painted pictures are to real ones as a set."""
