/*
 * A machine of up to 64 cores, of which each runs one thread, and the cache lines that move between
 * them. What it assumes is printed with its results: see main.c.
 */
#ifndef LINES_H
#define LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CL_CORES	64

/* How long things take on a core, in nanoseconds. They decide who overlaps whom, and how often. */
#define CL_ACCESS_NS	1	/* An access to a line that the core has: 0 or 1, at random. */
#define CL_TRANSFER_NS	40	/* One to a line of another core: 40 to 103, at random. */
#define CL_PAUSE_NS	10
#define CL_CLOCK_NS	20	/* A reading of the clock. */
#define CL_CALL_NS	500	/* A system call. */
#define CL_WAKE_NS	5000	/* From a wake-up until the sleeper runs. */
#define CL_FENCE_NS	2000	/* membarrier(), for its caller, */
#define CL_INTERRUPT_NS	500	/* and for each core that it interrupts. */

_Noreturn void cl_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* --- numbers at random: the same ones for the same seed ----------------------------------- */

void cl_seed(uint64_t seed);
uint64_t cl_random(void);

/* --- the directory: which cores have which line (directory.c) ----------------------------- */

/*
 * All memory that the core uses is in one arena, so that addresses are the same in each run. It
 * begins with the threads' stacks.
 */
#define CL_ARENA	((size_t)128 << 20)
#define CL_STACK	((size_t)64 << 10)

char *cl_arena(void);

struct cl_counts {
	uint64_t of_64, of_128;		/* Transfers of lines of that size. */
	uint64_t interrupts;		/* Of other cores, by heavy fences. */
};
extern struct cl_counts cl_counts;

/* No core has any of the arena's first bytes. */
void cl_directory_reset(size_t bytes);
/* Each of that many cores has all lines of the arena's first bytes, and none of them alone. */
void cl_directory_share(size_t bytes, int cores);
/*
 * When a core can make an access: now, or when the lines that it needs have come. A line goes to
 * one core after another, so it stays with each for about as long as a transfer takes.
 */
uint64_t cl_arrival(int core, const void *address, size_t size, bool writes, uint64_t now);
/* Notes an access of a core, and counts what it moves. */
void cl_touch(int core, const void *address, size_t size, bool writes);

/* --- cores: fibers and their clocks (cores.c) --------------------------------------------- */

/* Forgets all fibers, and makes that many cores, whose clocks are about the same. */
void cl_cores_reset(int cores);
int cl_core_count(void);
/* The core that runs. Outside of cl_cores_run() it is the one that was set. */
int cl_core(void);
void cl_set_core(int core);
/* Runs a function on each core, until it has returned on all. */
void cl_cores_run(void (*run)(void));

/*
 * An access of the core that runs. The core first waits for the line, if another one has it, and
 * others that are behind go on meanwhile.
 */
void cl_access(const void *address, size_t size, bool writes);
/* Time goes by on the core that runs. */
void cl_pass(uint64_t nanoseconds);
uint64_t cl_clock(void);
/* Sleeps at an address until it is woken (true) or the time has come. */
bool cl_sleep(const void *on, uint64_t until);
/* Wakes the one that has slept there the longest, if there is one. */
void cl_wake(const void *on);
/* All other cores lose some time. */
void cl_interrupt_others(void);

/* --- the machine below the core (machine.c) ----------------------------------------------- */

void cl_machine_reset(void);

/* --- its memory (memory.c) ---------------------------------------------------------------- */

void cl_memory_reset(void);
/* Takes so many bytes of the arena for good. */
void *cl_take(size_t size);
/* How many bytes of the arena are in use. */
size_t cl_memory_bytes(void);
/* The block around an address, and its size; NULL: none. */
const char *cl_block_of(const void *address, size_t *size);

/* --- names of what moves (fields.c) ------------------------------------------------------- */

struct lt_table;
void cl_fields_reset(void);
/* From now on, transfers of 64-byte lines are counted by the field whose access moved the line. */
void cl_fields_begin(struct lt_table *const *tables, int count);
void cl_fields_end(void);
void cl_field_moved(const void *address, bool writes);
void cl_fields_print(uint64_t operations);

/* --- what is run (scenarios.c, tasks.c) --------------------------------------------------- */

#define CL_MOST_TABLES	8

struct cl_scenario {
	const char *name;		/* NULL ends a list. */
	const char *what;
	/* Makes the tables and what is held all along. */
	void (*prepare)(uint32_t stripes);
	/* Does a part of an operation on the core that runs. True: it has ended an operation. */
	bool (*step)(void);
	/* How many keys are held at the end. */
	uint32_t held;
	/*
	 * Transfers of 64-byte lines by an operation: what they should be at most, and what is an
	 * error. These differ where the core has not come to what it should. 0: neither.
	 */
	double target, limit;
	bool must_scale;		/* They do not grow with the number of threads. */
};

#define CL_ANY_HELD	UINT32_MAX

extern const struct cl_scenario cl_scenarios[], cl_task_scenarios[];
extern struct lt_table *cl_tables[CL_MOST_TABLES];
extern int cl_table_count;

/* Forgets all tables: their memory is the machine's, which is reset. */
void cl_tables_reset(void);
/* Makes one more table, with keys of that kind. */
struct lt_table *cl_make_table(uint32_t stripes, uint32_t keys);

/* --- does the model count right? (checks.c) ----------------------------------------------- */

void cl_check_model(void);

#endif /* LINES_H */
