# One line a method; the registry is made from this list.
ALGORITHMS = \
  algorithms/ef14.c \
  algorithms/ef21.c \
  algorithms/gd.c
