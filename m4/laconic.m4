# LAC_NEED(WHAT, DEBIAN-PACKAGE): stop, and say what to install.
AC_DEFUN([LAC_NEED],
  [AC_MSG_ERROR([$1 not found; on Debian or Ubuntu: apt-get install $2 (or ./quickstart, which installs everything)])])

# MPICH through its own pkg-config file, so that the compiler stays the user's and Open MPI is never taken by mistake.
AC_DEFUN([LAC_MPICH], [
  PKG_CHECK_MODULES([MPI], [mpich], [], [LAC_NEED([MPICH], [mpich libmpich-dev])])
  AC_PATH_PROGS([MPIEXEC], [mpiexec.mpich mpiexec.hydra mpiexec], [])
  AS_IF([test -z "$MPIEXEC"], [LAC_NEED([mpiexec of MPICH], [mpich])])
  lac_save_CPPFLAGS=$CPPFLAGS lac_save_LIBS=$LIBS lac_save_CFLAGS=$CFLAGS
  CPPFLAGS="$CPPFLAGS $MPI_CFLAGS" LIBS="$MPI_LIBS $LIBS"
  AC_MSG_CHECKING([that mpi.h is MPICH's])
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <mpi.h>
#ifndef MPICH_VERSION
#error not MPICH
#endif]])], [AC_MSG_RESULT([yes])], [AC_MSG_RESULT([no])
     LAC_NEED([MPICH (another mpi.h is in the way)], [libmpich-dev])])
  AC_MSG_CHECKING([that $MPIEXEC starts two ranks of one job])
  AC_RUN_IFELSE([AC_LANG_PROGRAM([[#include <mpi.h>]],
    [[int n; MPI_Init(0, 0); MPI_Comm_size(MPI_COMM_WORLD, &n); MPI_Finalize(); return n > 2;]])],
    [AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <mpi.h>
#include <stdio.h>]], [[int n; MPI_Init(0, 0); MPI_Comm_size(MPI_COMM_WORLD, &n); printf("size %d\n", n); MPI_Finalize();]])],
      [lac_probe=`$MPIEXEC -n 2 ./conftest$EXEEXT 2>/dev/null | grep -c '^size 2$'`], [lac_probe=0])
     AS_IF([test "$lac_probe" = 2], [AC_MSG_RESULT([yes])],
       [AC_MSG_RESULT([no])
        AC_MSG_ERROR([$MPIEXEC does not start MPICH programs as one job; set MPIEXEC to MPICH's own (Debian: mpiexec.mpich)])])],
    [AC_MSG_RESULT([no])
        AC_MSG_ERROR([an MPICH program does not run on its own])],
    [AC_MSG_RESULT([not checked (cross compiling)])])
  CPPFLAGS=$lac_save_CPPFLAGS LIBS=$lac_save_LIBS CFLAGS=$lac_save_CFLAGS
])

# HDF5: Debian's parallel build first, then any other.
AC_DEFUN([LAC_HDF5], [
  PKG_CHECK_MODULES([HDF5], [hdf5-mpich], [],
    [PKG_CHECK_MODULES([HDF5], [hdf5], [], [LAC_NEED([HDF5 built for MPICH], [libhdf5-mpich-dev])])])
])

# OpenBLAS gives cblas_*; GSL's own reference cblas must not, so OpenBLAS comes first and -lgslcblas never.
AC_DEFUN([LAC_BLAS_GSL], [
  PKG_CHECK_MODULES([OPENBLAS], [openblas], [], [LAC_NEED([OpenBLAS], [libopenblas-serial-dev])])
  PKG_CHECK_MODULES([GSL], [gsl], [], [LAC_NEED([GSL], [libgsl-dev])])
  GSL_LIBS=`AS_ECHO(["$GSL_LIBS"]) | $SED 's/-lgslcblas//g'`
])
