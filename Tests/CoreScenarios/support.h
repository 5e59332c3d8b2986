/*
 * What the scenarios share: complaints, threads, an allocator that counts,
 * fails and stops at will, keys of every form, and peek.c's view of the core.
 */
#ifndef CORE_SUPPORT_H
#define CORE_SUPPORT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "CLockTable.h"
#include "CoreScenarios.h"
#include "peek_suspensions.h"

#define LENGTH_OF(array)	(sizeof (array) / sizeof (array)[0])

/* --- complaints --------------------------------------------------------------- */

/* The first complaint of a scenario is its result. The scenario goes on. */
void complain(const char *sentence);
const char *first_complaint(void);
void forget_complaints(void);

#define EXPECT(condition, sentence)						\
	do {									\
		if (!(condition))						\
			complain(sentence);					\
	} while (0)

/* Prints a figure, in a line of its own, if core_scenario_tell() was called. */
__attribute__((format(printf, 1, 2))) void tell(const char *format, ...);

/* --- scenarios ----------------------------------------------------------------- */

/*
 * Defines a scenario, and nothing else has to name it:
 *
 *	SCENARIO(an_acquired_key_is_held)
 *	{
 *		...
 *	}
 *
 * A file that defines ALSO_WITH_DIAGNOSTICS as true before it includes this one has its
 * scenarios run twice: as they are, and on tables with diagnostics.
 */
