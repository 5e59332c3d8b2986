/*
 * Keys as snapshots and config.runs_task describe them.
 */
#ifndef LT_REPORT_H
#define LT_REPORT_H

#include "lt_states.h"

/* Fills in the key of a pinned entry, which does not change. */
void lt_entry_name(const struct lt_entry *, struct lt_report *);

/*
 * Asks config.runs_task about a thread that is about to park for the entry, to which it has a
 * reference. Counts the thread if it runs a task: other tasks need it. The stripe is unlocked.
 */
void lt_entry_note_sleep(struct lt_entry *, const struct lt_waiter *);

#endif /* LT_REPORT_H */
