/*
 * CLockTable: locks by key. The C interface of the lock table.
 *
 * A table maps keys to reader/writer locks that exist only while somebody needs
 * them: a key takes up space while it is held, waited for, or in a call's hands,
 * and not a moment longer. Every function may be called from any thread unless it says
 * otherwise. Nothing here is async-signal-safe.
 *
 * What the functions promise:
 *  - A key has one exclusive hold, or any number of shared ones, at a time. Keys are
 *    one key if and only if their identities are equal; equal hashes of different
 *    keys never meet.
 *  - A waiter is woken exactly when it has something to do, and one that leaves
 *    (deadline) passes its turn on.
 *  - A hold belongs to nobody: any thread may release it, also when the one that made
 *    it has ended, and after lt_table_close().
 *  - A failed allocation is an LT_NO_MEMORY return, and changes nothing.
 *  - Misuse (releasing what is not held, a key of the wrong kind, a failed
 *    acquisition used as a hold) prints one sentence to standard error and
 *    aborts, as far as it can be noticed: of a hold that was released before,
 *    the memory may be gone, or the key held by somebody else.
 *  - A stack of 16 KB is enough for every call: they go 2.2 KB deep at the most, without
 *    the caller's functions. (The first call of a function that the dynamic linker has
 *    not bound yet goes 5 KB deep.)
 *
 * A pthread_cancel() of a thread that is in a call stays pending until the call has returned:
 * none is a cancellation point, waiting ones included. The functions that the caller gives to a
 * table run as they are: one that may be cancelled in the middle has to see to it that it is
 * not (pthread_setcancelstate), as the rest of the call would be missing. Asynchronous
 * cancelability (PTHREAD_CANCEL_ASYNCHRONOUS) is not for threads that use a table.
 *
 * On Linux the process registers for membarrier() when its first table is made, which takes
 * some milliseconds if it has several threads by then; where it is refused, the table
 * does without. Where it is refused later, for want of memory or by a filter of system calls, the
 * table does without from then on; a waiter that needed it at that moment looks again after
 * a growing time.
 *
 * In a child of fork(), tables made there work as in any process, deadlines of
 * suspensions included. So do the parent's, in the child's copy, if no other thread used
 * them at that moment: what was held is held in both, and each releases its own.
 * Otherwise leave them alone in the child: a lock that another thread had in its hands
 * stays taken, and who waited never comes for the key that it is handed. What was
 * suspended may be cancelled and ended there, but its deadline does not come, and a watch
 * (lt_watch_start) has no thread.
 */
#ifndef LT_CLOCKTABLE_H
#define LT_CLOCKTABLE_H

#include "lt_target.h"
#ifdef LT_SUPPORTED

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wnullability-extension"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__clang__)
#define LT_NONNULL _Nonnull
#define LT_NULLABLE _Nullable
#else
#define LT_NONNULL
#define LT_NULLABLE
#endif

typedef struct lt_table lt_table_t;

/* Results. Zero is success; the others change nothing in the table. */
#define LT_OK		 0u
#define LT_BUSY		 1u	/* Held by someone, and the call was not to wait. */
#define LT_TIMED_OUT	 2u	/* The deadline passed before the key was free. */
#define LT_NO_MEMORY	 3u	/* An allocation failed. */
#define LT_INVALID	 4u	/* The configuration is out of range. */
#define LT_NOT_ASCII	 5u	/* lt_acquire_ascii() met a byte above 0x7f. */
#define LT_TOO_MANY	 6u	/* The key's queue is as long as it may be. */
#define LT_CANCELLED	 7u	/* A suspension was cancelled. */
#define LT_SUSPENDED	 8u	/* A suspension's continuation will be resumed. */
#define LT_NO_THREAD	 9u	/* The system has no thread to keep a suspension's deadline with. */
typedef uint32_t lt_status_t;

/*
 * Deadlines are in nanoseconds of the core's monotonic clock (lt_now_ns()).
 * LT_NO_WAIT tries once; LT_FOREVER has no limit. The clock is
 * read by calls that have to wait, and by no others. A deadline that has passed
 * still tries once.
 */
