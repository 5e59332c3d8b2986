/*
 * The sequential model of the contract: what a lock table does, as CLockTable.h and the tables of
 * states say it, for one caller at a time. Its queues are arrays, and it has no memory to run out
 * of. It knows keys by number and participants by address, and shares no code with the core.
 *
 * Three tests drive it: the scenarios in random_calls.c and sharing_calls.c, Tests/Fuzzing, and
 * Tests/Exploration, which tells it of each hold at the moment that a thread has it.
 */
#ifndef MODEL_H
#define MODEL_H

#include "CLockTable.h"

#define MODEL_KEYS		48
#define MODEL_STRIPES		65536
#define MODEL_PARTICIPANTS	448
#define MODEL_HEAVY		3

enum model_flight { NO_FLIGHT, IS_FLYING, IS_CANCELLING, IS_LANDING, IS_OVER };

enum model_state { UNUSED, IDLE, QUEUED, SIGNALLED, STALLED, HOLDING, LEFT };

/* A hold, or a suspension until it has ended without one. */
struct participant {
	enum model_state state;
	unsigned key;
	bool is_shared, is_expired;
	lt_status_t refused;		/* Why, for begin to find; or LT_OK. */
	bool is_timed;			/* The timer will expire it. */
	bool is_granted;		/* Holds what was handed to it, and has not claimed it. */
	bool is_turn, is_unawaited;	/* It is a turn, for which nobody has come yet. */
	bool is_monitored;		/* Was woken, and has not polled since; */
	uint64_t woken;			/* in this order, */
	uint64_t sweep;			/* and after so many sweeps of its stripe. */
	lt_status_t reason;		/* Why it has left. */
	uint64_t deadline, since, held_since;
	uint64_t starving;		/* When it was entitled to a hand-off; 0: it is not yet. */
	/* A hold that a flight has. */
	enum model_flight flight;
	bool is_alone, is_described, is_cancelled;
	size_t readers;			/* Waiters that it has landed, and that have not ended. */
	const struct participant *landed;	/* A waiter's: by this one. */
	/* The caller's. */
	lt_suspension_t *suspension;	/* Until it has ended. */
	lt_hold_t hold;
	bool is_tracked;		/* Diagnostics had memory for it. */
	uint64_t id, serial;
};

struct model_key {
	bool is_written;
	uint32_t capacity;		/* Of a key with permits. */
	size_t held;			/* The length of `holders`, the oldest hold first. */
	size_t queued;
	size_t callers;			/* Pins, and suspensions that have no hold. */
	bool has_value;			/* Which its entry keeps. */
	bool is_waking;			/* The oldest was signalled and has not polled since. */
	uint32_t stripe;
	struct participant *holders[MODEL_PARTICIPANTS], *queue[MODEL_PARTICIPANTS];
};

struct model {
	bool is_adaptive;
	/* Keys have permits: who is shared has one, and who is not has MODEL_HEAVY. */
	bool has_permits;
	bool has_capacities;		/* Of each key, and known while it is present. */
	bool has_flights;
	size_t most_waiters;
	bool is_shut_down;		/* From now on, calls that can fail do. */
	bool ends_values;		/* With the last use of their keys. If not, they stay. */
	size_t values;			/* So many keys have one. */
	uint64_t clock;
	struct model_key keys[MODEL_KEYS];
	struct participant participants[MODEL_PARTICIPANTS];
	size_t participant_count;	/* In use; and */
	size_t most_participants;	/* none after these ever was. */
	struct participant *resumed[MODEL_PARTICIPANTS];	/* By the call, in this order. */
	size_t resumed_count;
	uint64_t wakings;		/* So far. */
	lt_statistics_t sums;		/* But for memory. */
	uint32_t stripe_keys[MODEL_STRIPES], stripe_peaks[MODEL_STRIPES], stripe_sweeps[MODEL_STRIPES];
};

/* One of several keys; they are taken by ascending hash, and of one hash by ascending `place`. */
struct request {
	unsigned key;
	bool is_shared;
	uint64_t hash;
	uintptr_t place;
	struct participant *participant;	/* Set if all are taken. */
};

/*
 * Of a model that was zero at first; each reset covers the keys and stripes that are used from then
 * on. All keys are in stripe 0.
 */
void model_reset(struct model *, unsigned keys, unsigned stripes);

