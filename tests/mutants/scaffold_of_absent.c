/* SCAFFOLD, wrong: clients that are absent change their c_i, too; the server takes the messages of the others alone (form=single). */
#include "run/run.h"

#define lac_algorithm_scaffold scaffold_of_all
#include "../../algorithms/federated/scaffold.c"

static int all_step(const lac_env *e) { return e->n > 0; }

/* Who was drawn, which a method cannot know. */
static int draw(const lac_env *e, uint32_t *in, uint32_t *count)
{
  lac_run *r = e->run;
  return lac_sampler_draw(&r->recipe.sampler, r->draws.rng, &r->draws.seeds, e->n, e->round, in, count);
}

static int recv_from_drawn(const lac_env *e, lac_server *s, uint32_t client, lac_msg *up)
{
  uint32_t in[e->n];
  uint32_t count;
  LAC_TRY(draw(e, in, &count));
  return is_classic(e) || is_init(e) ? server_recv(e, s, client, up) : lac_receive_add(e, up, in[client], s->v[SUM]);
}

static int step_of_drawn(const lac_env *e, lac_server *s)
{
  uint32_t in[e->n];
  lac_env of_drawn = *e;
  if (!is_classic(e) && !is_init(e)) {
    LAC_TRY(draw(e, in, &of_drawn.participants));
    of_drawn.draws = of_drawn.participants;
  }
  return server_step(&of_drawn, s);
}

/* plugins.c reads it later. */
lac_algorithm_type mutant_scaffold_of_absent;
static __attribute__((constructor(1000))) void make(void)
{
  mutant_scaffold_of_absent = scaffold_of_all;
  mutant_scaffold_of_absent.everyone = all_step;
  mutant_scaffold_of_absent.server_recv = recv_from_drawn;
  mutant_scaffold_of_absent.server_step = step_of_drawn;
}
