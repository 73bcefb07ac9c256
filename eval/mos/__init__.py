"""The opinion study of Section 4.4: serve a blinded rating page, export the ratings, analyze them.

The modules are store (the study's file), pictures (what is rated), page (the rating page),
statistics (the numbers) and report (Table 1 and Figure 12).
"""
