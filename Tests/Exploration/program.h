/* Programs: a table, and for each thread the calls that it makes, one after the other. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "explorer.h"

#include "CLockTable.h"

#define MOST_THREADS	4
#define MOST_CALLS	8
#define KEYS		10		/* Key 0 is the one that fills the resident. */

struct kind;

struct call {
	const struct kind *kind;
	int key, other;
};

enum place { RESIDENT, IN_SET, LONG_KEYS };

struct program {
	uint32_t fairness;
	enum place place;
	bool tracked;			/* With diagnostics. */
	bool counted;			/* On a system without membarrier(). */
	bool refused;			/* On one that grants it, and then refuses it. */
	int threads;
	struct { struct call calls[MOST_CALLS]; int count; } of[MOST_THREADS];
};

struct kind {
	char letter;
	const char *what;
	void (*run)(const struct call *);
	int names;			/* How many of its steps name the table. */
	bool takes_two;			/* Keys. */
	bool closes;
};

extern const struct kind kinds[];
extern const int kind_count;
const struct kind *kind_of(char letter);

/* "fifo set X1.D2|M12": policy, place, and the calls of each thread. False: it is none. */
bool program_read(struct program *, const char *text);
void program_write(const struct program *, char *text, size_t room);
void program_use(const struct program *);
void program_setup(void);

/* What the program itself knows: compared with what the table says. */
struct ghost {
	int writer;			/* 1 + the thread that holds it so. */
	int readers;
	int pins;
	bool in_call[EX_THREADS];	/* Of a call that has it in hand. */
	bool as_task[EX_THREADS];
};

/* How far the program has come. */
struct so_far {
	int threads;
	int naming_left[EX_THREADS];	/* Calls to come that name the table; */
	bool is_naming[EX_THREADS];	/* and: in one now. */
	ex_time_t named;		/* The end of those that there were: who closes a table knows. */
	int watches;
	int stuck;			/* Tasks that were woken and do not run. */
	bool was_closed;
	uint64_t kept;			/* Holds that calls got, each key of several. */
	uint64_t acquisitions;		/* The most that the table has told of, in a state before. */
	unsigned attempts, refusals;	/* Of two keys. */
	uint64_t *data;			/* What the keys protect. */
};

extern struct so_far so_far;
extern struct ghost ghosts[KEYS];
extern lt_table_t *ex_table;		/* NULL: it was closed and nobody is left. */
extern lt_key_t ex_keys[KEYS];

#endif /* PROGRAM_H */
