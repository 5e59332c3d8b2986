/* What must be true of permits in every state: see state.c. */
#ifndef CAPACITIES_H
#define CAPACITIES_H

#include "lt_states.h"

/* Are so many left? Without the core's functions, which may be wrong. */
bool capacities_admit(const struct lt_entry *, uint32_t permits);
/* How many of the key the program has. */
uint32_t capacities_known(int key);
/* So many are out as the program has, and calls in progress may have. */
void capacities_check_out(const struct lt_entry *, int key);
void capacities_check(const struct lt_entry *, int key);
/* The key is absent. */
void capacities_forget(int key);

#endif /* CAPACITIES_H */
