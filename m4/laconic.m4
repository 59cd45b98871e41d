# LAC_NEED(WHAT, DEBIAN-PACKAGE): stop, and say what to install.
AC_DEFUN([LAC_NEED],
  [AC_MSG_ERROR([$1 not found; on Debian or Ubuntu: apt-get install $2 (or ./quickstart, which installs everything)])])

# MPI: MPICH through its own pkg-config file, or any other by its wrapper, configure MPICC=mpicc.openmpi.  The compiler stays the user's.
# Nothing is run that starts ranks: login nodes forbid it and cross builds cannot; make check starts two.
AC_DEFUN([LAC_MPI], [
  AC_ARG_VAR([MPICC], [compiler wrapper of an MPI, in the place of the MPICH that pkg-config knows])
  AC_ARG_VAR([MPIEXEC], [what starts several ranks])
  lac_mpiexec=
  AS_IF([test -n "$MPICC"], [
    AC_MSG_CHECKING([how $MPICC compiles])
    lac_show=`$MPICC -show 2>/dev/null` || lac_show=
    AS_IF([test -n "$lac_show"], [AC_MSG_RESULT([$lac_show])], [AC_MSG_RESULT([it does not say])
      AC_MSG_ERROR([MPICC=$MPICC does not understand -show; give MPI_CFLAGS and MPI_LIBS, without MPICC])])
    MPI_CFLAGS= MPI_LIBS= lac_word=0
    for lac_flag in $lac_show; do
      AS_CASE([$lac_word$lac_flag], [0*], [lac_word=1], [1-I*|1-D*|1-f*|1-pthread], [MPI_CFLAGS="$MPI_CFLAGS $lac_flag"],
        [MPI_LIBS="$MPI_LIBS $lac_flag"])
    done
    AC_SUBST([MPI_CFLAGS])
    AC_SUBST([MPI_LIBS])
    lac_mpiexec=`AS_ECHO(["$MPICC"]) | $SED 's,mpicc\([[^/]]*\)$,mpiexec\1,'`], [
    PKG_CHECK_MODULES([MPI], [mpich], [], [LAC_NEED([MPICH], [mpich libmpich-dev])])])
  AC_PATH_PROGS([MPIEXEC], [$lac_mpiexec mpiexec.mpich mpiexec.hydra mpiexec], [])
  AS_IF([test -z "$MPIEXEC"], [MPIEXEC=mpiexec
    AC_MSG_WARN([no mpiexec: make check needs it, and so does a job of several ranks (Debian: mpich)])])
  lac_save_CPPFLAGS=$CPPFLAGS lac_save_LIBS=$LIBS
  CPPFLAGS="$CPPFLAGS $MPI_CFLAGS" LIBS="$MPI_LIBS $LIBS"
  AC_MSG_CHECKING([whose mpi.h it is])
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <mpi.h>
#ifndef MPICH_VERSION
#error not MPICH
#endif]])], [lac_mpi=mpich],
    [AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <mpi.h>
#ifndef OPEN_MPI
#error not Open MPI
#endif]])], [lac_mpi=openmpi], [lac_mpi=other])])
  AC_MSG_RESULT([$lac_mpi])
  AS_IF([test -z "$MPICC" && test $lac_mpi != mpich],
    [LAC_NEED([MPICH (another mpi.h is in the way; configure MPICC=... takes another MPI)], [libmpich-dev])])
  AC_MSG_CHECKING([that MPI links])
  AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <mpi.h>]], [[MPI_Init(0, 0); MPI_Finalize();]])], [AC_MSG_RESULT([yes])],
    [AC_MSG_RESULT([no])
     LAC_NEED([a library of MPI that links], [libmpich-dev])])
  CPPFLAGS=$lac_save_CPPFLAGS LIBS=$lac_save_LIBS
])

