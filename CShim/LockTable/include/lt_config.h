/*
 * CLockTable.h, continued: the kinds of keys, and the configuration of a table. Only CLockTable.h
 * includes this header.
 */
#ifndef LT_CONFIG_H
#define LT_CONFIG_H

/* The kind of a table's keys, which is fixed when the table is created. */
#define LT_KEYS_INTEGER	 0u	/* 64-bit integers. */
#define LT_KEYS_BYTES	 1u	/* Byte strings of any length, empty included. */
#define LT_KEYS_OPAQUE	 2u	/* The caller's own keys, compared by its functions. */
#define LT_KEYS_VALUE	 3u	/* Values of one size, compared by the caller's function. */
#define LT_KEYS_OWNING	 4u	/* The same, of values that own something. */

/*
 * Functions for opaque keys. The table calls them with none of its locks held. The functions may
 * block and may use the table. destroy() may run while the caller holds the key that it is
 * acquiring or releasing.
 */
typedef struct lt_key_operations {
	/* Returns whether the stored key equals the wanted one. */
	bool (*LT_NONNULL equal)(const void *LT_NONNULL stored, const void *LT_NONNULL wanted);
	/* Makes the stored form of a wanted key. Returns NULL if memory ran out. */
	void *LT_NULLABLE (*LT_NONNULL copy)(const void *LT_NONNULL wanted);
	/* Frees a stored key. */
	void (*LT_NONNULL destroy)(void *LT_NONNULL stored);
} lt_key_operations_t;

/*
 * The function for keys that are values: at most LT_MOST_VALUE bytes, as many for each key of a
 * table. The table keeps a copy of the bytes, and never compares them: bytes that differ may be of
 * equal values, and the same bytes of unequal ones. It calls equal() with none of its locks held,
 * and only for values of one hash. Equal values must have equal hashes. `stored` points at a copy
 * of the bytes, which is aligned to 8 bytes. equal() may block and may use the table.
 *
 * LT_KEYS_OWNING: the bytes refer to something that the value owns. The table borrows the value of
 * the call that inserts its key. The place of the hold or the pin that this call returns has
 * LT_BORROWED_BIT. What the value owns must exist until the caller
 *  - releases that hold by lt_release_borrowed(); or
 *  - gives the table a value of its own, by lt_give_value(), and then uses the hold or the pin
 *    without the bit. The table calls destroy() for that value once nobody needs the key, under
 *    the rules of lt_key_operations_t.
 */
#define LT_MOST_VALUE	 64u
#define LT_BORROWED_BIT	 4u
typedef struct lt_value_operations {
	/* The caller's, for its functions. */
	const void *LT_NULLABLE type[2];
	bool (*LT_NONNULL equal)(const void *LT_NULLABLE const *LT_NONNULL type,
	    const void *LT_NONNULL stored, const void *LT_NONNULL wanted);
	/* For LT_KEYS_OWNING: ends a value of the table's. The bytes are a copy of it. */
	void (*LT_NULLABLE destroy)(const void *LT_NULLABLE const *LT_NONNULL type,
	    void *LT_NONNULL value);
} lt_value_operations_t;

/*
 * Which waiter gets a key that is released. Both policies treat shared and exclusive waits the
 * same.
 *
 * LT_ADAPTIVE: barging. A release wakes the oldest waiter and leaves the key free, and the waiter
 *   competes with newcomers. A waiter that loses after it has waited LT_HANDOFF_BOUND_NS is
 *   starving: the next release hands it the key.
 * LT_FIFO: a release hands the key to the oldest waiter, always.
 *
 * Under both, a release lets adjacent readers of a queue in together, as soon as the first of them
 * may go. A reader that arrives while others hold the key and a writer waits queues behind the
 * writer.
 */
#define LT_ADAPTIVE	 0u
#define LT_FIFO		 1u
#define LT_HANDOFF_BOUND_NS 500000ull

#define LT_MAX_STRIPES	 65536u

/* What holding a key of the table means, which is fixed when the table is created. */
#define LT_FOR_LOCKS	 0u	/* A lock. */
#define LT_FOR_PERMITS	 1u	/* So many permits of the key. */
#define LT_FOR_VALUES	 2u	/* A lock, and access to a value that the key's entry keeps. */
#define LT_FOR_FLIGHTS	 3u	/* The key's flight goes on. */

#define LT_MOST_PAYLOAD	 1024u

#define LT_MOST_PERMITS	 0x7fffffffu
#define LT_PERMITS_BY_KEY 0xffffffffu

/*
 * What a table for flights (lt_flights.h) does with the `object` of a flight. It is called with no
 * lock held. `apart`: on the thread that keeps the deadlines of the whole process, so the function
 * must not block, and has user code run elsewhere.
 */
typedef struct lt_flight_operations {
	/* The last caller that waited for the flight has left. Called once at most. */
	void (*LT_NONNULL cancel)(void *LT_NONNULL object, bool apart);
	/* A caller of a higher urgency waits for the flight. Calls may come in any order. */
	void (*LT_NONNULL raise)(void *LT_NONNULL object, uint8_t urgency);
	/* The table does not use the object any more. Called once for each flight that began. */
	void (*LT_NONNULL release)(void *LT_NONNULL object);
} lt_flight_operations_t;

