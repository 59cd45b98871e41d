/* training.h: two sites that train one model and exchange it over a link between them (Streaming DiLoCo, arXiv:2501.18512, section 3.1):
   the share of time in which they compute, in three ways. */
#ifndef LAC_TRAINING_H
#define LAC_TRAINING_H

/* Every `every` steps all of the model is exchanged, in `fragments` parts one behind the other; a part is needed `lag` steps after the step
   that follows its own. */
typedef struct {
  unsigned layers, every, fragments, lag;
  double step;                  /* seconds of a step: a third of it forward, the rest backward */
  double seconds;               /* that all of the model takes on the link */
} lac_training;

/* In closed form; gradients come in `buckets` equal parts during the backward pass. */
double lac_training_closed(const lac_training *w, unsigned buckets);
/* Step by step, as the first author's simulator does (arthurdouillard.com/diloco): one queue on the link, and the clock waits for what is
   not there in time. */
double lac_training_buckets(const lac_training *w, unsigned buckets, unsigned steps);
/* Layer by layer, as the paper does: a node for each layer and pass, the link takes the earliest step's lowest layer first and stops
   nothing; layers of a fragment are a stride apart.  Negative: no memory. */
double lac_training_layers(const lac_training *w);

#endif
