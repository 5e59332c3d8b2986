/*
 * Keys as those who look into a table are told of them.
 */
#ifndef LT_REPORT_H
#define LT_REPORT_H

#include "lt_states.h"

/* The key of an entry that is pinned, which stays as it is. */
void lt_entry_name(const struct lt_entry *, struct lt_report *);

/*
 * Asks config.runs_task about a thread that is about to sleep for the entry, which is
 * counted for it. Unlocked.
 */
LT_COLD bool lt_entry_runs_task(struct lt_entry *, const struct lt_waiter *);

#endif /* LT_REPORT_H */
