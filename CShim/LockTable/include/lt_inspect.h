/*
 * CLockTable.h, continued: inspecting a table. Included by it, and by nobody else.
 */
#ifndef LT_INSPECT_H
#define LT_INSPECT_H

/*
 * A party holds a key or waits for it. Of each key, the parties that
 * came first are listed, LT_MOST_PARTICIPANTS of either sort; holders only with
 * diagnostics, without which a waiter is known only as a thread or a task.
 */
#define LT_MOST_PARTICIPANTS	64u
typedef struct lt_participant {
	uint64_t serial;	/* Of this hold or wait, and no other; 0 = without diagnostics. */
	uint64_t nanoseconds;	/* For so long when the visit began; 0 = since then. */
	uint32_t is_shared;
	lt_acquirer_t who;
} lt_participant_t;

typedef struct lt_report {
	uint32_t kind;
	uint64_t integer;			/* The key, of one kind; */
	const void *LT_NULLABLE bytes;		/* of the others; opaque: what copy() made. */
	size_t length;
	bool is_exclusive;			/* Held so. */
	size_t holders, waiters;		/* How many there are; */
	size_t listed_holders, listed_waiters;	/* how many are listed. */
	const lt_participant_t *LT_NONNULL holder_list;
	const lt_participant_t *LT_NONNULL waiter_list;	/* Oldest first. */
} lt_report_t;

/* What a thread is about to sleep for, as config.runs_task is told. */
typedef struct lt_sleep {
	lt_report_t report;	/* The key. Nothing is said of its holders and waiters. */
	bool is_shared;
	bool is_timed;		/* The call has a deadline. */
} lt_sleep_t;

/*
 * Calls visit, with no lock held, for each key that is held or waited for, as it is
 * at the moment; of those that come or go meanwhile, some are missing. `waited_for`
 * leaves out the others. A key stays present while it is visited. The longest that others
 * wait is a step a key of the stripe, or LT_MOST_PARTICIPANTS steps. LT_NO_MEMORY: some
 * were not visited. It needs one block for both lists, and one more for a stripe of more than
 * 32 keys, of which it shows what there is room for.
 */
typedef void (*lt_inspect_t)(void *LT_NULLABLE context, const lt_report_t *LT_NONNULL report);
lt_status_t lt_table_inspect(lt_table_t *LT_NONNULL table, bool waited_for,
    lt_inspect_t LT_NONNULL visit, void *LT_NULLABLE context);

/*
 * A thread that calls tick every so often, the first time after one period. It ends by
 * itself, some time after stop, and end is the last that it calls. stop is called once,
 * in tick if need be; a call of tick may be in progress when it returns. NULL: the
 * system has no thread, or no memory, to give; nothing is called then.
 */
typedef struct lt_watch lt_watch_t;
lt_watch_t *LT_NULLABLE lt_watch_start(uint64_t period, void (*LT_NONNULL tick)(void *LT_NULLABLE),
    void (*LT_NONNULL end)(void *LT_NULLABLE), void *LT_NULLABLE context);
void lt_watch_set_period(lt_watch_t *LT_NONNULL watch, uint64_t period);
void lt_watch_stop(lt_watch_t *LT_NONNULL watch);

/* Prints "LockTable: <sentence>." to standard error, and goes on. */
void lt_warn(const char *LT_NONNULL sentence);

#endif /* LT_INSPECT_H */
