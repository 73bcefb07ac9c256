"""The two systems that Table 2 compares with: Base (Ci et al. 2018) and Pix2Pix (Isola et al.)."""
