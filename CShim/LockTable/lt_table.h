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

/*
 * Call it for a waiter that has joined a queue. True: this is the wait that the table is to tell
 * of. The caller then calls wait_began(), with no lock held.
 */
static inline bool
lt_table_takes_wait(struct lt_table *table)
{

	return lt_unlikely(lt_load_relaxed(&table->tells_next_wait) != 0) &&
	    lt_exchange_acquire(&table->tells_next_wait, 0) != 0;
}

#endif /* LT_TABLE_H */
