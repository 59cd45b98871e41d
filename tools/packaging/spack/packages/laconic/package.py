"""laconic for Spack; see tools/packaging/README.md."""
try:
    from spack_repo.builtin.build_systems.autotools import AutotoolsPackage      # Spack 1.0 and later
except ImportError:
    pass
from spack.package import *


class Laconic(AutotoolsPackage):
    """Communication-efficient distributed optimisation, measured bit by bit: an MPI benchmark and algorithm suite whose clients send
    compressed messages to a server."""

    license("GPL-3.0-or-later")

    version("0.1.0")      # of the folder at hand: spack dev-build

    variant("baselines", default=True, description="zstd and zfp beside the compressors in laconic bench compressors")
    variant("plot", default=True, description="gnuplot for laconic plot")
    variant("python", default=True, description="h5py and pandas for laconic.py")

    depends_on("c", type="build")
    depends_on("autoconf", type="build")
    depends_on("automake", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("mpi")
    depends_on("hdf5+mpi")
    depends_on("openblas threads=none")
    depends_on("gsl")
    depends_on("random123", type="build")
    depends_on("xxhash")
    depends_on("nettle")
    depends_on("jansson")
    depends_on("zlib-api")
    depends_on("bzip2")
    depends_on("xz")
    depends_on("htscodecs")
    depends_on("zstd", when="+baselines")
    depends_on("zfp", when="+baselines")
    depends_on("gnuplot", type="run", when="+plot")
    depends_on("python", type="run", when="+python")
    depends_on("py-h5py", type="run", when="+python")
    depends_on("py-pandas", type="run", when="+python")

    def autoreconf(self, spec, prefix):
        Executable("autoreconf")("-fi")

    def configure_args(self):
        # Libraries of Spack are found by rpath, which the static HDF5 does without.
        return ["MPICC=" + self.spec["mpi"].mpicc, "--with-shared-hdf5"]

    def setup_run_environment(self, env):
        env.prepend_path("PYTHONPATH", self.prefix.share.laconic.python)
