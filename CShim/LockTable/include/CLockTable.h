/*
 * CLockTable: locks by key. The C interface of the lock table.
 *
 * A table maps keys to reader/writer locks. A key uses memory only while it is held, waited for,
 * or pinned by a call in progress. Any thread may call every function, unless the function's
 * comment says otherwise. No function is async-signal-safe.
 *
 * The functions promise:
 *  - A key has one exclusive hold, or any number of shared holds, at a time. Two keys are one key
 *    if and only if their identities are equal. Different keys stay different, even if their
 *    hashes are equal.
 *  - A waiter is woken exactly when it has something to do. A waiter that leaves the queue
 *    (deadline, cancellation) passes its turn on.
 *  - A hold belongs to no thread. Any thread may release it, even after the thread that made it
 *    has ended, and after lt_table_close().
 *  - If an allocation fails, the call returns LT_NO_MEMORY and changes nothing.
 *  - Misuse (releasing what is not held, a key of the wrong kind, a failed acquisition used as a
 *    hold) prints one sentence to standard error and aborts, as far as the table can detect the
 *    misuse. A second release may go undetected: the memory of the hold may be freed by then, or
 *    the key may have another holder.
 *  - A stack of 16 KB is enough for every call. A call uses at most 2.2 KB of stack, not counting
 *    the caller's functions. (The first call of a function that the dynamic linker has not bound
 *    yet uses 5 KB.)
 *
 * A pthread_cancel() of a thread that is in a call stays pending until the call has returned: no
 * call is a cancellation point, not even one that waits. The table does not defer cancellation for
 * the functions that the caller gives to it. Such a function must defer it itself
 * (pthread_setcancelstate) if it may be cancelled in the middle, as the rest of the call would be
 * skipped. A thread that uses a table must not enable asynchronous cancelability
 * (PTHREAD_CANCEL_ASYNCHRONOUS).
 *
 * On Linux the process registers for membarrier() when it creates its first table, which takes
 * some milliseconds if the process has several threads by then. If the system refuses, tables have
 * no fast holds. If the system refuses membarrier() later, for lack of memory or because of a
 * filter of system calls, the table has none from then on. A waiter that needed the fence at that
 * moment checks again after a growing time.
 *
 * In a child of fork(), a table created there works as in any process, deadlines of suspensions
 * included. Use a table inherited from the parent only if no other thread was using the table
 * during the fork. A key that was held is then held in both processes, and each releases its own
 * holds. If another thread was using the table, a stripe lock may stay locked for ever, and a key
 * may be handed to a waiter that does not exist in the child. The child may cancel and end a
 * suspension that it inherited, but the suspension's deadline does not expire there, and a ticker
 * (lt_ticker_start) has no thread.
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

/* Results. Zero is success. A failure changes nothing in the table. LT_SUSPENDED is neither. */
#define LT_OK		 0u
#define LT_BUSY		 1u	/* The key is not free, and the call must not wait. */
#define LT_TIMED_OUT	 2u	/* The deadline passed before the key was free. */
#define LT_NO_MEMORY	 3u	/* An allocation failed. */
#define LT_INVALID	 4u	/* The configuration is out of range. */
#define LT_NOT_ASCII	 5u	/* lt_acquire_ascii() met a byte above 0x7f. */
#define LT_TOO_MANY	 6u	/* The key's queue is full. */
#define LT_CANCELLED	 7u	/* The suspension was cancelled. */
#define LT_SUSPENDED	 8u	/* The continuation will be resumed, or keys were pinned. */
#define LT_NO_THREAD	 9u	/* The system refused the thread that keeps deadlines. */
#define LT_CLOSED	10u	/* The table was shut down. */
#define LT_DEADLOCK	11u	/* Another caller has ended the wait: lt_fail_waiter(). */
#define LT_TABLE_FULL	12u	/* As many wait for the table's keys as may. */
#define LT_EXCEEDS	13u	/* The key never has so many permits: lt_permits.h. */
#define LT_LANDED	14u	/* The flight is over: lt_suspension_flight(). No failure. */
typedef uint32_t lt_status_t;

/*
 * Deadlines are in nanoseconds of the core's monotonic clock (lt_now_ns()). LT_NO_WAIT tries once.
 * LT_FOREVER has no limit. Without diagnostics, a thread's acquisition reads the clock only if it
 * must wait. A call whose deadline has passed still tries once.
 */
#define LT_NO_WAIT	 0ull
/* No deadline: tries once, and pins the key if it is held. See lt_hold_t, lt_acquire_multi(). */
#define LT_OR_PIN	 0xfffffffffffffffdull
#define LT_FOREVER	 0xffffffffffffffffull
/*
 * For a suspension: it has no deadline, and joins a queue that is full, as a thread without a
 * deadline does.
 */
