/*
 * What a lock table is to do, as CLockTable.h and the tables of states say it, for one
 * caller at a time: arrays for queues, and no memory to run out of. It knows keys by number
 * and parties by address, and shares no code with the core.
 */
#ifndef FUZZ_MODEL_H
#define FUZZ_MODEL_H

#include "CLockTable.h"

#define MODEL_KEYS	32
#define MODEL_STRIPES	65536
#define MOST_MODELLED	448

enum part { NOBODY, IDLE, QUEUED, SIGNALLED, STALLED, HOLDING, LEFT };

/* A hold, or a suspension until it has ended without one. */
struct party {
	enum part part;
	unsigned key;
	bool is_shared, is_cancelled, is_expired;
	bool is_timed;			/* The timer is to expire it. */
	bool is_granted;		/* Holds what it was handed, and has not come for it. */
	bool is_monitored;		/* Was woken, and has not come; */
	uint64_t woken;			/* in this order, */
	uint64_t sweep;			/* and after so many sweeps of its stripe. */
	lt_status_t reason;		/* Why it has left. */
	uint64_t deadline, since, overdue, held_since;
	/* The caller's. */
	lt_suspension_t *suspension;	/* Until it has ended. */
	lt_hold_t hold;
	bool is_tracked;		/* Diagnostics had memory for it. */
	uint64_t who, serial;
};

struct model_key {
	bool is_written;
	size_t held;			/* By so many; they are in `holders`, first come first. */
	size_t queued;
	size_t callers;			/* Pins, and suspensions that have no hold. */
	bool is_waking;			/* The oldest was signalled and has not come. */
	uint32_t stripe;
	struct party *holders[MOST_MODELLED], *queue[MOST_MODELLED];
};

struct model {
	bool is_adaptive;
	size_t most_waiters;
	uint64_t clock;
	struct model_key keys[MODEL_KEYS];
	struct party parties[MOST_MODELLED];
	size_t party_count;		/* In use. */
	struct party *resumed[MOST_MODELLED];	/* By the call, in this order. */
	size_t resumed_count;
	uint64_t wakings;		/* So far. */
	lt_statistics_t sums;		/* But for memory. */
	uint32_t stripe_keys[MODEL_STRIPES], stripe_peaks[MODEL_STRIPES], stripe_sweeps[MODEL_STRIPES];
};

/* One of several keys; they are taken by ascending hash, and of one hash by ascending `place`. */
struct wish {
	unsigned key;
	bool is_shared;
	uint64_t hash;
	uintptr_t place;
	struct party *party;		/* Set if all are taken. */
};

/* Of what is used: the rest is zero from the start. */
void model_reset(struct model *, unsigned stripes);

bool model_is_open(const struct model *, unsigned key, bool shared);
bool model_is_held(const struct model *, unsigned key);
bool model_is_present(const struct model *, unsigned key);

/* A new hold: of nobody who was counted before, or of a pin's. */
struct party *model_take(struct model *, unsigned key, bool shared);
struct party *model_take_pinned(struct model *, unsigned key, bool shared);
/* What an acquisition comes to whose deadline is past; LT_OK has changed nothing yet. */
lt_status_t model_try(struct model *, unsigned key, bool shared, uint64_t deadline);
void model_release(struct model *, struct party *);
void model_downgrade(struct model *, struct party *);
void model_pin(struct model *, unsigned key);
void model_unpin(struct model *, unsigned key);
/* Sorts, drops duplicates, takes all or none. All were pinned. */
void model_sort(struct model *, struct wish *, size_t *count);
lt_status_t model_several(struct model *, struct wish *, size_t *count, uint64_t deadline);
/*
 * The same of keys that were not pinned, by pins or as they come. LT_SUSPENDED: the first *taken are had,
 * the others pinned.
 */
lt_status_t model_call(struct model *, struct wish *, size_t *count, size_t *taken, bool by_pins,
    uint64_t deadline);

/* Takes over a pin. */
struct party *model_suspend(struct model *, unsigned key, bool shared, uint64_t deadline);
lt_status_t model_begin(struct model *, struct party *);
lt_status_t model_poll(struct model *, struct party *);
lt_status_t model_outcome(const struct party *);
/* Instead of begin: there was no memory, or no thread, to time it. */
void model_begin_failed(struct party *, lt_status_t reason);
void model_cancel(struct model *, struct party *);
/* The monitor looks at the woken waiters of a key's stripe. */
void model_sweep(struct model *, unsigned key);
/* The timer looks at the clock: those whose deadline has come, the earliest first. */
void model_expire(struct model *);
/* Without a hold, the party is nobody from then on. */
lt_status_t model_end(struct model *, struct party *);

#endif /* FUZZ_MODEL_H */