struct lt_sleep;	/* lt_inspect.h defines it. */

typedef struct lt_config {
	/*
	 * A power of two up to LT_MAX_STRIPES. 0 = 64 for each core that the process can use, in
	 * all at least 64 and at most 4096. The cores are those of the main thread's affinity
	 * mask, or fewer if the quotas of the process's control groups allow fewer (rounded up).
	 * The process counts the cores once, for the first table that needs the number.
	 */
	uint32_t stripes;
	uint32_t fairness;	/* LT_ADAPTIVE or LT_FIFO. */
	uint32_t keys;		/* LT_KEYS_… */
	/*
	 * The longest queue that a key may have, for acquisitions with a deadline and for
	 * suspensions without LT_UNREFUSED. If the queue is full, these fail with LT_TOO_MANY. 0 =
	 * no limit but the most that can be counted, 8388607. The other acquisitions trap beyond
	 * that number.
	 */
	uint32_t most_waiters;
	/*
	 * The most waiters of all keys together: the same acquisitions fail with LT_TABLE_FULL if
	 * there are so many. The others are counted, and wait all the same. A waiter has its place
	 * from when it joins a queue until it has the key or leaves. A task that was granted the
	 * key has its place until it claims the key. 0 = no limit.
	 */
	uint32_t most_in_table;
	uint32_t purpose;	/* LT_FOR_… */
	/*
	 * For LT_FOR_VALUES: the room for a value in each entry, up to LT_MOST_PAYLOAD bytes,
	 * aligned to 1, 2, 4, 8 or 16.
	 */
	uint32_t payload_size, payload_alignment;
	/*
	 * For LT_FOR_PERMITS: how many permits of a key may be out, up to LT_MOST_PERMITS. With
	 * LT_PERMITS_BY_KEY each key that is present has a number of its own (lt_permits_set()).
	 */
	uint32_t permits;
	/*
	 * For LT_FOR_VALUES: ends a value, with no lock held. The table does so in
	 * lt_table_end_values(), and when the last use of a key ends if values_in_use_only is set:
	 * on the thread that ends it, which may hold other keys. Otherwise a value stays until its
	 * holder removes it.
	 */
	void (*LT_NULLABLE end_value)(void *LT_NULLABLE context, void *LT_NONNULL value);
	void *LT_NULLABLE end_value_context;
	bool values_in_use_only;
	/* For LT_FOR_FLIGHTS. The table copies them. */
	const lt_flight_operations_t *LT_NULLABLE flight_operations;
	/* Secrets of the hash. If both are zero, the system supplies them. */
	uint64_t seed[2];
	/* For LT_KEYS_OPAQUE. The table copies them. */
	const lt_key_operations_t *LT_NULLABLE operations;
	/* For LT_KEYS_VALUE and LT_KEYS_OWNING. The table copies them. */
	const lt_value_operations_t *LT_NULLABLE value_operations;
	/*
	 * Returns whether the thread runs a task, which should suspend instead. The table asks it
	 * before a thread parks, with no lock held. lt_table_task_sleeps() counts the calls that
	 * return true. `sleep` describes the wait, and is valid during the call, as is the key,
	 * which stays present. The function may block, use the table, or not return.
	 */
	bool (*LT_NULLABLE runs_task)(void *LT_NULLABLE context,
	    const struct lt_sleep *LT_NONNULL sleep);
	void *LT_NULLABLE runs_task_context;
	/*
	 * How one of the core's threads resumes a suspension. The deadlines of the whole process
	 * depend on that thread, so the function must not block: it arranges that another thread
	 * calls `resume`. NULL: the core's thread calls `resume` itself.
	 */
	void (*LT_NULLABLE resume_apart)(lt_resume_t LT_NONNULL resume,
	    void *LT_NONNULL continuation);
	/*
	 * No monitor sweeps over the table's waiters. A woken waiter that does not run then holds
	 * up the waiters behind it. For tests that decide themselves when a waiter runs.
	 */
	bool unmonitored;
	/*
	 * Record which threads and tasks hold and wait, and since when, for lt_table_inspect().
	 * The records cost each acquisition two readings of a coarse clock and the slow path, and
	 * an allocation if the stripe has no spare record, as while several of its keys are held.
	 * If memory is short, a record is missing. identify describes the task that is calling; it
	 * is called with no lock held, for each key, and while the call holds others. If it returns
	 * false or is NULL, the table describes the calling thread: by its number, as its name is
	 * found out when it is shown. lt_table_set_recording() switches the records off and on.
	 */
	bool diagnostics;
	bool (*LT_NULLABLE identify)(lt_acquirer_t *LT_NONNULL);
	/*
	 * Tells that a wait has begun, once after each lt_table_tell_next_wait(). The thread that
	 * begins to wait calls it, with no lock held. A suspension may be over by then, and the
	 * table closed: so `context` must be valid for as long as a call that begins a suspension
	 * may be in progress.
	 */
	void (*LT_NULLABLE wait_began)(void *LT_NULLABLE context);
	void *LT_NULLABLE wait_began_context;
} lt_config_t;

#endif /* LT_CONFIG_H */
