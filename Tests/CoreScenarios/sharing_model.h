/*
 * A model of who holds a key, who waits for it and in which order they are resumed:
 * the tables of states once more, with arrays for queues.
 */
#ifndef SHARING_MODEL_H
#define SHARING_MODEL_H

#include "support.h"

#define MODEL_KEYS	3
#define MOST_ACTORS	48

enum part { OUT, QUEUED, SIGNALLED, GRANTED, LEFT, HOLDING };

struct world;

struct actor {
	struct world *world;
	enum part part;
	size_t key;
	bool is_shared;
	lt_status_t reason;
	uint64_t since, overdue;
	lt_suspension_t *suspension;
	lt_hold_t hold;
};

struct room {
	lt_hold_t pinned;
	bool writes;
	size_t readers;
	bool waking;
	size_t queued;
	struct actor *queue[MOST_ACTORS];
};

struct world {
	lt_table_t *table;
	enum form form;
	bool adaptive;
	uint64_t seed, first_seed;
	size_t actor_count;
	struct actor actors[MOST_ACTORS];
	struct room rooms[MODEL_KEYS];
	/* Who was to be resumed by a call, and who was. */
	struct actor *expected[MOST_ACTORS], *seen[MOST_ACTORS];
	size_t expected_count, seen_count;
	lt_statistics_t sums;
};

/* Complains, and tells the seed. */
void model_check(const struct world *world, bool condition, const char *sentence);
void model_count_failure(struct world *world, lt_status_t reason);
/* Could a newcomer take it now? May whose turn it is? */
bool model_is_open(const struct world *world, const struct room *room, bool shared);
bool model_admits(const struct room *room, bool shared);
/* A newcomer, or one who was signalled and has left the queue, takes the key. */
void model_take(struct world *world, struct room *room, struct actor *actor);
/* Does not settle. */
void model_leave_queue(struct room *room, const struct actor *actor);
void model_expect_resumed(struct world *world, struct actor *actor);
/* Cancelled, or late: it leaves whatever its part, but for the key it has claimed. */
void model_interrupt(struct world *world, struct room *room, struct actor *actor, bool cancel);
void model_settle(struct world *world, struct room *room);

#endif /* SHARING_MODEL_H */
