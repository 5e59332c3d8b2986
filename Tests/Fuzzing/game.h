/*
 * A table, the model of it, and what the caller has in hand: an input is played on both
 * at once, and they must agree.
 */
#ifndef FUZZ_GAME_H
#define FUZZ_GAME_H

#include "history.h"
#include "keys.h"
#include "seam.h"

#include "../CoreScenarios/model.h"

#define MOST_SLOTS	32
#define MOST_PINS	96

struct wanted {
	unsigned key;
	bool is_shared;
};

struct pin {
	unsigned slot;
	lt_hold_t pin;
};

/* The object of a flight. */
struct trip {
	lt_flight_t *flight;
	lt_flight_room_t *room;
	unsigned cancelled, released;
	uint8_t urgency;		/* What it was raised to. */
};

struct game {
	struct input input;
	lt_config_t config;
	lt_table_t *table;		/* NULL when it is closed. */
	uint32_t stripes;
	bool is_tasks;			/* identify() says so. */
	bool reenters;			/* Call-backs call the table. */
	bool interferes;		/* and change things. */
	bool ends_early;		/* Those that still wait at the end give up. */
	struct model *model;

	/* Slots of equal keys are one key to the model: the first of them. */
	size_t slots;
	struct chosen chosen[MOST_SLOTS];
	unsigned key_of[MOST_SLOTS];
	uint64_t hashes[MOST_SLOTS];

	/* Flights that go on, and those that have landed and whose results are still read. */
	size_t flights, landed;
	struct participant *flight[MODEL_PARTICIPANTS], *over[MODEL_PARTICIPANTS];
	struct trip trip[MODEL_PARTICIPANTS];	/* Of each participant that has a flight. */
	uint8_t urgency[MODEL_PARTICIPANTS];	/* Of those that wait. */
	const struct participant *landing;	/* In several locked sections: one comes in between. */

	size_t holds, suspensions, pins;
	struct participant *hold[MODEL_PARTICIPANTS], *suspension[MODEL_PARTICIPANTS];
	struct loan lent[MODEL_PARTICIPANTS];	/* What the participants' holds borrow, if anything. */
	struct pin pin[MOST_PINS];

	/* Those that were resumed: by the last call; and not yet run, oldest first. */
	size_t resumed_count, awake_count;
	struct participant *resumed[MODEL_PARTICIPANTS], *awake[MODEL_PARTICIPANTS];
	uint64_t identified, task_sleeps, asked;
	const struct wanted *wanted;	/* What a call for one key may have to sleep for. */
	uint64_t exclusive_releases;
	size_t copies;			/* Of opaque keys, in the table's hands. */
	bool keeps_values;		/* Its entries do. */
	size_t values;			/* So many were made, and have not ended. */
	bool is_finding;		/* A call looks for its key, and has done nothing yet; */
	bool is_interfered;		/* and another one is made meanwhile. */
};

extern struct game game;

/* --- game.c: from a table's first moment to its last ---------------------------------- */

void game_play(const uint8_t *data, size_t size);
/* After each operation. */
void game_compare(void);
void game_close(void);

/* --- steps.c: the next operation ------------------------------------------------------- */

void game_step(void);
/* Something that another thread might do meanwhile. */
void game_interfere(void);

/* --- callbacks.c: what the table calls ------------------------------------------------- */

extern const lt_key_operations_t label_operations;
extern const lt_value_operations_t value_operations;
bool game_identify(lt_acquirer_t *);
bool game_runs_task(void *, const lt_sleep_t *);
void game_resume(void *participant);

/* --- acquiring.c ------------------------------------------------------------------------ */

/* Reads a deadline: one that can't make the only thread wait. */
uint64_t game_deadline(bool is_open, bool or_pin);
/* Was there memory for what came out? Failures before the call are `before`. */
bool game_ran_out(uint64_t before);
/* Notes what the model does not know of a new hold. */
void game_keep_hold(struct participant *, lt_hold_t, unsigned slot, uint64_t id);
void game_acquire(unsigned slot, bool shared, unsigned form, uint64_t deadline);
void game_release(size_t hold);
/* Gives the table a value of its own, if the participant's hold borrows one. */
void game_give(struct participant *);
void game_downgrade(size_t hold);
/* In a table of permits: how many a caller wants. */
uint32_t game_weight(bool shared);
/* Says how many permits the key has, if it is present and has a number of its own. */
void game_answer(unsigned slot, uint32_t capacity);
void game_pin(unsigned slot);
void game_unpin(size_t pin);
void game_try_pinned(size_t pin, bool shared);

/* --- values.c --------------------------------------------------------------------------- */

/* What of the configuration concerns values, out of a byte. */
void game_read_values(uint8_t byte);
/* An exclusive hold's value is looked at, made or removed. True: that has released the hold. */
bool game_use_value(struct participant *);
void game_look_at_value(const struct participant *);
/* Ends all, before the table is closed. */
void game_end_values(void);
void game_check_values(void);

/* --- multi.c ---------------------------------------------------------------------------- */

void game_acquire_pinned(void);
void game_acquire_multi(void);
void game_sort_pins(void);
void game_release_multi(void);

/* --- suspending.c -------------------------------------------------------------------------- */

void game_suspend(size_t pin, bool shared, uint64_t deadline);
/* If it may be begun. */
void game_begin(size_t suspension);
void game_cancel(size_t suspension);
void game_refuse(size_t suspension, lt_status_t reason);
void game_fail_waiter(size_t suspension);
void game_shut_down(void);
/* If it is over. */
void game_end(size_t suspension);
/* Runs the continuation that was resumed first. */
void game_awake(void);
void game_check_outcomes(void);
void game_forget_awake(const struct participant *);

/* --- turns.c ---------------------------------------------------------------------------- */

/* If it has not begun. */
void game_enqueue(size_t suspension);
void game_await(size_t suspension);
/* A turn ends: its hold is taken if it has claimed it. */
void game_drop(size_t suspension);

/* --- flights.c -------------------------------------------------------------------------- */

/* What of the configuration concerns flights, out of a byte. */
void game_read_flights(uint8_t byte);
/* Joins the flight of a key, or begins one. */
void game_call(unsigned slot, uint64_t deadline);
/* Begins a flight with a hold; alone: one that needs no waiter. */
void game_step_fly(bool alone, uint64_t deadline);
void game_land(size_t flight);
void game_step_land(void);
/* Raises one that waits, or describes a flight. */
void game_step_aloft(bool raises);
void game_set_urgency(const struct participant *);
/* From the first call-back of a landing. */
void game_come_between(void);
/* One that was landed ends. */
void game_check_landed(const struct participant *);
void game_check_flights(void);

/* --- inspecting.c --------------------------------------------------------------------- */

void game_inspect(bool waited_for);
void game_check_held(void);
/* The model's number of the key that is reported. */
unsigned game_key_of(const lt_report_t *);
void game_check_tags(void);
void game_check_statistics(void);
void game_check_memory(void);

#endif /* FUZZ_GAME_H */
