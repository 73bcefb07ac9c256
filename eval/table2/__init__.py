"""Table 2: Base, Pix2Pix and our three variants, trained and measured in one command."""