#define LT_NO_WAIT	 0ull
/* No deadline: try once, and pin the key if it is held. See lt_hold_t, lt_acquire_multi(). */
#define LT_OR_PIN	 0xfffffffffffffffdull
#define LT_FOREVER	 0xffffffffffffffffull
/* Of a suspension: no deadline, and it joins a queue that is full, as threads without a deadline do. */
#define LT_UNREFUSED	 0xfffffffffffffffeull

uint64_t lt_now_ns(void);
/* Now plus that many nanoseconds; LT_FOREVER where the sum would overflow. */
uint64_t lt_deadline_after_ns(uint64_t nanoseconds);

/* A thread or a task, as somebody who looks at a table is told of it. */
typedef struct lt_acquirer {
	uint64_t id;
	uint32_t is_task;
	char name[36];		/* Ends with a zero; empty if it has none. */
} lt_acquirer_t;

/* Resumes what was suspended; see lt_suspension_create(). */
typedef void (*lt_resume_t)(void *LT_NONNULL continuation);

/* What a table's keys are made of. Fixed when the table is made. */
#define LT_KEYS_INTEGER	 0u	/* 64-bit integers. */
#define LT_KEYS_BYTES	 1u	/* Byte strings of any length, empty included. */
#define LT_KEYS_OPAQUE	 2u	/* The caller's own keys, compared by its functions. */

/*
 * How to handle opaque keys. Called with no lock of the table's held; they may
 * block and may use the table. destroy() may run while the caller holds the key
 * that it is acquiring or releasing.
 */
typedef struct lt_key_operations {
	/* Is the stored key the wanted one? */
	bool (*LT_NONNULL equal)(const void *LT_NONNULL stored, const void *LT_NONNULL wanted);
	/* Makes the stored form of a wanted key; NULL if memory ran out. */
	void *LT_NULLABLE (*LT_NONNULL copy)(const void *LT_NONNULL wanted);
	/* Frees a stored key. */
	void (*LT_NONNULL destroy)(void *LT_NONNULL stored);
} lt_key_operations_t;

/*
 * Who gets a key that is released while others wait, whichever way they want it.
 *
 * LT_ADAPTIVE: whoever comes first, be it the oldest waiter (which is woken) or
 *   a newcomer, until the oldest waiter has found itself too late after waiting
 *   longer than LT_HANDOFF_BOUND_NS: then the next release hands it the key.
 * LT_FIFO: the oldest waiter, always.
 *
 * Under both, a queue lets readers that stand next to each other in together, as
 * soon as the first of them may go; and a reader who comes while others hold the key
 * and a writer waits stands behind it.
 */
#define LT_ADAPTIVE	 0u
#define LT_FIFO		 1u
#define LT_HANDOFF_BOUND_NS 500000ull

#define LT_MAX_STRIPES	 65536u

struct lt_sleep;	/* In lt_inspect.h. */