/* Would a hold go together with those that there are? */
bool model_admits(const struct model *, unsigned key, bool shared);
/* Can a newcomer have it now? Unlike a waiter whose turn it is, it may have to queue. */
bool model_is_open(const struct model *, unsigned key, bool shared);
bool model_is_held(const struct model *, unsigned key);
bool model_is_present(const struct model *, unsigned key);

/* A new hold: of a participant that had no count of the key, or of a pin's. */
struct participant *model_take(struct model *, unsigned key, bool shared);
struct participant *model_take_pinned(struct model *, unsigned key, bool shared);
/* What an acquisition comes to whose deadline is past; LT_OK has changed nothing yet. */
lt_status_t model_try(struct model *, unsigned key, bool shared, uint64_t deadline);
void model_release(struct model *, struct participant *);
void model_downgrade(struct model *, struct participant *);
/* How many permits of the key are out. */
size_t model_out(const struct model *, unsigned key);
/* The key, which is present, has so many permits from now on. */
void model_set_capacity(struct model *, unsigned key, uint32_t capacity);
/* A holder makes its key's value present, or absent. */
void model_set_value(struct model *, unsigned key, bool is_present);
void model_pin(struct model *, unsigned key);
void model_unpin(struct model *, unsigned key);
/* Sorts, drops duplicates, takes all or none. All were pinned. */
void model_sort_pins(struct model *, struct request *, size_t *count);
lt_status_t model_acquire_pinned(struct model *, struct request *, size_t *count,
    uint64_t deadline);
/*
 * The same of keys that were not pinned, by pins or one after the other. LT_SUSPENDED: the first
 * *taken are held, the others pinned.
 */
lt_status_t model_acquire_multi(struct model *, struct request *, size_t *count, size_t *taken,
    bool by_pins, uint64_t deadline);

/* Takes over a pin. */
struct participant *model_suspend(struct model *, unsigned key, bool shared, uint64_t deadline);
lt_status_t model_begin(struct model *, struct participant *);
lt_status_t model_poll(struct model *, struct participant *);
lt_status_t model_outcome(const struct participant *);
/* Makes a turn of one that has not begun. LT_OK: it waits or has the key. */
lt_status_t model_enqueue(struct model *, struct participant *);
/* Its owner comes. */
lt_status_t model_await(struct model *, struct participant *);
/* Drops a turn that nobody awaits, unless it has claimed its key. */
void model_drop(struct model *, struct participant *);
/*
 * Flights (model_flights.c). A hold becomes that of a flight, for which `first` waits, a suspension
 * that was made for it; or nobody, if it is NULL. If this returns anything but LT_SUSPENDED, then
 * the hold is as it was.
 */
struct participant *model_suspend_first(struct model *, struct participant *hold,
    uint64_t deadline);
lt_status_t model_begin_flight(struct model *, struct participant *hold, struct participant *first);
/* Its record shows what works for it from now on. */
void model_describe(struct model *, struct participant *flight);
/*
 * The flight has landed for its waiters, and those that come now wait for the key; and then the
 * key is released. The participant is in use for as long as it is not OVER, and until it is
 * forgotten: the object is released when no reader is left.
 */
void model_land(struct model *, struct participant *flight);
void model_landed(struct model *, struct participant *flight);
bool model_is_released(const struct participant *flight);
void model_forget(struct model *, struct participant *);
/* Instead of begin: there was no memory, or no thread, to time it. */
void model_begin_failed(struct participant *, lt_status_t reason);
void model_cancel(struct model *, struct participant *);
/* For LT_TIMED_OUT, as the timer does. */
void model_refuse(struct model *, struct participant *, lt_status_t reason);
/* Another caller fails a waiter. Returns whether it is in a queue, and can fail. */
bool model_fail_waiter(struct model *, struct participant *, lt_status_t reason);
/* Shuts the table down. Then the waiters of each key are refused, one key after the other. */
void model_shut_down(struct model *);
void model_refuse_waiters(struct model *, unsigned key);
/* The monitor sweeps a key's stripe: it looks at the waiters that were woken there. */
void model_sweep(struct model *, unsigned key);
/*
 * The deadline of one has come. The timer reads the clock and expires all that are due, in order.
 */
void model_expire(struct model *, struct participant *);
void model_expire_due(struct model *);
/* Without a hold, the participant is unused from then on. */
lt_status_t model_end(struct model *, struct participant *);

#endif /* MODEL_H */
