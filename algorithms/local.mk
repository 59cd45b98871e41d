# One line a method; the registry is made from this list.
ALGORITHMS = \
  algorithms/error-feedback/decsgd.c \
  algorithms/error-feedback/ecapprox.c \
  algorithms/error-feedback/ecideal.c \
  algorithms/error-feedback/econtrol.c \
  algorithms/error-feedback/ef14.c \
  algorithms/error-feedback/ef21.c \
  algorithms/error-feedback/ef21bc.c \
  algorithms/error-feedback/ef21hb.c \
  algorithms/error-feedback/ef21p.c \
  algorithms/error-feedback/ef21page.c \
  algorithms/error-feedback/ef21plus.c \
  algorithms/error-feedback/ef21pp.c \
  algorithms/error-feedback/ef21prox.c \
  algorithms/error-feedback/ef21sgd.c \
  algorithms/error-feedback/ef21sgd2m.c \
  algorithms/error-feedback/ef21sgdm.c \
  algorithms/error-feedback/ef21w.c \
  algorithms/federated/fedavg.c \
  algorithms/federated/fedcomgate.c \
  algorithms/federated/fedef.c \
  algorithms/federated/fedgate.c \
  algorithms/federated/fedpaq.c \
  algorithms/federated/fedprox.c \
  algorithms/federated/scafcom.c \
  algorithms/federated/scaffold.c \
  algorithms/federated/scallion.c \
  algorithms/gradient/allreduce.c \
  algorithms/gradient/dcgd.c \
  algorithms/gradient/dpadamw.c \
  algorithms/gradient/gd.c \
  algorithms/low-communication/dgc.c \
  algorithms/low-communication/diloco.c \
  algorithms/low-communication/onebit_adam.c \
  algorithms/low-communication/onebit_lamb.c \
  algorithms/low-communication/powersgd.c \
  algorithms/low-communication/spsa.c \
  algorithms/low-communication/zeroone_adam.c \
  algorithms/unbiased/diana.c \
  algorithms/unbiased/marina.c \
  algorithms/variational/ceg.c \
  algorithms/variational/ef_gd.c \
  algorithms/variational/extragradient.c \
  algorithms/variational/masha1.c \
  algorithms/variational/masha2.c \
  algorithms/variational/optimistic_masha.c \
  algorithms/variational/qgd.c \
  algorithms/variational/three_pillars.c \
  algorithms/variational/vr_masha1.c \
  algorithms/variational/vr_masha2.c

noinst_HEADERS += \
  algorithms/error-feedback/control.h \
  algorithms/error-feedback/ef21.h \
  algorithms/federated/control_variates.h \
  algorithms/federated/local_steps.h \
  algorithms/low-communication/fragments.h \
  algorithms/low-communication/momentum.h \
  algorithms/low-communication/two_way.h \
  algorithms/parts/descent.h \
  algorithms/parts/needs.h \
  algorithms/parts/optimiser.h \
  algorithms/variational/masha.h \
  algorithms/variational/reference_point.h
