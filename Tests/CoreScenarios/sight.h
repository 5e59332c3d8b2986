/* What somebody sees who looks into a table. */
#ifndef SIGHT_H
#define SIGHT_H

#include "support.h"

#define MOST_SHOWN	128

struct shown {
	uint64_t number;
	lt_report_t report;	/* Its lists are the two that follow. */
	lt_participant_t holders[LT_MOST_PARTICIPANTS], waiters[LT_MOST_PARTICIPANTS];
};

/* Large: on the heap. */
struct sight {
	enum form form;
	size_t count;
	struct shown shown[MOST_SHOWN];
	/* Called for each key while it is shown, if set. */
	void (*also)(struct sight *, const lt_report_t *);
	void *context;
};

struct sight *sight_make(enum form);
void sight_end(struct sight *);
/* The number of the key that a report is about. */
uint64_t sight_number(const struct sight *, const lt_report_t *);
/* Looks anew. */
lt_status_t sight_look(struct sight *, lt_table_t *, bool waited_for);
/* How often a key was shown; and how it was, the first time (or NULL). */
size_t sight_times(const struct sight *, uint64_t number);
const struct shown *sight_of(const struct sight *, uint64_t number);

/* Looks once at a single key, and compares. `listed`: those of the holders that are known. */
void expect_shown(lt_table_t *, enum form, uint64_t number, size_t holders, size_t listed,
    size_t waiters);

/* Runs the scenario for each form of key and each fairness, with diagnostics. */
void sight_for_each_kind(void (*scenario)(enum form, uint32_t));

#endif /* SIGHT_H */