# HDF5: Debian's parallel build first, then any other.
AC_DEFUN([LAC_HDF5], [
  PKG_CHECK_MODULES([HDF5], [hdf5-$lac_mpi], [],
    [PKG_CHECK_MODULES([HDF5], [hdf5], [], [LAC_NEED([HDF5 built for this MPI], [libhdf5-$lac_mpi-dev])])])
  lac_save_CPPFLAGS=$CPPFLAGS
  CPPFLAGS="$CPPFLAGS $MPI_CFLAGS $HDF5_CFLAGS"
  AC_MSG_CHECKING([that HDF5 is a parallel one])
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <hdf5.h>
#ifndef H5_HAVE_PARALLEL
#error serial
#endif]])], [AC_MSG_RESULT([yes])], [AC_MSG_RESULT([no])
     LAC_NEED([HDF5 built for this MPI (the one that pkg-config names is serial, or its hdf5.h is missing)], [libhdf5-$lac_mpi-dev])])
  # Debian's shared library brings curl, thirty further libraries and 10 ms to every start; the static one leaves out what is not called.
  AC_ARG_WITH([shared-hdf5],
    [AS_HELP_STRING([--with-shared-hdf5], [the shared HDF5, which starts more slowly, also where there is a static one])],
    [], [with_shared_hdf5=no])
  lac_save_LIBS=$LIBS lac_static=
  for lac_flag in $HDF5_LIBS; do
    AS_CASE([$lac_flag], [-L*], [lac_file=`AS_ECHO(["$lac_flag/libhdf5.a"]) | $SED 's/^-L//'`
      test -f "$lac_file" && lac_static=$lac_file])
  done
  AS_IF([test "$with_shared_hdf5" = no && test -n "$lac_static"], [
    AC_MSG_CHECKING([that the static HDF5 links])
    LIBS="$lac_static $MPI_LIBS -lsz -lz -ldl -lm $LIBS"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <hdf5.h>]], [[return H5Fopen("", 0, H5P_DEFAULT) > 0;]])],
      [AC_MSG_RESULT([yes])
       HDF5_LIBS="$lac_static $MPI_LIBS -lsz -lz -ldl -lm"], [AC_MSG_RESULT([no])])])
  CPPFLAGS=$lac_save_CPPFLAGS LIBS=$lac_save_LIBS
])

# LAC_HARDENING: stack protector and checked string functions, unless the user's flags say something about them, for whatever CFLAGS make is
# called with: the second wants an optimising compiler, and the sanitizers have their own.
AC_DEFUN([LAC_HARDENING], [
  LAC_HARDEN=
  AS_IF([test -z "$LAC_SANITIZE"], [
    AS_CASE([" $CPPFLAGS $CFLAGS "], [*stack-protector*], [], [LAC_HARDEN=-fstack-protector-strong])
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[
#ifdef _FORTIFY_SOURCE
#error the compiler or the user has set it
#endif]])], [AS_CASE([" $CPPFLAGS $CFLAGS "], [*_FORTIFY_SOURCE*], [],
      [LAC_HARDEN="$LAC_HARDEN \$(if \$(filter -O -O1 -O2 -O3 -Os -Og -Ofast,\$(CFLAGS)),-D_FORTIFY_SOURCE=2)"])])])
  AC_SUBST([LAC_HARDEN])
])

# GSL computes with its own cblas, which sums in one order on every processor: it stands before OpenBLAS, which has functions of the same
# names, and stays also where the linker drops what no object file of ours calls.  OpenBLAS is called by its names in Fortran.
AC_DEFUN([LAC_BLAS_GSL], [
  PKG_CHECK_MODULES([OPENBLAS], [openblas], [], [LAC_NEED([OpenBLAS], [libopenblas-serial-dev])])
  PKG_CHECK_MODULES([GSL], [gsl], [], [LAC_NEED([GSL], [libgsl-dev])])
  lac_save_LIBS=$LIBS lac_cblas="-Wl,--push-state,--no-as-needed -lgslcblas -Wl,--pop-state"
  AC_MSG_CHECKING([how GSL's cblas links])
  LIBS="-lgsl $lac_cblas $OPENBLAS_LIBS -lm $LIBS"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([[char cblas_ddot(), dgemm_();]], [[return cblas_ddot() + dgemm_();]])], [], [lac_cblas=-lgslcblas])
  AC_MSG_RESULT([$lac_cblas])
  LIBS=$lac_save_LIBS
  GSL_LIBS=`AS_ECHO(["$GSL_LIBS"]) | $SED "s/-lgslcblas//g; s/-lgsl/-lgsl $lac_cblas/"`
])

