/* Programs: a table, and for each thread the calls that it makes, one after the other. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "explorer.h"

#include "CLockTable.h"

#include "../CoreScenarios/model.h"

#define MOST_THREADS	4
#define MOST_CALLS	8
#define KEYS		10		/* Key 0 is the one that fills the resident. */

struct kind;

struct call {
	const struct kind *kind;
	int key, other;
};

/*
 * Long keys find an unused entry that has room for them. Large ones have none, and external ones
 * are compared outside the lock. Of values some have one hash, and only equal() tells them apart;
 * owners own something.
 */
enum place { RESIDENT, YOUNG, LONG_KEYS, LARGE_KEYS, EXTERNAL_KEYS, VALUES, OWNERS, PLACES };

/*
 * Without a heavy fence (membarrier()); with one that exists and is refused; with a limit of one
 * waiter in the table; with two permits of each key, or so many as each key has; with values that
 * stay; with values of keys in use; made for flights.
 */
enum special { NONE, NO_FENCE, REFUSED_FENCE, CROWDED, PERMITS, CAPACITIES, VALUED, IN_USE, FLIGHTS,
    SPECIALS };

struct program {
	uint32_t fairness;
	enum place place;
	enum special special;
	bool diagnostics;
	int threads;
	struct { struct call calls[MOST_CALLS]; int count; } of[MOST_THREADS];
};

/*
 * `stalling`: its executor stands still when it is woken; that of a turn's owner, before it awaits
 * the turn. `moving`: it goes on elsewhere. `dropped`: a turn is not awaited. `twice`: two turns.
 */
struct how {
	bool shared, tries, timed, real_time, cancelled, moving, stalling, unrefused, records,
	    dropped, twice;
	int permits;			/* One of them is shared, and two are not; 0: a lock. */
	int capacities[2];		/* These it has, one after the other; -1: no more. */
	bool alone;			/* Of a flight: the caller does the work. */
};

struct kind {
	const char *text;		/* With # for each key. */
	void (*run)(const struct call *);
	int names;			/* How many of its steps name the table. */
	unsigned brings;		/* So many threads, at most. */
	struct how how;
};

extern const struct kind kinds[];
extern const int kind_count;
extern const char *const specials[SPECIALS];

/* Key 1 is `a`. Returns 0 for what is no key's name. */
char key_name(int key);
int key_named(char name);
/* False: it is no program, and why was said. */
bool program_read(struct program *, const char *text);
/* Return the lengths. */
size_t table_write(char *text, unsigned policy, unsigned place, enum special, bool diagnostics);
size_t call_write(char *text, const struct kind *, int key);
/* The same of a thread that does what has to be done before the call, too. */
size_t thread_write(char *text, const struct kind *, int key);
void program_use(const struct program *);
void program_setup(void);

/* The calls in progress that may have a key in hand. */
struct calls {
	bool in_call[EX_THREADS];
	bool as_task[EX_THREADS];	/* It has it in hand also while it sleeps. */
	bool can_fail[EX_THREADS];	/* Another thread may take it out of the queue, asleep. */
	bool is_downgrading;
	unsigned begun;			/* So many, ever. */
};

/* Diagnostics can be switched off and on. They are on at first, if the table has them. */
struct recording {
	bool is_possible;		/* The table has diagnostics. */
	bool is_on;			/* As the last switch left it; */
	bool is_unsure;			/* or that is not known, as there were two at once. */
	int switching;			/* Switches in progress. */
	unsigned changes;		/* Their beginnings and ends, so far; */
	unsigned changes_before[EX_THREADS];	/* and when the thread's call began. */
};

/* How far the program has come. */
struct so_far {
	int threads;
	int naming_left[EX_THREADS];	/* Calls ahead that name the table; */
	bool is_naming[EX_THREADS];	/* and: in one now. */
	ex_time_t named;		/* The end of those before, which closing comes after. */
	int tickers;
	int stuck;			/* Tasks that were woken and do not run. */
	bool was_closed;
	uint64_t acquisitions;		/* The table's count in an earlier state: it never falls. */
	unsigned attempts, refusals;	/* Of two keys. */
	unsigned suspensions;		/* How often a task was suspended, */
	unsigned suspended;		/* and of how many waits. */
	bool may_shut_down;		/* A thread has a call that does; */
	bool is_shutting_down;		/* it has begun, */
	bool is_shut_down;		/* and is over. */
	unsigned closed;		/* So many calls that count have failed for it. */
	unsigned failing, failed;	/* Waiters that were about to be failed, and were; */
	unsigned deadlocks;		/* and calls that failed for that. */
	bool is_crowded;		/* The table has a limit of waiters. */
	bool may_be_closed;		/* A thread has a call that closes it. */
	bool keeps_values;		/* Its entries keep values. */
	unsigned cancelling;		/* Cancellations of tasks, in progress. */
	bool are_flights;		/* The table is for flights. */
	unsigned flights, flying;	/* So many have begun, and of these, so many go on; */
	unsigned landed, left;		/* and of the others who called, so many got a result, or
					   none. */
	struct recording recording;
	bool has_permits, has_capacities;	/* The table. */
	uint32_t capacity[KEYS];	/* What somebody says who is asked. */
	bool was_lower;			/* Than two: a request for two may have failed. */
	uint64_t *data;			/* What the keys protect. */
};

/* No key ever has more permits than these. */
#define MOST_CAPACITY	2

extern struct so_far so_far;
extern struct calls calls_of[KEYS];
extern struct model ex_model;		/* What the program holds and has pinned. */
extern lt_table_t *ex_table;		/* NULL: it was closed, and has no users. */
extern lt_key_t ex_keys[KEYS];

/* A key of a table of values. What it owns is counted; NULL: it owns nothing. */
struct value {
	uint64_t key, more[4];
	struct owned *owned;
};

/*
 * Makes a key of a call, which lends its value: the value lives on the stack of the call. Each call
 * ends its loan, once the table has the value no more or has got one of its own.
 */
lt_key_t loan_make(int key, struct value *);
/* Gives the table a value of its own, if the hold or the pin borrows that of the loan. */
lt_hold_t loan_give(lt_hold_t, struct value *);
void loan_end(struct value *);
extern const lt_value_operations_t loan_operations;

/* Before the first state. */
void capacities_reset(void);

/* Waiters that have a place in the table, whose waiters are limited. */
uint32_t waiting_in_table(void);
/* What a hold's tag says: its record, or NULL. */
const struct lt_record *record_of(lt_hold_t);
/* The key of a hold, in the table. */
int key_held(lt_hold_t);

#endif /* PROGRAM_H */