typedef struct lt_config {
	/*
	 * A power of two up to LT_MAX_STRIPES. 0 = 64 for each core that the process can use, in
	 * all at least 64 and at most 1024. The cores are those of the main thread's affinity
	 * mask, or fewer if the quotas of the process's control groups come to fewer (rounded up).
	 * They are counted once, for the first table that asks.
	 */
	uint32_t stripes;
	uint32_t fairness;	/* LT_ADAPTIVE or LT_FIFO. */
	uint32_t keys;		/* LT_KEYS_… */
	/*
	 * The longest queue that a key may have, for acquisitions with a deadline and
	 * for suspended ones but LT_UNREFUSED: they fail with LT_TOO_MANY. 0 = no limit but the most
	 * that can be counted, 8388607, beyond which the others trap.
	 */
	uint32_t most_waiters;
	/* Secrets of the hash. Both zero: drawn from the system. */
	uint64_t seed[2];
	/* For LT_KEYS_OPAQUE; copied. */
	const lt_key_operations_t *LT_NULLABLE operations;
	/*
	 * Asked, with no lock held, before a thread goes to sleep: does it run a task,
	 * which it should suspend instead? lt_table_task_sleeps() counts the answers.
	 * `sleep` says what for, and is good during the call, as is the key, which stays
	 * present. May block, use the table, or not return.
	 */
	bool (*LT_NULLABLE runs_task)(void *LT_NULLABLE context, const struct lt_sleep *LT_NONNULL sleep);
	void *LT_NULLABLE runs_task_context;
	/*
	 * How a thread of the core's own resumes a suspension, on which the deadlines of the
	 * whole process depend: it calls this, which must not block, to have `resume` called
	 * elsewhere. NULL: it calls `resume` itself.
	 */
	void (*LT_NULLABLE resume_apart)(lt_resume_t LT_NONNULL resume,
	    void *LT_NONNULL continuation);
	/*
	 * Waiters that were woken and do not come hold up those behind them, as nobody looks
	 * at them: for tests that decide themselves when a waiter runs.
	 */
	bool unmonitored;
	/*
	 * Keep account of who holds and waits since when, for lt_table_inspect(). It costs
	 * each acquisition an allocation, a look at the clock and a longer way; where
	 * memory is short, it is not kept. identify is asked, with no lock held, which task
	 * is calling; false, or NULL: none, but a thread.
	 */
	bool diagnostics;
	bool (*LT_NULLABLE identify)(lt_acquirer_t *LT_NONNULL);
} lt_config_t;

/* Makes a table. LT_OK, LT_NO_MEMORY or LT_INVALID. */
lt_status_t lt_table_create(const lt_config_t *LT_NONNULL config,
    lt_table_t *LT_NULLABLE *LT_NONNULL table);

/*
 * Ends the caller's use of a table. Holds, pins and waits that exist go on as
 * before; the last of them to end frees the memory. No other call that names the
 * table may begin after this one or be in progress, except one that waits for a
 * key already.
 */
void lt_table_close(lt_table_t *LT_NONNULL table);

uint32_t lt_table_stripes(const lt_table_t *LT_NONNULL table);

/*
 * Keys present (held, waited for, or in a call's hands) as each stripe was when
 * it was looked at, one stripe after the other. It visits every stripe, however few keys there
 * are, and locks each for a moment. A table holds at most 2^29 - 1 keys a stripe beside the
 * first; one more traps.
 */
size_t lt_table_count(lt_table_t *LT_NONNULL table);
/* Is none present? The same, but it stops at the first stripe that has a key. */
bool lt_table_is_empty(lt_table_t *LT_NONNULL table);

/* Bytes the table has allocated, counted the same way. */
size_t lt_table_bytes(lt_table_t *LT_NONNULL table);

/*
 * What a table has done since it was made, and what it is like now. Each stripe is
 * looked at in turn, locked for a moment; the sums are exact when nobody else is
 * at work.
 */
typedef struct lt_statistics {
	uint64_t acquisitions;		/* Holds made, of each key of several once all are held. */
	uint64_t contended;		/* Those, made or failed, that did not find their key free; tries apart,
					   suspensions included. */
	uint64_t parks;			/* Times a thread turned to sleep, or a task was suspended. */
	uint64_t hand_offs;		/* Holds that somebody else made for who was waiting. */
	uint64_t timeouts;
	uint64_t cancellations;
	uint64_t refusals;		/* LT_TOO_MANY. */
	uint64_t task_sleeps;		/* How often config.runs_task said yes. */
	uint64_t keys;			/* Present. */
	uint64_t peak_keys;		/* The sum of the stripes' peaks: at least the table's. */
	uint64_t bytes;			/* Allocated. */
} lt_statistics_t;

void lt_table_statistics(lt_table_t *LT_NONNULL table, lt_statistics_t *LT_NONNULL statistics);

/* How often config.runs_task said yes. */
size_t lt_table_task_sleeps(const lt_table_t *LT_NONNULL table);