#define SCENARIO(function)							\
	static void function(void);						\
	__attribute__((constructor)) static void				\
	register_##function(void)						\
	{									\
		static core_scenario_t plain =					\
		    { #function, __FILE__, __LINE__, false, function, NULL };	\
		static core_scenario_t diagnosed =				\
		    { #function "_with_diagnostics", __FILE__, __LINE__, true, function, NULL }; \
										\
		scenario_register(&plain);					\
		if (ALSO_WITH_DIAGNOSTICS)					\
			scenario_register(&diagnosed);				\
	}									\
	static void								\
	function(void)

#ifndef ALSO_WITH_DIAGNOSTICS
#define ALSO_WITH_DIAGNOSTICS	false
#endif

/* Before main(), and by one thread: SCENARIO calls it. */
void scenario_register(core_scenario_t *);

/* --- threads ------------------------------------------------------------------ */

#define MOST_THREADS	64

/* Threads of a scenario. Zero-initialised; joined before the scenario ends. */
struct crew {
	size_t count;
	pthread_t threads[MOST_THREADS];
};

void crew_add(struct crew *, void *(*work)(void *), void *argument);
void crew_join(struct crew *);

/* Waits for a child process, however many signals come. False: there is none. */
bool await_child(pid_t child, int *status);

/* For what changes the process. Complaints do not come back, only that there was one. */
void in_a_process(void (*deed)(void));

/* A child of fork() can start threads, but under ThreadSanitizer and under qemu's emulation. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NO_THREADS_AFTER_FORK 1
#endif
#endif
#if defined(__SANITIZE_THREAD__) || (defined(CORE_EMULATED) && !defined(NO_THREADS_AFTER_FORK))
#define NO_THREADS_AFTER_FORK 1
#endif

/* Something that happens, once or often, and that threads wait for. */
struct event {
	pthread_mutex_t mutex;
	pthread_cond_t condition;
	unsigned times;
};

#define EVENT	{ PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 }

void event_raise(struct event *);
void event_await(struct event *, unsigned times);
unsigned event_times(struct event *);

/* How often to repeat: an eighth under a sanitizer, under emulation, or if told to repeat less. */
unsigned scaled(unsigned times);
bool is_sanitized(void);
/* Lets time pass. Nothing may depend on how much. */
void pass_time(uint64_t nanoseconds);

/* xorshift64*: the state must not be zero. */
uint64_t random_next(uint64_t *state);

/*
 * Notices two threads inside at once: by the flag, by the count that does not
 * come out, or by ThreadSanitizer. Nothing in it is atomic.
 */
struct witness {
	volatile uint32_t inside;
	uint64_t entries;
};

void witness_enter(struct witness *);
void witness_leave(struct witness *);

/* --- memory ------------------------------------------------------------------- */

/*
 * The core's allocator counts for the threads of a scenario. Other suites of the
 * process get plain memory from it.
 */
void memory_begin(void);
void memory_end(void);
/* Marks another thread as one of the scenario's; crew_add() does. */
void memory_join(void);

size_t memory_outstanding(void);
/*
 * Awaits that a stopped ticker's end raised the event, and that the ticker freed itself: its last
 * act, on a detached thread, which the next scenario would take for its own. `before`: what was
 * outstanding when it was started.
 */
void await_end_of_ticker(struct event *ended, size_t before);
size_t memory_peak(void);
uint64_t memory_calls(void);
/* Allocations from the n-th on (0 = the next) fail, `many` of them. */
void memory_fail(uint64_t n, uint64_t many);
void memory_recover(void);
bool memory_has_failed(void);
void *memory_allocate(size_t);
void memory_deallocate(void *, size_t);
/* A block that outlives the scenario, and is to be counted no longer. */
void memory_disown(void *);

/*
 * A stop inside the core, for the one thread that asked for it: at its `after`th
 * allocation or call-back from now (0 = the next), it raises `reached` and
 * awaits `go_on`.
 */
struct stop {
	struct event reached, go_on;
};

#define STOP	{ EVENT, EVENT }

enum stop_place { STOP_ALLOCATE, STOP_EQUAL, STOP_COPY, STOP_DESTROY };

void stop_at(enum stop_place, unsigned after, struct stop *);
void stop_if_asked(enum stop_place);

/* --- keys --------------------------------------------------------------------- */

/*
 * The ALIKE forms' keys share one hash; of bytes, they have all lengths. LARGE_BYTES are long keys
 * for which the table keeps no room. EXTERNAL_BYTES are compared with no lock held.
 */
enum form {
	INTEGERS,
	SHORT_BYTES,
	LONG_BYTES,
	LARGE_BYTES,
	EXTERNAL_BYTES,
	OPAQUES,
	BYTES_ALIKE,
	OPAQUES_ALIKE,
	VALUES,
	/* Values of one hash. */
	VALUES_ALIKE,
	FORMS
};

#define LONG_KEY	80
#define LARGE_KEY	700
#define EXTERNAL_KEY	1100

struct label {
	uint64_t hash, id;
};

struct key {
	lt_key_t prepared;
	struct label label;
	unsigned char bytes[EXTERNAL_KEY];
};

/* In place: a prepared key borrows from it. */
void key_make(struct key *, const lt_table_t *, enum form, uint64_t number);

extern const lt_key_operations_t label_operations;
extern const lt_value_operations_t value_operations;
uint32_t kind_of(enum form);

#define SEED_0	UINT64_C(0x0123456789abcdef)
#define SEED_1	UINT64_C(0xfedcba9876543211)

/* Whether table_make() gives tables diagnostics, from now on: at first not. */
void set_diagnostics(bool);
/* Whether the monitor sweeps the tables of table_make(), from now on: at first not. */
void set_monitored(bool);
bool has_diagnostics_set(void);
/* With a known seed. */
lt_table_t *table_make(enum form, uint32_t stripes, uint32_t fairness);
/* Closes a table, in which no entry must be left. */
void close_empty(lt_table_t *);

/* Short for the common calls. */
lt_hold_t acquire(lt_table_t *, enum form, uint64_t number, uint64_t deadline);
lt_hold_t try_acquire(lt_table_t *, enum form, uint64_t number);
/* The same as a reader. */
lt_hold_t acquire_shared(lt_table_t *, enum form, uint64_t number, uint64_t deadline);
lt_hold_t try_shared(lt_table_t *, enum form, uint64_t number);
lt_hold_t pin(lt_table_t *, enum form, uint64_t number);
/* To become a shared hold. */
lt_hold_t pin_shared(lt_table_t *, enum form, uint64_t number);
bool is_held(lt_table_t *, enum form, uint64_t number);
bool is_hold_of(lt_table_t *, enum form form, uint64_t number, const lt_hold_t *, size_t count);
bool is_hold(lt_hold_t);
bool has_failed(lt_hold_t, lt_status_t);
/* What the table has counted. */
lt_statistics_t told_by(lt_table_t *);

/* A thread that acquires one key, says so, and holds it until told otherwise. */
struct holder {
	lt_table_t *table;
	enum form form;
	uint64_t number, deadline;
	bool is_shared;
	/* Stops in the core, if `stop` is set, or takes part in the witness, if that is. */
	struct stop *stop;
	enum stop_place place;
	unsigned after;
	struct witness *witness;
	lt_hold_t hold;
	struct event done, let_go;
};

/* The rest by designated initialiser; `let_go` from the start if it shall not wait. */
#define HOLDER	.done = EVENT, .let_go = EVENT

void *holder_run(void *holder);

/* --- suspensions -------------------------------------------------------------- */

/*
 * A suspension whose continuation counts. Each begin that suspends is resumed
 * once: as often as it was `begun`, when all is over.
 */
struct sleeper {
	lt_suspension_t *suspension;
	unsigned begun;
	struct event resumed;
};

#define SLEEPER	{ NULL, 0, EVENT }

/* Makes a suspension of a hold, for a flight. False: memory has failed, and the hold goes on. */
bool sleeper_try_create_of(struct sleeper *, lt_hold_t hold, uint64_t deadline);
/* Makes a suspension of a pin. False: the pin had failed, or memory has; the pin has ended. */
bool sleeper_try_create(struct sleeper *, lt_hold_t pinned, uint64_t deadline);
/* Pins the key and makes a suspension for it. */
void sleeper_create(struct sleeper *, lt_table_t *, enum form, uint64_t number, uint64_t deadline);
/* The same for a reader. */
void sleeper_create_shared(struct sleeper *, lt_table_t *, enum form, uint64_t number,
    uint64_t deadline);
/* Makes a suspension for a held key, and begins to wait. */
void sleeper_enqueue(struct sleeper *, lt_table_t *, enum form, uint64_t number);
void sleeper_enqueue_shared(struct sleeper *, lt_table_t *, enum form, uint64_t number);
lt_status_t sleeper_begin(struct sleeper *);
lt_status_t sleeper_poll(struct sleeper *);
lt_status_t sleeper_outcome(struct sleeper *);
/* Was it resumed as often as it was begun, or, if still queued, once less? */
bool sleeper_was_resumed(struct sleeper *);
bool sleeper_sleeps(struct sleeper *);
/* Ends what is over, and expects that it was resumed once a begin. */
lt_hold_t sleeper_end(struct sleeper *);
/* For holds that are missing after a complaint. */
void release_if_hold(lt_hold_t);
void release_shared_if_hold(lt_hold_t);

/* --- inside the core ----------------------------------------------------------- */

/* Waiters queued for a held or pinned key. */
size_t peek_queue(lt_hold_t);
/* Waiters that have a place in a table whose waiters are limited. */
uint32_t peek_places(const lt_table_t *);
/* Waits until there are so many. */
void await_queue(lt_hold_t, size_t waiters);
/* Waiters that were woken and have not competed yet. */
size_t peek_signalled(lt_hold_t);
/* Holder, waiters and pins. */
uint32_t peek_references(lt_hold_t);
/* Its key's hash, by which the key's place in the order of several is known. */
uint64_t peek_hash(lt_hold_t);
/* How many readers hold it, or HELD_BY_WRITER. */
uint32_t peek_holders(lt_hold_t);
#define HELD_BY_WRITER	UINT32_C(0x80000000)
#define MOST_READERS	UINT32_C(0x7fffffff)
/* Pretends that it has so many holders, is needed by so many, or waited for. */
void peek_set_holders(lt_hold_t, uint32_t);
void peek_set_queue(lt_hold_t, uint32_t);
void peek_set_references(lt_hold_t, uint32_t);
/* Pretends that the key's stripe has so many keys in its set. */
void peek_set_others(lt_hold_t, uint32_t);
#define MOST_IN_SET	UINT32_C(0x0fffffff)
/*
 * As on a system without membarrier(), for an unused table with one stripe. And: do the references
 * include the holder's?
 */
void peek_deny_barrier(lt_table_t *);
bool peek_is_counted(lt_hold_t);
/*
 * As for a waiter behind a fast hold: may it fence, so that a period of counted holds begins? How
 * long the stripe's period is, at least, in nanoseconds. And: ends the period now.
 */
bool peek_begin_counting(lt_hold_t);
/* Returns how long the period lasts, or 0 if one has begun before and is not over. */
uint64_t peek_begin_period(lt_hold_t);
void peek_end_counting(lt_hold_t);
/* Does the monitor look for the end of a fast hold, for a waiter without a fence? */
bool peek_is_unfenced(lt_hold_t);
/*
 * Will a waiter take the key? A key that is free and waited for
 * has one woken waiter, which is the oldest.
 */
bool peek_is_sound(lt_hold_t);
/* The cores that the process can use, counted anew. */
uint32_t peek_count_cores(void);
/* Keeps every other thread out of the key's stripe. */
void peek_freeze(lt_hold_t);
void peek_thaw(lt_hold_t);
/* Does a thread sleep at its lock, or at that of the table's only stripe, or is it about to? */
bool peek_is_slept_at(lt_hold_t);
bool peek_is_table_slept_at(const lt_table_t *);

/* Scenarios sweep when they like: a waiter that was woken and has not come stalls in the second. */
void peek_sweep(lt_hold_t);
/* Of a hold with a record: makes it longer ago that it began. Does nothing without a record. */
void peek_age_hold(lt_hold_t, uint64_t nanoseconds);
/* Removes the oldest waiter for a reason. True: it had to be woken. */
bool peek_remove(lt_hold_t, lt_status_t reason);
/* Pretends that the waiters missed the end of the hold, as where a fence was refused. */
void peek_end_unseen(lt_hold_t);
/* Are those in the queue these, in this order? */
bool peek_is_line(lt_hold_t, lt_suspension_t *const *, size_t length);
/* Does the timer have a thread, or memory? How many deadlines? Other suites may use it, too. */
bool peek_timer_runs(void);
size_t peek_timer_count(void);
/* Its mutex. Other threads hold it only for a moment. */
bool peek_timer_is_unlocked(void);
/* So that the first deadline from now on needs memory, as the timer has none to spare. */
void peek_trim_timer(void);
/* In a process that has no other thread: as if there never had been a timer. */
void peek_forget_timer(void);
/*
 * Pretends that 2^16 - 1 have waited in the key's stripe, and that 2^17 - 1 have gone to sleep
 * and were granted: one more, and what a counter's first line has room for is full.
 */
void peek_fill_counters(lt_hold_t);
/* The timer keeps its memory for a while, which is not the scenario's fault. */
void peek_disown_timer(void);

#endif /* CORE_SUPPORT_H */
