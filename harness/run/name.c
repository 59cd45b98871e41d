/* The name of a run: its resolved configuration in words, and the digest of these. */
#include "run/name.h"

#include "replay.h"
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

static void add_line(char **text, const char *key, const char *value)
{
  char *longer = *text ? lac_asprintf("%s%s=%s\n", *text, key, value ? value : "") : NULL;
  free(*text);
  *text = longer;
}

static void add_hash(char **text, const char *key, uint64_t hash)
{
  char digits[17];
  snprintf(digits, sizeof digits, "%016llx", (unsigned long long)hash);
  add_line(text, key, digits);
}

/* The canonical spec where the run holds one, the user's words elsewhere. */
static const char *resolved_text(const lac_run *r, const char *key)
{
  const lac_data *data = r->instance.problem.data, *test = r->instance.test;
  const struct { const char *key, *text; } specs[] = {
    { "problem", r->instance.problem.spec.text },
    { "dataset", data ? lac_data_dataset_text(data) : "none" },
    { "test-dataset", test ? lac_data_dataset_text(test) : NULL },
    { "split", data ? lac_data_split_text(data) : "none" },
    { "algorithm", r->recipe.spec.text },
    { "up", r->recipe.up.spec.text },
    { "up2", r->recipe.up2.spec.text },
    { "down", r->recipe.down.spec.text },
    { "sample", r->recipe.sampler.spec.text },
    { "batch", r->recipe.batch.text },
    { "dp", r->recipe.privacy.spec.text },
    { "x0", strcmp(r->config->x0, "auto") || r->instance.problem.type->start ? NULL : "zeros" },
  };
  for (size_t i = 0; i < LAC_COUNT(specs); i++)
    if (strcmp(key, specs[i].key) == 0)
      return specs[i].text;
  return NULL;
}

/* A shared object counts by its content. */
static void add_object(char **text, const lac_spec *spec)
{
  char *key = spec->object ? lac_asprintf("plugin.%s", spec->name) : NULL;
  if (key)
    add_line(text, key, spec->object);
  free(key);
}

static void add_objects(char **text, const lac_run *r)
{
  const lac_compressor *const lanes[] = { &r->recipe.up, &r->recipe.up2, &r->recipe.down };
  for (const lac_problem *p = &r->instance.problem; p; p = p->base)
    add_object(text, &p->spec);
  add_object(text, &r->recipe.spec);
  for (size_t i = 0; i < LAC_COUNT(lanes); i++)
    for (const lac_compressor *c = lanes[i]; c; c = c->next)
      add_object(text, &c->spec);
}

char *lac_run_text(const lac_run *r)
{
  char *text = lac_strdup("");
  for (const lac_option *o = lac_what_options; o->name; o++) {
    char *value = lac_option_text(o, r->config);
    const char *spec = resolved_text(r, o->name);
    if (!lac_option_is_silent(o, r->config))
      add_line(&text, o->name, spec ? spec : value);
    free(value);
  }
  if (r->instance.problem.data)
    add_line(&text, "dataset_sha256", lac_data_about(r->instance.problem.data)->sha256);
  if (r->instance.test)
    add_line(&text, "test_dataset_sha256", lac_data_about(r->instance.test)->sha256);
  add_objects(&text, r);
  add_hash(&text, "problem_files", r->instance.problem.fingerprint);
  for (int axis = 0; axis < LAC_SEED_AXES; axis++)
    if (r->draws.replay[axis]) {
      char key[32];
      snprintf(key, sizeof key, "replay.%s.values", lac_seed_name[axis]);
      add_hash(&text, key, lac_replay_hash(r->draws.replay[axis]));
    }
  if (*r->instance.problem.origin)
    add_line(&text, "base_digest", r->instance.problem.origin);
  if (*r->instance.x0_digest)
    add_line(&text, "x0_digest", r->instance.x0_digest);
  add_hash(&text, "x0_values", XXH3_64bits(r->instance.x0, r->instance.problem.d * sizeof *r->instance.x0));
  return text;
}

void lac_run_digest(const char *text, char digest[static 17])
{
  snprintf(digest, 17, "%016llx", (unsigned long long)XXH3_64bits(text, strlen(text)));
}
