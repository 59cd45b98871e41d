"""htscodecs, the codecs of CRAM, for Spack: laconic needs its rANS 4x16."""
try:
    from spack_repo.builtin.build_systems.autotools import AutotoolsPackage      # Spack 1.0 and later
except ImportError:
    pass
from spack.package import *


class Htscodecs(AutotoolsPackage):
    """Codecs of the CRAM format: rANS, arithmetic coding, name tokenisation."""

    homepage = "https://github.com/samtools/htscodecs"
    git = "https://github.com/samtools/htscodecs.git"

    version("1.4.0", tag="v1.4.0")

    depends_on("c", type="build")
    depends_on("autoconf", type="build")
    depends_on("automake", type="build")
    depends_on("libtool", type="build")
    depends_on("bzip2")

    def autoreconf(self, spec, prefix):
        Executable("autoreconf")("-fi")
