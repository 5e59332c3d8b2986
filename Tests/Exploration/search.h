/* Between search.c and scheduler.c. */
#ifndef SEARCH_H
#define SEARCH_H

#include "explorer.h"

/* Priorities of threads that have not been stopped begin here (in random executions). */
#define EX_PRIORITIES	100

unsigned search_choose(unsigned n);
/* Of the bound: how much is left; one less. */
int search_left(enum ex_choice);
void search_spend(enum ex_choice);

/* Is the next choice random? Then: that one, unless the choices given say another. */
bool search_is_random(void);
unsigned search_take(unsigned n, unsigned preferred);
uint64_t search_roll(void);
/* Does the current thread's priority become the lowest at this step? */
bool search_changes(uint64_t step);

void scheduler_reset(void);
void scheduler_start(void);
uint64_t scheduler_steps(void);

#endif /* SEARCH_H */
