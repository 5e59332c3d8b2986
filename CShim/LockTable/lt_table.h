/*
 * The table as a whole: its end, and changes to all stripes.
 */
#ifndef LT_TABLE_H
#define LT_TABLE_H

#include "lt_states.h"

/* Drops one user of a closed table. The last one frees it. */
void lt_table_leave(struct lt_table *);
/* From now on no hold begins as a fast one. The caller has no stripe locked. */
LT_COLD void lt_table_end_fast_releases(struct lt_table *);

#endif /* LT_TABLE_H */