/*
 * A hold: where the held key lives, and a tag by which misuse is noticed. A
 * plain value; it owns no memory. place == NULL says that the acquisition
 * failed, and tag then is the lt_status_t. With LT_OR_PIN an odd place says that
 * the key is held by another and was pinned: less LT_PIN_BIT, it is a pin.
 */
#define LT_PIN_BIT	1u
typedef struct lt_hold {
	void *LT_NULLABLE place;
	uint64_t tag;
} lt_hold_t;

/*
 * A key prepared for the functions that take one of any kind, and for this table
 * only: each has a seed of its own. It borrows what it was made from until the
 * call that it is given to returns.
 */
typedef struct lt_key {
	uint64_t hash;
	const void *LT_NULLABLE bytes;
	size_t length;
	uint32_t kind;
	uint32_t is_ascii;
} lt_key_t;

lt_key_t lt_key_integer(const lt_table_t *LT_NONNULL table, uint64_t value);
lt_key_t lt_key_bytes(const lt_table_t *LT_NONNULL table, const void *LT_NULLABLE bytes,
    size_t length);
/* The same of a copy, for which there has to be room at `to`. Is it ASCII? */
bool lt_key_copy(const lt_table_t *LT_NONNULL table, const void *LT_NULLABLE bytes, size_t length,
    void *LT_NONNULL to, lt_key_t *LT_NONNULL key);
lt_key_t lt_key_opaque(const lt_table_t *LT_NONNULL table, uint64_t hash,
    const void *LT_NONNULL wanted);

/*
 * Acquire one key, waiting until the deadline. LT_BUSY (only with LT_NO_WAIT),
 * LT_TIMED_OUT, LT_NO_MEMORY. Not reentrant: a thread that acquires a key it
 * holds waits for itself.
 */
lt_hold_t lt_acquire(lt_table_t *LT_NONNULL table, const lt_key_t *LT_NONNULL key,
    uint64_t deadline);
/* The same for one kind, faster. The ASCII form may also fail with LT_NOT_ASCII. */
lt_hold_t lt_acquire_integer(lt_table_t *LT_NONNULL table, uint64_t value, uint64_t deadline);
lt_hold_t lt_acquire_bytes(lt_table_t *LT_NONNULL table, const void *LT_NULLABLE bytes,
    size_t length, uint64_t deadline);
lt_hold_t lt_acquire_ascii(lt_table_t *LT_NONNULL table, const void *LT_NULLABLE bytes,
    size_t length, uint64_t deadline);

/* Gives a hold back. */
void lt_release(lt_hold_t hold);
/*
 * The same, at half the cost where nobody else wants the key, for who knows that the table
 * is not closed before this returns. (Other threads may have had the key and given
 * it back by then.) Takes the hold's place alone, so that its tag need not be kept.
 */
void lt_release_while_open(void *LT_NULLABLE place);

/*
 * The same for a shared hold: others may have one at the same time. Of the
 * readers of one key there can be 2^31 - 1; one more waits.
 */
lt_hold_t lt_acquire_shared(lt_table_t *LT_NONNULL table, const lt_key_t *LT_NONNULL key,
    uint64_t deadline);
lt_hold_t lt_acquire_integer_shared(lt_table_t *LT_NONNULL table, uint64_t value,
    uint64_t deadline);
lt_hold_t lt_acquire_bytes_shared(lt_table_t *LT_NONNULL table, const void *LT_NULLABLE bytes,
    size_t length, uint64_t deadline);
lt_hold_t lt_acquire_ascii_shared(lt_table_t *LT_NONNULL table, const void *LT_NULLABLE bytes,
    size_t length, uint64_t deadline);
void lt_release_shared(lt_hold_t hold);

/*
 * Makes a shared hold of an exclusive one, and lets in the readers that are first
 * in the queue. Waits for nobody. There is no way up: of two readers who wanted
 * it, each would wait for the other.
 */
lt_hold_t lt_downgrade(lt_hold_t hold);

