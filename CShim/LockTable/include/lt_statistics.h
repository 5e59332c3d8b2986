/*
 * CLockTable.h, continued: what a table has counted, and its size. Only CLockTable.h includes this
 * header.
 */
#ifndef LT_STATISTICS_H
#define LT_STATISTICS_H

/*
 * Returns how many keys are present (held, waited for, or pinned by a call in progress). The call
 * locks each stripe for a moment, one after the other, however few keys there are, and counts each
 * stripe as it is then. A table holds at most 2^29 - 1 keys a stripe in addition to the first. One
 * more key traps.
 */
size_t lt_table_count(lt_table_t *LT_NONNULL table);
/* Returns whether no key is present. The count stops at the first stripe that has a key. */
bool lt_table_is_empty(lt_table_t *LT_NONNULL table);

/* Returns the bytes that the table has allocated, counted the same way. */
size_t lt_table_bytes(lt_table_t *LT_NONNULL table);

/*
 * Times, counted by their length. A count is of the times that are longer than the bound before,
 * and not longer than its own bound: lt_time_bound(). The last bound is UINT64_MAX.
 *
 * A wait is counted when it is over, whether or not the waiter has got the key, if its thread
 * parked or its task was suspended. A thread's wait that ends while the thread spins, which takes a
 * few microseconds, is not counted. A hold is counted when it ends, if the table has a record of it
 * (config.diagnostics). The hold's time is up to a tick of the kernel (1 to 10 ms) too long or too
 * short, so the counts begin with that of LT_FIRST_HOLD_TIME.
 */
#define LT_TIMES	15u
#define LT_FIRST_HOLD_TIME	6u
typedef struct lt_times {
	uint64_t nanoseconds;		/* The sum of the times. */
	uint64_t counts[LT_TIMES];
} lt_times_t;

/* Returns the bound of a count, in nanoseconds. */
uint64_t lt_time_bound(uint32_t index);

/*
 * What a table has done since it was created, and its present state. The call locks each stripe
 * for a moment, one after the other. The sums are exact if no other thread is using the table.
 */
typedef struct lt_statistics {
	uint64_t acquisitions;		/* Holds made. A multi-key call adds its keys once
					   it holds all. */
	uint64_t contended;		/* Acquisitions, made or failed, that did not find
					   their key free. Tries do not count, suspensions do. */
	uint64_t parks;			/* Times a thread parked or a task was suspended. */
	uint64_t hand_offs;		/* Holds that another caller made for a waiter. */
	uint64_t timeouts;
	uint64_t cancellations;
	uint64_t refusals;		/* Failures with LT_TOO_MANY or LT_TABLE_FULL. */
	uint64_t closed;		/* Failures with LT_CLOSED, but for tries. */
	uint64_t deadlocks;		/* Failures with LT_DEADLOCK. */
	uint64_t task_sleeps;		/* How often config.runs_task returned true. */
	uint64_t fences;		/* Calls of membarrier(): each interrupts every core that
					   runs the process. */
	uint64_t flights;		/* Flights that have begun, and callers that have waited
					   for a flight that another one had begun. */
	uint64_t joins;
	uint64_t keys;			/* Keys present. */
	uint64_t peak_keys;		/* Sum of the stripes' peaks: at least the table's. */
	uint64_t bytes;			/* Bytes allocated. */
	lt_times_t waits, holds;	/* Those that are over. */
} lt_statistics_t;

void lt_table_statistics(lt_table_t *LT_NONNULL table, lt_statistics_t *LT_NONNULL statistics);

/*
 * Who waits and holds at present. The call takes a few steps for each key that is present, and
 * locks a stripe for 256 keys at a time. The times are those of the waiter that is first in line
 * for its key, and of the holder that has had its key for longest. (Behind a thread of a real-time
 * policy another one may have waited for longer.) The number is exact if no other thread is using
 * the table.
 */
typedef struct lt_present {
	uint64_t waiters;
	uint64_t longest_wait;		/* In nanoseconds; 0: no one waits. */
	uint64_t longest_hold;		/* With diagnostics: of the holds with a record. */
} lt_present_t;

void lt_table_present(lt_table_t *LT_NONNULL table, lt_present_t *LT_NONNULL present);

/* Returns how often config.runs_task returned true. */
size_t lt_table_task_sleeps(const lt_table_t *LT_NONNULL table);

#endif /* LT_STATISTICS_H */
