/* A stripe's entries, and whose they are. */
#ifndef ENTRIES_H
#define ENTRIES_H

#include "lt_queue.h"

/* -1: none. An entry that is about to get a value may have that of the key before. */
int find_key(const struct lt_entry *);
/* Fails if there is none. */
int key_of(const struct lt_entry *);
/* Calls `visit` with the head of each chain, if there is a set. */
void for_each_in_set(struct lt_set *, void (*visit)(const struct lt_entry *));
/* Calls `visit` with each entry that is present. Fails if their number is not the stripe's. */
void for_each_entry(const struct lt_stripe *, void (*visit)(const struct lt_entry *));

#endif /* ENTRIES_H */