/* Is the key held at this moment? Waits for nobody. */
bool lt_is_held(lt_table_t *LT_NONNULL table, const lt_key_t *LT_NONNULL key);

/*
 * Is one of the holds, which the caller has, a hold of that key in that table? Their places may
 * have LT_SHARED_BIT. Exact: a held key stays where it is. Waits for nobody.
 */
bool lt_is_hold_of(lt_table_t *LT_NONNULL table, const lt_key_t *LT_NONNULL key,
    const lt_hold_t *LT_NONNULL holds, size_t count);

/*
 * Several keys. They are taken one after the other, in one order that all callers share,
 * so that callers who hold nothing else can't deadlock, and of two calls for the same
 * keys one gets them: the order is the same however a call lists its keys, and whether it
 * waits or not. Duplicates become one hold: *count shrinks. On failure nothing is held and
 * nothing is pinned, and nothing was counted as an acquisition. Functions of the table's user
 * (lt_key_operations_t) are called before the first key is taken, and when none is held.
 *
 * Each of `holds` says by its place how its key is to be held: NULL, or LT_SHARED_BIT. The hold has
 * the bit added to its place; of duplicates, an exclusive one counts. lt_release_multi() releases
 * both kinds.
 */
#define LT_SHARED_BIT	2u
/*
 * Acquires all: keys[i] for holds[i], or, of integers, those in the tags of `holds`, which is faster.
 * The holds stand in the order in which they were taken. LT_BUSY (only with LT_NO_WAIT),
 * LT_TIMED_OUT, LT_TOO_MANY, LT_NO_MEMORY. With LT_OR_PIN: if one is held by another,
 * LT_SUSPENDED: the first *taken are holds, and the others are pins, to go on with. (Otherwise
 * *taken means nothing.)
 */
lt_status_t lt_acquire_multi(lt_table_t *LT_NONNULL table, const lt_key_t *LT_NONNULL keys,
    lt_hold_t *LT_NONNULL holds, size_t *LT_NONNULL count, size_t *LT_NONNULL taken,
    uint64_t deadline);
lt_status_t lt_acquire_multi_integers(lt_table_t *LT_NONNULL table, lt_hold_t *LT_NONNULL holds,
    size_t *LT_NONNULL count, size_t *LT_NONNULL taken, uint64_t deadline);
void lt_release_multi(const lt_hold_t *LT_NONNULL holds, size_t count);
/* As lt_release_while_open() does. */
void lt_release_multi_while_open(const lt_hold_t *LT_NONNULL holds, size_t count);

/*
 * A pin keeps a key present and is no hold. Its place may have LT_SHARED_BIT added to
 * it, where it is to become a shared hold, which keeps the bit.
 */
lt_hold_t lt_pin(lt_table_t *LT_NONNULL table, const lt_key_t *LT_NONNULL key);
/* One more of the same key: of a pin, or of a hold. */
void lt_pin_again(lt_hold_t pin);
void lt_unpin(lt_hold_t pin);
/* Makes a hold of the pin if that can be done at once. */
bool lt_try_pinned(lt_hold_t *LT_NONNULL pin);

/* The same as lt_acquire_multi(), for keys that are pinned already. */
lt_status_t lt_acquire_pinned(lt_hold_t *LT_NONNULL pins, size_t *LT_NONNULL count,
    uint64_t deadline);
/*
 * Its steps. First, pins are put into the order in which to acquire them; *count shrinks as above.
 * Then, with *taken of them held, those that come next are taken for as long as each
 * can be had at once: LT_OK, if those were all, or LT_SUSPENDED. Or they are waited for, and on
 * failure nothing is held or pinned, as above.
 */
void lt_sort_pins(lt_hold_t *LT_NONNULL pins, size_t *LT_NONNULL count);
lt_status_t lt_take_pinned(lt_hold_t *LT_NONNULL pins, size_t count, size_t *LT_NONNULL taken);
lt_status_t lt_wait_pinned(lt_hold_t *LT_NONNULL pins, size_t count, size_t taken,
    uint64_t deadline);

