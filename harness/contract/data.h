/* data.h: labelled rows and text, where they come from and who gets which: the contract that datasets/ implements, in rows.c, data.c,
   corpus.c, find.c, split.c and matrix.c. */
#ifndef LAC_DATA_H
#define LAC_DATA_H

#include "options.h"
#include "rng.h"
#include "room.h"

/* m rows of d features.  Exactly one storage is present: dense (row-major, row r at dense + r*ld, ld padded so that rows
   are 64-byte aligned) or CSR (row r is col/val[ptr[r] .. ptr[r+1]), columns ascending, 0-based). */
typedef struct lac_rows {
  size_t m, d;
  double *y;             /* m labels, as in the file */
  double *dense;
  size_t ld;
  size_t *ptr;           /* m + 1 */
  uint32_t *col;         /* NULL beside ptr: the columns have them */
  double *val;           /* NULL beside ptr: ones (lac_rows_arrange) */
  uint8_t *touched;      /* of the d features, those with an entry that counts (lac_rows_touch); NULL: nobody asked */
  uint32_t *place;       /* row r of the data is row place[r] here (lac_rows_arrange); NULL: row r */
  struct lac_columns *columns;      /* long columns of ones (lac_rows_arrange), one block of memory; NULL: not so stored */
} lac_rows;

size_t lac_rows_nnz(const lac_rows *r);
size_t lac_rows_bytes(const lac_rows *r);      /* bytes that one pass over the rows and labels touches */
void lac_rows_free(lac_rows *r);               /* r itself too; NULL is fine */

/* A source of rows for n clients: a file that is split, or a generator.
   Every rank opens it; what a client gets is a function of (source, split, seeds, n, client) only. */
typedef struct lac_data lac_data;

typedef struct {
  size_t rows, d, nnz;       /* nnz: entries of the clients' rows that are not 0 */
  uint32_t classes;          /* distinct labels, counted up to 1000 */
  double label[2];           /* the two labels, ascending, when classes == 2 */
  const double *distinct;    /* the `classes` labels, ascending, while the data are open; NULL: 1000 or more, or real ones */
  const uint8_t *symbol;     /* of a text, its `symbols` distinct bytes, ascending, while the data are open; NULL: no text */
  uint32_t symbols;
  char sha256[65];           /* of the uncompressed bytes of the file (IDX: of both, images first); of the canonical spec for a generator;
                                of a folder, of the sizes and bytes of its files */
  const char *name;          /* as the user wrote it */
} lac_data_info;

/* dataset: "NAME", "PATH" or a generator spec ("synthetic:..."); a file with ":d=N" to fix the number of features, and with
            ":normalise=standard|features|unit" (datasets/normalise.h) by constants of its rows, which are dense after a shift.
            A file is LIBSVM text or IDX images, whose labels lie beside it; its first bytes tell.
   split:   "contiguous", "contiguous:rest=last", "shuffled", "sorted:by=norm", "dirichlet:alpha=0.5",
            "shards:per_client=2", "similarity:s=10%", "natural:file=PATH"; all with ",scale=0.3..3".
   search:  colon-separated folders, or NULL for the environment's LACONIC_DATA.
   EUSER when the name is unknown, the file is not LIBSVM text (with its line), n is 0 or larger than the rows, ... */
int lac_data_open(lac_data **data, const char *dataset, const char *split, const char *search, const lac_seeds *seeds,
                  uint32_t n);
/* The same; `before`, which was opened with the same dataset and search, hands its rows over, if it has them, and they are not read again.
   NULL: read.  What opening takes has to fit into the room (NULL: it does), or it is refused before it is taken. */
int lac_data_open_after(lac_data **data, lac_data *before, const lac_room *room, const char *dataset, const char *split,
                        const char *search, const lac_seeds *seeds, uint32_t n);
/* A test set for what is trained on `train`, which has to stay open until the rows are loaded: a file whose rows are dealt to the same
   clients as contiguous deals them (of few rows some clients get none), or the generator of `train`, with other rows of the same clients.
   It has the number of features, the storage and, with by_class, the numbers of classes of `train`.  EUSER: the bytes of `train`, more
   features, a label that `train` does not have, another generator or one with other options than rows. */
int lac_data_open_test(lac_data **data, lac_data *before, const lac_room *room, const char *dataset, const char *search,
                       const lac_data *train, int by_class);

/* Which windows of a text are rows.  Every source, a file of its own, is cut from its beginning into blocks of `block` bytes; a shorter
   last one counts if it has more than `length`.  Blocks are numbered through all sources, and block b is held out if b mod holdout is
   holdout - 1 (holdout 0: none).  Rows are the windows of length + 1 bytes that begin in a block at 0, stride, 2 stride, ... while they
   fit; those that are held out begin every `length` bytes.  All are at least 1 but holdout, and block > length. */
