/*
 * The table as a whole: its end, and what concerns all stripes.
 */
#ifndef LT_TABLE_H
#define LT_TABLE_H

#include "lt_states.h"

/* One party less in a closed table; the last frees it. */
void lt_table_leave(struct lt_table *);
/* No fast release from now on. Unlocked. */
LT_COLD void lt_table_end_fast_releases(struct lt_table *);

#endif /* LT_TABLE_H */