/*
 * Waiting without a thread. A suspension is one acquisition, of a pinned key, by
 * a caller that has a continuation to be resumed instead of a thread to be put
 * to sleep; it stands in the same queue as threads do.
 *
 *	create → begin → (resumed → come → begin)* → end
 *
 * create takes over the pin, which may have LT_SHARED_BIT; NULL (no memory) leaves
 * it. begin returns LT_OK,
 * LT_CANCELLED, LT_TIMED_OUT, LT_TOO_MANY, LT_NO_MEMORY, LT_NO_THREAD, and then will not
 * resume; or LT_SUSPENDED, and then the continuation is resumed exactly once,
 * with no lock held, on the thread that is the cause. After that, come claims the key if it was
 * granted, or takes it if it is free, and tells whether it is over (as begin's results) or must
 * begin again (LT_SUSPENDED). end frees the suspension and returns the hold (without the bit), or
 * the reason why there is none. It must be called exactly once, when begin or come has said that
 * it is over: what was only granted, and not claimed by come, can be taken back.
 *
 * cancel may be called by any thread, any number of times, from create to end,
 * also before begin. Until the hold is claimed, a cancellation or the deadline ends the
 * suspension at once, whether or not its continuation runs: its turn, or the key, is passed on.
 *
 * Continuations must be enqueued, not run in the callback: one that ran there,
 * and released, would resume the next from within. While one that was resumed does not run,
 * LT_ADAPTIVE holds up others for 4 ms at the most: then the next waiter is woken as well, and a key
 * that was granted is taken back (the suspension stays in the queue). LT_FIFO leaves it the key.
 */
typedef struct lt_suspension lt_suspension_t;

lt_suspension_t *LT_NULLABLE lt_suspension_create(lt_hold_t pin, uint64_t deadline,
    lt_resume_t LT_NONNULL resume);
/*
 * The same in memory of the caller's, aligned as malloc's is and of lt_suspension_size()
 * bytes, which stays until end has returned. Needs no other memory (with diagnostics, it
 * uses some if there is some), and so does not fail.
 */
lt_suspension_t *LT_NONNULL lt_suspension_create_in(void *LT_NONNULL memory, lt_hold_t pin,
    uint64_t deadline, lt_resume_t LT_NONNULL resume);
size_t lt_suspension_size(void);
/* Before begin: it waits for number `index` of `count` keys, from zero, which count with the last. */
void lt_suspension_set_part(lt_suspension_t *LT_NONNULL suspension, size_t index, size_t count);
lt_status_t lt_suspension_begin(lt_suspension_t *LT_NONNULL suspension,
    void *LT_NONNULL continuation);
lt_status_t lt_suspension_poll(lt_suspension_t *LT_NONNULL suspension);
void lt_suspension_cancel(lt_suspension_t *LT_NONNULL suspension);
lt_hold_t lt_suspension_end(lt_suspension_t *LT_NONNULL suspension);

/* Is there a thread that keeps the deadlines of suspensions? It ends when idle for a second. */
bool lt_timer_is_running(void);

/* The integer that the tag of a pin of an integer key stands for. */
uint64_t lt_integer_of_tag(const lt_table_t *LT_NONNULL table, uint64_t tag);

/*
 * Memory of the whole process's tables. Replace it before the first table is
 * made, and never while one exists or lt_timer_is_running(). Blocks need be aligned as malloc's are. The
 * functions must not use a table: where keys are many and memory is short, they
 * are called with a stripe locked.
 */
typedef struct lt_allocator {
	void *LT_NULLABLE (*LT_NONNULL allocate)(size_t size);
	void (*LT_NONNULL deallocate)(void *LT_NONNULL block, size_t size);
} lt_allocator_t;

void lt_set_allocator(const lt_allocator_t *LT_NULLABLE allocator);

/* Looking into a table, and a thread that does so every so often. */
#include "lt_inspect.h"

#ifdef __cplusplus
}
#endif

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

#endif /* LT_SUPPORTED */
#endif /* LT_CLOCKTABLE_H */