typedef struct { size_t length, stride, block, holdout; } lac_windows;
/* Text as data.  dataset: the path of a file (packed or not), of a folder, whose regular files are sources by name in byte order, or
   the name of a file in the search path, without its .txt if need be.  The training blocks are split as rows are, the number of a block's
   source standing for its label.  In about(): rows are windows, nnz the bytes of the training blocks, d is w->length.  EUSER, ENODATA. */
int lac_data_open_text(lac_data **data, lac_data *before, const lac_room *room, const lac_windows *w, const char *dataset,
                       const char *split, const char *search, const lac_seeds *seeds, uint32_t n);
/* The windows that it holds out, dealt to the same clients as contiguous deals rows; *data NULL: there are none.  `train` stays open
   until they are loaded. */
int lac_data_open_held_out(lac_data **data, const lac_data *train);
/* source[r]: the number of the source that the client's window r is of, for all of its rows.  EBUG: no text. */
int lac_data_sources(const lac_data *data, uint32_t client, uint32_t *source);
/* What a client has of a text: its blocks, one behind the other. */
typedef struct {
  size_t rows;               /* windows */
  size_t blocks, length, stride;
  uint8_t *bytes;
  size_t *at;                /* blocks + 1: where each begins in bytes */
  size_t *row, skip;         /* windows before each block, blocks + 1; the first `skip` of them are another client's */
} lac_text;
int lac_data_text(const lac_data *data, uint32_t client, lac_text **text);      /* owned by the caller, also after a failure */
/* Where the window of that row begins in bytes. */
size_t lac_text_window(const lac_text *t, size_t row);
void lac_text_free(lac_text *t);                                                /* NULL is fine */

const lac_data_info *lac_data_about(const lac_data *data);
/* Canonical texts (every option) for the configuration record. */
const char *lac_data_dataset_text(const lac_data *data);
const char *lac_data_split_text(const lac_data *data);
/* The generator with its options; NULL: a file. */
const lac_spec *lac_data_generator(const lac_data *data);
/* The rows of one client, CSR when at most a quarter of the entries are non-zero, dense otherwise; the rule looks at the
   whole source so that all clients store alike.  Owned by the caller. */
int lac_data_shard(const lac_data *data, uint32_t client, lac_rows **rows);
/* Which of the two that is. */
int lac_data_sparse(const lac_data *data);
/* Rows in a shard without loading it. */
size_t lac_data_shard_rows(const lac_data *data, uint32_t client);
/* count[c]: of these, rows with the label distinct[c] of about(), for all its classes.  EBUG: it has none, or the rows were released.
   ENOMEM: of a generator, whose shard is made for it. */
int lac_data_count_labels(const lac_data *data, uint32_t client, uint64_t *count);
/* Bytes in memory, as close to the truth as can be told without loading a shard, and not less. */
typedef struct {
  double reading;        /* at a time, while the source was opened: its text, its rows, their order */
  double rows;           /* of the file, until they are released */
  double own;            /* what a generator keeps as long as the data are open */
  double shards;         /* all rows of the clients first..last-1 */
  double ones;           /* of these, values that are all 1: a problem that arranges its rows drops them */
  double largest;        /* the rows of one of them */
  double loading;        /* for a moment, while a shard is made */
} lac_data_size;
int lac_data_measure(const lac_data *data, uint32_t first, uint32_t last, lac_data_size *size);
/* Forget the file's rows after the shards are loaded; about() and the texts stay. */
void lac_data_release(lac_data *data);
void lac_data_close(lac_data *data);

/* For `laconic list datasets`: the manifest's entries and whether each is found in the search path. */
typedef struct {
  const char *name, *file, *sha256, *source, *note;
  size_t rows, d;
  const char *labels, *labels_sha256;      /* of IDX images: the file of their labels */
  const char *package;                     /* of Debian, which installs the files below /usr/share/datasets; "": none */
} lac_manifest_entry;
extern const lac_manifest_entry lac_manifest[];      /* ends with a NULL name */
/* Path of a manifest name or file name in the search path, and of a name whose set has a package then below /usr/share/datasets
   (sub-folders too; with or without .gz .bz2 .xz); malloc'd, NULL when not there. */
char *lac_data_find(const char *name, const char *search);

/* What may stand behind the name or path of a file; ends with a NULL name. */
extern const lac_option lac_file_options[];
/* The generators ("synthetic", "spectral") and the splits, for `laconic list` and `laconic help`. */
typedef struct { const char *name, *summary; const lac_option *options; size_t params_size; const char *reference; } lac_data_kind;
extern const lac_data_kind *const lac_generators[];          /* ends with NULL */
extern const lac_data_kind *const lac_splits[];              /* ends with NULL */

/* Text matrix: numbers separated by blanks or commas, one row a line, '#' comments; every row as long as the first. */
int lac_read_matrix(const char *path, double **values, size_t *rows, size_t *cols);

#endif