#define LT_UNREFUSED	 0xfffffffffffffffeull
/* For a thread: it has no deadline, and can be refused as one that has. */
#define LT_REFUSABLE	 0xfffffffffffffffcull

uint64_t lt_now_ns(void);
/* Returns now plus that many nanoseconds, or LT_FOREVER if the sum would overflow. */
uint64_t lt_deadline_after_ns(uint64_t nanoseconds);

/* A thread or a task, as a snapshot describes it. Names end with a zero byte. */
typedef struct lt_acquirer {
	uint64_t id;
	uint32_t is_task;
	uint32_t line;			/* Of the call, see lt_set_call_site(); 0 = unknown. */
	const char *LT_NULLABLE file;
	char name[40];			/* Empty without a name. */
	char label[40];			/* What the call is for, see lt_set_label(); or empty. */
} lt_acquirer_t;

/* Resumes a suspended caller; see lt_suspension_create(). */
typedef void (*lt_resume_t)(void *LT_NONNULL continuation);

/* The kinds of keys, and how a table is configured. */
#include "lt_config.h"

/* Creates a table. Returns LT_OK, LT_NO_MEMORY or LT_INVALID. */
lt_status_t lt_table_create(const lt_config_t *LT_NONNULL config,
    lt_table_t *LT_NULLABLE *LT_NONNULL table);

/*
 * Ends the caller's use of a table. Existing holds, pins and waits continue, and the last of them
 * to end frees the memory. No other call that names the table may begin after this one or be in
 * progress, except one that already waits for a key.
 */
void lt_table_close(lt_table_t *LT_NONNULL table);

uint32_t lt_table_stripes(const lt_table_t *LT_NONNULL table);

/*
 * A hold: the place of the held key, and a tag by which the table detects misuse. A hold is a
 * plain value and owns no memory. If place is NULL, the acquisition failed, and tag is the
 * lt_status_t. With LT_OR_PIN an odd place says that the key was not free and that the call has
 * pinned the key: the place less LT_PIN_BIT is a pin.
 */
#define LT_PIN_BIT	1u
typedef struct lt_hold {
	void *LT_NULLABLE place;
	uint64_t tag;
} lt_hold_t;

/*
 * A key prepared for the functions that take a key of any kind, of this table only, as each table
 * has a seed of its own. The prepared key borrows the memory that it was made from until the call
 * that takes it returns.
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
/*
 * The same for a copy of the bytes, which the call makes at `to`. The caller provides the room.
 * Returns whether the bytes are ASCII.
 */
bool lt_key_copy(const lt_table_t *LT_NONNULL table, const void *LT_NULLABLE bytes, size_t length,
    void *LT_NONNULL to, lt_key_t *LT_NONNULL key);
lt_key_t lt_key_opaque(const lt_table_t *LT_NONNULL table, uint64_t hash,
    const void *LT_NONNULL wanted);
lt_key_t lt_key_value(const lt_table_t *LT_NONNULL table, uint64_t hash,
    const void *LT_NONNULL value, size_t size);

/*
 * Acquires one key, waiting until the deadline. Failures: LT_BUSY (only with LT_NO_WAIT),
 * LT_TIMED_OUT, LT_TOO_MANY, LT_TABLE_FULL, LT_NO_MEMORY, LT_CLOSED (not with LT_FOREVER). Not
 * reentrant: a thread that acquires a key it holds waits for itself.
 */
lt_hold_t lt_acquire(lt_table_t *LT_NONNULL table, const lt_key_t *LT_NONNULL key,
    uint64_t deadline);
/* The same for keys of one kind, faster. lt_acquire_ascii() may also fail with LT_NOT_ASCII. */
lt_hold_t lt_acquire_integer(lt_table_t *LT_NONNULL table, uint64_t value, uint64_t deadline);
lt_hold_t lt_acquire_bytes(lt_table_t *LT_NONNULL table, const void *LT_NULLABLE bytes,
    size_t length, uint64_t deadline);
lt_hold_t lt_acquire_ascii(lt_table_t *LT_NONNULL table, const void *LT_NULLABLE bytes,
    size_t length, uint64_t deadline);
lt_hold_t lt_acquire_value(lt_table_t *LT_NONNULL table, uint64_t hash,
    const void *LT_NONNULL value, size_t size, uint64_t deadline);
lt_hold_t lt_acquire_owning(lt_table_t *LT_NONNULL table, uint64_t hash,
    const void *LT_NONNULL value, size_t size, uint64_t deadline);

