# One line a method; the registry is made from this list.
ALGORITHMS = \
  algorithms/dcgd.c \
  algorithms/decsgd.c \
  algorithms/diana.c \
  algorithms/diloco.c \
  algorithms/ecapprox.c \
  algorithms/ecideal.c \
  algorithms/econtrol.c \
  algorithms/ef14.c \
  algorithms/ef21.c \
  algorithms/ef21bc.c \
  algorithms/ef21hb.c \
  algorithms/ef21p.c \
  algorithms/ef21page.c \
  algorithms/ef21plus.c \
  algorithms/ef21pp.c \
  algorithms/ef21prox.c \
  algorithms/ef21sgd.c \
  algorithms/ef21sgd2m.c \
  algorithms/ef21sgdm.c \
  algorithms/ef21w.c \
  algorithms/extragradient.c \
  algorithms/gd.c \
  algorithms/marina.c \
  algorithms/masha1.c \
  algorithms/masha2.c \
  algorithms/powersgd.c \
  algorithms/scafcom.c \
  algorithms/scaffold.c

noinst_HEADERS += \
  algorithms/adamw.h \
  algorithms/control.h \
  algorithms/descent.h \
  algorithms/ef21.h \
  algorithms/fragments.h \
  algorithms/gd.h \
  algorithms/local_steps.h \
  algorithms/masha.h \
  algorithms/momentum.h
