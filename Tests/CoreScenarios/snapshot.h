/* What lt_table_inspect() shows of a table. */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include "support.h"

#define MOST_SHOWN	128

struct shown {
	uint64_t number;
	lt_report_t report;	/* Its lists are the two that follow. */
	lt_participant_t holders[LT_MOST_PARTICIPANTS], waiters[LT_MOST_PARTICIPANTS];
};

/* Large: on the heap. */
struct snapshot {
	enum form form;
	size_t count;
	struct shown shown[MOST_SHOWN];
	/* Called for each key while it is shown, if set. */
	void (*also)(struct snapshot *, const lt_report_t *);
	void *context;
};

struct snapshot *snapshot_make(enum form);
void snapshot_free(struct snapshot *);
/* The number of the key that a report is about. */
uint64_t snapshot_number(const struct snapshot *, const lt_report_t *);
/* Looks anew. */
lt_status_t snapshot_take(struct snapshot *, lt_table_t *, bool waited_for);
/* Looks anew, at the keys of a hash. */
lt_status_t snapshot_take_hash(struct snapshot *, lt_table_t *, uint64_t hash);
/* Looks at one key alone. */
lt_status_t snapshot_take_key(struct snapshot *, lt_table_t *, uint64_t number);
/* How often a key was shown; and how it was, the first time (or NULL). */
size_t snapshot_times(const struct snapshot *, uint64_t number);
const struct shown *snapshot_find(const struct snapshot *, uint64_t number);

/* Looks once at a single key, and compares. `listed`: those of the holders that are known. */
void expect_shown(lt_table_t *, enum form, uint64_t number, size_t holders, size_t listed,
    size_t waiters);

/* Runs the scenario for each form of key and each fairness, with diagnostics. */
void for_each_kind_with_diagnostics(void (*scenario)(enum form, uint32_t));

#endif /* SNAPSHOT_H */