/* Releases a hold. */
void lt_release(lt_hold_t hold);
/*
 * The same at half the cost, if no other caller wants the key. The caller must know that the table
 * is not closed before this returns. (By then, other threads may have held and released the key.)
 * The call takes the hold's place alone, so the caller need not keep the tag.
 */
void lt_release_while_open(void *LT_NULLABLE place);

/*
 * The same for a shared hold. Several callers may have shared holds of a key at the same time. A
 * key has at most 2^31 - 1 readers; one more waits.
 */
lt_hold_t lt_acquire_shared(lt_table_t *LT_NONNULL table, const lt_key_t *LT_NONNULL key,
    uint64_t deadline);
lt_hold_t lt_acquire_integer_shared(lt_table_t *LT_NONNULL table, uint64_t value,
    uint64_t deadline);
lt_hold_t lt_acquire_bytes_shared(lt_table_t *LT_NONNULL table, const void *LT_NULLABLE bytes,
    size_t length, uint64_t deadline);
lt_hold_t lt_acquire_ascii_shared(lt_table_t *LT_NONNULL table, const void *LT_NULLABLE bytes,
    size_t length, uint64_t deadline);
lt_hold_t lt_acquire_value_shared(lt_table_t *LT_NONNULL table, uint64_t hash,
    const void *LT_NONNULL value, size_t size, uint64_t deadline);
lt_hold_t lt_acquire_owning_shared(lt_table_t *LT_NONNULL table, uint64_t hash,
    const void *LT_NONNULL value, size_t size, uint64_t deadline);
void lt_release_shared(lt_hold_t hold);
/*
 * Releases a hold whose place has LT_BORROWED_BIT, and that is shared or not. If another caller
 * needs the key, returns false and does nothing: then the table needs a value of its own, and the
 * hold is released as any other. True: the table does not use the value any more.
 */
bool lt_release_borrowed(lt_hold_t hold, bool shared);
/*
 * Gives the table a value of its own, and returns the hold or the pin without LT_BORROWED_BIT.
 * `copy` points at a copy of the borrowed value: it has the same bytes, and owns as much. The
 * caller forgets it, without destroying it.
 */
lt_hold_t lt_give_value(lt_hold_t hold, const void *LT_NONNULL copy);

/*
 * Turns an exclusive hold into a shared one, and lets in the readers at the head of the queue. The
 * call never waits. A shared hold cannot be upgraded: if two readers tried, each would wait for
 * the other.
 */
lt_hold_t lt_downgrade(lt_hold_t hold);

/* Returns whether the key is held at this moment, and never waits. */
bool lt_is_held(lt_table_t *LT_NONNULL table, const lt_key_t *LT_NONNULL key);

/*
 * Returns whether one of `holds`, which the caller has, is a hold of that key in that table. The
 * places of `holds` may have LT_SHARED_BIT. The answer is exact: a held key stays where it is. The
 * call never waits.
 */
bool lt_is_hold_of(lt_table_t *LT_NONNULL table, const lt_key_t *LT_NONNULL key,
    const lt_hold_t *LT_NONNULL holds, size_t count);

/* Returns the integer that the tag of an integer key's pin stands for. */
uint64_t lt_integer_of_tag(const lt_table_t *LT_NONNULL table, uint64_t tag);

/*
 * The memory of all tables of the process. Replace the functions before the first table is
 * created, and never while a table exists or lt_timer_is_running(). Blocks must be aligned as
 * malloc's are. The functions must not use a table: if keys are many and memory is short, they are
 * called with a stripe locked.
 */
typedef struct lt_allocator {
	void *LT_NULLABLE (*LT_NONNULL allocate)(size_t size);
	void (*LT_NONNULL deallocate)(void *LT_NONNULL block, size_t size);
} lt_allocator_t;

void lt_set_allocator(const lt_allocator_t *LT_NULLABLE allocator);

/* What a table has counted, and its size. */
#include "lt_statistics.h"

/* Shutting a table down, and failing one waiter. */
#include "lt_shutdown.h"

/* Several keys in one call, and pins. */
#include "lt_multi_keys.h"

/* Waiting without a thread. */
#include "lt_suspension.h"

/* A place in line, which is taken before somebody waits. */
#include "lt_turns.h"

/* So many holders of a key at a time. */
#include "lt_permits.h"

/* One call for all who want what a key stands for. */
#include "lt_flights.h"

/* Snapshots of a table, and a thread that calls a function periodically. */
#include "lt_inspect.h"

/* Values that the entries of keys keep. */
#include "lt_values.h"

#ifndef LT_NO_FORMER_NAMES
#include "lt_former_names.h"
#endif

#ifdef __cplusplus
}
#endif

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

#endif /* LT_SUPPORTED */
#endif /* LT_CLOCKTABLE_H */
