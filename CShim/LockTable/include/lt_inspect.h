/*
 * CLockTable.h, continued: inspecting a table. Only CLockTable.h includes this header.
 */
#ifndef LT_INSPECT_H
#define LT_INSPECT_H

/*
 * A participant holds a key or waits for it. A report lists the first LT_MOST_PARTICIPANTS holders
 * of a key and as many waiters; the holders only with diagnostics. Without diagnostics a report
 * says of a waiter only whether it is a thread or a task. A thread has the name that it has at the
 * time of the report, and none if it has exited.
 */
#define LT_MOST_PARTICIPANTS	64u
typedef struct lt_participant {
	uint64_t serial;	/* Of this hold or wait alone. 0 = no diagnostics. */
	uint64_t nanoseconds;	/* Its age when the inspection began; 0 = it began later. */
	uint64_t began;		/* By lt_now_ns(), and the same each time; 0 = not known yet. */
	uint32_t is_shared;
	/*
	 * It was handed the key, and is a task that does not run yet. It may still be a waiter
	 * again, of the same serial. 0 without diagnostics.
	 */
	uint32_t is_unclaimed;
	/* It is a turn that no task has awaited yet. `who` says only where it joined the queue. */
	uint32_t is_unawaited;
	lt_acquirer_t who;
} lt_participant_t;

typedef struct lt_report {
	uint32_t kind;
	uint64_t hash;				/* The same each time; other keys may have it. */
	uint64_t integer;			/* The key, if it is an integer. */
	const void *LT_NULLABLE bytes;		/* Any other key. Opaque: copy()'s result. */
	size_t length;
	bool is_exclusive;			/* The key is held exclusively. */
	bool has_permits;			/* What it has is permits. */
	uint32_t capacity;			/* Of those, how many may be out; */
	size_t holders, waiters;		/* How many there are. Permits: are out. */
	size_t listed_holders, listed_waiters;	/* How many are listed. */
	const lt_participant_t *LT_NONNULL holder_list;
	const lt_participant_t *LT_NONNULL waiter_list;	/* Oldest first. */
} lt_report_t;

/* What a thread is about to park for, as config.runs_task is told. */
typedef struct lt_sleep {
	lt_report_t report;	/* The key, without its holders and waiters. */
	bool is_shared;
	bool is_timed;		/* The call has a deadline. */
} lt_sleep_t;

/* Where a thread acquires keys, and what for: for the records of tables with diagnostics. */
typedef struct lt_call {
	/* Kept by address, so it must live as long as the process. NULL: unknown. */
	const char *LT_NULLABLE file;
	uint32_t line;
	char label[40];			/* Ends with a zero byte. Empty: none. */
} lt_call_t;

/* Says where the calling thread acquires from now on. What for is no longer known. */
void lt_set_call_site(const char *LT_NULLABLE file, uint32_t line);
/*
 * Says what for, until the next call of lt_set_call_site(). Keeps as much of the UTF-8 text as
 * there is room for, and no part of a character.
 */
void lt_set_label(const char *LT_NONNULL text, size_t length);
/* Returns what the calling thread has said last. Only this thread may read it. */
const lt_call_t *LT_NONNULL lt_this_call(void);
/* Says the same again, for what goes on in another thread. */
void lt_set_call(const lt_call_t *LT_NONNULL call);

/*
 * Fills in the calling thread's number, which costs a system call once for each thread. A record of
 * a hold or wait has the same number. The name stays empty where that would cost another call.
 */
void lt_identify_thread(lt_acquirer_t *LT_NONNULL who);

/*
 * Says what to call each time that a wait has joined the queue of a key, of any table, or has
 * competed in vain and stays there. The call is on the waiter's thread, with no lock held, before
 * the thread parks; the continuation of a suspension may be resumed already. For tests that go on
 * once there are so many waiters. NULL: no call begins from now on.
 */
void lt_set_join_hook(void (*LT_NULLABLE joined)(void));

/*
 * Switches the records of a table with diagnostics off or on, for acquisitions that begin after the
 * call has returned. A hold that has no record is shown without its holder. One that has a record
 * keeps it.
 */
void lt_table_set_recording(lt_table_t *LT_NONNULL table, bool is_recording);
bool lt_table_is_recording(const lt_table_t *LT_NONNULL table);

/*
 * The next wait for which a thread parks or a suspension is queued calls config.wait_began, unless
 * the function is NULL. A wait that is about to begin meanwhile may be the next one or not.
 */
void lt_table_tell_next_wait(lt_table_t *LT_NONNULL table);

/*
 * Calls visit, with no lock held, for each key that is held or waited for, as the key is at that
 * moment. Keys that appear or disappear meanwhile may be missing. `waited_for` restricts the calls
 * to keys with waiters. A key stays present while visit runs. Other threads wait at most for one
 * step for each key of the stripe, or for 2 * LT_MOST_PARTICIPANTS steps. Returns LT_NO_MEMORY if
 * some keys were left out. The call needs one block for both lists, and one more for a stripe of
 * more than 32 keys; without this one it shows as many keys as there is room for.
 */
typedef void (*lt_inspect_t)(void *LT_NULLABLE context, const lt_report_t *LT_NONNULL report);
lt_status_t lt_table_inspect(lt_table_t *LT_NONNULL table, bool waited_for,
    lt_inspect_t LT_NONNULL visit, void *LT_NULLABLE context);
/* The same for the keys of that hash (lt_report_t). The call looks into one stripe. */
lt_status_t lt_table_inspect_hash(lt_table_t *LT_NONNULL table, uint64_t hash,
    lt_inspect_t LT_NONNULL visit, void *LT_NULLABLE context);
/* The same for the key of a pin, which may have LT_SHARED_BIT. The pin stays. */
lt_status_t lt_inspect_pinned(lt_hold_t pin, lt_inspect_t LT_NONNULL visit,
    void *LT_NULLABLE context);

/*
 * The same for one key, if it is held or waited for. LT_NO_MEMORY: there was none for the lists,
 * and visit was not called.
 */
lt_status_t lt_inspect_key(lt_table_t *LT_NONNULL table, const lt_key_t *LT_NONNULL key,
    lt_inspect_t LT_NONNULL visit, void *LT_NULLABLE context);

/*
 * lt_ticker_start() starts a thread that calls tick once in each period, the first time after one
 * period. The thread ends by itself, some time after lt_ticker_stop(), and calls end last. Call
 * lt_ticker_stop() once; tick may do so. A call of tick may be in progress when it returns. NULL:
 * the system has no thread, or no memory, to give; then the thread calls nothing.
 */
typedef struct lt_ticker lt_ticker_t;
lt_ticker_t *LT_NULLABLE lt_ticker_start(uint64_t period,
    void (*LT_NONNULL tick)(void *LT_NULLABLE), void (*LT_NONNULL end)(void *LT_NULLABLE),
    void *LT_NULLABLE context);
void lt_ticker_set_period(lt_ticker_t *LT_NONNULL ticker, uint64_t period);
void lt_ticker_stop(lt_ticker_t *LT_NONNULL ticker);

/* Prints "LockTable: <sentence>." to standard error, and returns. */
void lt_warn(const char *LT_NONNULL sentence);

#endif /* LT_INSPECT_H */
