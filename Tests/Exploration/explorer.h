/*
 * The explorer: runs small programs of the core's calls, each many times, with the
 * threads' steps in another order each time.
 *
 *   search.c      executions as lists of choices
 *   scheduler.c   threads: fibers, one of which runs at a time
 *   memory.c      what is ordered by what
 *   atomics.c     which values may be read
 *   blocks.c      what was allocated and freed
 *   machine.c     the platform below the core: the clock, memory, threads
 *   sleeping.c    futexes, mutexes, conditions
 *   program.c     programs; kinds.c: the calls that they are made of
 *   state.c       what must be true in each state; records.c: with diagnostics; entries.c: a walk
 *   words.c       programs as text
 *   report.c      the interleaving of a failure; names.c: of places
 *
 * A step is an operation that other threads can notice: on an atomic, a stripe lock, a
 * futex, a mutex, the clock. Between steps threads are not interleaved: plain accesses
 * of two threads to one place, unless ordered by steps, are a failure by themselves.
 */
#ifndef EXPLORER_H
#define EXPLORER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EX_THREADS	8
#define EX_ARENA	((size_t)1 << 20)
#define EX_STACK	((size_t)1 << 16)
#define EX_MEMORY	(EX_ARENA + EX_THREADS * EX_STACK)

/* --- search.c, scheduler.c ------------------------------------------------------------------- */

/* How far from the plainest order an execution may be. */
struct ex_bounds {
	int preemptions;	/* Threads stopped that could go on. */
	int stale;		/* Atomic loads that do not see the newest value. */
	int jumps;		/* Readings of the clock that find much time gone. */
	int faults;		/* Sleeps that end for no reason, and spins that are in vain. */
};

enum ex_choice { EX_WHO, EX_STALE, EX_JUMP, EX_FAULT, EX_CHOICES };

struct ex_counts {
	uint64_t executions, steps, failures;
	uint64_t cut_off;	/* Programs that have more executions than were to be explored. */
};

extern struct ex_bounds ex_bounds;
/* So many executions of a program are explored at most; 0: all. */
extern uint64_t ex_most_executions;

/* All executions within the bounds, or the first of them. False: one failed, and was reported. */
bool ex_explore(void (*setup)(void), struct ex_counts *);
/* That many random ones, from a seed on: priorities, changed a few times (PCT). */
bool ex_sample(void (*setup)(void), uint64_t seed, uint64_t executions, struct ex_counts *);
/* From now on a crash is a failure of the execution. In crashes.c. */
void ex_catch_crashes(void);
/* The one of a report. */
bool ex_replay(void (*setup)(void), const char *choices);

/* Of n possibilities, which cost their bound if they are not the first. */
unsigned ex_choose(enum ex_choice, unsigned n);

extern int ex_current;			/* The thread that runs. */
static inline int ex_self(void) { return ex_current; }
int ex_spawn(const char *name, void (*run)(void *), void *argument);
bool ex_is_running(int thread);		/* Neither asleep nor at its end. */
bool ex_is_alone(void);			/* All but the first have ended. */
const char *ex_name_of(int thread);
uintptr_t ex_stack_top(int thread);	/* What lies below is no longer in use. */

/* Before each step: another thread may go first. */
void ex_step(void);
/* Like ex_step(), and being stopped there costs nothing. */
void ex_yield(void);
/*
 * Until it may run, or the clock reaches the deadline: false. `asleep`: in a sleep that a call's
 * meaning includes; of other sleeps, the deadline is reached only if no other thread can go on.
 */
bool ex_block(bool (*may_run)(void *), void *argument, uint64_t deadline, bool asleep);

_Noreturn void ex_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool ex_is_traced(void);
const char *ex_failure(void);		/* Of the last execution. */
extern bool ex_is_silent;		/* No reports. */
/* The choices so far, as ex_replay() takes them. */
void ex_print_choices(void);

/* --- memory.c, atomics.c, blocks.c --------------------------------------------------- */

/* A time, in events of each thread. */
typedef uint16_t times_t __attribute__((vector_size(EX_THREADS * sizeof(uint16_t))));
typedef union ex_time {
	uint16_t at[EX_THREADS];
	times_t all;
} ex_time_t;

enum ex_order { EX_RELAXED, EX_CONSUME, EX_ACQUIRE, EX_RELEASE, EX_ACQ_REL, EX_SEQ_CST };

char *ex_memory(void);
void ex_memory_reset(void);
void ex_thread_begins(int thread, int parent);
/* What `from` has done is before what `to` does next. */
void ex_joins(ex_time_t *to, const ex_time_t *from);
ex_time_t *ex_time_of(int thread);
/* Begins the current thread's next event. */
void ex_tick(void);

void ex_read(const void *, size_t);
void ex_write(const void *, size_t);
uint64_t ex_load(const void *, size_t, enum ex_order);
void ex_store(void *, size_t, uint64_t, enum ex_order);
/* ex_store() without a step before it. */
void ex_put(void *, size_t, uint64_t, enum ex_order);
/* Replaces the newest value, and returns it. */
uint64_t ex_update(void *, size_t, uint64_t (*with)(uint64_t old, uint64_t operand),
    uint64_t operand, enum ex_order);
bool ex_swap_if(void *, size_t, uint64_t *expected, uint64_t value, enum ex_order,
    enum ex_order failing);
void ex_fence(enum ex_order);
/* Every thread's stores are seen by every thread: sys_membarrier(). A step of its own. */
void ex_membarrier(void);

void *ex_allocate(size_t);
void ex_deallocate(void *, size_t);
size_t ex_allocated(void);
/* Has the block been given back? */
bool ex_is_freed(const void *);

/* --- machine.c, sleeping.c -------------------------------------------------------- */

void ex_machine_reset(void);
void ex_sleeping_reset(void);
/* Does the current thread have the stripe's lock? */
bool ex_has_stripe(void);
/* Does a thread sleep there, at a standstill? */
bool ex_stripe_has_sleeper(const void *stripe);
uint64_t ex_now(void);
void ex_advance(uint64_t);
bool ex_timer_is_running(void);
size_t ex_machine_bytes(void);
/* Allocations from now on until one fails; -1 = all succeed. */
extern int ex_allocations_left;
/* Was the serial number given to a record of this execution? */
bool ex_is_serial(uint64_t);
/* Does the system have membarrier(); and does it refuse it each time? */
extern bool ex_has_barrier, ex_barrier_fails;
/* Of each thread, the priority of its real-time policy; 0: an ordinary one. */
extern uint8_t ex_priorities[EX_THREADS];

/* --- state.c ----------------------------------------------------------------------- */

/* Checks the table, between two steps. */
void ex_check_state(void);
/* Called when only the clock could let a thread go on. */
void ex_check_standstill(void);
/* Does the stripe say that a thread sleeps at its lock? */
bool ex_has_sleepers(const void *lock);
/* Of what the lock does not guard: does it never change here, or may it change without the lock? */
bool ex_is_fixed(const void *);
bool ex_changes_unlocked(const void *);
/* "holders of key 1", or NULL. */
const char *ex_name_of_address(const void *);

/* --- report.c ---------------------------------------------------------------------- */

void ex_note(const void *address, const char *format, ...) __attribute__((format(printf, 2, 3)));
void ex_report_begin(void);
void ex_report_end(const char *failure);
extern const void *ex_pc;	/* Where the core called from. */

#endif /* EXPLORER_H */