# LAC_NEED_FOR_SIMGRID(WHAT, DEBIAN-PACKAGE)
AC_DEFUN([LAC_NEED_FOR_SIMGRID],
  [AC_MSG_ERROR([--with-simgrid needs $1; on Debian or Ubuntu: apt-get install $2; or leave the option out])])

# LAC_SIMGRID: with --with-simgrid, how SimGrid's wrapper compiles and links, and a serial HDF5: what laconic-smpi is made of.
AC_DEFUN([LAC_SIMGRID], [
  AC_ARG_WITH([simgrid],
    [AS_HELP_STRING([--with-simgrid[=PREFIX]], [build laconic-smpi, too: the program on the simulated ranks of SimGrid])],
    [], [with_simgrid=no])
  AC_ARG_VAR([SMPICC], [compiler wrapper of SimGrid])
  AS_IF([test "$with_simgrid" != no], [
    AS_IF([test -n "$LAC_SANITIZE"], [AC_MSG_ERROR([SimGrid's ranks do not run under the sanitizers; leave out --with-simgrid])])
    AC_PATH_PROG([SMPICC], [smpicc], [], [$with_simgrid/bin:$PATH])
    lac_show=`test -n "$SMPICC" && "$SMPICC" -DSMPI_NO_OVERRIDE_MALLOC -show 2>/dev/null` || lac_show=
    AS_IF([test -z "$lac_show"], [LAC_NEED_FOR_SIMGRID([SimGrid's smpicc], [libsimgrid-dev])])
    PKG_CHECK_MODULES([HDF5_SERIAL], [hdf5-serial], [], [LAC_NEED_FOR_SIMGRID([a serial HDF5], [libhdf5-dev])])
    SMPI_CFLAGS= SMPI_LIBS= lac_before=compiler
    for lac_flag in $lac_show; do
      AS_CASE([$lac_before$lac_flag], [compiler*], [],
        [-include*|-I*|-D*|-fPIC], [SMPI_CFLAGS="$SMPI_CFLAGS $lac_flag"],
        [SMPI_LIBS="$SMPI_LIBS $lac_flag"])
      lac_before=
      AS_IF([test "x$lac_flag" = x-include], [lac_before=-include])
    done
    lac_save_CPPFLAGS=$CPPFLAGS lac_save_LIBS=$LIBS
    CPPFLAGS="$CPPFLAGS $SMPI_CFLAGS $HDF5_SERIAL_CFLAGS" LIBS="$HDF5_SERIAL_LIBS $SMPI_LIBS $LIBS"
    AC_MSG_CHECKING([that a program for SimGrid links])
    AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <hdf5.h>
#include <mpi.h>
#include <smpi/smpi.h>]], [[MPI_Init(0, 0); smpi_execute(H5open() >= 0); MPI_Finalize();]])],
      [AC_MSG_RESULT([yes])], [AC_MSG_RESULT([no])
       LAC_NEED_FOR_SIMGRID([a SimGrid and a serial HDF5 that link], [libsimgrid-dev libhdf5-dev])])
    CPPFLAGS=$lac_save_CPPFLAGS LIBS=$lac_save_LIBS
    AC_SUBST([SMPI_CFLAGS])
    AC_SUBST([SMPI_LIBS])
  ])
  AM_CONDITIONAL([SIMGRID], [test "$with_simgrid" != no])
])
