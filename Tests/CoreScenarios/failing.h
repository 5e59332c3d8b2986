/* Each call there is, as an operation that copes with any of its allocations failing. */
#ifndef FAILING_H
#define FAILING_H

#include "support.h"

/* What an operation works on; it may close the table, and says so. */
struct bench {
	lt_table_t *table;
	enum form form;
	bool is_closed;
};

struct operation {
	const char *name;
	void (*run)(struct bench *);
	bool needs_queue;	/* It is another one in FIFO tables. */
};

/* The first of them only acquires and releases. */
extern const struct operation operations[];
extern const size_t operation_count;

/* A hold or a pin, or the right reason for there being none? */
bool got(lt_hold_t);

/* In failing_permits.c and failing_flights.c. */
void take_permits(struct bench *);
void begin_flights(struct bench *);

/* In failing_waits.c. A suspension is in line for key 1, which is held. False: memory ran out. */
bool line_up(struct bench *, struct sleeper *, bool shared, uint64_t deadline);
void suspend(struct bench *);
void suspend_until(struct bench *);
void enqueue_turns(struct bench *);
void wait_in_threads(struct bench *);

#endif /* FAILING_H */
