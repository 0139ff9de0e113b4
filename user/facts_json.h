// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * facts_json: facts as a JSON object and back, one member a field, so that a
 * recorded finding can be judged again.
 */
#ifndef DEADWAIT_FACTS_JSON_H
#define DEADWAIT_FACTS_JSON_H

#include <jansson.h>

#include "facts.h"

/* A new object with every field that is not zero or false; NULL: no memory. */
json_t *facts_to_json(const struct facts *facts);

/*
 * Reads an object of facts_to_json(). Members that are not there are zero,
 * those that are not known are passed over. Returns 0, or -EINVAL if one has
 * the wrong type or range; then *out is untouched.
 */
int facts_from_json(const json_t *object, struct facts *out);

#endif
