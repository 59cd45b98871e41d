# Experiment files are installed too, as examples: PREFIX/share/laconic/reports.
nobase_dist_pkgdata_DATA += \
  reports/quickstart/quickstart.ini
